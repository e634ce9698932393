"""Who is about to stop being a customer, from what is known today; no model, only the window."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from gern.core.engines.door import Door
from gern.core.engines.question import Question
from gern.core.figures.people import People, people_behind
from gern.core.figures.periods import Period

WITHIN_DAYS = 14


@dataclass(frozen=True)
class Leaving:
    """Customers at ``day`` who will be none ``within_days`` later unless they buy by then.
    ``value``: what they bought in the year before."""

    day: date
    within_days: int
    customers: int
    of_customers: int
    value: Decimal


@dataclass(frozen=True)
class Standing:
    """``kind``: ``customer``, ``leaving`` (will be none within `WITHIN_DAYS`) or ``lost``, as
    `leaving_question` says it; ``until``: the last day they are a customer unless they buy."""

    kind: str
    until: date


def standing(last_bought: date, day: date, window_days: int) -> Standing:
    """Of somebody whose last purchase was on a local day, seen from ``day``."""
    until = last_bought + timedelta(days=window_days)
    if until < day:
        return Standing("lost", until)
    soon = until < day + timedelta(days=WITHIN_DAYS) and last_bought < day
    return Standing("leaving" if soon else "customer", until)


def leaving_question(
    zone: str, day: date, window_days: int, within_days: int = WITHIN_DAYS
) -> Question:
    """Units: customers at ``day`` (purchase in ``[day − W, day)``); measure ``leaving`` is 1
    when the last purchase lies in ``[day − W, day − W + within)``."""
    at = Period(day - timedelta(days=1), day, zone)
    window = timedelta(days=window_days)
    values = {
        "until": at.until,
        "edge": at.instant(day - window),
        "safe": at.instant(min(day, day - window + timedelta(days=within_days))),
        "year": at.instant(day - timedelta(days=365)),
    }
    return Question(
        """
SELECT person AS unit, person, CAST(NULL AS VARCHAR) AS grp, 1 AS customer,
  CASE WHEN max(ts) < $safe THEN 1 ELSE 0 END AS leaving,
  coalesce(sum(value) FILTER (ts >= $year), 0) AS year_value
FROM orders WHERE purchase AND person IS NOT NULL AND ts < $until
GROUP BY person HAVING max(ts) >= $edge
""",
        values,
        "who is about to leave",
    )


def leaving(door: Door, zone: str, day: date, window_days: int) -> Leaving:
    """How many are about to leave, and what they are worth."""
    question = leaving_question(zone, day, window_days)
    row = door.ask(
        Question(
            f"WITH units AS ({question.sql}) SELECT count(*) AS customers,"
            " count(*) FILTER (leaving = 1) AS leaving,"
            " coalesce(sum(year_value) FILTER (leaving = 1), 0) AS value FROM units",
            question.values,
            question.purpose,
        )
    )[0]
    return Leaving(
        day, WITHIN_DAYS, int(row["leaving"]), int(row["customers"]), Decimal(row["value"])
    )


def people_leaving(
    door: Door, zone: str, day: date, window_days: int, *, search: str = "", sort: str = "revenue",
    limit: int | None = 50, offset: int = 0,
) -> People:  # fmt: skip
    """The customers about to leave, most valuable first."""
    return people_behind(
        door,
        leaving_question(zone, day, window_days),
        "leaving",
        search=search,
        sort=sort,
        limit=limit,
        offset=offset,
    )
