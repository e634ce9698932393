"""Leaves that no SQL over single people can tell: who is behind a figure, where somebody stands
among all others, who is in a list or in the answer of a query."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from gern.core.audiences.rule import Rules
from gern.core.conditions.customer_fields import customer_field
from gern.core.conditions.nodes import Behind, Condition, Customer, Member
from gern.core.conditions.sql import Moment, compare_sql
from gern.core.conditions.tree import leaves
from gern.core.engines.sql import allowed
from gern.core.errors import BadInput
from gern.core.figures.asking import renamed, unit_question
from gern.core.figures.people import measure_of
from gern.core.people.plane import measured
from gern.core.people.portfolio import period_of, portfolio_sql
from gern.core.predict.standing import SCORES, score_sql

if TYPE_CHECKING:
    from gern.core.shop import Shop


@dataclass
class Sets:
    """SQL of the people of each such leaf, and the values it binds."""

    sql: dict[Condition, str] = field(default_factory=dict)
    values: dict[str, Any] = field(default_factory=dict)
    relations: frozenset[str] = frozenset()
    """Named by queries, in whatever way they write it."""


def sets_of(shop: Shop, conditions: Sequence[Condition], rules: Rules, moment: Moment) -> Sets:
    """Of all such leaves of resolved conditions, as of the moment's last day."""
    found = Sets()
    for leaf in {leaf for condition in conditions for leaf in leaves(condition)}:
        sql: str | None = None
        values: dict[str, Any] = {}
        if isinstance(leaf, Member):
            sql, values = _member(leaf, rules)
            if query := rules[leaf.audience].sql:
                found.relations |= allowed(query).relations
        elif isinstance(leaf, Customer) and customer_field(leaf.field).relative:
            inner, values = _standing(shop, leaf.field, moment)
            fits = compare_sql(leaf.field, leaf.op, leaf.value, customer_field(leaf.field).number)
            sql = f"SELECT person FROM ({inner}) WHERE {fits}"
        elif isinstance(leaf, Behind):
            sql, values = _behind(shop, leaf, moment, len(found.sql))
        if sql is not None:
            found.sql[leaf] = sql
            found.values |= values
    return found


def _standing(shop: Shop, field: str, moment: Moment) -> tuple[str, dict[str, Any]]:
    """Where everybody stands among all others; scores are those learned last."""
    if field in ("attachment", "lock_in"):
        return measured(shop, moment.last_day, field), {}
    if field in SCORES:
        return score_sql(shop.home, shop.manifest, field), {}
    return portfolio_sql(period_of(moment.last_day, shop.zone))


def _member(leaf: Member, rules: Rules) -> tuple[str, dict[str, Any]]:
    rule = rules[leaf.audience]
    if rule.sql:
        return people_of_query(rule.sql), {}
    name = f"list_{leaf.audience}"
    return f"SELECT unnest(${name}) AS person", {name: list(rule.people)}


def people_of_query(sql: str) -> str:
    """A query somebody wrote, as SQL of people. ``BadInput`` when it is none that may be asked, or
    has no column ``person``."""
    query = allowed(sql)
    if not re.search(r"\bperson\b", query.sql):
        raise BadInput(
            "The query has no column person: SELECT person FROM events WHERE …", param="sql",
            german="Die Abfrage hat keine Spalte person: SELECT person FROM events WHERE …",
        )  # fmt: skip
    return f"SELECT DISTINCT CAST(person AS VARCHAR) AS person FROM ({query.sql})"


def _behind(shop: Shop, leaf: Behind, moment: Moment, number: int) -> tuple[str, dict[str, Any]]:
    figure = shop.figure_named(leaf.figure)
    today = moment.last_day
    period = shop.period(today - timedelta(days=leaf.days), today)
    question = unit_question(shop.door, figure, period, shop.terms(now=period.until))
    sql, values = renamed(question, f"behind_{number}_")
    measure = measure_of(figure, leaf.part)
    people = f"SELECT person FROM ({sql}) WHERE person IS NOT NULL GROUP BY person"
    return f"{people} HAVING sum({measure}) <> 0", values
