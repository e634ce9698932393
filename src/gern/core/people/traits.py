"""What was said of a person: the values that hold, where each came from, and what it was before."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from gern.core.conditions.sql import CONSENTS
from gern.core.people.contact import CONTACT, NESTED, field_of
from gern.core.people.events import Events, properties
from gern.core.text import Text

OWN_SOURCE = "gern"
"""What is written by hand here; no other source may be called so."""


@dataclass(frozen=True)
class Said:
    """One value of a trait: since when it held, which source said so, and the id of the user who
    wrote it by hand."""

    value: str
    ts: datetime
    source: str
    by: str = ""

    @property
    def whole(self) -> bool:
        """A value of its own, and not a list or an object."""
        return self.value[:1] not in ("{", "[")


@dataclass(frozen=True)
class Trait:
    """``key``: as it was sent; ``field``: the contact field it is (`contact.CONTACT`), or None;
    ``history``: the values that held before, the newest first."""

    key: str
    field: str | None
    now: Said
    history: tuple[Said, ...]


@dataclass(frozen=True)
class ConsentSaid:
    """The last word on a purpose and channel."""

    purpose: str
    channel: str
    given: bool
    ts: datetime
    source: str


def traits(events: Events) -> list[Trait]:
    """Everything said of them: contact data first, in their order, then the others by name."""
    found: dict[str, list[Said]] = {}
    for row in reversed([event for event in events if event["kind"] == "identify"]):
        for key, value in _flat(properties(row)):
            values = found.setdefault(key, [])
            if not values or values[-1].value != value:
                values.append(Said(value, row["ts"], row["source"], _by(row)))
    order = {field.id: place for place, field in enumerate(CONTACT)}
    every = [
        Trait(
            key,
            None if said[-1].value[:1] in "{[" else field_of(key),
            said[-1],
            tuple(reversed(said[:-1])),
        )
        for key, said in found.items()
    ]
    return sorted(every, key=lambda t: (order.get(t.field or "", len(order)), t.key.lower()))


def values_of(found: Iterable[Trait], field: str) -> list[str]:
    """Every value a contact field has or had, as it was said."""
    return [
        said.value
        for trait in found
        if trait.field == field
        for said in (trait.now, *trait.history)
    ]


def consents(events: Events) -> list[ConsentSaid]:
    """What they agreed to and what they took back: the last word on each purpose and channel."""
    found: dict[tuple[str, str], ConsentSaid] = {}
    for event in reversed(events):
        if event["name"] in CONSENTS:
            sent = properties(event)
            about = (str(sent.get("purpose") or ""), str(sent.get("channel") or ""))
            given = event["name"] == CONSENTS[0]
            found[about] = ConsentSaid(*about, given, event["ts"], event["source"])
    return [found[about] for about in sorted(found)]


def label_of(trait: Trait) -> Text:
    """What it is called."""
    for field in CONTACT:
        if field.id == trait.field:
            return field.label
    return Text(trait.key, trait.key)


def _by(row: dict[str, Any]) -> str:
    context = row.get("context") if row["source"] == OWN_SOURCE else None  # others could pretend
    return str(json.loads(context).get("by") or "") if context else ""


def _flat(sent: dict[str, Any]) -> list[tuple[str, str]]:
    """(key, value as text); objects are taken apart, empty values are nothing."""
    found: list[tuple[str, Any]] = []
    for key, value in sent.items():
        if key in NESTED and isinstance(value, dict):
            found += [(f"{key}.{inner}", part) for inner, part in value.items()]
        else:
            found.append((key, value))
    return [(key, _text(value)) for key, value in found if value not in (None, "", [], {})]


def _text(value: Any) -> str:
    return value.strip() if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
