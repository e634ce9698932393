"""Whether the last value of a time series is unusual: season and noise considered.

The expected value is forecast from the values before it, and the same forecast is made for many
of these, so that it is known by how much it usually misses. There are two forecasts:

* *level*: median of the last eight values of the same place in the season (the same weekday);
* *year*: the level times what happened to the level a year ago at this time (Christmas, summer);
  taken where there is one, unless it has usually missed by half as much again as the level: most of
  the year both are as good, and at Christmas only this one knows.

A day on which everything is otherwise (``special``: a public holiday) is forecast as the level times what
such days, `SPECIAL_NEEDED` at least and the last twelve, were of their level; the level of other days
leaves them out.

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
SPECIAL_NEEDED, SPECIAL_MOST = 3, 12
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
    special: bool = False
    """It is a public holiday, and was held against such days."""
    times: float = 0.0
    """How far from what was expected, in limits of the usual: more than 1 is unusual."""


def needed_values(step: Granularity) -> int:
    """So many values the series should have, the last one included, for all that can be said."""
    season, year = SEASON[step]
    return season * BEFORE + year + year // 26 + LOOKED_BACK[step] + 1


def unusual(
    values: Sequence[Value], step: Granularity, *, noise: float = 0.0, floor: Value = None,
    ceiling: Value = None, special: Sequence[bool] = (),
) -> Verdict:  # fmt: skip
    """What is to be thought of the last of ``values`` (None: undefined there). ``special``: which of them
    are of days on which everything is otherwise.

    ``noise``: standard deviation that the last value has anyway (√n of a count); ``floor`` and
    ``ceiling``: the values there can be at all.

    >>> unusual([10.0] * 60 + [30.0], "week", noise=3).kind
    'above'
    """
    last = len(values) - 1
    value = values[last] if len(values) else None
    out = frozenset(at for at, is_one in enumerate(special) if is_one)
    best: tuple[float, float, list[float], bool] | None = None
    for by_year in (False, True):
        expected = _forecast(values, last, step, by_year, out)
        misses = _misses(values, last, step, by_year, out)
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
    return Verdict(kind, value, expected, low, high, by_year, last in out, times)


def _misses(
    values: Sequence[Value], last: int, step: Granularity, by_year: bool, out: frozenset[int]
) -> list[float]:
    """Past misses; of a special day also those of the special days it is held against."""
    places = [at for at in range(max(0, last - LOOKED_BACK[step]), last) if at not in out]
    if last in out:
        places += _special_before(values, last, SEASON[step][0], out)
    found = []
    for at in places:
        value, expected = values[at], _forecast(values, at, step, by_year, out)
        if value is not None and expected is not None:
            found.append(abs(value - expected))
    return found


def _forecast(
    values: Sequence[Value], at: int, step: Granularity, by_year: bool, out: frozenset[int]
) -> Value:
    """What the values before ``at`` make expect for it."""
    season, year = SEASON[step]
    level = _level(values, at, season, out)
    if level is None:
        return level
    if at in out:
        return None if by_year else _times(level, _of_special(values, at, season, out), 0.0)
    if not by_year:
        return level
    if not year:
        return None
    # a year ago the values around this place, against the level that was known there
    around = AROUND.get(step, 0)
    factors = []
    for then in range(at - year - around, at - year + around + 1):
        if then in out:
            continue
        value, known = values[then] if then >= 0 else None, _level(values, then, season, out)
        if value is None or not known or known <= 0:
            return None
        factors.append(value / known)
    return _times(level, factors, 0.2)


def _times(level: float, factors: Sequence[float], least: float) -> Value:
    return level * min(max(median(factors), least), 5.0) if factors else None


def _of_special(values: Sequence[Value], at: int, season: int, out: frozenset[int]) -> list[float]:
    """What the special days before were of their level; none where they are too few."""
    found = []
    for then in _special_before(values, at, season, out):
        value, known = values[then], _level(values, then, season, out)
        if value is not None and known:
            found.append(value / known)
    return found if len(found) >= SPECIAL_NEEDED else []


def _special_before(
    values: Sequence[Value], at: int, season: int, out: frozenset[int]
) -> list[int]:
    there = [then for then in sorted(out) if then < at and _level(values, then, season, out)]
    return there[-SPECIAL_MOST:]


def _level(values: Sequence[Value], at: int, season: int, out: frozenset[int]) -> Value:
    places = [place for back in range(1, BEFORE + 5) if (place := at - season * back) not in out]
    known = [values[place] for place in places[:BEFORE] if place >= 0]
    there = [value for value in known if value is not None]
    return median(there) if len(there) >= BEFORE // 2 and len(known) == BEFORE else None
