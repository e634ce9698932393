"""The charts of the figure page."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from itertools import pairwise
from typing import Any

from django.utils.translation import gettext as _

from gern.core.figures.answer import Answer, Group
from gern.core.figures.compute import Point
from gern.core.figures.periods import Period
from gern.kit import formats
from gern.kit.charts import Spec, bars_chart, trend_chart
from gern.rooms.insights.models import TimeNote
from gern.rooms.insights.queries import Development

Ends = tuple[float | None, float | None]
SHOWN_GROUPS = 12


def trend_points(trend: Development) -> list[dict[str, Any]]:
    """One point a period, oldest first; periods without data are left out."""
    return [
        {
            "label": formats.day_short(answer.period.last_day),
            "period": f"{formats.day(answer.period.start)} – {formats.day(answer.period.last_day)}",
            "value": answer.value,
            "shown": formats.answer_value(answer),
        }
        for answer in trend
        if isinstance(answer, Answer)
    ]


def series_points(
    points: list[Point], unit: str, *, without: Collection[int] = ()
) -> list[dict[str, Any]]:
    """One point a day, week, month …; undefined ones, and those at the places ``without``, are gaps,
    cut-off ones are marked."""
    found = []
    years = {point.period.start.year for point in points}
    for place, point in enumerate(points):
        days, value = point.period, None if place in without else point.value
        label = formats.day_short(days.start)
        if days.days > 1 or len(years) > 1:
            label += f" {days.start.year}"
        cut = "" if point.whole else " *"
        found.append(
            {
                "label": label,
                "period": f"{formats.day(days.start)} – {formats.day(days.last_day)}{cut}",
                "value": value,
                "whole": point.whole,
                "shown": formats.value_of(value, unit) + cut,
            }
        )
    return found


def series(
    points: list[Point], answer: Answer, *, band: Ends | None = None,
    notes: Sequence[TimeNote] = (), without: Collection[int] = (),
) -> Spec:  # fmt: skip
    """The figure by day, week, month …, with its band and what happened."""
    drawn = series_points(points, answer.unit, without=without)
    periods = [point.period for point in points]
    return trend_chart(
        drawn, answer.unit, _name(answer), band=band, notes=_flags(drawn, periods, notes)
    )


def trend(found: Development, answer: Answer, *, notes: Sequence[TimeNote] = ()) -> Spec:
    """The figure over periods of the same length, a month apart. What happened stands at the first
    period whose end it precedes."""
    drawn = trend_points(found)
    periods = [one.period for one in found if isinstance(one, Answer)]
    flags = _flags(drawn, _between(periods), notes)
    return trend_chart(drawn, answer.unit, _name(answer), notes=flags)


def _between(periods: list[Period]) -> list[Period]:
    """From the end of the one before to the own end: each day lies in one only."""
    found = periods[:1]
    for before, period in pairwise(periods):
        found.append(Period(before.end, period.end, period.zone))
    return found


def _flags(
    drawn: list[dict[str, Any]], periods: list[Period], notes: Sequence[TimeNote]
) -> list[dict[str, Any]]:
    """One flag a point that has notes, numbered as in the list under the chart."""
    found: dict[str, dict[str, Any]] = {}
    for number, note in enumerate(notes, start=1):
        for point, period in zip(drawn, periods, strict=True):
            if period.start <= note.day < period.end:
                text = f"{number}: {formats.day(note.day)}, {note.text}"
                flag = found.setdefault(point["label"], {"label": point["label"], "sign": "", "text": ""})  # fmt: skip
                flag["sign"] += f"{', ' if flag['sign'] else ''}{number}"
                flag["text"] += f"{'; ' if flag['text'] else ''}{text}"
    return list(found.values())


def bars(answer: Answer) -> Spec:
    """The biggest groups of the breakdown, with their intervals."""
    return bars_of(answer.groups[:SHOWN_GROUPS], answer)


def bars_of(groups: list[Group], answer: Answer) -> Spec:
    """These groups of it."""
    rows = [
        {
            "group": group_name(group),
            "value": group.value,
            "low": group.interval[0] if group.interval else None,
            "high": group.interval[1] if group.interval else None,
            "shown": formats.value_of(group.value, answer.unit),
            "interval": interval(group, answer.unit),
        }
        for group in groups
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
    return formats.text(answer.figure.name)
