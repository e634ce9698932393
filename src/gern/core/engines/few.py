"""Rows that are few among many (order lines, what was said of people), kept in files of their own
where that saves reading (`engines.kept`)."""

from __future__ import annotations

from collections.abc import Callable

from gern.core.engines.duckdb import Connection, literal, one_row
from gern.core.engines.kept import Kept
from gern.core.engines.state import State
from gern.core.home import Home
from gern.core.log.manifest import Segment
from gern.core.log.segments import relation_of

FEW = 0.3
"""Kept apart when they are no larger share of the rows …"""
WORTH_ROWS = 200_000
"""… and there are at least so many rows."""
LINES = "line IS NOT NULL"
SAID = "kind = 'identify'"


class Few:
    """The rows of one home for which ``condition`` is true, for any state of its log."""

    def __init__(self, home: Home, connection: Callable[[], Connection], name: str, condition: str):
        self._home = home
        self._connection = connection
        self._condition = condition
        self._kept = Kept(home, connection, name)
        self._few: tuple[int, bool] | None = None

    def rows(self, state: State, segments: list[Segment]) -> str:
        """SQL of rows among which are all such of ``segments`` and of the tail."""
        if not self._are_few(state):
            return state.rows(self._home, segments)
        select = f"SELECT * FROM {{rows}} WHERE {self._condition} ORDER BY person, ts"
        path, newer = self._kept.file(state, select)
        kept = f"SELECT * FROM read_parquet({literal(str(path))})"
        if newer:
            kept += f" UNION ALL SELECT * FROM {relation_of(self._home.log, newer)}"
        return state.with_tail(f"({kept})")

    def _are_few(self, state: State) -> bool:
        """Looked at again when the log has doubled."""
        rows = sum(segment.rows for segment in state.segments)
        if rows < WORTH_ROWS:
            return False
        if self._few is None or not self._few[0] / 2 <= rows <= self._few[0] * 2:
            cursor = self._connection().cursor()
            relation = relation_of(self._home.log, state.segments)
            (few,) = one_row(cursor, f"SELECT count(*) FILTER ({self._condition}) FROM {relation}")
            cursor.close()
            self._few = (rows, few <= FEW * rows)
        return self._few[1]
