"""Walks instead of SQL: what they go over, and what they found, kept for a minute."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Any

from gern.core.engines import compiled
from gern.core.engines.booked import RELATIONS, Booked, booked
from gern.core.engines.duckdb import Connection
from gern.core.engines.names import Array, true_of
from gern.core.engines.question import Question, Walk
from gern.core.engines.relations import Relations, with_relations
from gern.core.engines.spine import WORTH_ROWS, Arrays, Spines
from gern.core.engines.state import State

KEPT_SECONDS = 60
KEPT = 6
"""Of so many walks what they found is kept for the next question so long, and what was booked."""


class Walks:
    """Those over the log of one home."""

    def __init__(
        self, spines: Spines, relations: Relations, connection: Callable[[], Connection]
    ) -> None:
        self._spines = spines
        self._relations = relations
        self._connection = connection
        self._walking = threading.Lock()
        """Questions that are asked at once wait for the first: they often need the same."""
        self._booked: tuple[Hashable, Booked | None, float] | None = None
        self._found: OrderedDict[Hashable, tuple[Any, float]] = OrderedDict()

    def arrays(self, question: Question, state: State, currency: str) -> Arrays | Booked | None:
        """What the question can be answered by a walk over; None: by SQL."""
        if question.walk is None or question.among is not None:
            return None
        if question.walk.of == "events":
            return self._spines.at(state)
        if compiled.loaded() is None or sum(s.rows for s in state.segments) < WORTH_ROWS:
            return None
        key = (state.key, currency)
        with self._walking:
            if self._booked and self._booked[0] == key:
                return self._booked[1]
            relations = self._relations.sql(RELATIONS, state, state.segments, currency)
            cursor = self._connection().cursor()
            try:
                found = booked(cursor, relations)
            finally:
                cursor.close()
            self._booked = (key, found, time.monotonic())
            return found

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
            key = (state.key, currency, walk.key)
            with self._walking:
                if key not in self._found:
                    self._found[key] = (walk.walk(arrays, roles), time.monotonic())
                found = self._found[key][0]
                while len(self._found) > KEPT:
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
            if self._booked and self._booked[2] <= before:
                self._booked = None
        finally:
            self._walking.release()
