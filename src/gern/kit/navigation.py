"""The menu. A room adds its entry when its pages work."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.functional import Promise

from gern.kit.access import Access


@dataclass(frozen=True)
class Entry:
    """``route``: name of the page; ``icon``: a lucide icon; ``order``: place in the menu."""

    route: str
    label: str | Promise
    icon: str
    access: Access
    order: int


_entries: list[Entry] = []


def add_entry(entry: Entry) -> None:
    """Called from a room's ``AppConfig.ready``."""
    if entry not in _entries:
        _entries.append(entry)


def entries() -> list[Entry]:
    """All entries in their order."""
    return sorted(_entries, key=lambda e: e.order)
