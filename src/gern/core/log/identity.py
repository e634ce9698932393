"""Who is who. A row keeps the ids it was sent with; whose it is, is derived from them:

* a row with a customer id is that customer's, whatever its visitor id;
* a row with only a visitor id is the customer's whom the visitor was *first* identified as, or
  nobody's but the visitor's;
* a customer who was merged into another is that other one.

So ids form a forest: ``parent`` is who a visitor was identified as or a customer merged into,
``person`` the root. Every change gets a version; rows written before it are corrected when they
are read, until they are rewritten (`log.compaction`). What somebody decided by hand is not undone
by events.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from typing import Literal

from gern.core.errors import BadInput
from gern.core.log.schema import VISITOR

Kind = Literal["customer", "visitor"]
Id = tuple[str, str]
"""(``customer`` or ``visitor``, id as sent)."""
_CHUNK = 500


def default_person(kind: str, id: str) -> str:
    """The person of an id nobody has said anything about."""
    return id if kind == "customer" else VISITOR + id


def id_of(person: str) -> Id:
    """The id a person is called after."""
    if person.startswith(VISITOR):
        return ("visitor", person.removeprefix(VISITOR))
    return ("customer", person)


def link(db: sqlite3.Connection, visitor: str, customer: str, *, by_hand: bool = False) -> bool:
    """This visitor is this customer, earlier rows included; whether that changed anything.

    The first identification stays: a second customer on the same device keeps their own rows
    (those sent with their id) but does not take over the visitor's. ``by_hand`` overrides.
    """
    row = db.execute(
        "SELECT parent, by_hand FROM identity WHERE kind = 'visitor' AND id = ?", (visitor,)
    ).fetchone()
    if row and not by_hand and (row[0] is not None or row[1]):
        return False
    if row and row[0] == customer:
        return False
    _set(db, "visitor", visitor, customer, person_of(db, "customer", customer), by_hand)
    return True


def merge(db: sqlite3.Connection, customer: str, into: str) -> None:
    """``customer`` (and whoever was merged into them) is ``into`` from now on, and always was."""
    child, root = person_of(db, "customer", customer), person_of(db, "customer", into)
    if child == root:
        raise BadInput(f"{customer!r} and {into!r} are one person already.", param="customer")
    _set(db, "customer", child, root, root, True)
    _move(db, child, root)


def merge_said(db: sqlite3.Connection, customer: str, into: str) -> bool:
    """A source says that two customers are one; whether that changed anything. What a person
    has joined or split stays, and so does an earlier merge of the same customer."""
    row = db.execute(
        "SELECT parent, by_hand FROM identity WHERE kind = 'customer' AND id = ?", (customer,)
    ).fetchone()
    root = person_of(db, "customer", into)
    apart = db.execute(
        "SELECT 1 FROM kept_apart WHERE (customer, other) IN (VALUES ($a, $b), ($b, $a))",
        {"a": customer, "b": into},
    ).fetchone()
    if (
        apart
        or (row and (row[0] is not None or row[1]))
        or person_of(db, "customer", customer) == root
    ):
        return False
    _set(db, "customer", customer, root, root, False)
    _move(db, customer, root)
    return True


def split(db: sqlite3.Connection, kind: Kind, id: str) -> None:
    """Take back that a customer was merged, or a visitor identified; with all that came along."""
    row = db.execute("SELECT parent FROM identity WHERE kind = ? AND id = ?", (kind, id)).fetchone()
    if row is None or row[0] is None:
        raise BadInput(f"{kind} {id!r} is not joined to anybody.", param="customer")
    own = default_person(kind, id)
    _set(db, kind, id, None, own, True)
    if kind == "customer":
        _move(db, id, own)
        # whoever says again that they are one, in whatever direction, is not believed
        db.execute("INSERT OR IGNORE INTO kept_apart VALUES (?, ?)", (id, str(row[0])))


def _move(db: sqlite3.Connection, customer: str, person: str) -> None:
    """Everything below ``customer`` belongs to ``person``."""
    open_ = [customer]
    while open_:
        parent = open_.pop()
        below = db.execute(
            "SELECT kind, id, by_hand FROM identity WHERE parent = ?", (parent,)
        ).fetchall()
        for kind, id, by_hand in below:
            _set(db, kind, id, parent, person, bool(by_hand))
            if kind == "customer":
                open_.append(id)


def _set(
    db: sqlite3.Connection, kind: str, id: str, parent: str | None, person: str, by_hand: bool
) -> None:
    db.execute("UPDATE meta SET value = value + 1 WHERE key = 'identity'")
    db.execute(
        "INSERT OR REPLACE INTO identity (kind, id, parent, person, by_hand, version)"
        " SELECT ?, ?, ?, ?, ?, value FROM meta WHERE key = 'identity'",
        (kind, id, parent, person, int(by_hand)),
    )


def person_of(db: sqlite3.Connection, kind: str, id: str) -> str:
    """Whose rows with this id are."""
    row = db.execute("SELECT person FROM identity WHERE kind = ? AND id = ?", (kind, id)).fetchone()
    return str(row[0]) if row else default_person(kind, id)


def by_hand(db: sqlite3.Connection, kind: str, id: str) -> bool:
    """Whether somebody has joined or split this id by hand."""
    row = db.execute(
        "SELECT by_hand FROM identity WHERE kind = ? AND id = ?", (kind, id)
    ).fetchone()
    return bool(row and row[0])


def people_of(db: sqlite3.Connection, ids: Iterable[Id]) -> dict[Id, str]:
    """The person of each id; ids nobody has said anything about are left out."""
    by_kind: dict[str, list[str]] = {"customer": [], "visitor": []}
    for kind, id in ids:
        by_kind[kind].append(id)
    found: dict[Id, str] = {}
    for kind, names in by_kind.items():
        for start in range(0, len(names), _CHUNK):
            chunk = names[start : start + _CHUNK]
            marks = ", ".join("?" for _ in chunk)
            rows = db.execute(
                f"SELECT id, person FROM identity WHERE kind = ? AND id IN ({marks})",
                (kind, *chunk),
            )
            found.update({(kind, id): person for id, person in rows})
    return found


def ids_of(db: sqlite3.Connection, person: str) -> list[Id]:
    """Every id whose rows are this person's."""
    rows = db.execute("SELECT kind, id FROM identity WHERE person = ?", (person,)).fetchall()
    ids = {(str(kind), str(id)) for kind, id in rows}
    own = id_of(person)
    if person_of(db, *own) == person:
        ids.add(own)
    return sorted(ids)


