"""What a walk over the spine needs besides: the orders of files, which are not in it, and arrays as
the kernels take them.

A cookieless visitor has another id each day. What spans days cannot be said of such; they are left
out of it and counted (KPI catalogue).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

import numpy as np

from gern.core.engines import compiled
from gern.core.engines.beside import Arrays, Part
from gern.core.engines.door import Door
from gern.core.engines.names import Array
from gern.core.engines.question import Question, Walk
from gern.core.figures.primitives.visits import COOKIELESS
from gern.core.figures.primitives.walked import by_pieces, fixed, micros
from gern.core.log.schema import VISITOR
from gern.core.patterns.steps import Step

T = TypeVar("T")


@dataclass(frozen=True)
class Events:
    """Events of people; ``mask[name]``: which steps one is, as bits; ``cookieless`` by person."""

    parts: tuple[Part, ...]
    mask: Array
    cookieless: Array

    def by_pieces(
        self, work: Callable[[tuple[Array, ...]], T], *, skip: Array | bool = False
    ) -> list[T]:
        """What ``work`` makes of the arguments of a kernel, piece by piece. ``skip``: who is left
        out."""
        parts = [part._replace(skipped=part.skipped | skip) for part in self.parts]
        return by_pieces(
            parts, lambda p: work((*(fixed(column) for column in p[:3]), self.mask, p.skipped))
        )


def of_files_sql(steps: Sequence[Step], since: str, until: str) -> str:
    """SQL for `Walk.beside`: the orders of files that are a step, (person, ts, bits); who is in
    no event else has a number after all others."""
    bits = " | ".join(
        f"(CASE WHEN {one.sql} THEN {1 << i} ELSE 0 END)" for i, one in enumerate(steps)
    )
    return (
        "WITH found AS (SELECT * FROM (SELECT person, ts, " + bits + " AS bits FROM file_events"
        f" WHERE traffic IS NULL AND person IS NOT NULL AND {since} AND {until}) WHERE bits <> 0)"
        " SELECT coalesce(c.code, (SELECT coalesce(max(code), -1) FROM coded)"
        " + dense_rank() OVER (PARTITION BY c.code IS NULL ORDER BY f.person)) AS person,"
        " epoch_us(f.ts) AS ts, f.bits FROM found AS f LEFT JOIN coded AS c ON c.person = f.person"
    )


def events_of(arrays: Arrays, roles: Sequence[Array], beside: dict[str, Array]) -> Events:
    """The events of the spine with the orders of files among them."""
    mask = _masks(roles)
    if not len(beside["person"]):
        return Events(arrays.parts, mask, arrays.cookieless)
    return with_files(arrays, mask, mask != 0, beside, np.asarray(beside["bits"], dtype=np.int64))


def with_files(
    arrays: Arrays, mask: Array, kept: Array, beside: dict[str, Array], masks: Array
) -> Events:
    """The events of the spine whose name is ``kept``, and the orders of files with their ``masks``
    among them. From here on a name is its mask."""
    parts = [
        tuple(column[kept[part.name] & ~part.skipped[part.who]] for column in part[:3])
        for part in arrays.parts
    ]
    who = np.concatenate(
        [*(part[0] for part in parts), np.asarray(beside["person"], dtype=np.int32)]
    )
    ts = np.concatenate([*(part[1] for part in parts), np.asarray(beside["ts"], dtype=np.int64)])
    name = np.concatenate([*(mask[part[2]] for part in parts), masks])
    order = np.lexsort((ts, who))
    more = max(0, int(who.max(initial=0)) + 1 - len(arrays.cookieless))
    cookieless = np.concatenate([arrays.cookieless, np.zeros(more, dtype=bool)])
    nobody = np.zeros(len(cookieless), dtype=bool)
    part = Part(who[order], ts[order], name[order].astype(np.uint16), nobody)
    return Events((part,), np.arange(int(name.max(initial=0)) + 1, dtype=np.int64), cookieless)


def only_customers(yes: bool) -> str:
    """SQL: and no visitor."""
    return f" AND NOT starts_with(person, '{VISITOR}')" if yes else ""


def left_out(door: Door, one: Step, since: datetime, until: datetime) -> int:
    """How many cookieless visitors have such an event in the time."""
    sql = (
        "SELECT count(DISTINCT person) AS n FROM events WHERE traffic IS NULL AND ts >= $since"
        f" AND ts < $until AND {COOKIELESS} AND {one.sql}"
    )
    kernels = compiled.loaded()
    walk = None
    if kernels is not None and one.by_name:

        def columns(
            arrays: Arrays, _found: None, roles: list[Array], beside: dict[str, Array]
        ) -> dict[str, Array]:
            if not arrays.cookieless.any():
                return {"n": np.array([0])}
            events = Events(arrays.parts, _masks(roles), arrays.cookieless)
            found = events.by_pieces(
                lambda args: kernels.entrants(*args, 1, micros(since), micros(until)),
                skip=~arrays.cookieless,
            )
            return {"n": np.array([sum(found)])}

        walk = Walk("SELECT n FROM walked", (one.sql,), columns)
    values = {"since": since, "until": until}
    return int(door.ask(Question(sql, values, "left out", since, until, walk=walk))[0]["n"])


def _masks(truths: Sequence[Array]) -> Array:
    """For each name of an event a number whose bit ``i`` says whether it is step ``i``."""
    found = np.zeros(len(truths[0]), dtype=np.int64)
    for i, truth in enumerate(truths):
        found |= truth.astype(np.int64) << i
    return found
