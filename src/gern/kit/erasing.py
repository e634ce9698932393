"""Erasing customers everywhere: the log in one pass, every other registered place beside it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from gern.core.home import Home
from gern.core.log.backup import backups_in, folders, note_erasures
from gern.core.log.erasure import nothing_left
from gern.core.log.identity import default_person
from gern.kit.registry import Store, prepare_erasing, stores
from gern.kit.shop import current_shop

IN_THE_LOG = ("home/log", "home/log.sqlite3")
"""Places that the log itself clears, many people in one pass."""


def erase_customers(people: Sequence[str]) -> dict[str, Any]:
    """Erase these people and every id joined to them, physically; a report of every place.

    They are unreadable, and noted for every later restore, before anything slow begins; a step
    that fails does not keep the others from their work. ``people`` in the report is a number: it
    names nobody, so it may be kept.
    """
    shop = current_shop()
    names = {default_person(*id) for person in people for id in shop.log.ids_of(person)}
    names |= set(people)
    prepare_erasing([shop.log.person(person) for person in people])
    inbox_events = shop.log.hide(people)
    missed = note_erasures(shop.manifest)
    others: dict[str, int] = {}
    try:
        erased = shop.log.finish_erasures(people=len(people), inbox_events=inbox_events)
    finally:  # also when somebody keeps reading: TryLater
        for store in _beside_the_log():
            others[store.name] = sum(_erase(store, name) for name in names)
    done = erased or nothing_left(len(people), inbox_events)
    backups = sum(len(backups_in(folder)) for folder in folders(shop.manifest))
    report = {
        "people": len(people),
        "log": done.to_dict(),
        "places": others,
        "stays": {
            "event id hashes": "in runs/: they recognise an event that is sent again, and name"
            " nobody",
            "tombstones": f"{len(names)}, keyed hashes of the ids: older events do not come back",
            "backups": f"{backups} hold them until they expire; a restore erases them again first",
        },
    }
    if missed:
        report["stays"]["unreachable backups"] = (
            f"{', '.join(map(str, missed))}: run gern erase --finish when they are there again"
        )
    return report


def erase_again(home: Home) -> int:
    """After a restore: erase from every place beside the log who was erased since the backup; how
    many ids. Killed in between, it is done again."""
    if not home.erased_again.exists():
        return 0
    names = json.loads(home.erased_again.read_text())
    for store in _beside_the_log():
        for name in names:
            _erase(store, name)
    home.erased_again.unlink()
    return len(names)


def _beside_the_log() -> list[Store]:
    return [store for store in stores().values()
            if store.personal and store.subject == "customer" and store.name not in IN_THE_LOG]  # fmt: skip


def erase_user(email: str) -> dict[str, int]:
    """Erase somebody who worked with the product: how many records, by place. The account goes
    last: the others find theirs by it."""
    places = [s for s in stores().values() if s.personal and s.subject == "user"]
    places.sort(key=lambda store: store.name == "accounts.User")
    return {store.name: _erase(store, email) for store in places}


def finish_erasures() -> dict[str, Any]:
    """Take up what was interrupted: rewriting, notes for the backups."""
    shop = current_shop()
    missed = note_erasures(shop.manifest)
    done = shop.log.finish_erasures()
    return {"log": done.to_dict() if done else None, "unreachable": [str(path) for path in missed]}


def _erase(store: Store, name: str) -> int:
    assert store.eraser is not None
    return store.eraser(name)
