"""Something that began in the period, and what followed: mails, invitations, carts, promises,
tickets. One row a thing's owner; things are told apart by a key."""

from __future__ import annotations

from datetime import timedelta

from gern.core.figures.primitives.base import EVENT_DIMENSIONS, Primitive
from gern.core.figures.primitives.visits import steps
from gern.core.text import Text

_MAIL = (
    "coalesce({field:properties.email_id}, {field:properties.campaign_id},"
    " {field:context.campaign.id}, {field:campaign}, '')"
)
_OPENED = "({role:mail_opened} OR {role:mail_clicked})"
_MACHINE = "coalesce({field:properties.machine} IN ('true', '1'), false)"

MAILS = Primitive(
    id="mails",
    sql=f"""
WITH written_to AS (
  SELECT DISTINCT coalesce(person, '') AS person FROM events WHERE ts >= $since AND ts < $until
    AND ({{role:mail_delivered}} OR {{role:mail_bounced}})
), happened AS (
  SELECT person, {_MAIL} AS mail, ts, {{group}} AS dimension,
    traffic IS NULL AND {{role:mail_delivered}} AS delivered,
    traffic IS NULL AND {{role:mail_bounced}} AS bounced,
    {{role:mail_opened}} AS opened, {{role:mail_clicked}} AS clicked,
    traffic IS NULL AND {{role:unsubscribed}} AS unsubscribed,
    traffic IS NULL AND {{role:mail_spam}} AS spam,
    CASE WHEN {_OPENED} THEN traffic IS NOT NULL OR {_MACHINE} ELSE false END AS machine
  FROM events WHERE ts >= $since AND ({{role:mail_delivered}} OR {{role:mail_bounced}} OR {_OPENED}
    OR {{role:unsubscribed}} OR {{role:mail_spam}})
    AND (ts < $until OR coalesce(person, '') IN (SELECT person FROM written_to))
), mails AS (
  SELECT person, mail, min(ts) FILTER (delivered OR bounced) AS ts,
    arg_min(dimension, ts) FILTER (delivered OR bounced) AS grp,
    bool_or(delivered) AS delivered, bool_or(bounced) AS bounced,
    bool_or(opened AND NOT machine) AS opened, bool_or(clicked AND NOT machine) AS clicked,
    bool_or(unsubscribed) AS unsubscribed, bool_or(spam) AS spam,
    count(*) FILTER (machine) AS machine
  FROM happened GROUP BY person, mail
)
SELECT person AS unit, person, grp, {{bucket}} AS bucket,
  count(*) FILTER (delivered) AS delivered, count(*) FILTER (delivered AND opened) AS opened,
  count(*) FILTER (delivered AND clicked) AS clicked,
  count(*) FILTER (delivered AND unsubscribed) AS unsubscribed,
  count(*) FILTER (delivered AND spam) AS spam,
  count(*) FILTER (bounced AND NOT delivered) AS bounced, count(*) AS sent,
  CAST(sum(machine) AS BIGINT) AS left_machine
FROM mails WHERE ts >= $since AND ts < $until GROUP BY person, grp, bucket
""",
    measures=("delivered", "opened", "clicked", "unsubscribed", "spam", "bounced", "sent",
              "left_machine"),
    dimensions=EVENT_DIMENSIONS,
    whom=Text("wem im Zeitraum eine E-Mail geschickt wurde",
              "who was sent an e-mail in the period"),
    ahead=None,
    in_buckets=False,
    customers_only=False,
    left_out={"left_machine": Text("Öffnungen und Klicks durch Maschinen",
                                   "opens and clicks by machines")},
)  # fmt: skip
"""Mails sent in the period, one a person and campaign, and what happened to them since."""

INVITATIONS = Primitive(
    id="invitations",
    sql="""
WITH surveys AS (
  SELECT person, coalesce({field:properties.invitation}, {field:properties.survey}, '') AS survey,
    min(ts) FILTER ({role:invited}) AS ts, arg_min({group}, ts) FILTER ({role:invited}) AS grp,
    max(ts) FILTER ({role:answer}) AS answered
  FROM events WHERE traffic IS NULL AND ts >= $since AND ({role:invited} OR {role:answer})
  GROUP BY person, survey
)
SELECT person AS unit, person, grp, {bucket} AS bucket, count(*) AS invited,
  count(*) FILTER (answered >= ts) AS answered
FROM surveys WHERE ts >= $since AND ts < $until GROUP BY person, grp, bucket
""",
    measures=("invited", "answered"),
    dimensions=EVENT_DIMENSIONS,
    whom=Text("wem im Zeitraum eine Einladung zugestellt wurde",
              "to whom an invitation was delivered in the period"),
    ahead=None,
    in_buckets=False,
    customers_only=False,
)  # fmt: skip
"""Invitations delivered in the period, and whether they were answered."""


def _carts(id: str, cart: str, whom: Text) -> Primitive:
    return Primitive(
        id=id,
        sql=f"""
WITH carts AS (
  SELECT person, {cart} AS cart, {{bucket}} AS bucket, max(ts) AS last,
    arg_min({{group}}, (ts, {{group}})) AS grp
  FROM events WHERE traffic IS NULL AND ts >= $since AND ts < $until AND {{role:cart_activity}}
  GROUP BY person, cart, bucket HAVING bool_or({{role:cart}})
), bought AS (
  SELECT c.person, c.cart, c.bucket FROM carts AS c JOIN events AS e ON e.person = c.person
    AND e.ts >= c.last AND e.ts < c.last + {{cart_hours}}
  WHERE e.traffic IS NULL AND {{role:order}} GROUP BY c.person, c.cart, c.bucket
)
SELECT c.person AS unit, c.person, c.grp, c.bucket,
  count(*) FILTER (last + {{cart_hours}} <= $now) AS carts,
  count(*) FILTER (last + {{cart_hours}} <= $now AND b.person IS NULL) AS abandoned,
  count(*) FILTER (last + {{cart_hours}} > $now) AS left_open
FROM carts AS c LEFT JOIN bought AS b ON b.person = c.person AND b.cart = c.cart
  AND b.bucket IS NOT DISTINCT FROM c.bucket
GROUP BY c.person, c.grp, c.bucket
""",
        measures=("carts", "abandoned", "left_open"),
        dimensions=EVENT_DIMENSIONS,
        whom=whom,
        ahead=timedelta(days=8),
        customers_only=False,
        left_out={"left_open": Text("noch laufende Warenkörbe", "carts still open")},
    )


