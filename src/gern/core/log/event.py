"""An event as it is handed to the log, and as the inbox keeps it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import msgspec

from gern.core.errors import BadInput
from gern.core.log.schema import VISITOR
from gern.core.text import UNFIT

KINDS = ("track", "page", "screen", "identify", "group", "alias")
FORMS = ("offer", "demand", "activity")
INITIATORS = ("company", "customer", "third_party")
SIGNS = (-1, 0, 1)
TRAFFIC = ("bot", "internal")
MAX_TEXT = 500
MAX_PROPERTIES = 100_000
MAX_LINES = 10_000
EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
AHEAD = timedelta(days=1)
"""Earlier than `EARLIEST` or further ahead than this is a broken clock, not a contact."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)

_LARGEST = Decimal(10) ** 12
_EXACT = Decimal("0.000001")


@dataclass(frozen=True, slots=True)
class Line:
    """One line of an order. ``quantity`` below 0: taken back."""

    amount: Decimal | int
    quantity: Decimal | int = 1
    price: Decimal | int | None = None
    product: str | None = None
    product_name: str | None = None
    product_group: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One contact. ``(source, id)`` says which: sent again, it is not counted again.

    ``ts``: when it happened, by the sender's clock; ``sent``: when it was sent, by the same
    clock, so that a wrong one can be corrected. Times without a zone are UTC. ``customer`` or
    ``visitor`` is needed. An event with ``lines``, or with ``order`` and ``amount``, is an order.

    >>> Event(source="shop", id="1", name="Page Viewed", ts=datetime(2024, 5, 1), visitor="v1").kind
    'track'
    """

    source: str
    id: str
    name: str
    ts: datetime
    customer: str | None = None
    visitor: str | None = None
    sent: datetime | None = None
    kind: str = "track"
    channel: str | None = None
    form: str | None = None
    initiator: str | None = None
    sign: int | None = None
    store: str | None = None
    country: str | None = None
    order: str | None = None
    amount: Decimal | int | None = None
    currency: str | None = None
    cancelled: bool = False
    lines: tuple[Line, ...] = ()
    properties: dict[str, Any] | None = None
    context: dict[str, Any] | None = None
    traffic: str | None = None


class Stored(msgspec.Struct, array_like=True, gc=False):
    """An event as the inbox keeps it: times in microseconds since 1970, money as text."""

    source: str
    event_id: str
    order_id: str | None
    customer: str | None
    visitor: str | None
    ts: int
    received: int
    sent: int | None
    said: int
    kind: str
    name: str
    channel: str | None
    form: str | None
    initiator: str | None
    sign: int | None
    store: str | None
    country: str | None
    cancelled: bool
    currency: str | None
    amount: str | None
    properties: str | None
    lines: list[tuple[str | None, str | None, str | None, str, str | None, str]]
    context: str | None = None
    traffic: str | None = None


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(list[Stored]).decode
_json = msgspec.json.Encoder().encode


def pack(events: list[Stored]) -> bytes:
    """The bytes of a batch."""
    return _encode(events)


def unpack(payload: bytes) -> list[Stored]:
    """The batch of these bytes."""
    return _decode(payload)


def stored(event: Event, received: int) -> Stored:
    """The event checked, its clock corrected; ``received`` in microseconds since 1970.

    ts = received − (sent − ts as sent); without ``sent`` as sent; never after ``received``.
    ``BadInput`` says which field is wrong and what is allowed.
    """
    said = micros(event.ts, "ts")
    sent = micros(event.sent, "sent") if event.sent is not None else None
    ts = said if sent is None else received - (sent - said)
    if ts < micros(EARLIEST, "ts") or ts > received + AHEAD // _MICROSECOND:
        raise BadInput(
            f"ts {event.ts.isoformat()} of event {event.id!r} cannot be right. Allowed: from 2000"
            " to a day ahead.",
            param="ts",
        )
    if event.customer is None and event.visitor is None:
        raise BadInput(f"Event {event.id!r} needs customer or visitor.", param="customer")
    if event.customer is not None and event.customer.startswith(VISITOR):
        raise BadInput(f"No customer id may begin with {VISITOR!r}.", param="customer")
    amount = _money(event.amount, "amount")  # before anything is computed with it
    lines = event.lines
    if not lines and event.order is not None and event.amount is not None:
        lines = (Line(event.amount, -1 if event.amount < 0 else 1),)
    if len(lines) > MAX_LINES:
        raise BadInput(
            f"Order {event.id!r} has {len(lines):,} lines. Allowed: {MAX_LINES:,}.", param="lines"
        )
    if lines and event.currency is None:
        raise BadInput(f"Order {event.id!r} needs a currency.", param="currency")
    identifier = _text(event.id, "id")
    order = _optional(event.order, "order")
    return Stored(
        source=_text(event.source, "source"),
        event_id=identifier,
        order_id=(order or identifier) if lines else order,
        customer=_optional(event.customer, "customer"),
        visitor=_optional(event.visitor, "visitor"),
        ts=min(ts, received),
        received=received,
        sent=sent,
        said=said,
        kind=_one_of(event.kind, "kind", KINDS),
        name=_text(event.name, "name"),
        channel=_optional(event.channel, "channel"),
        form=_one_of(event.form, "form", (None, *FORMS)),
        initiator=_one_of(event.initiator, "initiator", (None, *INITIATORS)),
        sign=_one_of(event.sign, "sign", (None, *SIGNS)),
        store=_optional(event.store, "store"),
        country=_optional(event.country, "country"),
        cancelled=bool(event.cancelled),
        currency=_optional(event.currency, "currency"),
        amount=amount,
        properties=_json_text(event.properties, "properties"),
        lines=[_line(line) for line in lines],
        context=_json_text(event.context, "context"),
        traffic=_one_of(event.traffic, "traffic", (None, *TRAFFIC)),
    )


def micros(moment: datetime, param: str) -> int:
    """Microseconds since 1970; a time without a zone is UTC."""
    if not isinstance(moment, datetime):
        raise BadInput(f"{param} {moment!r} is no time. Allowed: a datetime.", param=param)
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return (aware - _EPOCH) // _MICROSECOND


def _line(
    line: Line,
) -> tuple[str | None, str | None, str | None, str, str | None, str]:
    return (
        _optional(line.product, "product"),
        _optional(line.product_name, "product_name"),
        _optional(line.product_group, "product_group"),
        _money(line.quantity, "quantity") or "1",
        _money(line.price, "price"),
        _money(line.amount, "amount") or "0",
    )


def _text(value: Any, param: str) -> str:
    if not isinstance(value, str) or not value or len(value) > MAX_TEXT or UNFIT.search(value):
        raise BadInput(
            f"{param} {value!r:.80} cannot be used. Allowed: text of 1 to {MAX_TEXT} characters"
            " without control characters.",
            param=param,
        )
    return value


def _optional(value: Any, param: str) -> str | None:
    return None if value is None else _text(value, param)


def _one_of(value: Any, param: str, allowed: tuple[Any, ...]) -> Any:
    if value not in allowed:
        names = ", ".join(str(name) for name in allowed if name is not None)
        raise BadInput(f"{param} {value!r} is not allowed. Allowed: {names}.", param=param)
    return value


def _money(value: Decimal | int | None, param: str) -> str | None:
    if value is None:
        return None
    exact = Decimal(value) if isinstance(value, int) else value
    if (
        not isinstance(exact, Decimal)
        or not exact.is_finite()
        or abs(exact) >= _LARGEST
        or exact != exact.quantize(_EXACT)
    ):
        raise BadInput(
            f"{param} {value!r} cannot be kept exactly. Allowed: a Decimal below 10^12 with at"
            " most six decimal places (a float is not exact).",
            param=param,
        )
    return format(exact, "f")


def _json_text(value: dict[str, Any] | None, param: str) -> str | None:
    if not value:
        return None
    try:
        text = _json(value).decode()
    except (TypeError, ValueError, UnicodeError) as error:
        raise BadInput(f"{param} is no JSON: {error}", param=param) from None
    if len(text) > MAX_PROPERTIES:
        raise BadInput(
            f"{param} has {len(text):,} characters. Allowed: {MAX_PROPERTIES:,}.",
            param=param,
        )
    return text
