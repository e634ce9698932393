"""What rooms compute about one customer, for the answer to a request about data (Art. 15 GDPR)."""

from __future__ import annotations

from collections.abc import Callable

from gern.core.shop import Shop

Line = tuple[str, str, str]
"""(what, value, how it is computed), in the reader's language."""
Computed = Callable[[Shop, str], list[Line]]
_rooms: list[Computed] = []


def add_computed(work: Computed) -> None:
    """Called from a room's ``AppConfig.ready``."""
    if work not in _rooms:
        _rooms.append(work)


def computed_by_rooms(shop: Shop, person: str) -> list[Line]:
    """Of all rooms."""
    return [line for work in _rooms for line in work(shop, person)]
