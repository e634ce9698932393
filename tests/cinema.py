"""The cinema of the tutorial: made-up visitors at eighteen touchpoints, from hearing about a film to
the programme booklet. ``python -m tests.cinema`` writes ``docs/guide/data/cinema.csv`` and
``cinema-touchpoints.json``.

What is planted: a recommendation of friends and the trailer bring people the first time; of those
who take the programme booklet home two in three come again, of the others one in eight.
"""

from __future__ import annotations

import csv
import io
import json
import random
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

DATA = Path(__file__).parents[1] / "docs" / "guide" / "data"
PEOPLE = 300
BEGIN = datetime(2026, 1, 7, 9)
GOAL = "Ticket Bought"
NOTED = "Contact Noted"
HEAD = ("time", "customer", "event", "touchpoint")

POINTS: tuple[tuple[str, str, str, int, str | None], ...] = (
    ("hearsay", "Von Freunden gehört", "heard from friends", 0, None),
    ("poster", "Plakat", "poster", 0, None),
    ("trailer", "Trailer im Netz", "trailer online", 0, "Trailer Watched"),
    ("newsletter", "Newsletter", "newsletter", 0, "Email Link Clicked"),
    ("review", "Filmkritik", "film review", 1, "Review Read"),
    ("website", "Programm auf der Website", "programme on the website", 1, "Programme Viewed"),
    ("friends", "Verabredung mit Freunden", "date with friends", 1, None),
    ("reservation", "Reservierung", "reservation", 2, "Seats Reserved"),
    ("ticket", "Kauf der Karte", "buying the ticket", 2, GOAL),
    ("parking", "Anfahrt und Parkplatz", "way there and parking", 2, None),
    ("foyer", "Foyer", "foyer", 2, None),
    ("till", "Kasse", "till", 2, None),
    ("bar", "Kinobar", "cinema bar", 2, "Bar Sale"),
    ("hall", "Saal und Sitzplatz", "hall and seat", 2, None),
    ("film", "Film", "film", 2, "Film Seen"),
    ("toilets", "Toiletten", "toilets", 2, None),
    ("card", "Bonuskarte", "bonus card", 3, "Card Shown"),
    ("booklet", "Programmheft", "programme booklet", 3, "Booklet Taken"),
)
"""Key, names, phase, and the event that happens there; None: noted by hand."""


def touchpoints() -> dict[str, Any]:
    """The setting ``touchpoints``."""
    return {"phases": "four", "points": [
        {"key": key, "name": {"de": de, "en": en}, "phase": phase}
        | ({"when": {"type": "compare", "field": "name", "op": "is", "value": event}} if event else {})
        for key, de, en, phase, event in POINTS
    ]}  # fmt: skip


def rows() -> list[tuple[str, str, str, str]]:
    """The same every time: (time, customer, event, touchpoint)."""
    luck = random.Random(18)
    found: list[tuple[datetime, str, str]] = []
    for number in range(PEOPLE):
        who, at = f"K{number:03}", BEGIN + timedelta(hours=luck.randrange(24 * 50))
        while True:
            at, comes = _before(luck, found, who, at)
            if not comes:
                break
            at, takes_booklet = _visit(luck, found, who, at)
            at += timedelta(days=luck.randrange(4, 15))
            if luck.random() > (0.65 if takes_booklet else 0.12):
                break
    events = {key: event for key, *_, event in POINTS}
    return [
        (f"{at:%Y-%m-%d %H:%M}", who, events[key] or NOTED, "" if events[key] else key)
        for at, who, key in sorted(found)
    ]


def _before(luck: random.Random, found: list[Any], who: str, at: datetime) -> tuple[datetime, bool]:
    """How they hear of a film; whether they go."""
    chance = 0.1
    for key, likely, weight in (
        ("hearsay", 0.35, 0.45), ("poster", 0.5, 0.0), ("trailer", 0.4, 0.35), ("newsletter", 0.2, 0.1),
        ("review", 0.25, 0.05), ("website", 0.7, 0.1), ("friends", 0.4, 0.1),
    ):  # fmt: skip
        if luck.random() < likely:
            found.append((at, who, key))
            chance += weight
            at += timedelta(minutes=luck.randrange(20, 1500))
    return at, luck.random() < chance


def _visit(luck: random.Random, found: list[Any], who: str, at: datetime) -> tuple[datetime, bool]:
    """An evening at the cinema; whether they take the booklet home."""
    booklet = luck.random() < 0.45
    for key, likely in (
        ("reservation", 0.4), ("ticket", 1), ("parking", 0.6), ("foyer", 0.8), ("till", 0.5),
        ("bar", 0.6), ("hall", 1), ("film", 1), ("toilets", 0.4), ("card", 0.3),
        ("booklet", booklet),
    ):  # fmt: skip
        if luck.random() < likely:
            found.append((at, who, key))
            at += timedelta(minutes=luck.randrange(3, 40))
    return at, booklet


def written() -> dict[str, str]:
    """File → what stands in it."""
    table = io.StringIO()
    writer = csv.writer(table, lineterminator="\n")
    writer.writerow(HEAD)
    writer.writerows(rows())
    plain = json.dumps(touchpoints(), ensure_ascii=False, indent=1) + "\n"
    return {"cinema.csv": table.getvalue(), "cinema-touchpoints.json": plain}


if __name__ == "__main__":
    for name, text in written().items():
        (DATA / name).write_text(text)
