"""What may be stored of an item: contact data from public keys, consents, blocked properties."""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Mapping
from itertools import pairwise
from typing import Any, Literal

import msgspec

Treatment = Mapping[str, Literal["block", "hash"]]
"""Property → what is done to it before it is stored."""
WORDS = frozenset(
    ["email", "mail", "phone", "mobile", "tel", "telephone", "telefon", "handy", "mobil",
     "firstname", "lastname", "surname", "forename", "fullname", "vorname", "nachname",
     "familienname", "address", "adresse", "anschrift", "street", "strasse", "straße",
     "hausnummer", "postalcode", "postcode", "zip", "zipcode", "plz", "birthday", "birthdate",
     "geburtstag", "geburtsdatum", "iban", "username", "avatar"]
)  # fmt: skip
"""Parts of names of properties that say how somebody can be reached or who they are."""
OF_PERSON = frozenset(["name", "city", "ort", "stadt"])
"""In traits these do, too; elsewhere they are names of products and pages."""
_MAIL = re.compile(r"[^@\s]{1,64}@[^@\s]+\.[^@\s]{2,}")
_PARTS = re.compile(r"[A-ZÄÖÜ]?[a-zäöüß]+|[A-ZÄÖÜ]+(?![a-zäöüß])|\d+")
_CONSENTS = ("consent", "einwilligung", "subscribe", "opt-in", "opt in", "opt-out", "opt out",
             "opted", "double opt", "widerruf", "abgemeldet", "abonnier", "withdraw", "contact paused", "contact frequency", "marked as spam")  # fmt: skip

_decode = msgspec.json.Decoder(dict[str, Any]).decode
_encode = msgspec.json.Encoder().encode


def is_consent(name: str) -> bool:
    """Whether an event of this name gives or takes back a consent."""
    lower = name.lower()
    return any(word in lower for word in _CONSENTS)


def without_contact(properties: str, *, of_person: bool) -> tuple[str, int]:
    """(the properties without contact data, however deep, how many were taken out).

    Contact data is what its name says, and whatever looks like a mail address.
    """
    said = _decode(properties)
    gone = _take_out(said, of_person)
    if not gone:
        return properties, 0
    return (_encode(said).decode() if said else ""), gone


def _take_out(said: Any, of_person: bool) -> int:
    if isinstance(said, list):
        return sum(_take_out(value, of_person) for value in said)
    if not isinstance(said, dict):
        return 0
    names = [
        key
        for key, value in said.items()
        if _is_contact(key, of_person) or (isinstance(value, str) and _MAIL.search(value))
    ]
    for key in names:
        del said[key]
    return len(names) + sum(_take_out(value, of_person) for value in said.values())


def _is_contact(key: str, of_person: bool) -> bool:
    parts = [part.lower() for part in _PARTS.findall(key)]
    words = {*parts, *(first + second for first, second in pairwise(parts)), "".join(parts)}
    return bool(words & WORDS) or (of_person and "".join(parts) in OF_PERSON)


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
