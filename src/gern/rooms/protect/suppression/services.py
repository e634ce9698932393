"""The list of addresses that must not be contacted, kept as keyed hashes."""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

import structlog

from gern.core.consent.gate import AS_WITHDRAWN, WITHDRAWN
from gern.core.consent.purpose import ADDRESS, CALLED
from gern.core.engines.question import Question
from gern.core.people.finding import compact, compact_sql
from gern.core.people.traits import values_of
from gern.core.shop import Shop
from gern.kit.outbox.services import deliver
from gern.rooms.protect.models import Suppressed

SECRET = "suppression"  # noqa: S105 - the name of the key, not the key
ERASED, BY_HAND = "erased", "by hand"
log = structlog.get_logger("gern.protect")
LETTER = ("name", "street", "postcode")
"""Whom a letter reaches."""
_BLOCK = 64
_COUNTRY = r"(\+|00)(49|43|41)"


def suppress(shop: Shop, channel: str, addresses: Iterable[str], why: str) -> int:
    """Add these addresses; how many there are. One that is on the list already is there anew: what
    was agreed to before counts no more. Empty ones are left out."""
    key, now = _key(shop), datetime.now(UTC)
    digests = {_digest(key, channel, plain) for a in addresses if (plain := _plain(channel, a))}
    Suppressed.objects.bulk_create(
        [Suppressed(digest=d, channel=channel, since=now, why=why) for d in sorted(digests)],
        update_conflicts=True, update_fields=["since", "why"], unique_fields=["digest", "channel"],
    )  # fmt: skip
    return len(digests)


def release(shop: Shop, channel: str, address: str) -> bool:
    """Take an address off the list; whether it was on it."""
    digest = _digest(_key(shop), channel, _plain(channel, address))
    return bool(Suppressed.objects.filter(channel=channel, digest=digest).delete()[0])


def suppress_objectors(shop: Shop, people: Sequence[str]) -> None:
    """Before an erasure: who of these has ever taken back a consent, or objected, must not be
    contacted when an import brings an address of theirs back, also one they had before."""
    try:
        deliver()  # what they have just said may still be on its way to the log
    except Exception:  # nothing keeps an erasure from being done
        log.exception("not_delivered_before_an_erasure")
    for person in people:
        traits, row = shop.traits(person), shop.customer(person) or {}
        letter = " ".join(str(row.get(part) or "") for part in LETTER) if row.get("street") else ""
        for channel in objected(shop, person):
            addresses = [letter] if channel == "post" else values_of(traits, ADDRESS[channel])
            suppress(shop, channel, addresses, ERASED)


def objected(shop: Shop, person: str) -> list[str]:
    """The channels by which they did not want to be contacted at some time."""
    names = ", ".join(f"'{name}'" for name in (WITHDRAWN, *AS_WITHDRAWN))
    rows = shop.door.ask(Question(
        f"SELECT DISTINCT CASE WHEN name = '{WITHDRAWN}' THEN lower(trim(coalesce("
        "json_extract_string(properties, '$.channel'), ''))) ELSE 'email' END AS channel"
        f" FROM events WHERE person = $person AND name IN ({names})",
        {"person": person}, "objections of who is erased", person=person,
    ))  # fmt: skip
    said = {row["channel"] for row in rows}
    others = {id: {n for o, names in CALLED.items() if o != id for n in names} for id in CALLED}
    return [id for id in CALLED if said - others[id]]


def suppressed_sql(shop: Shop, channel: str) -> tuple[str, dict[str, object]]:
    """(SQL, values) for `gate.Terms`: since when the address of ``c`` is on the list, else NULL."""
    rows = dict(Suppressed.objects.filter(channel=channel).values_list("digest", "since"))
    if not rows:
        return "CAST(NULL AS TIMESTAMP)", {}
    key = hashlib.sha256(_key(shop)).digest().ljust(_BLOCK, b"\0")
    inner = f"unhex(sha256(CAST($inner AS BLOB) || encode('{channel}:' || {_plain_sql(channel)})))"
    found = f"sha256(CAST($outer AS BLOB) || {inner})"
    values = {
        "inner": bytes(byte ^ 0x36 for byte in key), "outer": bytes(byte ^ 0x5C for byte in key),
        "digests": list(rows), "moments": [t.astimezone(UTC).replace(tzinfo=None) for t in rows.values()],
    }  # fmt: skip
    return f"CAST($moments AS TIMESTAMP[])[list_position($digests, {found})]", values


def _key(shop: Shop) -> bytes:
    return shop.home.secret(SECRET).encode()


def _plain(channel: str, address: str) -> str:
    """The address without what notations differ in."""
    if channel == "email":
        return address.strip().lower()
    if channel == "post":
        return compact(address)
    return re.sub(r"^[+0]+", "", re.sub(rf"^{_COUNTRY}", "", re.sub(r"[^0-9+]", "", address)))


def _plain_sql(channel: str) -> str:
    """SQL of the same, over ``c``."""
    if channel == "email":
        return r"regexp_replace(lower(c.email), '^\s+|\s+$', '', 'g')"
    if channel == "post":
        return compact_sql("concat_ws(' ', " + ", ".join(f"c.{part}" for part in LETTER) + ")")
    bare = f"regexp_replace(regexp_replace(c.phone, '[^0-9+]', '', 'g'), '^{_COUNTRY}', '')"
    return f"regexp_replace({bare}, '^[+0]+', '')"


def _digest(key: bytes, channel: str, plain: str) -> str:
    return hmac.digest(hashlib.sha256(key).digest(), f"{channel}:{plain}".encode(), hashlib.sha256).hex()  # fmt: skip
