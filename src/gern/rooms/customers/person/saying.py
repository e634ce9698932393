"""What somebody of the firm has found out about a customer: a trait, said by hand.

It goes into the log as an event, like what any other source says, so that it has an origin, a day
and a history, and audiences and figures know it.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from typing import Any

from django.db import transaction

from gern.core.errors import BadInput
from gern.core.log.event import Event
from gern.core.people.contact import field_of
from gern.core.people.traits import OWN_SOURCE
from gern.core.touchpoints.journey import NOTED
from gern.core.zones import midnight_utc, zone_named
from gern.kit import formats
from gern.kit.outbox.services import record
from gern.kit.shop import current_shop, real_today

_LONGEST_AGO = timedelta(days=3653)
_KEY = re.compile(r"[^\W_][\w .\-]{0,59}")


def say(person: str, key: str, value: str, by: Any = None) -> None:
    """From now on this is known of the customer; ``by``: the user who says so. ``BadInput``: no name for it, or no such value."""
    field = field_of(key)
    if not _KEY.fullmatch(key) or not value:
        raise BadInput(
            "A statement needs a name (letters, digits, blanks) and a value. Nothing was changed.",
            param="key",
            german="Eine Angabe braucht eine Bezeichnung (Buchstaben, Ziffern, Leerzeichen) und einen"
            " Wert. Es wurde nichts geändert.",
        )
    if field == "email" and not re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s]+", value):
        raise BadInput(
            f"{value!r} is no e-mail address. Nothing was changed.", param="value",
            german=f"„{value}“ ist keine E-Mail-Adresse. Es wurde nichts geändert.",
        )  # fmt: skip
    if field == "birthday":
        value = _birthday(value)
    with transaction.atomic():
        record(Event(source=OWN_SOURCE, id="", name="Identify", kind="identify", ts=datetime.now(UTC), customer=person,
                     initiator="company", properties={key: value}, context={"by": str(by.pk)} if by else None))  # fmt: skip


def note_contact(person: str, key: str, day: date, by: Any = None) -> None:
    """Somebody of the firm met the customer at this touchpoint on this day. ``BadInput``: there is
    no such touchpoint, or the day has not come yet."""
    shop = current_shop()
    point, today = shop.journey().named(key), real_today(shop)
    if point is None:
        raise BadInput(
            "Choose a touchpoint. Nothing was changed.", param="touchpoint",
            german="Wählen Sie einen Touchpoint. Es wurde nichts geändert.",
        )  # fmt: skip
    if not today - _LONGEST_AGO <= day <= today:
        raise BadInput(
            f"{day} is no day of a contact: of the last ten years, today at the latest. Nothing was"
            " changed.", param="day",
            german=f"{formats.day(day)} ist kein Tag eines Kontakts: aus den letzten zehn Jahren,"
            " spätestens heute. Es wurde nichts geändert.",
        )  # fmt: skip
    noon = midnight_utc(day, zone_named(shop.zone)) + timedelta(hours=12)
    ts = min(noon.replace(tzinfo=UTC), datetime.now(UTC))
    with transaction.atomic():
        record(Event(source=OWN_SOURCE, id="", name=NOTED, kind="track", ts=ts, customer=person,
                     properties={"touchpoint": point.key}, context={"by": str(by.pk)} if by else None))  # fmt: skip


def _birthday(value: str) -> str:
    for form in ("%Y-%m-%d", "%d.%m.%Y"):
        try:
            day = datetime.strptime(value, form).date()
        except ValueError:
            continue
        if date(1900, 1, 1) <= day <= datetime.now(UTC).date():
            return day.isoformat()
    raise BadInput(
        f"{value!r} is no birthday. Allowed: 1980-12-31 or 31.12.1980. Nothing was changed.",
        param="value",
        german=f"„{value}“ ist kein Geburtstag. Möglich: 31.12.1980 oder 1980-12-31. Es wurde nichts"
        " geändert.",
    )
