"""Erasure registry of the room: what is written down about customers, and by whom."""

from __future__ import annotations

import base64
from typing import Any

from django.db.models import Q

from gern.kit.registry import Store, register, register_rows
from gern.kit.shop import current_shop
from gern.rooms.customers import models
from gern.rooms.customers.audiences.members import audiences_of, one_at_a_time, without

register_rows(models.Note, ("text", "created"), "notes about a customer")
register_rows(models.Tagging, ("tag", "created"), "tags of a customer")
register_rows(models.CustomerOwner, ("created",), "who looks after a customer")
register_rows(models.Task, ("text", "due", "created"), "tasks for a customer")
register(Store(
    "customers.CardChange", True, "what was changed of a customer, and by whom",
    "as long as the customer; a removed note 30 days",
    exporter=lambda person: [
        {"what": one.what, "at": str(one.created)}
        | ({"before": one.before} if one.before and one.what != one.OWNER else {})
        for one in models.CardChange.objects.filter(person=person)
    ],  # what holds now is told where it lies; who looked after them is about a user
    eraser=lambda person: int(models.CardChange.objects.filter(person=person).delete()[0]),
))  # fmt: skip
register(Store("customers.TagChange", False, "a tag given to or taken from many at once", ""))
register(Store("customers.Tag", False, "the words customers are marked with", ""))


def _files(person: str) -> Any:
    return models.CustomerFile.objects.filter(person=person)


def _content(person: str) -> list[dict[str, Any]]:
    """The files themselves, in base64."""
    folder = current_shop().home.files
    return [
        {"name": one.name, "content": base64.b64encode(path.read_bytes()).decode()}
        for one in _files(person) if (path := folder / one.stored).exists()
    ]  # fmt: skip


def _erase_content(person: str) -> int:
    folder = current_shop().home.files
    found = [path for one in _files(person) if (path := folder / one.stored).exists()]
    for path in found:
        path.unlink(missing_ok=True)
    return len(found)


register(Store(  # before the rows that say whose they are
    "home/files", True, "the content of files kept with a customer", "as long as the customer",
    exporter=_content,
    eraser=_erase_content,
))  # fmt: skip
register(Store(
    "customers.CustomerFile", True, "files kept with a customer", "as long as the customer",
    exporter=lambda person: list(_files(person).values("name", "kind", "size", "created")),
    eraser=lambda person: int(_files(person).delete()[0]),
))  # fmt: skip


def _relations(person: str) -> Any:
    return models.Relation.objects.filter(Q(person=person) | Q(other=person))


register(Store(
    "customers.Relation", True, "who a customer has to do with", "as long as both customers",
    exporter=lambda person: list(_relations(person).values("kind", "note")),  # the other is somebody else
    eraser=lambda person: int(_relations(person).delete()[0]),
))  # fmt: skip


def _lists(email: str) -> Any:
    return models.SavedList.objects.filter(by__email__iexact=email)


def _erase_lists(email: str) -> int:
    found = _lists(email).filter(shared=False).delete()[0]
    return int(found) + int(_lists(email).update(by=None))


register(Store(
    "customers.SavedList", True, "lists somebody comes back to", "as long as it is there",
    subject="user", exporter=lambda email: [{"name": one.name} for one in _lists(email)],
    eraser=_erase_lists,
))  # fmt: skip
register_rows(models.Listed, ("audience",), "lists a customer is on")
register_rows(models.AudienceChange, ("audience", "entered", "at"), "audiences a customer was in")


def _naming(person: str) -> list[models.Audience]:
    """Audiences by a query that names them. Rules cannot: see `tree.check_names_nobody`."""
    quoted = "'" + person.replace("'", "''") + "'"
    return [one for one in models.Audience.objects.exclude(query="") if quoted in one.query]


def _erase_naming(person: str) -> int:
    """Out of queries, and out of the files of members."""
    found = _naming(person)
    for one in found:
        one.query = one.query.replace("'" + person.replace("'", "''") + "'", "''")
        one.save(update_fields=["query"])
    shop = current_shop()
    with one_at_a_time(shop):
        return len(found) + without(shop, person)


def _export_naming(person: str) -> list[dict[str, Any]]:
    inside = audiences_of(current_shop(), person, [person])
    return [{"audience": one.name, "named_in_its_query": True} for one in _naming(person)] + [
        {"audience": one.name} for one in inside
    ]  # the query may name others too


register(Store(
    "customers.Audience", True, "who is in an audience; queries that name a customer",
    "as long as the audience", exporter=_export_naming, eraser=_erase_naming, anonymised=True,
))  # fmt: skip
register(Store("customers.AudiencePass", False, "how far the audiences are current", ""))

register(Store(
    "customers.Persona", False, "an invented customer; what is measured is of 5 people at least, and no"
    " text may name a customer", "",
))  # fmt: skip
register(Store("customers.Statement", False, "what is assumed of an invented customer", ""))


def _pairs(person: str) -> Any:
    return models.DuplicatePair.objects.filter(Q(one=person) | Q(other=person))


register(Store(
    "customers.DuplicatePair", True, "who may be the same customer as somebody else",
    "as long as the customers",
    exporter=lambda person: list(_pairs(person).values("score", "state")),  # the other is somebody else
    eraser=lambda person: int(_pairs(person).delete()[0]),
))  # fmt: skip
