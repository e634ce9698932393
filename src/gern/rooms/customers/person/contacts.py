"""Events as the time line shows them: in the reader's words, with what was sent along."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from gern.core.shop import Shop
from gern.kit.meanings import event_name, meanings

ICONS = {
    "purchases": "shopping-basket", "visits": "globe", "messages": "mail", "service": "life-buoy",
    "answers": "message-square-quote", "data": "id-card", "other": "circle-dot",
}  # fmt: skip


@dataclass(frozen=True)
class Contact:
    """One event. ``what`` in the reader's language, ``details`` as they were sent; ``order`` can
    be opened; ``day_only``: the time of day is not known."""

    ts: datetime
    what: str
    icon: str
    channel: str
    source: str
    details: str
    amount: Decimal | None
    currency: str
    order: str | None
    day_only: bool
    left_out: str


def contacts(events: list[dict[str, Any]], shop: Shop, person: str) -> list[Contact]:
    """One page of the line."""
    known, orders = meanings(), {}
    if any(event["order_id"] for event in events):
        orders = {(o["source"], o["order_id"]): o for o in shop.orders_of(person)}
    found = []
    for event in events:
        order = orders.get((event["source"], event["order_id"]))
        what = event_name(event["name"], known)
        if order is not None and not order["purchase"]:
            what = _("Cancellation") if order["cancelled"] else _("Return or correction")
        elif event["event_id"] is None:
            what = _("Purchase")
        found.append(
            Contact(
                ts=event["ts"],
                what=what,
                icon=ICONS[event["grp"]],
                channel=event["channel"] or "",
                source=event["source"],
                details=_details(event),
                amount=event["amount"],
                currency=event["currency"] or shop.currency,
                order=event["order_id"],
                day_only=bool(order and order["day_only"]),
                left_out=event["traffic"] or "",
            )
        )
    return found


def _details(event: dict[str, Any]) -> str:
    sent = json.loads(event["properties"] or "{}")
    page = (json.loads(event["context"] or "{}").get("page") or {}).get("path")
    shown = [page] if page else []
    shown += [
        f"{key}: {value}" for key, value in sent.items() if not isinstance(value, dict | list)
    ]
    return ", ".join(map(str, shown))[:300]
