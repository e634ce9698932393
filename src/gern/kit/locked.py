"""Customers whose data are locked (Art. 18 GDPR): known to one room, left out by others."""

from __future__ import annotations

from collections.abc import Callable

_known: list[Callable[[], set[str]]] = []


def add_locked(work: Callable[[], set[str]]) -> None:
    """Called from a room's ``AppConfig.ready``. ``work``: the ids under which they were locked."""
    if work not in _known:
        _known.append(work)


def locked_ids() -> set[str]:
    """All of them."""
    return {id for work in _known for id in work()}
