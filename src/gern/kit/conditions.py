"""The web editor of conditions: a form for the tree, and back. Works without JavaScript: every
button posts the whole form and gets it back changed.

Fields are named by their place: ``events-0-1:value`` is the value of the second part of the first
part of the condition ``events``.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from gern.core.conditions import nodes
from gern.core.conditions.customer_fields import FIELDS
from gern.core.conditions.fields import COLUMNS, NUMBERS, SHORT
from gern.core.conditions.nodes import Condition
from gern.core.conditions.tree import from_plain
from gern.core.conditions.words import OPS
from gern.core.errors import BadInput
from gern.core.log.profile import profile
from gern.core.shop import Shop

MOST_PARTS = 50
DEEPEST = 15
JOINS = [("all", _("all of these")), ("any", _("at least one of these"))]
WHATS = [("purchases", _("purchases")), ("pieces", _("pieces")), ("value", _("value"))]
ABOUT_EVENTS = [("compare", _("field")), ("all", _("group"))]
ABOUT_PEOPLE = [
    ("did", _("has done")), ("in_order", _("one after the other")), ("bought", _("has bought")),
    ("trait", _("trait")), ("consent", _("consent")), ("all", _("group")),
]  # fmt: skip
ABOUT_TODAY = [
    ("customer", _("known of them")), ("member", _("in an audience")),
    ("behind", _("behind a figure")),
]  # fmt: skip


@dataclass
class Part:
    """One node as the form shows it. ``slots``: its fields, as text."""

    path: str
    type: str
    negated: bool = False
    slots: dict[str, str] = field(default_factory=dict)
    parts: list[Part] = field(default_factory=list)
    people: bool = False
    now: bool = False
    removable: bool = True

    @property
    def flag(self) -> bool:
        """Whether there is nothing to compare with."""
        known = FIELDS.get(self.slots.get("field", "")) if self.type == "customer" else None
        return known is not None and known.flag

    @property
    def choices(self) -> list[tuple[str, str | Promise]]:
        """What can be added inside."""
        choices = (
            [*ABOUT_PEOPLE, *(ABOUT_TODAY if self.now else [])] if self.people else ABOUT_EVENTS
        )
        return choices  # type: ignore[return-value]


def shown(
    condition: Condition | None, path: str, *, people: bool = False, now: bool = False
) -> Part:
    """A condition as the form shows it: always a group at the top. ``now``: it may ask for what
    is true of today only."""
    part = _of(condition if condition is not None else nodes.All(), path, people)
    if part.type not in ("all", "any") or part.negated:
        part = _of(nodes.All((condition,) if condition is not None else ()), path, people)
    part.removable = False
    _mark(part, now)
    return part


def _mark(part: Part, now: bool) -> None:
    part.now = now
    for inner in part.parts:
        _mark(inner, now)


def posted(data: Mapping[str, str], path: str, *, people: bool = False, now: bool = False) -> Part:
    """The form as it was sent, after the button that was pressed."""
    part = _read(data, path, people)
    part.removable = False
    verb, _space, rest = data.get("do", "").partition(" ")
    if verb == "remove":
        _remove(part, rest)
    elif verb == "add":
        type_, _space, where = rest.partition(" ")
        _add(part, type_, where)
    _mark(part, now)
    return part


def condition_of(part: Part) -> Condition | None:
    """The condition the form says; None for a group without parts. ``BadInput`` when it is none."""
    if part.type in ("all", "any") and not part.parts:
        return None
    return from_plain(_plain(part))


def check_whole(part: Part) -> None:
    """``BadInput`` when a comparison in the form has no field or nothing to compare with."""
    if part.type in ("compare", "trait", "customer"):
        slots = part.slots
        compares = not part.flag and slots.get("op") != "known"
        if not slots.get("field") or (compares and not slots.get("value")):
            raise BadInput(
                "A condition has no value yet: fill it in or remove it.", param="condition",
                german="Einer Bedingung fehlt noch der Wert: Füllen Sie ihn aus, oder entfernen Sie"
                " sie.",
            )  # fmt: skip
    for inner in part.parts:
        check_whole(inner)


def traits(shop: Shop) -> list[str]:
    """What has been said of people, by name."""
    return sorted({
        p.name
        for kind in profile(shop.manifest)
        if kind.name in ("Identify", "Customer Imported")
        for p in kind.properties
        if len(p.types) == 1 and "object" not in p.types and "." not in p.name
    })  # fmt: skip


def proposals(shop: Shop) -> dict[str, Any]:
    """What the templates of the editor need: comparisons, and the fields, names of events and traits
    that came in."""
    kinds = profile(shop.manifest)
    properties = sorted({f"properties.{p.name}" for k in kinds for p in k.properties})[:300]
    return {
        "condition_ops": OPS.items(),
        "condition_joins": JOINS,
        "condition_whats": WHATS,
        "fields": [*COLUMNS, *NUMBERS, *SHORT, *properties],
        "names": [kind.name for kind in kinds][:300],
        "traits": traits(shop),
    }


def listed(values: tuple[str, ...]) -> str:
    """Several values in one line, as in a line of a CSV file: ``a, "b, c"``."""
    line = io.StringIO()
    csv.writer(line, lineterminator="").writerow(values)
    return line.getvalue()


def split(line: str) -> list[str]:
    """The values of such a line."""
    rows = list(csv.reader([line], skipinitialspace=True))
    return [value.strip() for value in rows[0] if value.strip()] if rows else []


def _of(condition: Condition, path: str, people: bool) -> Part:
    match condition:
        case nodes.Not(inner):
            part = _of(inner, path, people)
            if part.negated:  # twice: a group keeps the outer one
                part = Part(path, "all", True, parts=[_of(inner, f"{path}-0", people)])
            part.negated = True
            return part
        case nodes.All(parts) | nodes.Any(parts):
            type_ = "all" if isinstance(condition, nodes.All) else "any"
            inner_parts = [_of(one, f"{path}-{i}", people) for i, one in enumerate(parts)]
            return Part(path, type_, parts=inner_parts, people=people)
        case nodes.Compare(name, op, value) | nodes.Trait(name, op, value):
            text = listed(value) if isinstance(value, tuple) else value
            type_ = "compare" if isinstance(condition, nodes.Compare) else "trait"
            return Part(path, type_, slots={"field": name, "op": op, "value": text})
        case nodes.Did(event, at_least, at_most, days):
            slots = _texts(at_least=at_least, at_most=at_most, within_days=days)
            return Part(path, "did", slots=slots, parts=[shown(event, f"{path}-0")])
        case nodes.InOrder(steps, minutes, then_not, days):
            slots = _texts(within_minutes=minutes, within_days=days, stops="1" if then_not else "")
            chain = [*steps, then_not] if then_not is not None else [*steps]
            return Part(
                path, "in_order", slots=slots,
                parts=[shown(one, f"{path}-{i}") for i, one in enumerate(chain)],
            )  # fmt: skip
        case nodes.Bought(what, at_least, below, product, group, days):
            return Part(path, "bought", slots=_texts(
                what=what, at_least=at_least, below=below, product=product, product_group=group,
                within_days=days))  # fmt: skip
        case nodes.Consent(purpose, channel, given):
            return Part(path, "consent", slots=_texts(
                purpose=purpose, channel=channel, given="yes" if given else "no"))  # fmt: skip
        case nodes.Customer(name, op, value):
            text = listed(value) if isinstance(value, tuple) else value
            return Part(path, "customer", slots={"field": name, "op": op, "value": text})
        case nodes.Member(audience):
            return Part(path, "member", slots={"audience": str(audience)})
        case nodes.Behind(figure, days, of):
            return Part(path, "behind", slots=_texts(figure=f"{figure}|{of or ''}", days=days))
    raise TypeError(condition)


def _texts(**values: Any) -> dict[str, str]:
    return {name: "" if value is None else str(value) for name, value in values.items()}


def _read(data: Mapping[str, str], path: str, people: bool) -> Part:
    if path.count("-") > DEEPEST:
        raise BadInput(
            f"A condition may be nested {DEEPEST} deep.", param="condition",
            german=f"Eine Bedingung darf {DEEPEST} Stufen tief sein.",
        )  # fmt: skip
    type_ = data.get(f"{path}:type", "all")
    if type_ in ("all", "any"):
        type_ = data.get(f"{path}:join", type_)
    part = Part(path, type_, data.get(f"{path}:not") == "1")
    prefix = f"{path}:"
    part.slots = {
        key.removeprefix(prefix): value.strip()
        for key, value in data.items()
        if key.startswith(prefix) and key.removeprefix(prefix) not in ("type", "join", "not")
    }
    part.people = people and type_ in ("all", "any")
    for i in range(MOST_PARTS):
        if f"{path}-{i}:type" in data:
            inner = _read(data, f"{path}-{i}", part.people)
            inner.removable = type_ in ("all", "any") or (type_ == "in_order" and i > 1)
            part.parts.append(inner)
    return part


def _add(part: Part, type_: str, where: str) -> None:
    if part.path == where and len(part.parts) < MOST_PARTS:
        new = Part(f"{where}-{len(part.parts)}", type_)
        new.people = part.people and type_ in ("all", "any")
        if type_ == "did":
            new.parts = [Part(f"{new.path}-0", "all", removable=False)]
            new.parts[0].parts = [Part(f"{new.path}-0-0", "compare", slots={"field": "name"})]
            new.slots = {"at_least": "1"}
        elif type_ == "in_order":
            new.parts = [_step(new.path, i) for i in range(2)]
        elif type_ == "compare":
            new.slots = {"field": "name"}
        elif type_ == "step":
            new = _step(where, len(part.parts))
            new.removable = True
        part.parts.append(new)
        return
    for inner in part.parts:
        _add(inner, type_, where)


def _step(path: str, number: int) -> Part:
    step = Part(f"{path}-{number}", "all", removable=False)
    step.parts = [Part(f"{path}-{number}-0", "compare", slots={"field": "name"})]
    return step


def _remove(part: Part, where: str) -> None:
    part.parts = [inner for inner in part.parts if inner.path != where]
    for i, inner in enumerate(part.parts):
        _remove(inner, where)
        _rename(inner, f"{part.path}-{i}")


def _rename(part: Part, path: str) -> None:
    part.path = path
    for i, inner in enumerate(part.parts):
        _rename(inner, f"{path}-{i}")


def _plain(part: Part) -> dict[str, Any]:
    slots = part.slots
    found: dict[str, Any] = {"type": part.type}
    if part.type in ("all", "any"):
        found["of"] = [_plain(inner) for inner in part.parts]
    elif part.type in ("compare", "trait", "customer"):
        op = "known" if part.flag else slots.get("op") or "is"
        value: Any = slots.get("value", "")
        if op == "one_of":
            value = split(value)
        found |= {"key" if part.type == "trait" else "field": slots.get("field", ""), "op": op,
                  "value": "" if op == "known" else value}  # fmt: skip
    elif part.type == "did":
        found |= {"event": _plain(part.parts[0]) if part.parts else {"type": "all"},
                  **_numbers(slots, "at_least", "at_most", "within_days")}  # fmt: skip
    elif part.type == "in_order":
        steps = [_plain(inner) for inner in part.parts]
        if slots.get("stops") == "1" and steps:
            found["then_not"] = steps.pop()
        found |= {"steps": steps, **_numbers(slots, "within_minutes", "within_days")}
    elif part.type == "bought":
        found |= {name: slots[name] for name in ("what", "at_least", "below", "product",
                                                 "product_group") if slots.get(name)}  # fmt: skip
        found |= _numbers(slots, "within_days")
    elif part.type == "consent":
        found |= {"purpose": slots.get("purpose", ""), "given": slots.get("given") != "no"}
        if slots.get("channel"):
            found["channel"] = slots["channel"]
    elif part.type == "member":
        found |= _numbers(slots, "audience") or {"audience": 0}
    elif part.type == "behind":
        figure, _bar, of = slots.get("figure", "").partition("|")
        found |= {"figure": figure, "part": of or None, **_numbers(slots, "days")}
    return {"type": "not", "of": found} if part.negated else found


def _numbers(slots: dict[str, str], *names: str) -> dict[str, Any]:
    """Whole numbers; what is none is passed on, so that the check says so."""
    return {
        name: int(slots[name]) if slots[name].isdecimal() and len(slots[name]) < 9 else slots[name]
        for name in names
        if slots.get(name)
    }
