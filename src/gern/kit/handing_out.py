"""Data about customers that leave: told to whoever keeps the log of it.

A room calls `handed_out` where a file with customers is made; another registers what is told.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from django.http import HttpRequest

Keeper = Callable[[HttpRequest, str, tuple[str, ...]], None]
_keepers: list[Keeper] = []


def add_keeper(keeper: Keeper) -> None:
    """Called from a room's ``AppConfig.ready``."""
    if keeper not in _keepers:
        _keepers.append(keeper)


def handed_out(request: HttpRequest, what: str, people: Iterable[str]) -> None:
    """A file (``what``: a name of it that stays the same, as ``customers.csv``) about these customers."""
    found = tuple(people)
    for keeper in _keepers:
        keeper(request, what, found)
