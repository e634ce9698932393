"""Conditions as JSON, and back: reading one checks every field and value."""

from __future__ import annotations

from decimal import Decimal
from typing import Any as Anything

import msgspec

from gern.core.conditions.customer_fields import customer_field
from gern.core.conditions.fields import Field, field_named
from gern.core.conditions.nodes import (
    ABOUT_NOW,
    ABOUT_PEOPLE,
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
from gern.core.errors import BadInput
from gern.core.people.contact import field_of, plain_key
from gern.core.text import UNFIT

NUMBER_OPS = ("equals", "more_than", "at_least", "less_than", "at_most")
MOST_NODES = 200
LONGEST_TEXT = 500
LONGEST_WINDOW_DAYS = 3660
LARGEST = Decimal(10) ** 12
NAMING = ("full_name", "last_name", "email", "phone", "street", "card")
"""Contact fields whose values name somebody; the first is also what products are called."""
IDS = ("userid", "customerid", "username", "iban", "kundennummer", "customernumber")


_decoder: msgspec.json.Decoder[Condition] = msgspec.json.Decoder(Condition)
_encode = msgspec.json.Encoder(order="deterministic").encode


def from_json(text: str | bytes) -> Condition:
    """The condition. ``BadInput`` says what is wrong with it."""
    try:
        condition: Condition = _decoder.decode(text)
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError) as error:
        raise _bad(
            f"This is no condition: {error}.", f"Das ist keine Bedingung: {error}."
        ) from None
    check(condition, now=True)
    return condition


def from_plain(value: Anything) -> Condition:
    """The condition of plain lists and dicts."""
    return from_json(msgspec.json.encode(value))


def to_json(condition: Condition) -> str:
    """As it is kept: the same condition always gives the same text."""
    return _encode(condition).decode()


def check(condition: Condition, *, people: bool | None = None, now: bool = False) -> None:
    """``BadInput`` unless it makes sense. ``people``: it must (not) be about people; ``now``: it
    may ask for what is true of today only."""
    count = _check(condition, depth=0)
    if count > MOST_NODES:
        raise _bad(
            f"A condition may have {MOST_NODES} parts; this one has {count}.",
            f"Eine Bedingung darf {MOST_NODES} Teile haben; diese hat {count}.",
        )
    if not now and any(isinstance(leaf, ABOUT_NOW) for leaf in leaves(condition)):
        raise _bad(
            "What is known of a customer today, or which audiences they are in, can only be asked"
            " in an audience.",
            "Was heute über einen Kunden bekannt ist oder zu welchen Zielgruppen er gehört, lässt"
            " sich nur in einer Zielgruppe fragen.",
        )
    about = about_people(condition)
    if people is False and about:
        raise _bad(
            "What a person did cannot be asked of a single event.",
            "Was eine Person getan hat, lässt sich ein einzelnes Ereignis nicht fragen.",
        )
    if people is True and _has_bare_compare(condition):
        raise _bad(
            "A field of an event can be asked of a person only inside of “did”.",
            "Felder eines Ereignisses stehen bei Personen nur innerhalb von „hat getan“.",
        )


def leaves(condition: Condition) -> list[Condition]:
    """Its parts that are not made of others, from left to right."""
    if isinstance(condition, All | Any):
        return [leaf for one in condition.of for leaf in leaves(one)]
    return leaves(condition.of) if isinstance(condition, Not) else [condition]


def check_names_nobody(condition: Condition) -> None:
    """``BadInput`` when it would name a single person: conditions are kept without end, and no
    erasure reaches them."""
    for leaf in leaves(condition):
        match leaf:
            case Compare(field, op, value):
                _check_naming(field.removeprefix("properties."), NAMING[1:], op, value)
            case Trait(key, op, value):
                _check_naming(key, NAMING, op, value)
            case Did(event):
                check_names_nobody(event)
            case InOrder(steps, _, then_not):
                for step in (*steps, *([then_not] if then_not is not None else [])):
                    check_names_nobody(step)


def _check_naming(key: str, naming: tuple[str, ...], op: str, value: str | tuple[str, ...]) -> None:
    mail = isinstance(value, str) and value.startswith("@")
    inner = key.rpartition(".")[2]
    names = field_of(key) in naming or field_of(inner) in NAMING[1:] or plain_key(inner) in IDS
    if names and op != "known" and not (mail and op == "contains"):
        raise _bad(
            f"{key} would name a single person, and a condition is kept without end. Ask"
            " whether it is known, or put the customers on a list. Of an e-mail address one may ask"
            " for what begins with @.",
            f"„{key}“ würde eine einzelne Person nennen, und Bedingungen werden ohne Frist"
            " aufbewahrt. Fragen Sie, ob die Angabe bekannt ist, oder setzen Sie die Kunden auf eine"
            " Liste. Bei E-Mail-Adressen lässt sich nach dem fragen, was mit @ beginnt.",
        )


def about_people(condition: Condition) -> bool:
    """Whether it speaks of people, not of single events."""
    if isinstance(condition, All | Any):
        return any(about_people(one) for one in condition.of)
    if isinstance(condition, Not):
        return about_people(condition.of)
    return isinstance(condition, ABOUT_PEOPLE)


def _has_bare_compare(condition: Condition) -> bool:
    if isinstance(condition, All | Any):
        return any(_has_bare_compare(one) for one in condition.of)
    if isinstance(condition, Not):
        return _has_bare_compare(condition.of)
    return isinstance(condition, Compare)


