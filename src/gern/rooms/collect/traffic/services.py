"""The shop's own rules, and how much was recognised."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, NamedTuple

from gern.core.collect.traffic import Rule
from gern.core.engines.question import Question
from gern.core.errors import BadInput
from gern.core.log.event import TRAFFIC
from gern.core.shop import Shop
from gern.rooms.collect.models import TrafficRule

DAYS = 30


class Recognised(NamedTuple):
    """Events of one source and mark in the last 30 days."""

    source: str
    traffic: str
    events: int
    last: datetime


def add_rule(kind: str, value: str, mark: str, user: Any = None) -> None:
    """From now on events that match are marked. ``BadInput`` when the rule could never match."""
    if mark not in TRAFFIC:
        raise BadInput(f"{mark!r} is not allowed. Allowed: {', '.join(TRAFFIC)}.", param="mark")
    rule = Rule(kind, value.strip(), mark)
    rule.check()
    TrafficRule.objects.update_or_create(
        kind=kind, value=rule.value[:200], defaults={"mark": mark, "by": user}
    )


def recognised(shop: Shop, now: datetime) -> list[Recognised]:
    """What was marked in the last 30 days, the most first."""
    since = now.replace(tzinfo=None) - timedelta(days=DAYS)
    rows = shop.door.ask(
        Question(
            "SELECT source, traffic, count(*) AS events, max(ts) AS last FROM events"
            " WHERE traffic IS NOT NULL AND ts >= $since GROUP BY source, traffic"
            " ORDER BY events DESC, source",
            {"since": since}, "traffic", since=since,
        )
    )  # fmt: skip
    return [Recognised(**row) for row in rows]
