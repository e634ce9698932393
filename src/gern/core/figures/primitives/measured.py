"""The last word of something measured again and again: posts in networks, points of members."""

from __future__ import annotations

from gern.core.figures.primitives.base import AS_OF_BEGIN, EVENT_DIMENSIONS, Primitive
from gern.core.text import Text

POSTS = Primitive(
    id="posts",
    sql="""
SELECT concat({field:properties.account}, ' ', {field:properties.post}) AS unit,
  CAST(NULL AS VARCHAR) AS person, min({group}) AS grp, {bucket} AS bucket, 1 AS posts,
  coalesce(arg_max({number:properties.likes}, (ts, event_id)), 0)
    + coalesce(arg_max({number:properties.comments}, (ts, event_id)), 0) AS interactions,
  coalesce(arg_max({number:properties.shares}, (ts, event_id)), 0) AS shares,
  coalesce(arg_max({number:properties.potential_reach}, (ts, event_id)), 0) AS potential,
  arg_max({number:properties.followers}, (ts, event_id)) AS followers, 0 AS left_unknown
FROM events WHERE traffic IS NULL AND {role:measured} AND {number:properties.followers} > 0 AND ts >= $since AND ts < $until
GROUP BY unit, bucket
UNION ALL
SELECT '', CAST(NULL AS VARCHAR), {group}, {bucket}, 0, 0, 0, 0, 0, count(*) FROM events
WHERE traffic IS NULL AND {role:measured} AND NOT coalesce({number:properties.followers} > 0, false)
  AND ts >= $since AND ts < $until GROUP BY ALL
""",
    measures=("posts", "interactions", "shares", "potential", "followers", "left_unknown"),
    left_out={
        "left_unknown": Text(
            "Messungen ohne Zahl der Follower", "measurements without the number of followers"
        )
    },
    dimensions=(*EVENT_DIMENSIONS, "account"),
    whom=Text("Beiträge, die im Zeitraum gemessen wurden", "posts measured in the period"),
    customers_only=False,
)
"""Posts measured in the period, each by its last measurement in it."""

PROGRAMME = Primitive(
    id="programme",
    sql="""
WITH booked AS (
  SELECT person, max(ts) FILTER ({role:joined}) AS joined, max(ts) FILTER ({role:left}) AS gone,
    max(ts) FILTER ({role:points_issued} OR {role:points_redeemed}) AS used,
    bool_or({role:points_redeemed}) AS redeemed_ever,
    coalesce(sum({number:properties.points}) FILTER ({role:points_issued}), 0)
      - coalesce(sum({number:properties.points}) FILTER ({role:points_redeemed}), 0)
      - coalesce(sum({number:properties.points}) FILTER ({role:points_expired}), 0) AS open,
    coalesce(sum({number:properties.points}) FILTER ({role:points_issued} AND ts >= $since), 0) AS issued,
    coalesce(sum({number:properties.points}) FILTER ({role:points_redeemed} AND ts >= $since), 0)
      AS redeemed,
    coalesce(sum({number:properties.points}) FILTER ({role:points_expired} AND ts >= $since), 0)
      AS expired,
    {group} AS grp
  FROM events WHERE traffic IS NULL AND ts < $until AND ({role:joined} OR {role:left}
    OR {role:points_issued} OR {role:points_redeemed} OR {role:points_expired})
  GROUP BY person
), bought AS (
  SELECT person, max(ts) AS bought FROM orders
  WHERE purchase AND person IS NOT NULL AND ts >= $year AND ts < $until GROUP BY person
), members AS (
  SELECT b.*, joined IS NOT NULL AND coalesce(gone < joined, true) AS member,
    coalesce(used >= $year, false) OR o.bought IS NOT NULL AS active
  FROM booked AS b LEFT JOIN bought AS o ON o.person = b.person
)
SELECT person AS unit, person, grp, CAST(NULL AS DATE) AS bucket,
  CASE WHEN member THEN 1 ELSE 0 END AS members,
  CASE WHEN member AND active THEN 1 ELSE 0 END AS active,
  CASE WHEN member AND redeemed_ever THEN 1 ELSE 0 END AS redeemed_ever,
  issued, redeemed, expired, open, open * $point_value AS liability
FROM members
""",
    measures=("members", "active", "redeemed_ever", "issued", "redeemed", "expired", "open",
              "liability"),
    dimensions=("country", "store", "channel"),
    whom=Text("Mitglieder des Bonusprogramms", "members of the loyalty programme"),
    group_sql=AS_OF_BEGIN,
    history=None,
    in_buckets=False,
)  # fmt: skip
"""Members at the end of the period and their points; active: a purchase or booking in 12 months."""

LOYALTY_ANSWERS = Primitive(
    id="loyalty_answers",
    sql="""
WITH answers AS (
  SELECT person, coalesce({field:properties.response}, {field:properties.survey}, '') AS response,
    {bucket} AS bucket, arg_min({group}, (ts, {group})) AS grp,
    arg_max(score, (ts, event_id)) FILTER ({question:loyalty_recommend}) AS recommend,
    arg_max(score, (ts, event_id)) FILTER ({question:loyalty_again}) AS again,
    arg_max(score, (ts, event_id)) FILTER ({question:loyalty_other}) AS other
  FROM (SELECT *, CASE WHEN {number:properties.score} IN (1, 2, 3, 4, 5, 6)
      THEN 120 - 20 * CAST({number:properties.score} AS INTEGER) END AS score FROM events)
  WHERE traffic IS NULL AND {role:answer} AND ts >= $since AND ts < $until
    AND ({question:loyalty_recommend} OR {question:loyalty_again} OR {question:loyalty_other})
  GROUP BY person, response, bucket
)
SELECT person AS unit, person, grp, bucket,
  count(*) FILTER (recommend + again + other IS NOT NULL) AS answers,
  3 * count(*) FILTER (recommend + again + other IS NOT NULL) AS questions,
  coalesce(sum(recommend + again + other), 0) AS points,
  count(*) FILTER (recommend + again + other IS NULL) AS left_incomplete
FROM answers GROUP BY person, grp, bucket
""",
    measures=("answers", "questions", "points", "left_incomplete"),
    dimensions=EVENT_DIMENSIONS,
    whom=Text("wer im Zeitraum alle drei Fragen beantwortet hat",
              "who answered all three questions in the period"),
    customers_only=False,
    left_out={"left_incomplete": Text("unvollständige oder ungültige Antworten",
                                      "incomplete or invalid answers")},
)  # fmt: skip
"""Answers to the three questions of the loyalty index, 1 = very high … 6 = by no means, as points:
100, 80, 60, 40, 20 and 0; only whole answers count."""
