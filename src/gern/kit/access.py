"""Who may do what. Three roles, each including the one before.

viewer   sees figures, never a single customer
editor   also sees the people behind a figure, exports them, imports files
admin    also changes the shop's settings
owner    an admin whom no role of the firm's own narrows: who may what, and keys to all data

Every view declares one of them, ``public`` or ``user`` (anybody logged in) with `allow`. A role of
the firm's own may narrow it by room, hide fields of customers, and leave only the customers
somebody looks after.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import Any, Literal, TypeVar
from urllib.parse import urlsplit

import rules
from django.core.exceptions import PermissionDenied
from django.urls import resolve
from django.utils.translation import gettext_lazy as _

Access = Literal["public", "user", "viewer", "editor", "admin", "owner"]
View = TypeVar("View", bound=Callable[..., Any])
ROLES = ("viewer", "editor", "admin")
ROOMS = {
    "insights": _("Briefing and figures"),
    "customers": _("Customers"),
    "collect": _("Data"),
    "protect": _("Privacy"),
    "settings": _("Settings"),
}
FIELDS = {
    "contact": _("contact data: e-mail, telephone, address, birthday"),
    "revenue": _("what a single customer spends"),
    "notes": _("notes, tasks and files"),
}
"""Of a customer, what a role of one's own can hide."""


class NotAllowed(PermissionDenied):
    """Says in the user's words why."""


def _at_least(role: str) -> rules.Predicate:
    included = ROLES[ROLES.index(role) :]

    @rules.predicate(name=f"at_least_{role}")
    def predicate(user: Any, room: str = "anywhere") -> bool:
        return getattr(user, "level_in", _nothing)(room or "anywhere") in included

    return predicate


def _nothing(room: str) -> None:
    """What somebody may who is nobody."""


@rules.predicate(name="owner")
def _owner(user: Any, room: str = "anywhere") -> bool:
    return bool(getattr(user, "is_full_admin", False))


rules.set_perm("gern.owner", _owner)
for _role in ROLES:
    rules.set_perm(f"gern.{_role}", _at_least(_role))
rules.set_perm("gern.user", rules.is_authenticated)


def allow(
    access: Access, *, people: bool | None = None, shows: Iterable[str] | None = None,
    own: bool = False,
) -> Callable[[View], View]:  # fmt: skip
    """Declare who may use a view. ``@allow("editor")``; outermost, above other decorators.

    ``people``: it shows single customers; left out: yes, if it is for editors or admins of a room
    other than the settings. Then: ``shows``, which of `FIELDS` it shows to everybody who may use
    it (left out: all of them; somebody from whom one is hidden may not use it), and ``own``, that
    it narrows itself to the customers somebody looks after (else people who see only these may not
    use it).
    """

    def declare(view: View) -> View:
        told = access in ("editor", "admin") and room_of(view) != "settings"
        of_people = told if people is None else people
        view.access = access  # type: ignore[attr-defined]
        view.shows = frozenset((FIELDS if shows is None else shows) if of_people else ())  # type: ignore[attr-defined]
        view.own = own or not of_people  # type: ignore[attr-defined]
        return view

    return declare


def access_of(view: Callable[..., Any]) -> Access | None:
    """What a view declared; None when it declared nothing."""
    return getattr(view, "access", None)


def room_of(view: Callable[..., Any]) -> str:
    """The room it belongs to, by where it is written."""
    found = getattr(view, "__module__", "").split(".")
    return found[2] if found[:2] == ["gern", "rooms"] and found[2] in ROOMS else "settings"


def may(user: Any, access: Access, room: str) -> bool:
    """Whether this user may use what needs ``access`` in this room (or ``anywhere``)."""
    return access == "public" or bool(rules.has_perm(f"gern.{access}", user, *_of(access, room)))


def _of(access: Access, room: str) -> tuple[str, ...]:
    return () if access == "user" else (room,)


def hidden_from(user: Any) -> frozenset[str]:
    """The fields of customers this user does not see."""
    found: frozenset[str] = getattr(user, "hidden_fields", frozenset())
    return found


def sees(user: Any, field: str) -> bool:
    """Whether they see this field of a customer."""
    return field not in hidden_from(user)


def own_only(user: Any) -> bool:
    """Whether they see only the customers they look after."""
    return bool(getattr(user, "own_only", False))


def refusal(user: Any, view: Callable[..., Any]) -> str | None:
    """Why this user may not use the view, in words; None: they may."""
    access = access_of(view)
    if access is None or not may(user, access, room_of(view)):
        return str(_("Your role does not include this page."))
    if missing := hidden_from(user) & view.shows:  # type: ignore[attr-defined]
        names = ", ".join(str(FIELDS[name]) for name in FIELDS if name in missing)
        return str(_("This page shows what your role does not: %(what)s.")) % {"what": names}
    if own_only(user) and not view.own:  # type: ignore[attr-defined]
        return str(_("This page shows more than the customers you look after."))
    return None


def may_open(user: Any, url: str, access: Access) -> bool:
    """Whether this user may use the page of this address, and in its room what needs ``access``."""
    view = _view_of(urlsplit(url).path)
    return refusal(user, view) is None and may(user, access, room_of(view))


@lru_cache(maxsize=2000)
def _view_of(path: str) -> Callable[..., Any]:
    """Kept: a page asks it for every entry of the menu."""
    return resolve(path).func
