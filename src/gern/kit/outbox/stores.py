"""Erasure registry: events on their way to the log."""

from __future__ import annotations

from typing import Any

from gern.kit.outbox.models import Waiting
from gern.kit.registry import Store, register


def _waiting(person: str) -> list[dict[str, Any]]:
    return [row.event for row in _rows(person)]


def _rows(person: str) -> list[Waiting]:
    return [
        row
        for row in Waiting.objects.all()
        if person in (row.event.get("customer"), f"visitor:{row.event.get('visitor')}")
    ]


def _erase(person: str) -> int:
    rows = _rows(person)
    return int(Waiting.objects.filter(pk__in=[row.pk for row in rows]).delete()[0])


register(Store(
    "outbox.Waiting", True, "events on their way to the log", "until they are in it: seconds",
    exporter=_waiting, eraser=_erase,
))  # fmt: skip
