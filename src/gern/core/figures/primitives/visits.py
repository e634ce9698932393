"""Visits: events a person causes on web or app, with gaps of at most 30 minutes (setting).

A visit belongs wholly to the day it began. Automatic signals (engaged time, scrolling) neither
begin nor prolong one. Mails, server-side events and tills are no visits. The value of a breakdown
is that of the visit's first event.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from gern.core.figures.primitives.base import EVENT_DIMENSIONS, Primitive
from gern.core.figures.primitives.walked import Walked
from gern.core.log.schema import DAILY, VISITOR
from gern.core.text import Text

NOT_BROWSED = ("Order Completed", "Order Refunded", "Order Cancelled", "Consent Given",
               "Consent Withdrawn", "Customer Imported", "Unsubscribed", "Survey Answered",
               "Contact Noted", "Notice Given", "Campaign Targeted")  # fmt: skip
"""Events of files without a channel that nobody does in a browser or app, as far as one can tell."""

_LISTED = ", ".join(f"'{name}'" for name in NOT_BROWSED)
ON_WEB = (
    "kind IN ('track', 'page', 'screen') AND event_id IS NOT NULL AND (coalesce(channel, '') IN"
    f" ('web', 'app') OR (channel IS NULL AND name NOT IN ({_LISTED}) AND NOT"
    " starts_with(name, 'Email ') AND NOT starts_with(name, 'Ticket ')))"
)
"""SQL: an event on web or app."""

OF_WEB_OR_SERVER = (
    "(coalesce(channel, '') IN ('web', 'app', 'server')"
    " OR (channel IS NULL AND event_id IS NOT NULL))"
)
"""SQL: not from the file of a till."""

COOKIELESS = f"starts_with(person, '{VISITOR}{DAILY}')"
"""SQL: a visitor id that lives one day: nothing that spans days can be said of such."""

_LOST = f"({COOKIELESS} AND NOT $one_day)"
_FAR = timedelta(days=1)
"""How far beyond the period a visit that began in it is followed."""

_BROWSED = f"""
WITH browsed AS (
  SELECT person, ts, {{role:automatic}} AS automatic, {{role:page}} AS is_page,
    {{group}} AS dimension, {{extra}} AS extra
  FROM events WHERE traffic IS NULL AND {ON_WEB} AND ts >= $visits_since AND ts < $visits_until
    AND {{which}}
)"""


def steps(extra: str = "NULL", dimension: str = "{group}") -> str:
    """SQL: events of people on web or app, each with the number of its visit. ``extra``: one more
    column; ``dimension``: that of a breakdown."""
    browsed = _BROWSED.replace("{which}", "NOT {role:automatic}").replace("{extra}", extra)
    return browsed.replace("{group}", dimension) + _NUMBERED


_NUMBERED = """, marked AS (
  SELECT *, lag(ts) OVER (PARTITION BY person ORDER BY ts) AS before FROM browsed
), numbered AS (
  SELECT *, count(*) FILTER (before IS NULL OR ts > before + {gap}) OVER
    (PARTITION BY person ORDER BY ts ROWS UNBOUNDED PRECEDING) AS visit
  FROM marked
)"""

STEPS_WITH_SIGNALS = _BROWSED.replace("{which}", "true") + """, marked AS (
  SELECT *, max(CASE WHEN NOT automatic THEN ts END) OVER (PARTITION BY person
    ORDER BY ts, automatic ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS before
  FROM browsed
), numbered AS (
  SELECT *, count(*) FILTER (NOT automatic AND (before IS NULL OR ts > before + {gap})) OVER
    (PARTITION BY person ORDER BY ts, automatic ROWS UNBOUNDED PRECEDING) AS visit
  FROM marked
)"""  # fmt: skip
"""The same with automatic signals, which belong to the visit before them (`_TIMED`: for twelve
hours; a tab that wakes up days later tells nothing of it)."""

_MARKED = (
    _BROWSED.replace("{which}", "NOT {role:automatic}").replace("{extra}", "NULL")
    + """, marked AS (
  SELECT person, ts, is_page, dimension,
    lag(ts) OVER (PARTITION BY person ORDER BY ts, dimension) AS before,
    lead(ts) OVER (PARTITION BY person ORDER BY ts, dimension) AS after
  FROM browsed
)"""
)
"""Events on web or app with the moments before and after: enough to see where visits begin, and
cheaper than numbering them."""
_BEGINS = "(before IS NULL OR ts > before + {gap})"

_VISITS = f""", visits AS (
  SELECT person, ts, dimension AS grp FROM marked WHERE {_BEGINS}
)"""

_STARTED = f""", begun AS (
  SELECT *, {_BEGINS} AS begins FROM marked
), started AS (
  SELECT *, max(CASE WHEN begins THEN ts END) OVER (PARTITION BY person ORDER BY ts
      RANGE BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS started,
    last_value(CASE WHEN begins THEN dimension END IGNORE NULLS) OVER (PARTITION BY person
      ORDER BY ts RANGE BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS grp
  FROM begun
)"""
"""Every event with the begin of its visit, and where that began."""

_TIMED = """, shown AS (
  SELECT person, visit, CASE WHEN automatic THEN before ELSE ts END AS shown, min(ts) AS ts,
    arg_min(dimension, (ts, automatic, dimension)) AS dimension,
    coalesce(sum(extra) FILTER (automatic), 0) AS engaged, count(*) FILTER (NOT automatic) AS events
  FROM numbered WHERE visit > 0 AND (NOT automatic OR ts <= before + INTERVAL 12 HOUR)
  GROUP BY person, visit, shown
), visits AS (
  SELECT person, min(ts) AS ts, arg_min(dimension, (ts, dimension)) AS grp,
    epoch_us(max(shown)) - epoch_us(min(shown)) + 1000000 * arg_max(engaged, shown) AS length,
    sum(events) > 1 OR arg_max(engaged, shown) > 0 AS timed
  FROM shown GROUP BY person, visit
)"""

_WHOM = Text("alle Besucher von Website und App", "all visitors of website and app")
_ACROSS = {"left_cookieless": Text("Besuche ohne Cookie, über Tage nicht zuzuordnen",
                                   "visits without a cookie, not to be followed over days")}  # fmt: skip


def _visits(
    id: str, then: str, select: str, measures: tuple[str, ...], left_out: dict[str, Text],
    *, history: timedelta | None = _FAR, before: str | None = None, walked: Walked | None = None,
) -> Primitive:  # fmt: skip
    return Primitive(
        id=id,
        sql=(before or _MARKED) + then + select,
        measures=measures,
        dimensions=EVENT_DIMENSIONS,
        whom=_WHOM,
        history=history,
        ahead=_FAR,
        customers_only=False,
        left_out=left_out,
        walked=walked,
    )


_LOST_WALKED = "(cookieless AND NOT $one_day)"
_WALKED_VISITS = Walked(f"""
SELECT times, true AS person, {{day}} AS bucket, visits, pages, bounces,
  CASE WHEN {_LOST_WALKED} THEN visits ELSE 0 END AS left_cookieless,
  CASE WHEN {_LOST_WALKED} THEN 0 ELSE 1 END AS visitors,
  CASE WHEN {_LOST_WALKED} THEN 0 ELSE visits END AS visits_known,
  CASE WHEN {_LOST_WALKED} THEN 0 ELSE pages END AS pages_known
FROM walked WHERE visits > 0
""")  # fmt: skip

VISITS = _visits(
    "visits",
    _STARTED,
    f"""
SELECT person AS unit, person, grp, bucket, visits, pages, bounces,
  CASE WHEN {_LOST} THEN visits ELSE 0 END AS left_cookieless,
  CASE WHEN {_LOST} THEN 0 ELSE 1 END AS visitors,
  CASE WHEN {_LOST} THEN 0 ELSE visits END AS visits_known,
  CASE WHEN {_LOST} THEN 0 ELSE pages END AS pages_known
FROM (
  SELECT person, grp, {{bucket:started}} AS bucket, count(*) FILTER (begins) AS visits,
    count(*) FILTER (is_page) AS pages,
    count(*) FILTER (is_page AND begins AND (after IS NULL OR after > ts + {{gap}})) AS bounces
  FROM started WHERE started >= $since AND started < $until GROUP BY person, grp, bucket
)
""",
    ("visits", "pages", "bounces", "left_cookieless", "visitors", "visits_known", "pages_known"),
    {},
    walked=_WALKED_VISITS,
)
"""Visits, their pages, bounces and visitors. What spans days leaves cookieless visits out."""

TIMED_VISITS = _visits(
    "timed_visits",
    _TIMED,
    """
SELECT person AS unit, person, grp, {bucket} AS bucket, count(*) AS visits,
  count(*) FILTER (timed) AS timed, CAST(coalesce(sum(length) FILTER (timed), 0) AS BIGINT) AS length,
  count(*) FILTER (NOT timed) AS left_single
FROM visits WHERE ts >= $since AND ts < $until GROUP BY person, grp, bucket
""",
    ("visits", "timed", "length", "left_single"),
    {"left_single": Text("Besuche mit nur einem Ereignis", "visits with a single event")},
    before=STEPS_WITH_SIGNALS.replace("{extra}", "CAST({number:properties.seconds} AS BIGINT)"),
)
"""How long visits lasted, in microseconds: from the first to the last event, and the engaged time
of the last page where the tracker has sent it."""

VISITORS = _visits(
    "visitors",
    _VISITS
    + f""", firsts AS (
  SELECT person, min(ts) AS first FROM events
  WHERE traffic IS NULL AND {ON_WEB} AND NOT {{role:automatic}} AND ts < $visits_until GROUP BY person
), people AS (
  SELECT person, grp, {{bucket}} AS bucket, count(*) AS visits,
    {_LOST} AS cookieless
  FROM visits WHERE ts >= $since AND ts < $until GROUP BY person, grp, bucket
)""",
    f"""
SELECT p.person AS unit, p.person, p.grp, p.bucket,
  CASE WHEN cookieless THEN 0 ELSE 1 END AS visitors,
  CASE WHEN NOT starts_with(p.person, '{VISITOR}{DAILY}') AND first >= $since
    AND {{bucket:first}} IS NOT DISTINCT FROM p.bucket THEN 1 ELSE 0 END AS new,
  CASE WHEN NOT starts_with(p.person, '{VISITOR}{DAILY}') AND NOT (first >= $since
    AND {{bucket:first}} IS NOT DISTINCT FROM p.bucket) THEN 1 ELSE 0 END AS came_back,
  CASE WHEN starts_with(p.person, '{VISITOR}{DAILY}') AND NOT cookieless THEN 1 ELSE 0 END
    AS not_told,
  CASE WHEN cookieless THEN visits ELSE 0 END AS left_cookieless
FROM people AS p JOIN firsts AS f ON f.person = p.person
""",
    ("visitors", "new", "came_back", "not_told", "left_cookieless"),
    _ACROSS,
    history=None,
    walked=Walked(f"""
SELECT times, true AS person, {{day}} AS bucket,
  CASE WHEN {_LOST_WALKED} THEN 0 ELSE 1 END AS visitors,
  CASE WHEN NOT cookieless AND is_new = 1 THEN 1 ELSE 0 END AS new,
  CASE WHEN NOT cookieless AND is_new = 0 THEN 1 ELSE 0 END AS came_back,
  CASE WHEN cookieless AND $one_day THEN 1 ELSE 0 END AS not_told,
  CASE WHEN {_LOST_WALKED} THEN visits ELSE 0 END AS left_cookieless
FROM walked WHERE visits > 0
"""),
)  # fmt: skip
"""People with a visit; *new* is whose first visit ever lies in the period."""

ACROSS_DAYS = _visits(
    "visits_across_days", _STARTED, VISITS.sql[VISITS.sql.index("\nSELECT person AS unit") :],
    VISITS.measures, _ACROSS, walked=_WALKED_VISITS,
)  # fmt: skip
"""The same as `VISITS`, for figures that compare visits with visitors."""


def _reached(relation: str) -> str:
    """SQL step: who reached a goal how often."""
    return f"""reached AS (
  SELECT person, {{group}} AS grp, {{bucket}} AS bucket, 0 AS visits, count(*) AS goals
  FROM {relation} WHERE traffic IS NULL AND person IS NOT NULL AND {{role:goal}}
    AND {OF_WEB_OR_SERVER} AND ts >= $since AND ts < $until
  GROUP BY person, grp, bucket
)"""


GOALS = _visits(
    "visit_goals",
    _VISITS
    + """, visited AS (
  SELECT person, grp, {bucket} AS bucket, count(*) AS visits, 0 AS goals FROM visits
  WHERE ts >= $since AND ts < $until GROUP BY person, grp, bucket
), """
    + _reached("events")
    + """, people AS (
  SELECT person, grp, bucket, CAST(sum(visits) AS BIGINT) AS visits,
    CAST(sum(goals) AS BIGINT) AS goals
  FROM (SELECT * FROM visited UNION ALL SELECT * FROM reached) GROUP BY person, grp, bucket
)""",
    f"""
SELECT person AS unit, person, grp, bucket, visits, goals,
  CASE WHEN visits > 0 AND NOT {_LOST} THEN 1 ELSE 0 END AS visitors,
  CASE WHEN visits > 0 AND goals > 0 AND NOT {_LOST} THEN 1 ELSE 0 END AS converters,
  CASE WHEN visits = 0 THEN 1 ELSE 0 END AS without_visit,
  CASE WHEN {_LOST} THEN visits ELSE 0 END AS left_cookieless
FROM people
""",
    ("visits", "goals", "visitors", "converters", "without_visit", "left_cookieless"),
    {},
    walked=Walked(f"""
SELECT times, true AS person, {{day}} AS bucket, visits, goals,
  CASE WHEN visits > 0 AND NOT {_LOST_WALKED} THEN 1 ELSE 0 END AS visitors,
  CASE WHEN visits > 0 AND goals > 0 AND NOT {_LOST_WALKED} THEN 1 ELSE 0 END AS converters,
  CASE WHEN visits = 0 THEN 1 ELSE 0 END AS without_visit,
  CASE WHEN {_LOST_WALKED} THEN visits ELSE 0 END AS left_cookieless
FROM walked
""", beside=f"""
WITH {_reached("file_events")}
SELECT coalesce(c.code, -1) AS person, coalesce(r.bucket, DATE '1970-01-01') AS day, r.goals
FROM reached AS r LEFT JOIN coded AS c ON c.person = r.person
"""),
)  # fmt: skip
"""Visits beside goals: conversions on visits, converters on visitors."""

CONVERTERS = replace(GOALS, id="converters", dimensions=(), left_out=_ACROSS)
"""The same by people; a goal and the visit before it differ in channel or page, so that a breakdown
would part them."""

DAYS_ACTIVE = Primitive(
    id="days_active",
    sql=f"""
WITH active AS (
  SELECT DISTINCT person, {{group}} AS grp, {{local:ts}} AS day FROM events
  WHERE traffic IS NULL AND {ON_WEB} AND NOT {{role:automatic}} AND NOT {COOKIELESS}
    AND ts >= $since AND ts < $until
), months AS (
  SELECT person, grp, CAST(date_trunc('month', day) AS DATE) AS month, count(*) AS days
  FROM active GROUP BY person, grp, month
), whole AS (
  SELECT unnest($months) AS month, unnest($month_weights) AS weight
)
SELECT person AS unit, person, grp, CAST(NULL AS DATE) AS bucket,
  CAST(sum(days * weight) AS BIGINT) AS days_share, count(*) AS months
FROM months JOIN whole USING (month) GROUP BY person, grp
""",
    measures=("days_share", "months"),
    dimensions=EVENT_DIMENSIONS,
    whom=_WHOM,
    customers_only=False,
    in_buckets=False,
)
"""On which share of a calendar month's days a person was active, for whole months."""

MONTH_LENGTHS = 377_580
"""A number that every length of a month divides: shares of months stay whole numbers."""
