"""Paths: what people do one after the other.

A *trail* is what one person did without a break longer than ``gap`` (None: all they did in the
period); repeats of the same event count once. Of each trail the part from the first event ``start``
on is looked at, or the part up to the first event ``end``, or its beginning; ``steps`` events at
most. Events that are not among the ``kinds`` most frequent ones are one kind, `OTHER`. Events of
one moment have no order in the log; they come in that of their names.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import timedelta
from itertools import pairwise
from typing import Any

from gern.core.conditions.nodes import All
from gern.core.conditions.sql import text
from gern.core.engines.door import Door
from gern.core.engines.question import Question
from gern.core.errors import BadInput
from gern.core.figures.periods import Period
from gern.core.figures.primitives.visits import COOKIELESS
from gern.core.patterns.steps import step
from gern.core.patterns.walked_paths import walk as walked
from gern.core.patterns.walking import left_out

OTHER = "…"
FEWEST_STEPS, MOST_STEPS = 2, 20
KINDS = 30
_MOST_VARIANTS = 100_000


@dataclass(frozen=True)
class Variant:
    """One way, taken by ``n`` trails."""

    steps: tuple[str, ...]
    n: int


@dataclass(frozen=True)
class Hop:
    """``n`` trails went from ``here`` (their event number ``at``, from 1) to ``there``."""

    at: int
    here: str
    there: str
    n: int


@dataclass(frozen=True)
class Paths:
    """``trails`` of ``people`` have what was asked for; ``variants``: their ways, the most frequent
    first; the ``rest`` of the trails go ways beyond the 100,000 most frequent. Where a path can last longer
    than a day, visitors without a cookie are left out."""

    trails: int
    people: int
    variants: tuple[Variant, ...]
    rest: int = 0
    left_cookieless: int = 0

    def hops(self) -> list[Hop]:
        """From which event to which, by place in the path; the most frequent first."""
        found: Counter[tuple[int, str, str]] = Counter()
        for one in self.variants:
            for at, pair in enumerate(pairwise(one.steps), start=1):
                found[at, *pair] += one.n
        return [Hop(*hop, n) for hop, n in sorted(found.items(), key=lambda h: (-h[1], h[0]))]

    def matrix(self) -> dict[tuple[str, str], int]:
        """(from, to) → how often, wherever in the path."""
        found: Counter[tuple[str, str]] = Counter()
        for hop in self.hops():
            found[hop.here, hop.there] += hop.n
        return dict(found)


def paths(
    door: Door, period: Period, *, start: str | None = None, end: str | None = None,
    steps: int = 5, gap: timedelta | None = timedelta(minutes=30), kinds: int = KINDS,
    done: str = "true", called: str | None = None,
) -> Paths:  # fmt: skip
    """The paths of a period. ``done``: SQL, which events count (those people do); ``called``: SQL,
    what an event is called, NULL: it does not count; None: its name.

    >>> paths(shop.door, period, start="Product Viewed").variants[0].steps  # doctest: +SKIP
    ('Product Viewed', 'Product Added', 'Checkout Started')
    """
    if start and end:
        raise BadInput("A path is asked from an event or up to one, not both.", param="end",
                       german="Ein Weg wird ab einem Ereignis oder bis zu einem erfragt, nicht beides.")  # fmt: skip
    if not FEWEST_STEPS <= steps <= MOST_STEPS:
        raise BadInput(
            f"A path has {FEWEST_STEPS} to {MOST_STEPS} steps.", param="steps",
            german=f"Ein Weg hat {FEWEST_STEPS} bis {MOST_STEPS} Schritte.",
        )  # fmt: skip
    asked = start or end
    named = f" OR name = {text(asked)}" if asked else ""
    across = gap is None or gap > timedelta(days=1)
    followed = f" AND NOT {COOKIELESS}" if across else ""
    breaks = "false" if gap is None else "ts > before + $gap"
    name = called or "coalesce(name, kind)"
    if start:
        taken = f"i >= first AND i < first + {steps}"
    elif end:
        taken = f"i <= first AND i > first - {steps}"
    else:
        taken = f"i <= {steps}"
    sql = f"""
WITH did AS (
  SELECT * FROM (SELECT person, ts, {name} AS name FROM events
  WHERE traffic IS NULL AND person IS NOT NULL{followed} AND {done}
    AND ts >= $since AND ts < $until)
), shown AS (
  SELECT name FROM (SELECT name, row_number() OVER (ORDER BY count(*) DESC, name) AS rank FROM did
    WHERE name IS NOT NULL GROUP BY name) WHERE rank <= $kinds{named}
), told AS (
  SELECT d.person, d.ts, d.name AS called,
    CASE WHEN d.name IS NOT NULL THEN coalesce(s.name, '{OTHER}') END AS name
  FROM did AS d LEFT JOIN shown AS s ON s.name = d.name
), marked AS (
  SELECT *, lag(ts) OVER (PARTITION BY person ORDER BY ts, called) AS before FROM told
), parted AS (
  SELECT *, count(*) FILTER (before IS NULL OR {breaks}) OVER (PARTITION BY person ORDER BY ts, called
      ROWS UNBOUNDED PRECEDING) AS trail
  FROM marked
), named AS (
  SELECT *, lag(name) OVER (PARTITION BY person, trail ORDER BY ts, called) AS said
  FROM parted WHERE name IS NOT NULL
), numbered AS (
  SELECT person, trail, name,
    row_number() OVER (PARTITION BY person, trail ORDER BY ts, called) AS i
  FROM named WHERE said IS NULL OR said <> name
), anchored AS (
  SELECT *, min(i) FILTER ({f"name = {text(asked)}" if asked else "i = 1"})
    OVER (PARTITION BY person, trail) AS first
  FROM numbered
), ways AS (
  SELECT person, trail, list(name ORDER BY i) AS steps FROM anchored
  WHERE first IS NOT NULL AND {taken} GROUP BY person, trail
)
SELECT steps, count(*) AS n, (SELECT count(DISTINCT person) FROM ways) AS people,
  (SELECT count(*) FROM ways) AS trails FROM ways
GROUP BY steps ORDER BY n DESC, steps LIMIT {_MOST_VARIANTS}
"""
    values: dict[str, Any] = {"since": period.since, "until": period.until, "kinds": kinds}
    if gap is not None:
        values["gap"] = gap
    walk = None if called else walked(period, start=start, end=end, steps=steps, gap=gap, kinds=kinds, across=across,
                  done=done, other=OTHER, most=_MOST_VARIANTS)  # fmt: skip
    rows = door.ask(Question(sql, values, "paths", period.since, period.until, walk=walk))
    variants = tuple(Variant(tuple(row["steps"]), row["n"]) for row in rows)
    left = left_out(door, step(All()), period.since, period.until) if across else 0
    if not rows:
        return Paths(0, 0, (), 0, left)
    trails = rows[0]["trails"]
    return Paths(trails, rows[0]["people"], variants, trails - sum(v.n for v in variants), left)
