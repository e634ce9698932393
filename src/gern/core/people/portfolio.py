"""Who carries the shop: ABC analysis and RFM, over the twelve months before a day.

Everybody who bought in that time is in it. Equal values are never parted: who is in which class
does not depend on the order of rows.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from gern.core.engines.door import Door
from gern.core.engines.local import local_day_sql
from gern.core.engines.question import Question
from gern.core.errors import BadInput
from gern.core.figures.periods import Period, add_months

MONTHS = 12
A_SHARE, B_SHARE = 80, 95
"""Class A brings the first 80 % of revenue, B the next 15 %, C the rest."""
SCORES = (1, 2, 3, 4, 5)
CLASSES = ("A", "B", "C")

_PORTFOLIO = f"""
WITH bought AS (
  SELECT person, count(*) FILTER (purchase) AS purchases,
    max(CASE WHEN purchase THEN {{day}} END) AS last_day, sum(balance) AS revenue
  FROM orders WHERE person IS NOT NULL AND ts >= $portfolio_since AND ts < $portfolio_until
  GROUP BY person HAVING count(*) FILTER (purchase) > 0
), ranked AS (
  SELECT *, count(*) OVER () AS n,
    rank() OVER (ORDER BY last_day) - 1 AS longer_ago,
    rank() OVER (ORDER BY purchases) - 1 AS fewer,
    rank() OVER (ORDER BY revenue) - 1 AS less,
    sum(greatest(revenue, 0)) OVER () AS total,
    sum(revenue) OVER (ORDER BY revenue DESC RANGE UNBOUNDED PRECEDING)
      - revenue * count(*) OVER (PARTITION BY revenue) AS before
  FROM bought
)
SELECT person, purchases, last_day, revenue,
  CAST(1 + 5 * longer_ago // n AS INTEGER) AS recency,
  CAST(1 + 5 * fewer // n AS INTEGER) AS frequency,
  CAST(1 + 5 * less // n AS INTEGER) AS monetary,
  CASE WHEN revenue <= 0 THEN 'C' WHEN before * 100 < {A_SHARE} * total THEN 'A'
    WHEN before * 100 < {B_SHARE} * total THEN 'B' ELSE 'C' END AS abc
FROM ranked
"""


@dataclass(frozen=True)
class AbcClass:
    """``least``: the smallest revenue of one of them."""

    name: str
    customers: int
    revenue: Decimal
    least: Decimal


@dataclass(frozen=True)
class Cell:
    """Customers with these scores of recency and frequency, and what they brought."""

    recency: int
    frequency: int
    customers: int
    revenue: Decimal


@dataclass(frozen=True)
class Portfolio:
    """``classes``: A, B, C, only those that have somebody; ``cells``: of RFM, all 25."""

    period: Period
    customers: int
    revenue: Decimal
    classes: list[AbcClass]
    cells: list[Cell]


def period_of(day: date, zone: str) -> Period:
    """The months that are looked at from a day."""
    return Period(add_months(day, -MONTHS), day, zone)


def portfolio_sql(period: Period) -> tuple[str, dict[str, datetime]]:
    """(SQL, values): one row a customer: person, purchases, last_day, revenue (after returns),
    ``recency``, ``frequency``, ``monetary`` (1 … 5: 1 + ⌊5 × share of those with less⌋, so that
    who is in the best fifth has 5 unless too many are equal) and ``abc``."""
    day = local_day_sql("ts", period.zone, period.start.year - 1, period.end.year + 1)
    values = {"portfolio_since": period.since, "portfolio_until": period.until}
    return _PORTFOLIO.format(day=day), values


def portfolio(door: Door, period: Period) -> Portfolio:
    """The classes and cells.

    >>> [(c.name, c.customers) for c in shop.portfolio().classes]  # doctest: +SKIP
    [('A', 1120), ('B', 1210), ('C', 1973)]
    """
    sql, values = portfolio_sql(period)

    def ask(outer: str) -> list[dict[str, Any]]:
        return door.ask(
            Question(
                f"WITH portfolio AS ({sql}) {outer}", dict(values), "portfolio",
                period.since, period.until,
            )
        )  # fmt: skip

    classes = ask(
        "SELECT abc AS name, count(*) AS customers, sum(revenue) AS revenue, min(revenue) AS least"
        " FROM portfolio GROUP BY abc ORDER BY abc"
    )
    cells = ask(
        "SELECT recency, frequency, count(*) AS customers, sum(revenue) AS revenue FROM portfolio"
        " GROUP BY recency, frequency"
    )
    known = {(row["recency"], row["frequency"]): Cell(**row) for row in cells}
    found = [AbcClass(**row) for row in classes]
    return Portfolio(
        period,
        sum(c.customers for c in found),
        sum((c.revenue for c in found), Decimal(0)),
        found,
        [
            known.get((r, f), Cell(r, f, 0, Decimal(0)))
            for r in reversed(SCORES)
            for f in SCORES
        ],
    )  # fmt: skip


@dataclass(frozen=True)
class Place:
    """Where in the portfolio somebody is; None: anywhere. ``day``: seen from when."""

    day: date
    zone: str
    abc: str | None = None
    recency: int | None = None
    frequency: int | None = None
    monetary: int | None = None

    def condition(self) -> tuple[str, dict[str, Any]]:
        """SQL over ``customers``, and its values. ``BadInput`` for a class there is not."""
        if self.abc is not None and self.abc not in CLASSES:
            raise BadInput(f"{self.abc!r} is no class. Allowed: A, B, C.", param="abc")
        sql, values = portfolio_sql(period_of(self.day, self.zone))
        asked: dict[str, Any] = {**values}
        parts = []
        for name in ("abc", "recency", "frequency", "monetary"):
            wanted = getattr(self, name)
            if wanted is not None:
                parts.append(f"{name} = $place_{name}")
                asked[f"place_{name}"] = wanted
        where = " AND ".join(parts) or "true"
        return f"person IN (SELECT person FROM ({sql}) WHERE {where})", asked
