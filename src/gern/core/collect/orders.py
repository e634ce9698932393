"""Order events of the Segment e-commerce specification as lines of an order, exact to the cent.

The value of an order is what its sender calls ``revenue``, else ``total``, ``value``,
``subtotal``, else the sum of its products. Its lines are the products (price × quantity); what is
missing to the value (discount, postage, tax) is a line of its own without a product. A refund or
cancellation is the same with its sign turned. Source: Segment's "Spec: V2 E-commerce Events".
"""

from __future__ import annotations

import re
from decimal import ROUND_HALF_EVEN, Decimal, InvalidOperation
from typing import NamedTuple

import msgspec

from gern.core.errors import BadInput
from gern.core.text import UNFIT

OrderLine = tuple[str | None, str | None, str | None, str, str | None, str]
"""(product, name, group, quantity, price, amount), as `log.event.Stored` keeps it."""
COMPLETED, REFUNDED, CANCELLED = "Order Completed", "Order Refunded", "Order Cancelled"
NAMES = frozenset([COMPLETED, REFUNDED, CANCELLED])
MOST_LINES = 10_000
_EXACT = Decimal("0.000001")
_LARGEST = Decimal(10) ** 12

Money = Decimal | None
Text = str | int | None


class _Product(msgspec.Struct, gc=False):
    product_id: Text = None
    productId: Text = None
    id: Text = None
    sku: Text = None
    name: Text = None
    category: Text = None
    price: Money = None
    quantity: Money = None


class _Order(msgspec.Struct, gc=False):
    order_id: Text = None
    orderId: Text = None
    id: Text = None
    revenue: Money = None
    total: Money = None
    value: Money = None
    subtotal: Money = None
    currency: str | None = None
    products: list[_Product] | None = None


class Order(NamedTuple):
    """``lines`` empty: the sender says of which order, but not how much."""

    order_id: str
    currency: str | None
    cancelled: bool
    lines: list[OrderLine]

    def without_products(self) -> Order:
        """The same value in one line that names no product."""
        if not self.lines:
            return self
        value = sum((Decimal(line[5]) for line in self.lines), Decimal(0))
        quantity = "-1" if self.cancelled or value < 0 else "1"
        return self._replace(lines=[(None, None, None, quantity, None, format(value, "f"))])


_decode = msgspec.json.Decoder(_Order).decode


def order_of(name: str, properties: str, event_id: str, currency: str) -> Order:
    """The order that an event with these properties is. ``currency``: when it names none."""
    try:
        said = _decode(properties or "{}")
    except msgspec.MsgspecError as error:
        raise BadInput(f"properties: {error}", param="bad_money") from None
    order_id = _text(said.order_id or said.orderId or said.id) or event_id
    sign = 1 if name == COMPLETED else -1
    lines = [_line(product, sign) for product in said.products or []]
    if len(lines) > MOST_LINES:
        raise BadInput(
            f"The order has {len(lines):,} products. Allowed: {MOST_LINES:,}.", param="bad_money"
        )
    value = next(
        (v for v in (said.revenue, said.total, said.value, said.subtotal) if v is not None), None
    )
    if value is not None:
        rest = sign * abs(_exact(value, "value")) if sign < 0 else _exact(value, "value")
        rest -= sum((Decimal(line[5]) for line in lines), Decimal(0))
        if rest or not lines:
            quantity = "1" if sign > 0 else "-1"
            lines.append((None, None, None, quantity, None, format(rest, "f")))
    elif not lines and name == COMPLETED:
        lines.append((None, None, None, "1", None, "0"))
    return Order(
        f"{order_id}/cancelled" if name == CANCELLED else order_id,
        _currency(said.currency, currency) if lines else None,
        name == CANCELLED and bool(lines),
        lines,
    )


def _line(product: _Product, sign: int) -> OrderLine:
    quantity = _exact(Decimal(1) if product.quantity is None else product.quantity, "quantity")
    price = None if product.price is None else _exact(product.price, "price")
    quantity = sign * abs(quantity) if sign < 0 else quantity
    amount = _exact((price or Decimal(0)) * quantity, "price × quantity")
    return (
        _text(product.product_id or product.productId or product.sku or product.id),
        _text(product.name),
        _text(product.category),
        format(quantity, "f"),
        None if price is None else format(price, "f"),
        format(amount, "f"),
    )


def _exact(value: Decimal, what: str) -> Decimal:
    """To six decimal places; what browsers compute has seventeen digits."""
    try:
        if value.is_finite() and abs(value) < _LARGEST:
            return value.quantize(_EXACT, ROUND_HALF_EVEN).normalize() + Decimal(0)
    except InvalidOperation:
        pass
    raise BadInput(f"{what} {value} is not allowed. Allowed: below 10^12.", param="bad_money")


def _text(value: Text) -> str | None:
    text = UNFIT.sub(" ", str(value)).strip()[:500] if value is not None else ""
    return text or None


def _currency(said: str | None, usual: str) -> str:
    code = (said or usual).strip().upper()
    if not re.fullmatch("[A-Z]{3}", code):
        raise BadInput(
            f"currency {said!r:.40} is none. Allowed: an ISO 4217 code such as EUR.",
            param="bad_money",
        )
    return code
