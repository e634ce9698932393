"""The charts of the figure page."""

from __future__ import annotations

from typing import Any

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from gern.core.figures.answer import Answer, Group
from gern.core.figures.compute import Point
from gern.kit import formats
from gern.kit.charts import Spec, bars_chart, trend_chart
from gern.rooms.insights.queries import Tile

SHOWN_GROUPS = 12


def trend_points(tile: Tile) -> list[dict[str, Any]]:
    """One point a period, oldest first; periods without data are left out."""
    return [
        {
            "label": formats.day_short(answer.period.last_day),
            "period": f"{formats.day(answer.period.start)} – {formats.day(answer.period.last_day)}",
            "value": answer.value,
            "shown": formats.answer_value(answer),
        }
        for answer in tile.trend
        if answer is not None
    ]


def series_points(points: list[Point], unit: str) -> list[dict[str, Any]]:
    """One point a day, week, month …; undefined ones are gaps, cut-off ones are marked."""
    found = []
    for point in points:
        days = point.period
        label = formats.day_short(days.start)
        if days.days > 1:
            label += f" {days.start.year}"
        cut = "" if point.whole else " *"
        found.append(
            {
                "label": label,
                "period": f"{formats.day(days.start)} – {formats.day(days.last_day)}{cut}",
                "value": point.value,
                "whole": point.whole,
                "shown": formats.value_of(point.value, unit) + cut,
            }
        )
    return found


def series(points: list[Point], answer: Answer) -> Spec:
    """The figure by day, week, month …"""
    return trend_chart(series_points(points, answer.unit), answer.unit, _name(answer))


def trend(tile: Tile) -> Spec:
    """The figure over periods of the same length, a month apart."""
    return trend_chart(trend_points(tile), tile.answer.unit, _name(tile.answer))


def bars(answer: Answer) -> Spec:
    """The biggest groups of the breakdown, with their intervals."""
    rows = [
        {
            "group": group_name(group),
            "value": group.value,
            "low": group.interval[0] if group.interval else None,
            "high": group.interval[1] if group.interval else None,
            "shown": formats.value_of(group.value, answer.unit),
            "interval": interval(group, answer.unit),
        }
        for group in answer.groups[:SHOWN_GROUPS]
        if group.value is not None
    ]
    return bars_chart(rows, answer.unit, _name(answer))


def group_name(group: Group) -> str:
    """What a group is called."""
    return group.name or _("not known")


def interval(result: Group | Answer, unit: str) -> str:
    """The interval as text."""
    if not result.interval:
        return formats.NONE
    return " – ".join(formats.value_of(bound, unit) for bound in result.interval)


def _name(answer: Answer) -> str:
    return answer.figure.name.in_language(get_language() or "en")
