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
from dataclasses import dataclass

from gern.core.errors import BadInput, OutOfSpace
from gern.core.home import Home
from gern.core.log import identity, tombstones
from gern.core.log.event import Event, Stored, pack, stored
from gern.core.log.manifest import Manifest, meta
from gern.core.log.tombstones import Tombstones

FREE_BYTES = 200_000_000
"""With less room on the disk nothing more is taken in: compaction and the databases need it."""


@dataclass
class _Ticket:
    """One caller's batch, until it is on disk or has failed."""

    events: list[Stored]
    done: bool = False
    error: BaseException | None = None


class Inbox:
    """Appending to the log of one home. Safe to use from several threads."""

    def __init__(self, home: Home, manifest: Manifest, clock: Callable[[], int]):
        self._home = home
        self._manifest = manifest
        self._clock = clock
        self._waiting: list[_Ticket] = []
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
        ticket = self._checked(events)
        with self._door:
            self._waiting.append(ticket)
        with self._turn:
            if not ticket.done:
                with self._door:
                    tickets, self._waiting = self._waiting, []
                self._commit(tickets)
        if ticket.error is not None:
            raise ticket.error

    def _checked(self, events: Sequence[Event]) -> _Ticket:
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
        return _Ticket(batch)

    def _commit(self, tickets: list[_Ticket]) -> None:
        try:
            check_space(self._home)
            with self._manifest.change(version=False) as db:
                for ticket in tickets:
                    self._insert(db, ticket)
        except BaseException as error:
            for ticket in tickets:
                ticket.error = error
            if not isinstance(error, Exception):
                raise
        finally:
            for ticket in tickets:
                ticket.done = True

    def _insert(self, db: sqlite3.Connection, ticket: _Ticket) -> None:
        graves = self._tombstones(db)
        events = [e for e in ticket.events if not graves.cover(e)] if graves else ticket.events
        if not events:
            return
        db.execute(
            "INSERT INTO inbox (received, events, payload) VALUES (?, ?, ?)",
            (events[0].received, len(events), pack(events)),
        )
        for event in events:
            if event.kind != "identify" or not event.visitor or not event.customer:
                continue
            if not graves.cover_either(event):
                identity.link(db, event.visitor, event.customer)

    def _tombstones(self, db: sqlite3.Connection) -> Tombstones:
        """Those of this moment; an erasure is a new version of the log."""
        version = meta(db, "version")
        if self._graves is None or self._graves[0] != version:
            self._graves = (version, tombstones.of(self._home, db))
        return self._graves[1]


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
