"""Local days and local times: between a business time zone and the UTC of the log.

Rules (KPI catalogue, "Time"): periods are cut at local midnights, never at UTC days or 24 h
blocks. A local time that exists twice (autumn) means the first; one that does not exist
(spring) is shifted forward by the length of the gap.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from gern.core.errors import BadInput


@lru_cache(maxsize=64)
def zone_named(name: str) -> ZoneInfo:
    """The time zone with this IANA name; ``BadInput`` says what a name looks like."""
    try:
        if not name or name.startswith("/") or ".." in name:
            raise ValueError
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise BadInput(
            f"{name!r} is no time zone. Allowed: an IANA name such as Europe/Berlin,"
            " Europe/London or UTC.",
            param="zone",
            german=f"„{name}“ ist keine Zeitzone. Erlaubt ist ein IANA-Name wie"
            " Europe/Berlin, Europe/London oder UTC.",
        ) from error


def midnight_utc(day: date, zone: ZoneInfo) -> datetime:
    """The instant at which the local day begins, as naive UTC (the form of the log)."""
    return local_instant(datetime(day.year, day.month, day.day), zone)


def local_instant(clock: datetime, zone: ZoneInfo) -> datetime:
    """The instant of a local time as naive UTC."""
    return clock.replace(tzinfo=zone).astimezone(UTC).replace(tzinfo=None)


def local_day(instant: datetime, zone: ZoneInfo) -> date:
    """The local calendar day of a naive UTC instant."""
    return instant.replace(tzinfo=UTC).astimezone(zone).date()


@dataclass(frozen=True)
class Change:
    """One change of the UTC offset, as a clock on the wall sees it.

    Local times before ``boundary`` still have ``offset_before``, from it on ``offset_after``.
    ``start .. boundary`` is the stretch that is skipped (``gap``) or that happens twice.
    """

    start: datetime
    boundary: datetime
    offset_before: timedelta
    offset_after: timedelta

    @property
    def gap(self) -> bool:
        """True in spring (times skipped), False in autumn (times doubled)."""
        return self.offset_after > self.offset_before


def changes(zone: ZoneInfo, first: date, last: date) -> tuple[timedelta, list[Change]]:
    """The offset in force before ``first`` and each change of it up to ``last`` (inclusive)."""

    def offset(instant: datetime) -> timedelta:
        return instant.replace(tzinfo=UTC).astimezone(zone).utcoffset() or timedelta(0)

    instant = datetime(first.year, first.month, first.day) - timedelta(days=2)
    end = datetime(last.year, last.month, last.day) + timedelta(days=3)
    start_offset = offset(instant)
    found: list[Change] = []
    step = timedelta(days=7)
    while instant < end:
        following = instant + step
        before, after = offset(instant), offset(following)
        if before != after:
            low, high = instant, following
            while high - low > timedelta(seconds=1):
                middle = low + (high - low) / 2
                middle = middle.replace(microsecond=0)
                if middle in (low, high):
                    break
                low, high = (middle, high) if offset(middle) == before else (low, middle)
            edges = sorted((high + before, high + after))
            found.append(Change(edges[0], edges[1], before, after))
        instant = following
    return start_offset, found
