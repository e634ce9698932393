"""Orders, rolled up from their lines, kept as a disposable file.

The file covers a set of segments. What came later (new segments, the tail) is rolled up at every
query and joined to it, until it is too much or a covered segment has left the log: then the file
is made again.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import threading
import time
import uuid
from collections.abc import Callable
from pathlib import Path

from gern.core.engines.duckdb import Connection, literal
from gern.core.engines.state import State
from gern.core.home import Home
from gern.core.log.manifest import Segment
from gern.core.log.schema import VISITOR
from gern.core.log.segments import relation_of
from gern.core.log.views import Corrections

MOST_ROWS = 100_000
"""Rows rolled up at every query at most, or a twentieth of what the file covers."""
KEPT_SECONDS = 600
"""Files of other states are deleted after this: other processes may use them."""

_PARTS = """
SELECT source, order_id, max(customer) AS customer, max(visitor) AS visitor,
  arg_max(person, coalesce('1' || customer, '0' || visitor)) AS person, min(ts) AS ts,
  bool_or(quantity > 0) AS bought, coalesce(bool_or(cancelled), false) AS cancelled,
  coalesce(sum(amount) FILTER (quantity > 0), 0) AS value,
  sum(amount) AS balance, count(*) AS lines,
  min(country) AS country, min(store) AS store, min(channel) AS channel,
  coalesce(bool_and(day_only), false) AS day_only, min(currency) AS currency,
  bool_and(event_id IS NULL) AS of_file
FROM {lines} WHERE line IS NOT NULL AND traffic IS NULL AND currency = {currency} GROUP BY source, order_id
"""

_JOINED = """
SELECT source, order_id, max(customer) AS customer, max(visitor) AS visitor,
  arg_max(person, coalesce('1' || customer, '0' || visitor)) AS person, min(ts) AS ts,
  bool_or(bought) AS bought, bool_or(cancelled) AS cancelled, sum(value) AS value,
  sum(balance) AS balance, CAST(sum(lines) AS BIGINT) AS lines,
  min(country) AS country, min(store) AS store, min(channel) AS channel,
  bool_and(day_only) AS day_only, min(currency) AS currency, bool_and(of_file) AS of_file
FROM (SELECT * FROM kept_orders SEMI JOIN new_orders USING (source, order_id)
  UNION ALL SELECT * FROM new_orders) GROUP BY source, order_id
"""


class Orders:
    """The relation ``orders`` of one home, for any state of its log."""

    def __init__(self, home: Home, connection: Callable[[], Connection]):
        self._home = home
        self._connection = connection
        self._lock = threading.Lock()
        self._made: tuple[tuple[object, ...], frozenset[str], int, Path] | None = None

    def sql(self, state: State, currency: str) -> str:
        """SQL of the orders in this currency."""
        kept, newer = self._file(state, currency)
        orders = f"SELECT * FROM read_parquet({literal(str(kept))})"
        if newer or state.tail_lines:
            lines = state.rows(self._home, newer)
            new = _PARTS.format(lines=lines, currency=literal(currency))
            orders = (
                f"WITH kept_orders AS ({orders}), new_orders AS ({new})"
                " SELECT * FROM kept_orders ANTI JOIN new_orders USING (source, order_id)"
                f" UNION ALL {_JOINED}"
            )
        who = state.corrections.who
        person = "o.person"
        if who:
            person = "coalesce(c.person, v.person, o.person)"
            orders = (
                f"SELECT o.* EXCLUDE (person), {person} AS person FROM ({orders}) AS o"
                f" LEFT JOIN {who} AS c ON c.kind = 'customer' AND c.id = o.customer"
                f" LEFT JOIN {who} AS v ON v.kind = 'visitor' AND o.customer IS NULL"
                " AND v.id = o.visitor"
            )
        return (
            f"SELECT * EXCLUDE (person, bought), bought AND NOT cancelled AS purchase,"
            f" CASE WHEN starts_with(person, '{VISITOR}') THEN NULL ELSE person END AS person"
            f" FROM ({orders})"
        )

    def _file(self, state: State, currency: str) -> tuple[Path, list[Segment]]:
        """(file, segments it does not cover)."""
        names = {s.file for s in state.segments}
        sort = (currency, tuple(state.hidden))
        with self._lock:
            if self._made is not None:
                made_for, covered, rows, path = self._made
                newer = [s for s in state.segments if s.file not in covered]
                few = sum(s.rows for s in newer) <= max(MOST_ROWS, rows // 20)
                if made_for == sort and covered <= names and few and path.exists():
                    return path, newer
            path = self._make(state, currency, sort)
            rows = sum(s.rows for s in state.segments)
            self._made = (sort, frozenset(names), rows, path)
            return path, []

    def _make(self, state: State, currency: str, sort: tuple[object, ...]) -> Path:
        files = sorted(s.file for s in state.segments)
        name = hashlib.blake2b(repr((sort, files)).encode(), digest_size=12).hexdigest()
        path = self._home.cache / f"orders-{name}.parquet"
        if path.exists():
            return path
        # without the ids joined later: they are applied when the file is read
        apply = Corrections(hidden=state.corrections.hidden).apply
        lines = apply(relation_of(self._home.log, state.segments))
        temporary = self._home.cache / f"{uuid.uuid4().hex}.tmp"
        cursor = self._connection().cursor()
        cursor.execute(
            f"COPY ({_PARTS.format(lines=lines, currency=literal(currency))} ORDER BY person, ts)"
            f" TO {literal(str(temporary))} (FORMAT parquet, COMPRESSION zstd)"
        )
        cursor.close()
        with contextlib.suppress(FileExistsError):
            os.link(temporary, path)  # never swaps a file under somebody who is reading it
        temporary.unlink()
        self._forget_others(path)
        return path

    def _forget_others(self, own: Path) -> None:
        for path in self._home.cache.glob("orders-*.parquet"):
            with contextlib.suppress(FileNotFoundError):
                if path != own and time.time() - path.stat().st_mtime > KEPT_SECONDS:
                    path.unlink()
