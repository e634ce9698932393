"""Funnels: how many people take one step after the other, and where they fall out.

A person enters with an event of the first step in the period. From an entry the way leads to the
next event of the second step that is strictly later, from there to the next of the third, and so
on, all within the window after the entry (which may end after the period). Of somebody who entered
more than once the furthest way counts; of those as far, the first. So each person counts once at a
step, and the first step is the number of people who have such an event in the period.

``strict``: no other event of theirs lies between two steps. ``without``: no such event does.
Cookieless visitors are left out where the window is longer than a day.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any as Anything

import numpy as np

from gern.core.conditions.nodes import All
from gern.core.conditions.sql import trait_sql
from gern.core.engines import compiled
from gern.core.engines.beside import Arrays
from gern.core.engines.door import Door
from gern.core.engines.local import local_day_sql
from gern.core.engines.names import Array
from gern.core.engines.question import Question, Walk
from gern.core.errors import BadInput
from gern.core.figures.asking import Granularity
from gern.core.figures.periods import Period
from gern.core.figures.primitives.visits import COOKIELESS
from gern.core.figures.primitives.walked import micros
from gern.core.patterns.steps import Step, step
from gern.core.patterns.walking import events_of, left_out, of_files_sql, only_customers

FEWEST, MOST = 2, 12
_MOST_GROUPS = 20


@dataclass(frozen=True)
class Funnel:
    """What is asked. ``window``: the last step at most so long after the first."""

    steps: tuple[Step, ...]
    window: timedelta = timedelta(days=30)
    strict: bool = False
    without: Step | None = None

    def __post_init__(self) -> None:
        if not FEWEST <= len(self.steps) <= MOST:
            raise BadInput(
                f"A funnel has {FEWEST} to {MOST} steps; this one has {len(self.steps)}.",
                param="steps",
                german=f"Ein Trichter hat {FEWEST} bis {MOST} Schritte; dieser hat {len(self.steps)}.",
            )

    @property
    def across_days(self) -> bool:
        """Whether it can last longer than a cookieless visitor can be followed."""
        return self.window > timedelta(days=1)


@dataclass(frozen=True)
class Reached:
    """Who came as far as one step: ``n`` people; half of them took at most ``median_seconds`` for
    it from the step before, ``median_from_start`` from the first."""

    name: str
    n: int
    median_seconds: float | None
    median_from_start: float | None


@dataclass(frozen=True)
class FunnelAnswer:
    """``under_way``: people who have not reached the end, but whose window was still open when
    ``now`` came: they may. ``left_cookieless``: visitors left out. ``groups``, ``over_time``:
    people by step, by group and by first day of the bucket in which they entered."""

    steps: tuple[Reached, ...]
    under_way: int
    left_cookieless: int
    groups: dict[str, tuple[int, ...]]
    over_time: dict[date, tuple[int, ...]]


def funnel(
    door: Door, asked: Funnel, period: Period, now: datetime, *, by: str | None = None,
    every: Granularity | None = None,
) -> FunnelAnswer:  # fmt: skip
    """The funnel of a period. ``by``: the trait of people it is broken down by, as said before
    the period (the 20 largest groups); ``every``: also over time; ``now``: naive UTC.

    >>> funnel(shop.door, Funnel(steps), period, now).steps[0].n  # doctest: +SKIP
    512
    """
    n = len(asked.steps)
    counts = ", ".join(f"count(t{k}) AS n{k}" for k in range(1, n + 1))
    took = "date_diff('microsecond', {}, {})"
    medians = "".join(
        f", quantile_cont({took.format(f't{k - 1}', f't{k}')}, 0.5) AS m{k}"
        f", quantile_cont({took.format('t1', f't{k}')}, 0.5) AS s{k}"
        for k in range(2, n + 1)
    )
    open_ones = f", count(*) FILTER (t{n} IS NULL AND may_go_on + $window > $now) AS under_way"
    question = funnel_question(asked, period, f"SELECT {counts}{medians}{open_ones} FROM chains")
    row = door.ask(question.with_values(now=now))[0]
    steps = tuple(
        Reached(one.name, row[f"n{k}"], _seconds(row.get(f"m{k}")), _seconds(row.get(f"s{k}")))
        for k, one in enumerate(asked.steps, start=1)
    )
    return FunnelAnswer(
        steps, row["under_way"],
        left_out(door, asked.steps[0], period.since, period.until) if asked.across_days else 0,
        _by(door, asked, period, by, counts) if by else {},
        _over_time(door, asked, period, every, counts) if every else {},
    )  # fmt: skip


def fell_out(
    door: Door, asked: Funnel, period: Period, after: int, *, customers: bool = False
) -> list[str]:
    """People who reached step ``after`` (from 1) and not the next, smallest id first; ``after``
    the last step: those who reached it. ``customers``: without visitors nobody knows."""
    n = len(asked.steps)
    if not 1 <= after <= n:
        raise BadInput(f"There is no step {after}; the steps are 1 to {n}.", param="step",
                       german=f"Einen Schritt {after} gibt es nicht; es sind 1 bis {n}.")  # fmt: skip
    missed = f" AND t{after + 1} IS NULL" if after < n else ""
    tail = f"SELECT person FROM chains WHERE t{after} IS NOT NULL{missed}{only_customers(customers)} ORDER BY person"
    question = replace(funnel_question(asked, period, tail), walk=None)
    return [row["person"] for row in door.ask(question)]


def _by(
    door: Door, asked: Funnel, period: Period, trait: str, counts: str
) -> dict[str, tuple[int, ...]]:
    tail = (
        f"SELECT coalesce(s.value, '') AS grp, {counts} FROM chains AS c"
        f" LEFT JOIN ({trait_sql(trait, 'ts < $since')}) AS s ON s.person = c.person"
        " GROUP BY grp ORDER BY n1 DESC, grp"
    )
    question = replace(funnel_question(asked, period, tail), walk=None, since=None)
    return {row["grp"]: _counts(row, asked) for row in door.ask(question)[:_MOST_GROUPS]}


def _over_time(
    door: Door, asked: Funnel, period: Period, every: Granularity, counts: str
) -> dict[date, tuple[int, ...]]:
    local = local_day_sql("t1", period.zone, period.start.year, period.end.year)
    tail = (
        f"SELECT CAST(date_trunc('{every}', {local}) AS DATE) AS bucket, {counts} FROM chains"
        " GROUP BY bucket ORDER BY bucket"
    )
    found = door.ask(funnel_question(asked, period, tail))
    return {row["bucket"]: _counts(row, asked) for row in found}


def _counts(row: dict[str, Anything], asked: Funnel) -> tuple[int, ...]:
    return tuple(row[f"n{k}"] for k in range(1, len(asked.steps) + 1))


def _seconds(micros: float | None) -> float | None:
    return None if micros is None else micros / 1e6


def funnel_question(asked: Funnel, period: Period, tail: str) -> Question:
    """``tail`` over ``chains``: (person, t1 … tn, may_go_on), one row each who entered; the last is
    the latest entry from which the end was neither reached nor stopped."""
    until = period.until + asked.window + timedelta(microseconds=1)
    values = {"since": period.since, "entered_until": period.until, "until": until,
              "window": asked.window}  # fmt: skip
    sql, walk = f"{_chains_sql(asked)} {tail}", _walk(asked, period, until, tail)
    return Question(sql, values, "funnel", period.since, until, walk=walk)


def _stops(asked: Funnel) -> Step | None:
    """What must not lie between two steps."""
    if asked.strict:
        return step(All(), "")
    return asked.without


def _chains_sql(asked: Funnel) -> str:
    """From each entry forward, step by step, by the nearest later event."""
    steps, stops = asked.steps, _stops(asked)
    marks = ", ".join(f"{one.sql} AS is_{k}" for k, one in enumerate(steps, start=1))
    wanted = " OR ".join(f"is_{k}" for k in range(1, len(steps) + 1))
    stop = stops.sql if stops else "false"
    followed = f" AND NOT {COOKIELESS}" if asked.across_days else ""
    sql = (
        f"WITH marked AS (SELECT person, ts, {marks}, {stop} AS stops FROM events WHERE traffic IS NULL{followed}"
        " AND person IS NOT NULL AND ts >= $since AND ts < $until),"
        f" chosen AS MATERIALIZED (SELECT * FROM marked WHERE stops OR {wanted}),"
        " way_1 AS (SELECT DISTINCT person, ts AS t1, false AS stopped FROM chosen WHERE is_1 AND ts < $entered_until)"
    )
    for k in range(2, len(steps) + 1):
        before = ", ".join(f"w.t{i}" for i in range(1, k))
        inside, stopped = "e.ts <= w.t1 + $window", "false"
        join = (
            f" ASOF LEFT JOIN (SELECT DISTINCT person, ts FROM chosen WHERE is_{k}) AS e"
            f" ON e.person = w.person AND w.t{k - 1} < e.ts"
        )
        if stops:
            inside += " AND (x.ts IS NULL OR x.ts >= e.ts)"
            stopped = (
                f"(w.t{k - 1} IS NOT NULL AND x.ts IS NOT NULL AND (e.ts IS NULL OR x.ts < e.ts))"
            )
            join += (
                " ASOF LEFT JOIN (SELECT DISTINCT person, ts FROM chosen WHERE stops) AS x"
                f" ON x.person = w.person AND w.t{k - 1} < x.ts"
            )
        sql += (
            f", way_{k} AS (SELECT w.person, {before}, CASE WHEN {inside} THEN e.ts END AS t{k},"
            f" w.stopped OR {stopped} AS stopped"
            f" FROM way_{k - 1} AS w{join})"
        )
    depth = " + ".join(f"CAST(t{k} IS NOT NULL AS INTEGER)" for k in range(2, len(steps) + 1))
    return sql + (
        f", chains AS (SELECT *, max(CASE WHEN t{len(steps)} IS NULL AND NOT stopped THEN t1 END)"
        f" OVER (PARTITION BY person) AS may_go_on FROM way_{len(steps)} QUALIFY row_number() OVER"
        f" (PARTITION BY person ORDER BY {depth} DESC, t1) = 1)"
    )


def _walk(asked: Funnel, period: Period, until: datetime, tail: str) -> Walk | None:
    """The same over the spine; None where it does not know enough."""
    stops = _stops(asked)
    steps = (*asked.steps, stops) if stops else asked.steps
    kernels = compiled.loaded()
    if kernels is None or not all(one.by_name for one in steps):
        return None
    n = len(asked.steps)

    def columns(
        arrays: Arrays, found: None, roles: list[Array], beside: dict[str, Array]
    ) -> dict[str, Array]:
        events = events_of(arrays, roles, beside)
        since, entered = micros(period.since), micros(period.until)
        window = asked.window // timedelta(microseconds=1)

        def ways(args: tuple[Array, ...]) -> tuple[Array, Array]:
            most = int(np.ptp(args[0])) + 1 if len(args[0]) else 0  # memory is taken when written
            who, times = np.empty(most, np.int32), np.empty((most, n + 1), np.int64)
            rows = kernels.chains(*args, n, since, entered, micros(until), window, who, times)
            return who[:rows], times[:rows]

        pieces = events.by_pieces(ways, skip=events.cookieless if asked.across_days else False)
        who, times = (np.concatenate(column) for column in zip(*pieces, strict=True))
        times[times == -1] = np.iinfo(np.int64).min  # NaT
        columns = [*(f"t{k}" for k in range(1, n + 1)), "may_go_on"]
        named = {c: times[:, i].astype("datetime64[us]") for i, c in enumerate(columns)}
        return {"person": who, **named}

    return Walk(
        sql=f"WITH chains AS (SELECT * FROM walked) {tail}",
        roles=tuple(one.sql for one in steps),
        columns=columns,
        beside=of_files_sql(steps, "ts >= $since", "ts < $until"),
    )
