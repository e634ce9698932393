"""The list of addresses that must not be contacted, kept as keyed hashes."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

from gern.core.consent.gate import AS_WITHDRAWN, WITHDRAWN
from gern.core.consent.purpose import CALLED
from gern.core.engines.question import Question
from gern.core.people.finding import compact, compact_sql
from gern.core.shop import Shop
from gern.rooms.protect.models import Suppressed

SECRET = "suppression"  # noqa: S105 - the name of the key, not the key
ERASED, BY_HAND = "erased", "by hand"
_BLOCK = 64


def suppress(shop: Shop, channel: str, addresses: Iterable[str], why: str) -> int:
    """Add these addresses; how many are new. Empty ones are left out."""
    key, now = _key(shop), datetime.now(UTC)
    digests = {_digest(key, channel, a) for a in addresses if _plain(channel, a)}
    known = set(Suppressed.objects.filter(channel=channel).values_list("digest", flat=True))
    new = [Suppressed(digest=d, channel=channel, since=now, why=why) for d in digests - known]
    Suppressed.objects.bulk_create(new, ignore_conflicts=True)
    return len(new)


def release(shop: Shop, channel: str, address: str) -> bool:
    """Take an address off the list; whether it was on it."""
    found = Suppressed.objects.filter(channel=channel, digest=_digest(_key(shop), channel, address))
    return bool(found.delete()[0])


def suppress_objectors(shop: Shop, people: Sequence[str]) -> None:
    """Before an erasure: who of these has ever taken back a consent, or objected, must not be
    contacted when an import brings their address back."""
    names = ", ".join(f"'{name}'" for name in (WITHDRAWN, *AS_WITHDRAWN))
    for channel, column in (("email", "email"), ("phone", "phone"), ("sms", "phone")):
        rows = shop.door.ask(Question(
            f"SELECT DISTINCT c.{column} AS address FROM customers AS c JOIN events AS e"
            f" ON e.person = c.person WHERE list_contains($people, c.person) AND e.name IN ({names})"
            f" AND c.{column} IS NOT NULL AND (e.name <> '{WITHDRAWN}' AND $channel = 'email'"
            f" OR e.name = '{WITHDRAWN}' AND list_contains($called, lower(trim(coalesce("
            "json_extract_string(e.properties, '$.channel'), '')))))",
            {"people": list(people), "channel": channel, "called": ["", *CALLED[channel]]},
            "objections of who is erased", among=tuple(people),
        ))  # fmt: skip
        suppress(shop, channel, [row["address"] for row in rows], ERASED)


def suppressed_sql(shop: Shop, channel: str) -> tuple[str, dict[str, object]]:
    """(SQL, values) for `gate.Terms`: since when the address of ``c`` is on the list, else NULL."""
    if channel == "post" or not (rows := dict(
        Suppressed.objects.filter(channel=channel).values_list("digest", "since")
    )):  # fmt: skip
        return "CAST(NULL AS TIMESTAMP)", {}
    key = hashlib.sha256(_key(shop)).digest().ljust(_BLOCK, b"\0")
    plain = "lower(trim(c.email))" if channel == "email" else compact_sql("c.phone")
    inner = f"unhex(sha256(CAST($inner AS BLOB) || encode('{channel}:' || {plain})))"
    found = f"sha256(CAST($outer AS BLOB) || {inner})"
    values = {
        "inner": bytes(byte ^ 0x36 for byte in key), "outer": bytes(byte ^ 0x5C for byte in key),
        "digests": list(rows), "moments": [t.astimezone(UTC).replace(tzinfo=None) for t in rows.values()],
    }  # fmt: skip
    return f"CAST($moments AS TIMESTAMP[])[list_position($digests, {found})]", values


def _key(shop: Shop) -> bytes:
    return shop.home.secret(SECRET).encode()


def _plain(channel: str, address: str) -> str:
    return address.strip().lower() if channel == "email" else compact(address)


def _digest(key: bytes, channel: str, address: str) -> str:
    said = f"{channel}:{_plain(channel, address)}".encode()
    return hmac.digest(hashlib.sha256(key).digest(), said, hashlib.sha256).hex()
