from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect, sync_playwright

from tests.e2e.screenshots import launch
from tests.servers import serving

expect.set_options(timeout=20_000)  # CI has two cores for a server, a browser and the tests


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        found = launch(playwright)
        yield found
        found.close()


@pytest.fixture(scope="module")
def demo() -> Iterator[str]:
    with serving("demo") as base:
        yield base


@pytest.fixture(scope="module")
def empty() -> Iterator[str]:
    with serving("empty") as base:
        yield base
