"""The page of survival: how long customers stay."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from gern.core.errors import GernError
from gern.core.figures.asking import TRAIT
from gern.core.figures.periods import Period
from gern.core.patterns.lifetimes import Survival
from gern.core.patterns.survival import Curve
from gern.core.shop import Shop
from gern.kit import formats
from gern.kit.access import allow
from gern.kit.charts import Spec, trend_chart
from gern.kit.errors import said
from gern.kit.exports import as_table
from gern.kit.shop import current_shop
from gern.rooms.insights.patterns.asked import builder, shown, state_of
from gern.rooms.insights.patterns.picks import check_may_ask

_POINTS = 60


@allow("viewer", people=False)
@require_safe
def staying(request: HttpRequest) -> HttpResponse:
    """How long customers stay."""
    shop = current_shop()
    state = state_of(request, shop)
    check_may_ask(request.user, request.GET.dict())
    by = _by(request.GET.dict())
    found, problem = _survival(shop, by, state.period)
    context = {
        "state": state, "problem": problem, "found": found, "by": by, **builder(shop, request.user),
        "section": "patterns", "page": "staying", "window_days": shop.window_days,
        "contracts": shop.terms().contracts, **_shown_survival(found),
    }  # fmt: skip
    return shown(request, "insights/patterns_staying.html", context)


@allow("viewer", people=False)
@require_safe
def staying_export(request: HttpRequest, kind: str) -> HttpResponse:
    """Every point of the curve, as CSV or XLSX."""
    shop = current_shop()
    state = state_of(request, shop)
    check_may_ask(request.user, request.GET.dict())
    found, _problem = _survival(shop, _by(request.GET.dict()), state.period)
    head = ["group", "days", "at_risk", "left", "staying", "low", "high"]
    curves = {"": found.curve, **found.groups} if found.curve else {}
    rows = [
        [name, p.time, p.at_risk, p.left, p.survival, p.low, p.high]
        for name, curve in curves.items()
        for p in curve.points
    ]
    return as_table(kind, "staying", head, rows)


def staying_spec(query: Mapping[str, str], shop: Shop, period: Period) -> Spec | None:
    """The picture of the page; None: there is nothing to draw."""
    curve = shop.survival(period.start, period.end).curve
    return _curve(curve) if curve else None


def _survival(shop: Shop, by: str | None, period: Period) -> tuple[Survival, str | None]:
    try:
        return shop.survival(period.start, period.end, by=by), None
    except GernError as error:
        return Survival(None, {}, None, period.end), said(error)


def _by(query: Mapping[str, str]) -> str | None:
    """What the curves are compared by: the country, or a trait."""
    by = query.get("by", "").strip()[:200]
    return (
        "country" if by == "country" else by.removeprefix(TRAIT) if by.startswith(TRAIT) else None
    )


def _shown_survival(found: Survival) -> dict[str, Any]:
    if found.curve is None:
        return {}
    curves = dict(found.groups) or {"": found.curve}
    marks = [days for days in (30, 90, 180, 365, 730, 1095) if days <= found.curve.longest]
    rows = [
        (name, curve,
         [None if (s := curve.at(d)) is None else 100 * s for d in marks])
        for name, curve in curves.items()
    ]  # fmt: skip
    return {"marks": marks, "rows": rows, "spec": _curve(found.curve)}


def _curve(curve: Curve) -> Spec:
    """The share that stays longer than so many days."""
    step = max(1, round(curve.longest / _POINTS))
    points = []
    for days in range(0, int(curve.longest) + 1, step):
        share = 100 * (curve.at(days) or 0)
        points.append({"label": str(days), "period": _("after %(days)s days") % {"days": days},
                       "value": share, "shown": formats.value_of(share, "percent")})  # fmt: skip
    return trend_chart(points, "percent", _("still there"))
