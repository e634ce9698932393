"""The inbox: what arrives is on disk before anybody is told so.

Threads that append at the same time share one commit (and its fsync): the first of them writes
for all who wait. Processes take turns in the manifest's queue.
"""

from __future__ import annotations

import shutil
import sqlite3
import threading
import time
from collections.abc import Callable, Sequence

from gern.core.errors import BadInput, OutOfSpace
from gern.core.home import Home
from gern.core.log import arrivals, identifications, identity, quarantine, tombstones
from gern.core.log.arrivals import Arrived
from gern.core.log.event import Event, pack, stored
from gern.core.log.manifest import Manifest, meta
from gern.core.log.tombstones import Tombstones

ROOM_SECONDS = 10.0
FREE_BYTES = 200_000_000
"""With less room on the disk nothing more is taken in: compaction and the databases need it."""


class Inbox:
    """Appending to the log of one home. Safe to use from several threads."""

    def __init__(self, home: Home, manifest: Manifest, clock: Callable[[], int]):
        self._home = home
        self._manifest = manifest
        self._clock = clock
        self._waiting: list[Arrived] = []
        self._door = threading.Lock()
        self._turn = threading.Lock()
        self._graves: tuple[int, Tombstones] | None = None

    def append(self, events: Sequence[Event]) -> None:
        """Store these events; on return they survive the process being killed.

        All or none: ``BadInput`` names the first that cannot be used (``event 3: …``), and
        `OutOfSpace` says that the disk is nearly full; in both cases nothing was stored.
        """
        if not events:
            return
        self.take(self._checked(events))

    def take(self, batch: Arrived) -> None:
        """Store a checked batch; on return it survives the process being killed."""
        with self._door:
            self._waiting.append(batch)
        with self._turn:
            if not batch.done:
                with self._door:
                    batches, self._waiting = self._waiting, []
                self.commit(batches)
        if batch.error is not None:
            raise batch.error

    def _checked(self, events: Sequence[Event]) -> Arrived:
        received = self._clock()
        batch = []
        for number, event in enumerate(events, 1):
            try:
                batch.append(stored(event, received))
            except BadInput as error:
                raise BadInput(
                    f"event {number}: {error} None of the {len(events)} events was stored.",
                    param=error.param,
                ) from None
        return Arrived(batch[0].source, batch, received)

    def commit(self, batches: list[Arrived]) -> None:
        """Store these batches in one transaction; each has ``done``, and ``error`` if it failed."""
        try:
            check_space(self._home)
            with self._manifest.change(version=False) as db:
                graves = self._tombstones(db)
                for batch in batches:
                    self._insert(db, batch, graves)
                if counted := [batch for batch in batches if batch.counted]:
                    arrivals.count(db, counted, self._clock())
        except BaseException as error:
            for batch in batches:
                batch.error = error
            if not isinstance(error, Exception):
                raise
        finally:
            for batch in batches:
                batch.done = True

    def _insert(self, db: sqlite3.Connection, batch: Arrived, graves: Tombstones) -> None:
        received = batch.received or self._clock()
        if batch.claims:
            _resolve_claims(db, batch, graves)
        events = [e for e in batch.events if not graves.cover(e)] if graves else batch.events
        if events:
            db.execute(
                "INSERT INTO inbox (received, events, payload) VALUES (?, ?, ?)",
                (received, len(events), pack(events)),
            )
        for event in events:
            if event.kind != "identify" or not event.visitor or not event.customer:
                continue
            if not graves.cover_either(event):
                identifications.said(
                    db, event.visitor, event.customer, event.source, received, believed=True
                )
        for place, customer, into in batch.merges:
            if not _erased(graves, batch.events[place].ts, customer, into):
                identity.merge_said(db, customer, into)
        if batch.refused:
            kept = [r for r in batch.refused if not (graves and quarantine.is_of_erased(r, graves))]
            quarantine.keep(db, batch.source, kept, received)

    def _tombstones(self, db: sqlite3.Connection) -> Tombstones:
        """Those of this moment; an erasure is a new version of the log."""
        version = meta(db, "version")
        if self._graves is None or self._graves[0] != version:
            self._graves = (version, tombstones.of(self._home, db))
        return self._graves[1]


def _resolve_claims(db: sqlite3.Connection, batch: Arrived, graves: Tombstones) -> None:
    """What a public key says of its visitors: the event is the customer's only if the pair has
    been confirmed."""
    known: dict[tuple[str, str], bool] = {}
    room = _room(db, batch.source)
    for place, customer in batch.claims:
        event = batch.events[place]
        assert event.visitor is not None
        if _erased(graves, event.ts, customer, event.visitor):
            continue
        pair = (event.visitor, customer)
        if pair not in known:
            known[pair] = identifications.said(
                db, *pair, event.source, event.received, believed=False, room=room
            )
        if known[pair]:
            event.customer = customer


_rooms: dict[str, tuple[float, bool]] = {}


def _room(db: sqlite3.Connection, source: str) -> bool:
    """Whether the source may leave more claims; looked up every ten seconds."""
    at, found = _rooms.get(source, (float("-inf"), True))
    if time.monotonic() - at > ROOM_SECONDS:
        found = identifications.room_for_claims(db, source)
        _rooms[source] = (time.monotonic(), found)
    return found


def _erased(graves: Tombstones, at: int, customer: str, other: str) -> bool:
    edges = [
        graves.before(kind, id) for kind in ("customer", "visitor") for id in (customer, other)
    ]
    return any(edge is not None and at < edge for edge in edges)


def microseconds_now() -> int:
    """The time, in microseconds since 1970."""
    return time.time_ns() // 1000


def check_space(home: Home) -> None:
    """`OutOfSpace` when the disk is nearly full."""
    free = shutil.disk_usage(home.path).free
    if free < FREE_BYTES:
        raise OutOfSpace(
            f"{home.path}: {free / 1e6:.0f} MB free, {FREE_BYTES / 1e6:.0f} MB must stay free"
        )
