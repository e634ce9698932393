"""The charts of the figure page."""

from __future__ import annotations

from typing import Any

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from gern.core.figures.answer import Answer, Group
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
