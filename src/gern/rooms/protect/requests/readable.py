"""The data of one person in words: what was said of them, every contact, what is computed."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from gern.core.people.engaged import engagement_of
from gern.core.people.traits import label_of, traits
from gern.core.shop import Shop
from gern.kit import formats
from gern.kit.computed import computed_by_rooms
from gern.kit.meanings import event_name, meanings

_HIDDEN = {"source", "event_id", "order_id", "line", "place", "given_id", "import_id", "person", "customer",
           "visitor", "received", "sent", "said", "day_only", "kind", "name", "ts", "properties", "context",
           "form", "initiator", "sign"}  # fmt: skip
"""Columns of the log that are no fact about the person, or are told elsewhere."""


FIELDS: dict[str, str | Promise] = {
    "text": gettext_lazy("text"), "created": gettext_lazy("written down"), "due": gettext_lazy("due on"),
    "tag": gettext_lazy("tag"), "added": gettext_lazy("given"), "at": gettext_lazy("on"), "note": gettext_lazy("remark"),
    "kind": gettext_lazy("kind"), "name": gettext_lazy("called"), "size": gettext_lazy("bytes"), "why": gettext_lazy("because"),
    "since": gettext_lazy("since"), "audience": gettext_lazy("audience"), "entered": gettext_lazy("entered"),
    "named_in_its_query": gettext_lazy("named in its query"), "score": gettext_lazy("likeness"), "state": gettext_lazy("state"),
    "until": gettext_lazy("until"), "request": gettext_lazy("number"), "received": gettext_lazy("came in"),
    "contact": gettext_lazy("address"), "identity": gettext_lazy("known by"), "file": gettext_lazy("file"),
    "link": gettext_lazy("link"), "item": gettext_lazy("as it came"), "source": gettext_lazy("source"),
}  # fmt: skip
"""What fields of records are called."""


@dataclass(frozen=True)
class Fact:
    """Something that was said: since when, by which source; ``before``: earlier values."""

    name: str
    value: str
    since: str
    source: str
    before: list[tuple[str, str, str]]


@dataclass(frozen=True)
class Entry:
    """One record: what, and its details."""

    what: str
    when: str
    source: str
    details: list[tuple[str, str]]


def facts(log: list[dict[str, Any]], zone: str) -> list[Fact]:
    """What was said of them, from the rows of the log."""
    newest = sorted(log, key=lambda row: str(row["ts"]), reverse=True)
    rows = [{**row, "properties": json.dumps(row.get("properties") or {})} for row in newest]
    return [
        Fact(formats.text(label_of(trait)), trait.now.value, formats.moment(trait.now.ts, zone), trait.now.source,
             [(old.value, formats.moment(old.ts, zone), old.source) for old in trait.history])
        for trait in traits(rows)
    ]  # fmt: skip


def contacts(log: list[dict[str, Any]], zone: str) -> list[Entry]:
    """Every contact, the oldest first; lines of an order one by one."""
    known = meanings()
    rows = sorted((row for row in log if row["kind"] != "identify"), key=lambda row: str(row["ts"]))
    return [
        Entry(event_name(row["name"], known) if row.get("name") else _("Purchase"), _when(row, zone),
              str(row["source"]), _details(row))
        for row in rows
    ]  # fmt: skip


def entries(rows: list[dict[str, Any]]) -> list[Entry]:
    """What else is written down."""
    return [
        Entry("", "", "", [(str(FIELDS.get(key, key)), _text(value)) for key, value in row.items()])
        for row in rows
    ]


def computed(shop: Shop, person: str) -> list[tuple[str, str, str]]:
    """(what, value, how it is computed): what figures and lists make of the data."""
    row = shop.customer(person) or {}
    found = []
    if row.get("purchases"):
        found += [
            (_("Purchases"), formats.number(row["purchases"]), _("counted")),
            (_("Revenue"), formats.money(row["revenue"], shop.currency), _("the sum of what was paid, less returns")),
        ]  # fmt: skip
        if row.get("due"):
            found.append((_("Next visit expected"), formats.day(row["due"]), _("from the days between purchases so far")))  # fmt: skip
    engagement = engagement_of(shop, person, shop.today())
    if engagement is not None:
        found.append((_("Engagement level"), formats.number(engagement.level, 1), _("from the contacts of the last months by their kind; used to choose whom to write to, for no decision with legal effect")))  # fmt: skip
    return found + computed_by_rooms(shop, person)


def _when(row: Mapping[str, Any], zone: str) -> str:
    ts = row["ts"]
    if not isinstance(ts, datetime):
        return str(ts)
    return formats.day(ts.date()) if row.get("day_only") else formats.moment(ts, zone)


def _details(row: Mapping[str, Any]) -> list[tuple[str, str]]:
    found = [(_("order"), str(row["order_id"]))] if row.get("order_id") else []
    found += [(key, _text(value)) for key, value in row.items() if key not in _HIDDEN]
    for part in ("properties", "context"):
        found += _flat(row.get(part), "")
    return found


def _flat(value: Any, path: str) -> list[tuple[str, str]]:
    if isinstance(value, Mapping):
        return [pair for key, inner in value.items() for pair in _flat(inner, f"{path}.{key}" if path else str(key))]  # fmt: skip
    return [(path, _text(value))] if path and value not in (None, "") else []


def _text(value: Any) -> str:
    if isinstance(value, bool) or value in ("True", "False"):
        return _("yes") if value in (True, "True") else _("no")
    if isinstance(value, (dict, list)):
        return json.dumps(value, ensure_ascii=False, default=str)
    return formats.number(value, 2) if isinstance(value, float) else str(value)
