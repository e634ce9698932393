"""Figures people define themselves by conditions: versioned, and explained like all others.

``count`` of events, ``people`` with such an event, ``sum`` or ``mean`` of a field, ``rate`` (events of
events) or ``people_rate`` (people of people). Each change is a new version, kept with who made it.
"""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any, Literal, get_args

import msgspec

from gern.core.conditions.fields import COLUMNS, NUMBERS, SHORT, field_named
from gern.core.conditions.nodes import All, Compare, Condition, Not
from gern.core.conditions.nodes import Any as Any_
from gern.core.conditions.tree import check, check_names_nobody
from gern.core.conditions.words import said
from gern.core.errors import BadInput
from gern.core.figures.definition import Figure, Part, Unit
from gern.core.figures.primitives.tally import Measure, tally
from gern.core.log.manifest import Manifest
from gern.core.text import Text

Kind = Literal["count", "people", "sum", "mean", "rate", "people_rate"]
KINDS: tuple[Kind, ...] = get_args(Kind)
SETTING = "figure:"
"""Own figures are kept as dated settings whose names begin so."""
_ID = re.compile(r"own_[a-z0-9_]{1,40}")


class OwnFigure(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``events``: what is counted; ``of``: of which events (rates); ``value``: field that is summed;
    ``people``: of whom, as they are at the end of the period (None: everybody).

    >>> OwnFigure("own_searches", "Suchen", "Searches", "count", Compare("name", "is", "Products Searched"))  # doctest: +SKIP
    """

    id: str
    name_de: str
    name_en: str
    kind: Kind
    events: Condition
    of: Condition | None = None
    value: str | None = None
    people: Condition | None = None
    money: bool = False
    good: Literal["up", "down"] | None = "up"


SAFE = frozenset((*COLUMNS, *NUMBERS, *SHORT)) - {"order_id"}
"""Fields whose values name no person."""


def may_name_somebody(own: OwnFigure) -> bool:
    """Whether the definition can single a person out: by what was sent along or said of them."""
    if own.people is not None:
        return True
    conditions = [own.events, *([own.of] if own.of is not None else [])]
    while conditions:
        one = conditions.pop()
        if isinstance(one, Compare):
            if one.field not in SAFE:
                return True
        elif isinstance(one, All | Any_):
            conditions += one.of
        elif isinstance(one, Not):
            conditions.append(one.of)
    return False


class Version(msgspec.Struct, frozen=True):
    """A definition as it stood from a time on; None: it was taken away."""

    figure: OwnFigure | None
    since: datetime
    by: str


_decode: msgspec.json.Decoder[OwnFigure] = msgspec.json.Decoder(OwnFigure)


def read(value: Any) -> OwnFigure:
    """An own figure of plain lists and dicts, checked. ``BadInput`` says what is wrong."""
    try:
        own: OwnFigure = _decode.decode(msgspec.json.encode(value))
    except (msgspec.MsgspecError, RecursionError) as error:
        raise BadInput(f"This is no definition of a figure: {error}.", param="figure") from None
    if not _ID.fullmatch(own.id):
        raise BadInput(
            f"{own.id!r} is no name for a figure. Allowed: own_ and up to 40 small letters, digits"
            " and underscores.",
            param="id",
            german=f"„{own.id}“ ist keine Kennung. Erlaubt: own_ und bis zu 40 Kleinbuchstaben,"
            " Ziffern und Unterstriche.",
        )
    if not (own.name_de.strip() and own.name_en.strip()) or len(own.name_de + own.name_en) > 200:
        raise BadInput(
            "A figure needs a name in both languages, of at most 100 letters each.", param="name",
            german="Eine Kennzahl braucht einen Namen in beiden Sprachen, höchstens 100 Zeichen.",
        )  # fmt: skip
    check(own.events, people=False)
    if own.of is not None:
        check(own.of, people=False)
    if own.people is not None:
        check(own.people, people=True)
    if (own.kind in ("rate", "people_rate")) != (own.of is not None):
        raise BadInput(
            "A rate needs events it is measured against; other figures have none.", param="of",
            german="Eine Rate braucht Ereignisse, an denen sie gemessen wird, andere Kennzahlen nicht.",
        )  # fmt: skip
    if (own.kind in ("sum", "mean")) != (own.value is not None):
        raise BadInput(
            "A sum or mean needs the field that is summed; other figures have none.", param="value",
            german="Summe und Mittel brauchen das Feld, das summiert wird, andere Kennzahlen nicht.",
        )  # fmt: skip
    if own.value is not None:
        field_named(own.value)
    return own


def figure_of(own: OwnFigure) -> Figure:
    """The definition as a figure like those of the catalogue."""
    both = own.kind == "people_rate"
    conditions = [own.events] if own.of is None else [own.events, own.of]
    measures = {"events": Measure("{condition:0}"), "people": Measure("{condition:0}", "person")}
    if own.of is not None:
        measures["of_events"] = Measure("{condition:1}")
        measures["of_people"] = Measure("{condition:1}", "person")
        if both:
            measures["of_both"] = Measure("{condition:0}", "both", "{condition:1}")
    if own.value is not None:
        measures["value"] = Measure("{condition:0}", "sum", f"{{number:{own.value}}}")
        measures["valued"] = Measure(f"{{condition:0}} AND {{number:{own.value}}} IS NOT NULL")
    top, bottom, unit = {
        "count": ("events", None, "count"),
        "people": ("people", None, "count"),
        "sum": ("value", None, "count"),
        "mean": ("value", "valued", "ratio"),
        "rate": ("events", "of_events", "percent"),
        "people_rate": ("of_both", "of_people", "percent"),
    }[own.kind]
    kept: Unit = "money" if own.money and own.value is not None else unit  # type: ignore[assignment]
    primitive = tally(own.id, measures, conditions=tuple(conditions), people=own.people)
    labels = {
        "events": Text("Ereignisse", "events"), "people": Text("Personen", "persons"),
        "of_events": Text("von Ereignissen", "of events"),
        "of_people": Text("von Personen", "of persons"),
        "of_both": Text("Personen mit beidem", "persons with both"),
        "value": Text("Summe", "sum"), "valued": Text("Ereignisse mit Wert", "events with a value"),
    }  # fmt: skip
    parts = tuple(
        Part(name, label, unit="money" if name == "value" and own.money else "count")
        for name, label in labels.items()
        if name in measures
    )
    return Figure(
        id=own.id,
        name=Text(own.name_de, own.name_en),
        words=_words(own),
        formula=_formula(own),
        unit=kept,
        factor=100 if unit == "percent" else 1,
        primitive=primitive,
        numerator={top: 1},
        denominator={bottom: 1} if bottom else {},
        parts=parts,
        interval="wilson" if both else "bootstrap",
        good=own.good,
        family="own",
        needs=(),
    )


def _words(own: OwnFigure) -> Text:
    de, en = said(own.events).de, said(own.events).en
    words = {
        "count": Text(f"Anzahl der Ereignisse, für die gilt: {de}", f"Number of events for which: {en}"),
        "people": Text(f"Personen mit einem Ereignis, für das gilt: {de}",
                       f"Persons with an event for which: {en}"),
        "sum": Text(f"Summe von {own.value} über Ereignisse, für die gilt: {de}",
                    f"Sum of {own.value} over events for which: {en}"),
        "mean": Text(f"Mittel von {own.value} über Ereignisse, für die gilt: {de}",
                     f"Mean of {own.value} over events for which: {en}"),
        "rate": Text(f"Ereignisse, für die gilt: {de}", f"Events for which: {en}"),
        "people_rate": Text(f"Personen mit einem Ereignis, für das gilt: {de}",
                            f"Persons with an event for which: {en}"),
    }[own.kind]  # fmt: skip
    if own.of is not None:
        of = said(own.of)
        words = Text(f"{words.de}; gemessen an: {of.de}", f"{words.en}; measured against: {of.en}")
    if own.people is not None:
        who = said(own.people)
        words = Text(f"{words.de}. Nur Personen, für die am Ende des Zeitraums gilt: {who.de}",
                     f"{words.en}. Only persons for whom at the end of the period: {who.en}")  # fmt: skip
    return Text(words.de + ".", words.en + ".")


def _formula(own: OwnFigure) -> Text:
    return {
        "count": Text("Anzahl", "count"),
        "people": Text("Personen", "persons"),
        "sum": Text(f"Σ {own.value}", f"Σ {own.value}"),
        "mean": Text(f"Σ {own.value} / Ereignisse mit Wert", f"Σ {own.value} / events with a value"),
        "rate": Text("Ereignisse / Bezugsereignisse × 100", "events / events of reference × 100"),
        "people_rate": Text("Personen mit beidem / Personen mit Bezugsereignis × 100",
                            "persons with both / persons with the event of reference × 100"),
    }[own.kind]  # fmt: skip


def own_figures(manifest: Manifest) -> dict[str, OwnFigure]:
    """All own figures in force, by id."""
    return {
        name.removeprefix(SETTING): read(setting.value)
        for name, setting in manifest.settings_like(SETTING).items()
    }


def keep(manifest: Manifest, own: OwnFigure, by: str) -> None:
    """Add a version. ``BadInput`` when it makes no sense."""
    plain = msgspec.to_builtins(own)
    read(plain)
    for condition in (own.events, own.of, own.people):
        if condition is not None:
            check_names_nobody(condition)
    manifest.set(SETTING + own.id, plain, by)


def take_away(manifest: Manifest, id: str, by: str) -> None:
    """It is no figure any more; its versions stay readable."""
    manifest.set(SETTING + id, None, by)


def versions(manifest: Manifest, id: str) -> list[Version]:
    """Every version there ever was, newest first."""
    return [
        Version(read(s.value) if s.value is not None else None, s.since, s.set_by)
        for name, s in manifest.setting_history()
        if name == SETTING + id
    ]