def changed_since(db: sqlite3.Connection, version: int) -> list[tuple[str, str, str]]:
    """(kind, id, person) of every id that changed after this version."""
    rows = db.execute(
        "SELECT kind, id, person FROM identity WHERE version > ? ORDER BY kind, id", (version,)
    )
    return [(str(kind), str(id), str(person)) for kind, id, person in rows]


def moved_since(db: sqlite3.Connection, version: int) -> dict[str, str] | None:
    """Person at this version → who they are now, as far as whole people were joined since;
    None: somebody was taken apart too, which a list of people cannot tell."""
    rows = db.execute(
        "SELECT kind, id, person, parent IS NULL OR (kind = 'visitor' AND by_hand) OR (kind ="
        " 'customer' AND id IN (SELECT customer FROM kept_apart)) FROM identity WHERE version > ?",
        (version,),
    ).fetchall()
    if any(apart for *_, apart in rows):
        return None
    moved = {default_person(kind, id): str(person) for kind, id, person, _ in rows}
    return {old: new for old, new in moved.items() if old != new}


def touched_since(db: sqlite3.Connection, version: int) -> set[str] | None:
    """Everybody whose rows may have become, or ceased to be, theirs after this version; None: a
    device was given to somebody else by hand, and nobody wrote down who had it."""
    rows = db.execute(
        "SELECT kind, id, person, by_hand FROM identity WHERE version > ?", (version,)
    ).fetchall()
    touched: set[str] = set()
    for kind, id, person, by_hand in rows:
        if kind == "visitor" and by_hand:
            return None
        touched |= {default_person(kind, id), str(person)}
        for (other,) in db.execute("SELECT other FROM kept_apart WHERE customer = ?", (id,)):
            touched |= {str(other), person_of(db, "customer", str(other))}
    return touched


def merged_customers(db: sqlite3.Connection) -> list[tuple[str, str, str]]:
    """(``customer``, id, person) of every customer who is somebody else now."""
    rows = db.execute(
        "SELECT kind, id, person FROM identity WHERE kind = 'customer' AND person <> id"
    )
    return [(str(kind), str(id), str(person)) for kind, id, person in rows]


def forget(db: sqlite3.Connection, ids: Iterable[Id]) -> None:
    """Take erased ids out. Who was joined to them stands alone again."""
    for kind, id in ids:
        db.execute("DELETE FROM identity WHERE kind = ? AND id = ?", (kind, id))
        if kind == "customer":
            db.execute("DELETE FROM kept_apart WHERE ? IN (customer, other)", (id,))