CARTS_OF_PEOPLE = _carts("carts_of_people", "''",
    Text("wer im Zeitraum etwas in den Warenkorb gelegt hat",
         "who put something into a cart in the period"))  # fmt: skip
"""People with something in a cart, and whether they bought within a day of last touching it."""

CARTS = _carts("carts", "coalesce({field:properties.cart_id}, '')",
    Text("Warenkörbe, in die im Zeitraum etwas gelegt wurde",
         "carts into which something was put in the period"))  # fmt: skip
"""The same for each cart, where the shop sends ``cart_id``."""

PROMISES = Primitive(
    id="promises",
    sql="""
WITH promises AS (
  SELECT coalesce({field:properties.promise}, event_id) AS promise,
    min(person) FILTER ({role:promise}) AS person,
    arg_min({group}, ts) FILTER ({role:promise}) AS grp,
    max({moment:properties.due}) FILTER ({role:promise}) AS ts,
    min(ts) FILTER ({role:promise_kept}) AS kept
  FROM events WHERE traffic IS NULL AND ({role:promise} OR {role:promise_kept}) GROUP BY promise
)
SELECT person AS unit, person, grp, {bucket} AS bucket, count(*) FILTER (ts <= $now) AS due,
  count(*) FILTER (ts <= $now AND kept <= ts) AS kept, count(*) FILTER (ts > $now) AS left_open
FROM promises WHERE person IS NOT NULL AND ts >= $since AND ts < $until
GROUP BY person, grp, bucket
""",
    measures=("due", "kept", "left_open"),
    dimensions=EVENT_DIMENSIONS,
    whom=Text("wem etwas bis zu einem Tag im Zeitraum zugesagt war",
              "who was promised something by a day in the period"),
    history=None,
    ahead=None,
    customers_only=False,
    left_out={"left_open": Text("noch nicht fällige Zusagen", "promises not yet due")},
)  # fmt: skip
"""Promises due in the period, and whether they were kept in time."""

HELP = Primitive(
    id="help",
    sql=steps(extra="{role:help}")
    + """, visits AS (
  SELECT person, visit, min(ts) AS ts, min(ts) FILTER (extra) AS helped,
    arg_min(dimension, (ts, dimension)) AS grp
  FROM numbered GROUP BY person, visit HAVING bool_or(extra)
), asked AS (
  SELECT v.person, v.visit FROM visits AS v JOIN events AS e ON e.person = v.person
    AND e.ts >= v.helped AND e.ts < v.helped + INTERVAL 24 HOUR
  WHERE e.traffic IS NULL AND {role:ticket_opened} GROUP BY v.person, v.visit
)
SELECT v.person AS unit, v.person, v.grp, {bucket} AS bucket,
  count(*) FILTER (helped + INTERVAL 24 HOUR <= $now) AS help_visits,
  count(*) FILTER (helped + INTERVAL 24 HOUR <= $now AND a.person IS NULL) AS deflected,
  count(*) FILTER (helped + INTERVAL 24 HOUR > $now) AS left_open
FROM visits AS v LEFT JOIN asked AS a ON a.person = v.person AND a.visit = v.visit
WHERE v.ts >= $since AND v.ts < $until GROUP BY v.person, v.grp, bucket
""",
    measures=("help_visits", "deflected", "left_open"),
    dimensions=EVENT_DIMENSIONS,
    whom=Text("Besucher des Hilfebereichs", "visitors of the help centre"),
    history=timedelta(days=1),
    ahead=timedelta(days=2),
    customers_only=False,
    left_out={"left_open": Text("Besuche, deren 24 Stunden noch laufen",
                                "visits whose 24 hours are not over")},
)  # fmt: skip
"""Visits with a search or article of the help centre, and whether a ticket followed in 24 hours."""

TARGETS = Primitive(
    id="targets",
    sql=f"""
WITH actions AS (
  SELECT person, {_MAIL} AS action, min(ts) FILTER ({{role:targeted}}) AS ts,
    arg_min({{group}}, ts) FILTER ({{role:targeted}}) AS grp, bool_or({{role:reached}}) AS reached
  FROM events WHERE traffic IS NULL AND ts >= $since AND ({{role:targeted}} OR {{role:reached}})
  GROUP BY person, action
)
SELECT person AS unit, person, grp, {{bucket}} AS bucket, 1 AS targeted,
  CASE WHEN bool_or(reached) THEN 1 ELSE 0 END AS reached
FROM actions WHERE ts >= $since AND ts < $until GROUP BY person, grp, bucket
""",
    measures=("targeted", "reached"),
    dimensions=EVENT_DIMENSIONS,
    whom=Text("wer im Zeitraum in die Zielgruppe einer Aktion kam",
              "who entered the target audience of an action in the period"),
    ahead=None,
    in_buckets=False,
    customers_only=False,
)  # fmt: skip
"""People an action was meant for, and whether it has reached them since."""
