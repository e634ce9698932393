"""Who was said to be whom, by which source, when, and what came of it.

A server key's word joins at once (`log.identity.link`: the first customer of a device stays). A
public key stands in a web page where anybody can read it: what it says is a *claim*, kept ``open``
until somebody who may say so confirms it (a server key with the same two ids, a signed id, a
person), and no event is anybody's because of it. States: ``open``, ``accepted``, ``refused``.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from typing import NamedTuple

from gern.core.errors import BadInput
from gern.core.log import identity
from gern.core.log.identity import Id
from gern.core.log.schema import DAILY


class Identification(NamedTuple):
    """``owner``: whose the visitor's events are now, None: nobody's. Another than ``customer``
    although accepted: a second customer on the same device. Times in microseconds since 1970."""

    visitor: str
    customer: str
    source: str
    first: int
    last: int
    times: int
    state: str
    owner: str | None


MOST_OPEN = 100_000
"""More open claims than these of one source are not noted: a public key must not fill the disk."""
OPEN_DAYS = 90
_DAY = 86_400_000_000


def room_for_claims(db: sqlite3.Connection, source: str) -> bool:
    """Whether this source may leave more claims."""
    (n,) = db.execute(
        "SELECT count(*) FROM identification WHERE state = 'open' AND source = ?", (source,)
    ).fetchone()
    return int(n) < MOST_OPEN


def forget_old(db: sqlite3.Connection, now: int) -> None:
    """Inside ``change()``: claims nobody has decided or repeated in `OPEN_DAYS` go."""
    db.execute(
        "DELETE FROM identification WHERE state = 'open' AND last < ?", (now - OPEN_DAYS * _DAY,)
    )


def said(
    db: sqlite3.Connection, visitor: str, customer: str, source: str, at: int, *, believed: bool,
    room: bool = True,
) -> bool:  # fmt: skip
    """Note that a source said so; whether events with these two ids are the customer's.

    ``believed``: a server key or a signed id said it. A refused pair stays refused until a person
    changes it. ``room`` False: no new open claim is noted.
    """
    if visitor.startswith(DAILY):
        return False
    row = db.execute(
        "SELECT state FROM identification WHERE visitor = ? AND customer = ?", (visitor, customer)
    ).fetchone()
    state = row[0] if row else "open"
    if state == "open" and (believed or _joined(db, visitor, customer)):
        state = "accepted"
    if row is None and state == "open" and not room:
        return False
    db.execute(
        "INSERT INTO identification VALUES (?, ?, ?, ?, ?, 1, ?) ON CONFLICT (visitor, customer) DO"
        " UPDATE SET last = max(last, excluded.last), times = times + 1, state = excluded.state",
        (visitor, customer, source, at, at, state),
    )
    if state == "accepted":
        identity.link(db, visitor, customer)
    return state == "accepted"


def _joined(db: sqlite3.Connection, visitor: str, customer: str) -> bool:
    row = db.execute(
        "SELECT parent FROM identity WHERE kind = 'visitor' AND id = ?", (visitor,)
    ).fetchone()
    return bool(row and row[0] == customer)


def decide(db: sqlite3.Connection, visitor: str, customer: str, state: str) -> None:
    """Inside ``change()``, by a person: ``accepted`` joins the visitor to the customer, also
    when somebody else had them; ``refused`` takes the join back."""
    changed = db.execute(
        "UPDATE identification SET state = ? WHERE visitor = ? AND customer = ?",
        (state, visitor, customer),
    ).rowcount
    if not changed:
        raise BadInput(
            f"Nobody has said that {visitor!r} is {customer!r}.", param="visitor",
            german=f"Niemand hat gesagt, dass „{visitor}“ „{customer}“ ist.",
        )  # fmt: skip
    if state == "accepted":
        identity.link(db, visitor, customer, by_hand=True)
    elif _joined(db, visitor, customer):
        identity.split(db, "visitor", visitor)


def accept_claim(db: sqlite3.Connection, visitor: str, customer: str) -> None:
    """Inside ``change()``: an open claim is right; the first customer of a device stays."""
    db.execute(
        "UPDATE identification SET state = 'accepted' WHERE visitor = ? AND customer = ?",
        (visitor, customer),
    )
    identity.link(db, visitor, customer)


CONFLICT = "state = 'accepted' AND owner IS NOT NULL AND owner <> customer"
_ALL = (
    "SELECT i.visitor, i.customer, i.source, i.first, i.last, i.times, i.state, d.parent AS owner"
    " FROM identification AS i LEFT JOIN identity AS d ON d.kind = 'visitor' AND d.id = i.visitor"
)


def list_of(
    db: sqlite3.Connection, what: str = "all", *, search: str = "", limit: int = 100
) -> list[Identification]:
    """``what``: ``open``, ``accepted``, ``refused``, ``conflict`` (a second customer on the
    same device) or ``all``; the latest first. ``search``: a visitor or customer id."""
    condition = {"all": "true", "conflict": CONFLICT}.get(what, "state = $what")
    rows = db.execute(
        f"SELECT * FROM ({_ALL}) WHERE {condition}"
        " AND ($search = '' OR visitor = $search OR customer = $search)"
        " ORDER BY last DESC LIMIT $limit",
        {"what": what, "search": search, "limit": limit},
    )
    return [Identification(*row) for row in rows]


def counts(db: sqlite3.Connection) -> dict[str, int]:
    """How many are open, accepted, refused, in conflict."""
    rows = db.execute("SELECT state, count(*) FROM identification GROUP BY state")
    found = {"open": 0, "accepted": 0, "refused": 0, **{str(s): int(n) for s, n in rows}}
    (conflicts,) = db.execute(f"SELECT count(*) FROM ({_ALL}) WHERE {CONFLICT}").fetchone()
    return {**found, "conflict": int(conflicts)}


def forget(db: sqlite3.Connection, ids: Iterable[Id]) -> None:
    """Inside ``change()``: what was said of erased ids goes."""
    for kind, id in ids:
        column = "customer" if kind == "customer" else "visitor"
        db.execute(f"DELETE FROM identification WHERE {column} = ?", (id,))
