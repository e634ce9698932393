"""The one door through which every query over the log goes.

A question says its purpose, its period and look-back, perhaps its person. The door takes the
segments, the tail of the inbox and who is who in one read transaction, leaves out files that
cannot matter, binds the values and runs the query in a DuckDB that can reach nothing else. While
it runs, a lease keeps the files it reads.
"""

from __future__ import annotations

import hashlib
import re
import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from gern.core.engines import duckdb
from gern.core.engines.beside import Arrays
from gern.core.engines.booked import Booked
from gern.core.engines.duckdb import Connection, EngineError
from gern.core.engines.heard import Heard, heard_now, people_since
from gern.core.engines.kept import path_of, sweep_others, written
from gern.core.engines.names import Array, Names, true_of
from gern.core.engines.question import Question, Walk
from gern.core.engines.relations import Relations, named_in, with_relations
from gern.core.engines.spine import WORTH_ROWS, Spines
from gern.core.engines.state import State, States
from gern.core.engines.walks import KEPT_SECONDS, Walks
from gern.core.errors import BadInput, GernError
from gern.core.home import Home
from gern.core.log.changes import held_folder
from gern.core.log.leases import Leases
from gern.core.log.manifest import Manifest, Segment

ATTEMPTS = 4
MOST_MEMORY_MB = 4000
"""Figures over all visits of two years sort tens of millions of rows; a quarter of the machine."""
KEPT_ROWS = 10_000
"""Longer answers (exports) are not kept in memory."""

_NAMES_OF_FILES = "SELECT DISTINCT kind, name, channel FROM file_events"


