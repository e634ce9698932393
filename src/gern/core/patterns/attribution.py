"""Attribution: what each touchpoint did for the conversions, by six rules side by side.

A conversion is shared out among the contacts of its journey (`patterns.journeys`):

- ``first``, ``last``: all to the first or last contact;
- ``linear``: to all alike;
- ``position``: 40 % to the first, 40 % to the last, the rest to those between (two: half each);
- ``decay``: by weight 2^(−t / half-life), t: time until the conversion;
- ``markov``: in proportion to the *removal effect*. Journeys are a Markov chain from contact to
  contact that ends in the conversion or in nothing. The removal effect of a touchpoint is the share
  of conversions that fail when everybody who comes there goes away (Anderl et al. 2016,
  doi:10.1016/j.ijresmar.2016.03.001).

By every rule the shares add up to the conversions that had a contact; the others are told beside.
Beside it stands how many of the journeys with a contact there reached the conversion, and of those
without: what differs between those who did and those who did not. ``p`` says how easily chance
would make such a difference: a score test, whose spread is that of people and at least that of
single journeys; where fewer than five are to be expected on one side it is not told. Because many
touchpoints are looked at, it is corrected (Holm).

Intervals (95 %) by bootstrap over people: up to a thousand groups of them are drawn again. None of
this proves a cause: who looks for a ticket has bought in their mind.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from math import erfc, sqrt
from typing import Literal, get_args

import numpy as np

from gern.core.engines.door import Door
from gern.core.engines.names import Array
from gern.core.figures.periods import Period
from gern.core.patterns.journeys import Asked
from gern.core.patterns.markov import ratio, removal_effects
from gern.core.patterns.walking import left_out, only_customers
from gern.core.touchpoints.journey import Touchpoint

Model = Literal["first", "last", "linear", "position", "decay", "markov"]
MODELS: tuple[Model, ...] = get_args(Model)
FEWEST_PEOPLE = 30
"""With fewer people with a journey no interval is told."""
FEWEST_EXPECTED = 5
"""Where fewer journeys are to be expected on a side, no difference is called more than chance."""
SURE = 0.05
"""Below this a difference is more than chance."""
_GROUPS, _DRAWS = 1000, 400
_UNIT = 1_000_000_000
"""Shares are added up as whole billionths: the sum is the same in whatever order."""


@dataclass(frozen=True)
class Estimate:
    """A value with its 95 % interval; None where too few people stand behind it."""

    value: float
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True)
class Moment:
    """``reached``: conversions with a contact here before them; ``lost``: journeys with one that
    led to none. ``credits``: conversions by each model; ``removal``: the share of all conversions
    with a contact that would fail without it, 0 to 1. ``rate``: which share of the journeys with a
    contact here reached the conversion, ``rate_without``: of those without (None: there is none);
    ``p``: of their difference, corrected for the number of touchpoints."""

    point: Touchpoint
    reached: int
    lost: int
    credits: dict[Model, Estimate]
    removal: Estimate
    rate: float | None
    rate_without: float | None
    p: float | None


@dataclass(frozen=True)
class Attribution:
    """``conversions`` in the period, ``without`` a contact before them; ``lost`` journeys led to none,
    ``under_way`` ones may still. ``moments``: touchpoints that had a contact, the weightiest (by
    removal effect) first."""

    conversions: int
    without: int
    lost: int
    under_way: int
    people: int
    moments: tuple[Moment, ...]
    left_cookieless: int = 0

    @property
    def shared(self) -> int:
        """Conversions that are shared out."""
        return self.conversions - self.without


def attribution(
    door: Door, asked: Asked, period: Period, now: datetime, half_life: timedelta
) -> Attribution:
    """What each touchpoint did for the conversions of a period."""
    points = asked.journey.points
    counts = _counted(door, asked, period, now, half_life)
    groups, shared = len(counts.steps), counts.conversions - counts.without
    sums = (counts.steps, counts.shares, counts.seen, counts.ends)
    found, drawn = _Sums(*(one.sum(axis=0)[None] for one in sums), shared=shared), None
    if counts.people >= FEWEST_PEOPLE and shared:
        luck = np.random.default_rng(1)
        weights = luck.multinomial(groups, np.full(groups, 1 / groups), _DRAWS).astype(float)
        drawn = _Sums(*(np.tensordot(weights, one, axes=1) for one in sums), shared=shared)
    p_values = _corrected(_p_of(counts.seen, counts.ends))
    moments = [
        Moment(
            point,
            int(found.seen[0, 1, i]),
            int(found.seen[0, 0, i]),
            {
                model: _estimate(found.credits[:, m, i], drawn.credits[:, m, i] if drawn else None)
                for m, model in enumerate(MODELS)
            },
            _estimate(found.removal[:, i], drawn.removal[:, i] if drawn else None),
            _known(found.rates[0, 0, i]),
            _known(found.rates[0, 1, i]),
            p_values[i],
        )
        for i, point in enumerate(points)
        if found.seen[0, :, i].any()
    ]
    moments.sort(key=lambda one: (-one.removal.value, -one.reached, one.point.key))
    return Attribution(
        counts.conversions, counts.without, counts.lost, counts.under_way, counts.people,
        tuple(moments), left_out(door, asked.goal, period.since, period.until),
    )  # fmt: skip


@dataclass(frozen=True)
class _Counts:
    """By group of people (first axis). ``steps``: see `removal_effects`; ``shares`` (rule, touchpoint);
    ``seen`` (to none and to the goal, touchpoint): journeys with a contact there."""

    steps: Array
    shares: Array
    seen: Array
    conversions: int
    without: int
    lost: int
    under_way: int
    people: int

    @property
    def ends(self) -> Array:
        """(group, to none and to the goal): journeys."""
        points = self.seen.shape[2]
        found: Array = self.steps[:, :, points:].sum(axis=1)[:, ::-1]
        return found


def _counted(
    door: Door, asked: Asked, period: Period, now: datetime, half_life: timedelta
) -> _Counts:
    points = len(asked.journey.points)
    sql = _SQL.format(unit=_UNIT, groups=_GROUPS, goal=points, nothing=points + 1)
    seconds = half_life.total_seconds()
    rows = door.ask(asked.question(sql, "attribution", period, now, half_life=seconds))
    total = {row["grp"]: int(row["n"][0]) for row in rows if row["what"] == "total"}
    conversions, without, lost, under_way, people = (total[i] for i in range(5))
    groups = min(_GROUPS, people) or 1
    steps = np.zeros((groups, points + 1, points + 2))
    shares = np.zeros((groups, 5, points))
    seen = np.zeros((groups, 2, points))
    for row in rows:
        here, there, group = row["a"], row["b"], row["grp"]
        if row["what"] == "step":  # the row 0 is the beginning
            steps[group, np.add(here, 1), there] = row["n"]
        elif row["what"] == "share":
            shares[group][:, here] = [row[model] for model in MODELS[:5]]
        elif row["what"] == "seen":
            seen[group, there, here] = row["n"]
    return _Counts(steps, shares / _UNIT, seen, conversions, without, lost, under_way, people)


def people_of(
    door: Door, asked: Asked, period: Period, now: datetime, key: str, *, reached: bool = True,
    customers: bool = False,
) -> list[str]:  # fmt: skip
    """Who had a contact at the touchpoint in a journey that led to a conversion, or to none."""
    at = [point.key for point in asked.journey.points].index(key)
    whether = "followed" if reached else "NOT followed AND NOT under_way"
    sql = (
        f"SELECT DISTINCT person FROM told WHERE point = {at} AND {whether}"
        f"{only_customers(customers)} ORDER BY person"
    )
    rows = door.ask(asked.question(sql, "people of a touchpoint", period, now))
    return [row["person"] for row in rows]


class _Sums:
    """What is made of sums over people: of the data (one draw), or of the draws."""

    def __init__(
        self, steps: Array, shares: Array, seen: Array, ends: Array, *, shared: int
    ) -> None:
        self.seen = seen
        self.removal = removal_effects(steps)
        whole = np.concatenate([shares, self.removal[:, None]], axis=1)
        self.credits = shared * ratio(whole, whole.sum(axis=-1, keepdims=True), 0)
        """(draws, models, touchpoints): conversions, adding up to ``shared``."""
        without = ends[:, :, None] - seen
        self.rates = np.stack(
            [ratio(one[:, 1], one.sum(axis=1), np.nan) for one in (seen, without)], axis=1
        )
        """(draws, with and without, touchpoints)."""


def _estimate(found: Array, drawn: Array | None) -> Estimate:
    if drawn is None:
        return Estimate(float(found[0]))
    low, high = np.percentile(drawn, [2.5, 97.5])
    return Estimate(float(found[0]), float(low), float(high))


def _known(value: float) -> float | None:
    return None if np.isnan(value) else float(value)


def _p_of(seen: Array, ends: Array) -> list[float | None]:
    """How likely chance alone makes so large a difference between the journeys with a touchpoint and
    those without. ``seen`` (group, to none and to the goal, touchpoint), ``ends`` (group, both)."""
    counts, reached = ends.sum(axis=1), ends[:, 1]
    n, r = counts.sum(), reached.sum()
    rate = r / n if n else 0.0
    found: list[float | None] = []
    for i in range(seen.shape[2]):
        there = seen[:, :, i].sum(axis=1)
        k = there.sum()
        if min(k, n - k) * min(rate, 1 - rate) < FEWEST_EXPECTED:
            found.append(None)
            continue
        over = seen[:, 1, i] - rate * there - k / n * (reached - rate * counts)
        spread = max(float((over**2).sum()), rate * (1 - rate) * k * (1 - k / n))
        found.append(erfc(abs(float(over.sum())) / sqrt(spread) / sqrt(2)))
    return found


def _corrected(p_values: list[float | None]) -> list[float | None]:
    """After Holm: with m of them the smallest times m, the next times m − 1 … never falling.

    >>> _corrected([0.01, 0.04, None, 0.03])
    [0.03, 0.06, None, 0.06]
    """
    known = sorted((p, i) for i, p in enumerate(p_values) if p is not None)
    found: list[float | None] = [None] * len(p_values)
    least = 0.0
    for rank, (p, i) in enumerate(known):
        least = max(least, min(1.0, p * (len(known) - rank)))
        found[i] = least
    return found


_SQL = """, grouped AS (
  SELECT person, (row_number() OVER (ORDER BY person) - 1) % {groups} AS grp
  FROM (SELECT DISTINCT person FROM told WHERE NOT under_way)
), weighed AS (
  SELECT t.*, g.grp, pow(2, -epoch(t.ended - t.ts) / $half_life) AS weight,
    lag(point) OVER (PARTITION BY t.person, goal, followed, chain ORDER BY i) AS before
  FROM told AS t JOIN grouped AS g ON g.person = t.person WHERE NOT under_way
), split AS (
  SELECT *, sum(weight) OVER (PARTITION BY person, goal, followed, chain) AS weights FROM weighed
), stepped AS (
  SELECT grp, coalesce(before, -1) AS a, point AS b, w FROM split
  UNION ALL SELECT grp, point, CASE WHEN followed THEN {goal} ELSE {nothing} END, w FROM split WHERE i = n
)
SELECT what, grp, list(a) AS a, list(b) AS b, list(n) AS n, list(first) AS first, list(last) AS last,
  list(linear) AS linear, list(position) AS position, list(decay) AS decay FROM (
SELECT 'step' AS what, grp, a, b, sum(w) AS n, 0 AS first, 0 AS last, 0 AS linear, 0 AS position, 0 AS decay
FROM stepped GROUP BY grp, a, b
UNION ALL
SELECT 'share', grp, point, 0, 0, sum(w * CASE WHEN i = 1 THEN {unit} ELSE 0 END),
  sum(w * CASE WHEN i = n THEN {unit} ELSE 0 END), sum(w * CAST(round({unit} / n) AS BIGINT)),
  sum(w * CAST(round({unit} * CASE WHEN n = 1 THEN 1.0 WHEN n = 2 THEN 0.5 WHEN i = 1 OR i = n THEN 0.4
    ELSE 0.2 / (n - 2) END) AS BIGINT)),
  sum(w * CAST(round({unit} * CASE WHEN n = 1 THEN 1.0 ELSE weight / weights END) AS BIGINT))
FROM split WHERE followed GROUP BY grp, point
UNION ALL
SELECT 'seen', grp, point, CASE WHEN followed THEN 1 ELSE 0 END, sum(w), 0, 0, 0, 0, 0
FROM (SELECT DISTINCT person, grp, goal, followed, chain, point, w FROM split) GROUP BY grp, point, followed
UNION ALL
SELECT 'total', i, 0, 0, n, 0, 0, 0, 0, 0 FROM (
  SELECT 0 AS i, (SELECT coalesce(sum(w), 0) FROM reached) AS n
  UNION ALL SELECT 1, (SELECT coalesce(sum(w), 0) FROM reached)
    - (SELECT coalesce(sum(w), 0) FROM split WHERE followed AND i = n)
  UNION ALL SELECT 2, (SELECT count(*) FROM split WHERE NOT followed AND i = n)
  UNION ALL SELECT 3, (SELECT count(*) FROM told WHERE under_way AND i = n)
  UNION ALL SELECT 4, (SELECT count(*) FROM grouped)
)
) GROUP BY what, grp
"""
