"""Whether the last value of a time series is unusual: season and noise considered.

The expected value is forecast from the values before it, and the same forecast is made for many
of these, so that it is known by how much it usually misses. There are two forecasts:

* *level*: median of the last eight values of the same place in the season (the same weekday);
* *year*: the level times what happened to the level a year ago at this time (Christmas, summer);
  taken where there is one, unless it has usually missed by half as much again as the level: most of
  the year both are as good, and at Christmas only this one knows.

Unusual is a miss that is larger than all but the largest of these past misses (one strange day must
not make blind for the days after it) **and** more than three times the usual noise (1.4826 × their
median, at least the noise of counting). Checked on made-up series: see
`tests/core/test_unusual.py`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median
from typing import Literal

from gern.core.figures.asking import Granularity

Kind = Literal["usual", "above", "below", "unknown"]
Value = float | None
SEASON: dict[Granularity, tuple[int, int]] = {
    "day": (7, 364), "week": (1, 52), "month": (1, 12), "quarter": (1, 4), "year": (1, 0),
}  # fmt: skip
"""(values until the same place in the season, values until the same place a year later)."""
AROUND: dict[Granularity, int] = {"day": 3, "week": 1}
"""So many neighbours on either side say how it was a year ago."""
BEFORE = 8
"""So many values of the same place make the level."""
LOOKED_BACK: dict[Granularity, int] = {
    "day": 98,
    "week": 40,
    "month": 24,
    "quarter": 16,
    "year": 12,
}
"""So many past misses at most."""
NEEDED = 19
"""So many past misses at least."""
YEAR_MAY_MISS = 1.5
TIMES = 3.5
TO_SIGMA = 1.4826


@dataclass(frozen=True)
class Verdict:
    """``low`` … ``high``: what would have been usual. ``unknown``: too few values before, all
    three are None. ``by_year``: the season of the year was considered."""

    kind: Kind
    value: Value
    expected: Value
    low: Value
    high: Value
    by_year: bool = False
    times: float = 0.0
    """How far from what was expected, in limits of the usual: more than 1 is unusual."""


def needed_values(step: Granularity) -> int:
    """So many values the series should have, the last one included, for all that can be said."""
    season, year = SEASON[step]
    return season * BEFORE + year + year // 26 + LOOKED_BACK[step] + 1


def unusual(
    values: Sequence[Value], step: Granularity, *, noise: float = 0.0, floor: Value = None,
    ceiling: Value = None,
) -> Verdict:  # fmt: skip
    """What is to be thought of the last of ``values`` (None: undefined there).

    ``noise``: standard deviation that the last value has anyway (√n of a count); ``floor`` and
    ``ceiling``: the values there can be at all.

    >>> unusual([10.0] * 60 + [30.0], "week", noise=3).kind
    'above'
    """
    last = len(values) - 1
    value = values[last] if len(values) else None
    best: tuple[float, float, list[float], bool] | None = None
    for by_year in (False, True):
        expected = _forecast(values, last, step, by_year)
        misses = _misses(values, last, step, by_year)
        if expected is None or len(misses) < NEEDED:
            continue
        typical = median(misses)
        if best is None or typical <= YEAR_MAY_MISS * best[0]:
            best = (typical, expected, misses, by_year)
    if best is None or value is None:
        return Verdict("unknown", value, None, None, None)
    typical, expected, misses, by_year = best
    width = max(sorted(misses)[-2], TIMES * max(TO_SIGMA * typical, noise))
    low, high = expected - width, expected + width
    kind: Kind = "below" if value < low else "above" if value > high else "usual"
    times = abs(value - expected) / width if width else 0.0 if value == expected else math.inf
    bottom = -math.inf if floor is None else floor
    top = math.inf if ceiling is None else ceiling
    low, expected, high = (min(max(end, bottom), top) for end in (low, expected, high))
    return Verdict(kind, value, expected, low, high, by_year, times)


def _misses(values: Sequence[Value], last: int, step: Granularity, by_year: bool) -> list[float]:
    found = []
    for at in range(max(0, last - LOOKED_BACK[step]), last):
        value, expected = values[at], _forecast(values, at, step, by_year)
        if value is not None and expected is not None:
            found.append(abs(value - expected))
    return found


def _forecast(values: Sequence[Value], at: int, step: Granularity, by_year: bool) -> Value:
    """What the values before ``at`` make expect for it."""
    season, year = SEASON[step]
    level = _level(values, at, season)
    if level is None or not by_year:
        return level
    if not year:
        return None
    # a year ago the values around this place, against the level that was known there
    around = AROUND.get(step, 0)
    factors = []
    for then in range(at - year - around, at - year + around + 1):
        value, known = values[then] if then >= 0 else None, _level(values, then, season)
        if value is None or not known or known <= 0:
            return None
        factors.append(value / known)
    return level * min(max(median(factors), 0.2), 5.0)


def _level(values: Sequence[Value], at: int, season: int) -> Value:
    places = [at - season * back for back in range(1, BEFORE + 1)]
    known = [values[place] for place in places if place >= 0]
    there = [value for value in known if value is not None]
    return median(there) if len(there) >= BEFORE // 2 and len(known) == BEFORE else None
