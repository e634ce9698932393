"""`record` an event beside a change; `deliver` what waits to the log."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import replace

import msgspec
import structlog
from django.db import connection, transaction

from gern.core.errors import GernError
from gern.core.log.event import Event, stored
from gern.core.log.inbox import microseconds_now
from gern.kit.outbox.models import Waiting
from gern.kit.shop import current_shop

AT_ONCE = 500
log = structlog.get_logger("gern.outbox")


def record(event: Event) -> uuid.UUID:
    """Have this event logged if, and only if, the transaction around this call is committed.

    The event's id becomes a new UUID, which comes back. ``BadInput`` when the log could not take
    the event; ``RuntimeError`` outside of a transaction.
    """
    return record_all([event])[0]


def record_all(events: Sequence[Event]) -> list[uuid.UUID]:
    """The same for many."""
    if not connection.in_atomic_block:
        raise RuntimeError("record() belongs into the transaction of the change it tells of.")
    rows = []
    for event in events:
        id = uuid.uuid4()
        named = replace(event, id=str(id))
        stored(named, microseconds_now())
        rows.append(Waiting(id=id, event=msgspec.to_builtins(named)))
    Waiting.objects.bulk_create(rows, batch_size=500)
    transaction.on_commit(_try_to_deliver)
    return [row.id for row in rows]


def deliver() -> int:
    """Hand waiting events to the log; how many. One that dies in between is handed over again:
    the log counts it once. Picked by being there, never by a last id: PostgreSQL commits out of
    order."""
    rows = list(Waiting.objects.order_by("created")[:AT_ONCE])
    if not rows:
        return 0
    current_shop().log.append([msgspec.convert(row.event, Event) for row in rows])
    Waiting.objects.filter(pk__in=[row.pk for row in rows]).delete()  # only now: it is on disk
    return len(rows)


def _try_to_deliver() -> None:
    try:
        deliver()
    except GernError as error:  # the upkeep tries again
        log.warning("outbox_waits", error=str(error))
