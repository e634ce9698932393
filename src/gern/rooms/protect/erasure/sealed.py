"""What the law wants kept of somebody who is erased: their orders of the years for which booking
documents must be kept, with what an invoice names. Encrypted with a key of this home, in no figure,
found by nobody; opened only with a reason, which stays; gone when the time is over.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections import defaultdict
from collections.abc import Iterable
from datetime import UTC, date
from typing import Any

from cryptography.fernet import Fernet

from gern.core.shop import Shop
from gern.core.zones import local_day, zone_named
from gern.kit.people import names_of
from gern.kit.shop import real_today
from gern.rooms.protect.models import Erasure, Firm, Opening, Sealed

SECRET = "sealed"  # noqa: S105 - the name of the key, not the key
YEARS = 8
NORM = "§ 147 AO, § 257 HGB; Art. 17(3)(b) GDPR"
_ADDRESS = ("name", "company", "street", "postcode", "city", "country")


def until(year: int) -> date:
    """The last day on which booking documents of this year must be kept: the period begins when
    the year ends (§ 147(4) AO)."""
    return date(year + YEARS, 12, 31)


def due(shop: Shop, person: str, today: date) -> dict[int, list[dict[str, Any]]]:
    """By year the orders that must still be kept, oldest first."""
    here, found = zone_named(shop.zone), defaultdict(list)
    for order in reversed(shop.orders_of(person)):
        year = local_day(order["ts"], here).year
        if until(year) >= today:
            found[year].append(order)
    return dict(found)


def seal_before_erasing(shop: Shop, people: Iterable[str]) -> None:
    """Before an erasure, by whatever way: keep the orders of these customers, if the firm said that
    they lie nowhere else."""
    firm = Firm.known()
    if firm and firm.keeps_documents:
        running = {
            p: e for e in Erasure.objects.filter(state=Erasure.State.RUNNING) for p in e.people
        }
        for person in people:
            seal(shop, running.get(person), person, names_of(shop, person))


def seal(shop: Shop, erasure: Erasure | None, person: str, names: Iterable[str]) -> None:
    """Keep the orders of this customer; done twice, they are kept once."""
    row = shop.customer(person) or {}
    address = {key: row[key] for key in _ADDRESS if row.get(key)}
    digests = sorted({digest(shop, name) for name in names})
    for year, orders in due(shop, person, real_today(shop)).items():
        content = json.dumps({"customer": person, "address": address, "orders": [
            {**order, "lines": shop.lines_of(person, order["source"], order["order_id"])}
            for order in orders
        ]}, default=_plain)  # fmt: skip
        Sealed.objects.get_or_create(
            mark=digest(shop, content),
            defaults={
                "erasure": erasure, "year": year, "digests": digests, "records": len(orders),
                "until": until(year), "content": _box(shop).encrypt(content.encode()).decode(),
            },
        )  # fmt: skip


def open_sealed(shop: Shop, one: Sealed, why: str, by: Any) -> bytes:
    """What was kept, as JSON; that it was opened, by whom and why, is written down before."""
    Opening.objects.create(sealed=one, why=why, by=by)
    return _box(shop).decrypt(one.content.encode())


def of_person(shop: Shop, name: str) -> list[Sealed]:
    """What is kept of somebody of this id."""
    wanted = digest(shop, name)
    return [one for one in Sealed.objects.defer("content") if wanted in one.digests]


def forget_over(today: date) -> int:
    """Delete what need not be kept any more; how many."""
    return int(Sealed.objects.filter(until__lt=today).delete()[1].get("protect.Sealed", 0))


def digest(shop: Shop, name: str) -> str:
    """The keyed hash of an id."""
    return hmac.digest(shop.home.secret(SECRET).encode(), name.encode(), hashlib.sha256).hex()


def _box(shop: Shop) -> Fernet:
    key = hashlib.sha256(shop.home.secret(SECRET).encode()).digest()
    return Fernet(base64.urlsafe_b64encode(key))


def _plain(value: Any) -> str:
    return value.replace(tzinfo=UTC).isoformat() if hasattr(value, "tzinfo") else str(value)
