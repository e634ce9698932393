"""What the log holds: every kind of event and every property seen, how often, since when.

Counted when events are moved out of the inbox (`compaction`) or brought in in bulk, in the same
transaction; what still waits in the inbox is counted when somebody asks. No value is kept, only
names and types: examples are looked up in the log, so that an erasure reaches them.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import msgspec

from gern.core.engines.duckdb import Connection
from gern.core.home import Home
from gern.core.log.changes import engine
from gern.core.log.event import Stored, unpack
from gern.core.log.manifest import Manifest
from gern.core.log.segments import relation_of

MOST_PROPERTIES = 300
"""Of one kind of event; further names are counted together as ``…``: somebody uses ids as names."""
MOST_KINDS = 2_000
"""The same for the kinds of event of one source."""
OTHERS = "…"
_decode = msgspec.json.Decoder(dict[str, Any]).decode


@dataclass
class Property:
    """``filled``: in how many events it had a value; ``types``: type → (how often, first, last);
    times in microseconds since 1970."""

    name: str
    filled: int
    types: dict[str, tuple[int, int, int]]
    first: int
    last: int

    def to_dict(self) -> dict[str, Any]:
        """For JSON."""
        types = {name: count for name, (count, _, _) in self.types.items()}
        return {"name": self.name, "filled": self.filled, "types": types}


@dataclass
class Kind:
    """One kind of event, over all sources. ``first``/``last``: when it reached us."""

    name: str
    events: int
    sources: dict[str, int]
    first: int
    last: int
    properties: list[Property] = field(default_factory=list)

    def to_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "event": self.name, "events": self.events, "sources": self.sources,
            "properties": [
                {**p.to_dict(), "share": round(p.filled / self.events, 4)} for p in self.properties
            ],
        }  # fmt: skip


Counts = dict[tuple[str, str, str, str], list[int]]
"""(source, event, property or '', type) → [count, first, last]."""


def count(events: Iterable[Stored]) -> Counts:
    """What these events say, by source, kind, property and type."""
    found: Counts = {}
    for event in events:
        _add(found, (event.source, event.name, "", ""), event.received)
        if not event.properties:
            continue
        for name, value in _read(event.properties).items():
            if value is not None:
                _add(found, (event.source, event.name, name[:200], type_of(value)), event.received)
    return found


def _read(properties: str) -> dict[str, Any]:
    """One that cannot be read has no properties: it must not stop the others."""
    try:
        return _decode(properties)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return {}


def _add(found: Counts, key: tuple[str, str, str, str], at: int) -> None:
    known = found.get(key)
    if known is None:
        found[key] = [1, at, at]
        return
    known[0] += 1
    known[1] = min(known[1], at)
    known[2] = max(known[2], at)


def type_of(value: Any) -> str:
    """``text``, ``number``, ``yes/no``, ``list`` or ``object``."""
    if isinstance(value, bool):
        return "yes/no"
    if isinstance(value, int | float):
        return "number"
    return "text" if isinstance(value, str) else "list" if isinstance(value, list) else "object"


def count_rows(con: Connection, relation: str) -> Counts:
    """The same of a relation in the columns of the log, for bulk loads and files."""
    rows = con.execute(
        "SELECT source, name, '' AS p, '' AS t, count(*), min(epoch_us(coalesce(received, ts))),"
        f" max(epoch_us(coalesce(received, ts))) FROM {relation} WHERE coalesce(line, 1) = 1"
        " GROUP BY source, name"
    ).fetchall()
    rows += con.execute(
        "SELECT source, name, left(j.key, 200), CASE j.type WHEN 'VARCHAR' THEN 'text' WHEN"
        " 'BOOLEAN' THEN 'yes/no' WHEN 'ARRAY' THEN 'list' WHEN 'OBJECT' THEN 'object' ELSE"
        " 'number' END, count(*), min(seen), max(seen) FROM (SELECT source, name,"
        " epoch_us(coalesce(received, ts)) AS seen, properties"
        f" FROM {relation} WHERE coalesce(line, 1) = 1 AND json_valid(properties)"
        " AND properties <> '{}') AS r, json_each(r.properties) AS j"
        " WHERE j.type <> 'NULL' GROUP BY 1, 2, 3, 4"
    ).fetchall()
    return {(s, n, p, t): [int(c), int(a), int(b)] for s, n, p, t, c, a, b in rows}


def rebuild(home: Home, manifest: Manifest) -> None:
    """Count everything anew: for a home written before there was a profile."""
    with engine(home) as con:
        _, segments = manifest.segments()
        relation = relation_of(home.log, segments)
        counts = count_rows(con, f"(SELECT * FROM {relation} WHERE event_id IS NOT NULL)")
        orders = con.execute(
            "SELECT source, name, count(DISTINCT order_id), min(epoch_us(received)),"
            f" max(epoch_us(received)) FROM {relation} WHERE event_id IS NULL"
            " GROUP BY source, name"
        ).fetchall()
    for source, name, n, first, last in orders:
        counts[source, name, "", ""] = [int(n), int(first or 0), int(last or 0)]
    with manifest.change(version=False) as db:
        db.execute("DELETE FROM profile")
        keep(db, counts)


def keep(db: sqlite3.Connection, counts: Counts) -> None:
    """Inside ``change()``: add these counts."""
    known: dict[tuple[str, str], set[str]] = {}
    kinds: dict[str, set[str]] = {}
    for (source, name, prop, type_), (n, first, last) in counts.items():
        if source not in kinds:
            rows = db.execute("SELECT DISTINCT event FROM profile WHERE source = ?", (source,))
            kinds[source] = {str(row[0]) for row in rows}
        if name not in kinds[source] and len(kinds[source]) >= MOST_KINDS:
            if prop:
                continue
            name = OTHERS  # noqa: PLW2901
        kinds[source].add(name)
        key = (source, name, prop, type_)
        if prop:
            names = known.get((source, name))
            if names is None:
                rows = db.execute(
                    "SELECT DISTINCT property FROM profile WHERE source = ? AND event = ?",
                    (source, name),
                )
                names = known[source, name] = {str(row[0]) for row in rows}
            if prop not in names and len(names) > MOST_PROPERTIES:
                key = (source, name, OTHERS, "object")
            names.add(key[2])
        db.execute(
            "INSERT INTO profile VALUES (?, ?, ?, ?, ?, ?, ?)"
            " ON CONFLICT (source, event, property, type) DO UPDATE SET"
            " events = events + excluded.events, first = min(first, excluded.first),"
            " last = max(last, excluded.last)",
            (*key, n, first, last),
        )


def profile(manifest: Manifest) -> list[Kind]:
    """Every kind of event, the most frequent first, each with its properties."""
    with manifest.reading() as db:
        tail = manifest.snapshot(db).tail or []
        rows = db.execute(
            "SELECT source, event, property, type, events, first, last FROM profile"
        ).fetchall()
    counts: Counts = {(s, e, p, t): [n, a, b] for s, e, p, t, n, a, b in rows}
    for key, (n, first, last) in count(e for batch in tail for e in unpack(batch)).items():
        old = counts.get(key, [0, first, last])
        counts[key] = [old[0] + n, min(old[1], first), max(old[2], last)]
    return _kinds(counts)


def _kinds(counts: Counts) -> list[Kind]:
    kinds: dict[str, Kind] = {}
    for (source, name, prop, _), (n, first, last) in counts.items():
        if prop:
            continue
        kind = kinds.setdefault(name, Kind(name, 0, {}, first, last))
        kind.events += n
        kind.sources[source] = kind.sources.get(source, 0) + n
        kind.first, kind.last = min(kind.first, first), max(kind.last, last)
    properties: dict[tuple[str, str], Property] = {}
    for (_, name, prop, type_), (n, first, last) in counts.items():
        if not prop or name not in kinds:
            continue
        found = properties.setdefault((name, prop), Property(prop, 0, {}, first, last))
        found.filled += n
        known, early, late = found.types.get(type_, (0, first, last))
        found.types[type_] = (known + n, min(early, first), max(late, last))
        found.first, found.last = min(found.first, first), max(found.last, last)
    for (name, _), found in sorted(properties.items(), key=lambda pair: -pair[1].filled):
        kinds[name].properties.append(found)
    return sorted(kinds.values(), key=lambda kind: (-kind.events, kind.name))
