"""One thread writes what all requests of the same moment have brought: one fsync for all."""

from __future__ import annotations

import asyncio
import queue
import threading
from typing import NamedTuple

import structlog

from gern.core.errors import GernError, TryLater
from gern.core.log.arrivals import Arrived
from gern.core.log.inbox import Inbox

MOST_WAITING = 64_000_000
"""With more bytes than these waiting to be written, senders are asked to come again."""
log = structlog.get_logger("gern.collect")


class _Ticket(NamedTuple):
    batch: Arrived
    size: int
    done: asyncio.Future[None]


class Writer:
    """``await put(batch, size)`` returns once the batch is on disk; raises what went wrong."""

    def __init__(self, inbox: Inbox):
        self._inbox = inbox
        self._queue: queue.SimpleQueue[_Ticket] = queue.SimpleQueue()
        self._waiting = 0
        self._loop = asyncio.get_running_loop()
        threading.Thread(target=self._run, name="inbox", daemon=True).start()

    async def put(self, batch: Arrived, size: int) -> None:
        """Wait until it survives the process being killed."""
        if self._waiting > MOST_WAITING:
            raise TryLater("More arrives than the disk can take. Nothing of this batch was stored.")
        self._waiting += size
        done = self._loop.create_future()
        self._queue.put(_Ticket(batch, size, done))
        try:
            await done
        finally:
            self._waiting -= size

    def _run(self) -> None:
        while True:
            tickets = [self._queue.get()]
            while not self._queue.empty():
                tickets.append(self._queue.get())
            try:
                self._inbox.commit([ticket.batch for ticket in tickets])
            except BaseException as error:  # the thread must live: each batch carries its error
                log.error("inbox_failed", error=repr(error))
            self._loop.call_soon_threadsafe(_resolve, tickets)


def _resolve(tickets: list[_Ticket]) -> None:
    for ticket in tickets:
        if ticket.done.done():  # the sender has gone; the batch is stored all the same
            continue
        error = ticket.batch.error
        if error is None:
            ticket.done.set_result(None)
        elif isinstance(error, GernError):
            ticket.done.set_exception(error)
        else:
            log.error("inbox_failed", error=repr(error))
            ticket.done.set_exception(TryLater("The events could not be stored just now."))
