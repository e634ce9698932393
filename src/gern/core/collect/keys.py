"""Write keys: what they look like and how they are known again."""

from __future__ import annotations

import hashlib
import secrets

PUBLIC, SERVER = "public", "server"
_PREFIX = {PUBLIC: "gp_", SERVER: "gs_"}


def new_key(kind: str) -> str:
    """A new random key; its first letters say what it may do."""
    return _PREFIX[kind] + secrets.token_urlsafe(24)


def digest(key: str) -> str:
    """What is stored of a server key, and what every key is looked up by."""
    return hashlib.sha256(key.encode(errors="replace")).hexdigest()


def shown(key: str, kind: str) -> str:
    """What may be shown later: a public key, the first letters of a server key."""
    return key if kind == PUBLIC else key[:8] + "…"
