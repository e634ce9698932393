"""What is written down about one customer: notes, tags."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from django.contrib.auth import get_user_model
from django.db import transaction

from gern.kit.access import may
from gern.rooms.customers.history.services import wrote
from gern.rooms.customers.models import CardChange, Note, Tag, Tagging


def may_own() -> Any:
    """Users who may have tasks and look after somebody: those who may see customers."""
    users = get_user_model().objects.select_related("own_role")
    found = [user.pk for user in users.filter(is_active=True) if may(user, "editor", "customers")]
    return users.filter(pk__in=found)


def add_note(person: str, text: str, by: Any) -> Note:
    """Write a note."""
    return Note.objects.create(person=person, text=text, by=by)


def tags_of(names: Sequence[str]) -> list[Tag]:
    """The tags of a customer."""
    return list(Tag.objects.filter(taggings__person__in=names).distinct())


@transaction.atomic
def give_tag(person: str, name: str, by: Any) -> Tag:
    """Mark a customer; a tag of this name is made when there is none (case does not matter)."""
    tag = tag_named(name, by)
    _, new = Tagging.objects.get_or_create(person=person, tag=tag, defaults={"by": by})
    if new:
        wrote(person, CardChange.TAG, "", tag.name, by)
    return tag


@transaction.atomic
def take_tag(names: Sequence[str], tag: Tag, by: Any) -> None:
    """The customer has the tag no more. ``names``: every id of theirs, the present one first."""
    if Tagging.objects.filter(person__in=names, tag=tag).delete()[0]:
        wrote(names[0], CardChange.TAG, tag.name, "", by)


@transaction.atomic
def remove_note(note: Note, person: str, by: Any) -> None:
    """The note is gone from the customer's page; the history knows it for a while."""
    if note.delete()[0]:
        of_note = {"written": note.created, "written_by": note.by}
        wrote(person, CardChange.NOTE, note.text, "", by, **of_note)


def tag_named(name: str, by: Any) -> Tag:
    """The tag, made when there is none."""
    found = Tag.objects.filter(name__iexact=name).first()
    return found or Tag.objects.create(name=name, by=by)


def names_of_users(ids: Iterable[str]) -> dict[str, str]:
    """Id as it stands in the log → address of the user; who is gone has none."""
    wanted = {int(one) for one in ids if one.isascii() and one.isdecimal() and len(one) < 19}
    users = get_user_model().objects.filter(pk__in=wanted) if wanted else ()
    return {str(user.pk): str(user) for user in users}
