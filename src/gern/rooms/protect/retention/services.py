"""The retention schedule: who was heard of no more for so long is erased by night.

Heard of: the last act that was not ours. A mail we sent, an audience we put them into, or what was
said of them keeps nobody; a purchase, a visit, a call, a consent does. Who never did anything counts
from when they became known.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from gern.core.engines.question import Question
from gern.core.figures.periods import add_months
from gern.core.log.schema import VISITOR
from gern.core.shop import Shop
from gern.core.zones import midnight_utc, zone_named
from gern.kit.erasing import erase_customers
from gern.kit.meanings import meanings
from gern.kit.registry import held
from gern.kit.shop import real_today
from gern.rooms.protect.models import Retention, RetentionRun

AT_ONCE = 500
MOST_A_NIGHT = 20_000
"""Of each sort; the others follow the next nights, the longest unheard of first."""
OURS = ("Email Sent", "Email Delivered", "Email Bounced", "Message Sent", "Message Delivered", "Push Sent",
        "Push Delivered", "Letter Sent", "Call Made", "Notice Given")  # fmt: skip
"""Kinds of events that are our own doing, whatever is said of them."""

_UNHEARD = """
WITH heard AS (
  SELECT person, max(ts) FILTER (
      NOT list_contains($ours, name) AND NOT starts_with(name, 'Audience ') AND kind <> 'identify'
      AND NOT coalesce(form = 'offer' AND initiator = 'company', false)
    ) AS own, min(ts) AS first
  FROM events WHERE traffic IS NULL AND person IS NOT NULL AND {whom} GROUP BY person
)
SELECT person, coalesce(own, first) AS last FROM heard WHERE coalesce(own, first) < $until
"""


def last_day(rule: Retention, today: date) -> date:
    """Who was last heard of before this day is over the time."""
    return add_months(today, -rule.months)


def unheard(shop: Shop, rule: Retention, today: date, *, limit: int | None = None) -> list[dict[str, Any]]:  # fmt: skip
    """(person, last) of those over the time, the longest first."""
    sql, values = _asked(shop, rule, today)
    most = f" LIMIT {int(limit)}" if limit else ""
    return shop.door.ask(Question(f"SELECT * FROM ({sql}) ORDER BY last, person{most}", values, "retention"))  # fmt: skip


def how_many(shop: Shop, rule: Retention, today: date) -> int:
    """How many they are."""
    sql, values = _asked(shop, rule, today)
    return int(shop.door.ask(Question(f"SELECT count(*) AS n FROM ({sql})", values, "retention"))[0]["n"])  # fmt: skip


def by_night(shop: Shop, today: date) -> int:
    """Erase whoever is over the time of a rule that is on and is not held; how many."""
    if is_stale(shop):
        return 0
    gone = 0
    for rule in Retention.objects.filter(on=True):
        if RetentionRun.objects.filter(whom=rule.whom, day=today).exists():
            continue
        people = [str(row["person"]) for row in unheard(shop, rule, today, limit=MOST_A_NIGHT)]
        kept = held(people, unattended=True)
        free = [person for person in people if person not in kept]
        # written down before: broken off, it is not begun again this night
        RetentionRun.objects.create(whom=rule.whom, months=rule.months, day=today, people=len(free), held=len(kept))  # fmt: skip
        for start in range(0, len(free), AT_ONCE):
            erase_customers(free[start : start + AT_ONCE])
        gone += len(free)
    return gone


def is_stale(shop: Shop) -> bool:
    """Whether nothing new has come for weeks: then it is the log that is silent, not the people."""
    return shop.today() < real_today(shop)


def _asked(shop: Shop, rule: Retention, today: date) -> tuple[str, dict[str, Any]]:
    visitors = rule.whom == Retention.Whom.VISITORS
    whom = f"{'' if visitors else 'NOT '}starts_with(person, '{VISITOR}')"
    ours = [
        *OURS,
        *(n for n, m in meanings().items() if (m.form, m.initiator) == ("offer", "company")),
    ]
    until: datetime = midnight_utc(last_day(rule, today), zone_named(shop.zone))
    return _UNHEARD.format(whom=whom), {"ours": ours, "until": until}
