"""The page of affinity: what goes together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from gern.core.figures.periods import Period
from gern.core.patterns.affinity import Pair
from gern.core.patterns.rhythm import Rhythm
from gern.core.shop import Shop
from gern.kit import formats
from gern.kit.access import allow
from gern.kit.charts import Spec, bars_chart
from gern.kit.exports import as_table
from gern.kit.shop import current_shop
from gern.rooms.insights.patterns.asked import AffinityAsked, affinity_asked, state_of

HOWS: dict[str, str | Promise] = {
    "together": gettext_lazy("in one purchase"),
    "after": gettext_lazy("one after the other"),
}
OFS: dict[str, str | Promise] = {
    "product": gettext_lazy("products"),
    "product_group": gettext_lazy("product groups"),
}
SHOWN, DRAWN, REGULAR = 50, 12, 15


@allow("viewer", people=False)
@require_safe
def affinity(request: HttpRequest) -> HttpResponse:
    """Which products are bought together, or one after the other."""
    shop = current_shop()
    state = state_of(request, shop)
    asked = affinity_asked(request.GET.dict())
    pairs = _pairs(shop, asked, state.period)
    context = {
        "state": state, "asked": asked, "hows": HOWS.items(), "ofs": OFS.items(),
        "pairs": [(p, 100 * p.confidence, 100 * p.low, 100 * p.high, 100 * p.support) for p in pairs[:SHOWN]],
        "more": max(0, len(pairs) - SHOWN), "section": "patterns", "page": "affinity",
        "spec": _bars(pairs) if pairs else None, "rhythms": _rhythms(shop, asked, state.period),
    }  # fmt: skip
    return render(request, "insights/patterns_affinity.html", context)


@allow("viewer", people=False)
@require_safe
def affinity_export(request: HttpRequest, kind: str) -> HttpResponse:
    """All pairs, as CSV or XLSX."""
    shop = current_shop()
    pairs = _pairs(shop, affinity_asked(request.GET.dict()), state_of(request, shop).period)
    head = ["a", "a_name", "b", "b_name", "with_both", "with_a", "with_b", "all", "support",
            "confidence", "confidence_low", "confidence_high", "lift"]  # fmt: skip
    rows = [[p.a, p.a_name, p.b, p.b_name, p.n, p.n_a, p.n_b, p.of, p.support, p.confidence, p.low,
             p.high, p.lift] for p in pairs]  # fmt: skip
    return as_table(kind, "affinity", head, rows)


@allow("viewer", people=False)
@require_safe
def rhythm_export(request: HttpRequest, kind: str) -> HttpResponse:
    """Products bought again and again, as CSV or XLSX."""
    shop, period = current_shop(), state_of(request, current_shop()).period
    least = affinity_asked(request.GET.dict()).least
    head = ["product", "name", "customers", "bought_again", "share", "median_days", "low_days",
            "high_days"]  # fmt: skip
    rows = [[r.product, r.name, r.buyers, r.again, r.share, r.median_days, r.low_days, r.high_days]
            for r in shop.rhythms(period.start, period.end, least=least)]  # fmt: skip
    return as_table(kind, "rhythm", head, rows)


def affinity_spec(query: Mapping[str, str], shop: Shop, period: Period) -> Spec | None:
    """The picture of the page; None: there is nothing to draw."""
    pairs = _pairs(shop, affinity_asked(query), period)
    return _bars(pairs) if pairs else None


def _rhythms(shop: Shop, asked: AffinityAsked, period: Period) -> list[tuple[Rhythm, float]]:
    found = shop.rhythms(period.start, period.end, least=asked.least)
    return [(one, 100 * one.share) for one in found[:REGULAR]]


def _pairs(shop: Shop, asked: AffinityAsked, period: Period) -> list[Pair]:
    return shop.affinity(period.start, period.end, how=asked.how, of=asked.of, least=asked.least)


def _bars(pairs: Sequence[Pair]) -> Spec:
    """How many of those with A have B, of the surest pairs."""
    rows = [
        {"group": f"{p.a_name} → {p.b_name}", "value": 100 * p.confidence, "low": 100 * p.low,
         "high": 100 * p.high, "shown": formats.value_of(100 * p.confidence, "percent"),
         "interval": f"{formats.value_of(100 * p.low, 'percent')} – {formats.value_of(100 * p.high, 'percent')}"}
        for p in pairs[:DRAWN]
    ]  # fmt: skip
    return bars_chart(rows, "percent", _("have both"))
