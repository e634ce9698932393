"""Everything one person did and everything done to them, on one line of time."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime

from gern.core.engines.door import Door
from gern.core.engines.question import Question
from gern.core.errors import BadInput
from gern.core.people.events import GROUP_SQL, GROUPS, MOST, SELECT, Events, events_of

PAGE = 50


@dataclass(frozen=True)
class Timeline:
    """``counts``: how many events there are of each group, over all time; ``more``: there are
    older ones than these."""

    events: Events
    counts: dict[str, int]
    more: bool


def timeline(
    door: Door, person: str, *, group: str | None = None, before: datetime | None = None,
    limit: int = PAGE, skip: int = 0,
) -> Timeline:  # fmt: skip
    """A page of the line, before an instant (naive UTC) when one is given, without the newest
    ``skip``. ``BadInput`` for a group there is not."""
    if group is not None and group not in GROUPS:
        raise BadInput(f"{group!r} is no group. Allowed: {', '.join(GROUPS)}.", param="group")
    events = events_of(door, person)
    if len(events) < MOST:
        counts: dict[str, int] = Counter(event["grp"] for event in events)
        events = [
            event
            for event in events
            if (before is None or event["ts"] < before) and group in (None, event["grp"])
        ][skip:]
    else:
        counts = _counts(door, person)
        events = _page(door, person, group, before, limit, skip)
    ordered = {name: counts[name] for name in GROUPS if counts.get(name)}
    return Timeline(events[:limit], ordered, len(events) > limit)


def _page(
    door: Door, person: str, group: str | None, before: datetime | None, limit: int, skip: int
) -> Events:
    asked = f"{SELECT} AND ts < $before" if before else SELECT
    asked += f" AND {GROUP_SQL} = $group" if group else ""
    return door.ask(
        Question(
            f"{asked} ORDER BY ts DESC, event_id DESC, order_id DESC LIMIT {limit + 1} OFFSET {skip}",
            {"person": person, "before": before, "group": group},
            "time line of a person",
            until=before,
            person=person,
        )
    )


def _counts(door: Door, person: str) -> dict[str, int]:
    rows = door.ask(
        Question(
            f"SELECT {GROUP_SQL} AS grp, count(*) AS n FROM events WHERE person = $person GROUP BY grp",
            {"person": person},
            "time line of a person",
            person=person,
        )
    )
    return {str(row["grp"]): int(row["n"]) for row in rows}
