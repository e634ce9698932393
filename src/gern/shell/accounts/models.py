"""A user logs in with an e-mail address and has one role, which an own role may narrow."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.utils.translation import gettext_lazy as _

from gern.kit.access import FIELDS, ROLES, ROOMS


class UserManager(BaseUserManager["User"]):
    """Finds users by e-mail whatever the case."""

    def get_by_natural_key(self, username: str | None) -> User:
        return self.get(email__iexact=username)


class OwnRole(models.Model):
    """What a firm calls a role of its own: it narrows the role of a user, never widens it.

    ``rooms``: room → the most they may there (``none``, ``viewer``, ``editor``, ``admin``).
    ``hidden``: fields of customers they do not see. ``own_only``: only the customers they look
    after.
    """

    name = models.CharField(max_length=60, unique=True)
    rooms = models.JSONField(default=dict)
    hidden = models.JSONField(default=list)
    own_only = models.BooleanField(default=False)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class User(AbstractBaseUser):
    """``role`` decides what they may do, see `gern.kit.access`."""

    class Role(models.TextChoices):
        VIEWER = "viewer", _("Viewer: figures")
        EDITOR = "editor", _("Editor: also people, exports, imports")
        ADMIN = "admin", _("Admin: also settings")

    email = models.EmailField(_("e-mail"), unique=True)
    role = models.CharField(max_length=10, choices=Role.choices, default=Role.VIEWER)
    own_role = models.ForeignKey(
        OwnRole, models.PROTECT, null=True, blank=True, related_name="users"
    )
    is_active = models.BooleanField(default=True)
    language = models.CharField(max_length=2, blank=True)
    theme = models.CharField(max_length=5, blank=True)
    created = models.DateTimeField(auto_now_add=True)

    USERNAME_FIELD = "email"
    objects = UserManager()

    def __str__(self) -> str:
        return self.email

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Addresses are kept small, as they are looked for at login."""
        self.email = self.email.lower()
        super().save(*args, **kwargs)

    @property
    def is_full_admin(self) -> bool:
        """Somebody who can set right whatever went wrong with roles."""
        return self.is_active and self.role == "admin" and self.own_role_id is None

    def level_in(self, room: str) -> str | None:
        """``viewer``, ``editor`` or ``admin``; None: nothing. Who may not see customers in
        their room, or not all, sees none in Figures."""
        if not self.is_active:
            return None
        own = self.own_role
        if own is None:
            return self.role
        if room == "anywhere":
            found = [level for one in ROOMS if (level := self.level_in(one))]
            return max(found, key=ROLES.index, default=None)
        level = _less(self.role, own.rooms.get(room, "none"))
        sees_people = own.rooms.get("customers", "none") in ("editor", "admin")
        if room == "insights" and (own.own_only or not sees_people):
            level = _less(level, "viewer")
        return level

    @property
    def hidden_fields(self) -> frozenset[str]:
        """Of `access.FIELDS`, what of customers they do not see."""
        return frozenset(self.own_role.hidden if self.own_role else ()) & frozenset(FIELDS)

    @property
    def own_only(self) -> bool:
        """They see only the customers they look after."""
        return bool(self.own_role and self.own_role.own_only)


def _less(one: str | None, other: str | None) -> str | None:
    """The lower of two levels."""
    if one not in ROLES or other not in ROLES:
        return None
    return min((one, other), key=ROLES.index)
