"""What a query reads: the segments, the tail of the inbox and who is who, of one moment.

The tail is decoded once for each state of the inbox and kept as a table of the engine.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from gern.core.engines.duckdb import Connection, one_row
from gern.core.home import Home
from gern.core.log import identity
from gern.core.log.identity import default_person, id_of
from gern.core.log.ids import bucket
from gern.core.log.manifest import Hidden, Key, Manifest, Segment, meta
from gern.core.log.runs import open_runs
from gern.core.log.segments import relation_of
from gern.core.log.settle import looked_up_in, make_table, settle
from gern.core.log.views import Corrections, make_hidden, make_who, oldest_identity

KEPT = 3
"""States whose tables are kept: queries that began with an older one may still run."""


@dataclass(frozen=True)
class State:
    """One moment of the log. ``tail``: table with the rows of the inbox, None when there are
    none; ``tail_lines``: how many of them are order lines."""

    key: Key
    segments: list[Segment]
    hidden: list[Hidden]
    tail: str | None
    tail_rows: int
    tail_lines: int
    tail_first: datetime | None
    tail_last: datetime | None
    corrections: Corrections
    manifest: Manifest
    fewer: int

    def rows(self, home: Home, segments: list[Segment]) -> str:
        """SQL: the rows of these segments and of the tail, as they count now."""
        return self.with_tail(relation_of(home.log, segments))

    def with_tail(self, relation: str) -> str:
        """SQL: rows as they were written, as they count now, and those of the tail."""
        sql = self.corrections.apply(relation)
        if self.tail:
            sql = f"(SELECT * FROM {sql} UNION ALL SELECT * FROM {self.tail})"
        return sql

    def may_hold(self, person: str) -> Callable[[Segment], bool]:
        """Tells the segments that can hold rows of this person."""
        with self.manifest.reading() as db:
            ids = identity.ids_of(db, person)
            moved = any(identity.by_hand(db, *id) for id in ids)
            changed = meta(db, "identity") != self.key[1]
        if moved or changed:  # rows may still lie where whoever they were split from does
            return lambda segment: True
        names = {person, default_person(*id_of(person)), *(default_person(*id) for id in ids)}
        return lambda segment: any(bucket(n, segment.buckets) == segment.bucket for n in names)


class States:
    """The present state, made again only when something has changed."""

    def __init__(self, home: Home, manifest: Manifest, connection: Callable[[], Connection]):
        self._home = home
        self._manifest = manifest
        self._connection = connection
        self._lock = threading.Lock()
        self._kept: list[State] = []
        self._count = 0

    def now(self) -> State:
        """The state of this moment."""
        with self._lock:
            known = self._kept[-1] if self._kept else None
            with self._manifest.reading() as db:
                if known is not None and self._manifest.key(db) == known.key:
                    return known
                snapshot = self._manifest.snapshot(db)
                con = self._connection()
                settled = None
                if snapshot.tail:
                    runs = open_runs(self._home.runs, snapshot.runs)
                    exists = looked_up_in(con, self._home, snapshot.segments)
                    settled = settle(self._home, db, snapshot.tail, runs, exists)
                oldest = oldest_identity(snapshot.segments, snapshot.identity)
                who = identity.changed_since(db, oldest) if oldest < snapshot.identity else []
            self._count += 1
            tail = f"tail_{self._count}" if settled and settled.rows else None
            first = last = None
            lines = 0
            if tail and settled:
                make_table(con, tail, settled.rows)
                first, last, lines = one_row(
                    con, f"SELECT min(ts), max(ts), count(line) FROM {tail}"
                )
            if who:
                make_who(con, f"who_{self._count}", who)
            if snapshot.hidden:
                make_hidden(con, f"hidden_{self._count}", snapshot.hidden)
            state = State(
                snapshot.key, snapshot.segments, snapshot.hidden, tail,
                len(settled.rows) if settled else 0, lines, first, last,
                Corrections(
                    f"who_{self._count}" if who else None,
                    f"hidden_{self._count}" if snapshot.hidden else None,
                ),
                self._manifest, snapshot.fewer,
            )  # fmt: skip
            self._kept.append(state)
            while len(self._kept) > KEPT:
                _drop(con, self._kept.pop(0))
            return state


def _drop(con: Connection, state: State) -> None:
    for table in (state.tail, state.corrections.who, state.corrections.hidden):
        if table:
            con.execute(f"DROP TABLE {table}")
