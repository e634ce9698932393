"""Order lines and orders of the period."""

from __future__ import annotations

from gern.core.figures.primitives.base import LINE_DIMENSIONS, ORDER_DIMENSIONS, Primitive
from gern.core.figures.primitives.purchased import BY_CUSTOMER
from gern.core.figures.primitives.walked import Walked
from gern.core.text import Text

_BUYERS = Text("bekannte Kunden mit mindestens einem Kauf im Zeitraum",
               "known customers with at least one purchase in the period")  # fmt: skip
_EVERYBODY = Text("alle Käufe, auch ohne bekannten Kunden",
                  "all purchases, those without a known customer too")  # fmt: skip
_UNKNOWN = {
    "left_purchases": Text("Käufe ohne Kunden", "purchases without a customer"),
    "left_value": Text("Wert der Käufe ohne Kunden", "value of purchases without a customer"),
}
_LEFT = """
  CASE WHEN person IS NULL THEN count(*) ELSE 0 END AS left_purchases,
  CASE WHEN person IS NULL THEN coalesce(sum(value), 0) ELSE 0 END AS left_value"""
_LEFT_WALKED = """
  CASE WHEN person IS NULL THEN purchases ELSE 0 END AS left_purchases,
  CASE WHEN person IS NULL THEN value ELSE 0 END AS left_value"""


def _walked(measures: str) -> Walked:
    return Walked(
        f"SELECT times, person, bucket, {measures}\nFROM (SELECT {BY_CUSTOMER} FROM walked)",
        of="booked",
    )


LINES = Primitive(
    id="lines",
    sql="""
SELECT coalesce(person, 'order ' || source || ' ' || order_id) AS unit, person,
  {group} AS grp, {bucket} AS bucket, sum(amount) AS amount,
  coalesce(sum(amount) FILTER (quantity > 0 AND NOT cancelled), 0) AS sold,
  coalesce(sum(amount) FILTER (quantity <= 0 OR cancelled), 0) AS taken_back,
  CASE WHEN person IS NULL THEN 0 ELSE sum(amount) END AS with_customer,
  CASE WHEN person IS NULL THEN sum(amount) ELSE 0 END AS without_customer
FROM lines WHERE ts >= $since AND ts < $until
GROUP BY unit, person, grp, bucket
""",
    measures=("amount", "sold", "taken_back", "with_customer", "without_customer"),
    dimensions=LINE_DIMENSIONS,
    whom=Text("alle Zeilen, auch ohne bekannten Kunden",
              "all lines, those without a known customer too"),
    customers_only=False,
    money_lines=True,
    walked=_walked("""amount, sold, taken_back, CASE WHEN person IS NULL THEN 0 ELSE amount END AS with_customer,
  CASE WHEN person IS NULL THEN amount ELSE 0 END AS without_customer"""),
)  # fmt: skip
"""Sum of lines booked in the period, whoever they belong to."""

ORDERS = Primitive(
    id="orders",
    sql="""
SELECT coalesce(person, 'order ' || source || ' ' || order_id) AS unit, person,
  {group} AS grp, {bucket} AS bucket, count(*) FILTER (purchase) AS purchases,
  coalesce(sum(value) FILTER (purchase), 0) AS value,
  count(*) FILTER (purchase AND person IS NOT NULL) AS with_customer,
  count(*) FILTER (purchase AND person IS NULL) AS without_customer,
  count(*) FILTER (cancelled) AS cancellations
FROM orders WHERE ts >= $since AND ts < $until
GROUP BY unit, person, grp, bucket
HAVING count(*) FILTER (purchase OR cancelled) > 0
""",
    measures=("purchases", "value", "with_customer", "without_customer", "cancellations"),
    dimensions=ORDER_DIMENSIONS,
    whom=_EVERYBODY,
    customers_only=False,
    money_lines=True,
    walked=_walked("""purchases, value, CASE WHEN person IS NULL THEN 0 ELSE purchases END AS with_customer,
  CASE WHEN person IS NULL THEN purchases ELSE 0 END AS without_customer, cancelled AS cancellations"""),
)  # fmt: skip
"""Purchases placed in the period, with or without a customer."""

