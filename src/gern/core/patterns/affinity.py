"""What goes together: products bought in one purchase, and products bought after others.

For a pair A → B: ``n`` of the ``n_a`` that have A also have B, so the *confidence* is n / n_a, with
its Wilson interval. Of all ``of`` there are ``n_b`` with B; *lift* is how many times more often B
comes with A than at all: (n / n_a) / (n_b / of). *Support* is n / of. *Together* counts purchases,
*after* customers: who bought A, and B in a purchase strictly later than their first A.

A pair stands on ``least`` cases at least, and pairs are told by how large their lift is for sure
(lower end of the interval), so that chance finds of a few cases do not come first.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from gern.core.engines.door import Door
from gern.core.engines.question import Question
from gern.core.errors import BadInput
from gern.core.figures.intervals import Z, wilson
from gern.core.figures.periods import Period

How = Literal["together", "after"]
Of = Literal["product", "product_group"]
LEAST = 20
MOST = 1000
"""Pairs that are told at most."""

_LOW = (
    f"((share + {Z * Z} / (2 * n_a)) / (1 + {Z * Z} / n_a) - {Z} / (1 + {Z * Z} / n_a)"
    f" * sqrt(share * (1 - share) / n_a + {Z * Z} / (4 * n_a * n_a)))"
)
"""SQL: lower end of the Wilson interval (`figures.intervals.wilson`) of ``share``."""

_BEST = f"""
SELECT * FROM (
  SELECT *, {_LOW} AS low FROM (
    SELECT x.item AS a, y.item AS b, p.n, x.n AS n_a, y.n AS n_b, x.name AS a_name, y.name AS b_name,
      of_all, CAST(p.n AS DOUBLE) / x.n AS share
    FROM directed AS p JOIN items AS x ON x.code = p.a JOIN items AS y ON y.code = p.b, whole
  )
) WHERE {{which}} ORDER BY {{rank}} DESC, n DESC, a, b LIMIT {{most}}
"""

_BOUGHT = """
WITH purchases AS (
  SELECT source, order_id, ts, CAST(row_number() OVER () AS INTEGER) AS unit FROM orders
  WHERE purchase AND ts >= $since AND ts < $until
), bought AS MATERIALIZED (
  SELECT p.unit, l.person, l.{of} AS item, p.ts, min({name}) AS name
  FROM lines AS l JOIN purchases AS p ON p.source = l.source AND p.order_id = l.order_id
  WHERE l.quantity > 0 AND l.{of} IS NOT NULL AND l.ts >= $since
    AND coalesce(l.product, '') NOT IN (SELECT unnest($fees)){known}
  GROUP BY p.unit, p.ts, l.person, l.{of}
)"""

_TOGETHER = (
    _BOUGHT
    + """, items AS MATERIALIZED (
  SELECT item, count(*) AS n, mode(name) AS name, CAST(row_number() OVER (ORDER BY item) AS INTEGER) AS code
  FROM bought GROUP BY item HAVING count(*) >= $least
), kept AS MATERIALIZED (
  SELECT b.unit, i.code FROM bought AS b JOIN items AS i ON i.item = b.item
), {pairs}, whole AS (SELECT count(DISTINCT unit) AS of_all FROM bought)
"""
    + _BEST
)

_AFTER = (
    _BOUGHT
    + """, buyers AS (
  SELECT person, CAST(row_number() OVER () AS INTEGER) AS unit FROM (SELECT DISTINCT person FROM bought)
), each AS MATERIALIZED (
  SELECT p.unit, b.item, min(b.ts) AS first, max(b.ts) AS last, min(b.name) AS name
  FROM bought AS b JOIN buyers AS p ON p.person = b.person GROUP BY p.unit, b.item
), items AS MATERIALIZED (
  SELECT item, count(*) AS n, mode(name) AS name, CAST(row_number() OVER (ORDER BY item) AS INTEGER) AS code
  FROM each GROUP BY item HAVING count(*) >= $least
), kept AS MATERIALIZED (
  SELECT e.unit, i.code, e.first, e.last FROM each AS e JOIN items AS i ON i.item = e.item
), directed AS (
  SELECT a.code AS a, b.code AS b, count(*) AS n
  FROM kept AS a JOIN kept AS b ON a.unit = b.unit AND a.code <> b.code AND b.last > a.first
  {from_owned} GROUP BY a.code, b.code HAVING count(*) >= $least
), whole AS (SELECT count(*) AS of_all FROM buyers)
"""
    + _BEST
)


_EACH_PAIR = """pairs AS (
  SELECT a.code AS a, b.code AS b, count(*) AS n
  FROM kept AS a JOIN kept AS b ON a.unit = b.unit AND a.code < b.code
  GROUP BY a.code, b.code HAVING count(*) >= $least
), directed AS (SELECT a, b, n FROM pairs UNION ALL SELECT b, a, n FROM pairs)"""
_FROM_OWNED = "WHERE a.code IN (SELECT code FROM items WHERE item IN (SELECT unnest($owned)))"
_OWNED_PAIRS = f"""directed AS (
  SELECT a.code AS a, b.code AS b, count(*) AS n
  FROM kept AS a JOIN kept AS b ON a.unit = b.unit AND a.code <> b.code {_FROM_OWNED}
  GROUP BY a.code, b.code HAVING count(*) >= $least
)"""
"""The same pairs, but only those that begin with what somebody has: a hundredth of the work."""


@dataclass(frozen=True)
class Pair:
    """A → B. ``low``, ``high``: the interval of the confidence."""

    a: str
    b: str
    a_name: str
    b_name: str
    n: int
    n_a: int
    n_b: int
    of: int
    low: float
    high: float

    @property
    def support(self) -> float:
        """n / of."""
        return self.n / self.of

    @property
    def confidence(self) -> float:
        """n / n_a."""
        return self.n / self.n_a

    @property
    def lift(self) -> float:
        """Confidence / share of B among all."""
        return self.n * self.of / (self.n_a * self.n_b)


def affinity(
    door: Door, period: Period, *, how: How = "together", of: Of = "product",
    fees: Sequence[str] = (), least: int = LEAST,
) -> list[Pair]:  # fmt: skip
    """The pairs of the period that stand on ``least`` cases, by how large their lift is for sure;
    `MOST` of them. ``fees``: numbers of products that are none.

    >>> affinity(shop.door, period)[0].lift  # doctest: +SKIP
    23.4
    """
    question = _question(period, how, of, fees, least, "true", "low / n_b", MOST, owned=False)
    return [_pair(row) for row in door.ask(question)]


def next_products(
    door: Door, period: Period, owned: Sequence[str], *, how: How = "together",
    fees: Sequence[str] = (), least: int = LEAST, most: int = 5,
) -> list[Pair]:  # fmt: skip
    """What goes with what somebody has (``owned``) and they do not have yet: of each product the
    pair with the highest confidence for sure, the best first; only where it comes more often with A
    than at all."""
    if not owned:
        return []
    which = (
        "a IN (SELECT unnest($owned)) AND b NOT IN (SELECT unnest($owned)) AND low * of_all > n_b"
        " QUALIFY row_number() OVER (PARTITION BY b ORDER BY low DESC, a) = 1"
    )
    question = _question(period, how, "product", fees, least, which, "low", most, owned=True)
    return [_pair(row) for row in door.ask(question.with_values(owned=[*owned]))]


def _question(
    period: Period, how: How, of: Of, fees: Sequence[str], least: int, which: str, rank: str,
    most: int, *, owned: bool,
) -> Question:  # fmt: skip
    if least < 2:
        raise BadInput("A pair stands on 2 cases at least.", param="least",
                       german="Ein Paar beruht auf mindestens 2 Fällen.")  # fmt: skip
    sql = _AFTER if how == "after" else _TOGETHER
    for name, text in (
        ("of", of), ("name", "l.product_name" if of == "product" else "l.product_group"),
        ("known", " AND l.person IS NOT NULL" if how == "after" else ""),
        ("pairs", _OWNED_PAIRS if owned else _EACH_PAIR),
        ("from_owned", _FROM_OWNED if owned else ""), ("which", which), ("rank", rank), ("most", str(most)),
    ):  # fmt: skip
        sql = sql.replace(f"{{{name}}}", text)
    values = {"since": period.since, "until": period.until, "fees": [*fees] or [""], "least": least}
    return Question(sql, values, "affinity", period.since)


def _pair(row: dict[str, Any]) -> Pair:
    low, high = (end / 100 for end in wilson(row["n"], row["n_a"]) or (0, 100))
    names = (row["a_name"] or row["a"], row["b_name"] or row["b"])
    return Pair(
        row["a"], row["b"], *names, row["n"], row["n_a"], row["n_b"], row["of_all"], low, high
    )
