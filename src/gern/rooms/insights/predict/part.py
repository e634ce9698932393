"""What is expected of one customer, on their page: every score with its reasons."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from django.http import HttpRequest

from gern.core.predict.spread import spread
from gern.kit.shop import current_shop
from gern.rooms.insights.predict.contested import contests_of
from gern.rooms.insights.predict.words import advice, reasons_shown

HORIZON = "12m"


def expected(request: HttpRequest, person: str, names: Sequence[str]) -> dict[str, Any] | None:
    """Chance that they are a customer still, purchases and value of the next twelve months, and the risk
    that they leave; None: nothing was learned, or they have not bought."""
    shop = current_shop()
    card, scores = shop.value_card(), shop.risk_scores()
    if card is None:
        return None
    everybody = shop.buyers()
    found = np.flatnonzero(everybody.person == person)
    if not len(found):
        return None
    value = shop.value_of(everybody.only(found), HORIZON, card)
    wide = spread(card.model, value.buyers, value.worth, value.horizon, margin=value.margin)
    entry = scores.place(person) if scores else None
    contests = contests_of(names)
    return {
        "contests": contests, "open": any(one.decided is None for one in contests),
        "alive": 100 * value.worth.alive[0], "value": value.worth.value[0],
        "low": wide.low_value[0], "high": wide.high_value[0], "purchases": value.worth.purchases[0],
        "few": wide.low_purchases[0], "many": wide.high_purchases[0], "bound": card.model.bound,
        "of_revenue": shop.value_margin() is None,
        "bought": int(value.buyers.x[0]) + 1, "last": int(value.buyers.T[0] - value.buyers.t_x[0]) + 1,
        "risk": 100 * scores.risk[entry] if scores and entry is not None else None,
        "patience": int(scores.patience[entry]) if scores and entry is not None else None,
        "reasons": reasons_shown(scores, entry) if scores and entry is not None else [],
        "advice": advice(scores, entry) if scores and entry is not None else "",
    }  # fmt: skip
