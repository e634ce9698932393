"""What is expected of one customer, on their page: every score with its reasons."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from gern.core.predict.spread import spread
from gern.core.shop import Shop
from gern.kit import formats
from gern.kit.computed import Line
from gern.kit.shop import current_shop
from gern.rooms.insights.predict.coming import expected_of, told
from gern.rooms.insights.predict.contested import contests_of
from gern.rooms.insights.predict.words import advice, reasons_shown

HORIZON = "12m"


def expected(request: HttpRequest, person: str, names: Sequence[str]) -> dict[str, Any] | None:
    """Chance that they are a customer still, purchases and value of the next twelve months, and the risk
    that they leave; None: nothing was learned, or they have not bought."""
    shop = current_shop()
    found = {**_value(shop, person), **_risk(shop, person, names)}
    if one := expected_of(shop, [person, *names]):
        found["next"] = one
    if not found:
        return None
    contests = contests_of(names)
    return found | {
        "contests": contests, "open": any(one.decided is None for one in contests),
        "unused": any(one.upheld for one in contests),
    }  # fmt: skip


def _value(shop: Shop, person: str) -> dict[str, Any]:
    card = shop.value_card()
    if card is None:
        return {}
    found = shop.value_of(person, HORIZON, card)
    if not len(found.buyers):
        return {}
    wide = spread(card.model, found.buyers, found.worth, found.horizon, margin=found.margin)
    bought, last = int(found.buyers.x[0]) + 1, int(found.buyers.T[0] - found.buyers.t_x[0]) + 1
    days = ngettext("From %(n)s day with a purchase until yesterday,", "From %(n)s days with a purchase until yesterday,", bought)  # fmt: skip
    ago = ngettext("the last %(n)s day ago.", "the last %(n)s days ago.", last)
    return {
        "alive": 100 * found.worth.alive[0], "value": found.worth.value[0],
        "low": wide.low_value[0], "high": wide.high_value[0],
        "purchases": found.worth.purchases[0], "few": wide.low_purchases[0], "many": wide.high_purchases[0],
        "bound": card.model.bound, "of_revenue": shop.value_margin() is None,
        "told": f"{days % {'n': formats.number(bought)}} {ago % {'n': formats.number(last)}}",
    }  # fmt: skip


def _risk(shop: Shop, person: str, names: Sequence[str]) -> dict[str, Any]:
    scores = shop.risk_scores()
    entry = next((e for name in [person, *names] if (e := scores.place(name)) is not None), None) if scores else None  # fmt: skip
    if scores is None or entry is None:
        return {}
    above = scores.risk[entry] > scores.risk.mean()
    return {
        "risk": 100 * scores.risk[entry], "below": not above, "patience": int(scores.patience[entry]),
        "reasons": reasons_shown(scores, entry) if above else [], "advice": advice(scores, entry),
    }  # fmt: skip


def told_of_them(shop: Shop, person: str) -> list[Line]:
    """The same for the customer who asks (Art. 15): what, value, how it is computed."""
    found, lines = {**_value(shop, person), **_risk(shop, person, [])}, []
    if "value" in found:
        use = _("from how often, when and for how much they bought, against all customers; used to choose whom to talk to, for no decision with legal effect")  # fmt: skip
        lines += [
            (_("Still a customer"), formats.value_of(found["alive"], "percent"), use),
            (_("Purchases in 12 months"), formats.number(found["purchases"], 1), use),
            (_("Revenue in 12 months") if found["of_revenue"] else _("Value in 12 months"),
             formats.money(found["value"], shop.currency, 2), use),
        ]  # fmt: skip
    if "risk" in found:
        why = "; ".join(found["reasons"]) or _("nothing stands out")
        lines.append((_("Risk of leaving"), formats.value_of(found["risk"], "percent"), why))
    one = expected_of(shop, [person])
    return lines + (told(shop, one) if one else [])
