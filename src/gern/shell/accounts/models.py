"""A user logs in with an e-mail address and has one role."""

from __future__ import annotations

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.utils.translation import gettext_lazy as _


class UserManager(BaseUserManager["User"]):
    """Finds users by e-mail whatever the case."""

    def get_by_natural_key(self, username: str | None) -> User:
        return self.get(email__iexact=username)


class User(AbstractBaseUser):
    """``role`` decides what they may do, see `gern.kit.access`."""

    class Role(models.TextChoices):
        VIEWER = "viewer", _("Viewer: figures")
        EDITOR = "editor", _("Editor: also people, exports, imports")
        ADMIN = "admin", _("Admin: also settings")

    email = models.EmailField(_("e-mail"), unique=True)
    role = models.CharField(max_length=10, choices=Role.choices, default=Role.VIEWER)
    is_active = models.BooleanField(default=True)
    language = models.CharField(max_length=2, blank=True)
    theme = models.CharField(max_length=5, blank=True)
    created = models.DateTimeField(auto_now_add=True)

    USERNAME_FIELD = "email"
    objects = UserManager()

    def __str__(self) -> str:
        return self.email
