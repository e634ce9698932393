"""What a customer chooses by their own link: for what, which way, how often, or nothing at all."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from gern.core.collect.keys import digest
from gern.core.consent.gate import EVERY, PAUSED
from gern.core.consent.purpose import ADVERTISING
from gern.core.shop import Shop
from gern.rooms.protect.gate.services import decisions, say, wish
from gern.rooms.protect.models import PreferenceLink, Purpose
from gern.rooms.protect.notices.services import current

SECRET = "choices"  # noqa: S105 - the name of the key, not the key
PAUSES = (30, 90, 180)
EVERY_DAYS = (7, 30, 90)


@dataclass(frozen=True)
class Choice:
    """One purpose and channel. ``on``: they have said yes, or need not; ``unproved``: it is not known
    how. ``paused``: until when they want to hear nothing; ``every_days``: how often at most."""

    purpose: Purpose
    channel: str
    on: bool
    unproved: bool
    paused: date | None
    every_days: int


def make_link(shop: Shop, person: str) -> str:
    """The token of a customer's link, which leads to their choices from now on."""
    token = _token(shop, person)
    PreferenceLink.objects.get_or_create(digest=digest(token), defaults={"person": person})
    return token


def link_of(shop: Shop, person: str) -> str | None:
    """The token, if the link was made."""
    if not PreferenceLink.objects.exists():
        return None
    token = _token(shop, person)
    return token if PreferenceLink.objects.filter(digest=digest(token)).exists() else None


def whose(shop: Shop, token: str) -> str | None:
    """The customer a token belongs to, as they are now; None: nobody."""
    found = PreferenceLink.objects.filter(digest=digest(token)).first()
    person = shop.log.person(found.person) if found else None
    return person if person and shop.customer(person) else None


def choices(shop: Shop, person: str) -> list[Choice]:
    """What they can choose: every purpose that is no contract's, by the channels they have."""
    return [
        Choice(purpose, one.channel, one.otherwise != "no_consent" if one.given is None else one.given,
               one.code == "no_proof", one.until if one.code == "paused" else None, one.every_days)
        for purpose, found in decisions(shop, person) if purpose.kind == ADVERTISING
        for one in found
    ]  # fmt: skip


def choose(found: Iterable[Choice], person: str, wanted: Iterable[tuple[str, str]]) -> int:
    """Of these choices turn on what is ``wanted`` (purpose, channel) and the rest off; how much
    changed."""
    on, changed = set(wanted), 0
    for one in found:
        now = (one.purpose.pk, one.channel) in on
        if now != one.on or (now and one.unproved):
            say(person, now, one.purpose.pk, one.channel, _shown(one), method="choices")
            changed += 1
    return changed


def nothing_more(person: str, purpose: str = "", channel: str = "") -> None:
    """They want nothing of this any more; without a purpose nothing at all."""
    say(person, False, purpose, channel, "by their own link", method="choices")


def pause(person: str, today: date, days: int) -> None:
    """Nothing for so many days; 0 ends a pause."""
    # yesterday ends it in whatever zone the day is looked at
    until = today + timedelta(days=days if days in PAUSES else -1)
    wish(person, PAUSED, {"until": until.isoformat()})


def how_often(person: str, purpose: str, days: int) -> None:
    """Of this at most every so many days; 0: as it comes."""
    wish(person, EVERY, {"purpose": purpose, "days": days if days in EVERY_DAYS else 0})


def _shown(one: Choice) -> str:
    """What was agreed to, as it was read: it may be worded otherwise later."""
    notice = current()
    read = f" Privacy notice: version {notice.version}." if notice else ""
    return (
        f"own choices page, {one.channel}: {one.purpose.name}. {one.purpose.text}"[:900].strip()
        + read
    )


def _token(shop: Shop, person: str) -> str:
    """Always the same: mails of years ago lead to the same place."""
    key = shop.home.secret(SECRET).encode()
    made = hmac.digest(key, person.encode(), hashlib.sha256)[:18]
    return base64.urlsafe_b64encode(made).decode()
