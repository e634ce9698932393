"""Contacts of customers in both directions."""

from __future__ import annotations

from gern.core.figures.primitives.base import AS_OF_BEGIN, ORDER_DIMENSIONS, Primitive
from gern.core.figures.primitives.visits import ON_WEB, steps
from gern.core.text import Text

CONTACTS = Primitive(
    id="contacts",
    sql=steps(dimension="NULL")
    + f""", bought AS (
  SELECT person, {{group}} AS grp FROM orders
  WHERE purchase AND person IS NOT NULL AND ts < $until
  GROUP BY person HAVING bool_or(ts >= $end_window)
), contacts AS (
  SELECT person, count(*) AS by_customer, 0 AS by_us FROM (
    SELECT person, min(ts) AS ts FROM numbered GROUP BY person, visit
  ) WHERE ts >= $since AND ts < $until GROUP BY person
  UNION ALL
  SELECT person, count(*) FILTER ({{role:contact_in}} AND NOT ({ON_WEB})),
    count(*) FILTER ({{role:message_out}})
  FROM events WHERE traffic IS NULL AND ts >= $since AND ts < $until
    AND ({{role:contact_in}} OR {{role:message_out}}) GROUP BY person
)
SELECT c.person AS unit, c.person, c.grp, CAST(NULL AS DATE) AS bucket, 1 AS at_end,
  CAST(coalesce(sum(by_customer), 0) AS BIGINT) AS by_customer,
  CAST(coalesce(sum(by_us), 0) AS BIGINT) AS by_us
FROM bought AS c LEFT JOIN contacts AS k ON k.person = c.person GROUP BY c.person, c.grp
""",
    measures=("at_end", "by_customer", "by_us"),
    dimensions=ORDER_DIMENSIONS,
    whom=Text("Kunden am Ende des Zeitraums", "customers at the end of the period"),
    group_sql=AS_OF_BEGIN,
    history=None,
    in_buckets=False,
    needs_window=True,
)
"""Customers of the end and their contacts: visits, other things they did, messages to them."""
