"""Sets of customers that a room keeps (audiences) and others can choose from."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from gern.core.errors import BadInput
from gern.core.people.listing import Subset
from gern.core.shop import Shop

Listed = Callable[[], Sequence[tuple[str, str]]]
Resolve = Callable[[Shop, str], Subset | None]
_known: list[tuple[Listed, Resolve]] = []


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
