"""Secrets of others (a mail password) at rest: encrypted, the key outside of database and backup.

After a restore into a new home they have to be entered again: the key is not in the backup.
"""

from __future__ import annotations

import base64
import hashlib

from cryptography.fernet import Fernet, InvalidToken
from django.conf import settings


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


def _box() -> Fernet:
    secret = settings.HOME.secret("box").encode()
    return Fernet(base64.urlsafe_b64encode(hashlib.sha256(secret).digest()))
