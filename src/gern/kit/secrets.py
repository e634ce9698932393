"""Secrets of others (a mail password) at rest: encrypted, the key outside of database and backup.

After a restore into a new home they have to be entered again: the key is not in the backup.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings

KEY = "box"
Renewer = Callable[[], int]
_renewers: list[Renewer] = []


def hide(text: str) -> str:
    """Encrypted, for the database; empty stays empty."""
    return _box().encrypt(text.encode()).decode() if text else ""


def reveal(hidden: str) -> str | None:
    """The text again; None when this installation's key did not hide it."""
    if not hidden:
        return ""
    try:
        return _box().decrypt(hidden.encode()).decode()
    except InvalidToken:
        return None


def renewed(hidden: str) -> str:
    """The same under the newest key; what cannot be read stays as it is."""
    text = reveal(hidden)
    return hidden if text is None else hide(text)


def add_renewer(renewer: Renewer) -> None:
    """Called from an ``AppConfig.ready``: hides again, under the newest key, all that its app keeps
    hidden, and says how many."""
    if renewer not in _renewers:
        _renewers.append(renewer)


def renew_all() -> int:
    """A new key, and everything hidden anew; how many secrets that were. The key before still reads
    what somebody hid at this moment; keys before that one go, when nothing needs them any more."""
    hidden = _hide_anew()
    settings.HOME.renew_secret(KEY, keep_seconds=0)
    _hide_anew()
    return hidden


def _hide_anew() -> int:
    return sum(renewer() for renewer in _renewers)


def _box() -> MultiFernet:
    return MultiFernet([_key(secret) for secret in settings.HOME.secrets(KEY)])


def _key(secret: str) -> Fernet:
    return Fernet(base64.urlsafe_b64encode(hashlib.sha256(secret.encode()).digest()))
