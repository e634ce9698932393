"""A customer's way: phases one after the other, and in each the touchpoints, as rules over events.

An event is at the touchpoint it names itself (property ``touchpoint``: the key); else at the first
one in order whose rule it fits. Touchpoints without a rule are met by name only: contacts noted by
hand, or imported.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any as Anything

from gern.core.conditions.nodes import All, Any, Compare, Condition, Not
from gern.core.conditions.sql import event_sql
from gern.core.conditions.tree import check, check_names_nobody, from_plain, to_json
from gern.core.errors import BadInput
from gern.core.text import Text

NOTED = "Contact Noted"
"""Name of the event of a contact that somebody noted by hand."""
MOST_POINTS, MOST_PHASES = 50, 8
_KEY = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}")
_LONGEST = 80
PHASES = {
    "four": (
        Text("Aktivierung", "activation"),
        Text("Informationsbeschaffung", "gathering information"),
        Text("Aktion", "action"),
        Text("Kundenbindung", "retention"),
    ),
    "five": (
        Text("Awareness", "awareness"),
        Text("Favorability", "favorability"),
        Text("Consideration", "consideration"),
        Text("Intent to Purchase", "intent to purchase"),
        Text("Conversion", "conversion"),
    ),
    "six": (
        Text("Awareness", "awareness"),
        Text("Favorability", "favorability"),
        Text("Consideration", "consideration"),
        Text("Intent to Purchase", "intent to purchase"),
        Text("Conversion", "conversion"),
        Text("Advocacy", "advocacy"),
    ),
}
"""The usual divisions of the way by name; a shop can have its own."""


@dataclass(frozen=True)
class Touchpoint:
    """``phase``: its number, from 0. ``when``: which events happen there; None: those only that
    name it (``key``)."""

    key: str
    name: Text
    phase: int
    when: Condition | None = None


@dataclass(frozen=True)
class Journey:
    """``division``: by which name of `PHASES` the phases are known; empty: the shop's own."""

    phases: tuple[Text, ...]
    points: tuple[Touchpoint, ...]
    division: str = ""

    def of_phase(self, phase: int) -> list[Touchpoint]:
        """Its touchpoints, in order."""
        return [point for point in self.points if point.phase == phase]

    def named(self, key: str) -> Touchpoint | None:
        """The touchpoint with this key."""
        return next((point for point in self.points if point.key == key), None)

    def conditions(self, naming: tuple[str, ...] = ()) -> list[Condition]:
        """For each touchpoint what an event must be to happen there and not at an earlier one.
        ``naming``: names of events that have the property ``touchpoint`` at all."""
        says = Compare("name", "one_of", naming)
        keys = tuple(point.key for point in self.points)
        named_one = All((says, Compare("touchpoint", "one_of", keys)))
        found: list[Condition] = []
        for point in self.points:
            ways: list[Condition] = []
            if naming:
                ways.append(All((says, Compare("touchpoint", "is", point.key))))
            if point.when is not None:
                ways.append(All((point.when, Not(named_one))) if naming else point.when)
            found.append(ways[0] if len(ways) == 1 else Any(tuple(ways)))
        return found

    def point_sql(self, naming: tuple[str, ...] = ()) -> str:
        """SQL of the number of an event's touchpoint (from 0); NULL: at none."""
        cases = [f"WHEN {event_sql(one)} THEN {i}" for i, one in enumerate(self.conditions(naming))]
        return f"CASE {' '.join(cases)} END" if cases else "CAST(NULL AS INTEGER)"

    def key_sql(self, naming: tuple[str, ...] = ()) -> str:
        """SQL of the key of an event's touchpoint; NULL: at none."""
        keys = ", ".join(f"'{point.key}'" for point in self.points)
        return (
            f"list_extract([{keys}], CAST({self.point_sql(naming)} + 1 AS INTEGER))"
            if keys
            else "CAST(NULL AS VARCHAR)"
        )

    def plain(self) -> dict[str, Anything]:
        """As it is kept in the setting ``touchpoints``."""
        phases = self.division or [_plain_text(phase) for phase in self.phases]
        points = [
            {"key": point.key, "name": _plain_text(point.name), "phase": point.phase}
            | ({} if point.when is None else {"when": json.loads(to_json(point.when))})
            for point in self.points
        ]
        return {"phases": phases, "points": points}


