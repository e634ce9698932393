"""Customers at a day, and what became of them: a purchase in the W local days before it, or, in
contract business, a contract running then."""

from __future__ import annotations

from gern.core.figures.primitives.base import AS_OF_BEGIN, ORDER_DIMENSIONS, Primitive, at_days
from gern.core.figures.primitives.stepped import TRANSITION_IN_STEPS, TRANSITION_WALKED
from gern.core.figures.primitives.walked import Walked
from gern.core.text import Text

_BY_CONTRACT = """
WITH contracts AS (
  SELECT person, coalesce({field:properties.contract}, '') AS contract,
    min(ts) FILTER (name = 'Contract Started') AS begun,
    arg_max(name, (ts, event_id)) FILTER (ts < $since) AS before,
    arg_max(name, (ts, event_id)) AS now,
    arg_min(country, (ts, country)) AS country, arg_min(store, (ts, store)) AS store,
    arg_min(channel, (ts, channel)) AS channel
  FROM events WHERE traffic IS NULL AND ts < $until
    AND name IN ('Contract Started', 'Contract Ended')
  GROUP BY person, contract HAVING begun IS NOT NULL
), states AS (
  SELECT person, min(begun) AS first, min(begun) >= $since AS is_new,
    bool_or(coalesce(before, '') = 'Contract Started') AS at_start,
    bool_or(now = 'Contract Started') AS at_end,
    {group} AS grp
  FROM (SELECT *, begun AS ts FROM contracts) GROUP BY person
)"""

_BY_PURCHASE = """
WITH states AS (
  SELECT person, min(ts) AS first, min(ts) >= $since AND min(ts) < $until AS is_new,
    bool_or(ts >= $start_window AND ts < $since) AS at_start,
    bool_or(ts >= $end_window AND ts < $until) AS at_end,
    {group} AS grp
  FROM orders WHERE purchase AND person IS NOT NULL AND ts < $until GROUP BY person
)"""

_MEASURES = """
  CASE WHEN at_start THEN 1 ELSE 0 END AS at_start,
  CASE WHEN at_end THEN 1 ELSE 0 END AS at_end,
  CASE WHEN at_end AND is_new THEN 1 ELSE 0 END AS new,
  CASE WHEN at_start AND at_end THEN 1 ELSE 0 END AS stayed,
  CASE WHEN at_start AND NOT at_end THEN 1 ELSE 0 END AS lost,
  CASE WHEN at_end AND NOT at_start AND NOT is_new THEN 1 ELSE 0 END AS won_back,
  CASE WHEN is_new AND NOT at_end THEN 1 ELSE 0 END AS came_and_went
FROM states WHERE at_start OR at_end OR is_new
"""
_TRANSITION = f"""
SELECT person AS unit, person, grp, CAST(NULL AS DATE) AS bucket,{_MEASURES}"""

_STEPPED = f"""
SELECT bucket, true AS person, times,{_MEASURES}"""

TRANSITION = at_days(
    id="transition",
    sql=_BY_PURCHASE + _TRANSITION,
    contracts_sql=_BY_CONTRACT + _TRANSITION,
    stepped_sql=f"{TRANSITION_IN_STEPS}{_STEPPED}",
    stepped_walked=f"{TRANSITION_WALKED}{_STEPPED}",
    walked=Walked(f"""
WITH states AS (
  SELECT person, start_window > since AS at_start, end_window > 0 AS at_end, first >= $since AS is_new
  FROM walked
)
SELECT 1 AS times, person, CAST(NULL AS DATE) AS bucket,{_MEASURES}""", of="customers"),
    measures=("at_start", "at_end", "new", "stayed", "lost", "won_back", "came_and_went"),
    whom=Text("Kunden am Anfang oder Ende des Zeitraums und wer in ihm neu dazukam",
              "customers at the start or the end of the period, and who was won in it"),
)  # fmt: skip
"""Who was a customer at both ends of the period."""

