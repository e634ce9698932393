"""Tombstones: an erased person's old events do not come back, by retry, import or backup.

Kept is a keyed hash of the id and the moment of the erasure. Events from before that moment are
dropped; later ones are a new beginning.
"""

from __future__ import annotations

import hashlib
import hmac
import sqlite3
from collections.abc import Iterable

from gern.core.home import Home
from gern.core.log.event import Stored
from gern.core.log.identity import Id

Key = tuple[str, str]
"""(source, event id)."""
SECRET = "erasure"  # noqa: S105 - the name of the key, not the key


class Tombstones:
    """Looks ids up among the tombstones of one moment; answers are remembered."""

    def __init__(self, home: Home, rows: dict[bytes, int]):
        self._key = home.secret(SECRET).encode() if rows else b""
        self._rows = rows
        self._known: dict[Id, int | None] = {}

    def __bool__(self) -> bool:
        return bool(self._rows)

    def before(self, kind: str, id: str | None) -> int | None:
        """Events of this id earlier than this (microseconds since 1970) are erased."""
        if not self._rows or id is None:
            return None
        if (kind, id) not in self._known:
            self._known[kind, id] = self._rows.get(_hash(self._key, kind, id))
        return self._known[kind, id]

    def cover(self, event: Stored) -> bool:
        """Whether the event is an erased person's from before their erasure."""
        own = ("customer", event.customer) if event.customer else ("visitor", event.visitor)
        edge = self.before(*own)
        return edge is not None and event.ts < edge

    def cover_either(self, event: Stored) -> bool:
        """Whether an event that names both a visitor and a customer is from before the erasure
        of either."""
        edges = (self.before("visitor", event.visitor), self.before("customer", event.customer))
        return any(edge is not None and event.ts < edge for edge in edges)


def of(home: Home, db: sqlite3.Connection) -> Tombstones:
    """The tombstones as they stand in this transaction."""
    rows = db.execute("SELECT hash, before FROM tombstone")
    return Tombstones(home, {bytes(digest): int(before) for digest, before in rows})


def bury(home: Home, db: sqlite3.Connection, ids: dict[Id, int]) -> None:
    """Add a tombstone for each id, with the moment of its erasure."""
    key = home.secret(SECRET).encode()
    keep(db, {_hash(key, *id): before for id, before in ids.items()})


def keep(db: sqlite3.Connection, graves: dict[bytes, int]) -> None:
    """Add these tombstones; of two of one id the later counts."""
    db.executemany(
        "INSERT INTO tombstone VALUES (?, ?)"
        " ON CONFLICT (hash) DO UPDATE SET before = max(before, excluded.before)",
        list(graves.items()),
    )


def remember_events(home: Home, db: sqlite3.Connection, keys: Iterable[Key]) -> None:
    """Events of these ids were here and are erased: sent again, they are not new."""
    key = home.secret(SECRET).encode()
    db.executemany(
        "INSERT OR IGNORE INTO erased_event VALUES (?)",
        [(_hash(key, f"event\x1f{source}", id),) for source, id in keys],
    )


def any_events(db: sqlite3.Connection) -> bool:
    """Whether any event was ever erased."""
    return db.execute("SELECT 1 FROM erased_event LIMIT 1").fetchone() is not None


def erased_events(home: Home, db: sqlite3.Connection, keys: Iterable[Key]) -> set[Key]:
    """Which of these ids are those of erased events."""
    if not any_events(db):
        return set()
    secret = home.secret(SECRET).encode()
    return {
        (source, id)
        for source, id in keys
        if db.execute(
            "SELECT 1 FROM erased_event WHERE hash = ?",
            (_hash(secret, f"event\x1f{source}", id),),
        ).fetchone()
    }


def _hash(key: bytes, kind: str, id: str) -> bytes:
    return hmac.digest(key, f"{kind}\x1f{id}".encode(), hashlib.sha256)[:16]
