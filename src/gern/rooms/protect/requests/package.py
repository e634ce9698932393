"""All data of one person, as a ZIP file made by the erasure registry: what is erased is also told.

``readable.html`` says everything once, in words; ``data.json`` and ``csv/`` are a faithful copy for
machines. A package for portability (Art. 20) has what the person gave and what came from their use;
not what was written about them or computed of them.
"""

from __future__ import annotations

import base64
import csv
import io
import json
import zipfile
from collections.abc import Iterable
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import PurePosixPath
from typing import Any

from django.template.loader import render_to_string
from django.utils import translation
from django.utils.translation import gettext as _

from gern.core.consent.purpose import SERVICE
from gern.core.shop import Shop
from gern.kit.exports import guarded
from gern.kit.people import names_of
from gern.kit.registry import Store, stores
from gern.rooms.protect.erasure.words import label
from gern.rooms.protect.models import Firm, Purpose
from gern.rooms.protect.requests.readable import Entry, Fact, computed, contacts, entries, facts

LOG, IDS = "home/log", "home/log.sqlite3"
PROVIDED = (LOG, IDS, "outbox.Waiting", "home/uploads", "home/files", "customers.CustomerFile")
"""What they gave, or what came from their use (Art. 20(1))."""
CONTENTS = "home/files"
"""Files kept with the customer: in the package as files."""
ABOUT_PACKAGES = ("home/packages", "protect.Package")


def package(shop: Shop, person: str, language: str, *, portable: bool) -> bytes:
    """The ZIP file."""
    places = _places(shop, person, portable)
    contents = places.pop(CONTENTS, [])
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as zip:
        with translation.override(language):
            told = _told(shop, person, places, language, portable)
            zip.writestr("readable.html", render_to_string("protect/readable.html", told))
        zip.writestr("data.json", json.dumps(places, default=_plain, ensure_ascii=False, indent=1))
        for n, one in enumerate(contents, start=1):
            zip.writestr(
                f"files/{n}-{PurePosixPath(one['name']).name}", base64.b64decode(one["content"])
            )
        for name, rows in places.items():
            zip.writestr(f"csv/{name.replace('/', '-')}.csv", _csv(rows))
    return file.getvalue()


def own_page(shop: Shop, person: str, language: str) -> dict[str, Any]:
    """What the readable page says, for the person who sees it by their link."""
    places = _places(shop, person, portable=False)
    places.pop(CONTENTS, None)
    return _told(shop, person, places, language, portable=False)


def _places(shop: Shop, person: str, portable: bool) -> dict[str, list[dict[str, Any]]]:
    names, found = names_of(shop, person), {}
    for store in stores().values():
        if not (store.personal and store.subject == "customer"):
            continue
        if portable and store.name not in PROVIDED:
            continue
        if store.name in ABOUT_PACKAGES:
            continue
        if rows := _rows(store, [person] if store.name in (LOG, IDS) else names):
            found[store.name] = rows
    return found


def _rows(store: Store, names: Iterable[str]) -> list[dict[str, Any]]:
    """What a place has of them, without fields that say nothing."""
    assert store.exporter is not None
    rows = [row for name in names for row in store.exporter(name)]
    return [
        {key: _opened(value) for key, value in row.items() if value is not None} for row in rows
    ]


def _opened(value: Any) -> Any:
    """JSON inside a field, as what it is."""
    if isinstance(value, str) and value[:1] == "{":
        try:
            return json.loads(value)
        except ValueError:
            return value
    return value


def _told(
    shop: Shop, person: str, places: dict[str, list[dict[str, Any]]], language: str, portable: bool
) -> dict[str, Any]:  # fmt: skip
    log = places.get(LOG, [])
    others: list[tuple[str, list[Entry]]] = [
        (label(name), entries(rows)) for name, rows in places.items()
        if name not in (LOG, IDS)
    ]  # fmt: skip
    unread = [row for row in places.get(IDS, []) if "item" in row]
    others += [(_("Received, but not understood"), entries(unread))] if unread else []
    said: list[Fact] = facts(log, shop.zone)
    return {
        "language": language, "person": person, "now": datetime.now(UTC), "zone": shop.zone,
        "firm": Firm.known(), "portable": portable,
        "purposes": [(p, p.kind == SERVICE) for p in Purpose.objects.all()],
        "ids": sorted({str(row.get("id") or row["visitor"]) for row in places.get(IDS, []) if "item" not in row}),
        "facts": said, "contacts": contacts(log, shop.zone), "others": others,
        "computed": [] if portable else computed(shop, person),
        "sources": sorted({str(row["source"]) for row in log}),
    }  # fmt: skip


def _csv(rows: list[dict[str, Any]]) -> str:
    head = list(dict.fromkeys(key for row in rows for key in row))
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(map(guarded, head))
    for row in rows:
        writer.writerow([_cell(row.get(key)) for key in head])
    return "\ufeff" + text.getvalue()


def _cell(value: Any) -> Any:
    if isinstance(value, (dict, list)):
        return guarded(json.dumps(value, default=_plain, ensure_ascii=False))
    return guarded(_plain(value)) if isinstance(value, datetime) else guarded(value)


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.replace(tzinfo=UTC).isoformat() if value.tzinfo is None else value.isoformat()
    return float(value) if isinstance(value, Decimal) else str(value)
