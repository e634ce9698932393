"""Customers whose scores are in no list: contested, or their data are locked. Known to one room, left out by
whoever chooses customers by a score."""

from __future__ import annotations

from collections.abc import Callable

from gern.core.shop import Shop

LeftOut = Callable[[Shop], set[str]]
_rooms: list[LeftOut] = []


def add_left_out(work: LeftOut) -> None:
    """Called from a room's ``AppConfig.ready``."""
    if work not in _rooms:
        _rooms.append(work)


def left_out_of_scores(shop: Shop) -> set[str]:
    """All of them, by every id they have."""
    return {name for work in _rooms for name in work(shop)}
