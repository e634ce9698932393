"""Looking after a figure: its last whole day, week or month against what was to be expected."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from statistics import median

from gern.core.figures.asking import Granularity, first_day, next_day
from gern.core.figures.compute import Point
from gern.core.figures.definition import Figure
from gern.core.figures.periods import add_months
from gern.core.figures.unusual import Verdict, needed_values, unusual

FEW_A_DAY = 10
"""Figures that rest on less a day are looked at by the week."""
RECENT = 8
Series = Callable[[date, date, Granularity], list[Point]]
"""The figure over ``[from, to)`` by steps of time."""
Closed = Callable[[date, date], Collection[date]]
"""The public holidays from a day to another."""


@dataclass(frozen=True)
class Watched:
    """``point``: the last whole step of time; None when there is none yet. ``missing``: nothing at
    all, where something was clearly to be expected."""

    figure: Figure
    step: Granularity
    point: Point | None
    verdict: Verdict
    missing: bool = False


def watch(
    figure: Figure, series: Series, first: date, today: date, closed: Closed = lambda _a, _b: ()
) -> Watched:
    """What is to be thought of the figure today. ``first``: the day the data begin; ``closed``: public
    holidays.

    By the day where that can be computed in one query and enough happens, else by the week; what
    needs a query for each step, by the month.
    """
    if not figure.primitive.in_buckets:
        return _watched(figure, _points(series, first, today, "month"), "month")
    daily = _points(series, first, today, "day")
    if daily and median(_size(figure, point) for point in daily[-4 * 7 :]) >= FEW_A_DAY:
        holidays = closed(daily[0].period.start, daily[-1].period.start)
        return _watched(figure, daily, "day", [point.period.start in holidays for point in daily])
    return _watched(figure, _points(series, first, today, "week"), "week")


def _points(series: Series, first: date, today: date, step: Granularity) -> list[Point]:
    end = first_day(today, step)
    begin = max(_back(end, step, needed_values(step)), _whole_from(first, step))
    return series(begin, end, step) if begin < end else []


def _watched(
    figure: Figure, points: list[Point], step: Granularity, special: Sequence[bool] = ()
) -> Watched:
    if not points:
        return Watched(figure, step, None, unusual([], step))
    share = figure.interval == "wilson"
    values = [point.value for point in points]
    verdict = unusual(
        values, step, special=special, noise=_noise(figure, points), ceiling=100.0 if share else None,
        floor=min([0.0, *(v for v in values if v is not None)]),
    )  # fmt: skip
    usual = median(_size(figure, point) for point in points[-4 * 7 - 1 : -1] or points)
    holiday = bool(special) and special[-1]
    missing = not _size(figure, points[-1]) and usual >= FEW_A_DAY and not holiday
    return Watched(figure, step, points[-1], verdict, missing)


def _size(figure: Figure, point: Point) -> float:
    """On how much a point rests: persons, or what is counted where nobody is known."""
    counted = point.denominator if figure.denominator else point.numerator
    acts = float(counted or 0) if figure.denominator or figure.unit == "count" else 0.0
    return max(point.n, acts)


def _noise(figure: Figure, points: list[Point]) -> float:
    """The standard deviation that counting alone gives the last point."""
    recent = points[-RECENT:]
    if figure.interval == "wilson":
        below = float(sum(p.denominator or 0 for p in recent))
        now = float(points[-1].denominator or 0)
        if not below or not now:
            return 0.0
        share = min(max(float(sum(p.numerator for p in recent)) / below, 1 / below), 1 - 1 / below)
        return float(figure.factor) * math.sqrt(share * (1 - share) / now)
    if figure.unit == "count" and not figure.denominator:
        return math.sqrt(max(median(float(p.numerator) for p in recent), 1.0))
    return 0.0


def _whole_from(first: date, step: Granularity) -> date:
    """The first step of time that the data cover from its beginning."""
    begin = first_day(first, step)
    return begin if begin == first else next_day(begin, step)


def _back(day: date, step: Granularity, steps: int) -> date:
    if step in ("day", "week"):
        return day - timedelta(days=steps * (1 if step == "day" else 7))
    return add_months(day, -steps * {"month": 1, "quarter": 3, "year": 12}[step])
