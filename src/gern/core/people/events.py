"""What the log has of one person, read once: everything on their page comes from it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from gern.core.engines.door import KEPT_ROWS, Door
from gern.core.engines.question import Question
from gern.core.figures.primitives.visits import ON_WEB
from gern.core.text import Text
from gern.core.zones import local_day

Events = Sequence[dict[str, Any]]
"""Events of one person, newest first, as in the relation ``events``, each with its ``grp``."""
MOST = KEPT_ROWS - 1
"""The newest so many are looked at; so many answers are kept by the door."""
MOST_LINES = 5_000
GROUPS = {
    "purchases": Text("Käufe", "Purchases"),
    "visits": Text("Besuche", "Visits"),
    "messages": Text("Nachrichten", "Messages"),
    "service": Text("Anliegen", "Service"),
    "answers": Text("Antworten", "Answers"),
    "data": Text("Angaben", "Data"),
    "other": Text("Sonstiges", "Other"),
}
GROUP_SQL = f"""CASE
  WHEN starts_with(name, 'Order ') THEN 'purchases'
  WHEN kind IN ('identify', 'alias', 'group') OR starts_with(name, 'Consent ')
    OR starts_with(name, 'Audience ') THEN 'data'
  WHEN starts_with(name, 'Ticket ') OR starts_with(name, 'Complaint ') OR starts_with(name, 'Promise ')
    OR starts_with(name, 'Call ') OR name = 'Incident Hit' THEN 'service'
  WHEN starts_with(name, 'Survey ') OR name IN ('Product Reviewed', 'Review Posted') THEN 'answers'
  WHEN starts_with(name, 'Email ') OR starts_with(name, 'Message ') OR starts_with(name, 'Push ')
    OR name IN ('Letter Sent', 'Unsubscribed', 'Subscribed') THEN 'messages'
  WHEN {ON_WEB} THEN 'visits'
  ELSE 'other' END"""
"""SQL: the group an event belongs to."""
SELECT = (
    "SELECT event_id, source, order_id, ts, name, kind, channel, store, country, amount, currency,"
    f" sign, properties, context, traffic, {GROUP_SQL} AS grp FROM events WHERE person = $person"
)


@dataclass(frozen=True)
class Bought:
    """One product in one order, on a local day."""

    product: str
    name: str
    order: str
    day: date


def events_of(door: Door, person: str) -> Events:
    """The newest `MOST` events of this person, newest first."""
    return door.ask(
        Question(
            f"{SELECT} ORDER BY ts DESC, event_id DESC, order_id DESC LIMIT {MOST}",
            {"person": person},
            "events of a person",
            person=person,
        )
    )


def properties(event: dict[str, Any]) -> dict[str, Any]:
    """What was sent along; nothing where that cannot be read."""
    try:
        found = json.loads(event["properties"] or "{}")
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def bought_by(door: Door, person: str, fees: Sequence[str], here: ZoneInfo) -> list[Bought]:
    """What they bought, a row a product and order, newest first; without fees and gifts."""
    rows = door.ask(
        Question(
            "SELECT product, coalesce(max(product_name), product) AS name,"
            " concat(source, ' ', order_id) AS bought_in, min(ts) AS ts FROM lines"
            " WHERE person = $person AND quantity > 0 AND amount > 0 AND product IS NOT NULL"
            " AND NOT list_contains($fees, product) AND (source, order_id) IN (SELECT (source, order_id)"
            " FROM orders WHERE purchase AND person = $person)"
            f" GROUP BY product, bought_in ORDER BY ts DESC, product LIMIT {MOST_LINES}",
            {"person": person, "fees": list(fees) or [""]},
            "what a customer buys",
        )
    )
    return [
        Bought(str(r["product"]), str(r["name"]), str(r["bought_in"]), local_day(r["ts"], here))
        for r in rows
    ]
