"""What was known of each customer on a day, and of nothing later: what a model of leaving may look at.

Each customer has a rhythm: the median number of days between two days with a purchase, from three
such days on; who bought less often has that of all. Their *patience* is three times that, at least two
weeks and at most the inactivity window W. Who is about to leave is asked of those who bought within W.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import numpy as np

from gern.core.conditions.sql import event_sql
from gern.core.engines.door import Door
from gern.core.engines.names import Array
from gern.core.engines.question import Question
from gern.core.figures.periods import Period
from gern.core.figures.roles import question_condition, role_condition
from gern.core.predict.buyers import found_in
from gern.core.predict.orders_then import ORDERS_THEN, day_sql

TIMES_RHYTHM, LEAST_DAYS = 3, 14
RECENT = 90
"""Days that count as lately."""
FEATURES = (
    "silent", "overdue", "rhythm", "purchases", "known", "last_pause", "spend", "last_spend",
    "lately", "before", "returned", "visits", "visits_before", "opened", "tickets", "troubles", "score",
)  # fmt: skip
"""``silent`` days since the last purchase; ``overdue`` the same in rhythms; ``purchases`` days with
one; ``known`` days since the first; ``last_pause`` the last pause in rhythms; ``spend`` a purchase;
``last_spend`` the last one, against it; ``lately`` and ``before`` purchases of the last 90 days and of
the 90 before; ``returned`` share of the money; ``visits`` contacts on the web of the last 30 days and
of the 30 before; ``opened`` mails, ``tickets``, ``troubles`` (complaints, incidents, obstacles) of the
last 90 days; ``score`` the last recommendation 0–10 of a year (NaN: none)."""


@dataclass(frozen=True)
class Known:
    """What a shop calls things: roles of events and kinds of questions (settings)."""

    zone: str
    window_days: int
    roles: Mapping[str, Sequence[str]]
    questions: Mapping[str, str]


@dataclass(frozen=True)
class Snapshot:
    """One row a customer who bought within W before the day ``day``, by id; ``features``: a column
    each of `FEATURES`; ``patience`` in days; ``x``, ``t_x``, ``T`` as in `Histories`, in days."""

    day: date
    person: Array
    features: Array
    patience: Array
    rhythm: Array
    spent_year: Array
    x: Array
    t_x: Array
    T: Array

    def __len__(self) -> int:
        return len(self.person)

    def column(self, name: str) -> Array:
        """One of `FEATURES`."""
        return np.asarray(self.features[:, FEATURES.index(name)])


def snapshot(door: Door, known: Known, day: date) -> Snapshot:
    """The customers as they were when ``day`` began."""
    local = day_sql(door, known.zone, day)
    # of contacts only those that named the customer themselves: who an anonymous visit was by is often
    # found out when they come back, and so would tell of the future
    roles = {id: event_sql(role_condition(id, known.roles)) for id in (
        "mail_opened", "ticket_opened", "complaint", "incident", "obstacle", "answer")}  # fmt: skip
    recommends = event_sql(question_condition("nps", known.questions))
    at = Period(day - timedelta(days=1), day, known.zone)
    values: dict[str, Any] = {"until": at.until, "day": day,
                              "window": known.window_days, "year": at.instant(day - timedelta(days=365))}  # fmt: skip
    for name, days in (("d30", 30), ("d60", 60), ("d90", RECENT), ("d180", 2 * RECENT)):
        values[name] = at.instant(day - timedelta(days=days))
    sql = f"""
