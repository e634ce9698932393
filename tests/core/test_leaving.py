"""What one customer's page says of leaving is what the figure counts: day by day, over changes of
the clock."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import gern
from gern.core.figures.leaving import leaving_question, standing
from gern.core.log.event import Event, Line

ZONE = ZoneInfo("Europe/Berlin")
TIMES = ("00:00", "00:30", "12:00", "23:59")


def test_standing_is_membership(tmp_path: Path) -> None:
    shop = gern.create_shop(tmp_path / "home", zone="Europe/Berlin", currency="EUR")
    bought = {}
    for n in range(60):
        hour, minute = map(int, TIMES[n % 4].split(":"))
        day = date(2025, 3, 20) + timedelta(days=n // 2)
        at = datetime(day.year, day.month, day.day, hour, minute, tzinfo=ZONE).astimezone(UTC)
        bought[f"c{n}"] = day
        shop.log.append([Event(
            source="till", id=f"o{n}", name="Order Completed", customer=f"c{n}", order=f"o{n}",
            ts=at, lines=(Line(2),), currency="EUR",
        )])  # fmt: skip
    kinds = set()
    for window in (10, 30):
        for day in (date(2025, 3, 25) + timedelta(days=n) for n in range(70)):
            question = leaving_question("Europe/Berlin", day, window)
            found = {row["person"]: row["leaving"] for row in shop.door.ask(question)}
            said = {
                person: standing(last, day, window).kind
                for person, last in bought.items()
                if last < day
            }
            assert {p for p, kind in said.items() if kind != "lost"} == set(found)
            assert {p for p, kind in said.items() if kind == "leaving"} == {
                p for p, leaving in found.items() if leaving
            }
            kinds |= set(said.values())
    assert kinds == {"customer", "leaving", "lost"}
