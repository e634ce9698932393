"""Who was a customer at each end of a row of buckets, in one query for all of them.

A purchase makes somebody a customer at every end that lies after it and within W days of it.
Such stretches of ends, joined where they touch, say all of a person: won or won back at the first
end of a stretch, stayed at the following ones, lost at the end after it. The SQL of
`primitives.states.TRANSITION`, asked for each bucket alone, stays the reference.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

_TO_STATES = """
  SELECT s.bucket, s.step > k.first_end AS at_start, s.step < k.after_end AS at_end,
    s.step = k.first_end AND k.is_new AS is_new, k.times
  FROM {kinds} AS k JOIN steps AS s ON s.step >= k.first_end AND s.step <= k.after_end
  WHERE NOT k.alone
  UNION ALL
  SELECT s.bucket, false, false, true, k.times
  FROM {kinds} AS k JOIN steps AS s ON s.step = k.first_end WHERE k.alone
"""
"""States by bucket: ``at_start``, ``at_end``, ``is_new``, and how many people (``times``). Of ``kinds``:
stretches of ends (``first_end``, ``after_end``, ``is_new``), and first purchases that count at no end
(``alone``)."""

TRANSITION_IN_STEPS = (
    """
WITH calendar AS (
  SELECT unnest($step_days) AS day, unnest($step_from) AS first_end, unnest($step_to) AS after_end
), steps AS (
  SELECT unnest($step_numbers) AS step, unnest($step_buckets) AS bucket
), bought AS (
  SELECT person, {local:ts} AS day FROM orders
  WHERE purchase AND person IS NOT NULL AND ts < $until
), came AS (
  SELECT f.person, coalesce(c.first_end, 0) AS step
  FROM (SELECT person, min(day) AS day FROM bought GROUP BY person) AS f
  LEFT JOIN calendar AS c ON c.day = f.day
), stretches AS (
  SELECT DISTINCT b.person, c.first_end, c.after_end
  FROM bought AS b JOIN calendar AS c ON c.day = b.day WHERE c.first_end < c.after_end
), marked AS (
  SELECT *, CASE WHEN first_end <= lag(after_end) OVER each THEN 0 ELSE 1 END AS begins
  FROM stretches WINDOW each AS (PARTITION BY person ORDER BY first_end, after_end)
), numbered AS (
  SELECT *, sum(begins) OVER (PARTITION BY person ORDER BY first_end, after_end
    ROWS UNBOUNDED PRECEDING) AS stretch
  FROM marked
), joined AS (
  SELECT person, min(first_end) AS first_end, max(after_end) AS after_end
  FROM numbered GROUP BY person, stretch
), kinds AS (
  SELECT j.first_end, j.after_end, j.first_end = c.step AS is_new, false AS alone, count(*) AS times
  FROM joined AS j JOIN came AS c ON c.person = j.person GROUP BY 1, 2, 3
  UNION ALL
  SELECT c.step, c.step, true, true, count(*)
  FROM came AS c ANTI JOIN joined AS j ON j.person = c.person AND j.first_end = c.step
  GROUP BY c.step
), states AS ("""
    + _TO_STATES.format(kinds="kinds")
    + ")"
)
"""SQL that ends with ``states``."""

TRANSITION_WALKED = (
    """
WITH steps AS (
  SELECT unnest($step_numbers) AS step, unnest($step_buckets) AS bucket
), states AS ("""
    + _TO_STATES.format(kinds="walked")
    + ")"
)
"""The same over what a walk found (`purchased.stretches`)."""


def step_values(ends: Sequence[date], buckets: Sequence[date], window_days: int) -> dict[str, Any]:
    """``ends``: the first bucket's first day, then the day after each bucket; ``buckets``: what
    each is called. The calendar has, for every day within W of an end, the number of the first end
    after it, and of the first for which it is too long ago."""
    window = timedelta(days=window_days)
    begins = [end - window for end in ends]
    days = [begins[0] + timedelta(days=n) for n in range((ends[-1] - begins[0]).days)]
    return {
        "step_days": days,
        "step_from": [bisect_right(ends, day) for day in days],
        "step_to": [bisect_right(begins, day) for day in days],
        "step_numbers": list(range(1, len(ends))),
        "step_buckets": list(buckets),
    }
