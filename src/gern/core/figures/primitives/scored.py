"""What was told of customers by models of the day: of the last day in the period of which something was
told, which is today's, or the first of a month gone by (`predict.past`)."""

from __future__ import annotations

from gern.core.figures.primitives.base import Primitive, at_days
from gern.core.text import Text

_WHOM = Text("Kunden, für die Vorhersagen da sind", "customers of whom something is predicted")


def _scored(id: str, score: str, columns: str, measures: tuple[str, ...]) -> Primitive:
    return at_days(
        id,
        f"""
WITH scored AS ({{scores:{score}}}), latest AS (
  SELECT max(told) AS told FROM scored WHERE told > $first_day AND told <= $last_day
), groups AS (
  SELECT person, {{group}} AS grp FROM orders
  WHERE purchase AND person IS NOT NULL AND ts < $until GROUP BY person
), known AS (
  SELECT person FROM groups
  UNION SELECT person FROM events WHERE name = 'Contract Started' AND person IS NOT NULL AND ts < $until
)
SELECT s.person AS unit, s.person, g.grp, CAST(NULL AS DATE) AS bucket, 1 AS customers, {columns}
FROM scored AS s JOIN latest AS l ON l.told = s.told JOIN known AS k ON k.person = s.person
  LEFT JOIN groups AS g ON g.person = s.person
WHERE s.person NOT IN (SELECT unnest($unscored))
""",
        measures, _WHOM, needs_window=False,
    )  # fmt: skip


RISKS = _scored(
    "risks", "risk",
    "CAST(risk AS DECIMAL(9, 6)) AS risk, CASE WHEN risk > 0.5 THEN 1 ELSE 0 END AS leaving,"
    " CAST(risk * greatest(spent_year, 0) AS DECIMAL(18, 2)) AS stake",
    ("customers", "risk", "leaving", "stake"),
)  # fmt: skip
"""The chance that each does not buy within their patience; who is likelier to leave than to stay; what
they spent in the year before, times it."""

VALUES = _scored(
    "values", "value",
    "CAST(value AS DECIMAL(18, 2)) AS value, CAST(brought AS DECIMAL(18, 2)) AS brought",
    ("customers", "value", "brought"),
)  # fmt: skip
"""What each will bring in the next twelve months, and has brought so far."""