REGULARS = at_days(
    id="regulars",
    sql="""
SELECT person AS unit, person, {group} AS grp, CAST(NULL AS DATE) AS bucket, 1 AS at_end,
  CASE WHEN count(*) FILTER (ts >= $regular_since) >= 3 THEN 1 ELSE 0 END AS regulars
FROM orders WHERE purchase AND person IS NOT NULL AND ts < $until
GROUP BY person
HAVING bool_or(ts >= $end_window)
""",
    measures=("at_end", "regulars"),
    walked=Walked(
        """
SELECT 1 AS times, person, CAST(NULL AS DATE) AS bucket, 1 AS at_end,
  CASE WHEN regular_since >= 3 THEN 1 ELSE 0 END AS regulars
FROM walked WHERE end_window > 0
""",
        of="customers",
    ),
)
"""Customers at the end of the period, and who of them bought three times within 2 W."""

RELATIONSHIPS = at_days(
    id="relationships",
    sql=_BY_PURCHASE
    + """
SELECT person AS unit, person, grp, CAST(NULL AS DATE) AS bucket, 1 AS at_end,
  date_diff('day', {local:first}, $last_day) AS days
FROM states WHERE at_end
""",
    measures=("at_end", "days"),
    walked=Walked(
        """
SELECT 1 AS times, person, CAST(NULL AS DATE) AS bucket, 1 AS at_end,
  date_diff('day', {local:first}, $last_day) AS days
FROM walked WHERE end_window > 0
""",
        of="customers",
    ),
)
"""How many local days ago the customers of the end first bought."""

STREAKS = Primitive(
    id="streaks",
    sql="""
WITH bought AS (
  SELECT person, ts, order_id, source, {local:ts} AS day FROM orders
  WHERE purchase AND person IS NOT NULL AND ts < $until
), switched AS (
  SELECT person, max(ts) AS ts FROM events
  WHERE traffic IS NULL AND {role:supplier_switched} AND ts < $until GROUP BY person
), gaps AS (
  SELECT b.person, b.ts, b.day,
    date_diff('day', lag(b.day) OVER each, b.day) AS gap, s.ts AS switched
  FROM bought AS b LEFT JOIN switched AS s ON s.person = b.person
  WINDOW each AS (PARTITION BY b.person ORDER BY b.ts, b.source, b.order_id)
), breaks AS (
  SELECT person, max(ts) FILTER (gap > $window_days) AS broken, max(switched) AS switched
  FROM gaps GROUP BY person HAVING max(ts) >= $end_window
), streaks AS (
  SELECT g.person, count(*) FILTER (
      (b.broken IS NULL OR g.ts >= b.broken) AND (b.switched IS NULL OR g.ts > b.switched)
    ) AS streak
  FROM gaps AS g JOIN breaks AS b ON b.person = g.person GROUP BY g.person
), groups AS (
  SELECT person, {group} AS grp FROM orders
  WHERE purchase AND person IS NOT NULL AND ts < $until GROUP BY person
)
SELECT s.person AS unit, s.person, g.grp, CAST(NULL AS DATE) AS bucket, 1 AS at_end, s.streak
FROM streaks AS s JOIN groups AS g ON g.person = s.person
""",
    measures=("at_end", "streak"),
    dimensions=ORDER_DIMENSIONS,
    whom=Text("Kunden am Ende des Zeitraums", "customers at the end of the period"),
    group_sql=AS_OF_BEGIN,
    history=None,
    in_buckets=False,
    needs_window=True,
)
"""Purchases in a row up to the end: since the last gap over W, and since the last known switch."""

