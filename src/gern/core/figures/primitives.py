"""The primitives: SQL that turns the log into one row per customer with whole measures.

Every primitive gives ``unit`` (the customer, or one order that has no customer), ``person``
(NULL for such an order), ``grp`` (the group when broken down, else NULL) and its measures. The
figure is a weighted sum of measures over the rows, the people behind it are the rows, its
interval is a bootstrap over the rows: so all three agree.

Values bound by the caller: ``$since``, ``$until`` (the period), ``$start_window`` and
``$end_window`` (W before each end), ``$regular_since`` (2 W before the end), ``$fees``
(product numbers that are fees or postage).
"""

from __future__ import annotations

from dataclasses import dataclass

ORDER_DIMENSIONS = ("country", "store", "channel")
LINE_DIMENSIONS = (*ORDER_DIMENSIONS, "product", "product_group")


@dataclass(frozen=True)
class Primitive:
    """``sql`` holds ``{group}``, filled with an expression for ``grp`` (or NULL)."""

    id: str
    sql: str
    measures: tuple[str, ...]
    dimensions: tuple[str, ...]
    group_sql: str
    """How a dimension becomes ``grp``; ``{by}`` is the column."""
    needs_window: bool = False
    all_history: bool = False
    customers_only: bool = True

    def query(self, by: str | None) -> str:
        """The SQL with or without a breakdown."""
        group = self.group_sql.format(by=by) if by else "CAST(NULL AS VARCHAR)"
        return self.sql.replace("{group}", group)


LINES = Primitive(
    id="lines",
    sql="""
SELECT coalesce(person, 'order ' || source || ' ' || order_id) AS unit, person,
  {group} AS grp, sum(amount) AS amount,
  coalesce(sum(amount) FILTER (quantity > 0 AND NOT cancelled), 0) AS sold,
  coalesce(sum(amount) FILTER (quantity <= 0 OR cancelled), 0) AS taken_back,
  CASE WHEN person IS NULL THEN 0 ELSE sum(amount) END AS with_customer,
  CASE WHEN person IS NULL THEN sum(amount) ELSE 0 END AS without_customer
FROM lines WHERE ts >= $since AND ts < $until
GROUP BY unit, person, grp
""",
    measures=("amount", "sold", "taken_back", "with_customer", "without_customer"),
    dimensions=LINE_DIMENSIONS,
    group_sql="coalesce({by}, '')",
    customers_only=False,
)
"""Sum of lines booked in the period, whoever they belong to."""

ORDERS = Primitive(
    id="orders",
    sql="""
SELECT coalesce(person, 'order ' || source || ' ' || order_id) AS unit, person,
  {group} AS grp, count(*) FILTER (purchase) AS purchases,
  coalesce(sum(value) FILTER (purchase), 0) AS value,
  count(*) FILTER (purchase AND person IS NOT NULL) AS with_customer,
  count(*) FILTER (purchase AND person IS NULL) AS without_customer,
  count(*) FILTER (cancelled) AS cancellations
FROM orders WHERE ts >= $since AND ts < $until
GROUP BY unit, person, grp
HAVING count(*) FILTER (purchase OR cancelled) > 0
""",
    measures=("purchases", "value", "with_customer", "without_customer", "cancellations"),
    dimensions=ORDER_DIMENSIONS,
    group_sql="coalesce({by}, '')",
    customers_only=False,
)
"""Purchases placed in the period, with or without a customer."""

BUYERS = Primitive(
    id="buyers",
    sql="""
SELECT person AS unit, person, {group} AS grp, count(*) AS purchases, 1 AS buyers,
  CASE WHEN count(*) >= 2 THEN 1 ELSE 0 END AS buyers_again
FROM orders WHERE ts >= $since AND ts < $until AND purchase AND person IS NOT NULL
GROUP BY unit, person, grp
""",
    measures=("purchases", "buyers", "buyers_again"),
    dimensions=ORDER_DIMENSIONS,
    group_sql="coalesce({by}, '')",
)
"""Customers with at least one purchase in the period."""

