"""Erasing customers everywhere: the log in one pass, every other registered place beside it."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import time
import uuid
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from gern.core.durable import sync
from gern.core.errors import BadInput, TryLater
from gern.core.home import Home
from gern.core.log.backup import backups_in, folders, note_erasures
from gern.core.log.erasure import nothing_left
from gern.core.shop import Shop
from gern.kit.people import names_of
from gern.kit.registry import Store, held, prepare_erasing, stores
from gern.kit.shop import current_shop

DRAFT = ".tmp"
AGAIN_SECONDS = 60
_not_before = [0.0]
IN_THE_LOG = ("home/log", "home/log.sqlite3", "home/erasing")
"""Places that the erasure itself clears, many people in one pass."""


def erase_customers(people: Sequence[str], mark: str = "") -> dict[str, Any]:
    """Erase these people and every id joined to them, physically; a report of every place.

    They are unreadable, and noted for every later restore, before anything slow begins; a step
    that fails does not keep the others from their work. Killed anywhere, `take_up` does the
    rest. ``people`` in the report is a number: it names nobody, so it may be kept. ``mark``: the same
    erasure when it is tried again. ``BadInput``: one of them must not be erased now; ``TryLater``:
    another process is at it.
    """
    shop = current_shop()
    path = shop.home.erasing / f"{mark or uuid.uuid4().hex}.json"
    if path.exists():
        if (report := _taken_up(shop, path)) is None:
            raise TryLater("Another process is erasing them. Try again in a minute.")
        return report
    if reasons := held(people):
        who, why = next(iter(reasons.items()))
        raise BadInput(
            f"{who} must not be erased now: {why}. Nobody was erased.", param="customer",
            german=f"{who} darf jetzt nicht gelöscht werden: {why}. Es wurde niemand gelöscht.",
        )  # fmt: skip
    names = {name for person in people for name in names_of(shop, person)}
    with _begun(path, people, names, shop.log.clock()) as said:
        report = _erase_all(shop, said, path)
    _sweep_drafts(shop)
    return report


@contextmanager
def _begun(
    path: Path, people: Sequence[str], names: Collection[str], at: int
) -> Iterator[dict[str, Any]]:
    """Write down whom it is about: once they are hidden, nobody else knows which ids were theirs; and
    when, so that what they do later counts. Held by this process; who dies lets go."""
    said = {"people": list(people), "names": sorted(names), "at": at}
    draft = path.with_suffix(DRAFT)
    with draft.open("x") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        if not draft.exists():  # swept away just before
            raise TryLater("Another erasure was at work at the same moment. Try again.")
        file.write(json.dumps(said))
        file.flush()
        os.fsync(file.fileno())
        draft.rename(path)
        sync(path.parent)
        yield said


@contextmanager
def _let_go(path: Path) -> Iterator[bool]:
    """Whether nobody works on it any more; then this process does."""
    with path.open() as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            yield False
        else:
            yield path.exists()


def _sweep_drafts(shop: Shop) -> None:
    """Who was killed while writing one had not begun."""
    for draft in shop.home.erasing.glob(f"*{DRAFT}"):
        with contextlib.suppress(FileNotFoundError), _let_go(draft) as mine:
            if mine:
                draft.unlink(missing_ok=True)


def _erase_all(shop: Shop, said: dict[str, Any], under_way: Path) -> dict[str, Any]:
    people, names = said["people"], said["names"]
    prepare_erasing([shop.log.person(person) for person in people])
    inbox = shop.log.hide(people, said["at"])
    missed = note_erasures(shop.manifest)
    others: dict[str, int] = {}
    try:
        erased = shop.log.finish_erasures(people=len(people), inbox=inbox)
    finally:  # also when somebody keeps reading: TryLater
        for store in _beside_the_log():
            others[store.name] = sum(_erase(store, name) for name in names)
    under_way.unlink(missing_ok=True)
    done = erased or nothing_left(len(people), inbox.events)
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


def take_up() -> int:
    """Finish the erasures that were begun and that nobody works on any more; how many. After one that
    could not be finished, not before a minute has passed."""
    shop, done = current_shop(), 0
    if not any(shop.home.erasing.iterdir()) or time.monotonic() < _not_before[0]:
        return 0
    _sweep_drafts(shop)
    for path in sorted(shop.home.erasing.glob("*.json")):
        _not_before[0] = time.monotonic() + AGAIN_SECONDS
        if _taken_up(shop, path) is not None:
            done += 1
        _not_before[0] = 0.0
    return done


def _taken_up(shop: Shop, path: Path) -> dict[str, Any] | None:
    """The report; None: somebody works on it, or it has ended meanwhile."""
    with contextlib.suppress(FileNotFoundError), _let_go(path) as mine:
        if mine:
            return _erase_all(shop, json.loads(path.read_text()), path)
    return None


def finish_erasures() -> dict[str, Any]:
    """Take up what was interrupted: erasures that nobody works on, rewriting, notes for the
    backups."""
    shop = current_shop()
    _not_before[0] = 0.0
    taken_up = take_up()
    missed = note_erasures(shop.manifest)
    done = shop.log.finish_erasures()
    return {"taken_up": taken_up, "log": done.to_dict() if done else None,
            "unreachable": [str(path) for path in missed]}  # fmt: skip


def _erase(store: Store, name: str) -> int:
    assert store.eraser is not None
    return store.eraser(name)
