"""What arrives at the inbox, and what is counted of it: per source and hour, without anybody's id.

`Arrived` is one sender's batch as the inbox takes it; `count` adds it to the hour it came in.
"""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass, field
from typing import NamedTuple

from gern.core.log.event import Stored
from gern.core.log.quarantine import Refused

HOUR = 3_600_000_000
KEPT_HOURS = 24 * 400


class Library(NamedTuple):
    """The SDK that sent a batch."""

    name: str
    version: str


@dataclass
class Arrived:
    """One batch, until it is on disk or has failed.

    ``claims``: (place in ``events``, customer id) of what a public key says of its visitors: not
    believed until confirmed. ``merges``: (customer, customer they turned out to be). ``trimmed``:
    fields left out since the key may not send them. ``skew``: how far the sender's clock was off,
    microseconds.
    """

    source: str
    events: list[Stored]
    refused: list[Refused] = field(default_factory=list)
    claims: list[tuple[int, str]] = field(default_factory=list)
    merges: list[tuple[str, str]] = field(default_factory=list)
    library: Library | None = None
    trimmed: int = 0
    skew: int = 0
    counted: bool = False
    done: bool = False
    error: BaseException | None = None


def count(db: sqlite3.Connection, batch: Arrived, received: int) -> None:
    """Add a batch to the hour it came in."""
    bots = sum(event.traffic == "bot" for event in batch.events)
    internal = sum(event.traffic == "internal" for event in batch.events)
    db.execute(
        "INSERT INTO arrival VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (source, hour) DO"
        " UPDATE SET events = events + excluded.events, refused = refused + excluded.refused,"
        " bots = bots + excluded.bots, internal = internal + excluded.internal,"
        " trimmed = trimmed + excluded.trimmed, last = max(last, excluded.last),"
        " skew = CASE WHEN abs(excluded.skew) > abs(skew) THEN excluded.skew ELSE skew END",
        (batch.source, received // HOUR, len(batch.events), len(batch.refused), bots, internal,
         batch.trimmed, batch.skew, received),
    )  # fmt: skip
    if batch.library:
        db.execute(
            "INSERT INTO library VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (source, name, version) DO"
            " UPDATE SET events = events + excluded.events, last = max(last, excluded.last)",
            (batch.source, *batch.library, len(batch.events), received, received),
        )


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
