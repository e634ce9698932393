"""How the sign-in library (django-allauth) is used here: nobody signs up by themselves, secrets of
the second factor are encrypted with the key outside of the database."""

from __future__ import annotations

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa.adapter import DefaultMFAAdapter
from django.http import HttpRequest

from gern.kit import secrets


class AccountAdapter(DefaultAccountAdapter):
    """Users are invited."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Never."""
        return False

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        """Wrong passwords are counted by django-axes, for address and name together: nobody is kept
        out by what others try from elsewhere."""

    def get_client_ip(self, request: HttpRequest) -> str:
        """What the server says; a proxy in front of it has been resolved there."""
        return str(request.META.get("REMOTE_ADDR") or "127.0.0.1")

    def add_message(self, *args: Any, **kwargs: Any) -> None:
        """The library's own messages for what it did, but none for the login itself."""
        if "logged" not in str(args[2] if len(args) > 2 else kwargs.get("message_template", "")):
            super().add_message(*args, **kwargs)


def who_tries(request: HttpRequest, credentials: dict[str, Any] | None = None) -> str:
    """The address somebody tries to log in with, for counting what fails."""
    said = credentials or {}
    return str(said.get("email") or said.get("username") or request.POST.get("login", "")).lower()


class MfaAdapter(DefaultMFAAdapter):
    """Its secrets are kept as others' passwords are, see `kit.secrets`."""

    def encrypt(self, text: str) -> str:
        """For the database."""
        return secrets.hide(text)

    def decrypt(self, encrypted_text: str) -> str:
        """Empty when this installation's key did not hide it: then no code fits."""
        return secrets.reveal(encrypted_text) or ""

    def get_totp_issuer(self) -> str:
        """What an authenticator app shows."""
        return "Gern"
