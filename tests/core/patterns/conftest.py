from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

import gern
from gern.core.engines import spine
from gern.core.engines.spine import Spines


@pytest.fixture
def small_spine(monkeypatch, kernels) -> None:
    """A spine also for small logs."""
    monkeypatch.setattr(spine, "WORTH_ROWS", 0)
    monkeypatch.setattr(spine, "FEW_ROWS", 10_000)


@contextmanager
def _without_spine() -> Iterator[None]:
    at, Spines.at = Spines.at, lambda self, state: None
    try:
        yield
    finally:
        Spines.at = at


@pytest.fixture
def both(small_spine) -> Callable:
    """``both(shop, work)``: what ``work`` says by SQL; by the spine it must say the same."""

    def both(shop: gern.Shop, work: Callable):
        shop.log.compact()
        shop.door.prepare()
        assert shop.door._spines.at(shop.door._states.now()) is not None
        shop.door.forget()
        walked = work()
        shop.door.forget()
        with _without_spine():
            asked = work()
        shop.door.forget()
        assert walked == asked
        return asked

    return both
