"""What a line of the counter card is, and how days are written on it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal

from gern.core.text import Text

About = Literal["usual", "due", "offer", "trouble", "said", "day", "not"]
TITLES: dict[About, Text] = {
    "usual": Text("Kauft gewöhnlich", "Usually buys"),
    "due": Text("Nächster Besuch", "Next visit"),
    "offer": Text("Anbieten", "Offer"),
    "trouble": Text("Letzter Ärger", "Last trouble"),
    "said": Text("Hat gesagt", "Has said"),
    "day": Text("Anlass", "Occasion"),
    "not": Text("Nicht", "Do not"),
}


@dataclass(frozen=True)
class CardLine:
    """``when``: the day it rests on; ``source``: what it was computed from."""

    about: About
    text: Text
    when: date | None
    source: Text
    good: bool | None = None
    """Whether it is good news; None: neither."""


def german(day: date) -> str:
    """``24.11.2026``."""
    return f"{day:%d.%m.%Y}"


def english(day: date) -> str:
    """``24 Nov 2026``."""
    return f"{day.day} {day:%b %Y}"
