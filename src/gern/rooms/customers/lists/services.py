"""Tags for many at once, and how to take that back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db import transaction

from gern.rooms.customers.models import Tag, TagChange, Tagging

MOST = 100_000
"""Customers whose tag is changed at once; more wait for audiences."""


@transaction.atomic
def change_tag(tag: Tag, people: Sequence[str], *, added: bool, by: Any) -> TagChange:
    """Give the tag to all of them, or take it from them. Only whom that changes is noted."""
    having = set(Tagging.objects.filter(tag=tag).values_list("person", flat=True))
    changed = [p for p in people if (p not in having) is added]
    if added:
        _give(tag, changed, by)
    else:
        _take(tag, changed)
    return TagChange.objects.create(tag=tag, added=added, people=changed, by=by)


@transaction.atomic
def undo(change: TagChange) -> bool:
    """Take a change back; whoever had, or lost, the tag before keeps that. False: it was undone
    already."""
    if not TagChange.objects.filter(pk=change.pk, undone=False).update(undone=True):
        return False
    if change.added:
        _take(change.tag, change.people)
    else:
        _give(change.tag, change.people, change.by)
    return True


def _give(tag: Tag, people: Sequence[str], by: Any) -> None:
    Tagging.objects.bulk_create(
        [Tagging(tag=tag, person=person, by=by) for person in people],
        batch_size=500,
        ignore_conflicts=True,
    )


def _take(tag: Tag, people: Sequence[str]) -> None:
    for start in range(0, len(people), 500):
        Tagging.objects.filter(tag=tag, person__in=people[start : start + 500]).delete()
