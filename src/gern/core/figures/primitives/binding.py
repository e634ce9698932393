"""Attachment and lock-in of customers: who stays because they want to, and who because they must.

Attachment is the weighted mean of what is known of a customer from the last twelve months, two
parts at least: satisfaction, recommendation, commitment (answers), unasked contacts, community and
purchases made while free to leave (mid-ranks among the customers: of n, one with b below and t equal
to it, itself included, has (2 b + t) / 2 n). Lock-in is the largest of what is known: contract (share
of term and notice left), stated switching cost, a system owned, the only supplier in reach.
"""

from __future__ import annotations

from gern.core.figures.primitives.base import AS_OF_BEGIN, ORDER_DIMENSIONS, Primitive
from gern.core.text import Text

_SCORE = "{number:properties.score}"
_INSIDE = f"{{role:answer}} AND {_SCORE}"
_RANK = (
    "CASE WHEN {0} > 0 THEN (2 * (rank() OVER (ORDER BY {0}) - 1) + count(*) OVER (PARTITION BY {0}))"
    " / (2.0 * count(*) OVER ()) END"
)
PARTS = ("satisfaction", "recommendation", "commitment", "unasked", "community", "free_purchases")
"""What attachment is made of, each from 0 to 1."""
CAUSES = ("contract", "economic", "technical", "situational")
"""What can lock a customer in."""
ATTACHED = 60
"""From so much attachment on, feeling binds."""
_WEIGHED = " + ".join(f"coalesce({p} * $weight_{p}, 0)" for p in PARTS)
_WEIGHTS = " + ".join(f"CASE WHEN {p} IS NULL THEN 0 ELSE $weight_{p} END" for p in PARTS)
_KNOWN = " + ".join(f"CASE WHEN {p} IS NULL OR $weight_{p} = 0 THEN 0 ELSE 1 END" for p in PARTS)
_POINTS = "CAST(floor(1000000 * {0} + 0.5) AS BIGINT) * CAST(0.0001 AS DECIMAL(5,4))"

