"""The quarantine: items of a batch that could not be used, kept as they came, with the reason.

They are written in the same transaction as the good items of their batch. Replayed after a fix
(`rooms.collect`), they enter the log with the id they came with.
"""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any, NamedTuple

import msgspec

from gern.core.log.event import micros
from gern.core.log.identity import Id
from gern.core.log.tombstones import Tombstones

MOST_ITEMS = 100_000
MOST_BYTES = 200_000_000
"""More than these of one source are only counted: a public key must not fill the disk."""
KEPT_DAYS = 30
_DAY = 86_400_000_000


class Refused(NamedTuple):
    """An item that cannot be used. ``name``: what it called itself; ``item``: its bytes."""

    code: str
    message: str
    name: str
    item: bytes


class Kept(NamedTuple):
    """An item in quarantine; ``received`` in microseconds since 1970."""

    id: int
    source: str
    received: int
    name: str
    code: str
    message: str
    item: bytes


def keep(db: sqlite3.Connection, source: str, refused: Iterable[Refused], received: int) -> None:
    """Inside ``change()``: put these items away, unless the source has too many there."""
    count, size = db.execute(
        "SELECT coalesce(sum(items), 0), coalesce(sum(bytes), 0) FROM quarantine_size"
        " WHERE source = ?",
        (source,),
    ).fetchone()
    for one in refused:
        count, size = count + 1, size + len(one.item)
        if count > MOST_ITEMS or size > MOST_BYTES:
            return
        db.execute(
            "INSERT INTO quarantine (source, received, name, code, message, item)"
            " VALUES (?, ?, ?, ?, ?, ?)",
            (source, received, one.name[:200], one.code, one.message[:500], one.item),
        )


def items(
    db: sqlite3.Connection, source: str | None = None, code: str | None = None, *,
    limit: int | None = 100, ids: Iterable[int] | None = None,
) -> list[Kept]:  # fmt: skip
    """Items in quarantine, the newest first."""
    wanted = None if ids is None else json.dumps(list(ids))
    rows = db.execute(
        "SELECT id, source, received, name, code, message, item FROM quarantine"
        " WHERE (?1 IS NULL OR source = ?1) AND (?2 IS NULL OR code = ?2)"
        " AND (?3 IS NULL OR id IN (SELECT value FROM json_each(?3)))"
        " ORDER BY id DESC LIMIT ?4",
        (source, code, wanted, -1 if limit is None else limit),
    )
    return [Kept(*row) for row in rows]


def summary(db: sqlite3.Connection) -> list[tuple[str, str, int, int]]:
    """(source, code, how many, when the last came) of everything in quarantine."""
    rows = db.execute(
        "SELECT source, code, items, last FROM quarantine_size WHERE items > 0"
        " ORDER BY items DESC, source, code"
    )
    return [(str(s), str(c), int(n), int(at)) for s, c, n, at in rows]


def drop(db: sqlite3.Connection, ids: Iterable[int]) -> int:
    """Inside ``change()``: take items out; how many."""
    wanted = json.dumps(list(ids))
    return db.execute(
        "DELETE FROM quarantine WHERE id IN (SELECT value FROM json_each(?))", (wanted,)
    ).rowcount


def forget_old(db: sqlite3.Connection, now: int) -> None:
    """Inside ``change()``: items nobody has asked for in `KEPT_DAYS` go."""
    db.execute("DELETE FROM quarantine WHERE received < ?", (now - KEPT_DAYS * _DAY,))


def mentioning(db: sqlite3.Connection, ids: Iterable[Id]) -> list[int]:
    """The items in which one of these ids stands, as a value or name of its own."""
    wanted = {id for _, id in ids}
    rows = db.execute("SELECT id, item FROM quarantine")
    return [number for number, item in rows if _mentions(item, wanted)]


def _mentions(item: bytes, wanted: set[str]) -> bool:
    try:
        return any(word in wanted for word in _words(msgspec.json.decode(item)))
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        # no JSON: whole words of the text, in every way JSON can write them
        forms = {form for id in wanted for form in (id, json.dumps(id)[1:-1])}
        text = item.decode(errors="replace")
        return any(re.search(rf"(?<!\w){re.escape(form)}(?!\w)", text) for form in forms)


def _words(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for key, inner in value.items():
            yield key
            yield from _words(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _words(inner)
    elif value is not None:
        yield str(value)


def is_of_erased(one: Refused, graves: Tombstones) -> bool:
    """Whether an item is of somebody erased, from before the erasure or of no known time."""
    try:
        said = msgspec.json.decode(one.item)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return False
    if not isinstance(said, dict):
        return False
    try:
        at = micros(datetime.fromisoformat(said["timestamp"]), "timestamp")
    except (KeyError, TypeError, ValueError):
        at = 0
    for key, kind in (
        ("userId", "customer"),
        ("previousId", "customer"),
        ("anonymousId", "visitor"),
        ("previousId", "visitor"),
    ):
        edge = graves.before(kind, str(said[key])) if said.get(key) is not None else None
        if edge is not None and at < edge:
            return True
    return False


def forget(db: sqlite3.Connection, ids: Iterable[Id]) -> None:
    """Inside ``change()``: items that mention erased people go."""
    drop(db, mentioning(db, ids))
