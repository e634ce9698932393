"""Conditions evaluated in plain Python, written from the meaning of each node and not from the
SQL: the tests hold one against the other. Slow, and meant to be read."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any as Anything

from gern.core.conditions.customer_fields import customer_field
from gern.core.conditions.fields import field_named
from gern.core.conditions.nodes import (
    All,
    Any,
    Behind,
    Bought,
    Compare,
    Condition,
    Consent,
    Customer,
    Did,
    InOrder,
    Member,
    Not,
    Trait,
)  # fmt: skip
from gern.core.conditions.sql import CONSENTS, Moment
from gern.core.conditions.tree import NUMBER_OPS, number_of

Row = dict[str, Anything]
"""An event as the relation ``events`` has it, or a line as ``lines`` has it."""


@dataclass
class Someone:
    """A person: their events and order lines, in any order; ``row``: what the roster has of
    them; ``fits``: the leaves worked out elsewhere that are true of them."""

    events: list[Row] = field(default_factory=list)
    lines: list[Row] = field(default_factory=list)
    row: Row = field(default_factory=dict)
    fits: frozenset[Condition] = frozenset()


def holds_for_event(condition: Condition, event: Row) -> bool:
    """Whether it is true of this event."""
    match condition:
        case Compare(name, op, value):
            return _compares(_value(name, event), op, value)
        case All(parts):
            return all(holds_for_event(one, event) for one in parts)
        case Any(parts):
            return any(holds_for_event(one, event) for one in parts)
        case Not(inner):
            return not holds_for_event(inner, event)
    raise TypeError(condition)


def holds_for_person(condition: Condition, someone: Someone, moment: Moment) -> bool:
    """Whether it is true of this person at the moment."""
    match condition:
        case All(parts):
            return all(holds_for_person(one, someone, moment) for one in parts)
        case Any(parts):
            return any(holds_for_person(one, someone, moment) for one in parts)
        case Not(inner):
            return not holds_for_person(inner, someone, moment)
        case Did(event, at_least, at_most, days):
            times = sum(holds_for_event(event, e) for e in _people(_inside(someone.events, moment, days)))  # fmt: skip
            return times >= at_least and (at_most is None or times <= at_most)
        case Bought():
            return _bought(condition, _inside(someone.lines, moment, condition.within_days))
        case InOrder():
            found = _people(_inside(someone.events, moment, condition.within_days))
            return _in_order(condition, found)
        case Trait(key, op, value):
            said = [
                (e["ts"], e["event_id"], _value(f"properties.{key}", e))
                for e in _inside(someone.events, moment, None)
                if e["kind"] == "identify" and _value(f"properties.{key}", e) is not None
            ]
            return bool(said) and _compares(max(said)[2], op, value)
        case Consent(purpose, channel, given):
            words = [
                (e["ts"], e["name"])
                for e in _inside(someone.events, moment, None)
                if e["name"] in CONSENTS
                and _value("properties.purpose", e) == purpose
                and (channel is None or _value("properties.channel", e) == channel)
            ]
            return bool(words) and max(words)[1] == CONSENTS[0 if given else 1]
        case Customer(name, op, value) if not customer_field(name).relative:
            return _compares(_of_customer(name, someone.row, moment.last_day), op, value)
        case Customer() | Member() | Behind():
            return condition in someone.fits
    raise TypeError(condition)


def _of_customer(name: str, row: Row, today: date) -> Anything:
    due = None
    if row.get("rhythm_days") is not None:
        due = row["last_day"] + timedelta(days=row["rhythm_days"])
    match name:
        case "days_since_purchase":
            return (today - row["last_day"]).days if row.get("last_day") else None
        case "days_overdue":
            return (today - due).days if due else None
        case "overdue":
            late = due and (today - due).days > max(3, -(-row["rhythm_days"] // 2))
            return "yes" if late else None
    return row.get(name)


def _people(events: list[Row]) -> list[Row]:
    return [e for e in events if e["traffic"] is None]


def _inside(rows: list[Row], moment: Moment, days: int | None) -> list[Row]:
    since = moment.since(days)
    return [r for r in rows if r["ts"] < moment.until and (since is None or r["ts"] >= since)]


def _bought(bought: Bought, lines: list[Row]) -> bool:
    kept = [
        line
        for line in lines
        if line["quantity"] > 0
        and not line["cancelled"]
        and bought.product in (None, line["product"])
        and bought.product_group in (None, line["product_group"])
    ]
    if not kept:
        return False
    if bought.what == "purchases":
        total = Decimal(len({(line["source"], line["order_id"]) for line in kept}))
    else:
        column = "quantity" if bought.what == "pieces" else "amount"
        total = sum((line[column] for line in kept), Decimal(0))
    if total < number_of(bought.at_least):
        return False
    return bought.below is None or total < number_of(bought.below)


def _in_order(order: InOrder, events: list[Row]) -> bool:
    """Every chain is tried."""
    times = [[e["ts"] for e in events if holds_for_event(step, e)] for step in order.steps]
    stops = [
        e["ts"] for e in events if order.then_not is not None and holds_for_event(order.then_not, e)
    ]
    within = timedelta(minutes=order.within_minutes) if order.within_minutes else None

    def ends(step: int, after: datetime, first: datetime) -> bool:
        if step == len(times):
            late = within is not None and after - first > within
            return not late and not any(stop >= after for stop in stops)
        return any(ends(step + 1, ts, first) for ts in times[step] if ts > after)

    return any(ends(1, ts, ts) for ts in times[0])


def _value(name: str, event: Row) -> Anything:
    field_ = field_named(name)
    value = event[field_.column]
    if not field_.path:
        return value
    value = json.loads(value) if value else None
    for part in field_.path:
        value = value.get(part) if isinstance(value, dict) else None
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list | dict):
        return json.dumps(value, separators=(",", ":"), ensure_ascii=False)
    return None if value is None else str(value)


def _compares(left: Anything, op: str, value: str | tuple[str, ...]) -> bool:
    if op == "known":
        return left is not None and left != ""
    if left is None:
        return False
    if op in NUMBER_OPS:
        number, asked = _number(left), number_of(str(value))
        if number is None:
            return False
        return {
            "equals": number == asked,
            "more_than": number > asked,
            "at_least": number >= asked,
            "less_than": number < asked,
            "at_most": number <= asked,
        }[op]
    if isinstance(value, tuple):
        return left in value
    return bool({"is": left == value, "contains": value in left,
                 "starts_with": left.startswith(value)}[op])  # fmt: skip


def _number(value: Anything) -> Decimal | None:
    try:
        number = Decimal(str(value)).quantize(Decimal("0.000001"), ROUND_HALF_UP)
        return number if abs(number) < 10**12 else None
    except ArithmeticError:
        return None
