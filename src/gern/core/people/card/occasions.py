"""Days to think of: birthday, years since the first purchase."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from datetime import date, datetime
from zoneinfo import ZoneInfo

from gern.core.people.card.line import CardLine, english, german
from gern.core.people.traits import Trait
from gern.core.text import Text
from gern.core.zones import local_day

NEAR_DAYS = 14
"""A birthday or anniversary is told so many days before."""


def occasions(
    traits: Sequence[Trait], days: list[date], today: date, here: ZoneInfo
) -> list[CardLine]:
    """A birthday, or an anniversary as a customer, within `NEAR_DAYS`."""
    found = []
    said = [trait for trait in traits if trait.field == "birthday"]
    born = max(said, key=lambda trait: trait.now.ts, default=None)
    birthday = parse_birthday(born.now.value) if born else None
    if born and birthday:
        coming = _next(birthday, today)
        if (coming - today).days <= NEAR_DAYS:
            found.append(
                CardLine("day", _on(coming, today, Text("Geburtstag", "birthday")),
                         local_day(born.now.ts, here), Text(f"Angabe aus {born.now.source}", f"told by {born.now.source}"), good=True)
            )  # fmt: skip
    if days:
        coming = _next(min(days), today)
        years = coming.year - min(days).year
        if years and (coming - today).days <= NEAR_DAYS:
            what = Text(f"seit {years} {'Jahr' if years == 1 else 'Jahren'} Kunde",
                        f"a customer for {years} {'year' if years == 1 else 'years'}")  # fmt: skip
            found.append(
                CardLine("day", _on(coming, today, what), min(days), Text("erster Kauf", "first purchase"), good=True)
            )  # fmt: skip
    return found


def _on(day: date, today: date, what: Text) -> Text:
    left = (day - today).days
    if left == 0:
        return Text(f"heute: {what.de}", f"today: {what.en}")
    if left == 1:
        return Text(f"morgen: {what.de}", f"tomorrow: {what.en}")
    return Text(f"am {german(day)}: {what.de}", f"on {english(day)}: {what.en}")


def _next(day: date, today: date) -> date:
    """The next return of a day of the year; 29 February counts as the 28th in other years."""
    for year in (today.year, today.year + 1):
        try:
            coming = day.replace(year=year)
        except ValueError:
            coming = date(year, 2, 28)
        if coming >= today:
            return coming
    raise AssertionError


def parse_birthday(text: str) -> date | None:
    """A day written as 1980-02-29, 29.02.1980 or 29/02/1980; None: not to be read, or it could be
    two days (05/06/1980)."""
    found = set()
    for form in ("%Y-%m-%d", "%d.%m.%Y", "%d/%m/%Y", "%m/%d/%Y"):
        with contextlib.suppress(ValueError):
            found.add(datetime.strptime(text.strip()[:10], form).date())
    return found.pop() if len(found) == 1 else None
