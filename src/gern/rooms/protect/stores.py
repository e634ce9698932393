"""Erasure registry of the room."""

from __future__ import annotations

from typing import Any

from gern.kit.registry import Store, register
from gern.rooms.protect.models import PreferenceLink, Restriction


def _restrictions(person: str) -> list[dict[str, Any]]:
    return [{"why": r.why, "since": str(r.since)} for r in Restriction.objects.filter(person=person)]  # fmt: skip


def _links(person: str) -> list[dict[str, Any]]:
    return [{"link": "own choices"} for _ in PreferenceLink.objects.filter(person=person)]


register(Store("protect.Purpose", False, "what customers are contacted for", ""))
register(Store(
    "protect.Suppressed", False, "keyed hashes of addresses that must not be contacted: they have to"
    " outlast the erasure (Art. 21)", "",
))  # fmt: skip
register(Store(
    "protect.Restriction", True, "whose data are locked (Art. 18)", "as long as the customer",
    exporter=_restrictions,
    eraser=lambda person: int(Restriction.objects.filter(person=person).delete()[0]),
))  # fmt: skip
register(Store(
    "protect.PreferenceLink", True, "the link to a customer's own choices", "as long as the customer",
    exporter=_links,
    eraser=lambda person: int(PreferenceLink.objects.filter(person=person).delete()[0]),
))  # fmt: skip
