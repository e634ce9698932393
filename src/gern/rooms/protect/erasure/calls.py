"""Proof of consents to advertising by phone: kept five years from when they were given, and from each
time they were used (§ 7a UWG)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from unicodedata import normalize

from gern.core.consent.gate import GIVEN, SENT, WITHDRAWN, plain_sql, words_of
from gern.core.consent.purpose import CALLED, SERVICE
from gern.core.engines.question import Question
from gern.core.people.events import properties
from gern.core.shop import Shop
from gern.core.zones import local_day, zone_named
from gern.rooms.protect.models import Purpose

YEARS = 5
NORM = "§ 7a(2) UWG; Art. 17(3)(b) GDPR"


@dataclass(frozen=True)
class Proof:
    """``records``: what was said of calls, and the calls, oldest first; ``last``: the day from which
    the five years run."""

    last: date
    until: date
    records: list[dict[str, Any]]


def who_consented(shop: Shop, people: Sequence[str]) -> list[str]:
    """Which of these customers ever consented to anything by phone."""
    rows = shop.door.ask(Question(
        "SELECT DISTINCT person FROM events SEMI JOIN (SELECT unnest($people) AS person) USING (person)"
        f" WHERE name = '{GIVEN}' AND list_contains($phone, {plain_sql('channel')}) ORDER BY person",
        {"people": [*people] or [""], "phone": list(CALLED["phone"])}, "who consented to calls",
    ))  # fmt: skip
    return [row["person"] for row in rows]


def due(shop: Shop, person: str, today: date) -> Proof | None:
    """What proves that they could be called; None: they never consented to it, or it is over. A call counts
    as a use only while they consented."""
    service = {name for one in Purpose.objects.filter(kind=SERVICE) for name in one.terms().names}
    said = [_record(row) for row in words_of(shop.door, person)]
    about = [one for one in said if _plain(one, "channel") in ("", *CALLED["phone"]) and _plain(one, "purpose") not in service]  # fmt: skip
    calls = [one for one in _calls(shop, person) if _plain(one, "purpose") not in service]
    last, consented = None, False
    everything = sorted(about + calls, key=lambda one: one["ts"])
    for one in everything:
        agreed = one["name"] == GIVEN and _plain(one, "channel") in CALLED["phone"]
        consented = agreed or (consented and one["name"] != WITHDRAWN)
        if agreed or (consented and one["name"] == SENT["phone"]):
            last = one["ts"]
    if last is None:
        return None
    day = local_day(last, zone_named(shop.zone))
    end = until(day)
    return Proof(day, end, everything) if end >= today else None


def until(last: date) -> date:
    """The last day on which the proof must be kept: the same day five years later (§ 188(2), (3) BGB).

    >>> until(date(2024, 2, 29))
    datetime.date(2029, 2, 28)
    """
    try:
        return last.replace(year=last.year + YEARS)
    except ValueError:
        return date(last.year + YEARS, 2, 28)


def _calls(shop: Shop, person: str) -> list[dict[str, Any]]:
    rows = shop.door.ask(Question(
        "SELECT ts, source, event_id, name, properties FROM events WHERE person = $person"
        " AND name = $call ORDER BY ts", {"person": person, "call": SENT["phone"]},
        "calls made", person=person,
    ))  # fmt: skip
    return [_record(row) for row in rows]


def _record(row: dict[str, Any]) -> dict[str, Any]:
    ts: datetime = row["ts"]
    return {"ts": ts, "name": row["name"], "source": row["source"], "id": row["event_id"],
            "said": properties(row)}  # fmt: skip


def _plain(one: dict[str, Any], key: str) -> str:
    """A name without case and blanks around it, as the gate reads it."""
    return normalize("NFC", str(one["said"].get(key) or "")).lower().strip()
