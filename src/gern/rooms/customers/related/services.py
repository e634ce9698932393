"""People and firms a customer has to do with: written down, or found by company and address."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Q

from gern.core.engines.question import Question
from gern.core.errors import BadInput
from gern.core.people.listing import Filter
from gern.core.shop import Shop
from gern.kit.people import names_of
from gern.rooms.customers.models import Relation
from gern.rooms.customers.related.kinds import KINDS

MOST_ALIKE = 10
MOST_ROWS = 200
"""Relations of one customer that are shown."""


@dataclass(frozen=True)
class Related:
    """Another customer as they are now. ``pk``: of the row that says so."""

    pk: int
    person: str
    name: str
    what: Any
    note: str


@dataclass(frozen=True)
class Alike:
    """A customer of the same company, or else of the same address."""

    person: str
    name: str
    company: bool


def relate(shop: Shop, person: str, other: str, kind: str, note: str, by: Any) -> Relation:
    """Write down what ``other`` is to ``person``. ``BadInput``: it is the same customer, or there
    is no such kind."""
    if kind not in KINDS:
        raise BadInput(f"{kind!r} is no relation. Allowed: {', '.join(KINDS)}.", param="kind")
    if other == person:
        raise BadInput(
            "That is the same customer. Nothing was changed.", param="other",
            german="Das ist derselbe Kunde. Es wurde nichts geändert.",
        )  # fmt: skip
    known = _others(shop, person, names_of(shop, person))
    for row, kind_then in known.get(other, []):
        if kind_then == kind:
            return row
    return Relation.objects.create(person=person, other=other, kind=kind, note=note, by=by)


def related(shop: Shop, person: str, names: Sequence[str]) -> list[Related]:
    """Those of a customer, said from their side, each once; who has been joined with them since is
    left out."""
    others = _others(shop, person, names)
    among = Filter(among=tuple(others))
    rows = shop.customers(among, columns=("name",), limit=None).rows if others else []
    called = {row["person"]: row["name"] for row in rows}
    return [
        Related(row.pk, other, called.get(other) or other, KINDS[kind][1], row.note)
        for other, rows in others.items()
        for kind, row in {kind: row for row, kind in reversed(rows)}.items()
    ]


def _others(shop: Shop, person: str, names: Sequence[str]) -> dict[str, list[tuple[Relation, str]]]:
    """Other customer as they are now → (row, what they are to this one)."""
    found: dict[str, list[tuple[Relation, str]]] = {}
    rows = Relation.objects.filter(Q(person__in=names) | Q(other__in=names))
    for row in rows[:MOST_ROWS]:
        own = row.person in names
        other = shop.log.person(row.other if own else row.person)
        if other != person:
            kind = row.kind if own else KINDS[row.kind][0]
            found.setdefault(other, []).append((row, kind))
    return found


def alike(shop: Shop, person: str) -> tuple[list[Alike], bool]:
    """(customers of the same company, or of the same street and postcode, without those who are
    related already; whether there are more)."""
    known = [*_others(shop, person, names_of(shop, person))]
    row = shop.customer(person) or {}
    company, street, postcode = row.get("company"), row.get("street"), row.get("postcode")
    ways, values = [], {"person": person, "known": [*known] or [""]}
    if company:
        ways.append("lower(trim(company)) = $company")
        values["company"] = company.strip().lower()
    if street and postcode:
        ways.append("(lower(trim(street)) = $street AND trim(postcode) = $postcode)")
        values |= {"street": street.strip().lower(), "postcode": postcode.strip()}
    if not ways:
        return [], False
    same = f"coalesce({ways[0]}, false)" if company else "false"
    rows = shop.door.ask(Question(
        f"SELECT person, name, {same} AS company FROM customers WHERE ({' OR '.join(ways)})"
        " AND person <> $person AND NOT list_contains($known, person)"
        f" ORDER BY revenue DESC, person LIMIT {MOST_ALIKE + 1}",
        values, "customers alike",
    ))  # fmt: skip
    found = [Alike(r["person"], r["name"] or r["person"], bool(r["company"])) for r in rows]
    return found[:MOST_ALIKE], len(found) > MOST_ALIKE
