"""Orders as they were before an instant: what was sent back or cancelled afterwards is not known yet."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from gern.core.engines.door import Door
from gern.core.engines.local import local_day_sql
from gern.core.errors import BadInput
from gern.core.figures.periods import Period

ORDERS_THEN = """
SELECT source, order_id, max(person) AS person, min(ts) AS ts,
  bool_or(quantity > 0) AND NOT bool_or(coalesce(cancelled, false)) AS purchase,
  coalesce(sum(amount) FILTER (quantity > 0), 0) AS value, sum(amount) AS balance,
  min(country) AS country, min(channel) AS channel
FROM lines WHERE ts < $until GROUP BY source, order_id
"""
"""SQL with the value ``until``; columns as those of the relation ``orders``."""


def day_sql(door: Door, zone: str, day: date, column: str = "ts") -> str:
    """SQL of the local day of a column, exact for all data and for this day."""
    years = [day.year, *(moment.year for moment in door.span() if moment)]
    try:
        return local_day_sql(column, zone, min(years), max(years))
    except (OverflowError, ValueError):
        raise _too_far(day) from None


def instant_of(until: date, zone: str) -> datetime:
    """When the local day begins, as naive UTC. ``BadInput``: no calendar here reaches so far."""
    try:
        return Period(until - timedelta(days=1), until, zone).until
    except (OverflowError, ValueError):
        raise _too_far(until) from None


def _too_far(day: date) -> BadInput:
    return BadInput(f"{day} is too far away.", param="until", german=f"{day} liegt zu weit weg.")
