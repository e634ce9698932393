"""Rhythm: which products are bought again and again, and after how many days."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from gern.core.engines.door import Door
from gern.core.engines.local import local_day_sql
from gern.core.engines.question import Question
from gern.core.errors import BadInput
from gern.core.figures.periods import Period

MOST = 1_000


@dataclass(frozen=True)
class Rhythm:
    """``buyers`` bought the product in the period, ``again`` of them on a later day too; half of the
    pauses between two such days are at most ``median_days`` long, the middle half of them between
    ``low_days`` and ``high_days``."""

    product: str
    name: str
    buyers: int
    again: int
    median_days: float
    low_days: float
    high_days: float

    @property
    def share(self) -> float:
        """again / buyers."""
        return self.again / self.buyers


def rhythms(
    door: Door, period: Period, *, fees: Sequence[str] = (), least: int = 20
) -> list[Rhythm]:
    """Products that ``least`` customers bought again, those with the largest share first. Cancelled
    purchases and returned lines do not count; ``fees``: numbers of products that are none.

    >>> rhythms(shop.door, period)[0].median_days  # doctest: +SKIP
    28.0
    """
    if least < 2:
        raise BadInput("A rhythm stands on 2 customers at least.", param="least",
                       german="Ein Rhythmus beruht auf mindestens 2 Kunden.")  # fmt: skip
    local = local_day_sql("l.ts", period.zone, period.start.year, period.end.year)
    sql = f"""
WITH bought AS (
  SELECT l.person, l.product, {local} AS day,
    mode(l.product_name) AS name
  FROM lines AS l JOIN orders AS o ON o.source = l.source AND o.order_id = l.order_id AND o.purchase
  WHERE l.person IS NOT NULL AND l.product IS NOT NULL AND l.quantity > 0
    AND l.product NOT IN (SELECT unnest($fees)) AND l.ts >= $since AND l.ts < $until
  GROUP BY l.person, l.product, day
), paused AS (
  SELECT *, day - lag(day) OVER (PARTITION BY person, product ORDER BY day) AS pause FROM bought
)
SELECT product, mode(name) AS name, count(DISTINCT person) AS buyers,
  count(DISTINCT person) FILTER (pause IS NOT NULL) AS again, median(pause) AS middle,
  quantile_cont(pause, 0.25) AS low, quantile_cont(pause, 0.75) AS high
FROM paused GROUP BY product HAVING again >= $least
ORDER BY CAST(again AS DOUBLE) / buyers DESC, again DESC, product LIMIT {MOST}
"""
    values = {"since": period.since, "until": period.until, "fees": [*fees] or [""], "least": least}
    rows = door.ask(Question(sql, values, "rhythm of products", period.since, period.until))
    return [
        Rhythm(row["product"], row["name"] or row["product"], row["buyers"], row["again"],
               float(row["middle"]), float(row["low"]), float(row["high"]))
        for row in rows
    ]  # fmt: skip