class Door:
    """Queries over one home. Safe to use from several threads."""

    def __init__(self, home: Home, manifest: Manifest):
        self.home = home
        self.manifest = manifest
        self.leases = Leases(home, manifest)
        self._local = threading.Lock()
        self._root: Connection | None = None
        self._states = States(home, manifest, self._connection)
        self._relations = Relations(home, manifest, self._connection)
        self._names = Names(home, self._connection)
        self._spines = Spines(home, manifest, self._connection)
        self._walks = Walks(home, self._spines, self._relations, self._connection)
        self._answers: OrderedDict[Hashable, list[dict[str, Any]]] = OrderedDict()
        self._columns: OrderedDict[Hashable, dict[str, Array]] = OrderedDict()

    def ask(self, question: Question) -> list[dict[str, Any]]:
        """All rows of the answer as dicts. Answers are kept until the log changes."""
        found: list[dict[str, Any]] = self._tried(
            lambda: self._answer(question, self._states.now()), question
        )
        return found

    def columns(self, question: Question) -> dict[str, Array]:
        """The answer by column, for what computes with a number for each of many people; not to be
        changed: the last two are kept. Where a value is missing: NaN in numbers, None else."""

        def find() -> dict[str, Array]:
            state = self._states.now()
            key = (*self._key(question, state.key), hash(question.among))
            with self._local:
                if key in self._columns:
                    return self._columns[key]
            cursor = self._connection().cursor()
            try:
                sql = self._whole(question, state, cursor)
                with _limited(cursor, question.seconds):
                    answer = cursor.execute(sql, _values(question.values, sql)).fetchnumpy()
            finally:
                cursor.close()
            found = {name: _filled(column) for name, column in answer.items()}
            with self._local:
                self._columns[key] = found
                while len(self._columns) > 2:
                    self._columns.popitem(last=False)
            return found

        columns: dict[str, Array] = self._tried(find, question)
        return columns

    def _tried(self, work: Callable[[], Any], question: Question) -> Any:
        """``work`` under a lease, again when files or tables were taken away meanwhile."""
        for attempt in range(1, ATTEMPTS + 1):
            with self.leases.reading():
                try:
                    return work()
                except (EngineError, FileNotFoundError) as error:
                    # a lease had lapsed and its files are gone: take the new ones
                    if question.relations is not None and not _may_pass(error):
                        raise BadInput(_said(error, question), param="SQL") from None
                    if attempt == ATTEMPTS or not _may_pass(error):
                        raise GernError(
                            f"The query for {question.purpose} failed: {error}"
                        ) from error
        raise GernError("The log keeps changing; try again.")

    def forget(self) -> None:
        """Drop the answers kept in memory (for measuring)."""
        with self._local:
            self._answers.clear()
            self._columns.clear()
        self._walks.forget()

    def has_event(self, condition: str) -> bool:
        """Whether the log has an event of such a kind, name, channel or traffic (SQL over these)."""
        return self.has_events((condition,))[0]

    def has_events(self, conditions: Sequence[str]) -> list[bool]:
        """The same of many at once."""
        question = Question(_NAMES_OF_FILES, {}, "what has been seen")
        names = self._tried(lambda: self._names.at(self._states.now()), question)
        of_files = self.ask(question)
        names += [(row["kind"], row["name"], row["channel"], None, None) for row in of_files]
        cursor = self._connection().cursor()
        try:
            return [bool(found.any()) for found in true_of(cursor, names, tuple(conditions))]
        finally:
            cursor.close()

    def prepare(self) -> bool:
        """Make what questions would otherwise make, or do without: the files of orders and lines,
        the roster, and the spine if it is worth it; whether that was made."""
        with self.leases.reading():
            state = self._states.now()
            made = self._spines.due(state) and self._spines.make(state)
            self._relations.make(state, self._currency())
            return made

    def has_spine(self) -> bool:
        """Whether questions can be answered by a walk over the spine now."""
        with self.leases.reading():
            return self._spines.at(self._states.now()) is not None

    def span(self) -> tuple[datetime | None, datetime | None]:
        """(first, last) instant of the log, naive UTC; (None, None) when it is empty."""
        with self.leases.reading():
            state = self._states.now()
        if not state.segments and state.tail_first is None:
            return None, None
        first = [datetime.fromisoformat(s.first_ts) for s in state.segments]
        last = [datetime.fromisoformat(s.last_ts) for s in state.segments]
        if state.tail_first is not None and state.tail_last is not None:
            first.append(state.tail_first)
            last.append(state.tail_last)
        return min(first), max(last)

    def _answer(self, question: Question, state: State) -> list[dict[str, Any]]:
        self._walks.forget(KEPT_SECONDS)
        key = (*self._key(question, state.key), hash(question.among))
        with self._local:
            if key in self._answers:
                self._answers.move_to_end(key)
                return [dict(row) for row in self._answers[key]]
        rows = self._run(question, state)
        if len(rows) <= KEPT_ROWS:
            with self._local:
                self._answers[key] = [dict(row) for row in rows]  # callers may change theirs
                while len(self._answers) > 2000:
                    self._answers.popitem(last=False)
        return rows

    def _run(self, question: Question, state: State) -> list[dict[str, Any]]:
        arrays = self._walks.arrays(question, state, self._currency())
        cursor = self._connection().cursor()
        if question.walk and arrays:
            cursor.register("walked", self._walk(question, question.walk, arrays, state))
            question = replace(question, sql=question.walk.sql)
        sql = self._whole(question, state, cursor)
        values = _values(question.values, sql)
        try:
            with _limited(cursor, question.seconds):
                return duckdb.fetch_dicts(cursor.execute(sql, values), question.most_rows)
        except duckdb.TooManyRows:
            raise BadInput(
                f"The answer has more than {question.most_rows:,} rows. Ask for less: group, or"
                " LIMIT.",
                param="SQL",
            ) from None
        finally:
            cursor.close()

    def _whole(self, question: Question, state: State, cursor: Connection) -> str:
        """The query with its relations, narrowed to the people it is about."""
        relations = self._named(question, state)
        if question.among is not None:
            cursor.register("among", {"person": np.array(question.among, dtype=object)})
            relations = {
                name: f"SELECT * FROM ({sql}) SEMI JOIN among USING (person)"
                for name, sql in relations.items()
            }
        return with_relations(question.sql, relations)

    def kept(self, name: str, question: Question) -> Path | None:
        """The file of `keep`, if a large log has it for the day already; a small one makes it."""
        state = self._states.now()
        if sum(s.rows for s in state.segments) < WORTH_ROWS:
            path = self.keep(name, question, daily=True)
            sweep_others(path, name)
            return path
        path = path_of(self.home, name, self._key(question, None))
        return path if path.exists() else None

    def keep(self, name: str, question: Question, *, daily: bool = False) -> Path:
        """The answer as a file ``name``-….parquet in the cache of the home; `kept.sweep_others`
        deletes what came before. ``daily``: in a large log it is not made again while the question
        is the same, though the log changes."""

        def write() -> Path:
            state = self._states.now()
            cursor = self._connection().cursor()
            large = sum(s.rows for s in state.segments) >= WORTH_ROWS
            of_state = None if daily and large else state.key
            key = self._key(question, of_state)
            bound = _values(question.values, question.sql)
            try:
                sql = self._whole(question, state, cursor)
                with _limited(cursor, question.seconds):
                    return written(
                        self.home, lambda: cursor, name, key, lambda: sql, bound, sweep=False
                    )
            finally:
                cursor.close()

        path: Path = self._tried(write, question)
        return path

    def heard(self, then: Heard | None, terms: str) -> tuple[Heard, list[str] | None]:
        """(this moment, of whom something was heard since ``then``; None: look at everybody)."""

        def find() -> tuple[Heard, list[str] | None]:
            at = datetime.now(UTC).replace(tzinfo=None)
            state = self._states.now()
            now = heard_now(self.manifest, state, at, f"{terms} {self._currency()}")
            if then is None:
                return now, None
            cursor = self._connection().cursor()
            try:
                return now, people_since(cursor, self.home, self.manifest, state, then, now)
            finally:
                cursor.close()

        found: tuple[Heard, list[str] | None] = self._tried(find, Question("", {}, "news"))
        return found

    def _walk(
        self, question: Question, walk: Walk, arrays: Arrays | Booked, state: State
    ) -> dict[str, Array]:
        """The columns of ``walked``."""

        def beside(sql: str) -> tuple[dict[str, str], dict[str, Any]]:
            return self._named(replace(question, sql=sql), state), _values(question.values, sql)

        return self._walks.columns(walk, arrays, state, self._currency(), beside)

    def _named(self, question: Question, state: State) -> dict[str, str]:
        """SQL of every relation the question names."""
        used = question.relations if question.relations is not None else named_in(question.sql)
        return self._relations.sql(used, state, _pruned(state, question), self._currency())

    def _key(self, question: Question, of_state: object) -> tuple[object, ...]:
        """What the answer depends on."""
        return of_state, self._currency(), question.sql, _frozen(question.values)

    def _currency(self) -> str:
        setting = self.manifest.setting("currency")
        return str(setting.value) if setting else "EUR"

    def _connection(self) -> Connection:
        with self._local:
            if self._root is None:
                # the lock lives as long as the door: its folder is not swept away meanwhile
                folder, self._folder_lock = held_folder(self.home, "query")
                self._root = duckdb.connect(
                    allowed=[self.home.log, self.home.cache], temporary=folder,
                    most_mb=MOST_MEMORY_MB,
                )  # fmt: skip
            return self._root