WON_BACK = Primitive(
    id="won_back",
    sql="""
WITH bought AS (
  SELECT person, max(ts) FILTER (ts < $since) AS last,
    {group} AS grp, bool_or(ts >= $since) AS bought
  FROM orders WHERE purchase AND person IS NOT NULL AND ts < $until GROUP BY person
), contacted AS (
  SELECT person, min(ts) AS ts FROM events
  WHERE traffic IS NULL AND {role:message_out} AND ts >= $since AND ts < $until GROUP BY person
), back AS (
  SELECT c.person, bool_or(o.ts >= c.ts) AS back
  FROM contacted AS c LEFT JOIN orders AS o
    ON o.person = c.person AND o.purchase AND o.ts >= $since AND o.ts < $until
  GROUP BY c.person
)
SELECT b.person AS unit, b.person, b.grp, CAST(NULL AS DATE) AS bucket, 1 AS lost_before,
  CASE WHEN k.person IS NOT NULL THEN 1 ELSE 0 END AS contacted,
  CASE WHEN k.back THEN 1 ELSE 0 END AS back,
  CASE WHEN k.person IS NULL AND b.bought THEN 1 ELSE 0 END AS back_alone
FROM bought AS b LEFT JOIN back AS k ON k.person = b.person
WHERE b.last < $start_window
""",
    measures=("lost_before", "contacted", "back", "back_alone"),
    dimensions=ORDER_DIMENSIONS,
    whom=Text("wer vor dem Zeitraum Kunde war und an seinem Anfang keiner mehr ist",
              "who was a customer before the period and is none at its start"),
    group_sql=AS_OF_BEGIN,
    history=None,
    in_buckets=False,
    needs_window=True,
)  # fmt: skip
"""Lost customers, who of them was contacted, and who bought afterwards."""

INCIDENTS = Primitive(
    id="incidents",
    sql="""
WITH states AS (
  SELECT person, {group} AS grp, bool_or(ts >= $until AND ts < $after_window) AS later
  FROM orders WHERE purchase AND person IS NOT NULL AND ts < $after_window
  GROUP BY person HAVING bool_or(ts >= $start_window AND ts < $since)
), hit AS (
  SELECT DISTINCT person FROM events
  WHERE traffic IS NULL AND {role:incident} AND ts >= $since AND ts < $until
)
SELECT s.person AS unit, s.person, s.grp, CAST(NULL AS DATE) AS bucket,
  CASE WHEN h.person IS NOT NULL AND $after_window <= $now THEN 1 ELSE 0 END AS hit,
  CASE WHEN h.person IS NOT NULL AND $after_window <= $now AND s.later THEN 1 ELSE 0 END AS hit_held,
  CASE WHEN h.person IS NULL AND $after_window <= $now THEN 1 ELSE 0 END AS spared,
  CASE WHEN h.person IS NULL AND $after_window <= $now AND s.later THEN 1 ELSE 0 END AS spared_held,
  CASE WHEN $after_window > $now THEN 1 ELSE 0 END AS left_open
FROM states AS s LEFT JOIN hit AS h ON h.person = s.person
""",
    measures=("hit", "hit_held", "spared", "spared_held", "left_open"),
    dimensions=ORDER_DIMENSIONS,
    whom=Text("Kunden am Anfang des Zeitraums", "customers at the start of the period"),
    group_sql=AS_OF_BEGIN,
    history=None,
    ahead=None,
    in_buckets=False,
    needs_window=True,
    left_out={"left_open": Text("Kunden, deren Frist noch läuft",
                                "customers whose window is not over")},
)  # fmt: skip
"""Customers hit by an incident in the period, and whether they bought in the W days after it."""

REFERRALS = Primitive(
    id="referrals",
    sql="""
WITH states AS (
  SELECT person, min(ts) >= $since AS is_new, bool_or(ts >= $end_window) AS at_end, {group} AS grp
  FROM orders WHERE purchase AND person IS NOT NULL AND ts < $until GROUP BY person
), said AS (
  SELECT person, bool_or({role:referred}) AS referred,
    bool_or({role:referral_made} AND ts >= $since) AS referrer
  FROM events WHERE traffic IS NULL AND ts < $until AND ({role:referred} OR {role:referral_made})
  GROUP BY person
)
SELECT s.person AS unit, s.person, s.grp, CAST(NULL AS DATE) AS bucket,
  CASE WHEN s.is_new THEN 1 ELSE 0 END AS new,
  CASE WHEN s.is_new AND coalesce(a.referred, false) THEN 1 ELSE 0 END AS referred,
  CASE WHEN s.at_end THEN 1 ELSE 0 END AS at_end,
  CASE WHEN s.at_end AND coalesce(a.referrer, false) THEN 1 ELSE 0 END AS referrers
FROM states AS s LEFT JOIN said AS a ON a.person = s.person
WHERE s.is_new OR s.at_end
""",
    measures=("new", "referred", "at_end", "referrers"),
    dimensions=ORDER_DIMENSIONS,
    whom=Text("Kunden am Ende des Zeitraums und wer in ihm zum ersten Mal kaufte",
              "customers at the end of the period, and who first bought in it"),
    group_sql=AS_OF_BEGIN,
    history=None,
    in_buckets=False,
    needs_window=True,
)  # fmt: skip
"""New customers who came by a referral, and customers who have referred somebody."""

