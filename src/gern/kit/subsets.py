"""Sets of customers that a room keeps (audiences) and others can choose from; and such as a page
names by an address (who is behind the cell of a cohort), for the list of customers."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from gern.core.errors import BadInput
from gern.core.people.listing import Subset
from gern.core.shop import Shop

Listed = Callable[[], Sequence[tuple[str, str]]]
Resolve = Callable[[Shop, str], Subset | None]
Find = Callable[[Shop, str], tuple[Subset, str] | None]
_known: list[tuple[Listed, Resolve]] = []
_found: list[Find] = []
LONGEST = 20_000
"""A longer text is none."""


def add_subsets(listed: Listed, resolve: Resolve) -> None:
    """Called from a room's ``AppConfig.ready``. ``listed``: (id, name) of each; ``resolve``: who is
    in it, None when there is none of this id."""
    _known.append((listed, resolve))


def subsets() -> list[tuple[str, str]]:
    """(id, name) of all there are."""
    return [one for listed, _ in _known for one in listed()]


def named_subset(shop: Shop, id: str) -> Subset:
    """Who is in it. ``BadInput``: there is none, or it cannot be told."""
    for _, resolve in _known:
        if (found := resolve(shop, id)) is not None:
            return found
    raise BadInput(
        f"There is no audience {id!r}.",
        param="audience",
        german=f"Es gibt keine Zielgruppe „{id}“.",
    )


def add_found(find: Find) -> None:
    """Called from a room's ``AppConfig.ready``. ``find``: the people a text names and what they are
    called; None: it is no text of this room."""
    if find not in _found:
        _found.append(find)


def found_by(shop: Shop, text: str) -> tuple[Subset, str]:
    """The people, and what they are called. ``BadInput``: nobody knows such a text."""
    for find in _found if len(text) <= LONGEST else ():
        if (found := find(shop, text)) is not None:
            return found
    raise BadInput(
        f"There is nothing to be found by {text[:40]!r}.",
        param="pattern",
        german=f"Unter „{text[:40]}“ ist nichts zu finden.",
    )
