"""Tickets: how long until an answer and a solution, in business hours; one row a ticket."""

from __future__ import annotations

from gern.core.figures.primitives.base import EVENT_DIMENSIONS, Primitive
from gern.core.text import Text

_TICKET = "coalesce({field:properties.ticket}, event_id)"
_TICKETS = f"""
WITH tickets AS (
  SELECT {_TICKET} AS ticket, min(ts) FILTER ({{role:ticket_opened}}) AS opened,
    min(person) FILTER ({{role:ticket_opened}}) AS person,
    arg_min({{group}}, ts) FILTER ({{role:ticket_opened}}) AS grp,
    max({{moment:properties.due}}) FILTER ({{role:ticket_opened}}) AS due,
    min(ts) FILTER ({{role:ticket_answered}}) AS answered,
    count(*) FILTER ({{role:ticket_answered}}) AS answers,
    max(ts) FILTER ({{role:ticket_solved}}) AS solved,
    max(ts) FILTER ({{role:ticket_reopened}}) AS reopened
  FROM events WHERE traffic IS NULL AND ({{role:ticket_opened}} OR {{role:ticket_answered}}
    OR {{role:ticket_solved}} OR {{role:ticket_reopened}})
  GROUP BY ticket HAVING opened IS NOT NULL
)"""
_BUSINESS = """, calendar AS (
  SELECT unnest($opens) AS opens, unnest($closes) AS closes, unnest($passed) AS passed
), begun AS (
  SELECT t.*, coalesce(passed + epoch_us(least(t.begun, closes)) - epoch_us(opens), 0) AS from_us
  FROM timed AS t ASOF LEFT JOIN calendar AS c ON t.begun >= c.opens
), measured AS (
  SELECT b.*,
    coalesce(c.passed + epoch_us(least(b.ended, c.closes)) - epoch_us(c.opens), 0) - from_us AS length
  FROM begun AS b ASOF LEFT JOIN calendar AS c ON b.ended >= c.opens
)"""
_SELECT = """
SELECT ticket AS unit, person, grp, {bucket:counted} AS bucket,
  CASE WHEN ended IS NULL THEN 0 ELSE 1 END AS tickets, coalesce(length, 0) AS length,
  CASE WHEN ended IS NULL THEN 1 ELSE 0 END AS left_open
FROM measured
"""
_WHOM = Text("Kunden mit einem Ticket im Zeitraum", "customers with a ticket in the period")


def _ticket(
    id: str, sql: str, measures: tuple[str, ...], left_out: dict[str, Text] | None = None
) -> Primitive:
    return Primitive(
        id=id, sql=_TICKETS + sql, measures=measures, dimensions=EVENT_DIMENSIONS, whom=_WHOM,
        history=None, ahead=None, customers_only=False, many_a_person=True,
        left_out=left_out or {},
    )  # fmt: skip


FIRST_RESPONSES = _ticket(
    "first_responses",
    """, timed AS (
  SELECT ticket, person, grp, opened AS counted, opened AS begun,
    CASE WHEN answered >= opened THEN answered END AS ended
  FROM tickets WHERE opened >= $since AND opened < $until
)"""
    + _BUSINESS
    + _SELECT,
    ("tickets", "length", "left_open"),
    {"left_open": Text("Tickets ohne Antwort", "tickets without an answer")},
)
"""From opening to the first answer, of tickets opened in the period."""

RESOLUTIONS = _ticket(
    "resolutions",
    """, timed AS (
  SELECT ticket, person, grp, solved AS counted, opened AS begun, solved AS ended
  FROM tickets WHERE solved >= $since AND solved < $until AND solved >= opened
    AND (reopened IS NULL OR reopened < solved)
)"""
    + _BUSINESS
    + _SELECT,
    ("tickets", "length", "left_open"),
)
"""From opening to the (last) solution, of tickets solved in the period."""

TICKETS = _ticket(
    "tickets",
    """
SELECT ticket AS unit, person, grp, {bucket:counted} AS bucket, 1 AS solved,
  CASE WHEN answers <= 1 AND reopened IS NULL THEN 1 ELSE 0 END AS at_first_contact,
  CASE WHEN reopened IS NOT NULL THEN 1 ELSE 0 END AS reopened
FROM (SELECT *, solved AS counted FROM tickets) WHERE solved >= $since AND solved < $until
  AND (reopened IS NULL OR reopened < solved)
""",
    ("solved", "at_first_contact", "reopened"),
)
"""Tickets solved in the period, and who of them needed one answer only."""

SLA = _ticket(
    "sla",
    """
SELECT ticket AS unit, person, grp, {bucket:opened} AS bucket,
  CASE WHEN due <= $now OR answered <= due THEN 1 ELSE 0 END AS due,
  CASE WHEN answered <= due THEN 1 ELSE 0 END AS met,
  CASE WHEN due > $now AND coalesce(answered > due, true) THEN 1 ELSE 0 END AS left_open
FROM tickets WHERE due IS NOT NULL AND opened >= $since AND opened < $until
""",
    ("due", "met", "left_open"),
    {"left_open": Text("Tickets, deren Frist noch läuft", "tickets whose time is not over")},
)
"""Tickets opened in the period with a time by which to answer, and whether it was kept."""