BUYERS = Primitive(
    id="buyers",
    sql=f"""
SELECT coalesce(person, '') AS unit, person, {{group}} AS grp, {{bucket}} AS bucket,
  CASE WHEN person IS NULL THEN 0 ELSE count(*) END AS purchases,
  CASE WHEN person IS NULL THEN 0 ELSE 1 END AS buyers,
  CASE WHEN person IS NOT NULL AND count(*) >= 2 THEN 1 ELSE 0 END AS buyers_again,{_LEFT}
FROM orders WHERE ts >= $since AND ts < $until AND purchase
GROUP BY unit, person, grp, bucket
""",
    measures=("purchases", "buyers", "buyers_again", *_UNKNOWN),
    dimensions=ORDER_DIMENSIONS,
    whom=_BUYERS,
    left_out=_UNKNOWN,
    money_lines=True,
    walked=_walked(f"""CASE WHEN person IS NULL THEN 0 ELSE purchases END AS purchases,
  CASE WHEN person IS NOT NULL AND purchases > 0 THEN 1 ELSE 0 END AS buyers,
  CASE WHEN person IS NOT NULL AND purchases >= 2 THEN 1 ELSE 0 END AS buyers_again,{_LEFT_WALKED}"""),
)  # fmt: skip
"""Customers with at least one purchase in the period."""

SPENDERS = Primitive(
    id="spenders",
    sql="""
WITH spent AS (
  SELECT person, {group} AS grp, {bucket} AS bucket, sum(amount) AS amount FROM lines
  WHERE ts >= $since AND ts < $until AND person IS NOT NULL GROUP BY person, grp, bucket
), bought AS (
  SELECT person, {group} AS grp, {bucket} AS bucket, 1 AS buyers FROM orders
  WHERE ts >= $since AND ts < $until AND purchase AND person IS NOT NULL
  GROUP BY person, grp, bucket
), unknown AS (
  SELECT {group} AS grp, {bucket} AS bucket, count(*) AS purchases, sum(value) AS value FROM orders
  WHERE ts >= $since AND ts < $until AND purchase AND person IS NULL GROUP BY grp, bucket
)
SELECT coalesce(s.person, b.person) AS unit, coalesce(s.person, b.person) AS person,
  coalesce(s.grp, b.grp) AS grp, coalesce(s.bucket, b.bucket) AS bucket,
  coalesce(amount, 0) AS amount, coalesce(buyers, 0) AS buyers,
  0 AS left_purchases, CAST(0 AS DECIMAL(38,6)) AS left_value
FROM spent AS s FULL JOIN bought AS b
  ON s.person = b.person AND coalesce(s.grp, '') = coalesce(b.grp, '')
  AND s.bucket IS NOT DISTINCT FROM b.bucket
UNION ALL
SELECT '', NULL, grp, bucket, 0, 0, purchases, value FROM unknown
""",
    measures=("amount", "buyers", *_UNKNOWN),
    dimensions=ORDER_DIMENSIONS,
    whom=_BUYERS,
    left_out=_UNKNOWN,
    money_lines=True,
    walked=_walked(f"""CASE WHEN person IS NULL THEN 0 ELSE amount END AS amount,
  CASE WHEN person IS NOT NULL AND purchases > 0 THEN 1 ELSE 0 END AS buyers,{_LEFT_WALKED}"""),
)  # fmt: skip
"""Revenue of known customers (returns subtracted) beside who of them bought."""

