"""Which customer somebody means who typed a number, a card, an address or a name."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from gern.core.people.listing import Filter
from gern.core.shop import Shop
from gern.rooms.customers.audiences.services import matched

MOST_CHOICES = 8


@dataclass(frozen=True)
class Meant:
    """``person``: the one that is meant, None when it is nobody or may be several; ``choices``:
    those it may be (``person``, ``name``, ``city``), the largest revenue first."""

    person: str | None
    choices: Sequence[dict[str, Any]] = ()


def meant(shop: Shop, text: str) -> Meant:
    """A number, card or e-mail address names one; so do words that only one customer has, written
    as they are."""
    if not text.strip():
        return Meant(None)
    exact = matched(shop, [text]).people
    if exact:
        return Meant(exact[0])
    found = shop.customers(Filter(search=text), columns=("name", "city"), limit=MOST_CHOICES)
    if found.total == 1 and not found.like:
        return Meant(found.rows[0]["person"])
    return Meant(None, found.rows)
