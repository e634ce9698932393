"""Take one change of a customer back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db import transaction

from gern.rooms.customers.models import CardChange, Note, Tag
from gern.rooms.customers.person.owners import hand_to, owner_of
from gern.rooms.customers.person.services import add_note, give_tag, may_own, take_tag


@transaction.atomic
def undo(change: CardChange, names: Sequence[str], by: Any) -> bool:
    """What held before holds again, and the history says by whom. ``names``: every id of the
    customer, the present one first. False: it was taken back already, somebody else has
    been given the customer since, or who looked after them may not do so any more; then nothing is
    changed."""
    open_ones = CardChange.objects.select_for_update().filter(pk=change.pk, undone=False)
    if not open_ones.exists():
        return False
    if change.what == CardChange.OWNER:
        user = may_own().filter(pk=change.before).first() if change.before else None
        now = owner_of(names)
        if (change.before and user is None) or str(now.pk if now else "") != change.after:
            return False
        hand_to(names, user, by)
    elif change.what == CardChange.NOTE:
        note = add_note(names[0], change.before, change.written_by)
        Note.objects.filter(pk=note.pk).update(created=change.written)
    elif change.before:
        give_tag(names[0], change.before, by)
    elif tag := Tag.objects.filter(name=change.after).first():
        take_tag(names, tag, by)
    CardChange.objects.filter(pk=change.pk).update(undone=True)
    return True
