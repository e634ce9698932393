"""How a source is doing: last seen, its rate against what is usual, errors, clock, SDKs, silence.

*Usual* is the median of the same hour of day over the last 28 days. A source is *silent* when,
going back from now, hours in which 20 events were to be expected brought none: chance explains
that once in 500 million.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, datetime
from statistics import median
from typing import Any

from gern.core.log import arrivals, quarantine
from gern.core.log.arrivals import HOUR, Hour, Seen
from gern.core.shop import Shop
from gern.rooms.collect.models import Source

DAYS = 28
EXPECTED_EVENTS = 20
LONGEST_HOURS = 72
SKEW_SECONDS = 300
"""A clock further off is worth a word."""
REFUSED_SHARE = 0.02


@dataclass(frozen=True)
class Health:
    """Of one source; ``usual_24h`` None: too young to say. ``state``: ``new`` (nothing yet),
    ``ok``, ``silent``, ``errors`` (too much refused), ``off``."""

    source: Source
    state: str
    last_seen: datetime | None
    events_24h: int
    refused_24h: int
    bots_24h: int
    internal_24h: int
    trimmed_24h: int
    usual_24h: float | None
    skew_seconds: float
    silent_hours: int
    in_quarantine: int
    libraries: list[Seen]
    daily: list[int]

    def to_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "source": self.source.name,
            "kind": self.source.kind,
            "active": self.source.active,
            "trusted": self.source.trusted,
            "origins": self.source.origins,
            "state": self.state,
            "last_seen": self.last_seen.isoformat() if self.last_seen else None,
            "events_24h": self.events_24h,
            "usual_24h": self.usual_24h,
            "refused_24h": self.refused_24h,
            "bots_24h": self.bots_24h,
            "internal_24h": self.internal_24h,
            "skew_seconds": round(self.skew_seconds, 1),
            "silent_hours": self.silent_hours,
            "quarantine": self.in_quarantine,
            "libraries": [f"{seen.name} {seen.version}" for seen in self.libraries],
            "keys": [
                {"key": key.shown, "expires": key.expires.isoformat() if key.expires else None}
                for key in self.source.keys.all()
            ],
        }

    @property
    def clock_is_off(self) -> bool:
        """Whether senders' clocks were further off than five minutes (they are corrected)."""
        return abs(self.skew_seconds) > SKEW_SECONDS


def all_health(shop: Shop, now: datetime) -> list[Health]:
    """Of every source, by name."""
    with shop.manifest.reading() as db:
        kept = quarantine.summary(db)
    return [_health(shop, source, now, kept) for source in Source.objects.prefetch_related("keys")]


def health_of(shop: Shop, source: Source, now: datetime) -> Health:
    """Of one source."""
    with shop.manifest.reading() as db:
        kept = quarantine.summary(db)
    return _health(shop, source, now, kept)


def _health(
    shop: Shop, source: Source, now: datetime, kept: list[tuple[str, str, int, int]]
) -> Health:
    present = int(now.timestamp() * 1_000_000) // HOUR
    with shop.manifest.reading() as db:
        hours = arrivals.hours(db, present - DAYS * 24, source.name)
        libraries = arrivals.libraries(db, source.name)
    by_hour = {hour.hour: hour for hour in hours}
    day = [by_hour[h] for h in range(present - 23, present + 1) if h in by_hour]
    usual = _usual(by_hour, present)
    silent = _silent_hours(by_hour, usual, present)
    events, refused = _sum(day, "events"), _sum(day, "refused")
    return Health(
        source=source,
        state=_state(source, hours, silent, events, refused),
        last_seen=_moment(max((h.last for h in hours), default=None)),
        events_24h=events,
        refused_24h=refused,
        bots_24h=_sum(day, "bots"),
        internal_24h=_sum(day, "internal"),
        trimmed_24h=_sum(day, "trimmed"),
        usual_24h=sum(usual.values()) if usual else None,
        skew_seconds=max((h.skew for h in day), key=abs, default=0) / 1e6,
        silent_hours=silent,
        in_quarantine=sum(n for name, _, n, _ in kept if name == source.name),
        libraries=libraries,
        daily=_daily(by_hour, present),
    )


def _usual(by_hour: dict[int, Hour], present: int) -> dict[int, float]:
    """Hour of day (UTC) → events usual then; empty before there are three whole days."""
    first = min(by_hour, default=present)
    days = min(DAYS, (present - first) // 24)
    if days < 3:
        return {}
    seen: dict[int, list[int]] = defaultdict(list)
    for back in range(1, days * 24 + 1):
        hour = by_hour.get(present - back)
        seen[(present - back) % 24].append(hour.events if hour else 0)
    return {hour: median(events) for hour, events in seen.items()}


def _silent_hours(by_hour: dict[int, Hour], usual: dict[int, float], present: int) -> int:
    """For how many whole hours nothing has come although it should have; 0: not silent."""
    expected = 0.0
    last = max(by_hour, default=present)
    quiet = present - last - 1  # whole hours after the last one with events
    if not usual or quiet < 1:
        return 0
    for back in range(1, min(quiet, LONGEST_HOURS) + 1):
        expected += usual.get((present - back) % 24, 0)
    return quiet if expected >= EXPECTED_EVENTS else 0


def _state(source: Source, hours: list[Hour], silent: int, events: int, refused: int) -> str:
    if not source.active:
        return "off"
    if not hours:
        return "new"
    if silent:
        return "silent"
    return "errors" if refused > REFUSED_SHARE * (events + refused) and refused > 5 else "ok"


def _sum(hours: list[Hour], what: str) -> int:
    return sum(getattr(hour, what) for hour in hours)


def _daily(by_hour: dict[int, Hour], present: int) -> list[int]:
    """Events of the last 14 days, each 24 hours, oldest first."""
    return [
        sum(by_hour[h].events for h in range(present - 24 * d - 23, present - 24 * d + 1) if h in by_hour)
        for d in range(13, -1, -1)
    ]  # fmt: skip


def _moment(micros: int | None) -> datetime | None:
    return None if micros is None else datetime.fromtimestamp(micros / 1e6, UTC)
