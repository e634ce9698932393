"""Why they fall out of a funnel: what they did next, and which obstacles they met that those who went
on did not."""

from __future__ import annotations

from dataclasses import dataclass, replace

from gern.core.engines.door import Door
from gern.core.engines.question import Question
from gern.core.errors import BadInput
from gern.core.figures.periods import Period
from gern.core.patterns.funnel import Funnel, funnel_question

SHOWN = 8


@dataclass(frozen=True)
class Obstacle:
    """An event that keeps people from going on: how many of those who ``fell_out`` met it after the
    step, and how many of those who ``went_on`` on their way to the next one."""

    name: str
    fell_out: int
    went_on: int


@dataclass(frozen=True)
class Falling:
    """``fell_out`` took the step and not the next one, ``went_on`` did. ``followed``: the first event
    after the step, within the window, of those who fell out, the most frequent first; ``nothing``:
    how many did nothing more."""

    fell_out: int
    went_on: int
    nothing: int
    followed: tuple[tuple[str, int], ...]
    obstacles: tuple[Obstacle, ...]


def falling(
    door: Door, asked: Funnel, period: Period, after: int, *, signals: str, obstacle: str
) -> Falling:
    """What those did who fell out after step ``after`` (from 1, not the last). ``signals``: SQL,
    which events nobody does; ``obstacle``: which keep people from going on."""
    n = len(asked.steps)
    if not 1 <= after < n:
        raise BadInput(f"After step {after} nobody falls out; the steps are 1 to {n - 1}.", param="step",
                       german=f"Nach Schritt {after} fällt niemand heraus; es sind 1 bis {n - 1}.")  # fmt: skip
    tail = f""", taken AS (
  SELECT person, t1, t{after} AS here, t{after + 1} AS there FROM chains WHERE t{after} IS NOT NULL
), did AS (
  SELECT person, ts, coalesce(name, kind) AS name, {obstacle} AS obstacle FROM events
  WHERE traffic IS NULL AND kind IN ('track', 'page', 'screen') AND ts >= $since AND ts < $until
    AND NOT ({signals}) AND person IN (SELECT person FROM taken)
), later AS (
  SELECT t.person, t.there IS NULL AS fell, d.name, d.ts, d.obstacle FROM taken AS t
  LEFT JOIN did AS d ON d.person = t.person AND d.ts > t.here
    AND CASE WHEN t.there IS NULL THEN d.ts <= t.t1 + $window ELSE d.ts < t.there END
), firsts AS (
  SELECT person, arg_min(name, (ts, name)) AS name FROM later WHERE fell GROUP BY person
)
SELECT 'next' AS what, name, count(*) AS fell, 0 AS went FROM firsts GROUP BY name
UNION ALL
SELECT 'obstacle', name, count(DISTINCT person) FILTER (fell), count(DISTINCT person) FILTER (NOT fell)
FROM later WHERE obstacle GROUP BY name
UNION ALL
SELECT 'all', NULL, count(*) FILTER (there IS NULL), count(*) FILTER (there IS NOT NULL) FROM taken
"""
    question: Question = replace(funnel_question(asked, period, tail), walk=None)
    rows = door.ask(question)
    whole = next(row for row in rows if row["what"] == "all")
    followed = [(row["name"], row["fell"]) for row in rows if row["what"] == "next" and row["name"]]
    met = [
        Obstacle(row["name"], row["fell"], row["went"]) for row in rows if row["what"] == "obstacle"
    ]
    return Falling(
        whole["fell"], whole["went"], whole["fell"] - sum(n for _, n in followed),
        tuple(sorted(followed, key=lambda one: (-one[1], one[0]))[:SHOWN]),
        tuple(sorted(met, key=lambda one: (-one.fell_out, one.name))[:SHOWN]),
    )  # fmt: skip
