"""The one door through which every query over the log goes.

A question says which relations it needs, its period and its look-back. The door takes the list
of segments in one read transaction, prunes months that cannot matter, binds the values and runs
the query in a DuckDB that can reach nothing else.

Relations a query can name:

``lines``   one row an order line: the columns of `log.schema` and ``person``, in the reporting
            currency
``foreign_lines``  the same, of lines in other currencies (counted, but in no figure)
``orders``  one row an order, rolled up from its lines: source, order_id, person, ts (its
            earliest line), purchase, cancelled, value (of its lines of positive quantity),
            country, store, channel, lines
"""

from __future__ import annotations

import contextlib
import os
import re
import threading
import uuid
from collections import OrderedDict
from collections.abc import Hashable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from gern.core.engines import duckdb
from gern.core.engines.duckdb import Connection, EngineError, literal
from gern.core.errors import GernError
from gern.core.home import Home
from gern.core.log.manifest import Manifest, Segment
from gern.core.log.segments import relation_of

_RELATION = re.compile(r"\b(?:FROM|JOIN)\s+(lines|orders|foreign_lines)\b")

_ROLLUP = """
SELECT source, order_id, max(person) AS person, min(ts) AS ts,
  bool_or(quantity > 0) AND NOT bool_or(cancelled) AS purchase,
  bool_or(cancelled) AS cancelled,
  coalesce(sum(amount) FILTER (quantity > 0), 0) AS value,
  sum(amount) AS balance, count(*) AS lines,
  min(country) AS country, min(store) AS store, min(channel) AS channel,
  bool_and(day_only) AS day_only
FROM lines GROUP BY source, order_id
"""

ATTEMPTS = 4
KEPT_ROWS = 10_000
"""Longer answers (exports) are not kept in memory."""

ALL_HISTORY = None
"""Look-back of figures that must know everything before the period ("first ever")."""


@dataclass(frozen=True)
class Question:
    """SQL over ``lines`` and ``orders`` with ``$named`` values.

    ``since``/``until``: instants (naive UTC) outside of which no row can matter; None: all.
    ``purpose`` names who asks, for the log of slow queries.
    """

    sql: str
    values: dict[str, Any]
    purpose: str
    since: datetime | None = ALL_HISTORY
    until: datetime | None = None


class Door:
    """Queries over one home. Safe to use from several threads."""

    def __init__(self, home: Home, manifest: Manifest):
        self.home = home
        self.manifest = manifest
        self._local = threading.Lock()
        self._root: Connection | None = None
        self._answers: OrderedDict[Hashable, list[dict[str, Any]]] = OrderedDict()

    def ask(self, question: Question) -> list[dict[str, Any]]:
        """All rows of the answer as dicts. Answers are kept until the log changes."""
        for attempt in range(1, ATTEMPTS + 1):
            version, segments = self.manifest.segments()
            key = (version, self._currency(), question.sql, _frozen(question.values))
            with self._local:
                if key in self._answers:
                    self._answers.move_to_end(key)
                    return self._answers[key]
            try:
                rows = self._run(question, version, segments)
            except EngineError as error:
                # the list may have changed under us and its old files be gone: take the new one
                if attempt < ATTEMPTS:
                    continue
                raise GernError(f"The query for {question.purpose} failed: {error}") from error
            if len(rows) > KEPT_ROWS:
                return rows
            with self._local:
                self._answers[key] = rows
                while len(self._answers) > 2000:
                    self._answers.popitem(last=False)
            return rows
        raise GernError("The log keeps changing; try again.")

    def _run(
        self, question: Question, version: int, segments: list[Segment]
    ) -> list[dict[str, Any]]:
        steps = []
        used = set(_RELATION.findall(question.sql))
        if "orders" in used:
            steps.append(f"orders AS ({self._orders(version, segments)})")
        kept = _pruned(segments, question.since, question.until)
        if "lines" in used:
            steps.append(f"lines AS ({self._lines(kept)})")
        if "foreign_lines" in used:
            steps.append(f"foreign_lines AS ({self._lines(kept, own=False)})")
        sql = question.sql.strip()
        if steps:
            head = ", ".join(steps)
            sql = f"WITH {head}, {sql[4:]}" if sql.startswith("WITH") else f"WITH {head} {sql}"
        values = {k: v for k, v in question.values.items() if re.search(rf"\${k}\b", sql)}
        cursor = self._connection().cursor()
        try:
            return duckdb.fetch_dicts(cursor.execute(sql, values))
        finally:
            cursor.close()

    def _lines(self, segments: list[Segment], *, own: bool = True) -> str:
        relation, currency = relation_of(self.home.log, segments), literal(self._currency())
        sign = "=" if own else "<>"
        return f"SELECT *, customer AS person FROM {relation} WHERE currency {sign} {currency}"

    def _orders(self, version: int, segments: list[Segment]) -> str:
        """The roll-up as a disposable Parquet file, made once for each version of the log."""
        name = f"orders-{version}-{self._currency()}.parquet"
        path = self.home.cache / name
        if not path.exists():
            temporary = self.home.cache / f"{uuid.uuid4().hex}.tmp"
            cursor = self._connection().cursor()
            cursor.execute(
                f"COPY (WITH lines AS ({self._lines(segments)}) {_ROLLUP} ORDER BY person, ts)"
                f" TO {literal(str(temporary))} (FORMAT parquet, COMPRESSION zstd)"
            )
            cursor.close()
            with contextlib.suppress(FileExistsError):
                os.link(temporary, path)  # never swaps a file under somebody who is reading it
            temporary.unlink()
            _forget_older(self.home.cache, version)
        return f"SELECT * FROM read_parquet({literal(str(path))})"

    def _currency(self) -> str:
        setting = self.manifest.setting("currency")
        return str(setting.value) if setting else "EUR"

    def _connection(self) -> Connection:
        with self._local:
            if self._root is None:
                self._root = duckdb.connect(
                    allowed=[self.home.log, self.home.cache],
                    temporary=self.home.temporary / f"query-{uuid.uuid4().hex}",
                )
            return self._root


def _pruned(
    segments: list[Segment], since: datetime | None, until: datetime | None
) -> list[Segment]:
    """Segments that can hold rows of the time asked for, a day to spare on both sides."""
    day = timedelta(days=1)
    return [
        s
        for s in segments
        if (since is None or datetime.fromisoformat(s.last_ts) >= since - day)
        and (until is None or datetime.fromisoformat(s.first_ts) < until + day)
    ]


def _forget_older(cache: Path, version: int) -> None:
    for path in cache.glob("orders-*.parquet"):
        number = path.name.split("-")[1]
        if number.isdigit() and int(number) < version:
            path.unlink(missing_ok=True)


def _frozen(values: dict[str, Any]) -> tuple[tuple[str, str], ...]:
    return tuple(sorted((k, repr(v)) for k, v in values.items()))
