"""From decoded items to events of the log: what the sender's key may say, ids, times, orders.

A *server* key is believed. A *public* key stands in a web page, where anybody can read and use
it: it may tell what its visitors do, but no revenue, no consent, no contact data, and who a
visitor is only as a claim (`log.identifications`). Such parts are left out or put in quarantine,
never silently: both are counted and shown.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import msgspec

from gern.core.collect import orders
from gern.core.collect.contexts import NONE, Context, context_of, merged, without_query
from gern.core.collect.rights import Treatment, is_consent, treated, without_contact
from gern.core.collect.traffic import Rules
from gern.core.collect.wire import MOST_ITEM, TYPES, Item, Sent, Text
from gern.core.errors import BadInput
from gern.core.log.arrivals import Arrived
from gern.core.log.event import AHEAD, EARLIEST, MAX_TEXT, Stored, micros
from gern.core.log.quarantine import Refused
from gern.core.log.schema import DAILY, VISITOR

NAMES = {
    "page": "Page Viewed",
    "screen": "Screen Viewed",
    "identify": "Identify",
    "group": "Group",
    "alias": "Alias",
}
_UNFIT = re.compile(r"[\x00-\x1f\x7f\ufffe\uffff]")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_FIRST = micros(EARLIEST, "ts")
_AHEAD = int(AHEAD.total_seconds()) * 1_000_000
_MOST_CACHED = 4096


@dataclass(frozen=True)
class Sender:
    """Who sends, and what of it is believed. ``treatments``: event name → properties to block or
    hash; ``secret`` keys those hashes."""

    source: str
    believed: bool
    currency: str = "EUR"
    rules: Rules = field(default_factory=Rules)
    treatments: Mapping[str, Treatment] = field(default_factory=dict)
    secret: bytes = b""
    proof_secret: bytes = b""


@dataclass(frozen=True)
class Request:
    """What the request itself says. ``daily``: the visitor without a cookie, made of address and
    browser with a salt that is thrown away every day; None: the sender has to name somebody."""

    received: int
    agent: str = ""
    address: str = ""
    daily: str | None = None


def accept(sent: Sent, sender: Sender, request: Request) -> Arrived:
    """The batch as the inbox takes it; items that cannot be used are in its ``refused``."""
    batch = Arrived(sender.source, [], request.received, list(sent.refused), counted=True)
    outer = sent.context
    sent_at = _sensible(sent.sent_at)
    if sent_at is not None:
        batch.skew = request.received - sent_at
    for item in sent.items:
        try:
            _take(batch, item, outer, sent_at, sender, request)
        except BadInput as error:
            refused = _refused(item, error.param or "wrong_type", str(error), sent, sender, request)
            batch.refused.append(refused)
        except Exception as error:  # our fault: the item must not cost its neighbours anything
            refused = _refused(item, "unexpected", repr(error), sent, sender, request)
            batch.refused.append(refused)
    return batch


def _refused(
    item: Item, code: str, message: str, sent: Sent, sender: Sender, request: Request
) -> Refused:
    """The item as quarantine keeps it: with what its batch said (clock, context), without what
    may not be stored at all (addresses, blocked properties, contact data by a public key)."""
    name = str(item.event or item.name or item.type or "")
    if item.sent_at is None:
        item.sent_at = sent.sent_at
    if item.anonymous_id is None and item.user_id is None:
        item.anonymous_id = request.daily
    try:
        item.context = msgspec.Raw(merged(sent.context, bytes(item.context)))
        for field in ("properties", "traits"):
            text = bytes(getattr(item, field)).decode()
            if not text.startswith("{"):
                continue
            if not sender.believed:
                text, _ = without_contact(text, of_person=field == "traits")
            if treatment := sender.treatments.get(name):
                text = treated(text, treatment, sender.secret) if text else text
            setattr(item, field, msgspec.Raw((text or "{}").encode()))
    except (msgspec.MsgspecError, BadInput, ValueError):
        item.context = msgspec.Raw(b"{}")
    return Refused(code, message, name, msgspec.json.encode(item))


def _take(
    batch: Arrived, item: Item, outer: bytes, sent_at: int | None, sender: Sender, request: Request
) -> None:
    kind = item.type or "track"
    if kind not in TYPES:
        raise BadInput(
            f"type {kind!r:.40} is not known. Allowed: {', '.join(TYPES)}.", param="wrong_type"
        )
    context = _context(outer, bytes(item.context), request)
    if batch.library is None:
        batch.library = context.library
    name = NAMES.get(kind) or _name(item)
    customer, visitor, claim = _who(item, kind, name, context, sender, request)
    ts, said, sent_micros = _times(item, sent_at, request.received)
    properties = _properties(item, kind, context)
    if not sender.believed and properties:
        of_person = kind in ("identify", "group")
        properties, trimmed = without_contact(properties, of_person=of_person)
        batch.trimmed += trimmed
    event_id = _id(item.message_id, "messageId") or _made_id(item)
    order = None
    treatment = sender.treatments.get(name)
    if name in orders.NAMES and sender.believed and kind == "track":
        order = orders.order_of(name, properties, event_id, sender.currency)
        if treatment and "products" in treatment:
            order = order.without_products()
    if treatment and properties:
        properties = treated(properties, treatment, sender.secret)
    traffic = _traffic(batch, context, customer or claim, sender, request)
    if claim is not None and traffic is None:
        batch.claims.append((len(batch.events), claim))
    if kind == "alias" and customer and sender.believed:
        kind = "identify"  # joins the visitor of that name, too
        if previous := _previous(item):
            batch.merges.append((len(batch.events), previous, customer))
    elif kind == "identify" and claim is not None:
        kind = "track"  # what is only claimed joins nobody
    batch.events.append(
        Stored(
            sender.source, event_id, order.order_id if order else None, customer, visitor,
            ts, request.received, sent_micros, said, kind, name, context.channel,
            None, None, None, None, None,
            order.cancelled if order else False, order.currency if order else None, None,
            properties or None, order.lines if order else [], context.text, traffic,
        )
    )  # fmt: skip


def _previous(item: Item) -> str | None:
    previous = _id(item.previous_id, "previousId")
    if previous is not None and previous.startswith((VISITOR, DAILY)):
        raise BadInput(f"No previousId may begin with {VISITOR} or {DAILY}.", param="bad_id")
    return previous


def _who(
    item: Item, kind: str, name: str, context: Context, sender: Sender, request: Request
) -> tuple[str | None, str | None, str | None]:
    """(customer, visitor, customer that is only claimed); one of the first two is there."""
    customer = None if item.user_id is None else _id(item.user_id, "userId")
    visitor = None if item.anonymous_id is None else _id(item.anonymous_id, "anonymousId")
    if kind == "alias" and visitor is None:
        visitor = _previous(item)
    if visitor is None and customer is None:
        visitor = request.daily
    elif visitor is not None and visitor.startswith(DAILY) and visitor != request.daily:
        raise BadInput(f"No anonymousId may begin with {DAILY!r}.", param="bad_id")
    if customer is not None and customer.startswith(VISITOR):
        raise BadInput(f"No userId may begin with {VISITOR!r}.", param="bad_id")
    claim = None
    if not sender.believed:
        if is_consent(name):
            raise BadInput(
                f"{name} by a public key: anybody can read it. Send consents with a server key.",
                param="public_consent",
            )
        if customer is not None and not _proven(sender, customer, context.proof):
            claim, customer = customer, None
    if customer is not None or visitor is not None:
        return customer, visitor, claim
    if claim is not None:
        raise BadInput(
            "A public key speaks for its visitors only: anonymousId is missing. Send events of"
            " known customers with a server key.",
            param="public_customer",
        )
    raise BadInput("userId or anonymousId is needed.", param="no_id")


def _traffic(
    batch: Arrived, context: Context, customer: str | None, sender: Sender, request: Request
) -> str | None:
    if not context.agent and not sender.rules.rules:
        return None
    mark = sender.rules.mark(context.agent, request.address, context.host, context.path, customer)
    batch.bots += mark == "bot"
    batch.internal += mark == "internal"
    return mark


def _context(outer: bytes, own: bytes, request: Request) -> Context:
    size = len(outer) + len(own)
    if not size:
        return NONE
    if size > MOST_ITEM:
        raise BadInput(f"context is too long. Allowed: {MOST_ITEM:,} bytes.", param="too_long")
    if size > _MOST_CACHED:
        return context_of.__wrapped__(outer, own, request.agent)
    return context_of(outer, own, request.agent)


def proof_of(secret: bytes, customer: str) -> str:
    """What proves to a public key that its page may speak for this customer: HMAC-SHA256 of the
    id with the source's secret, in hexadecimal. Made on the shop's own server."""
    return hmac.digest(secret, customer.encode(), hashlib.sha256).hex()


def _proven(sender: Sender, customer: str, proof: str) -> bool:
    if not proof or not sender.proof_secret:
        return False
    return hmac.compare_digest(proof_of(sender.proof_secret, customer), proof)


def _name(item: Item) -> str:
    said = item.event
    name = said.strip() if type(said) is str else str(said if said is not None else item.name or "")
    if not name:
        raise BadInput("event (the name of what happened) is missing.", param="no_name")
    return name if len(name) <= MAX_TEXT and name.isprintable() else _fit(name, "event")


def _id(value: Text, what: str) -> str | None:
    if value is None or value == "":
        return None
    text = value if type(value) is str else str(value)
    return text if len(text) <= MAX_TEXT and text.isprintable() else _fit(text, what)


def _fit(text: str, what: str) -> str:
    if len(text) > MAX_TEXT or _UNFIT.search(text):
        raise BadInput(
            f"{what} {text!r:.60} cannot be used. Allowed: up to {MAX_TEXT} characters, no control"
            " characters.",
            param="bad_id",
        )
    return text


def _micros(moment: datetime) -> int:
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    past = moment - _EPOCH
    return (past.days * 86_400 + past.seconds) * 1_000_000 + past.microseconds


def _sensible(sent: datetime | None) -> int | None:
    """When it was sent, unless that cannot be: then no clock is corrected."""
    moment = None if sent is None else _micros(sent)
    return moment if moment is None or moment >= _FIRST else None


def _times(item: Item, sent_at: int | None, received: int) -> tuple[int, int, int | None]:
    """(ts corrected, as said, sent), microseconds since 1970."""
    if item.sent_at is not None:
        sent_at = _sensible(item.sent_at)
    moment = item.timestamp or item.original_timestamp
    if moment is None:
        return received, received, None
    said = _micros(moment)
    ts = said if sent_at is None else received - (sent_at - said)
    if ts < _FIRST or ts > received + _AHEAD:
        raise BadInput(
            f"timestamp {moment.isoformat()} cannot be right. Allowed: from 2000 to a day ahead.",
            param="bad_time",
        )
    return min(ts, received), said, sent_at


def _properties(item: Item, kind: str, context: Context) -> str:
    """JSON of an object, or nothing."""
    of_person = kind in ("identify", "group")
    text = bytes(item.traits if of_person else item.properties).decode()
    if kind == "track" and text[:1] == "{" and 2 < len(text) <= MOST_ITEM:
        return text
    text = text.strip()
    if text in ("", "null", "{}"):
        text = context.traits if kind == "identify" else ""
    if len(text) > MOST_ITEM:
        raise BadInput(f"The item is too long. Allowed: {MOST_ITEM:,} bytes.", param="too_long")
    if text.startswith("{") and text[1:].strip() == "}":
        text = ""
    if text and not text.startswith("{"):
        what = "traits" if of_person else "properties"
        raise BadInput(f"{what} {text[:40]} is no object.", param="wrong_type")
    extra: dict[str, Any] = {}
    if kind in ("page", "screen"):
        text = _without_queries(text)
        extra = {"name": item.name, "category": item.category}
    elif kind == "group":
        extra = {"groupId": item.group_id}
    elif kind == "alias":
        extra = {"previousId": item.previous_id}
    for key, value in extra.items():
        if value is not None and f'"{key}"' not in text:
            part = f'"{key}":{msgspec.json.encode(str(value)).decode()}'
            text = f"{{{part},{text[1:]}" if len(text) > 2 else f"{{{part}}}"
    return text


def _without_queries(text: str) -> str:
    """Addresses of pages without what comes after the question mark: it can hold names and
    tokens. ``search`` stays when it is the word somebody looked for."""
    if not any(key in text for key in ('"url"', '"referrer"', '"search"')):
        return text
    said = msgspec.json.decode(text)
    for key in ("url", "referrer"):
        if isinstance(said.get(key), str):
            said[key] = without_query(said[key])
    if str(said.get("search", "")).startswith("?"):
        del said["search"]
    return msgspec.json.encode(said).decode() if said else ""


def _made_id(item: Item) -> str:
    """The same item sent again has the same id, whenever it is sent."""
    said = msgspec.json.decode(msgspec.json.encode(item))
    for key in ("sentAt", "writeKey"):
        said.pop(key, None)
    text = msgspec.json.encode(said, order="sorted")
    return "made-" + hashlib.blake2b(text, digest_size=16).hexdigest()
