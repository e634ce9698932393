"""The page of effects: what a dated change did to a figure."""

from __future__ import annotations

from contextlib import suppress
from typing import Any, cast

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from gern.core.errors import BadInput
from gern.core.figures.asking import Granularity
from gern.core.figures.definition import Figure
from gern.core.figures.periods import add_months
from gern.core.predict.effect import YEAR
from gern.core.predict.effect_steps import EffectShown
from gern.core.shop import Shop
from gern.kit import formats
from gern.kit.access import allow
from gern.kit.charts import Spec, trend_chart
from gern.kit.exports import as_drawn, as_table
from gern.kit.shop import current_shop
from gern.rooms.insights.access import dimensions
from gern.rooms.insights.models import TimeNote
from gern.rooms.insights.predict.figure_asked import (
    EACH,
    EVERY,
    FORECASTS,
    figure_asked,
    figures_of,
    label_of,
)
from gern.rooms.insights.tables import dimension_name

DRAWN_BEFORE = 60


@allow("viewer", people=False)
@require_safe
def effect(request: HttpRequest) -> HttpResponse:
    """What a dated change did to a figure."""
    shop = current_shop()
    context: dict[str, Any] = {
        "section": "value", "page": "effect", "figures": figures_of(request, shop), "every": EVERY.items(),
        "asked": _asked(request, shop), "notes": _notes(),
    }  # fmt: skip
    figure = figure_asked(request, shop)
    context["figure"] = figure
    context["dimensions"] = [
        (id, dimension_name(id)) for id in (dimensions(request.user, figure) if figure else ())
    ]
    if figure and request.GET.get("day"):
        try:
            shown = _shown(request, shop, figure)
            every = context["asked"]["every"]
            context |= _in_words(shop, figure, shown, every) | {"each": EACH[every]}
        except BadInput as error:
            context["problem"] = formats.text(error.text)
    return render(request, "insights/predict_effect.html", context)


@allow("viewer", people=False)
@require_safe
def effect_chart(request: HttpRequest, kind: str) -> HttpResponse:
    """The picture as SVG or PNG."""
    shop, figure, shown = _found(request)
    return as_drawn(kind, "effect", _drawn(shop, figure, shown, _asked(request, shop)["every"]))


@allow("viewer", people=False)
@require_safe
def effect_export(request: HttpRequest, kind: str) -> HttpResponse:
    """Every step as CSV or XLSX."""
    _shop, figure, shown = _found(request)
    expected = [None] * shown.before + list(shown.effect.forecast)
    rows = zip(shown.days, shown.values, expected, strict=True)
    return as_table(kind, "effect", ["from", figure.id, "expected"], [list(row) for row in rows])


def _found(request: HttpRequest) -> tuple[Shop, Figure, EffectShown]:
    """What is asked; 404 where it cannot be told."""
    shop = current_shop()
    figure = figure_asked(request, shop)
    if figure is not None:
        with suppress(BadInput):
            return shop, figure, _shown(request, shop, figure)
    raise Http404


def _asked(request: HttpRequest, shop: Shop) -> dict[str, str]:
    every = request.GET.get("every", "week")
    return {
        "figure": request.GET.get("figure", "revenue"),
        "day": request.GET.get("day", "") or add_months(shop.today(), -2).isoformat(),
        "every": every if every in YEAR else "week", "after": request.GET.get("after", ""),
        "by": request.GET.get("by", ""), "group": request.GET.get("group", "").strip(),
        "against": request.GET.get("against", "").strip(),
    }  # fmt: skip


def _shown(request: HttpRequest, shop: Shop, figure: Figure) -> EffectShown:
    asked = _asked(request, shop)
    after = int(asked["after"]) if asked["after"].isdecimal() and len(asked["after"]) < 4 else None
    grouped: dict[str, str | None] = {}
    if asked["group"] or asked["against"]:
        if asked["by"] not in dimensions(request.user, figure):
            raise BadInput("Choose by what groups are told.", param="by",
                           german="Wählen Sie, wonach Gruppen unterschieden werden.")  # fmt: skip
        grouped = {
            "by": asked["by"],
            "group": asked["group"] or None,
            "against": asked["against"] or None,
        }
    return shop.effect(
        figure.id, asked["day"], cast(Granularity, asked["every"]), after=after, **grouped
    )


def _notes() -> list[TimeNote]:
    """What was noted to have happened: each a change one can ask about."""
    return list(TimeNote.objects.all()[:12])


def _in_words(shop: Shop, figure: Figure, shown: EffectShown, every: str) -> dict[str, Any]:
    found, unit = shown.effect, shop.unit(figure.id)

    def said(value: float) -> str:
        return formats.value_of(value, unit)

    return {
        "found": found, "shown": shown, "happened": said(found.happened), "expected": said(found.expected),
        "effect": said(abs(found.effect)), "more": found.effect > 0,
        "low": said(found.low), "high": said(found.high),
        "relative": None if found.relative is None else 100 * abs(found.relative),
        "steps_after": len(shown.values) - shown.before, "forecast": FORECASTS[found.by],
        "season_unknown": found.by != "year",
        "placebos_as_far": sum(abs(one) >= abs(found.effect) for one in found.placebos),
        "spec": _drawn(shop, figure, shown, every),
        "rows": [
            (day, said(value), said(expected), said(value - expected))
            for day, value, expected in zip(
                shown.days[shown.before :], shown.values[shown.before :], found.forecast, strict=True)
        ],
    }  # fmt: skip


def _drawn(shop: Shop, figure: Figure, shown: EffectShown, every: str) -> Spec:
    """The figure over the steps, with the change as a note on the time line."""
    unit = shop.unit(figure.id)
    first = max(0, shown.before - DRAWN_BEFORE)
    points = [
        {"label": label_of(day, every), "period": formats.day(day), "value": value,
         "shown": formats.value_of(value, unit)}
        for day, value in zip(shown.days[first:], shown.values[first:], strict=True)
    ]  # fmt: skip
    change = label_of(shown.days[shown.before], every)
    note = {"label": change, "text": _("from here on after the change"), "sign": "▼"}
    return trend_chart(points, unit, formats.text(figure.name), notes=[note])