PLANS = Primitive(
    id="plans",
    sql="""
WITH plans AS (
  SELECT person, coalesce({field:properties.contract}, '') AS contract, {group} AS grp,
    arg_max({number:properties.value}, (ts, event_id)) FILTER (ts < $since) AS before,
    arg_min({number:properties.value}, (ts, event_id)) AS first,
    arg_max({number:properties.value}, (ts, event_id)) AS now
  FROM events WHERE traffic IS NULL AND {role:plan} AND {number:properties.value} IS NOT NULL
    AND ts < $until GROUP BY person, contract
), ended AS (
  SELECT person, coalesce({field:properties.contract}, '') AS contract FROM events
  WHERE traffic IS NULL AND name IN ('Contract Started', 'Contract Ended') AND ts < $until
  GROUP BY person, contract HAVING arg_max(name, (ts, event_id)) = 'Contract Ended'
)
SELECT p.person AS unit, p.person, min(p.grp) AS grp, CAST(NULL AS DATE) AS bucket, 1 AS customers,
  CASE WHEN sum(now) > sum(coalesce(before, first)) THEN 1 ELSE 0 END AS upgraded,
  CASE WHEN sum(now) < sum(coalesce(before, first)) THEN 1 ELSE 0 END AS downgraded
FROM plans AS p ANTI JOIN ended AS e ON e.person = p.person AND e.contract = p.contract
GROUP BY p.person
""",
    measures=("customers", "upgraded", "downgraded"),
    dimensions=ORDER_DIMENSIONS,
    whom=Text("Kunden mit einem Tarif am Ende des Zeitraums",
              "customers with a plan at the end of the period"),
    group_sql=AS_OF_BEGIN,
    history=None,
    in_buckets=False,
)  # fmt: skip
"""Whose plan is worth more at the end of the period than at its begin."""

STATED = """
WITH said AS (
  SELECT person, coalesce({{field:properties.product_group}}, '') AS product_group,
    arg_max({{number:properties.{stated}}}, (ts, event_id)) AS stated
  FROM events WHERE traffic IS NULL AND {{role:{role}}} AND ts < $until
    AND {{number:properties.{stated}}} > 0
  GROUP BY person, product_group
), own AS (
  SELECT s.person, s.product_group, min(s.stated) AS stated,
    coalesce(sum(l.{own}), 0) AS own, min(l.country) AS country, min(l.store) AS store,
    min(l.channel) AS channel
  FROM said AS s LEFT JOIN lines AS l ON l.person = s.person AND l.ts >= $since AND l.ts < $until
    AND (s.product_group = '' OR l.product_group = s.product_group)
  GROUP BY s.person, s.product_group
)
SELECT person AS unit, person, {{group}} AS grp, CAST(NULL AS DATE) AS bucket, 1 AS asked,
  sum(own) AS own, sum(stated) AS stated,
  sum(own) * 365 AS own_a_year, sum(stated) * $days AS stated_in_days
FROM own GROUP BY person, grp
"""


def _stated(id: str, role: str, stated: str, own: str) -> Primitive:
    return Primitive(
        id=id,
        sql=STATED.format(role=role, stated=stated, own=own),
        measures=("asked", "own", "stated", "own_a_year", "stated_in_days"),
        dimensions=("country", "store", "channel", "product_group"),
        whom=Text("wer seinen Bedarf genannt hat", "who has stated their demand"),
        history=None,
        in_buckets=False,
    )


DEMAND = _stated("demand", "demand", "quantity", "quantity")
"""Our quantity beside what people said they need in a year, for the days of the period."""

WALLET = _stated("wallet", "spend", "amount", "amount")
"""Our revenue beside what people said they spend in a year, for the days of the period."""