SPENDERS = Primitive(
    id="spenders",
    sql="""
WITH spent AS (
  SELECT person, {group} AS grp, sum(amount) AS amount FROM lines
  WHERE ts >= $since AND ts < $until AND person IS NOT NULL GROUP BY person, grp
), bought AS (
  SELECT person, {group} AS grp, 1 AS buyers FROM orders
  WHERE ts >= $since AND ts < $until AND purchase AND person IS NOT NULL GROUP BY person, grp
)
SELECT coalesce(s.person, b.person) AS unit, coalesce(s.person, b.person) AS person,
  coalesce(s.grp, b.grp) AS grp, coalesce(amount, 0) AS amount, coalesce(buyers, 0) AS buyers
FROM spent AS s FULL JOIN bought AS b
  ON s.person = b.person AND coalesce(s.grp, '') = coalesce(b.grp, '')
""",
    measures=("amount", "buyers"),
    dimensions=ORDER_DIMENSIONS,
    group_sql="coalesce({by}, '')",
)
"""Revenue of known customers (returns subtracted) beside who of them bought."""

PRODUCTS = Primitive(
    id="products",
    sql="""
WITH bought AS (
  SELECT source, order_id, person, {group} AS grp FROM orders
  WHERE ts >= $since AND ts < $until AND purchase AND person IS NOT NULL
), kinds AS (
  SELECT b.person, b.grp, count(DISTINCT l.product) AS products
  FROM bought AS b JOIN lines AS l ON l.source = b.source AND l.order_id = b.order_id
  WHERE l.quantity > 0 AND NOT list_contains($fees, coalesce(l.product, ''))
  GROUP BY b.person, b.grp
)
SELECT b.person AS unit, b.person, b.grp, 1 AS buyers,
  max(CASE WHEN k.products >= 2 THEN 1 ELSE 0 END) AS buyers_of_several
FROM bought AS b LEFT JOIN kinds AS k
  ON k.person = b.person AND coalesce(k.grp, '') = coalesce(b.grp, '')
GROUP BY b.person, b.grp
""",
    measures=("buyers", "buyers_of_several"),
    dimensions=ORDER_DIMENSIONS,
    group_sql="coalesce({by}, '')",
)
"""Customers with a purchase, and how many different products they bought in the period."""

TRANSITION = Primitive(
    id="transition",
    sql="""
WITH states AS (
  SELECT person, min(ts) >= $since AND min(ts) < $until AS is_new,
    bool_or(ts >= $start_window AND ts < $since) AS at_start,
    bool_or(ts >= $end_window AND ts < $until) AS at_end,
    {group} AS grp
  FROM orders WHERE purchase AND person IS NOT NULL AND ts < $until GROUP BY person
)
SELECT person AS unit, person, grp,
  CASE WHEN at_start THEN 1 ELSE 0 END AS at_start,
  CASE WHEN at_end THEN 1 ELSE 0 END AS at_end,
  CASE WHEN at_end AND is_new THEN 1 ELSE 0 END AS new,
  CASE WHEN at_start AND at_end THEN 1 ELSE 0 END AS stayed,
  CASE WHEN at_start AND NOT at_end THEN 1 ELSE 0 END AS lost,
  CASE WHEN at_end AND NOT at_start AND NOT is_new THEN 1 ELSE 0 END AS won_back,
  CASE WHEN is_new AND NOT at_end THEN 1 ELSE 0 END AS came_and_went
FROM states WHERE at_start OR at_end OR is_new
""",
    measures=("at_start", "at_end", "new", "stayed", "lost", "won_back", "came_and_went"),
    dimensions=ORDER_DIMENSIONS,
    # a trait as of the period's begin; who came later has the one of the first purchase
    group_sql=(
        "coalesce(arg_max({by}, (ts, {by})) FILTER (ts < $since),"
        " arg_min({by}, (ts, {by})) FILTER (ts >= $since), '')"
    ),
    needs_window=True,
    all_history=True,
)
"""Who was a customer at both ends of the period: a purchase in the W days before."""

REGULARS = Primitive(
    id="regulars",
    sql="""
SELECT person AS unit, person, {group} AS grp, 1 AS at_end,
  CASE WHEN count(*) FILTER (ts >= $regular_since) >= 3 THEN 1 ELSE 0 END AS regulars
FROM orders WHERE purchase AND person IS NOT NULL AND ts < $until
GROUP BY person
HAVING bool_or(ts >= $end_window)
""",
    measures=("at_end", "regulars"),
    dimensions=ORDER_DIMENSIONS,
    group_sql=(
        "coalesce(arg_max({by}, (ts, {by})) FILTER (ts < $since),"
        " arg_min({by}, (ts, {by})) FILTER (ts >= $since), '')"
    ),
    needs_window=True,
    all_history=True,
)
"""Customers at the end of the period, and who of them bought three times within 2 W."""
