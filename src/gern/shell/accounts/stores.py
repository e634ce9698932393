"""Erasure registry of the accounts."""

from __future__ import annotations

from typing import Any

from gern.kit.registry import Store, register


def _user(email: str) -> Any:
    from gern.shell.accounts.models import User

    return User.objects.filter(email__iexact=email).first()


def _factors(email: str) -> list[dict[str, Any]]:
    from allauth.mfa.models import Authenticator

    return list(
        Authenticator.objects.filter(user=_user(email)).values("type", "created_at", "last_used_at")
    )


def _erase_factors(email: str) -> int:
    from gern.shell.accounts.second_factor import remove

    return remove(_user(email))


def _sessions(email: str) -> list[dict[str, Any]]:
    return [{"session": s.expire_date.isoformat()} for s in _held(email)]


def _listed_sessions(email: str) -> list[dict[str, Any]]:
    from allauth.usersessions.models import UserSession

    return list(
        UserSession.objects.filter(user=_user(email)).values(
            "ip", "user_agent", "created_at", "last_seen_at"
        )
    )


def _erase_sessions(email: str) -> int:
    found = _held(email)
    for session in found:
        session.delete()
    return len(found)


def _erase_listed_sessions(email: str) -> int:
    from allauth.usersessions.models import UserSession

    return int(UserSession.objects.filter(user=_user(email)).delete()[0])


def _held(email: str) -> list[Any]:
    from gern.shell.accounts.sessions import sessions_of

    user = _user(email)
    return sessions_of(user) if user else []


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
register(Store(
    "mfa.Authenticator", True, "second factors: secrets of apps, public keys", "until they are removed",
    subject="user", exporter=_factors, eraser=_erase_factors,
))  # fmt: skip
register(Store(
    "sessions.Session", True, "who is logged in", "14 days", subject="user",
    exporter=_sessions, eraser=_erase_sessions,
))  # fmt: skip
register(Store(
    "usersessions.UserSession", True, "where somebody is logged in: address and browser",
    "as long as the session, 14 days at most", subject="user", exporter=_listed_sessions,
    eraser=_erase_listed_sessions,
))  # fmt: skip
register(Store("accounts.OwnRole", False, "names of roles and what they may", ""))
register(
    Store("account.EmailAddress", False, "not used: a user has one address, in accounts.User", "")
)
register(Store("account.EmailConfirmation", False, "not used: nobody signs up", ""))
