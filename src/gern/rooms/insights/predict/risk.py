"""The page of risk: who is about to leave, why, what to do, and what it would bring."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from gern.core.predict.scores import Scores
from gern.core.shop import Shop
from gern.kit.access import allow
from gern.kit.exports import as_table
from gern.kit.handing_out import handed_out
from gern.kit.shop import current_shop
from gern.rooms.insights.predict.asked import number_asked
from gern.rooms.insights.predict.contested import left_out
from gern.rooms.insights.predict.value import customer_names
from gern.rooms.insights.predict.words import advice, reasons_shown, too_little
from gern.rooms.insights.state import PAGE_ROWS, read_state


@dataclass(frozen=True)
class Acting:
    """Had one turned to the ``first`` customers at ``cost`` each, and kept ``kept`` percent of those who
    would leave: so many ``leave`` otherwise, ``stay`` then, and ``saved`` of a year's contribution."""

    first: int
    kept: float
    cost: float
    leave: float
    stay: float
    saved: float

    @property
    def spent(self) -> float:
        """What it costs."""
        return self.first * self.cost

    @property
    def left_over(self) -> float:
        """What it brings beyond its cost."""
        return self.saved - self.spent


@allow("editor", shows=("revenue",))
@require_safe
def risk(request: HttpRequest) -> HttpResponse:
    """Customers at risk with reasons, those first with whom most is at stake."""
    shop = current_shop()
    state, scores, card = read_state(request, shop), _scores(request, shop), shop.risk_card()
    everybody = shop.risk_scores()
    context: dict[str, Any] = {"state": state, "card": card, "section": "value", "page": "risk"}
    if scores is None or everybody is None or card is None or not len(scores.person):
        return render(
            request, "insights/predict_risk.html", context | {"lacking": too_little(shop)}
        )
    shown = range(state.offset, min(state.offset + PAGE_ROWS, len(scores.person)))
    names = customer_names(shop, scores.person[state.offset : state.offset + PAGE_ROWS])
    context |= {
        "day": scores.day, "by_risk": _by_risk(request), "customers": len(everybody.person), "leaving": float(everybody.risk.sum()),
        "listed": len(scores.person), "mean": 100 * float(everybody.risk.mean()),
        "people": [
            (scores.person[i], names.get(scores.person[i], ""), 100 * scores.risk[i], int(scores.patience[i]),
             reasons_shown(scores, i), advice(scores, i), scores.spent_year[i], scores.stake[i])
            for i in shown
        ],
        "acting": acting(request, shop, scores), "margin_known": shop.value_margin() is not None,
        "caught": [(100 * c.share, c, 100 * c.left / c.customers, 100 * c.of_left) for c in card.check.caught]
        if card.check else [],
        "usual": 100 * card.check.left / card.check.rows if card.check else None,
        "pages": max(1, -(-len(scores.person) // PAGE_ROWS)),
    }  # fmt: skip
    return render(request, "insights/predict_risk.html", context)


@allow("editor", shows=("revenue",))
@require_safe
def risk_export(request: HttpRequest, kind: str) -> HttpResponse:
    """Those of the page, all pages, as CSV or XLSX."""
    scores = _scores(request, current_shop())
    if scores is None:
        raise Http404
    handed_out(request, f"risk.{kind}", scores.person.tolist())
    head = ["customer", "risk", "patience_days", "spent_last_year", "at_stake", "reason_1", "reason_2",
            "reason_3"]  # fmt: skip
    rows = [
        [scores.person[i], round(float(scores.risk[i]), 6), int(scores.patience[i]),
         round(float(scores.spent_year[i]), 2), round(float(scores.stake[i]), 2), *(*reasons_shown(scores, i), "", "", "")[:3]]
        for i in range(len(scores.person))
    ]  # fmt: skip
    return as_table(kind, "risk", head, rows)


def _scores(request: HttpRequest, shop: Shop) -> Scores | None:
    """Without customers whose scores are contested, in the order asked for."""
    scores, gone = shop.risk_scores(), left_out(shop)
    if scores and gone:
        scores = scores.without(gone)
    if scores and not len(scores.person):
        return None
    staked = scores.by_stake() if scores and not _by_risk(request) else None
    return staked if staked and len(staked.person) else scores


def _by_risk(request: HttpRequest) -> bool:
    return request.GET.get("order") == "risk"


def acting(request: HttpRequest, shop: Shop, scores: Scores) -> Acting:
    """What turning to the first so many, as they are listed, would bring, by assumptions the reader makes."""
    most = len(scores.person)
    first = int(number_asked(request, "first", min(100, most), 1, most))
    kept = number_asked(request, "kept", 10, 0, 100)
    cost = number_asked(request, "cost", 2, 0, 1_000_000)
    margin = shop.value_margin()
    saved = kept / 100 * float(scores.stake[:first].sum()) * (1 if margin is None else margin)
    leave = float(scores.risk[:first].sum())
    return Acting(first, kept, cost, leave, kept / 100 * leave, saved)
