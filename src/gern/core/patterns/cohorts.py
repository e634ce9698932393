"""Cohorts: of those who began in a day, week or month, how many came back one, two, three later.

A person belongs to the bucket (day, week, month … in the shop's zone) of their *first ever* event
of the start; only if asked for, of the first in the range. Bucket ``k`` after it is number ``k``,
their own is 0. ``in``: they have a return event in bucket ``k``; ``in-or-after``: in it or in a
later one. A return event before the start does not count; the start itself does, if it is one.

A bucket that has not ended by the last day with data is not complete: its cells say so, and stay
out of means. Cookieless visitors are left out.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Literal

import numpy as np

from gern.core.conditions.sql import trait_sql
from gern.core.engines import compiled
from gern.core.engines.beside import Arrays
from gern.core.engines.door import Door
from gern.core.engines.local import local_day_sql
from gern.core.engines.names import Array
from gern.core.engines.question import Question, Walk
from gern.core.errors import BadInput
from gern.core.figures.asking import Granularity, first_day, next_day
from gern.core.figures.periods import Period
from gern.core.figures.primitives.visits import COOKIELESS
from gern.core.figures.primitives.walked import micros
from gern.core.patterns.steps import Step
from gern.core.patterns.walking import events_of, left_out, of_files_sql, only_customers

Mode = Literal["in", "in-or-after"]
Start = Literal["first-ever", "first-in-range"]
MOST_BUCKETS = 400


@dataclass(frozen=True)
class Cohorts:
    """What is asked."""

    start: Step
    back: Step
    every: Granularity = "month"
    mode: Mode = "in"
    begin: Start = "first-ever"


@dataclass(frozen=True)
class Cell:
    """``n`` people of the cohort came back in bucket ``k``; ``revenue``: what all of the cohort
    spent in it, after returns, in the reporting currency (None: not asked)."""

    k: int
    n: int
    complete: bool
    revenue: Decimal | None = None


@dataclass(frozen=True)
class Cohort:
    """Those who began in the bucket of this first day."""

    start: date
    size: int
    cells: tuple[Cell, ...]


@dataclass(frozen=True)
class Mean:
    """Over all complete cells of number ``k``: people who came back / people who began, and the
    middle one of the cohorts' shares."""

    k: int
    n: int
    size: int
    median: Fraction

    @property
    def share(self) -> Fraction:
        """Weighted by size."""
        return Fraction(self.n, self.size)


@dataclass(frozen=True)
class CohortsAnswer:
    """``until``: the first day that was not looked at any more; ``left_cookieless``: visitors with
    such a start who are left out."""

    cohorts: tuple[Cohort, ...]
    until: date
    left_cookieless: int = 0

    def means(self) -> list[Mean]:
        """By ``k``; only of cells whose bucket is complete."""
        found: dict[int, list[tuple[int, int]]] = {}
        for cohort in self.cohorts:
            for cell in cohort.cells:
                if cell.complete and cohort.size:
                    found.setdefault(cell.k, []).append((cell.n, cohort.size))
        return [
            Mean(k, sum(n for n, _ in cells), sum(size for _, size in cells), _median(cells))
            for k, cells in sorted(found.items())
        ]


def cohorts(
    door: Door, asked: Cohorts, period: Period, today: date, *, revenue: bool = False,
    trait: tuple[str, str] | None = None,
) -> CohortsAnswer:  # fmt: skip
    """Those who began in ``period``, followed up to its end or to ``today``, whichever is earlier.
    ``revenue``: also what they spent; ``trait``: (key, value), only people of whom this was said last.

    >>> cohorts(door, Cohorts(bought, bought), period, today).cohorts[0].size  # doctest: +SKIP
    955
    """
    until = min(period.end, today)
    if until <= period.start:
        return CohortsAnswer((), until)
    seen = Period(period.start, until, period.zone)
    starts = _starts(seen, asked.every)
    if len(starts) > MOST_BUCKETS:
        raise BadInput(
            f"That would be {len(starts)} cohorts; {MOST_BUCKETS} are allowed. Take larger steps or"
            " a shorter range.",
            param="every",
            german=f"Das wären {len(starts)} Kohorten; erlaubt sind {MOST_BUCKETS}. Größere Schritte"
            " oder einen kürzeren Zeitraum wählen.",
        )
    among = _of_trait(door, trait, seen) if trait else None
    sizes: dict[int, int] = {}
    found: dict[tuple[int, int], int] = {}
    for row in door.ask(_question(asked, seen, starts, among)):
        if row["k"] < 0:
            sizes[row["cohort"]] = row["n"]
        else:
            found[row["cohort"], row["k"]] = row["n"]
    spent = _revenue(door, asked, seen, among) if revenue else {}
    ended = [next_day(start, asked.every) <= until for start in starts]
    return CohortsAnswer(
        tuple(
            Cohort(start, sizes.get(c, 0), tuple(
                Cell(k, found.get((c, k), 0), ended[c + k],
                     spent.get((c, k), Decimal(0)) if revenue else None)
                for k in range(len(starts) - c)
            ))
            for c, start in enumerate(starts)
        ),
        until,
        left_out(door, asked.start, seen.since, seen.until),
    )  # fmt: skip


