"""The room's own parts of the customer's page, added like those of any other (`kit.people`)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.http import HttpRequest

from gern.core.people.plane import NAMES, binding_of
from gern.core.people.traits import label_of
from gern.kit import formats
from gern.kit.shop import current_shop
from gern.rooms.customers.audiences.members import audiences_of
from gern.rooms.customers.duplicates.services import pairs_of
from gern.rooms.customers.models import Note, Tag, Task
from gern.rooms.customers.person.services import may_own, tags_of


def tags(request: HttpRequest, person: str, names: Sequence[str]) -> dict[str, Any]:
    """Tags of the customer, and those there are."""
    own = tags_of(names)
    return {"tags": own, "others": [tag for tag in Tag.objects.all() if tag not in own]}


def audiences(request: HttpRequest, person: str, names: Sequence[str]) -> dict[str, Any] | None:
    """The audiences they are in."""
    found = audiences_of(current_shop(), person, names)
    return {"audiences": found} if found else None


def duplicates(request: HttpRequest, person: str, names: Sequence[str]) -> dict[str, Any] | None:
    """Who may be the same customer."""
    found = [p.other if p.one in names else p.one for p in pairs_of(names)]
    return {"duplicates": found} if found else None


def binding(request: HttpRequest, person: str, names: Sequence[str]) -> dict[str, Any] | None:
    """Attachment and lock-in, and what they are made of; the largest first."""
    shop = current_shop()
    bound = binding_of(shop, person, shop.today())
    if bound is None or (bound.attachment is None and not bound.causes):
        return None
    known = sorted({**bound.parts, **bound.causes}.items(), key=lambda one: -one[1])
    return {"bound": bound, "parts": [(NAMES[id], value) for id, value in known]}


def tasks(request: HttpRequest, person: str, names: Sequence[str]) -> dict[str, Any]:
    """What is to be done for the customer, and who could do it."""
    found = Task.objects.filter(person__in=names).select_related("owner")
    return {
        "open": found.filter(done=None),
        "done": found.exclude(done=None).order_by("-done")[:5],
        "users": may_own(),
        "today": current_shop().today(),
    }


def notes(request: HttpRequest, person: str, names: Sequence[str]) -> dict[str, Any]:
    """Notes about the customer, newest first."""
    return {"notes": Note.objects.filter(person__in=names).select_related("by")}


def traits(request: HttpRequest, person: str, names: Sequence[str]) -> dict[str, Any] | None:
    """What was said of them, with where it comes from and what it was before."""
    found = [(formats.text(label_of(trait)), trait) for trait in current_shop().traits(person)]
    return {"traits": found} if found else None


def consents(request: HttpRequest, person: str, names: Sequence[str]) -> dict[str, Any] | None:
    """What they agreed to."""
    found = current_shop().consents(person)
    return {"consents": found} if found else None
