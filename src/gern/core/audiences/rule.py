"""What an audience is, and what its rule becomes when other audiences are put into it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from gern.core.conditions.customer_fields import customer_field
from gern.core.conditions.nodes import (
    All,
    Any,
    Behind,
    Condition,
    Consent,
    Customer,
    Member,
    Not,
    Trait,
)
from gern.core.conditions.tree import leaves
from gern.core.errors import BadInput


@dataclass(frozen=True)
class Rule:
    """One of three: a condition, a query with a column ``person``, or a list of people."""

    condition: Condition | None = None
    sql: str = ""
    people: tuple[str, ...] = field(default=(), repr=False)


Rules = Mapping[int, Rule]
"""The audiences there are, by id."""


def resolved(condition: Condition, rules: Rules, inside: tuple[int, ...] = ()) -> Condition:
    """The condition with the conditions of other audiences in place of their names. Lists and
    queries stay named. ``BadInput``: there is no such audience, or it comes back to itself."""
    if isinstance(condition, All | Any):
        return type(condition)(tuple(resolved(one, rules, inside) for one in condition.of))
    if isinstance(condition, Not):
        return Not(resolved(condition.of, rules, inside))
    if not isinstance(condition, Member):
        return condition
    id = condition.audience
    if id not in rules:
        raise BadInput(f"There is no audience {id}.", param="condition",
                       german=f"Es gibt keine Zielgruppe {id}.")  # fmt: skip
    if id in inside:
        raise BadInput(
            "An audience cannot be a part of itself.", param="condition",
            german="Eine Zielgruppe kann nicht Teil ihrer selbst sein.",
        )  # fmt: skip
    of_other = rules[id].condition
    return condition if of_other is None else resolved(of_other, rules, (*inside, id))


def condition_of(id: int, rules: Rules) -> Condition:
    """The whole condition of one audience."""
    return resolved(Member(id), rules)


def is_slow(condition: Condition, rules: Rules) -> bool:
    """Whether it asks for what can only be told by looking at everybody: figures, places in the
    portfolio, queries. ``condition``: resolved."""
    for leaf in leaves(condition):
        if isinstance(leaf, Behind):
            return True
        if isinstance(leaf, Customer) and customer_field(leaf.field).relative:
            return True
        if isinstance(leaf, Member) and rules[leaf.audience].sql:
            return True
    return False


def windows(condition: Condition) -> set[int]:
    """The lengths in days of what it looks back on."""
    found = (getattr(leaf, "within_days", None) for leaf in leaves(condition)
             if not isinstance(leaf, Trait | Consent))  # fmt: skip
    return {days for days in found if days is not None}


def by_the_day(condition: Condition) -> list[Customer]:
    """Its leaves about the roster that change by time passing."""
    return [leaf for leaf in leaves(condition)
            if isinstance(leaf, Customer) and customer_field(leaf.field).of_the_day]  # fmt: skip
