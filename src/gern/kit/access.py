"""Who may do what. Three roles, each including the one before.

viewer   sees figures, never a single customer
editor   also sees the people behind a figure, exports them, imports files
admin    also changes the shop's settings

Every view declares one of them, ``public`` or ``user`` (anybody logged in) with `allow`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal, TypeVar

import rules

Access = Literal["public", "user", "viewer", "editor", "admin"]
View = TypeVar("View", bound=Callable[..., Any])
ROLES = ("viewer", "editor", "admin")


def _at_least(role: str) -> rules.Predicate:
    included = ROLES[ROLES.index(role) :]

    @rules.predicate(name=f"at_least_{role}")
    def predicate(user: Any) -> bool:
        return bool(user.is_active) and getattr(user, "role", None) in included

    return predicate


for _role in ROLES:
    rules.set_perm(f"gern.{_role}", _at_least(_role))
rules.set_perm("gern.user", rules.is_authenticated)


def allow(access: Access) -> Callable[[View], View]:
    """Declare who may use a view. ``@allow("editor")``; outermost, above other decorators."""

    def declare(view: View) -> View:
        view.access = access  # type: ignore[attr-defined]
        return view

    return declare


def access_of(view: Callable[..., Any]) -> Access | None:
    """What a view declared; None when it declared nothing."""
    return getattr(view, "access", None)


def may(user: Any, access: Access) -> bool:
    """Whether this user may use what needs ``access``."""
    return access == "public" or bool(rules.has_perm(f"gern.{access}", user))
