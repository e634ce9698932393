"""What kinds of events the log has: few distinct ones, and by them which conditions can be true at
all. Files never change, so each is looked at once."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from gern.core.engines.duckdb import Connection, literal
from gern.core.engines.state import State
from gern.core.home import Home
from gern.core.log.manifest import Key
from gern.core.log.segments import relation_of

Array = np.ndarray[Any, Any]
Name = tuple[str | None, ...]
"""Kind, name, channel and traffic of events, and an id: empty, or None for the orders of files."""
FIELDS = ("kind", "name", "channel", "traffic", "event_id")
ONE_EACH = "place IS NULL AND coalesce(line, 1) = 1"
"""SQL: the rows that are events, an order once. (Only lines of files have a place; to ask for an id
in its stead would read all ids.)"""


class Names:
    """The kinds of events of one home, for any state of its log."""

    def __init__(self, home: Home, connection: Callable[[], Connection]):
        self._home = home
        self._connection = connection
        self._lock = threading.Lock()
        self._of_file: dict[str, frozenset[Name]] = {}
        self._last: tuple[Key, list[Name]] | None = None

    def at(self, state: State) -> list[Name]:
        """Those of this state."""
        with self._lock:
            if self._last and self._last[0] == state.key:
                return list(self._last[1])
            cursor = self._connection().cursor()
            try:
                found = set(_distinct(cursor, state.tail)) if state.tail else set()
                files = {segment.file: segment for segment in state.segments}
                self._of_file = {f: n for f, n in self._of_file.items() if f in files}
                for file, segment in files.items():
                    if file not in self._of_file:
                        relation = relation_of(self._home.log, [segment])
                        self._of_file[file] = _distinct(cursor, relation)
                    found |= self._of_file[file]
            finally:
                cursor.close()
            names = sorted(found, key=lambda name: tuple(part or "" for part in name))
            self._last = (state.key, names)
            return list(names)


def _distinct(cursor: Connection, relation: str) -> frozenset[Name]:
    rows = cursor.execute(
        f"SELECT DISTINCT kind, name, channel, traffic, '' FROM {relation} WHERE {ONE_EACH}"
    ).fetchall()
    return frozenset(tuple(row) for row in rows)


def names_sql(names: Sequence[Name]) -> str:
    """SQL: (number, kind, name, channel, traffic, event_id), one row a name, numbered from 0."""
    rows = ", ".join(
        f"({i}, " + ", ".join("NULL" if part is None else literal(part) for part in name) + ")"
        for i, name in enumerate(names)
    )
    columns = ", ".join(f"CAST({field} AS VARCHAR) AS {field}" for field in FIELDS)
    return f"SELECT number, {columns} FROM (VALUES {rows}) AS t(number, {', '.join(FIELDS)})"


def true_of(cursor: Connection, names: Sequence[Name], conditions: Sequence[str]) -> list[Array]:
    """For each condition (SQL over the fields of a name) a truth value for each of the names."""
    if not names:
        return [np.zeros(0, dtype=bool)] * len(conditions)
    asked = ", ".join(f"coalesce({c}, false) AS c{i}" for i, c in enumerate(conditions))
    said = cursor.execute(f"SELECT {asked} FROM ({names_sql(names)}) ORDER BY number").fetchnumpy()
    return [np.array(values, dtype=bool) for values in said.values()]
