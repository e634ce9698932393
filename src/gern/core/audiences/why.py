"""Why a customer is in an audience, or is not: every part of its condition, for them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

from gern.core.audiences.asking import asked, moment_of
from gern.core.audiences.rule import Rules, is_slow, resolved
from gern.core.conditions.customer_fields import customer_field
from gern.core.conditions.nodes import All, Any, Bought, Condition, Customer, Did, Member, Not
from gern.core.conditions.sql import PEOPLE_ONLY, bought_sql, event_sql
from gern.core.engines.question import Question
from gern.core.errors import BadInput

if TYPE_CHECKING:
    from gern.core.shop import Shop


@dataclass(frozen=True)
class Reason:
    """One part of the condition. ``fits``: whether it is true of them; ``found``: what was counted
    or known, None where there is nothing to tell; ``parts``: what it is made of."""

    condition: Condition
    fits: bool
    found: str | None = None
    parts: tuple[Reason, ...] = ()


def why(shop: Shop, condition: Condition, rules: Rules, person: str, today: date) -> Reason:
    """The condition as it is written, part by part. ``BadInput`` when nobody is called so."""
    row = shop.customer(person)
    if row is None:
        raise BadInput(f"There is no customer {person!r}.", param="customer",
                       german=f"Es gibt keinen Kunden „{person}“.")  # fmt: skip
    nodes = _nodes(condition)
    whole = [resolved(node, rules) for node in nodes]
    found = asked(shop, whole, rules, today)
    columns = ", ".join(f"{sql} AS c{i}" for i, sql in enumerate(found.fits))
    among = None if any(is_slow(one, rules) for one in whole) else (person,)
    select = f"SELECT {columns} FROM customers WHERE person = $whom"
    answer = shop.door.ask(
        found.question(select, "why in an audience", among)
        .with_values(whom=person)
    )[0]  # fmt: skip
    fits = {node: bool(answer[f"c{i}"]) for i, node in enumerate(nodes)}

    def reason(node: Condition) -> Reason:
        parts: tuple[Condition, ...] = ()
        if isinstance(node, All | Any) and len(node.of) == 1:
            return reason(node.of[0])
        if isinstance(node, All | Any):
            parts = node.of
        elif isinstance(node, Not):
            parts = (node.of,)
        elif isinstance(node, Member) and (inner := rules[node.audience].condition) is not None:
            return Reason(node, fits[node], None, (why(shop, inner, rules, person, today),))
        return Reason(node, fits[node], _found(shop, node, row, person, today),
                      tuple(map(reason, parts)))  # fmt: skip

    return reason(condition)


def _nodes(condition: Condition) -> list[Condition]:
    parts: tuple[Condition, ...] = ()
    if isinstance(condition, All | Any):
        parts = condition.of
    elif isinstance(condition, Not):
        parts = (condition.of,)
    return list(dict.fromkeys([condition, *(n for part in parts for n in _nodes(part))]))


def _found(
    shop: Shop, node: Condition, row: dict[str, object], person: str, today: date
) -> str | None:
    moment = moment_of(shop, today)
    if isinstance(node, Did):
        since = moment.since(node.within_days)
        begun = f" AND ts >= TIMESTAMP '{since}'" if since is not None else ""
        sql = (f"SELECT count(*) AS n FROM events WHERE person = $person AND {PEOPLE_ONLY}"
               f" AND ts < TIMESTAMP '{moment.until}'{begun} AND {event_sql(node.event)}")  # fmt: skip
        return str(shop.door.ask(Question(sql, {"person": person}, "why", person=person))[0]["n"])
    if isinstance(node, Bought):
        what, where = bought_sql(node, moment)
        sql = f"SELECT coalesce({what}, 0) AS n FROM lines WHERE person = $person AND {where}"
        return _plain(
            shop.door.ask(Question(sql, {"person": person}, "why", person=person))[0]["n"]
        )
    if isinstance(node, Customer):
        known = customer_field(node.field)
        if known.secret or known.relative:
            return None
        value = shop.door.ask(Question(
            f"SELECT {known.at(today)} AS v FROM customers WHERE person = $person",
            {"person": person}, "why",
        ))[0]["v"]  # fmt: skip
        return None if value is None else _plain(value)
    return None


def _plain(value: object) -> str:
    """Without zeros at the end."""
    text = f"{value:f}" if isinstance(value, Decimal) else str(value)
    return text.rstrip("0").rstrip(".") if "." in text else text
