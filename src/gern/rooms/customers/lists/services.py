"""Tags for many at once, and how to take that back."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone

from gern.core.shop import Shop
from gern.rooms.customers.models import CardChange, Tag, TagChange, Tagging

MOST = 100_000
"""Customers whose tag is changed at once; more wait for audiences."""


@transaction.atomic
def change_tag(shop: Shop, tag: Tag, people: Sequence[str], *, added: bool, by: Any) -> TagChange:
    """Give the tag to all of them, or take it from them. Only whom that changes is noted, under
    the ids the tag stood at."""
    stored = list(Tagging.objects.filter(tag=tag).values_list("person", flat=True))
    of_person: dict[str, list[str]] = defaultdict(list)
    for name, now in zip(stored, shop.log.people(stored), strict=True):
        of_person[now].append(name)
    if added:
        changed = [person for person in people if person not in of_person]
        _give(tag, changed, by)
    else:
        having = [person for person in people if person in of_person]
        changed = [name for person in having for name in of_person[person]]
        _take(tag, changed)
    n = len(changed if added else having)
    change = TagChange.objects.create(tag=tag, added=added, count=n, by=by)
    _note(tag, changed, by, added=added, at_once=change)
    return change


def last_change(user: Any) -> TagChange | None:
    """The user's latest change of a day at most, if it has not been undone."""
    since = timezone.now() - timedelta(days=1)
    last = TagChange.objects.filter(by=user, created__gte=since).first()
    return last if last and not last.undone and last.count else None


@transaction.atomic
def undo(change: TagChange) -> bool:
    """Take a change back; whoever had, or lost, the tag before keeps that. False: it was undone
    already."""
    if not TagChange.objects.filter(pk=change.pk, undone=False).update(undone=True):
        return False
    people = list(change.rows.filter(undone=False).values_list("person", flat=True))
    change.rows.update(undone=True)
    if change.added:
        _take(change.tag, people)
    else:
        _give(change.tag, people, change.by)
    _note(change.tag, people, change.by, added=not change.added, undone=True)
    return True


def _note(tag: Tag, people: Sequence[str], by: Any, *, added: bool, **more: Any) -> None:
    before, after = ("", tag.name) if added else (tag.name, "")
    CardChange.objects.bulk_create(
        (CardChange(person=p, what=CardChange.TAG, before=before, after=after, by=by, **more)
         for p in people),
        batch_size=500,
    )  # fmt: skip


def _give(tag: Tag, people: Sequence[str], by: Any) -> None:
    Tagging.objects.bulk_create(
        [Tagging(tag=tag, person=person, by=by) for person in people],
        batch_size=500,
        ignore_conflicts=True,
    )


def _take(tag: Tag, people: Sequence[str]) -> None:
    for start in range(0, len(people), 500):
        Tagging.objects.filter(tag=tag, person__in=people[start : start + 500]).delete()
