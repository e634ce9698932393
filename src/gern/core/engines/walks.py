"""Walks instead of SQL: what they go over, and what they found, kept for a minute."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import Any

from gern.core.engines import compiled
from gern.core.engines.beside import Arrays
from gern.core.engines.booked import RELATIONS, Booked, booked, files_with_lines
from gern.core.engines.duckdb import Connection
from gern.core.engines.names import Array, true_of
from gern.core.engines.question import Question, Walk
from gern.core.engines.relations import Relations, with_relations
from gern.core.engines.spine import WORTH_ROWS, Spines
from gern.core.engines.state import State
from gern.core.home import Home

KEPT_SECONDS = 60
KEPT = 6
KEPT_BYTES = 300_000_000
"""Of so many walks what they found is kept for the next question so long, and what was booked."""


@dataclass(frozen=True, eq=False)
class _Kept:
    """What was booked in these files, and what it depends on besides."""

    files: frozenset[str]
    beside: Hashable
    arrays: Booked | None
    made: float


def _beside(state: State, currency: str) -> Hashable:
    return state.key[1], state.fewer, tuple(state.hidden), state.tail_lines, currency


class Walks:
    """Those over the log of one home."""

    def __init__(
        self, home: Home, spines: Spines, relations: Relations, connection: Callable[[], Connection]
    ) -> None:
        self._home = home
        self._spines = spines
        self._relations = relations
        self._connection = connection
        self._walking, self._booking = threading.Lock(), threading.Lock()
        """Questions that are asked at once wait for the first: they often need the same."""
        self._has_lines: dict[str, bool] = {}
        self._booked: _Kept | None = None
        self._found: OrderedDict[Hashable, tuple[Any, float]] = OrderedDict()

    def arrays(self, question: Question, state: State, currency: str) -> Arrays | Booked | None:
        """What the question can be answered by a walk over; None: by SQL."""
        if question.walk is None or question.among is not None:
            return None
        if question.walk.of == "events":
            return self._spines.at(state)
        if compiled.loaded() is None or sum(s.rows for s in state.segments) < WORTH_ROWS:
            return None
        with self._booking:
            if self._booked and self._still_holds(self._booked, state, currency):
                return self._booked.arrays
            if question.walk.short:
                return None
            relations = self._relations.sql(RELATIONS, state, state.segments, currency)
            cursor = self._connection().cursor()
            try:
                found = booked(cursor, relations)
            finally:
                cursor.close()
            files = frozenset(s.file for s in state.segments)
            self._booked = _Kept(files, _beside(state, currency), found, time.monotonic())
            return found

    def _still_holds(self, kept: _Kept, state: State, currency: str) -> bool:
        """Whether nothing has come since but events that are no orders."""
        if kept.beside != _beside(state, currency):
            return False
        if not kept.files <= {s.file for s in state.segments}:
            return False
        newer = [s for s in state.segments if s.file not in kept.files]
        unknown = [s for s in newer if s.file not in self._has_lines]
        if unknown:
            cursor = self._connection().cursor()
            try:
                looked_at = files_with_lines(cursor, self._home.log, unknown)
            finally:
                cursor.close()
            known = {s.file: self._has_lines[s.file] for s in newer if s.file in self._has_lines}
            self._has_lines = {**known, **looked_at}
        return not any(self._has_lines[s.file] for s in newer)

    def columns(
        self, walk: Walk, arrays: Arrays | Booked, state: State, currency: str,
        beside: Callable[[str], tuple[dict[str, str], dict[str, Any]]],
    ) -> dict[str, Array]:  # fmt: skip
        """The columns of ``walked``. ``beside``: relations and values of SQL that stands beside."""
        cursor = self._connection().cursor()
        try:
            roles: list[Array] = []
            more: dict[str, Array] = {}
            if isinstance(arrays, Arrays):
                roles = true_of(cursor, arrays.names, walk.roles)
                if walk.beside:
                    cursor.register("more", arrays.more)
                    coded = f"{arrays.people_sql()} UNION ALL SELECT person, code FROM more"
                    relations, values = beside(walk.beside)
                    sql = with_relations(walk.beside, {"coded": coded, **relations})
                    more = cursor.execute(sql, values).fetchnumpy()
        finally:
            cursor.close()
        found = None
        if walk.walk is not None:
            with self._walking:
                kept = self._booked
                of = kept.made if kept and kept.arrays is arrays else (state.key, currency)
                key = (of, walk.key)
                if key not in self._found:
                    self._found[key] = (walk.walk(arrays, roles), time.monotonic())
                found = self._found[key][0]
                while len(self._found) > 1 and (
                    len(self._found) > KEPT or sum(map(_size, self._found.values())) > KEPT_BYTES
                ):
                    self._found.popitem(last=False)
        return walk.columns(arrays, found, roles, more)

    def forget(self, seconds: float = 0) -> None:
        """What was found so long ago: it may be large. Not while somebody is at it."""
        if not self._walking.acquire(blocking=not seconds):
            return
        try:
            before = time.monotonic() - seconds
            for key in [key for key, (_, made) in self._found.items() if made <= before]:
                del self._found[key]
            kept = self._booked
            if kept and kept.made <= before:
                self._booked = None
        finally:
            self._walking.release()


def _size(kept: tuple[Any, float]) -> int:
    found = kept[0]
    return sum(column.nbytes for column in found.values()) if isinstance(found, dict) else 0
