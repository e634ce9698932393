"""Conditions as sentences, in both languages."""

from __future__ import annotations

from collections.abc import Mapping

from gern.core.conditions.customer_fields import customer_field
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
from gern.core.text import Text

OPS = {
    "is": Text("ist", "is"),
    "contains": Text("enthält", "contains"),
    "starts_with": Text("beginnt mit", "begins with"),
    "one_of": Text("ist eines von", "is one of"),
    "equals": Text("genau", "exactly"),
    "more_than": Text("mehr als", "more than"),
    "at_least": Text("mindestens", "at least"),
    "less_than": Text("weniger als", "less than"),
    "at_most": Text("höchstens", "at most"),
    "known": Text("ist bekannt", "is known"),
}
FIELDS = {
    "name": Text("Ereignis", "event"),
    "kind": Text("Art", "kind"),
    "channel": Text("Kanal", "channel"),
    "source": Text("Quelle", "source"),
    "store": Text("Filiale", "store"),
    "country": Text("Land", "country"),
    "form": Text("Form", "form"),
    "initiator": Text("Auslöser", "initiator"),
    "order_id": Text("Bestellnummer", "order number"),
    "currency": Text("Währung", "currency"),
    "amount": Text("Betrag", "amount"),
    "sign": Text("Vorzeichen", "sign"),
    "page": Text("Seite", "page"),
    "campaign": Text("Kampagne", "campaign"),
    "device": Text("Gerät", "device"),
    "touchpoint": Text("Touchpoint", "touchpoint"),
    "account": Text("Konto", "account"),
    "about": Text("worüber", "about"),
}

Names = Mapping[tuple[str, str], Text]
"""What audiences and figures are called, by kind and id."""


def said(condition: Condition, names: Names | None = None) -> Text:
    """The condition in words.

    >>> said(Compare("channel", "is", "web")).en
    'channel is “web”'
    """
    match condition:
        case Compare(field, op, value):
            name = FIELDS.get(field, Text(field, field))
            return _compared(name, op, value)
        case Trait(key, op, value):
            return _compared(Text(f"Merkmal {key}", f"trait {key}"), op, value)
        case All(parts):
            return _joined(parts, names, Text(" und ", " and "), Text("immer", "always"))
        case Any(parts):
            return _joined(parts, names, Text(" oder ", " or "), Text("nie", "never"))
        case Not(inner):
            what = said(inner, names)
            return Text(f"nicht ({what.de})", f"not ({what.en})")
        case Did(event, at_least, at_most, days):
            return _did(said(event), at_least, at_most, days)
        case Bought():
            return _bought(condition)
        case InOrder(steps, minutes, then_not, days):
            return _in_order(
                [said(s) for s in steps],
                minutes,
                said(then_not) if then_not is not None else None,
                days,
            )
        case Consent(purpose, channel, given):
            where = f" ({channel})" if channel else ""
            return Text(
                f"{'hat eingewilligt' if given else 'hat widerrufen'}: {purpose}{where}",
                f"{'has consented' if given else 'has withdrawn'}: {purpose}{where}",
            )
        case Customer(field, op, value):
            known = customer_field(field)
            return known.label if known.flag else _compared(known.label, op, value)
        case Member(audience):
            name = _named(names, "audience", str(audience))
            return Text(f"ist in der Zielgruppe {name.de}", f"is in the audience {name.en}")
        case Behind(figure, days, part):
            name = _named(names, "figure", figure)
            of = f" ({part})" if part else ""
            return Text(f"gehört zu „{name.de}“{of} der letzten {days} Tage vor heute",
                        f"is behind “{name.en}”{of} of the {days} days before today")  # fmt: skip
    raise TypeError(condition)


def _named(names: Names | None, kind: str, id: str) -> Text:
    return (names or {}).get((kind, id)) or Text(id, id)


def _compared(name: Text, op: str, value: str | tuple[str, ...]) -> Text:
    verb = OPS[op]
    if op == "known":
        return Text(f"{name.de} {verb.de}", f"{name.en} {verb.en}")
    values = value if isinstance(value, tuple) else (value,)
    german = ", ".join(f"„{v}“" for v in values) or "–"
    english = ", ".join(f"“{v}”" for v in values) or "–"
    return Text(f"{name.de} {verb.de} {german}", f"{name.en} {verb.en} {english}")


def _joined(parts: tuple[Condition, ...], names: Names | None, word: Text, none: Text) -> Text:
    if not parts:
        return none
    texts = [_bracketed(part, names) for part in parts]
    return Text(word.de.join(t.de for t in texts), word.en.join(t.en for t in texts))


def _bracketed(part: Condition, names: Names | None) -> Text:
    text = said(part, names)
    if isinstance(part, All | Any) and len(part.of) > 1:
        return Text(f"({text.de})", f"({text.en})")
    return text


def _window(days: int | None) -> Text:
    if days is None:
        return Text("je", "ever")
    if days == 1:
        return Text("am letzten Tag", "on the last day")
    return Text(f"in den letzten {days} Tagen", f"in the last {days} days")


def _did(event: Text, at_least: int, at_most: int | None, days: int | None) -> Text:
    when = _window(days)
    if at_least == 0 and at_most == 0:
        if days is None:
            return Text(f"hatte nie ein Ereignis mit: {event.de}",
                        f"never had an event with: {event.en}")  # fmt: skip
        return Text(f"hatte {when.de} kein Ereignis mit: {event.de}",
                    f"had no event {when.en} with: {event.en}")  # fmt: skip
    if at_most is None:
        times = Text(f"mindestens {at_least}-mal", f"at least {_times(at_least)}")
    elif at_least == 0:
        times = Text(f"höchstens {at_most}-mal", f"at most {_times(at_most)}")
    else:
        times = Text(f"{at_least}- bis {at_most}-mal", f"{at_least} to {at_most} times")
    return Text(f"hatte {when.de} {times.de} ein Ereignis mit: {event.de}",
                f"had {times.en} {when.en} an event with: {event.en}")  # fmt: skip


def _times(number: int) -> str:
    return "once" if number == 1 else f"{number} times"


def _bought(bought: Bought) -> Text:
    when = _window(bought.within_days)
    names = [n for n in (bought.product, bought.product_group) if n]
    of = Text(f" von {', '.join(names)}", f" of {', '.join(names)}") if names else Text("", "")
    below = (
        Text(f" und unter {bought.below}", f" and below {bought.below}")
        if bought.below
        else Text("", "")
    )
    n = bought.at_least
    least = {
        "purchases": Text(
            f"mindestens {n}-mal", f"at least {'once' if n == '1' else f'{n} times'}"
        ),
        "pieces": Text(f"mindestens {n} Stück", f"at least {n} pieces"),
        "value": Text(f"für mindestens {n}", f"for at least {n}"),
    }[bought.what]
    return Text(f"kaufte {when.de} {least.de}{of.de}{below.de}",
                f"bought {when.en} {least.en}{of.en}{below.en}")  # fmt: skip


def _in_order(
    steps: list[Text], minutes: int | None, then_not: Text | None, days: int | None
) -> Text:
    when = _window(days)
    german = ", dann ".join(s.de for s in steps)
    english = ", then ".join(s.en for s in steps)
    if minutes:
        german += f" binnen {minutes} Minuten"
        english += f" within {minutes} minutes"
    if then_not:
        german += f", danach nicht {then_not.de}"
        english += f", afterwards not {then_not.en}"
    return Text(f"{when.de} {german}", f"{when.en} {english}")
