from __future__ import annotations

import fcntl
import os
from datetime import UTC, datetime

import pytest

import gern
from gern.core.engines import compiled
from gern.core.engines.question import Question
from gern.core.home import Home
from gern.core.log.event import Event

NOW = datetime(2026, 6, 15, 12, tzinfo=UTC)


@pytest.fixture(scope="session")
def kernels(tmp_path_factory):
    """Compiled once, by the worker that comes first."""
    folder = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        folder = folder.parent
    (folder / "kernels" / "cache").mkdir(parents=True, exist_ok=True)
    with (folder / "kernels" / "lock").open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        return compiled.load(Home(folder / "kernels"))


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
