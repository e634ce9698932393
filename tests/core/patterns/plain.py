"""Patterns in plain Python, written from their meaning and not from the code: slow, to be read."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from itertools import pairwise, product
from statistics import median
from typing import NamedTuple
from zoneinfo import ZoneInfo


class Did(NamedTuple):
    """An event; ``ts`` in UTC, aware."""

    person: str
    ts: datetime
    name: str


def by_person(events: Sequence[Did]) -> dict[str, list[Did]]:
    found = defaultdict(list)
    for one in events:
        found[one.person].append(one)
    return {person: sorted(own, key=lambda e: e.ts) for person, own in found.items()}


def ways(
    own: Sequence[Did], steps: Sequence[str], since: datetime, until: datetime, window: timedelta,
    *, strict: bool = False, without: str | None = None,
) -> list[list[datetime]]:  # fmt: skip
    """Every way through the steps that begins in ``[since, until)``: each choice of events is tried."""
    found = []
    for entry in {e.ts for e in own if e.name == steps[0] and since <= e.ts < until}:
        for n in range(1, len(steps) + 1):
            choices = [{e.ts for e in own if e.name == step} for step in steps[1:n]]
            for rest in product(*choices):
                way = [entry, *rest]
                rising = all(a < b for a, b in pairwise(way))
                if not rising or way[-1] - entry > window:
                    continue
                between = [e for a, b in pairwise(way) for e in own if a < e.ts < b]
                if (strict and between) or any(e.name == without for e in between):
                    continue
                found.append(way)
    return found


def funnel(events: Sequence[Did], steps: Sequence[str], since: datetime, until: datetime,
           window: timedelta, **options) -> list[tuple[int, float | None]]:  # fmt: skip
    """For each step (people, median of the seconds from the step before)."""
    furthest = []
    for own in by_person(events).values():
        found = ways(own, steps, since, until, window, **options)
        if found:
            most = max(map(len, found))
            furthest.append(min(way for way in found if len(way) == most))
    took = [[(w[k] - w[k - 1]).total_seconds() for w in furthest if len(w) > k] for k in range(1, len(steps))]  # fmt: skip
    counts = [sum(len(w) > k for w in furthest) for k in range(len(steps))]
    return [(n, median(t) if t else None) for n, t in zip(counts, [[], *took], strict=True)]


def bucket_of(ts: datetime, every: str, zone: str) -> date:
    day = ts.astimezone(ZoneInfo(zone)).date()
    if every == "week":
        return day - timedelta(days=day.weekday())
    return day.replace(day=1) if every == "month" else day


def after(start: date, k: int, every: str) -> date:
    if every == "month":
        index = start.year * 12 + start.month - 1 + k
        return date(index // 12, index % 12 + 1, 1)
    return start + timedelta(days=k * (7 if every == "week" else 1))


def cohorts(events: Sequence[Did], start: str, back: str, since: date, until: date, every: str,
            zone: str, *, or_after: bool = False, in_range: bool = False) -> dict:  # fmt: skip
    """{(first day of the cohort, k): people}, -1 for its size."""
    found: dict[tuple[date, int], int] = defaultdict(int)

    def day(e: Did) -> date:
        return e.ts.astimezone(ZoneInfo(zone)).date()

    for own in by_person([e for e in events if day(e) < until]).values():
        starts = [e for e in own if e.name == start and (not in_range or day(e) >= since)]
        if not starts or day(starts[0]) < since:
            continue
        first = starts[0]
        cohort = bucket_of(first.ts, every, zone)
        found[cohort, -1] += 1
        buckets = {bucket_of(e.ts, every, zone) for e in own if e.name == back and e.ts >= first.ts}
        k = 0
        while buckets and after(cohort, k, every) <= max(buckets):
            here = after(cohort, k, every)
            if here in buckets or or_after:
                found[cohort, k] += 1
            k += 1
    return dict(found)