def people_of(
    door: Door, asked: Cohorts, period: Period, today: date, cohort: date, k: int | None, *,
    back: bool = True, customers: bool = False, trait: tuple[str, str] | None = None,
) -> list[str]:  # fmt: skip
    """Who is behind a cell, smallest id first; ``back=False``: who of the cohort is not in it;
    ``k=None``: the whole cohort. ``customers``: without visitors nobody knows; ``trait``: as for
    `cohorts`."""
    seen = Period(period.start, min(period.end, today), period.zone)
    starts = _starts(seen, asked.every)
    if cohort not in starts or not 0 <= (k or 0) < len(starts) - starts.index(cohort):
        raise BadInput(
            f"There is no such cell: cohort {cohort}, {k}.", param="cohort",
            german=f"Eine solche Zelle gibt es nicht: Kohorte {cohort}, {k}.",
        )  # fmt: skip
    inside = "k >= $k" if asked.mode == "in-or-after" else "k = $k"
    tail = (
        f"SELECT DISTINCT person FROM first_ones WHERE cohort = $cohort{only_customers(customers)}"
    )
    if k is not None:
        having = f"person {'' if back else 'NOT '}IN (SELECT person FROM returned WHERE {inside})"
        tail += f" AND {having}"
    values = {"cohort": starts.index(cohort)} | ({} if k is None else {"k": k})
    among = _of_trait(door, trait, seen) if trait else None
    question = _question(asked, seen, starts, among, f"{tail} ORDER BY person")
    return [row["person"] for row in door.ask(replace(question, walk=None).with_values(**values))]


def _starts(seen: Period, every: Granularity) -> list[date]:
    found = [first_day(seen.start, every)]
    while (following := next_day(found[-1], every)) < seen.end:
        found.append(following)
    return found


_CELLS = """
SELECT cohort, CAST(-1 AS BIGINT) AS k, count(*) AS n FROM first_ones GROUP BY cohort
UNION ALL SELECT cohort, k, count(*) AS n FROM returned GROUP BY cohort, k"""
_CELLS_OR_AFTER = """
SELECT cohort, CAST(-1 AS BIGINT) AS k, count(*) AS n FROM first_ones GROUP BY cohort
UNION ALL SELECT cohort, k, count(*) AS n FROM (
  SELECT cohort, unnest(range(0, furthest + 1)) AS k
  FROM (SELECT person, cohort, max(k) AS furthest FROM returned GROUP BY person, cohort)
) GROUP BY cohort, k"""


def _question(
    asked: Cohorts, seen: Period, starts: list[date], among: tuple[str, ...] | None,
    tail: str | None = None,
) -> Question:  # fmt: skip
    """``tail`` over ``first_ones`` (person, ts, cohort) and ``returned`` (person, cohort, k)."""
    cells = tail or (_CELLS_OR_AFTER if asked.mode == "in-or-after" else _CELLS)
    in_range = asked.begin == "first-in-range"
    sql = f"""
WITH {_first_ones(asked, seen)}, returned AS (
  SELECT DISTINCT f.person, f.cohort,
    date_diff('{asked.every}', {_bucket(asked, seen, "f.ts")}, {_bucket(asked, seen, "e.ts")}) AS k
  FROM first_ones AS f JOIN (
    SELECT person, ts FROM events WHERE traffic IS NULL AND ts < $until AND {asked.back.sql}
  ) AS e ON e.person = f.person AND e.ts >= f.ts
) {cells}"""
    values = {"since": seen.since, "until": seen.until}
    since = seen.since if in_range else None
    walk = None if among is not None or tail else _walk(asked, seen, starts)
    return Question(sql, values, "cohorts", since, seen.until, walk=walk, among=among)


