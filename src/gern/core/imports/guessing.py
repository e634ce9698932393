"""Propose what each column of a file means, with how sure the proposal is."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection
from dataclasses import dataclass

from gern.core.engines.duckdb import Connection, quoted
from gern.core.errors import BadInput
from gern.core.imports.fields import BY_ID, FIELDS, Field
from gern.core.imports.reading import Table, text_of

SAMPLE_ROWS = 2000


@dataclass(frozen=True)
class Guess:
    """``confidence`` 0–100: 95 the header says it, lower when only the content does."""

    field: str
    column: str
    confidence: int


def normalised(header: str) -> str:
    """``"Customer ID"`` and ``"customer_id"`` → ``"customerid"``; umlauts become ae, oe, ue."""
    text = header.lower()
    for umlaut, plain in (("ä", "ae"), ("ö", "oe"), ("ü", "ue"), ("ß", "ss")):
        text = text.replace(umlaut, plain)
    text = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]", "", text)


def guess_kind(con: Connection, table: Table, name: str) -> str:
    """What a file seems to hold: purchases, events, customers, consents or answers."""
    from gern.core.imports import kinds

    if {"unreadable", "traffic"} <= table.columns.keys():
        return "events"
    found = {g.field for g in guess(con, table)}
    if "time" in found and found & {"amount", "price"} and found & {"customer", "order"}:
        return kinds.PURCHASES
    headers = {normalised(column) for column in table.columns}
    for kind in (kinds.EVENTS, kinds.ANSWERS, kinds.CONSENTS):
        marks = [field for field in kind.fields if field.id in kind.marks]
        if any(headers & set(field.names[:6]) for field in marks):
            return kind.id
    lower = normalised(name)
    for kind in kinds.KINDS.values():
        if any(word in lower for word in _FILE_WORDS[kind.id]):
            return kind.id
    return "events" if "time" in found else "customers" if "customer" in found else "purchases"


_FILE_WORDS = {
    "events": ("event", "log", "campaign", "click", "visit", "ereignis"),
    "customers": ("customer", "kunden", "contact", "kontakt", "user", "demographic"),
    "consents": ("consent", "optin", "einwillig"),
    "answers": ("answer", "survey", "umfrage", "antwort"),
}


def guess_fields(con: Connection, table: Table, fields: tuple[Field, ...]) -> dict[str, str]:
    """Field → column, guessed."""
    return {g.field: g.column for g in guess(con, table, fields)}


def guess(con: Connection, table: Table, fields: tuple[Field, ...] = FIELDS) -> list[Guess]:
    """At most one column for each field and one field for each column, surest first."""
    candidates = [
        Guess(field.id, column, confidence)
        for column in table.columns
        for field in fields
        if (confidence := _by_header(normalised(column), field)) > 0
    ]
    looks = _contents(con, table)
    for column, share in looks["time"].items():
        if share >= 0.9 and any(field.id == "time" for field in fields):
            candidates.append(Guess("time", column, 55))
    checked = [g for g in candidates if _plausible(g, looks)]
    chosen: dict[str, Guess] = {}
    used: set[str] = set()
    order = list(table.columns)
    for g in sorted(checked, key=lambda g: (-g.confidence, order.index(g.column))):
        if g.field not in chosen and g.column not in used:
            chosen[g.field] = g
            used.add(g.column)
    return [chosen[field.id] for field in fields if field.id in chosen]


def check_names(mapping: dict[str, str], fields: Collection[str], table: Table) -> None:
    """``BadInput`` unless these fields and columns exist."""
    for field, column in mapping.items():
        if field not in fields:
            allowed = ", ".join(fields)
            raise BadInput(
                f"{field!r} is no field here. Allowed: {allowed}.",
                param="map",
                german=f"„{field}“ ist hier kein Feld. Möglich: {allowed}.",
            )
        if column not in table.columns:
            columns = ", ".join(table.columns)
            raise BadInput(
                f"The file has no column {column!r} (for {field}). It has: {columns}.",
                param="map",
                german=f"Die Datei hat keine Spalte „{column}“. Sie hat: {columns}.",
            )


def check_mapping(mapping: dict[str, str], table: Table) -> None:
    """``BadInput`` unless fields and columns exist and enough of them are named."""
    check_names(mapping, BY_ID, table)
    columns = ", ".join(table.columns)
    if "time" not in mapping:
        raise BadInput(
            "It is not clear which column says when. Name it: --map time=COLUMN."
            f" The file has: {columns}.",
            param="time",
            german="Welche Spalte den Zeitpunkt enthält, ist nicht klar. Bitte wählen Sie sie.",
        )
    if not {"amount", "price"} & mapping.keys():
        raise BadInput(
            "It is not clear which column says how much. Name a unit price (--map price=COLUMN)"
            f" or a line total (--map amount=COLUMN). The file has: {columns}.",
            param="amount",
            german="Welche Spalte den Betrag enthält, ist nicht klar. Bitte wählen Sie"
            " Einzelpreis oder Zeilenbetrag.",
        )
    if not {"customer", "order"} & mapping.keys():
        raise BadInput(
            "Neither a customer nor an order column is known. Name one:"
            f" --map customer=COLUMN or --map order=COLUMN. The file has: {columns}.",
            param="customer",
            german="Weder Kunde noch Bestellung sind zugeordnet. Bitte wählen Sie mindestens"
            " eine dieser Spalten.",
        )


def _by_header(header: str, field: Field) -> int:
    if header in field.names:
        return 95 - min(field.names.index(header), 30) // 2
    for name in field.names:
        if len(name) > 4 and (header.startswith(name) or header.endswith(name)):
            return 60
    return 0


def _contents(con: Connection, table: Table) -> dict[str, dict[str, float]]:
    """For each column: the share of sampled values that look like a time, like a number."""
    looks: dict[str, dict[str, float]] = {"time": {}, "number": {}}
    for column, type_ in table.columns.items():
        if type_.startswith(("TIMESTAMP", "DATE")):
            looks["time"][column], looks["number"][column] = 1.0, 0.0
            continue
        if type_.startswith(("DECIMAL", "DOUBLE", "FLOAT")) or type_.endswith("INT"):
            looks["time"][column], looks["number"][column] = 0.0, 1.0
            continue
        row = con.execute(
            "SELECT count(x), count(x) FILTER (regexp_matches(x, '^\\d{1,4}[-./]\\d{1,2}[-./]\\d{2,4}')),"
            " count(x) FILTER (regexp_full_match(x, '[-+(]?\\D{0,3}\\s?\\d[\\d.,''’ ]*\\)?\\s?\\D{0,3}'))"
            f" FROM (SELECT {text_of(column, type_)} AS x FROM (SELECT {quoted(column)} FROM raw"
            f" LIMIT {SAMPLE_ROWS}))"
        ).fetchone()
        filled, times, numbers = row or (0, 0, 0)
        if filled:
            looks["time"].setdefault(column, times / filled)
            looks["number"].setdefault(column, numbers / filled)
    return looks


def _plausible(g: Guess, looks: dict[str, dict[str, float]]) -> bool:
    """Whether the values agree with the header; an empty column can be anything."""
    times, numbers = looks["time"].get(g.column), looks["number"].get(g.column)
    if times is None or numbers is None:
        return True
    if g.field == "time":
        return times > 0.5 or g.confidence >= 90
    if g.field in ("quantity", "price", "amount", "score"):
        return numbers >= 0.5
    return times < 0.5
