"""Look at, replay and throw away what is in quarantine."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from gern.core.collect import wire
from gern.core.collect.accept import Request, Sender, accept
from gern.core.errors import BadInput
from gern.core.log import quarantine
from gern.core.log.arrivals import Arrived
from gern.core.log.quarantine import Kept
from gern.core.log.schema import DAILY
from gern.core.shop import Shop
from gern.rooms.collect.ingest.keyring import sender_of

AT_ONCE = 500


@dataclass(frozen=True)
class Replayed:
    """How many items entered the log, how many stay where they are."""

    accepted: int
    still_refused: int


def listed(
    shop: Shop, source: str | None = None, code: str | None = None, *, limit: int = 100
) -> list[Kept]:
    """The newest items."""
    with shop.manifest.reading() as db:
        return quarantine.items(db, source, code, limit=limit)


def counts(shop: Shop) -> list[tuple[str, str, int, int]]:
    """(source, code, how many, when the last came)."""
    with shop.manifest.reading() as db:
        return quarantine.summary(db)


def replay(
    shop: Shop, *, source: str | None = None, code: str | None = None,
    ids: Iterable[int] | None = None,
) -> Replayed:  # fmt: skip
    """Try items again with today's rules and rights of their source. Those that can be used now
    enter the log under the id and time they came with, and only then leave the quarantine: killed
    in between, they are recognised."""
    with shop.manifest.reading() as db:
        found = quarantine.items(db, source, code, limit=None, ids=ids)
    senders = {name: sender_of(shop, name) for name in {kept.source for kept in found}}
    accepted = 0
    for start in range(0, len(found), AT_ONCE):
        part = found[start : start + AT_ONCE]
        ready = [(kept.id, batch) for kept in part if (batch := _again(senders[kept.source], kept))]
        if not ready:
            continue
        batches = [batch for _, batch in ready]
        shop.log.inbox.commit(batches)
        if batches[0].error is not None:
            raise batches[0].error
        with shop.manifest.change(version=False) as db:
            accepted += quarantine.drop(db, [id for id, _ in ready])
    return Replayed(accepted, len(found) - accepted)


def _again(sender: Sender | None, kept: Kept) -> Arrived | None:
    """The item as a batch of its own; None when its reason still holds."""
    if sender is None:
        return None
    try:
        sent = wire.decode(b'{"batch":[' + kept.item + b"]}", "batch")
    except BadInput:
        return None
    said = str(sent.items[0].anonymous_id or "") if sent.items else ""
    daily = said if said.startswith(DAILY) else None  # given when it arrived
    batch = accept(sent, sender, Request(kept.received, daily=daily))
    batch.counted = False
    return batch if batch.events and not batch.refused else None


def throw_away(shop: Shop, source: str, code: str) -> int:
    """Delete these items for good; how many."""
    with shop.manifest.change(version=False) as db:
        found = quarantine.items(db, source, code, limit=None)
        return quarantine.drop(db, [kept.id for kept in found])


def as_text(item: bytes) -> str:
    """An item as it can be shown."""
    return item.decode(errors="replace")
