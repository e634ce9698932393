"""What may be stored of an item: contact data from public keys, consents, blocked properties."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from typing import Any, Literal

import msgspec

Treatment = Mapping[str, Literal["block", "hash"]]
"""Property → what is done to it before it is stored."""
CONTACT = frozenset(
    ["email", "phone", "mobile", "telephone", "firstname", "lastname", "name", "fullname",
     "address", "street", "postalcode", "zip", "city", "birthday", "birthdate", "username",
     "avatar", "iban"]
)  # fmt: skip
"""Traits that say how somebody can be reached or who they are, lower case without separators."""
_CONSENTS = (
    "consent",
    "einwilligung",
    "subscribe",
    "opt-in",
    "opt in",
    "double opt",
    "unsubscribe",
)

_decode = msgspec.json.Decoder(dict[str, Any]).decode
_encode = msgspec.json.Encoder().encode


def is_consent(name: str) -> bool:
    """Whether an event of this name gives or takes back a consent."""
    lower = name.lower()
    return any(word in lower for word in _CONSENTS)


def without_contact(properties: str) -> tuple[str, int]:
    """(the traits without contact data, how many were taken out)."""
    said = _decode(properties)
    kept = {k: v for k, v in said.items() if _plain(k) not in CONTACT}
    if len(kept) == len(said):
        return properties, 0
    return (_encode(kept).decode() if kept else ""), len(said) - len(kept)


def _plain(key: str) -> str:
    return "".join(c for c in key.lower() if c.isalnum())


def treated(properties: str, treatment: Treatment, secret: bytes) -> str:
    """The properties without the blocked ones, the others of ``treatment`` hashed (HMAC)."""
    said = _decode(properties)
    kept: dict[str, Any] = {}
    for key, value in said.items():
        what = treatment.get(key)
        if what == "block":
            continue
        kept[key] = _hashed(value, secret) if what == "hash" and value is not None else value
    return _encode(kept).decode() if kept else ""


def _hashed(value: Any, secret: bytes) -> str:
    text = value if isinstance(value, str) else _encode(value).decode()
    return "h:" + hmac.digest(secret, text.encode(), hashlib.sha256)[:16].hex()