def journey_of(value: Anything) -> Journey:
    """A journey of plain lists and dicts: ``{"phases": "four", "points": [{"key": "poster", "name":
    "Plakat", "phase": 0, "when": condition}]}``; ``phases`` also a list of names, a name also
    ``{"de": …, "en": …}``. ``BadInput`` says what is wrong.

    >>> journey_of({"phases": ["hear", "buy"], "points": []}).phases[1].en
    'buy'
    """
    if not isinstance(value, dict) or not set(value) <= {"phases", "points"}:
        raise _bad('Touchpoints are {"phases": …, "points": […]}.',
                   'Touchpoints haben die Form {"phases": …, "points": […]}.')  # fmt: skip
    said = value.get("phases", "four")
    phases = PHASES.get(said) if isinstance(said, str) else _own_phases(said)
    if phases is None:
        raise _bad(
            f"There is no division {said!r}. There are: {', '.join(PHASES)}, or a list of names.",
            f"Die Einteilung „{said}“ gibt es nicht. Möglich: {', '.join(PHASES)} oder eine Liste"
            " von Namen.",
        )
    listed = value.get("points", [])
    if not isinstance(listed, list) or len(listed) > MOST_POINTS:
        raise _bad(f"There may be {MOST_POINTS} touchpoints, in a list.",
                   f"Möglich sind {MOST_POINTS} Touchpoints, als Liste.")  # fmt: skip
    points = tuple(_point(one, len(phases)) for one in listed)
    if len({point.key for point in points}) < len(points):
        keys = [point.key for point in points]
        twice = next(key for key in keys if keys.count(key) > 1)
        raise _bad(f"Two touchpoints have the key {twice}.", f"Zwei Touchpoints haben den Schlüssel {twice}.")  # fmt: skip
    return Journey(phases, points, said if isinstance(said, str) else "")


def checked_touchpoints(value: Anything) -> dict[str, Anything] | None:
    """The setting ``touchpoints``; empty: those that fit the data."""
    return journey_of(value).plain() if value else None


def _own_phases(said: Anything) -> tuple[Text, ...]:
    names = tuple(map(_name, said)) if isinstance(said, list) else ()
    if not 2 <= len(names) <= MOST_PHASES:
        raise _bad(f"A way has 2 to {MOST_PHASES} phases.", f"Ein Weg hat 2 bis {MOST_PHASES} Phasen.")  # fmt: skip
    return names


def _point(one: Anything, phases: int) -> Touchpoint:
    if not isinstance(one, dict) or not set(one) <= {"key", "name", "phase", "when"}:
        raise _bad(
            f"{one!r} is no touchpoint. It has key, name, phase and, if wanted, when.",
            f"{one!r} ist kein Touchpoint. Er hat key, name, phase und, wenn gewünscht, when.",
        )
    key, phase = one.get("key"), one.get("phase")
    if not isinstance(key, str) or not _KEY.fullmatch(key):
        raise _bad(
            f"{key!r} is no key. Allowed: up to 40 small letters, digits, - and _.",
            f"„{key}“ ist kein Schlüssel. Möglich: bis zu 40 kleine Buchstaben, Ziffern, - und _.",
        )
    if type(phase) is not int or not 0 <= phase < phases:
        raise _bad(
            f"{phase!r}, of {key}, is no phase. Allowed: 0 (the first) to {phases - 1}.",
            f"„{phase}“ bei {key} ist keine Phase. Möglich: 0 (die erste) bis {phases - 1}.",
        )
    when = None if one.get("when") is None else from_plain(one["when"])
    if when is not None:
        check(when, people=False)
        check_names_nobody(when)
    return Touchpoint(key, _name(one.get("name")), phase, when)


def _name(said: Anything) -> Text:
    name = Text(said, said) if isinstance(said, str) else said
    if isinstance(name, dict) and set(name) == {"de", "en"}:
        name = Text(**name)
    fits = isinstance(name, Text) and all(
        isinstance(text, str) and 0 < len(text.strip()) <= _LONGEST and text.isprintable()
        for text in name
    )
    if not fits:
        raise _bad(
            f'{said!r} is no name. Allowed: up to {_LONGEST} characters, or {{"de": …, "en": …}}.',
            f'{said!r} ist kein Name. Möglich: bis zu {_LONGEST} Zeichen, oder {{"de": …, "en": …}}.',
        )
    return Text(name.de.strip(), name.en.strip())


def _plain_text(text: Text) -> Anything:
    return text.de if text.de == text.en else {"de": text.de, "en": text.en}


def _bad(english: str, german: str) -> BadInput:
    return BadInput(english, param="touchpoints", german=german)
