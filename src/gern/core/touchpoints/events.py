"""Every event as a touchpoint of its own: what differs before a goal, whatever was sent."""

from __future__ import annotations

from gern.core.conditions.nodes import All, Compare, Condition
from gern.core.conditions.sql import event_sql
from gern.core.engines.door import Door
from gern.core.engines.question import Question
from gern.core.figures.periods import Period
from gern.core.text import Text
from gern.core.touchpoints.journey import Journey, Touchpoint

MOST_EVENTS = 40


def events_journey(door: Door, period: Period, done: str, goal: Condition) -> Journey:
    """The events most people did in the period, each a touchpoint whose key is its name, in one
    phase. ``done``: SQL, which events count; ``goal``: what is asked for is no contact.

    >>> events_journey(door, period, "true", Compare("name", "is", "Order Completed")).points[0].key  # doctest: +SKIP
    'Page Viewed'
    """
    sql = (
        "SELECT name FROM events WHERE traffic IS NULL AND person IS NOT NULL AND name IS NOT NULL"
        f" AND ts >= $since AND ts < $until AND {done} AND NOT {event_sql(goal)}"
        f" GROUP BY name ORDER BY count(DISTINCT person) DESC, name LIMIT {MOST_EVENTS}"
    )
    values = {"since": period.since, "until": period.until}
    found = door.ask(Question(sql, values, "events people did", period.since, period.until))
    points = [
        Touchpoint(
            row["name"],
            Text(row["name"], row["name"]),
            0,
            All((Compare("name", "is", row["name"]),)),
        )
        for row in found
    ]
    return Journey((Text("alles", "everything"),), tuple(points))
