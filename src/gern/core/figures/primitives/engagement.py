"""The engagement level of customers: three facets, each a percentile rank, the level their mean.

Behavioural: visits, purchases, posts and referrals of the period. Cognitive: engaged time, pages a
visit, content read, feedback given. Emotional: recommendation, satisfaction, tone of what they said;
only of those who said something. Ranks are mid-ranks, so that equals are equal: of n customers, one
with b below and t equal to it (itself included) has the rank (2 b + t) / 2 n.
"""

from __future__ import annotations

from gern.core.figures.primitives.base import AS_OF_BEGIN, ORDER_DIMENSIONS, Primitive
from gern.core.figures.primitives.visits import steps
from gern.core.text import Text

_READ = "name IN ('Article Viewed', 'File Downloaded', 'Video Playback Completed')"
_SCORE = "{number:properties.score}"
_RANK = "(2 * (rank() OVER (ORDER BY {0}) - 1) + count(*) OVER (PARTITION BY {0}))"
_AMONG = (
    "CASE WHEN {0} IS NOT NULL THEN (2 * (rank() OVER (PARTITION BY {0} IS NULL ORDER BY {0}) - 1)"
    " + count(*) OVER (PARTITION BY {0})) / (2.0 * count({0}) OVER ()) END"
)
"""The rank among those of whom it is known, 0 to 1."""
_FEELINGS = ("recommends", "satisfied", "tone")


def _ranked(*names: str) -> str:
    return " + ".join(_RANK.format(name) for name in names)


ENGAGEMENT = Primitive(
    id="engagement",
    sql=steps(dimension="NULL")
    + f""", bought AS (
  SELECT person, {{group}} AS grp, count(*) FILTER (ts >= $since) AS purchases FROM orders
  WHERE purchase AND person IS NOT NULL AND ts < $until
  GROUP BY person HAVING bool_or(ts >= $end_window)
), visited AS (
  SELECT person, count(*) AS visits, CAST(sum(pages) AS BIGINT) AS pages FROM (
    SELECT person, min(ts) AS ts, count(*) FILTER (is_page) AS pages FROM numbered
    GROUP BY person, visit
  ) WHERE ts >= $since AND ts < $until GROUP BY person
), done AS (
  SELECT person, count(*) FILTER ({{role:post}}) AS posts,
    count(*) FILTER ({{role:referral_made}}) AS referrals,
    coalesce(sum({{number:properties.seconds}}) FILTER ({{role:automatic}}), 0) AS seconds,
    count(*) FILTER ({_READ}) AS content,
    count(*) FILTER ({{role:answer}} OR {{role:review}} OR {{role:idea}}) AS feedback,
    avg({_SCORE}) FILTER ({{role:answer}} AND {{question:nps}} AND {_SCORE} BETWEEN 0 AND 10)
      AS recommends,
    avg({_SCORE}) FILTER ({{role:answer}} AND {{question:csat}} AND {_SCORE} BETWEEN 1 AND 5)
      AS satisfied,
    avg(sign) AS tone, count(*) FILTER (sign < 0 OR {{role:complaint}}) AS negative
  FROM events WHERE traffic IS NULL AND ts >= $since AND ts < $until GROUP BY person
), known AS (
  SELECT c.person, c.grp, c.purchases, coalesce(v.visits, 0) AS visits,
    coalesce(d.posts, 0) AS posts, coalesce(d.referrals, 0) AS referrals,
    coalesce(d.seconds, 0) AS seconds, coalesce(v.pages / v.visits, 0) AS depth,
    coalesce(d.content, 0) AS content, coalesce(d.feedback, 0) AS feedback,
    d.recommends, d.satisfied, d.tone, coalesce(d.negative, 0) AS negative
  FROM bought AS c LEFT JOIN visited AS v ON v.person = c.person
    LEFT JOIN done AS d ON d.person = c.person
), ranked AS (
  SELECT *, {_ranked("visits", "purchases", "posts", "referrals")} AS behaves,
    {_ranked("seconds", "depth", "content", "feedback")} AS thinks,
    sum(seconds + depth + content + feedback) OVER () > 0 AS any_thinks,
    {", ".join(f"{_AMONG.format(name)} AS r_{name}" for name in _FEELINGS)}
  FROM known
), felt AS (
  SELECT *, ({" + ".join(f"coalesce(r_{name}, 0)" for name in _FEELINGS)})
    / nullif({" + ".join(f"(CASE WHEN r_{name} IS NULL THEN 0 ELSE 1 END)" for name in _FEELINGS)}, 0)
    AS feels
  FROM ranked
), facets AS (
  SELECT person, grp, negative, {_RANK.format("behaves")} / (2.0 * count(*) OVER ()) AS behavioural,
    CASE WHEN any_thinks THEN {_RANK.format("thinks")} / (2.0 * count(*) OVER ()) END AS cognitive,
    {_AMONG.format("feels")} AS emotional
  FROM felt
)
SELECT person AS unit, person, grp, CAST(NULL AS DATE) AS bucket, 1 AS customers,
  CAST(round(1000000 * (behavioural + coalesce(cognitive, 0) + coalesce(emotional, 0))
    / (1 + CASE WHEN cognitive IS NULL THEN 0 ELSE 1 END
      + CASE WHEN emotional IS NULL THEN 0 ELSE 1 END)) AS BIGINT) * CAST(0.0001 AS DECIMAL(5,4))
    AS level,
  CASE WHEN cognitive IS NULL THEN 0 ELSE 1 END AS with_cognitive,
  CASE WHEN emotional IS NULL THEN 0 ELSE 1 END AS with_emotional,
  CASE WHEN negative > 0 THEN 1 ELSE 0 END AS negative
FROM facets
""",
    measures=("customers", "level", "with_cognitive", "with_emotional", "negative"),
    dimensions=ORDER_DIMENSIONS,
    whom=Text("Kunden am Ende des Zeitraums", "customers at the end of the period"),
    group_sql=AS_OF_BEGIN,
    history=None,
    in_buckets=False,
    needs_window=True,
)  # fmt: skip
"""Levels from 0 to 100, to four places; whose facets have data is counted."""
