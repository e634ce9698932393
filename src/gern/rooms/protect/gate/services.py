"""The one function that allows a contact, with all it has to know."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from django.db import transaction

from gern.core.consent import gate
from gern.core.consent.gate import GIVEN, WITHDRAWN, Decision, Terms
from gern.core.consent.purpose import CHANNELS
from gern.core.errors import BadInput
from gern.core.log.event import Event
from gern.core.shop import Shop
from gern.kit.outbox.services import record
from gern.kit.people import names_of
from gern.rooms.protect.models import Purpose, Restriction
from gern.rooms.protect.suppression.services import suppressed_sql

SOURCE = "gern"


def may_contact(
    shop: Shop, person: str, channel: str, purpose: str, at: datetime | None = None
) -> Decision:
    """Whether this customer may be contacted that way for that purpose, now or at an instant
    (naive UTC); `gate` says how it is decided. ``BadInput``: no such customer, channel or purpose."""
    one = purpose_named(purpose)
    terms = _terms(shop, channel)
    found = gate.may_contact(shop.door, shop.log.person(person), one.terms(), channel, at or _now(), terms)  # fmt: skip
    if found is None:
        raise BadInput(f"There is no customer {person!r}.", param="customer")
    return found


def decisions(shop: Shop, person: str) -> list[tuple[Purpose, list[Decision]]]:
    """Of one customer, for every purpose the channels they could be reached by."""
    at = _now()
    terms = {channel: _terms(shop, channel) for channel in CHANNELS}
    found = []
    for purpose in Purpose.objects.all():
        said = [
            decision
            for channel in CHANNELS
            if (decision := gate.may_contact(
                shop.door, person, purpose.terms(), channel, at, terms[channel]
            )) and decision.code != "no_address"
        ]  # fmt: skip
        found.append((purpose, said))
    return found


def counted(
    shop: Shop, purpose: Purpose, channel: str, people_sql: str = "SELECT person FROM customers",
    values: Mapping[str, Any] | None = None,
) -> dict[str, int]:  # fmt: skip
    """How many customers get which decision, the most first."""
    return gate.decided(
        shop.door, people_sql, values or {}, purpose.terms(), channel, _now(), _terms(shop, channel)
    )


def people_sql(shop: Shop, purpose: Purpose, channel: str, code: str) -> tuple[str, dict[str, Any]]:
    """(SQL, values): the customers who get this decision, one column ``person``."""
    sql, values = gate.gate_sql(purpose.terms(), channel, _now(), _terms(shop, channel))
    return f"SELECT person FROM ({sql}) WHERE code = $code", {**values, "code": code}


def consented(shop: Shop, purpose: Purpose, channel: str) -> tuple[str, dict[str, Any]]:
    """(SQL, values): ``ts`` of each consent that holds, and when it was last used (``sent_for_it``)."""
    sql, values = gate.gate_sql(purpose.terms(), channel, _now(), _terms(shop, channel))
    return f"SELECT ts, sent_for_it FROM ({sql}) WHERE code = 'consent'", values


def say(
    person: str, given: bool, purpose: str, channel: str, evidence: str, *, method: str = "by_hand"
) -> None:
    """Write down that a customer consented, or took it back; without ``purpose`` or ``channel`` they
    take back all. ``BadInput``: a consent without purpose, channel or evidence."""
    if channel and channel not in CHANNELS:
        raise BadInput(f"{channel!r} is no channel. Allowed: {', '.join(CHANNELS)}.", param="channel")  # fmt: skip
    if given and purpose:
        purpose_named(purpose)
    if given and not (purpose and channel and evidence):
        raise BadInput(
            "A consent names its purpose and its channel, and says how it was given. Nothing was"
            " saved.", param="evidence",
            german="Eine Einwilligung nennt Zweck und Kanal und sagt, wie sie gegeben wurde. Es wurde"
            " nichts gespeichert.",
        )  # fmt: skip
    properties = {"purpose": purpose, "channel": channel, "evidence": evidence, "method": method}
    _record(GIVEN if given else WITHDRAWN, person, properties)


def wish(person: str, name: str, properties: Mapping[str, Any]) -> None:
    """A choice of the customer about being contacted: `gate.PAUSED`, `gate.EVERY`."""
    _record(name, person, properties)


def purpose_named(id: str) -> Purpose:
    """``BadInput`` when there is none."""
    found = Purpose.objects.filter(pk=id).first()
    if found is None:
        known = ", ".join(Purpose.objects.values_list("pk", flat=True)) or "none yet"
        raise BadInput(f"{id!r} is no purpose. Allowed: {known}.", param="purpose")
    return found


def lock(shop: Shop, person: str, why: str, by: Any) -> None:
    """Lock their data, under every id they have: parted later, each stays locked."""
    for name in names_of(shop, person):
        Restriction.objects.get_or_create(person=name, defaults={"why": why, "by": by})


def unlock(shop: Shop, person: str) -> None:
    """End it."""
    Restriction.objects.filter(person__in=names_of(shop, person)).delete()


def locked_ids() -> set[str]:
    """Under which ids data were locked."""
    return set(Restriction.objects.values_list("person", flat=True))


def _terms(shop: Shop, channel: str) -> Terms:
    restricted = _people(shop, Restriction.objects.values_list("person", flat=True))
    sql, values = suppressed_sql(shop, channel)
    others = [name for one in Purpose.objects.all() for name in one.terms().names]
    return Terms(restricted, others, shop.zone, sql, values)


def _people(shop: Shop, names: Any) -> Sequence[str]:
    listed = list(names)
    return sorted(set(shop.log.people(listed))) if listed else []


def _record(name: str, person: str, properties: Mapping[str, Any]) -> None:
    said = {key: value for key, value in properties.items() if value not in ("", None)}
    with transaction.atomic():
        record(Event(source=SOURCE, id="", name=name, ts=datetime.now(UTC), customer=person,
                     initiator="customer", properties=said))  # fmt: skip


def _now() -> datetime:
    return datetime.now(UTC).replace(tzinfo=None)
