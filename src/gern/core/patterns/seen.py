"""What an event picker tells: how often an event was seen, and what was sent along with it."""

from __future__ import annotations

from dataclasses import dataclass

from gern.core.conditions.fields import field_named
from gern.core.engines.door import Door
from gern.core.engines.question import Question
from gern.core.figures.periods import Period
from gern.core.figures.primitives.visits import COOKIELESS
from gern.core.patterns.steps import Step

MOST_VALUES = 30


@dataclass(frozen=True)
class Seen:
    """``people`` had ``events`` of a sort."""

    people: int
    events: int


def seen(door: Door, what: Step, period: Period, *, across_days: bool = True) -> Seen:
    """How many people had such events in the period, as a funnel counts its first step.
    ``across_days``: without visitors who can be followed for a day only.

    >>> seen(door, step("Order Completed"), period).people  # doctest: +SKIP
    955
    """
    sql = f"SELECT count(DISTINCT person) AS people, count(*) AS events FROM events WHERE {_those(what)}"
    if across_days:
        sql += f" AND NOT {COOKIELESS}"
    values = {"since": period.since, "until": period.until}
    row = door.ask(Question(sql, values, "events of a sort", period.since, period.until))[0]
    return Seen(row["people"], row["events"])


def values_seen(door: Door, what: Step, field: str, period: Period) -> list[str]:
    """What such events say in a field, the most frequent first. ``BadInput``: there is no such field."""
    value = field_named(field).sql
    sql = (
        f"SELECT value FROM (SELECT CAST({value} AS VARCHAR) AS value FROM events WHERE {_those(what)})"
        " WHERE value IS NOT NULL GROUP BY value ORDER BY count(*) DESC, value"
        f" LIMIT {MOST_VALUES}"
    )
    values = {"since": period.since, "until": period.until}
    found = door.ask(Question(sql, values, "values of a field", period.since, period.until))
    return [row["value"] for row in found]


def _those(what: Step) -> str:
    return f"traffic IS NULL AND person IS NOT NULL AND ts >= $since AND ts < $until AND {what.sql}"
