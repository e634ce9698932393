"""What has arrived just now, newest first."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from gern.core.engines.question import Question
from gern.core.log import identity
from gern.core.log.event import Stored, unpack
from gern.core.log.identity import Id, default_person
from gern.core.shop import Shop

SHOWN = 50
BACK = timedelta(days=2)
MOST_BATCHES = 500
"""Of the inbox are looked through for the events of one source."""


class Seen(NamedTuple):
    """One event as the live view shows it; times naive UTC."""

    received: datetime
    ts: datetime
    source: str
    name: str
    person: str
    properties: str
    traffic: str | None


def recent(shop: Shop, source: str | None = None, limit: int = SHOWN) -> list[Seen]:
    """The last events of a source, or of all: from the inbox, then from the log."""
    found: list[Stored] = []
    with shop.manifest.reading() as db:
        rows = db.execute(f"SELECT payload FROM inbox ORDER BY id DESC LIMIT {MOST_BATCHES}")
        for (payload,) in rows:
            batch = [e for e in reversed(unpack(payload)) if source in (None, e.source)]
            found += batch[: limit - len(found)]
            if len(found) >= limit:
                break
        people = identity.people_of(db, {_id(e) for e in found})
    seen = [
        Seen(_moment(e.received), _moment(e.ts), e.source, e.name,
             people.get(_id(e)) or default_person(*_id(e)), e.properties or "", e.traffic)
        for e in found
    ]  # fmt: skip
    if len(seen) < limit:
        seen += _earlier(shop, source, limit - len(seen))
    return seen


def _earlier(shop: Shop, source: str | None, limit: int) -> list[Seen]:
    with shop.manifest.reading() as db:
        (waiting,) = db.execute("SELECT min(received) FROM inbox").fetchone()
    before = _moment(waiting) if waiting else datetime(9999, 1, 1)
    rows = shop.door.ask(
        Question(
            "SELECT received, ts, source, name, person, coalesce(properties, '') AS properties,"
            " traffic FROM events WHERE received < $before AND received IS NOT NULL"
            " AND ($source IS NULL OR source = $source) ORDER BY received DESC LIMIT $limit",
            {"before": before, "source": source, "limit": limit},
            "live view",
            since=datetime.now(UTC).replace(tzinfo=None) - BACK,
        )
    )
    return [Seen(**row) for row in rows]


def _id(event: Stored) -> Id:
    if event.customer is not None:
        return ("customer", event.customer)
    return ("visitor", str(event.visitor))


def _moment(micros: int) -> datetime:
    return datetime.fromtimestamp(micros / 1e6, UTC).replace(tzinfo=None)
