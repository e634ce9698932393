"""The contacts before a conversion, and those that led to none: SQL that attribution and its people
share.

A contact is *followed* when the person's next conversion comes at most the look-back later; the
followed contacts before one conversion are its journey. Contacts that no conversion follows make
journeys that led to none: such a journey ends with the last contact before a break longer than the
look-back, and has the contacts of the look-back before that end. As long as a conversion could still follow
it, it is under way, and in neither. So both kinds look back equally long from their end; what is
older counts in none. The same touchpoint again right after itself counts once, at the later time.
Several conversions of a person at one instant share a journey that counts for each.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from gern.core.engines.question import Question
from gern.core.figures.periods import Period
from gern.core.figures.primitives.visits import COOKIELESS
from gern.core.patterns.steps import Step
from gern.core.touchpoints.journey import Journey

Which = Literal["all", "first", "repeat"]


@dataclass(frozen=True)
class Asked:
    """``goal``: the conversion; ``which``: all of them, each person's first ever, or the later ones;
    ``naming``: names of events that can name a touchpoint."""

    goal: Step
    journey: Journey
    look_back: timedelta = timedelta(days=30)
    which: Which = "all"
    naming: tuple[str, ...] = ()

    def question(
        self, sql: str, purpose: str, period: Period, now: datetime, **values: Any
    ) -> Question:
        """SQL that goes on after `contacts_sql`, with what it needs. A first goal may lie before all
        that is looked at."""
        begin, ahead = period.since - self.look_back, period.until + self.look_back
        values |= {"since": period.since, "until": period.until, "now": now, "begin": begin,
                   "ahead": ahead, "look_back": self.look_back}  # fmt: skip
        whole = f"{self.contacts_sql} {sql}"
        return Question(whole, values, purpose, begin if self.which == "all" else None, ahead)

    @property
    def contacts_sql(self) -> str:
        """Steps of a query up to ``told``: (person, ts, point, goal, followed, chain, i of n,
        ended, w) of the journeys that end in the period, ``under_way`` among them; and
        ``reached``: (person, ts, w) of its conversions."""
        all_of_them = self.which == "all"
        began = (
            ""
            if all_of_them
            else f"""
), begun AS (
  SELECT person, min(ts) AS first FROM events
  WHERE traffic IS NULL AND person IS NOT NULL AND {self.goal.sql} GROUP BY person"""
        )
        first = "" if all_of_them else " LEFT JOIN begun AS b ON b.person = c.person"
        of_goals = {"all": "", "first": " AND c.ts = b.first", "repeat": " AND c.ts > b.first"}
        of_journeys = {
            "all": "",
            "first": " AND (CASE WHEN followed THEN goal = b.first"
            " ELSE b.first IS NULL OR b.first > ended END)",
            "repeat": " AND (CASE WHEN followed THEN goal > b.first ELSE ended > b.first END)",
        }
        return f"""
WITH did AS (
  SELECT person, ts, {self.goal.sql} AS is_goal,
    {self.journey.point_sql(self.naming)} AS point
  FROM events WHERE traffic IS NULL AND person IS NOT NULL AND NOT {COOKIELESS}
    AND ts >= $begin AND ts < $ahead{began}
), goals AS (
  SELECT person, ts, count(*) AS w FROM did WHERE is_goal GROUP BY person, ts
), reached AS (
  SELECT c.person, c.ts, c.w FROM goals AS c{first}
  WHERE c.ts >= $since AND c.ts < $until{of_goals[self.which]}
), mixed AS (
  SELECT DISTINCT person, ts, 0 AS is_goal, point FROM did WHERE NOT is_goal AND point IS NOT NULL
  UNION ALL SELECT person, ts, 1, NULL FROM goals
), looked AS (
  SELECT *, lag(ts) OVER each AS before, lag(is_goal) OVER each AS after_goal,
    min(CASE WHEN is_goal = 1 THEN ts END) OVER (PARTITION BY person ORDER BY ts, is_goal, point
      ROWS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING) AS goal
  FROM mixed WINDOW each AS (PARTITION BY person ORDER BY ts, is_goal, point)
), chained AS (
  SELECT person, ts, point, goal, coalesce(goal - $look_back <= ts, false) AS followed,
    count(*) FILTER (before IS NULL OR after_goal = 1 OR ts > before + $look_back)
      OVER (PARTITION BY person ORDER BY ts, point ROWS UNBOUNDED PRECEDING) AS chain
  FROM looked WHERE is_goal = 0
), ending AS (
  SELECT *, max(ts) OVER each AS ended, bool_or(followed) OVER each AS leads
  FROM chained WINDOW each AS (PARTITION BY person, goal, chain)
), parted AS (
  SELECT person, ts, point, goal, followed, CASE WHEN followed THEN 0 ELSE chain END AS chain, ended
  FROM ending WHERE followed OR (NOT leads AND ts >= ended - $look_back)
), single AS (
  SELECT * FROM (SELECT *, lead(point) OVER (PARTITION BY person, goal, followed, chain
    ORDER BY ts, point) AS later FROM parted) WHERE later IS NULL OR later <> point
), counted AS (
  SELECT person, ts, point, goal, followed, chain, later, max(ts) OVER each AS ended,
    row_number() OVER (PARTITION BY person, goal, followed, chain ORDER BY ts, point) AS i,
    count(*) OVER each AS n
  FROM single WINDOW each AS (PARTITION BY person, goal, followed, chain)
), told AS (
  SELECT c.*, coalesce(g.w, 1) AS w,
    NOT followed AND c.goal IS NULL AND ended + $look_back > $now AS under_way
  FROM counted AS c LEFT JOIN goals AS g ON followed AND g.person = c.person AND g.ts = c.goal{first}
  WHERE CASE WHEN followed THEN c.goal >= $since AND c.goal < $until
    ELSE ended >= $since AND ended < $until END{of_journeys[self.which]}
)"""
