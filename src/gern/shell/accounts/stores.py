"""Erasure registry of the accounts."""

from __future__ import annotations

from typing import Any

from gern.kit.registry import Store, register


def _users(email: str) -> list[dict[str, Any]]:
    from gern.shell.accounts.models import User

    return list(
        User.objects.filter(email__iexact=email).values("email", "role", "language", "created")
    )


def _erase(email: str) -> int:
    from gern.shell.accounts.models import User

    return int(User.objects.filter(email__iexact=email).delete()[1].get("accounts.User", 0))


register(Store(
    "accounts.User", True, "who can log in", "as long as they work here", subject="user",
    exporter=_users, eraser=_erase,
))  # fmt: skip
