"""What a customer usually buys, when they are due, and what to offer: from their own purchases."""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from statistics import median_low

from gern.core.engines.roster import RHYTHM_DAYS
from gern.core.figures.periods import add_months
from gern.core.people.card.line import CardLine, english, german
from gern.core.people.events import Bought
from gern.core.text import Text

USUAL_TIMES, USUAL_SHARE, USUAL_MOST = 3, 0.25, 5
"""Usual is what was in so many purchases of a year, and in this share of them."""
GIVEN_UP = 3
"""Who has not bought a product for so many of its usual gaps does not buy it any more."""


@dataclass(frozen=True)
class Rhythm:
    """``gap_days``: median of the gaps between days with a purchase; ``due``: the last of them
    and the gap."""

    days: int
    gap_days: int
    last: date
    due: date


def rhythm_of(days: Iterable[date]) -> Rhythm | None:
    """The rhythm these days show; None: too few.

    >>> rhythm_of([date(2026, 1, 1), date(2026, 1, 8), date(2026, 1, 16)]).due
    datetime.date(2026, 1, 23)
    """
    ordered = sorted(set(days))
    if len(ordered) < RHYTHM_DAYS:
        return None
    gap = median_low([(b - a).days for a, b in itertools.pairwise(ordered)])
    return Rhythm(len(ordered), gap, ordered[-1], ordered[-1] + timedelta(days=gap))


def grace(gap_days: int) -> int:
    """How many days after the day they were due somebody is late: half a gap, three at least."""
    return max(3, -(-gap_days // 2))


def usual(bought: list[Bought], days: list[date], today: date) -> list[CardLine]:
    """Products in three purchases and a quarter of all purchases of the year, at least.
    ``days``: the day of every purchase."""
    begin = add_months(today, -12)
    year = [b for b in bought if b.day >= begin]
    n = sum(day >= begin for day in days)
    times: dict[str, set[str]] = defaultdict(set)
    for b in year:
        times[b.product].add(b.order)
    least = max(USUAL_TIMES, USUAL_SHARE * n)
    usual = sorted(
        (p for p, among in times.items() if len(among) >= least), key=lambda p: (-len(times[p]), p)
    )
    if not usual:
        return []
    names = {b.product: b.name for b in reversed(year)}
    said = [f"{names[p]} ({len(times[p])}×)" for p in usual[:USUAL_MOST]]
    return [
        CardLine(
            "usual", Text(", ".join(said), ", ".join(said)), max(b.day for b in year),
            Text(f"{n} Käufe in zwölf Monaten", f"{n} purchases in twelve months"),
        )
    ]  # fmt: skip


def due(days: list[date], today: date) -> list[CardLine]:
    """When they come next, or should have come."""
    rhythm = rhythm_of(days)
    if rhythm is None:
        return []
    gap = rhythm.gap_days
    late = (today - rhythm.due).days
    source = Text(
        f"Median der Abstände von {rhythm.days} Einkaufstagen",
        f"median of the gaps between {rhythm.days} days with a purchase",
    )
    every = Text(f"kommt etwa alle {gap} Tage", f"comes about every {gap} days") if gap > 1 else Text("kommt jeden Tag", "comes every day")  # fmt: skip
    if late <= 0:
        text = Text(
            f"{every.de}; zu erwarten am {german(rhythm.due)}",
            f"{every.en}; expected on {english(rhythm.due)}",
        )
        return [CardLine("due", text, rhythm.last, source)]
    days_de, days_en = ("1 Tag", "1 day") if late == 1 else (f"{late} Tagen", f"{late} days")
    text = Text(
        f"{every.de}; war am {german(rhythm.due)} zu erwarten, vor {'einem Tag' if days_de == '1 Tag' else days_de}",
        f"{every.en}; was expected on {english(rhythm.due)}, {days_en} ago",
    )
    return [CardLine("due", text, rhythm.last, source, good=False if late > grace(gap) else None)]  # fmt: skip


def offers(bought: list[Bought], today: date) -> list[CardLine]:
    """Products with a rhythm of their own that are due: each by what this customer does."""
    by_product: dict[str, list[Bought]] = defaultdict(list)
    for b in bought:
        by_product[b.product].append(b)
    due = []
    for rows in by_product.values():
        rhythm = rhythm_of(b.day for b in rows)
        if rhythm is None or rhythm.gap_days < 2:
            continue
        if rhythm.due <= today + timedelta(days=3) and today < rhythm.last + timedelta(days=GIVEN_UP * rhythm.gap_days):  # fmt: skip
            due.append((-rhythm.days, rhythm, rows[0].name))
    return [
        CardLine(
            "offer",
            Text(
                f"{name}: kauft das etwa alle {r.gap_days} Tage, zuletzt am {german(r.last)}",
                f"{name}: buys it about every {r.gap_days} days, last on {english(r.last)}",
            ),
            r.last,
            Text(f"an {r.days} Tagen gekauft", f"bought on {r.days} days"),
        )
        for _, r, name in sorted(due, key=lambda d: (d[0], d[2]))[:3]
    ]
