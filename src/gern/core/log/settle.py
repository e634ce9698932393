"""From what arrived to rows of the log: duplicates dropped, the erased left out, whose it is.

Readers use it for the tail of the inbox and the compactor for what it writes, so that an event
means the same before and after it has been moved.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import numpy as np

from gern.core.engines.duckdb import Connection
from gern.core.home import Home
from gern.core.log import tombstones
from gern.core.log.event import Stored, unpack
from gern.core.log.identity import Id, default_person, people_of
from gern.core.log.ids import event_hash
from gern.core.log.manifest import Segment
from gern.core.log.runs import Hashes, found_in, loose_hashes
from gern.core.log.schema import COLUMNS
from gern.core.log.segments import relation_of

Key = tuple[str, str]
"""(source, event id)."""
Exists = Callable[[list[Stored]], set[Key]]
"""Which of these events the segments hold already."""

_NO_TIME = -(1 << 63)
_TIMES = ("ts", "received", "sent", "said")
_NUMBERS = {"line": ("int16", 0), "sign": ("int8", -128)}
_ABSENT = ("place", "given_id", "import_id", "day_only")
"""Columns that only lines of files have."""
_FILLED = tuple(c for c in COLUMNS if c.name not in _ABSENT)


@dataclass(frozen=True)
class Settled:
    """Rows ready to be read or written. ``new``: the events they are of; ``hashes``: sorted."""

    rows: list[tuple[Any, ...]]
    hashes: Hashes
    new: list[Stored]
    events: int
    duplicates: int
    erased: int


def settle(
    home: Home, db: sqlite3.Connection, batches: list[bytes], runs: list[Hashes], exists: Exists
) -> Settled:
    """What these batches add to the log. ``db``: inside a read transaction, the one the
    batches were taken in. The first of several events with one id wins."""
    arrived = [event for batch in batches for event in unpack(batch)]
    allowed = _without_erased(arrived, tombstones.of(home, db))
    first: dict[Key, Stored] = {}
    for event in allowed:
        first.setdefault((event.source, event.event_id), event)
    events = list(first.values())
    hashes = np.fromiter((event_hash(*key) for key in first), dtype=np.uint64, count=len(first))
    order = np.argsort(hashes)
    hit = found_in([*runs, loose_hashes(db)], hashes[order])
    suspects = {(e.source, e.event_id): e for e in (events[i] for i in order[hit])}
    if suspects:
        known = tombstones.erased_events(home, db, suspects)
        known |= exists([event for key, event in suspects.items() if key not in known])
        new = [i for i, key in enumerate(first) if key not in known]
        events, hashes = [events[i] for i in new], hashes[new]
    people = people_of(db, {_id(event) for event in events})
    return Settled(
        rows=[row for event in events for row in _rows(event, people)],
        hashes=np.sort(hashes),
        new=events,
        events=len(events),
        duplicates=len(allowed) - len(events),
        erased=len(arrived) - len(allowed),
    )


def _id(event: Stored) -> Id:
    if event.customer is not None:
        return ("customer", event.customer)
    assert event.visitor is not None
    return ("visitor", event.visitor)


def _without_erased(events: list[Stored], graves: tombstones.Tombstones) -> list[Stored]:
    if not graves:
        return events
    kept = []
    for event in events:
        if graves.cover(event):
            continue
        before = graves.before("visitor", event.visitor)
        if before is not None and event.ts < before:
            event.visitor = None  # another customer's event from a device of the erased
        kept.append(event)
    return kept


def _rows(event: Stored, people: dict[Id, str]) -> list[tuple[Any, ...]]:
    """One tuple a row, in the order of `_FILLED`; several for an order of several lines."""
    id = _id(event)
    person = people.get(id) or default_person(*id)
    head = (event.source, event.event_id)
    middle = (
        event.order_id, person, event.customer, event.visitor, event.ts, event.received,
        _NO_TIME if event.sent is None else event.sent,
        _NO_TIME if event.said == event.ts else event.said, event.kind, event.name,
        event.channel, event.form, event.initiator, -128 if event.sign is None else event.sign,
        event.store, event.country, event.cancelled,
    )  # fmt: skip
    if not event.lines:
        last = (None, None, None, None, None, event.amount, event.currency, event.properties,
                event.context, event.traffic)  # fmt: skip
        return [(*head, 0, *middle, *last)]
    return [
        (*head, number, *middle, product, name, group, quantity, price, amount, event.currency,
         *((event.properties, event.context) if number == 1 else (None, None)), event.traffic)
        for number, (product, name, group, quantity, price, amount) in enumerate(event.lines, 1)
    ]  # fmt: skip


def make_table(con: Connection, name: str, rows: list[tuple[Any, ...]]) -> None:
    """Table ``name`` with these rows, in the typed columns of the schema."""
    columns = list(zip(*rows, strict=True)) if rows else [() for _ in _FILLED]
    arrays: dict[str, Any] = {}
    selected = {name: f"CAST(NULL AS {_type(name)}) AS {name}" for name in _ABSENT}
    for column, values in zip(_FILLED, columns, strict=True):
        field = column.name
        if field in _TIMES:
            arrays[field] = np.array(values, dtype="int64")
            selected[field] = f"make_timestamp(nullif({field}, {_NO_TIME})) AS {field}"
        elif field in _NUMBERS:
            kind, null = _NUMBERS[field]
            arrays[field] = np.array(values, dtype=kind)
            selected[field] = f"CAST(nullif({field}, {null}) AS {column.type}) AS {field}"
        elif column.type == "BOOLEAN":
            arrays[field] = np.array(values, dtype=bool)
            selected[field] = field
        else:
            arrays[field] = np.array(values, dtype=object)
            selected[field] = f"CAST({field} AS {column.type}) AS {field}"
    select = ", ".join(selected[c.name] for c in COLUMNS)
    view = f"arrived_{name}"
    con.register(view, arrays)
    try:
        con.execute(f"CREATE OR REPLACE TABLE {name} AS SELECT {select} FROM {view}")
    finally:
        con.unregister(view)


def _type(name: str) -> str:
    return next(c.type for c in COLUMNS if c.name == name)


def looked_up_in(con: Connection, home: Home, segments: list[Segment]) -> Exists:
    """Looks events up in these segments by their full ids: near their time first, since a
    retry may have got another corrected time, but rarely a very different one."""

    def exists(events: list[Stored]) -> set[Key]:
        if not events:
            return set()
        wanted = {(event.source, event.event_id) for event in events}
        near = _around(segments, min(e.ts for e in events), max(e.ts for e in events))
        found = _held(con, home, near, wanted)
        if found != wanted:
            others = [s for s in segments if s not in near]
            found |= _held(con, home, others, wanted - found)
        return found

    return exists


def _around(segments: list[Segment], first: int, last: int) -> list[Segment]:
    day, epoch = timedelta(days=1), datetime(1970, 1, 1)
    low = epoch + timedelta(microseconds=first) - day
    high = epoch + timedelta(microseconds=last) + day
    return [
        s
        for s in segments
        if datetime.fromisoformat(s.last_ts) >= low and datetime.fromisoformat(s.first_ts) <= high
    ]


def _held(con: Connection, home: Home, segments: list[Segment], wanted: set[Key]) -> set[Key]:
    if not segments or not wanted:
        return set()
    sources, ids = zip(*wanted, strict=True)
    con.register("wanted", {"s": np.array(sources, dtype=object), "i": np.array(ids, dtype=object)})
    try:
        rows = con.execute(
            f"SELECT DISTINCT source, event_id FROM {relation_of(home.log, segments)} AS held"
            " SEMI JOIN wanted ON held.source = wanted.s AND held.event_id = wanted.i"
        ).fetchall()
    finally:
        con.unregister("wanted")
    return {(str(source), str(id)) for source, id in rows}
