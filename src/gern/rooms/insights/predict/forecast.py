"""The page of forecasts: what is to be expected of a figure, with a band."""

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
from gern.core.predict.effect import YEAR
from gern.core.predict.forecast import MOST_AHEAD, USUAL_AHEAD, ForecastShown
from gern.core.shop import Shop
from gern.kit import formats
from gern.kit.access import allow
from gern.kit.charts import Spec, trend_chart
from gern.kit.errors import said
from gern.kit.exports import as_drawn, as_table
from gern.kit.shop import current_shop
from gern.rooms.insights.predict.figure_asked import (
    EVERY,
    FORECASTS,
    figure_asked,
    figures_of,
    label_of,
)

USUAL, DRAWN = "revenue", 40


@allow("viewer", people=False)
@require_safe
def forecast(request: HttpRequest) -> HttpResponse:
    """What comes."""
    shop = current_shop()
    figure, every, ahead = figure_asked(request, shop, USUAL), _every(request), _ahead(request)
    context: dict[str, Any] = {
        "section": "value", "page": "forecast", "figures": figures_of(request, shop), "every": EVERY.items(),
        "asked": {"figure": figure.id if figure else USUAL, "every": every, "ahead": ahead},
        "most": max(MOST_AHEAD.values()), "figure": figure,
    }  # fmt: skip
    if figure:
        try:
            context |= _in_words(shop, figure, shop.forecast(figure.id, every, ahead=ahead), every)
        except BadInput as error:
            context["problem"] = said(error)
    return render(request, "insights/predict_forecast.html", context)


@allow("viewer", people=False)
@require_safe
def forecast_chart(request: HttpRequest, kind: str) -> HttpResponse:
    """The picture as SVG or PNG."""
    return as_drawn(kind, "forecast", _drawn(*_found(request), _every(request)))


@allow("viewer", people=False)
@require_safe
def forecast_export(request: HttpRequest, kind: str) -> HttpResponse:
    """Every step, gone by and to come, as CSV or XLSX."""
    _shop, figure, shown = _found(request)
    rows: list[list[Any]] = [[day, value, None, None, None] for day, value in zip(shown.days, shown.values, strict=True)]  # fmt: skip
    rows += [[day, None, one.expected, one.low, one.high] for day, one in zip(shown.next_days, shown.forecast.ahead, strict=True)]  # fmt: skip
    return as_table(kind, "forecast", ["from", figure.id, "expected", "low", "high"], rows)


def _found(request: HttpRequest) -> tuple[Shop, Figure, ForecastShown]:
    """What is asked; 404 where it cannot be told."""
    shop = current_shop()
    figure = figure_asked(request, shop, USUAL)
    if figure is not None:
        with suppress(BadInput):
            return shop, figure, shop.forecast(figure.id, _every(request), ahead=_ahead(request))
    raise Http404


def _every(request: HttpRequest) -> Granularity:
    every = request.GET.get("every", "week")
    return cast(Granularity, every if every in YEAR else "week")


def _ahead(request: HttpRequest) -> int:
    """As asked, the most there is, or what is usual."""
    every, text = _every(request), request.GET.get("ahead", "")
    asked = int(text) if text.isdecimal() and len(text) < 4 else USUAL_AHEAD[every]
    return min(max(asked, 1), MOST_AHEAD[every])


def _in_words(shop: Shop, figure: Figure, shown: ForecastShown, every: str) -> dict[str, Any]:
    unit, found = shop.unit(figure.id), shown.forecast

    def told(value: float) -> str:
        return formats.value_of(value, unit)

    return {
        "found": found, "forecast": FORECASTS[found.by], "miss": told(found.miss), "spec": _drawn(shop, figure, shown, every),
        "last": told(shown.values[-1]), "last_day": shown.days[-1],
        "rows": [
            (day, told(one.expected), told(one.low), told(one.high))
            for day, one in zip(shown.next_days, found.ahead, strict=True)
        ],
        "others": [(FORECASTS[name], told(miss)) for name, miss in found.tried.items() if name != found.by],
        "season_unknown": found.by != "year",
    }  # fmt: skip


def _drawn(shop: Shop, figure: Figure, shown: ForecastShown, every: str) -> Spec:
    """The figure so far, and faintly what comes, with its band."""
    unit = shop.unit(figure.id)

    def point(day: Any, value: float) -> dict[str, Any]:
        return {"label": label_of(day, every), "period": formats.day(day), "value": value,
                "shown": formats.value_of(value, unit)}  # fmt: skip

    points = [point(*one) for one in zip(shown.days, shown.values, strict=True)][-DRAWN:]
    for day, one in zip(shown.next_days, shown.forecast.ahead, strict=True):
        interval = f"{formats.value_of(one.low, unit)} – {formats.value_of(one.high, unit)}"
        points.append(point(day, one.expected) | {"whole": False, "low": one.low, "high": one.high, "interval": interval})  # fmt: skip
    note = {"label": label_of(shown.next_days[0], every), "text": _("from here on to come"), "sign": "▼"}  # fmt: skip
    return trend_chart(points, unit, formats.text(figure.name), notes=[note])
