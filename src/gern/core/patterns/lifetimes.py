"""How long customers stay: from the first purchase on until they are customers no more.

Somebody is a customer until W days after a purchase (W: the inactivity window), so who buys again
within W stays; who does not has left W days after the last purchase before that gap. Whether they
come back later is another question. In contract business somebody stays from the first contract's
begin until the last one has ended.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np

from gern.core.conditions.sql import trait_sql
from gern.core.engines.door import Door
from gern.core.engines.local import local_day_sql
from gern.core.engines.names import Array
from gern.core.engines.question import Question
from gern.core.figures.periods import Period
from gern.core.patterns.survival import Curve, LogRank, kaplan_meier, log_rank

MOST_GROUPS = 12

_BY_PURCHASE = """
WITH bought AS (
  SELECT person, {day:ts} AS day, min(country) AS country FROM orders
  WHERE purchase AND person IS NOT NULL AND ts < $until GROUP BY person, day
), gaps AS (
  SELECT *, lead(day) OVER (PARTITION BY person ORDER BY day) AS following FROM bought
), lives AS (
  SELECT person, min(day) AS begun, arg_min(coalesce(country, ''), day) AS country,
    min(day) FILTER (date_diff('day', day, coalesce(following, $today)) > $window) AS last_day
  FROM gaps GROUP BY person
), lifetimes AS (
  SELECT person, begun, country, last_day IS NOT NULL AS gone,
    date_diff('day', begun, coalesce(last_day + CAST($window AS INTEGER), $today)) AS days FROM lives
)"""

BY_CONTRACT = """
WITH contracts AS (
  SELECT person, coalesce(json_extract_string(properties, '$."contract"'), '') AS contract,
    min(ts) FILTER (name = 'Contract Started') AS begun, arg_min(country, (ts, country)) AS country,
    CASE WHEN arg_max(name, (ts, event_id)) = 'Contract Ended' THEN max(ts) END AS ended
  FROM events WHERE traffic IS NULL AND person IS NOT NULL AND ts < $until
    AND name IN ('Contract Started', 'Contract Ended') GROUP BY person, contract
), lives AS (
  SELECT person, min(begun) AS begun_at, arg_min(coalesce(country, ''), begun) AS country,
    bool_and(ended IS NOT NULL) AS gone, max(ended) AS ended
  FROM contracts WHERE begun IS NOT NULL GROUP BY person
), lifetimes AS (
  SELECT person, {day:begun_at} AS begun, country, gone,
    date_diff('day', {day:begun_at}, CASE WHEN gone THEN {day:ended} ELSE $today END) AS days FROM lives
)"""


@dataclass(frozen=True)
class Survival:
    """``curve`` of all, ``groups`` by name (the largest first), ``differ``: whether these do; None:
    there are not two of them with people."""

    curve: Curve | None
    groups: Mapping[str, Curve]
    differ: LogRank | None
    until: date


def survival(
    door: Door, period: Period, today: date, *, window_days: int, contracts: bool = False,
    by: str | None = None,
) -> Survival:  # fmt: skip
    """Of customers who began in ``period``, looked at until its end or ``today``, whichever is
    earlier; durations in days. ``by``: ``country`` (of the first purchase) or a trait as said last.

    >>> survival(door, period, today, window_days=140).curve.median  # doctest: +SKIP
    431.0
    """
    until = min(period.end, today)
    if until <= period.start:
        return Survival(None, {}, None, until)
    first, last = door.span()
    years = (first.year, last.year) if first and last else (period.start.year, until.year)
    sql = BY_CONTRACT if contracts else _BY_PURCHASE
    for column in ("ts", "begun_at", "ended"):
        sql = sql.replace(f"{{day:{column}}}", local_day_sql(column, period.zone, *years))
    group, join = "''", ""
    if by == "country":
        group = "coalesce(l.country, '')"
    elif by is not None:
        group = "coalesce(s.value, '')"
        join = f" LEFT JOIN ({trait_sql(by, 'ts < $until')}) AS s ON s.person = l.person"
    sql += (
        f" SELECT {group} AS grp, days, gone, count(*) AS n FROM lifetimes AS l{join}"
        " WHERE begun >= $start AND days >= 0 GROUP BY ALL ORDER BY grp, days, gone"
    )
    instant = Period(period.start, until, period.zone).until
    values: dict[str, Any] = {"until": instant, "today": until, "start": period.start}
    if not contracts:
        values["window"] = window_days
    found: dict[str, list[tuple[int, bool, int]]] = {}
    for row in door.ask(Question(sql, values, "survival", None, instant)):
        found.setdefault(row["grp"], []).append((row["days"], row["gone"], row["n"]))
    if not found:
        return Survival(None, {}, None, until)
    lives = {name: _repeated(rows) for name, rows in found.items()}
    whole = _repeated([row for rows in found.values() for row in rows])
    if by is None:
        return Survival(kaplan_meier(*whole), {}, None, until)
    largest = sorted(lives, key=lambda name: (-len(lives[name][0]), name))[:MOST_GROUPS]
    shown = {name: lives[name] for name in largest}
    differ = log_rank(shown) if len(shown) > 1 else None
    groups = {name: kaplan_meier(*one) for name, one in shown.items()}
    return Survival(kaplan_meier(*whole), groups, differ, until)


def _repeated(rows: list[tuple[int, bool, int]]) -> tuple[Array, Array]:
    days, gone, n = zip(*rows, strict=True)
    return np.repeat(np.array(days), n), np.repeat(np.array(gone), n)
