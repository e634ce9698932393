"""What arrives at the inbox, and what is counted of it: per source and hour, without anybody's id.

`Arrived` is one sender's batch as the inbox takes it; `count` adds it to the hour it came in.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

from gern.core.log.event import Stored
from gern.core.log.quarantine import Refused

HOUR = 3_600_000_000
KEPT_HOURS = 24 * 400
MOST_LIBRARIES = 200


class Library(NamedTuple):
    """The SDK that sent a batch."""

    name: str
    version: str


@dataclass
class Arrived:
    """One batch, until it is on disk or has failed. ``received``: microseconds since 1970.

    ``claims``: (place in ``events``, customer id) of what a public key says of its visitors: not
    believed until confirmed. ``merges``: (place of the event that says so, customer, who
    they turned out to be). ``trimmed``:
    fields left out since the key may not send them; ``bots``, ``internal``: events so marked. ``skew``: how far the sender's clock was off,
    microseconds.
    """

    source: str
    events: list[Stored]
    received: int = 0
    refused: list[Refused] = field(default_factory=list)
    claims: list[tuple[int, str]] = field(default_factory=list)
    merges: list[tuple[int, str, str]] = field(default_factory=list)
    library: Library | None = None
    trimmed: int = 0
    skew: int = 0
    bots: int = 0
    internal: int = 0
    counted: bool = False
    done: bool = False
    error: BaseException | None = None


def count(db: sqlite3.Connection, batches: Iterable[Arrived], received: int) -> None:
    """Inside ``change()``: add these batches to the hour they came in."""
    hours: dict[str, list[int]] = {}
    used: dict[tuple[str, Library], int] = {}
    for batch in batches:
        hour = hours.setdefault(batch.source, [0] * 6)
        for place, more in enumerate(
            (len(batch.events), len(batch.refused), batch.bots, batch.internal, batch.trimmed)
        ):
            hour[place] += more
        hour[5] = max(hour[5], batch.skew, key=abs)
        if batch.library:
            key = (batch.source, batch.library)
            used[key] = used.get(key, 0) + len(batch.events)
    db.executemany(
        "INSERT INTO arrival VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (source, hour) DO"
        " UPDATE SET events = events + excluded.events, refused = refused + excluded.refused,"
        " bots = bots + excluded.bots, internal = internal + excluded.internal,"
        " trimmed = trimmed + excluded.trimmed, last = max(last, excluded.last),"
        " skew = CASE WHEN abs(excluded.skew) > abs(skew) THEN excluded.skew ELSE skew END",
        [(source, received // HOUR, *counts, received) for source, counts in hours.items()],
    )
    db.executemany(
        "INSERT INTO library VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (source, name, version) DO"
        " UPDATE SET events = events + excluded.events, last = max(last, excluded.last)",
        [
            (source, *sdk, events, received, received)
            for (source, sdk), events in used.items()
            if _is_room(db, source)
        ],
    )


def _is_room(db: sqlite3.Connection, source: str) -> bool:
    """A public key can invent names of SDKs."""
    (n,) = db.execute("SELECT count(*) FROM library WHERE source = ?", (source,)).fetchone()
    return int(n) < MOST_LIBRARIES


class Hour(NamedTuple):
    """What a source sent in one hour (``hour``: hours since 1970)."""

    source: str
    hour: int
    events: int
    refused: int
    bots: int
    internal: int
    trimmed: int
    skew: int
    last: int


def hours(db: sqlite3.Connection, since: int, source: str | None = None) -> list[Hour]:
    """The hours from ``since`` (hours since 1970) on, oldest first."""
    rows = db.execute(
        "SELECT * FROM arrival WHERE hour >= ? AND (? IS NULL OR source = ?) ORDER BY hour, source",
        (since, source, source),
    )
    return [Hour(*row) for row in rows]


class Seen(NamedTuple):
    """One version of an SDK that a source has used; times in microseconds since 1970."""

    name: str
    version: str
    events: int
    first: int
    last: int


def libraries(db: sqlite3.Connection, source: str) -> list[Seen]:
    """The SDKs a source has used, the latest first."""
    rows = db.execute(
        "SELECT name, version, events, first, last FROM library WHERE source = ?"
        " ORDER BY last DESC LIMIT 20",
        (source,),
    )
    return [Seen(*row) for row in rows]


def forget_old(db: sqlite3.Connection, now: int) -> None:
    """Inside ``change()``: hours older than `KEPT_HOURS` go."""
    db.execute("DELETE FROM arrival WHERE hour < ?", (now // HOUR - KEPT_HOURS,))
