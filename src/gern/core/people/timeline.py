"""Everything one person did and everything done to them, on one line of time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from gern.core.engines.door import Door, Question
from gern.core.errors import BadInput
from gern.core.figures.primitives.visits import ON_WEB
from gern.core.text import Text

PAGE = 50
GROUPS = {
    "purchases": Text("Käufe", "Purchases"),
    "visits": Text("Besuche", "Visits"),
    "messages": Text("Nachrichten", "Messages"),
    "service": Text("Anliegen", "Service"),
    "answers": Text("Antworten", "Answers"),
    "data": Text("Angaben", "Data"),
    "other": Text("Sonstiges", "Other"),
}
_GROUP = f"""CASE
  WHEN starts_with(name, 'Order ') THEN 'purchases'
  WHEN kind IN ('identify', 'alias', 'group') OR starts_with(name, 'Consent ') THEN 'data'
  WHEN starts_with(name, 'Ticket ') OR starts_with(name, 'Complaint ') OR starts_with(name, 'Promise ')
    OR starts_with(name, 'Call ') OR name = 'Incident Hit' THEN 'service'
  WHEN starts_with(name, 'Survey ') OR name IN ('Product Reviewed', 'Review Posted') THEN 'answers'
  WHEN starts_with(name, 'Email ') OR starts_with(name, 'Message ') OR starts_with(name, 'Push ')
    OR name IN ('Letter Sent', 'Unsubscribed', 'Subscribed') THEN 'messages'
  WHEN {ON_WEB} THEN 'visits'
  ELSE 'other' END"""


@dataclass(frozen=True)
class Timeline:
    """``events``: newest first, as in the relation ``events``, each with its ``grp``;
    ``counts``: how many there are of each group, over all time; ``more``: there are older ones."""

    events: list[dict[str, Any]]
    counts: dict[str, int]
    more: bool


def timeline(
    door: Door, person: str, *, group: str | None = None, before: datetime | None = None,
    limit: int = PAGE,
) -> Timeline:  # fmt: skip
    """A page of the line, before an instant (naive UTC) when one is given. ``BadInput`` for a
    group there is not."""
    if group is not None and group not in GROUPS:
        raise BadInput(f"{group!r} is no group. Allowed: {', '.join(GROUPS)}.", param="group")
    conditions = ["person = $person"]
    values: dict[str, Any] = {"person": person}
    if before is not None:
        conditions.append("ts < $before")
        values["before"] = before
    if group is not None:
        conditions.append(f"{_GROUP} = $group")
        values["group"] = group
    events = door.ask(
        Question(
            "SELECT event_id, source, order_id, ts, name, kind, channel, store, country, amount,"
            f" currency, sign, properties, context, traffic, {_GROUP} AS grp FROM events"
            f" WHERE {' AND '.join(conditions)} ORDER BY ts DESC, event_id, order_id LIMIT {limit + 1}",
            values,
            "time line of a person",
            until=before,
            person=person,
        )
    )
    counts = door.ask(
        Question(
            f"SELECT {_GROUP} AS grp, count(*) AS n FROM events WHERE person = $person GROUP BY grp",
            {"person": person},
            "time line of a person",
            person=person,
        )
    )
    by_group = {str(row["grp"]): int(row["n"]) for row in counts}
    ordered = {name: by_group[name] for name in GROUPS if name in by_group}
    return Timeline(events[:limit], ordered, len(events) > limit)
