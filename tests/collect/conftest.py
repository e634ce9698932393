from __future__ import annotations

import json

import pytest

import gern
from gern.core.collect import wire
from gern.core.collect.accept import Request, Sender, accept

NOW = 1_795_600_800_000_000  # 2026-11-25 10:00:00 UTC


@pytest.fixture
def take(shop: gern.Shop):
    """``take([{…}], believed=False)``: a body of these items as far as the log; what was refused."""

    def _take(items, *, believed=True, sent=None, received=NOW, source="web", **options):
        head = {"batch": items, **({"sentAt": sent} if sent else {})}
        body = items if isinstance(items, bytes) else json.dumps(head).encode()
        sender = Sender(source, believed, **options.pop("sender", {}))
        batch = accept(wire.decode(body, "batch"), sender, Request(received, **options))
        shop.log.inbox.take(batch)
        return batch

    return _take


@pytest.fixture
def rows(shop: gern.Shop):
    """``rows("event_id, person")`` of all events, by event_id."""
    return lambda columns="event_id, person", where="true": [
        tuple(row.values())
        for row in shop.query(f"SELECT {columns} FROM events WHERE {where} ORDER BY event_id")
    ]
