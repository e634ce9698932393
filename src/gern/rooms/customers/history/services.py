"""What people of the firm changed of a customer: who, when, from what to what."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone

from gern.rooms.customers.models import CardChange

NOTES_STAY = timedelta(days=30)
"""So long a removed note can be brought back."""


def wrote(person: str, what: str, before: str, after: str, by: Any, **more: Any) -> None:
    """Remember a change; in the transaction that makes it."""
    CardChange.objects.create(person=person, what=what, before=before, after=after, by=by, **more)


def changes_of(names: Sequence[str]) -> QuerySet[CardChange]:
    """All of a customer, the newest first."""
    return CardChange.objects.filter(person__in=names).select_related("by")


def forget_notes() -> int:
    """Texts of notes that were removed long enough ago; how many."""
    old = timezone.now() - NOTES_STAY
    return int(CardChange.objects.filter(what=CardChange.NOTE, created__lt=old).delete()[0])
