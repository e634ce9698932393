"""Parts of a customer's page that rooms add.

A room calls `add_part` in its ``AppConfig.ready``. The page asks every part for its context and
shows its template in the part's order; a part that has nothing to say returns None and is not
shown. ``person`` is the id of the customer as it is now, ``names`` every id they ever had: what a
room stores under one of them belongs to the customer.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.http import Http404, HttpRequest
from django.urls import reverse

from gern.core.log.identity import default_person
from gern.core.shop import Shop
from gern.kit.access import hidden_from, own_only
from gern.kit.shop import current_shop

Content = Callable[[HttpRequest, str, Sequence[str]], dict[str, Any] | None]


@dataclass(frozen=True)
class PersonPart:
    """``template`` is rendered with what ``content`` returns, as ``part``, beside the time line."""

    id: str
    template: str
    content: Content
    order: int
    late: bool = False
    """Fetched after the page: what takes more than a few hundredths of a second."""
    shows: tuple[str, ...] = ()
    """Of `access.FIELDS`: not shown to somebody from whom one of these is hidden."""
    others: bool = False
    """It names other customers: not shown to somebody who sees only their own."""


_parts: list[PersonPart] = []
_guards: list[Callable[[HttpRequest, str], None]] = []
_watchers: list[Callable[[HttpRequest, str], None]] = []


def add_part(part: PersonPart) -> None:
    """Called from a room's ``AppConfig.ready``; ``ValueError``: another part has this id."""
    known = next((one for one in _parts if one.id == part.id), None)
    if known is None:
        _parts.append(part)
    elif known != part:
        raise ValueError(f"Two parts of the customer's page are called {part.id!r}.")


def part_named(id: str, user: Any) -> PersonPart | None:
    """The part, if a room has added one of this name and this user sees it."""
    return next((part for part in parts(user) if part.id == id), None)


def parts(user: Any) -> list[PersonPart]:
    """All that this user sees, in their order."""
    hidden = hidden_from(user)
    narrow = own_only(user)
    found = [p for p in _parts if not hidden & set(p.shows) and not (p.others and narrow)]
    return sorted(found, key=lambda part: part.order)


def names_of(shop: Shop, person: str) -> list[str]:
    """Every id this person ever had, the present one first: what is stored under one of them is
    theirs, so that a merge moves everything and a split gives it back."""
    names = {default_person(*id) for id in shop.log.ids_of(person)}
    return [person, *sorted(names - {person})]


def add_guard(guard: Callable[[HttpRequest, str], None]) -> None:
    """Called from a room's ``AppConfig.ready``: raises ``Http404`` for a customer this user does
    not see."""
    _guards.append(guard)


def guard(request: HttpRequest, person: str) -> None:
    """``Http404`` for a customer this user does not see."""
    for check in _guards:
        check(request, person)


def add_watcher(watcher: Callable[[HttpRequest, str], None]) -> None:
    """Called from a room's ``AppConfig.ready``: told of everybody whose page is looked at."""
    _watchers.append(watcher)


def looked_at(request: HttpRequest, person: str) -> None:
    """Somebody of the firm looks at this customer."""
    for watcher in _watchers:
        watcher(request, person)


def page_of(person: str) -> str:
    """Where the page of a customer is."""
    return f"{reverse('customer')}?{urlencode({'customer': person})}"


def posted_person(request: HttpRequest) -> str:
    """Whom a form is about, as they are now; 404 when the log knows nobody of this name."""
    shop = current_shop()
    person = shop.log.person(request.POST.get("customer", ""))
    if shop.customer(person) is None and not shop.timeline(person, limit=1).counts:
        raise Http404
    guard(request, person)
    return person