WITH orders_then AS ({ORDERS_THEN}), sold AS (
  SELECT person, ts, {local} AS day, value, balance, purchase FROM orders_then WHERE person IS NOT NULL
), bought AS (
  SELECT person, day, sum(value) AS value, min(ts) AS ts FROM sold WHERE purchase GROUP BY person, day
), gaps AS (
  SELECT *, date_diff('day', lag(day) OVER (PARTITION BY person ORDER BY day), day) AS gap FROM bought
), customers_then AS (
  SELECT person, CAST(count(*) - 1 AS DOUBLE) AS x, CAST(date_diff('day', min(day), max(day)) AS DOUBLE) AS t_x,
    CAST(date_diff('day', min(day), $day) - 1 AS DOUBLE) AS T,
    CAST(date_diff('day', max(day), $day) AS DOUBLE) AS silent,
    CASE WHEN count(*) >= 3 THEN CAST(median(gap) AS DOUBLE) END AS own_rhythm,
    CAST(arg_max(gap, day) AS DOUBLE) AS last_gap, CAST(avg(value) AS DOUBLE) AS spend,
    CAST(arg_max(value, day) AS DOUBLE) AS last_spend,
    CAST(count(*) FILTER (ts >= $d90) AS DOUBLE) AS lately,
    CAST(count(*) FILTER (ts >= $d180 AND ts < $d90) AS DOUBLE) AS before
  FROM gaps GROUP BY person HAVING date_diff('day', max(day), $day) <= $window
), money AS (
  SELECT person, CAST(sum(value) FILTER (purchase) AS DOUBLE) AS bought,
    CAST(coalesce(sum(balance), 0) AS DOUBLE) AS balance,
    CAST(coalesce(sum(balance) FILTER (ts >= $year), 0) AS DOUBLE) AS spent_year
  FROM sold GROUP BY person
), did AS (
  SELECT person,
    count(*) FILTER (channel IN ('web', 'app') AND ts >= $d30) AS visits,
    count(*) FILTER (channel IN ('web', 'app') AND ts >= $d60 AND ts < $d30) AS visits_before,
    count(*) FILTER ({roles["mail_opened"]} AND ts >= $d90) AS opened,
    count(*) FILTER ({roles["ticket_opened"]} AND ts >= $d90) AS tickets,
    count(*) FILTER (({roles["complaint"]} OR {roles["incident"]} OR {roles["obstacle"]}) AND ts >= $d90) AS troubles,
    arg_max(TRY_CAST(json_extract_string(properties, '$."score"') AS DOUBLE), (ts, event_id))
      FILTER ({roles["answer"]} AND {recommends}) AS score
  FROM events WHERE traffic IS NULL AND customer IS NOT NULL AND ts >= $year AND ts < $until GROUP BY person
)
SELECT c.*, m.bought, m.balance, m.spent_year, coalesce(d.visits, 0) AS visits,
  coalesce(d.visits_before, 0) AS visits_before, coalesce(d.opened, 0) AS opened,
  coalesce(d.tickets, 0) AS tickets, coalesce(d.troubles, 0) AS troubles, d.score
FROM customers_then AS c JOIN money AS m ON m.person = c.person LEFT JOIN did AS d ON d.person = c.person
ORDER BY c.person
"""
    found = door.columns(Question(sql, values, "customers as they were", None, at.until))
    own = np.asarray(found["own_rhythm"], dtype=float)
    usual = float(np.nanmedian(own)) if np.isfinite(own).any() else known.window_days / TIMES_RHYTHM
    rhythm = np.maximum(np.where(np.isfinite(own), own, usual), 1.0)
    most = max(known.window_days, LEAST_DAYS)
    silent, spend = found["silent"], found["spend"]
    columns = {
        **{name: found[name] for name in ("silent", "spend", "lately", "before", "visits", "visits_before", "opened", "tickets", "troubles", "score")},
        "overdue": silent / rhythm, "rhythm": rhythm, "purchases": found["x"] + 1, "known": found["T"],
        "last_pause": found["last_gap"] / rhythm,
        "last_spend": np.divide(found["last_spend"], spend, out=np.ones(len(spend)), where=spend > 0),
        "returned": np.clip(1 - np.divide(found["balance"], found["bought"], out=np.ones(len(spend)), where=found["bought"] > 0), 0, 1),
    }  # fmt: skip
    features = np.column_stack([np.asarray(columns[name], dtype=float) for name in FEATURES])
    return Snapshot(
        day, found["person"], features, np.clip(np.ceil(TIMES_RHYTHM * rhythm), LEAST_DAYS, most),
        rhythm, found["spent_year"], found["x"], found["t_x"], found["T"],
    )  # fmt: skip


def left(door: Door, known: Known, then: Snapshot) -> Array:
    """Who of them did not buy within their patience from that day on. It must be over."""
    local = day_sql(door, known.zone, then.day)
    since = Period(then.day, then.day + timedelta(days=1), known.zone).since
    found = door.columns(Question(
        f"SELECT person, CAST(min(date_diff('day', $day, {local})) AS DOUBLE) AS after FROM orders"
        " WHERE purchase AND person IS NOT NULL AND ts >= $since GROUP BY person ORDER BY person",
        {"day": then.day, "since": since}, "who bought again", since, None,
    ))  # fmt: skip
    after = np.full(len(then), np.inf)
    place, there = found_in(then.person, found["person"])
    after[there] = found["after"][place[there]]
    return np.asarray(after >= then.patience)
