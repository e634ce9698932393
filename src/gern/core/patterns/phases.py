"""Phases: how many come to each part of the way, and how many go on, how fast.

Somebody is in a phase with their first contact at one of its touchpoints in the period. They
*passed* when a contact at a touchpoint of a later phase comes strictly later, at most the window
after it. The share that passed is of those whose window is over: of the others nobody knows yet. A phase is *thin* where fewer than two of its touchpoints were met by at least one in a
hundred of the people with a contact: there is little to go on there, for them and for you.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from gern.core.engines.door import Door
from gern.core.engines.question import Question
from gern.core.figures.periods import Period
from gern.core.figures.primitives.visits import COOKIELESS
from gern.core.text import Text
from gern.core.touchpoints.journey import Journey, Touchpoint

_LEAST_SHARE = 0.01
_LEAST_POINTS = 2


@dataclass(frozen=True)
class Met:
    """A touchpoint: contacts in the period, and of how many people."""

    point: Touchpoint
    contacts: int
    people: int


@dataclass(frozen=True)
class Phase:
    """``passed`` of the ``over``, the people whose window is over, went on to a later phase, half of
    them within ``median_seconds``. ``last``: no touchpoint lies in a later phase."""

    name: Text
    met: tuple[Met, ...]
    people: int
    over: int
    passed: int
    median_seconds: float | None
    thin: bool
    last: bool

    @property
    def went_on(self) -> float | None:
        """passed / over; None: of nobody it is known, or there is no later phase."""
        return None if self.last or not self.over else self.passed / self.over


@dataclass(frozen=True)
class Phases:
    """``people`` had a contact in the period, cookieless visitors left out."""

    people: int
    phases: tuple[Phase, ...]


def phases(
    door: Door, journey: Journey, period: Period, now: datetime, window: timedelta,
    naming: tuple[str, ...] = (),
) -> Phases:  # fmt: skip
    """The phases of a period."""
    of_phase = " ".join(f"WHEN {i} THEN {one.phase}" for i, one in enumerate(journey.points))
    phase = f"CASE point {of_phase} END" if of_phase else "CAST(NULL AS INTEGER)"
    sql = f"""
WITH met AS (
  SELECT person, ts, point, {phase} AS phase FROM (
    SELECT person, ts, {journey.point_sql(naming)} AS point FROM events
    WHERE traffic IS NULL AND person IS NOT NULL AND NOT {COOKIELESS} AND ts >= $since AND ts < $ahead
  ) WHERE point IS NOT NULL
), begun AS (
  SELECT person, phase, min(ts) AS ts FROM met WHERE ts < $until GROUP BY person, phase
), passed AS (
  SELECT b.person, b.phase, b.ts, min(m.ts) AS later FROM begun AS b LEFT JOIN met AS m
    ON m.person = b.person AND m.phase > b.phase AND m.ts > b.ts AND m.ts <= b.ts + $window
  GROUP BY b.person, b.phase, b.ts
)
SELECT 'point' AS what, point AS i, count(*) AS n, count(DISTINCT person) AS people, 0 AS over,
  CAST(NULL AS DOUBLE) AS seconds
FROM met WHERE ts < $until GROUP BY point
UNION ALL
SELECT 'phase', phase, count(later) FILTER (ts + $window <= $now), count(*),
  count(*) FILTER (ts + $window <= $now), median(epoch(later - ts)) FILTER (ts + $window <= $now)
FROM passed GROUP BY phase
UNION ALL SELECT 'all', 0, 0, (SELECT count(DISTINCT person) FROM begun), 0, NULL
"""
    values = {"since": period.since, "until": period.until, "ahead": period.until + window,
              "window": window, "now": now}  # fmt: skip
    question = Question(sql, values, "phases", period.since, period.until + window)
    rows = {(row["what"], row["i"]): row for row in door.ask(question)}
    everybody = rows["all", 0]["people"]
    found = []
    for number, name in enumerate(journey.phases):
        met = tuple(
            Met(point, row["n"], row["people"]) if (row := rows.get(("point", i))) else Met(point, 0, 0)
            for i, point in enumerate(journey.points) if point.phase == number
        )  # fmt: skip
        firm = sum(one.people > 0 and one.people >= _LEAST_SHARE * everybody for one in met)
        last = all(point.phase <= number for point in journey.points)
        row = rows.get(("phase", number))
        found.append(
            Phase(
                name, met, row["people"] if row else 0, row["over"] if row else 0,
                row["n"] if row else 0, row["seconds"] if row else None, firm < _LEAST_POINTS, last,
            )
        )  # fmt: skip
    return Phases(everybody, tuple(found))
