from __future__ import annotations

from datetime import UTC, datetime

import pytest

import gern
from gern.core.engines.question import Question
from gern.core.log.event import Event

NOW = datetime(2026, 6, 15, 12, tzinfo=UTC)


@pytest.fixture
def ask(shop: gern.Shop):
    """``ask("SELECT …", p=1)`` → rows as tuples."""

    def _ask(sql: str, **values):
        return [tuple(row.values()) for row in shop.door.ask(Question(sql, values, "test"))]

    return _ask


@pytest.fixture
def send(shop: gern.Shop):
    """``send(id="1", customer="anna")`` appends one event; what is not said is usual."""

    def _send(**fields):
        usual = {"source": "web", "id": "1", "name": "Page Viewed", "ts": NOW}
        shop.log.append([Event(**{**usual, **fields})])

    return _send
