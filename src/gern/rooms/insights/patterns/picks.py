"""The event picker of the pages: an event by its name and by what was sent along with it, as it
stands in an address.

``step1=Product Viewed`` is the name; ``step1.field1=properties.category``, ``step1.op1=is``,
``step1.value1=Tea`` is the first of its conditions, all of which hold. A condition that lacks its
value is kept in the form and not asked.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from gern.core.collect.defaults import Meaning
from gern.core.conditions.fields import NUMBERS
from gern.core.conditions.nodes import All, Compare, Condition, Trait
from gern.core.conditions.tree import check_names_nobody, from_plain
from gern.core.conditions.words import OPS, said
from gern.core.errors import BadInput
from gern.core.figures.asking import TRAIT
from gern.core.figures.own import SAFE
from gern.core.patterns.steps import Step, step
from gern.kit import formats
from gern.kit.access import NotAllowed
from gern.kit.conditions import split
from gern.kit.meanings import event_name
from gern.rooms.insights.access import sees_people

MOST_FILTERS = 4
ASKED_BY_ALL = SAFE - {*NUMBERS, "account", "about"}
"""Fields that can be asked for by who may not see people: they name nobody, nor tell what a single
purchase was worth."""
_PARTS = ("field", "op", "value")
_INNER = str.maketrans("„“”", "‚‘’")
"""Quotes inside of quotes."""


@dataclass(frozen=True)
class Filter:
    """A field of an event against a value, as it was typed."""

    field: str
    op: str
    value: str

    @property
    def whole(self) -> bool:
        """Whether there is something to compare with."""
        return bool(self.field and (self.value or self.op == "known"))

    @property
    def condition(self) -> Condition:
        """``BadInput`` says what is wrong with it."""
        value: Any = split(self.value) if self.op == "one_of" else self.value
        plain = {"type": "compare", "field": self.field, "op": self.op}
        return from_plain(plain if self.op == "known" else {**plain, "value": value})


@dataclass(frozen=True)
class Pick:
    """An event that is asked for; without a name: any that fits the conditions."""

    name: str
    filters: tuple[Filter, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.name or self.asked)

    @property
    def asked(self) -> list[Filter]:
        """The conditions that are whole."""
        return [one for one in self.filters if one.whole]

    @property
    def step(self) -> Step:
        """As the patterns take it. ``BadInput`` says what is wrong with a condition."""
        if not self.asked:
            return step(self.name)
        named = [Compare("name", "is", self.name)] if self.name else []
        sent = [one.condition for one in self.asked]
        words = ", ".join([*([self.name] if self.name else []), *(said(one).en for one in sent)])
        return step(All((*named, *sent)), words)

    def text(self, slot: str) -> dict[str, str]:
        """As it stands in an address."""
        found = {slot: self.name}
        for i, one in enumerate(self.filters, start=1):
            found |= {f"{slot}.{part}{i}": getattr(one, part) for part in _PARTS}
        return found

    def called(self, known: Mapping[str, Meaning]) -> str:
        """In the reader's language, with its conditions; ``known``: see `kit.meanings`."""
        parts = [event_name(self.name, known)] if self.name else []
        parts += [formats.text(said(one.condition)).translate(_INNER) for one in self.asked]
        return ", ".join(parts)


@dataclass(frozen=True)
class Slot:
    """A place of the form for an event; ``id``: as it is called in the address."""

    id: str
    label: str
    pick: Pick

    @property
    def rows(self) -> list[tuple[int, Filter]]:
        """Its conditions, and an empty one to fill in."""
        return [*enumerate((*self.pick.filters, Filter("", "is", "")), start=1)][:MOST_FILTERS]


def picked(query: Mapping[str, str], slot: str, usual: str = "") -> Pick:
    """The event of this slot; ``usual``: its name when nothing is said."""
    filters = []
    for i in range(1, MOST_FILTERS + 1):
        field, op, value = (query.get(f"{slot}.{part}{i}", "").strip()[:500] for part in _PARTS)
        if field or value:
            filters.append(Filter(field, op if op in OPS else "is", value))
    found = Pick(query.get(slot, "").strip()[:200], tuple(filters))
    return found if found else Pick(usual, found.filters)


def may_ask(user: Any, query: Mapping[str, str]) -> bool:
    """Whether they may ask what this address asks: who may not see people asks nothing that can name
    somebody."""
    return sees_people(user) or not can_name_somebody(query)


def check_may_ask(user: Any, query: Mapping[str, str]) -> None:
    """See `may_ask`."""
    if not may_ask(user, query):
        raise NotAllowed(
            _("This question asks for what was sent along with events or said of people, which can"
              " name somebody. Your role does not include that.")
        )  # fmt: skip


def can_name_somebody(query: Mapping[str, str]) -> bool:
    """Whether it asks for what was sent along with events, or said of people."""
    said = {key: value.strip() for key, value in query.items()}
    return any(
        (".field" in key and value not in ("", *ASKED_BY_ALL)) or (key == "trait" and value)
        or (key == "by" and value.startswith(TRAIT))
        for key, value in said.items()
    )  # fmt: skip


def check_may_be_kept(query: Mapping[str, str]) -> None:
    """``BadInput`` when a question that is kept would name a single person."""
    for slot in {key.partition(".")[0] for key in query if ".field" in key}:
        for one in picked(query, slot).asked:
            check_names_nobody(one.condition)
            if one.field == "order_id" and one.op != "known":
                raise BadInput(
                    "A single order names somebody, and a question is kept without end.", param="order_id",
                    german="Eine einzelne Bestellung nennt jemanden, und Fragen werden ohne Frist"
                    " aufbewahrt.",
                )  # fmt: skip
    if query.get("trait") and query.get("said"):
        check_names_nobody(Trait(query["trait"], "is", query["said"]))
