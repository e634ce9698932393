"""Steps of a pattern: conditions about events, each with a name."""

from __future__ import annotations

import csv
import json
from dataclasses import dataclass
from datetime import timedelta
from typing import Any as Anything

from gern.core.conditions.nodes import All, Any, Compare, Condition, Not
from gern.core.conditions.sql import event_sql
from gern.core.conditions.tree import check, from_plain
from gern.core.errors import BadInput

_OF_NAME = ("name", "kind", "channel")
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
LONGEST = timedelta(days=3660)
_LONGEST = 20_000


@dataclass(frozen=True)
class Step:
    """An event of a sort. ``sql``: true or false for a row of ``events``."""

    condition: Condition
    name: str

    @property
    def sql(self) -> str:
        """SQL that is true or false (never NULL) for a row of ``events``."""
        return event_sql(self.condition)

    @property
    def by_name(self) -> bool:
        """Whether kind, name and channel of an event tell it, so that the spine can."""
        return _by_name(self.condition)


def step(what: str | Condition | Step, name: str | None = None) -> Step:
    """A step by the name of the event, or by a condition.

    >>> step("Order Completed").name
    'Order Completed'
    """
    if isinstance(what, Step):
        return what
    if isinstance(what, str):
        if not what.strip() or len(what) > 200:
            raise _bad(
                "A step needs the name of an event, of at most 200 characters.",
                "Ein Schritt braucht den Namen eines Ereignisses, höchstens 200 Zeichen.",
            )
        return Step(Compare("name", "is", what.strip()), name or what.strip())
    check(what, people=False)
    return Step(what, name or "")


def steps_of(text: str) -> tuple[Step, ...]:
    """Steps as one writes them: names with commas between, those with a comma of their own in
    quotes; or JSON: a list of names and of ``{"name": …, "when": condition}``.

    >>> [one.name for one in steps_of('Product Viewed, "Added, at last"')]
    ['Product Viewed', 'Added, at last']
    """
    if len(text) > _LONGEST:
        raise _bad(f"The steps are longer than {_LONGEST} characters.",
                   f"Die Schritte sind länger als {_LONGEST} Zeichen.")  # fmt: skip
    if not text.lstrip().startswith("["):
        try:
            rows = list(csv.reader([text], skipinitialspace=True))
        except csv.Error as error:
            raise _bad(f"The steps cannot be read: {error}.",
                       f"Die Schritte lassen sich nicht lesen: {error}.") from None  # fmt: skip
        return tuple(step(name) for name in (rows[0] if rows else []))
    try:
        found = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise _bad(f"The steps are no JSON: {error}.", f"Die Schritte sind kein JSON: {error}.") from None  # fmt: skip
    return tuple(map(_of_json, found))


def window_of(text: str, param: str = "window") -> timedelta:
    """``30m``, ``12h``, ``7d``, ``2w`` as a length of time.

    >>> window_of("7d")
    datetime.timedelta(days=7)
    """
    number, unit = text.strip()[:-1], text.strip()[-1:]
    if unit in _UNITS and number.isascii() and number.isdecimal() and len(number) < 10:
        found = timedelta(**{_UNITS[unit]: int(number)})
        if timedelta(0) < found <= LONGEST:
            return found
    raise BadInput(
        f"{text!r} is no length of time. Allowed: 30m, 12h, 7d, 2w, up to 3660d.",
        param=param,
        german=f"„{text}“ ist keine Dauer. Möglich: 30m, 12h, 7d, 2w, höchstens 3660d.",
    )


def _of_json(one: Anything) -> Step:
    if isinstance(one, str):
        return step(one)
    if isinstance(one, dict) and "when" in one and set(one) <= {"name", "when"}:
        return step(from_plain(one["when"]), str(one.get("name", ""))[:200])
    raise _bad(
        f"{one!r} is no step. Allowed: the name of an event, or"
        ' {"name": "…", "when": condition}.',
        f"{one!r} ist kein Schritt. Möglich: der Name eines Ereignisses, oder"
        ' {"name": "…", "when": Bedingung}.',
    )


def _by_name(condition: Condition) -> bool:
    match condition:
        case Compare(field):
            return field in _OF_NAME
        case All(parts) | Any(parts):
            return all(map(_by_name, parts))
        case Not(inner):
            return _by_name(inner)
    return False


def _bad(english: str, german: str) -> BadInput:
    return BadInput(english, param="steps", german=german)