BINDING = Primitive(
    id="binding",
    sql=f"""
WITH contracts AS (
  SELECT person, coalesce({{field:properties.contract}}, '') AS contract,
    arg_max(ts, (ts, event_id)) FILTER (name = 'Contract Started') AS begun,
    arg_max(name, (ts, event_id)) = 'Contract Ended' AS has_ended,
    arg_max({{moment:properties.ends}}, (ts, event_id)) FILTER (name = 'Contract Started'
      AND {{moment:properties.ends}} IS NOT NULL) AS ends,
    coalesce(arg_max({{number:properties.notice_days}}, (ts, event_id)) FILTER (
      name = 'Contract Started' AND {{number:properties.notice_days}} >= 0), 0) AS notice
  FROM events WHERE traffic IS NULL AND name IN ('Contract Started', 'Contract Ended') AND ts < $until
    AND NOT starts_with(person, 'visitor:') GROUP BY person, contract HAVING begun IS NOT NULL
), terms AS (
  SELECT a.person, a.ts AS begun, min(b.ts) AS ended FROM (
    SELECT person, coalesce({{field:properties.contract}}, '') AS contract, ts FROM events
    WHERE traffic IS NULL AND name = 'Contract Started' AND ts < $until) AS a
  LEFT JOIN (SELECT person, coalesce({{field:properties.contract}}, '') AS contract, ts FROM events
    WHERE traffic IS NULL AND name = 'Contract Ended' AND ts < $until) AS b
    ON b.person = a.person AND b.contract = a.contract AND b.ts >= a.ts GROUP BY a.person, a.contract, a.ts
), running AS (
  SELECT person, min(ends) FILTER (ends >= $until) AS ends,
    max(CASE WHEN ends > begun THEN least(1, (greatest(0, epoch_us(ends) - epoch_us($until))
        + notice * 86400000000) / (epoch_us(ends) - epoch_us(begun) + notice * 86400000000))
      ELSE least(1, notice / 365.0) END) AS contract
  FROM contracts WHERE NOT has_ended GROUP BY person
), bought AS (
  SELECT o.person, {{group}} AS grp, bool_or(o.ts >= $end_window) AS is_customer,
    count(DISTINCT CASE WHEN o.ts >= $year AND c.person IS NULL
      THEN concat(o.source, ' ', o.order_id) END) AS n_purchases
  FROM orders AS o LEFT JOIN terms AS c ON c.person = o.person AND o.ts >= c.begun
    AND (c.ended IS NULL OR o.ts < c.ended)
  WHERE o.purchase AND o.person IS NOT NULL AND o.ts < $until GROUP BY o.person
), said AS (
  SELECT person,
    avg({_SCORE}) FILTER ({_INSIDE} BETWEEN 1 AND 5 AND {{question:csat}}) AS satisfied,
    arg_max({_SCORE}, (ts, event_id)) FILTER ({_INSIDE} BETWEEN 0 AND 10 AND {{question:nps}})
      AS recommends,
    avg({_SCORE}) FILTER ({_INSIDE} BETWEEN 1 AND 5 AND ({{question:commitment}}
      OR {{question:involvement}} OR {{question:trust}})) AS committed,
    arg_max({_SCORE}, (ts, event_id)) FILTER ({_INSIDE} BETWEEN 1 AND 5
      AND {{question:switching_cost}}) AS switching,
    count(*) FILTER ({{role:unasked}} AND coalesce(initiator, 'customer') <> 'company'
      AND coalesce(sign, 0) >= 0) AS n_unasked,
    count(*) FILTER ({{role:community}}) AS n_community
  FROM events WHERE traffic IS NULL AND ts >= $year AND ts < $until
    AND NOT starts_with(person, 'visitor:') GROUP BY person
), supplier AS (
  SELECT person, lower(arg_max({{field:properties.only_supplier}}, (ts, event_id))) AS only_one
  FROM events WHERE traffic IS NULL AND kind = 'identify' AND ts < $until
    AND {{field:properties.only_supplier}} IS NOT NULL GROUP BY person
), systems AS (
  SELECT DISTINCT person FROM lines WHERE person IS NOT NULL AND quantity > 0 AND ts < $until
    AND NOT coalesce(cancelled, false) AND product_group IN (SELECT unnest($bundles))
), customers_at_end AS (
  SELECT coalesce(b.person, r.person) AS person, coalesce(b.grp, '') AS grp,
    coalesce(b.n_purchases, 0) AS n_purchases, r.ends,
    CASE WHEN r.contract IS NOT NULL THEN r.contract
      WHEN (SELECT count(*) FROM contracts) > 0 THEN 0 END AS contract
  FROM bought AS b FULL JOIN running AS r ON r.person = b.person
  WHERE coalesce(b.is_customer, false) OR r.person IS NOT NULL
), parts AS (
  SELECT c.person, c.grp, c.ends, c.contract, (s.satisfied - 1) / 4.0 AS satisfaction,
    s.recommends / 10.0 AS recommendation, (s.committed - 1) / 4.0 AS commitment,
    coalesce(s.n_unasked, 0) AS n_unasked, coalesce(s.n_community, 0) AS n_community,
    c.n_purchases, (s.switching - 1) / 4.0 AS economic,
    CASE WHEN t.person IS NOT NULL THEN $mark_technical WHEN len($bundles) > 1 THEN 0 END
      AS technical,
    CASE WHEN u.only_one IN ('true', 'yes', 'ja', '1') THEN $mark_situational
      WHEN u.only_one IS NOT NULL THEN 0 END AS situational
  FROM customers_at_end AS c LEFT JOIN said AS s ON s.person = c.person
    LEFT JOIN systems AS t ON t.person = c.person LEFT JOIN supplier AS u ON u.person = c.person
), ranked AS (
  SELECT *, {_RANK.format("n_unasked")} AS unasked,
    {_RANK.format("n_community")} AS community, {_RANK.format("n_purchases")} AS free_purchases
  FROM parts
), weighed AS (
  SELECT *, CASE WHEN {_KNOWN} >= 2 THEN ({_WEIGHED}) / ({_WEIGHTS}) END AS attached,
    greatest({", ".join(CAUSES)}) AS bound
  FROM ranked
)
SELECT person AS unit, person, grp, CAST(NULL AS DATE) AS bucket, 1 AS customers,
  CASE WHEN attached IS NULL THEN 0 ELSE 1 END AS with_attachment,
  coalesce({_POINTS.format("attached")}, 0) AS attachment,
  CASE WHEN bound IS NULL THEN 0 ELSE 1 END AS with_lock_in,
  coalesce({_POINTS.format("bound")}, 0) AS lock_in,
  {", ".join(f"CASE WHEN {cause} > 0 THEN 1 ELSE 0 END AS by_{cause}" for cause in CAUSES)},
  CASE WHEN attached * 100 >= {ATTACHED} THEN 1 ELSE 0 END AS by_feeling,
  ends, {", ".join(f"CAST({part} AS DOUBLE) AS part_{part}" for part in (*PARTS, *CAUSES))}
FROM weighed
""",
    measures=("customers", "with_attachment", "attachment", "with_lock_in", "lock_in",
              *(f"by_{cause}" for cause in CAUSES), "by_feeling"),
    dimensions=ORDER_DIMENSIONS,
    whom=Text("Kunden am Ende des Zeitraums: mit einem Kauf innerhalb von W oder einem laufenden Vertrag",
              "customers at the end of the period: with a purchase within W or a running contract"),
    group_sql=AS_OF_BEGIN.replace("ts", "o.ts"),
    history=None,
    in_buckets=False,
    needs_window=True,
)  # fmt: skip
"""Attachment and lock-in from 0 to 100, to four places; ``by_…``: what binds somebody. Beside the
measures: ``ends`` of the first contract to end, and ``part_…``, from 0 to 1, NULL: not known."""
