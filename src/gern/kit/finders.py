"""What one finds from anywhere (``Ctrl+K``): rooms add finders, each for its own kind of things."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from django.http import HttpRequest
from django.utils.functional import Promise

from gern.core.people.finding import folded
from gern.kit.access import Access

MOST = 6
"""Hits of one finder that are shown."""


@dataclass(frozen=True)
class Hit:
    """Something found. ``note``: what tells it from others of the name."""

    label: str
    url: str
    icon: str
    note: str = ""


@dataclass(frozen=True)
class Place:
    """A page without an entry in the menu, or something one can begin. ``route``: its name."""

    route: str
    label: str | Promise
    icon: str
    access: Access


Finder = Callable[[HttpRequest, str], list[Hit]]
"""Gets the request and what was typed (never empty); gives only what this user may see."""
_places: list[Place] = []
_finders: list[tuple[int, str | Promise, Finder]] = []


def add_finder(order: int, title: str | Promise, finder: Finder) -> None:
    """Called from a room's ``AppConfig.ready``."""
    if finder not in [known for _, _, known in _finders]:
        _finders.append((order, title, finder))
        _finders.sort(key=lambda one: one[0])


def add_place(route: str, label: str | Promise, icon: str, access: Access) -> None:
    """Called from a room's ``AppConfig.ready``."""
    if route not in {place.route for place in _places}:
        _places.append(Place(route, label, icon, access))


def places() -> list[Place]:
    """All of them."""
    return list(_places)


def find(request: HttpRequest, text: str) -> list[tuple[str, list[Hit]]]:
    """(title, hits) of every finder that found something."""
    found = [(str(title), finder(request, text)[:MOST]) for _, title, finder in _finders]
    return [(title, hits) for title, hits in found if hits]


def fits(text: str, *names: str) -> bool:
    """Whether every word typed is in one of the names; case, accents and umlauts do not matter."""
    said = " ".join(map(folded, names))
    return all(word in said for word in folded(text).split())
