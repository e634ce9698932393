"""Which figure a page of predictions is about, and in which steps of time."""

from __future__ import annotations

from datetime import date

from django.http import HttpRequest
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

from gern.core.figures.definition import Figure
from gern.core.shop import Shop
from gern.kit import formats
from gern.kit.access import may
from gern.rooms.insights.access import is_aggregate

EVERY: dict[str, str | Promise] = {
    "day": gettext_lazy("days"), "week": gettext_lazy("weeks"), "month": gettext_lazy("months"),
}  # fmt: skip
FORECASTS: dict[str, str | Promise] = {
    "level": gettext_lazy("the level of the time before"),
    "trend": gettext_lazy("the trend of the time before"),
    "year": gettext_lazy("the same time a year before, and what has changed since"),
}
EACH: dict[str, str | Promise] = {
    "day": gettext_lazy("a day"), "week": gettext_lazy("a week"), "month": gettext_lazy("a month"),
}  # fmt: skip


def label_of(day: date, every: str) -> str:
    """A step on the axis, another one for each of several years."""
    return formats.month(day) if every == "month" else formats.day_short(day)


def figures_of(request: HttpRequest, shop: Shop) -> list[Figure]:
    """Those one may see here: of which no single customer can be told, or for who may."""
    everything = may(request.user, "editor", "insights")
    return [one for one in shop.figures() if everything or is_aggregate(one)]


def figure_asked(request: HttpRequest, shop: Shop, usual: str = "revenue") -> Figure | None:
    """The one named; None: there is none, or they may not see it."""
    id = request.GET.get("figure", usual)
    return next((one for one in figures_of(request, shop) if one.id == id), None)