def _check(condition: Condition, depth: int) -> int:  # noqa: PLR0912
    if depth > 20:
        raise _bad("A condition may be nested 20 deep.", "Eine Bedingung darf 20 Ebenen tief sein.")
    match condition:
        case Compare(field, op, value):
            _check_value(field_named(field), op, value)
        case Trait(key, op, value):
            _check_value(field_named(f"properties.{key}"), op, value)
        case All(parts) | Any(parts):
            if about_people(condition) and _has_bare_compare(condition):
                raise _bad(
                    "Conditions about events and about people cannot stand side by side.",
                    "Bedingungen über Ereignisse und über Personen können nicht nebeneinander stehen.",
                )
            return 1 + sum(_check(one, depth + 1) for one in parts)
        case Not(inner):
            return 1 + _check(inner, depth + 1)
        case Did(event, at_least, at_most, days):
            _check_window(days)
            if at_least < 0 or (at_most is not None and at_most < max(at_least, 0)):
                raise _bad(
                    f"From {at_least} to {at_most} times is nothing.",
                    f"Von {at_least} bis {at_most} Mal ergibt nichts.",
                )
            return 1 + _check_event(event, depth)
        case InOrder(steps, minutes, then_not, days):
            _check_window(days)
            if not 2 <= len(steps) <= 10:
                raise _bad("A sequence has 2 to 10 steps.", "Eine Folge hat 2 bis 10 Schritte.")
            if minutes is not None and not 1 <= minutes <= LONGEST_WINDOW_DAYS * 1440:
                raise _bad(
                    f"{minutes} minutes is no span of time for a sequence.",
                    f"{minutes} Minuten sind keine Zeitspanne für eine Folge.",
                )
            parts = (*steps, then_not) if then_not is not None else steps
            return 1 + sum(_check_event(one, depth) for one in parts)
        case Bought(_, at_least, below, product, group, days):
            _check_window(days)
            for number in (at_least, below):
                if number is not None:
                    number_of(number)
            _check_text(product or "", group or "")
        case Customer(name, op, value):
            found = customer_field(name)
            if found.flag and op != "known":
                raise _bad(
                    f"{name} is true or not; write it with known.",
                    f"„{found.label.de}“ trifft zu oder nicht; schreiben Sie known.",
                )
            if found.secret and op != "known":
                raise _bad(
                    f"Of {name} it can only be asked whether it is known.",
                    f"Bei „{found.label.de}“ lässt sich nur fragen, ob die Angabe bekannt ist.",
                )
            _check_value(Field(name, "", "", number=found.number), op, value)
        case Member(audience):
            if audience < 1:
                raise _bad("No audience is chosen.", "Es ist keine Zielgruppe gewählt.")
        case Behind(figure, days, part):
            _check_window(days)
            _check_text(figure, part or "")
        case Consent(purpose, channel, _):
            if not purpose:
                raise _bad("A consent has a purpose.", "Eine Einwilligung hat einen Zweck.")
            _check_text(purpose, channel or "")
    return 1


def _check_event(event: Condition, depth: int) -> int:
    if about_people(event):
        raise _bad(
            "Inside of “did” stands what happened, not another person's condition.",
            "Innerhalb von „hat getan“ steht, was geschah, keine Bedingung über Personen.",
        )
    return _check(event, depth + 1)


def _check_value(field: Field, op: str, value: str | tuple[str, ...]) -> None:
    if (op == "one_of") is not isinstance(value, tuple):
        raise _bad(
            f"{op} takes {'a list' if op == 'one_of' else 'one value'}.",
            f"{op} braucht {'eine Liste' if op == 'one_of' else 'einen einzigen Wert'}.",
        )
    if op in NUMBER_OPS:
        number_of(str(value))
    elif field.number and op != "known":
        raise _bad(
            f"{field.name} is a number. Allowed: {', '.join(NUMBER_OPS)}, known.",
            f"„{field.name}“ ist eine Zahl. Möglich: genau (equals), mehr als (more_than), mindestens"
            " (at_least), weniger als (less_than), höchstens (at_most), ist bekannt (known).",
        )
    _check_text(*(value if isinstance(value, tuple) else (value,)))


def _check_text(*texts: str) -> None:
    for text in texts:
        if len(text) > LONGEST_TEXT or UNFIT.search(text):
            raise _bad(
                f"A value is a text of at most {LONGEST_TEXT} characters, without breaks.",
                f"Ein Wert ist ein Text von höchstens {LONGEST_TEXT} Zeichen ohne Umbrüche.",
            )


def _check_window(days: int | None) -> None:
    if days is not None and not 1 <= days <= LONGEST_WINDOW_DAYS:
        raise _bad(
            f"{days} days is no window. Allowed: 1 to {LONGEST_WINDOW_DAYS}.",
            f"{days} Tage sind kein Zeitfenster. Möglich: 1 bis {LONGEST_WINDOW_DAYS}.",
        )


def number_of(text: str) -> Decimal:
    """The number a text says, exactly. ``BadInput`` when it says none."""
    try:
        number = Decimal(text) if len(text) <= 40 else Decimal("nan")
        exponent = number.as_tuple().exponent
        if isinstance(exponent, int) and -20 <= exponent <= 12 and abs(number) < LARGEST:
            return number
    except ArithmeticError:
        pass
    raise _bad(
        f"{text!r} is no number. Allowed: one such as 12.5, below 10^12.",
        f"„{text}“ ist keine Zahl. Möglich: eine wie 12.5, unter 10^12.",
    )


def _bad(message: str, german: str) -> BadInput:
    return BadInput(message, param="condition", german=german)
