"""Erasing customers everywhere: the log in one pass, every other registered place beside it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from gern.core.log.backup import backups_in, note_erasure
from gern.core.log.identity import default_person
from gern.core.shop import Shop
from gern.kit.registry import Store, stores
from gern.kit.shop import current_shop

IN_THE_LOG = ("home/log", "home/log.sqlite3")
"""Places that the log itself clears, many people in one pass."""


def erase_customers(people: Sequence[str]) -> dict[str, Any]:
    """Erase these people and every id joined to them, physically; a report of every place.

    ``people`` in the report is a number: it names nobody, so it may be kept.
    """
    shop = current_shop()
    names = {default_person(*id) for person in people for id in shop.log.ids_of(person)}
    names |= set(people)
    others = {
        store.name: sum(_erase(store, name) for name in names)
        for store in stores().values()
        if store.personal and store.subject == "customer" and store.name not in IN_THE_LOG
    }
    erased = shop.log.erase(people)
    waiting = 0
    for folder in backup_folders(shop):
        note_erasure(shop.home, shop.manifest, folder)
        waiting += len(backups_in(folder))
    return {
        "people": len(people),
        "log": erased.to_dict(),
        "places": others,
        "stays": {
            "event id hashes": "in runs/: they recognise an event that is sent again, and name"
            " nobody",
            "tombstones": f"{erased.ids}, keyed hashes of the ids: older events do not come back",
            "backups": f"{waiting} hold them until they expire; a restore erases them again first",
        },
    }


def export_customer(person: str) -> dict[str, list[dict[str, Any]]]:
    """What every registered place stores of this customer."""
    return {
        store.name: store.exporter(person)
        for store in stores().values()
        if store.personal and store.subject == "customer" and store.exporter
    }


def backup_folders(shop: Shop) -> list[Path]:
    """Where backups of this shop lie."""
    chosen = shop.setting("backup_folder").value
    return [shop.home.backups, *([Path(chosen)] if chosen else [])]


def _erase(store: Store, name: str) -> int:
    assert store.eraser is not None
    return store.eraser(name)
