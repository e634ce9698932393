"""What a law wants kept of somebody who is erased: encrypted with a key of this home, in no figure,
found by nobody; opened only with a reason, which stays; gone when the time is over.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date
from typing import Any

from cryptography.fernet import Fernet

from gern.core.shop import Shop
from gern.kit.people import names_of
from gern.kit.shop import real_today
from gern.rooms.protect.erasure import calls, documents
from gern.rooms.protect.models import Erasure, Firm, Opening, Sealed

SECRET = "sealed"  # noqa: S105 - the name of the key, not the key
KINDS = {Sealed.Kind.ORDERS: documents.NORM, Sealed.Kind.CALLS: calls.NORM}
"""What is kept → the rule that wants it."""
_TOLD = {
    Sealed.Kind.ORDERS: ("name", "company", "street", "postcode", "city", "country"),
    Sealed.Kind.CALLS: ("name", "phone"),
}
"""What is known of the person and kept with it."""


@dataclass(frozen=True)
class Duty:
    """Records of one customer that a law wants kept until a day."""

    kind: Sealed.Kind
    year: int
    until: date
    records: list[dict[str, Any]]


def duties(shop: Shop, person: str) -> list[Duty]:
    """What must be kept of a customer who is erased now: the orders of each year, if the firm said
    that they lie nowhere else; the proof of consents to calls."""
    today, firm = real_today(shop), Firm.known()
    found = []
    if firm and firm.keeps_documents:
        found = [
            Duty(Sealed.Kind.ORDERS, year, documents.until(year), orders)
            for year, orders in documents.due(shop, person, today).items()
        ]
    if proof := calls.due(shop, person, today):
        found.append(Duty(Sealed.Kind.CALLS, proof.last.year, proof.until, proof.records))
    return found


def seal_before_erasing(shop: Shop, people: Iterable[str]) -> None:
    """Before an erasure, by whatever way: keep what must be kept of these customers."""
    running = {p: e for e in Erasure.objects.filter(state=Erasure.State.RUNNING) for p in e.people}
    people, firm = list(people), Firm.known()
    whom = people if firm and firm.keeps_documents else calls.who_consented(shop, people)
    for person in whom:
        seal(shop, running.get(person), person, names_of(shop, person))


def seal(shop: Shop, erasure: Erasure | None, person: str, names: Iterable[str]) -> None:
    """Keep what must be kept of this customer; done twice, it is kept once."""
    row = shop.customer(person) or {}
    digests = sorted({digest(shop, name) for name in names})
    for duty in duties(shop, person):
        content = json.dumps(_content(shop, person, row, duty), default=_plain)
        Sealed.objects.get_or_create(
            mark=digest(shop, content),
            defaults={
                "kind": duty.kind, "erasure": erasure, "year": duty.year, "digests": digests,
                "records": len(duty.records), "until": duty.until,
                "content": _box(shop).encrypt(content.encode()).decode(),
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


def _content(shop: Shop, person: str, row: Mapping[str, Any], duty: Duty) -> dict[str, Any]:
    records = duty.records
    if duty.kind == Sealed.Kind.ORDERS:
        records = [
            {**order, "lines": shop.lines_of(person, order["source"], order["order_id"])}
            for order in records
        ]
    address = {key: row[key] for key in _TOLD[duty.kind] if row.get(key)}
    return {"customer": person, "address": address, str(duty.kind): records}


def _box(shop: Shop) -> Fernet:
    key = hashlib.sha256(shop.home.secret(SECRET).encode()).digest()
    return Fernet(base64.urlsafe_b64encode(key))


def _plain(value: Any) -> str:
    return value.replace(tzinfo=UTC).isoformat() if hasattr(value, "tzinfo") else str(value)