PRODUCTS = Primitive(
    id="products",
    sql=f"""
WITH bought AS (
  SELECT source, order_id, person, {{group}} AS grp, {{bucket}} AS bucket, value FROM orders
  WHERE ts >= $since AND ts < $until AND purchase
), kinds AS (
  SELECT b.person, b.grp, b.bucket, count(DISTINCT l.product) AS products
  FROM bought AS b JOIN lines AS l ON l.source = b.source AND l.order_id = b.order_id
  WHERE l.quantity > 0 AND NOT list_contains($fees, coalesce(l.product, ''))
    AND b.person IS NOT NULL
  GROUP BY b.person, b.grp, b.bucket
), people AS (
  SELECT coalesce(person, '') AS unit, person, grp, bucket,{_LEFT}
  FROM bought GROUP BY unit, person, grp, bucket
)
SELECT p.unit, p.person, p.grp, p.bucket,
  CASE WHEN p.person IS NULL THEN 0 ELSE 1 END AS buyers,
  CASE WHEN coalesce(k.products, 0) >= 2 THEN 1 ELSE 0 END AS buyers_of_several,
  p.left_purchases, p.left_value
FROM people AS p LEFT JOIN kinds AS k
  ON k.person = p.person AND coalesce(k.grp, '') = coalesce(p.grp, '')
  AND k.bucket IS NOT DISTINCT FROM p.bucket
""",
    measures=("buyers", "buyers_of_several", *_UNKNOWN),
    dimensions=ORDER_DIMENSIONS,
    whom=_BUYERS,
    left_out=_UNKNOWN,
    ahead=None,  # lines of an order placed in the period may be booked later
    money_lines=True,
)
"""Customers with a purchase, and how many different products they bought in the period."""

SPEND_TREND = Primitive(
    id="spend_trend",
    sql="""
WITH spent AS (
  SELECT person, {group} AS grp,
    coalesce(sum(amount) FILTER (ts >= $since), 0) AS now,
    coalesce(sum(amount) FILTER (ts < $since), 0) AS before
  FROM lines WHERE ts >= $before AND ts < $until AND person IS NOT NULL GROUP BY person, grp
), bought AS (
  SELECT DISTINCT person, {group} AS grp FROM orders
  WHERE ts >= $before AND ts < $until AND purchase AND person IS NOT NULL
)
SELECT b.person AS unit, b.person, b.grp, CAST(NULL AS DATE) AS bucket, 1 AS buyers,
  CASE WHEN now > before THEN 1 ELSE 0 END AS rose,
  CASE WHEN now = before THEN 1 ELSE 0 END AS same,
  CASE WHEN now < before THEN 1 ELSE 0 END AS fell
FROM bought AS b JOIN spent AS s
  ON s.person = b.person AND coalesce(s.grp, '') = coalesce(b.grp, '')
""",
    measures=("buyers", "rose", "same", "fell"),
    dimensions=ORDER_DIMENSIONS,
    whom=Text("bekannte Kunden mit einem Kauf in diesem oder dem Zeitraum davor",
              "known customers with a purchase in this period or the one before"),
    history=None,
    in_buckets=False,
    money_lines=True,
)  # fmt: skip
"""Who spent more than in the period of the same length before."""

COMPLAINTS = Primitive(
    id="complaints",
    sql="""
WITH filed AS (
  SELECT coalesce({field:properties.complaint}, event_id) AS complaint,
    min(person) FILTER ({role:complaint}) AS person,
    min(ts) FILTER ({role:complaint}) AS ts,
    arg_min({group}, ts) FILTER ({role:complaint}) AS grp,
    bool_or({role:complaint_settled} AND lower(coalesce({field:properties.content}, ''))
      IN ('true', 'yes', 'ja', '1')) AS content,
    bool_or({role:complaint_settled}) AS settled
  FROM events WHERE traffic IS NULL AND ts >= $since AND ({role:complaint} OR {role:complaint_settled})
  GROUP BY complaint
)
SELECT unit, person, grp, CAST(NULL AS DATE) AS bucket, sum(complaints) AS complaints,
  sum(settled) AS settled, sum(content) AS content, sum(purchases) AS purchases
FROM (
  SELECT person AS unit, person, grp, count(*) AS complaints, count(*) FILTER (settled) AS settled,
    count(*) FILTER (content) AS content, 0 AS purchases
  FROM filed WHERE ts >= $since AND ts < $until GROUP BY unit, person, grp
  UNION ALL
  SELECT coalesce(person, 'order ' || source || ' ' || order_id), person, {group} AS grp, 0, 0, 0,
    count(*)
  FROM orders WHERE purchase AND ts >= $since AND ts < $until GROUP BY 1, person, grp
) GROUP BY unit, person, grp
""",
    measures=("complaints", "settled", "content", "purchases"),
    dimensions=ORDER_DIMENSIONS,
    whom=_EVERYBODY,
    ahead=None,
    in_buckets=False,
    customers_only=False,
)
"""Complaints filed in the period, how they were settled since, and the purchases beside them."""
