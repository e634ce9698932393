"""Kinds of events with their names and meaning, properties with examples, changes of shape."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from gern.core.collect.defaults import DEFAULTS, Meaning
from gern.core.engines.question import Question
from gern.core.log.profile import Kind, Property, profile
from gern.core.shop import Shop
from gern.rooms.collect.models import EventKind, PropertyRule

SETTLED = timedelta(days=3)
"""An event known for less than this may still be taking shape."""
RECENT = timedelta(days=14)
EXAMPLES = 3
_DAY = 86_400_000_000


@dataclass(frozen=True)
class Described:
    """A kind of event with what is known of it. ``said``: by people, else the default."""

    kind: Kind
    said: Meaning
    own: EventKind | None
    changes: list[Change]


@dataclass(frozen=True)
class Change:
    """A known event that changed shape: ``what`` ∈ new, type, gone."""

    event: str
    prop: str
    what: str
    at: datetime
    type: str = ""


@dataclass(frozen=True)
class Field:
    """A property: ``share`` of the events that fill it, examples from the log, its rule."""

    prop: Property
    share: float
    examples: list[str]
    treatment: str
    changes: list[Change]


def kinds(shop: Shop, now: datetime) -> list[Described]:
    """Every kind of event, the most frequent first."""
    own = {kind.name: kind for kind in EventKind.objects.all()}
    return [
        Described(kind, meaning_of(kind.name, own.get(kind.name)), own.get(kind.name),
                  changes_of(kind, now))
        for kind in profile(shop.manifest)
    ]  # fmt: skip


def meanings() -> dict[str, Meaning]:
    """What people have said of kinds of events, by name."""
    return {kind.name: meaning_of(kind.name, kind) for kind in EventKind.objects.all()}


def meaning_of(name: str, own: EventKind | None) -> Meaning:
    """Names, form and initiator: what people said, else the default of the specification."""
    usual = DEFAULTS.get(name, Meaning())
    if own is None:
        return usual
    return Meaning(
        own.name_de or usual.name_de, own.name_en or usual.name_en, own.meaning or usual.meaning,
        own.form or usual.form, own.initiator or usual.initiator,
    )  # fmt: skip


def changes_of(kind: Kind, now: datetime) -> list[Change]:
    """How this kind of event has changed shape in the last two weeks."""
    settled = kind.first + SETTLED // timedelta(microseconds=1)
    recent = int((now - RECENT).timestamp() * 1e6)
    found = []
    for prop in kind.properties:
        if prop.first > settled and prop.first > recent:
            found.append(Change(kind.name, prop.name, "new", _moment(prop.first)))
        for type_, (_, first, _) in prop.types.items():
            if first > prop.first and first > settled and first > recent:
                found.append(Change(kind.name, prop.name, "type", _moment(first), type_))
        often = prop.filled > 20 and prop.filled > kind.events / 4
        if often and kind.last - prop.last > _DAY and prop.last > recent:
            found.append(Change(kind.name, prop.name, "gone", _moment(prop.last)))
    return found


def fields(shop: Shop, kind: Kind, now: datetime) -> list[Field]:
    """The properties of a kind, the fullest first, with examples of today's log."""
    rules = dict(PropertyRule.objects.filter(event=kind.name).values_list("name", "treatment"))
    seen = _examples(shop, kind)
    changes = changes_of(kind, now)
    found = [
        Field(p, p.filled / kind.events, seen.get(p.name, []), rules.get(p.name, ""),
              [c for c in changes if c.prop == p.name])
        for p in kind.properties
    ]  # fmt: skip
    missing = set(rules) - {p.name for p in kind.properties}
    return found + [Field(Property(n, 0, {}, 0, 0), 0.0, [], rules[n], []) for n in sorted(missing)]


def _examples(shop: Shop, kind: Kind) -> dict[str, list[str]]:
    """A few different values of each property in the latest events."""
    import json

    rows = shop.door.ask(
        Question(
            "SELECT properties FROM events WHERE name = $name AND properties IS NOT NULL"
            " ORDER BY received DESC LIMIT 200",
            {"name": kind.name}, "examples of the schema",
            since=_moment(kind.last).replace(tzinfo=None) - timedelta(days=40),
        )
    )  # fmt: skip
    found: dict[str, list[str]] = {}
    for row in rows:
        for name, value in json.loads(row["properties"]).items():
            shown = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
            some = found.setdefault(name, [])
            if value is not None and len(some) < EXAMPLES and shown[:60] not in some:
                some.append(shown[:60])
    return found


def _moment(micros: int) -> datetime:
    return datetime.fromtimestamp(micros / 1e6, UTC)
