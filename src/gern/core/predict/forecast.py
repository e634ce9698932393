"""What is to be expected of a figure in the next days, weeks or months, with a band.

The forecasts of `effect` (level, trend, the same time a year before) are made for every time gone by; the
one that missed least there is taken, and by how much it missed so many steps ahead is the band:
± t × the root of the mean squared miss, t with as many degrees as such times lie apart, less one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from math import sqrt
from typing import TYPE_CHECKING

import numpy as np

from gern.core.engines.names import Array
from gern.core.errors import BadInput
from gern.core.figures.asking import Granularity, first_day, next_day
from gern.core.predict.effect import FORECASTS, LEAST_BEFORE, LEAST_PLACEBOS, LEVEL
from gern.core.predict.effect_steps import number, steps_before

if TYPE_CHECKING:
    from gern.core.shop_figures import ShopFigures

MOST_AHEAD: dict[Granularity, int] = {"day": 28, "week": 13, "month": 6}
USUAL_AHEAD: dict[Granularity, int] = {"day": 14, "week": 4, "month": 3}


@dataclass(frozen=True)
class Ahead:
    """One step to come: what is ``expected``, and the band in which it lies 95 % of the time."""

    expected: float
    low: float
    high: float


@dataclass(frozen=True)
class Forecast:
    """``ahead``: the steps to come; ``by``: the forecast taken; ``miss``: by how much it usually misses (root
    of the mean square over all steps), ``tried``: the same of each forecast; ``times``: how often it was
    tried, ``apart`` of them not overlapping."""

    ahead: tuple[Ahead, ...]
    by: str
    miss: float
    tried: dict[str, float]
    times: int
    apart: int


@dataclass(frozen=True)
class ForecastShown:
    """``days`` and ``values``: the steps gone by; ``next_days``: first days of the steps to come."""

    forecast: Forecast
    days: tuple[date, ...]
    values: tuple[float, ...]
    next_days: tuple[date, ...]


def forecast(
    past: Sequence[float], h: int, step: Granularity = "month", *, floor: float | None = None,
    ceiling: float | None = None,
) -> Forecast:  # fmt: skip
    """Of the figure at each whole step so far, the oldest first, the next ``h``. ``floor`` and ``ceiling``:
    what it can be at all. ``BadInput``: there are too few steps.

    >>> forecast([10, 12] * 20, 2, "week").ahead[0].expected
    11.0
    """
    from scipy.special import stdtrit

    known = np.asarray(past, dtype=float)
    needed = LEAST_BEFORE + LEAST_PLACEBOS * max(h, 1)
    if not 1 <= h <= MOST_AHEAD[step] or len(known) < needed:
        most, told = MOST_AHEAD[step], max(0, (len(known) - LEAST_BEFORE) // LEAST_PLACEBOS)
        then = f" With these it is {min(told, most)} ahead." if told and told < h <= most else ""
        dann = f" Damit geht es {min(told, most)} voraus." if then else ""
        raise BadInput(
            f"To look {h} steps ahead ({most} at most) it needs at least {needed} whole steps. You have"
            f" {len(known)}.{then} Shorter steps are another way.", param="ahead",
            german=f"Um {h} Schritte vorauszuschauen (höchstens {most}), braucht es mindestens {needed} ganze"
            f" Schritte. Es gibt {len(known)}.{dann} Oder kürzere Schritte wählen.",
        )  # fmt: skip
    misses = {name: found for name in FORECASTS if len(found := _misses(name, known, h, step)) >= LEAST_PLACEBOS * h or name == "level"}  # fmt: skip
    tried = {name: sqrt(float((found**2).mean())) for name, found in misses.items()}
    by = min(tried, key=lambda name: tried[name])
    said = FORECASTS[by](known, h, step)
    assert said is not None
    apart = (len(misses[by]) + h - 1) // h
    t = float(stdtrit(max(apart - 1, 1), 0.5 + LEVEL / 2))
    half = t * np.sqrt((misses[by] ** 2).mean(axis=0))
    # nearer steps are not surer than they were seen to be, further ones not surer than nearer
    half = np.maximum.accumulate(half)

    def inside(value: float) -> float:
        above = value if floor is None else max(value, floor)
        return above if ceiling is None else min(above, ceiling)

    ahead = tuple(
        Ahead(inside(value), inside(value - width), inside(value + width))
        for value, width in zip(said.tolist(), half.tolist(), strict=True)
    )
    return Forecast(ahead, by, tried[by], tried, len(misses[by]), apart)


def forecast_of(shop: ShopFigures, id: str, every: Granularity, ahead: int) -> ForecastShown:
    """Of a figure of the shop, after its last whole step."""
    figure, span = shop.figure_named(id), shop.span()
    today = shop.today()
    if span is None:
        raise BadInput("There are no data yet.", param="figure", german="Es gibt noch keine Daten.")
    end = first_day(min(today, span[1] + timedelta(days=1)), every)
    days = steps_before(end, every, span[0])
    found = [number(point.value) for point in shop.series(id, days[0], end, every)] if days else []
    missing = [i for i, value in enumerate(found) if value is None]
    begin = missing[-1] + 1 if missing else 0
    if missing and len(found) - begin < LEAST_BEFORE + LEAST_PLACEBOS * max(ahead, 1) <= len(found):
        raise BadInput(
            f"The figure has no value at {len(missing)} of {len(found)} steps, at the latest from"
            f" {days[missing[-1]]} on: choose longer steps.", param="every",
            german=f"Die Kennzahl hat an {len(missing)} von {len(found)} Schritten keinen Wert, zuletzt ab"
            f" {days[missing[-1]]}: Wählen Sie längere Schritte.",
        )  # fmt: skip
    if figure.unit in ("count", "money"):  # before the first of them there was nothing to count yet
        begin = max(begin, next((i for i, value in enumerate(found) if value), begin))
    values = [float(value or 0) for value in found[begin:]]
    share = figure.unit == "percent"
    low = min([0.0, *values])
    said = forecast(values, ahead, every, floor=low, ceiling=100.0 if share and max(values, default=0) <= 100 else None)  # fmt: skip
    coming = [end]
    while len(coming) < ahead:
        coming.append(next_day(coming[-1], every))
    return ForecastShown(said, tuple(days[begin:]), tuple(values), tuple(coming))


def _misses(name: str, known: Array, h: int, step: Granularity) -> Array:
    """A row each time gone by, a column each step ahead."""
    found = [
        known[start : start + h] - said
        for start in range(LEAST_BEFORE, len(known) - h + 1)
        if (said := FORECASTS[name](known[:start], h, step)) is not None
    ]
    return np.array(found) if found else np.zeros((0, h))