@contextmanager
def _limited(cursor: Connection, seconds: float | None) -> Iterator[None]:
    """What the cursor does is broken off after so long."""
    timer = threading.Timer(seconds, cursor.interrupt) if seconds else None
    try:
        if timer:
            timer.start()
        yield
    finally:
        if timer:
            timer.cancel()


def _filled(column: Array) -> Array:
    if not isinstance(column, np.ma.MaskedArray):
        return np.asarray(column)
    missing = np.ma.getmaskarray(column)
    if not missing.any():
        return np.asarray(column.data)
    numbers = column.dtype.kind in "iuf"
    found = np.array(column.data, dtype=float if numbers else object)
    found[missing] = np.nan if numbers else None
    return found


def _values(values: dict[str, Any], sql: str) -> dict[str, Any]:
    """The values the SQL names."""
    return {k: v for k, v in values.items() if re.search(rf"\${k}\b", sql)}


def _pruned(state: State, question: Question) -> list[Segment]:
    """Segments that can hold rows of the time and person."""
    since, until = question.since, question.until
    of_person = state.may_hold(question.person) if question.person is not None else None
    return [
        s
        for s in state.segments
        if (since is None or datetime.fromisoformat(s.last_ts) >= since)
        and (until is None or datetime.fromisoformat(s.first_ts) < until)
        and (of_person is None or of_person(s))
    ]


def _said(error: Exception, question: Question) -> str:
    if type(error).__name__ == "InterruptException":
        return (
            f"The query took longer than {question.seconds:g} seconds and was broken off. Ask for"
            " less, or give it more time."
        )
    return f"The query cannot be answered: {str(error).splitlines()[0]}"


def _may_pass(error: Exception) -> bool:
    """Whether trying again can help: files or tables that somebody took away meanwhile."""
    if type(error).__name__ == "CatalogException":
        return re.search(r"\b(tail|who|hidden|whom|roster)_\d+\b", str(error)) is not None
    return type(error).__name__ in ("IOException", "FileNotFoundError")


def _frozen(values: dict[str, Any]) -> tuple[tuple[str, str], ...]:
    return tuple(sorted((k, _short(repr(v))) for k, v in values.items()))


def _short(text: str) -> str:
    """Keys are kept long: of long lists only a hash."""
    return text if len(text) <= 200 else hashlib.blake2b(text.encode(), digest_size=16).hexdigest()
