"""The few changes that matter: larger than chance and season make them, ranked by size and worth."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from statistics import NormalDist

from gern.core.figures.answer import Answer
from gern.core.figures.asking import TRAIT
from gern.core.figures.definition import Family, Figure
from gern.core.figures.periods import Period, in_range
from gern.core.shop import Shop
from gern.rooms.insights import queries

MOST = 4
TOLD = {"retention_rate", "retention_rate_strict", "churn_rate", "revenue", "repeat_purchase_rate",
        "regulars_rate", "revenue_per_customer"}  # fmt: skip
"""The briefing speaks of these anyway."""
ERRORS = 0.05
"""On a day without any real change, so often one is shown nevertheless (over all figures)."""
LEAST_SHARE = 0.05
"""A change by less is not worth a sentence, however sure it is."""
LEAST_POINTS = 1.0
LARGEST = 8.0
"""Beyond so many standard deviations worth alone decides."""
_95 = 1.96
WORTH: dict[Family, float] = {
    "retention": 3, "transaction": 3, "own": 2.5, "loyalty": 2, "service": 2, "asked": 2,
    "programme": 1.5, "interaction": 1, "reach": 1, "community": 1,
}  # fmt: skip


@dataclass(frozen=True)
class Change:
    """``expected``: the period before, moved as it moved a year ago. ``sigmas``: how many standard
    deviations the value is from it. ``driver``: the group that moved most, and by how much."""

    figure: Figure
    now: Answer
    before: Answer
    expected: float
    sigmas: float
    by_year: bool
    by: str | None = None
    driver: tuple[str, float] | None = None

    @property
    def score(self) -> float:
        """Size against noise times worth."""
        return min(abs(self.sigmas), LARGEST) * WORTH[self.figure.family]

    @property
    def better(self) -> bool | None:
        """None where more is neither better nor worse."""
        return None if self.figure.good is None else (self.sigmas > 0) is (self.figure.good == "up")


@dataclass(frozen=True)
class Changes:
    """``looked``: how many figures could be compared."""

    looked: int
    found: list[Change]


def changes(shop: Shop, period: Period) -> Changes:
    """What has changed over all figures; of figures that measure the same, the one that says most."""
    return queries.once(shop, ("changes", period), partial(_changes, shop, period))


def compare(
    figure: Figure, now: Answer, before: Answer, years: tuple[Answer, Answer] | None
) -> Change | None:
    """None where one of them is undefined or without an interval. ``years``: the same two periods a
    year ago."""
    noise_now, noise_before = _noise(now), _noise(before)
    if now.value is None or before.value is None or noise_now is None or noise_before is None:
        return None
    expected, noise = before.value, noise_before
    year = _season(figure, years)
    if year is not None:
        moved, moved_noise = year
        if _adds(figure):
            expected, noise = before.value + moved, math.hypot(noise_before, moved_noise)
        else:
            expected = before.value * moved
            noise = math.hypot(noise_before * moved, before.value * moved_noise)
    deviation = math.hypot(noise_now, noise)
    away = now.value - expected
    sigmas = away / deviation if deviation else math.copysign(LARGEST, away) if away else 0.0
    return Change(figure, now, before, expected, sigmas, year is not None)


def is_large(change: Change, looked: int) -> bool:
    """Larger than chance among so many figures, and large enough to matter."""
    limit = NormalDist().inv_cdf(1 - ERRORS / 2 / max(looked, 1))
    away = abs((change.now.value or 0) - change.expected)
    share = away / abs(change.expected) if change.expected else math.inf
    enough = share >= LEAST_SHARE and (not _adds(change.figure) or away >= LEAST_POINTS)
    return abs(change.sigmas) >= limit and enough


def _changes(shop: Shop, period: Period) -> Changes:
    compared = [
        change for figure in queries.ready(shop) if figure.id not in TOLD
        if (change := _compared(shop, figure, period)) is not None
    ]  # fmt: skip
    large = sorted((c for c in compared if is_large(c, len(compared))), key=lambda c: -c.score)
    kin: set[str] = set()
    found = []
    for change in large:
        if change.figure.primitive.id not in kin:
            kin.add(change.figure.primitive.id)
            found.append(change)
    return Changes(len(compared), [_driven(shop, change, period) for change in found[:MOST]])


def _compared(shop: Shop, figure: Figure, period: Period) -> Change | None:
    known_from = shop.known_from(figure)
    before = in_range(period.before)
    if before is None or known_from is None:
        return None
    # what looks back needs as much again before it, else it grows only because the data begin
    far = before if figure.primitive.history == timedelta(0) else in_range(before.before)
    if far is None or far.start < known_from:
        return None
    year, year_before = (
        in_range(period.year_before),
        in_range(lambda: period.year_before().before()),
    )
    years = None
    if year and year_before and year_before.start >= known_from:
        years = (_answer(shop, figure, year), _answer(shop, figure, year_before))
    return compare(figure, _answer(shop, figure, period), _answer(shop, figure, before), years)


def _answer(shop: Shop, figure: Figure, period: Period) -> Answer:
    return queries.answer(shop, figure, period, None)


def _season(figure: Figure, years: tuple[Answer, Answer] | None) -> tuple[float, float] | None:
    """By how much it moved a year ago (a difference of shares, else a factor), and the noise of it."""
    if years is None:
        return None
    year, before = years
    noise, noise_before = _noise(year), _noise(before)
    if year.value is None or before.value is None or noise is None or noise_before is None:
        return None
    if _adds(figure):
        return year.value - before.value, math.hypot(noise, noise_before)
    if before.value <= 0 or year.value <= 0:
        return None
    factor = year.value / before.value
    return factor, factor * math.hypot(noise / year.value, noise_before / before.value)


def _adds(figure: Figure) -> bool:
    """Shares and scores move by points, everything else by a factor."""
    return figure.unit in ("percent", "points")


def _noise(answer: Answer) -> float | None:
    """Standard deviation, from the interval."""
    if answer.interval is None:
        return None
    return (answer.interval[1] - answer.interval[0]) / 2 / _95


def _driven(shop: Shop, change: Change, period: Period) -> Change:
    """With the group that moved most, for sums that can be broken down."""
    dimensions = [d for d in queries.dimensions(shop, change.figure) if not d.startswith(TRAIT)]
    if not dimensions:
        return change
    by, driver = dimensions[0], None
    if not change.figure.denominator and not change.figure.median:
        now = {g.name: g.value or 0 for g in queries.answer(shop, change.figure, period, by).groups}
        earlier = queries.answer(shop, change.figure, change.before.period, by)
        before = {g.name: g.value or 0 for g in earlier.groups}
        moved = {
            name: now.get(name, 0) - before.get(name, 0) for name in now.keys() | before.keys()
        }
        named = {name: away for name, away in moved.items() if name}
        if len(moved) > 1 and named:
            name = max(named, key=lambda n: (abs(named[n]), n))
            driver = (name, named[name])
    return Change(
        change.figure, change.now, change.before, change.expected, change.sigmas, change.by_year,
        by, driver,
    )  # fmt: skip
