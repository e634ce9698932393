"""Decide on claims, join and split by hand."""

from __future__ import annotations

from typing import NamedTuple

from gern.core.errors import BadInput
from gern.core.log import identifications, identity
from gern.core.log.identifications import Identification
from gern.core.shop import Shop

TABS = ("open", "conflict", "accepted", "refused")


class Merged(NamedTuple):
    """A customer who is somebody else now; ``by_hand``: a person decided it."""

    customer: str
    into: str
    person: str
    by_hand: bool


def listed(shop: Shop, what: str, search: str) -> list[Identification]:
    """What sources said of who is who."""
    with shop.manifest.reading() as db:
        return identifications.list_of(db, what, search=search)


def counts(shop: Shop) -> dict[str, int]:
    """How many in each tab."""
    with shop.manifest.reading() as db:
        return identifications.counts(db)


def merged(shop: Shop, search: str, limit: int = 100) -> list[Merged]:
    """Customers joined to others, the latest first."""
    with shop.manifest.reading() as db:
        rows = db.execute(
            "SELECT id, parent, person, by_hand FROM identity WHERE kind = 'customer' AND parent IS"
            " NOT NULL AND ($s = '' OR id = $s OR person = $s) ORDER BY version DESC LIMIT $n",
            {"s": search, "n": limit},
        ).fetchall()
    return [Merged(id, parent, person, bool(hand)) for id, parent, person, hand in rows]


def decide(shop: Shop, visitor: str, customer: str, state: str) -> None:
    """Accept or refuse what was said; may be changed later."""
    if state not in ("accepted", "refused"):
        raise BadInput(f"{state!r} is not allowed. Allowed: accepted, refused.", param="state")
    with shop.manifest.change(version=False) as db:
        identifications.decide(db, visitor, customer, state)


def accept_all(shop: Shop, source: str) -> int:
    """Accept every open claim of a source; how many."""
    with shop.manifest.change(version=False) as db:
        rows = db.execute(
            "SELECT visitor, customer FROM identification WHERE state = 'open' AND source = ?"
            " ORDER BY first",
            (source,),
        ).fetchall()
        for visitor, customer in rows:
            identifications.accept_claim(db, str(visitor), str(customer))
    return len(rows)


def split(shop: Shop, customer: str) -> None:
    """Take back that a customer was joined to another."""
    with shop.manifest.change(version=False) as db:
        identity.split(db, "customer", customer)
