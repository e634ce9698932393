"""Erasure registry: events on their way to the log."""

from __future__ import annotations

from typing import Any

from gern.kit.outbox.models import Waiting
from gern.kit.registry import Store, register


def _waiting(person: str) -> list[dict[str, Any]]:
    return [row.event for row in _rows(person)]


def _rows(person: str) -> list[Waiting]:
    return [row for row in Waiting.objects.all() if _whose(row) == person]


def _whose(row: Waiting) -> str:
    customer, visitor = row.event.get("customer"), row.event.get("visitor")
    return str(customer) if customer is not None else f"visitor:{visitor}"


def _erase(person: str) -> int:
    """Their events go; their visitor id goes from other customers' events."""
    for row in Waiting.objects.all():
        if _whose(row) != person and f"visitor:{row.event.get('visitor')}" == person:
            row.event["visitor"] = None
            row.save()
    rows = _rows(person)
    return int(Waiting.objects.filter(pk__in=[row.pk for row in rows]).delete()[0])


register(Store(
    "outbox.Waiting", True, "events on their way to the log", "until they are in it: seconds",
    exporter=_waiting, eraser=_erase,
))  # fmt: skip