def _first_ones(asked: Cohorts, seen: Period) -> str:
    first = _bucket(asked, seen, "ts")
    begun = " AND ts >= $since" if asked.begin == "first-in-range" else ""
    return f"""first_ones AS (
  SELECT person, ts, date_diff('{asked.every}', DATE '{first_day(seen.start, asked.every)}', {first}) AS cohort
  FROM (SELECT person, min(ts) AS ts FROM events WHERE traffic IS NULL AND person IS NOT NULL
    AND NOT {COOKIELESS} AND ts < $until{begun} AND {asked.start.sql} GROUP BY person)
  WHERE ts >= $since
)"""


def _bucket(asked: Cohorts, seen: Period, column: str) -> str:
    """SQL: first day of the bucket of a time; what lies before the first bucket is never looked at."""
    day = local_day_sql(column, seen.zone, seen.start.year - 1, seen.end.year)
    return f"CAST(date_trunc('{asked.every}', {day}) AS DATE)"


def _walk(asked: Cohorts, seen: Period, starts: list[date]) -> Walk | None:
    kernels = compiled.loaded()
    steps = (asked.start, asked.back)
    if kernels is None or not all(one.by_name for one in steps):
        return None
    ends = [*starts[1:], next_day(starts[-1], asked.every)]
    bounds = [micros(seen.instant(day)) for day in (starts[0], *ends)]
    bounds[-1] = min(bounds[-1], micros(seen.until))

    def columns(
        arrays: Arrays, found: None, roles: list[Array], beside: dict[str, Array]
    ) -> dict[str, Array]:
        events = events_of(arrays, roles, beside)

        def counted(args: tuple[Array, ...]) -> Array:
            out = np.zeros((len(starts), len(starts) + 1), np.int64)
            kernels.cohorts(
                *args, np.array(bounds), micros(seen.since), micros(seen.until),
                asked.begin == "first-in-range", asked.mode == "in-or-after", out,
            )  # fmt: skip
            return out

        out = np.sum(events.by_pieces(counted, skip=events.cookieless), axis=0)
        cohort, k = np.nonzero(out)
        return {"cohort": cohort, "k": k - 1, "n": out[cohort, k]}

    since = "ts >= $since" if asked.begin == "first-in-range" else "true"
    return Walk(
        sql="SELECT cohort, k, n FROM walked", roles=tuple(one.sql for one in steps),
        columns=columns, beside=of_files_sql(steps, since, "ts < $until"),
    )  # fmt: skip


def _revenue(
    door: Door, asked: Cohorts, seen: Period, among: tuple[str, ...] | None
) -> dict[tuple[int, int], Decimal]:
    sql = f"""
WITH {_first_ones(asked, seen)}
SELECT f.cohort, date_diff('{asked.every}', {_bucket(asked, seen, "f.ts")}, {_bucket(asked, seen, "o.ts")}) AS k,
  sum(o.amount) AS spent
FROM first_ones AS f JOIN lines AS o ON o.person = f.person AND o.ts < $until
  AND {_bucket(asked, seen, "o.ts")} >= {_bucket(asked, seen, "f.ts")}
GROUP BY ALL"""
    values = {"since": seen.since, "until": seen.until}
    found = door.ask(Question(sql, values, "revenue of cohorts", None, seen.until, among=among))
    return {(row["cohort"], row["k"]): row["spent"] for row in found}


def _of_trait(door: Door, trait: tuple[str, str], seen: Period) -> tuple[str, ...]:
    """Of whom this was said last."""
    sql = f"SELECT person FROM ({trait_sql(trait[0], 'ts < $until')}) WHERE value = $value ORDER BY person"
    values = {"until": seen.until, "value": trait[1]}
    return tuple(
        row["person"] for row in door.ask(Question(sql, values, "trait", None, seen.until))
    )


def _median(cells: list[tuple[int, int]]) -> Fraction:
    shares = sorted(Fraction(n, size) for n, size in cells)
    middle = len(shares) // 2
    return shares[middle] if len(shares) % 2 else (shares[middle - 1] + shares[middle]) / 2
