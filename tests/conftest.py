"""One temporary home for the whole run; web tests that change data get one of their own."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

import gern
from gern.demo import DATA
from tests.home import ROOT


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files are dealt out to the workers in this order: the longest first, so that none is left
    alone with one at the end."""
    items.sort(key=lambda item: not item.nodeid.startswith("tests/e2e/"))


@pytest.fixture(scope="session")
def online_retail() -> gern.Shop:
    """The data set with its real dates, in a home of its own."""
    shop = gern.create_shop(ROOT / "online-retail", zone="Europe/London", currency="GBP")
    shop.import_file(DATA)
    return shop


@pytest.fixture
def shop(tmp_path: Path) -> gern.Shop:
    """An empty shop in Berlin."""
    return gern.create_shop(tmp_path / "home", zone="Europe/Berlin", currency="EUR")


@pytest.fixture
def bring(shop: gern.Shop, tmp_path: Path):
    """Import a CSV text into ``shop``: ``bring("date;…", source="till")``."""

    def _bring(text: str | bytes, name: str = "purchases.csv", **options):
        path = tmp_path / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return shop.import_file(path, **options)

    return _bring


@pytest.fixture
def now() -> datetime:
    return datetime.now(UTC).replace(tzinfo=None)
