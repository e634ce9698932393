"""What of a customer somebody sees: fields their role hides are left out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from gern.core.people.card.line import CardLine
from gern.kit.access import hidden_from
from gern.rooms.customers.person.contacts import Contact

COLUMNS_OF = {
    "contact": frozenset({"email", "phone", "street", "postcode", "city", "birthday", "card"}),
    "revenue": frozenset({"revenue"}),
    "notes": frozenset[str](),
}
"""Field of a role → columns of a customer."""


def hidden_columns(user: Any) -> frozenset[str]:
    """The columns of customers this user does not see."""
    return frozenset[str]().union(*(COLUMNS_OF[field] for field in hidden_from(user)))


def shown_row(user: Any, row: dict[str, Any]) -> dict[str, Any]:
    """A customer without what is hidden."""
    hidden = hidden_columns(user)
    return {key: None if key in hidden else value for key, value in row.items()}


def shown_contacts(user: Any, contacts: Iterable[Contact]) -> list[Contact]:
    """Contacts of the time line; what was sent along may hold anything, so all of it is left out
    where something is hidden."""
    hidden, found = hidden_from(user), list(contacts)
    if "revenue" in hidden:
        found = [replace(one, amount=None) for one in found]
    return [replace(one, details="") for one in found] if hidden else found


def shown_card(user: Any, card: Sequence[CardLine]) -> list[CardLine]:
    """The counter card without the birthday, where contact data are hidden."""
    hidden = hidden_from(user)
    return [line for line in card if line.about != "day" or "contact" not in hidden]
