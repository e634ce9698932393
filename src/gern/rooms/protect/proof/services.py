"""Proof of consent: every word of a customer on being contacted, with what they read and did; and
how old the consents are that hold."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from gern.core.consent.gate import STALE_DAYS, words_of
from gern.core.consent.purpose import CHANNELS
from gern.core.engines.question import Question
from gern.core.people.events import properties
from gern.core.shop import Shop
from gern.kit import formats
from gern.kit.documents import Block, Heading, Rows, as_pdf
from gern.kit.meanings import event_name, meanings
from gern.kit.people import names_of
from gern.rooms.protect.gate.services import consented, decisions
from gern.rooms.protect.gate.words import why
from gern.rooms.protect.models import Firm, Purpose, Signup

AGES = (365, 730)
"""Days: up to one year, up to two, older."""


@dataclass(frozen=True)
class Ages:
    """Consents that hold, by how long ago they were given; ``unused``: of those older than
    `gate.STALE_DAYS`, not used since."""

    purpose: Purpose
    channel: str
    new: int
    older: int
    oldest: int
    unused: int


def ages(shop: Shop) -> list[Ages]:
    """Of every purpose and channel with a consent."""
    now, found = datetime.now(UTC).replace(tzinfo=None), []
    for purpose in Purpose.objects.all():
        for channel in CHANNELS:
            sql, values = consented(shop, purpose, channel)
            row = shop.door.ask(Question(
                "SELECT count(*) FILTER (days <= $one) AS new, count(*) FILTER (days > $one AND days <= $two) AS older,"
                " count(*) FILTER (days > $two) AS oldest, count(*) FILTER (days > $stale AND unused > $stale) AS unused"
                " FROM (SELECT date_diff('day', ts, $now) AS days,"
                f" date_diff('day', greatest(ts, coalesce(sent_for_it, ts)), $now) AS unused FROM ({sql}))",
                {**values, "one": AGES[0], "two": AGES[1], "stale": STALE_DAYS, "now": now}, "age of consents",
            ))[0]  # fmt: skip
            if row["new"] + row["older"] + row["oldest"]:
                found.append(Ages(purpose, channel, **row))
    return found


def proof_pdf(shop: Shop, person: str) -> bytes:
    """All that proves, or disproves, that this customer may be contacted."""
    row, firm = shop.customer(person) or {}, Firm.known()
    blocks: list[Block] = [
        Rows((), [
            (_("Customer"), " · ".join(filter(None, (row.get("name"), person)))),
            (_("E-mail"), row.get("email") or "–"),
            (_("Controller"), "\n".join((firm.name, firm.address)) if firm else "–"),
            (_("As of"), formats.moment(datetime.now(UTC), shop.zone)),
        ], (1, 3)),
        Heading(_("What holds now")), _decisions(shop, person), Heading(_("What was said, the newest first")),
    ]  # fmt: skip
    blocks += _said(shop, person) or [_("Nothing.")]
    for one in Signup.objects.filter(person__in=names_of(shop, person), confirmed__isnull=False):
        blocks += _signup(one, shop.zone)
    return as_pdf(_("Proof of consent"), blocks, get_language() or "en")


def _decisions(shop: Shop, person: str) -> Rows:
    rows = [
        (
            purpose.name,
            formats.text(CHANNELS[one.channel]),
            _("yes") if one.allowed else _("no"),
            why(one),
        )
        for purpose, found in decisions(shop, person)
        for one in found
    ]
    return Rows((_("Purpose"), _("Channel"), _("Allowed"), _("Why")), rows, (3, 2, 1, 4))


def _said(shop: Shop, person: str) -> list[Block]:
    known, rows = meanings(), []
    for event in words_of(shop.door, person):
        sent: dict[str, Any] = properties(event)
        details = "\n".join(f"{key}: {value}" for key, value in sent.items())
        rows.append((formats.moment(event["ts"], shop.zone), event_name(event["name"], known), f"{event['source']} {event['event_id']}", details))  # fmt: skip
    head = (_("When"), _("What"), _("Source and id of the event"), _("Details"))
    return [Rows(head, rows, (2, 2, 3, 4))] if rows else []


def _signup(one: Signup, zone: str) -> list[Block]:
    def at(moment: datetime | None) -> str:
        return formats.moment(moment, zone)

    purposes = ", ".join(p["name"] for p in one.shown["purposes"])
    return [
        Heading(_("Sign-up %(id)s, double opt-in") % {"id": one.pk}),
        Rows((), [
            (_("Address"), one.email),
            (_("Asked"), f"{at(one.asked)}, IP {one.asked_ip or '–'}"),
            (_("Confirmed with the button"), f"{at(one.confirmed)}, IP {one.confirmed_ip or '–'}"),
            (_("Form"), f"{one.form_id}, {_('version')} {one.form_version}\n{one.url}"),
            (_("Text beside the box"), one.shown["box"]),
            (_("State of the box"), _("not ticked before; ticked by the person")),
            (_("Purposes, channel"), f"{purposes}; {formats.text(CHANNELS['email'])}"),
            (_("Privacy notice"), f"{one.shown['notice']}, {_('version')} {one.shown['notice_version']}"),
            (_("Confirmation mail"), f"{one.message_id}\n{one.mail}"),
        ], (1, 3)),
    ]  # fmt: skip
