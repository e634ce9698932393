"""What a reader must know beside the number: what was left out, and what makes it doubtful."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from gern.core.engines.door import Door
from gern.core.engines.question import Question
from gern.core.figures.answer import Group, LeftOut, Note, exact
from gern.core.figures.definition import SCORES, Figure
from gern.core.figures.periods import Period
from gern.core.figures.terms import Terms
from gern.core.log.erasure import erased_between
from gern.core.text import Text

_FOREIGN = Text("Zeilen in anderer Währung", "lines in other currencies")


def left_out(door: Door, figure: Figure, period: Period, row: dict[str, Any]) -> list[LeftOut]:
    """What does not count, and how much of it there is; nothing where there is none."""
    found = [
        LeftOut(id.removeprefix("left_"), label, exact(row[id]), money=id == "left_value")
        for id, label in figure.primitive.left_out.items()
        if row[id]
    ]
    if figure.primitive.money_lines:
        lines = door.ask(
            Question(
                "SELECT count(*) AS n FROM foreign_lines WHERE ts >= $since AND ts < $until",
                {"since": period.since, "until": period.until},
                f"left out of {figure.id}",
                period.since,
                period.until,
            )
        )[0]["n"]
        if lines:
            found.append(LeftOut("lines_in_other_currency", _FOREIGN, int(lines)))
    return found


def notes(
    door: Door, figure: Figure, period: Period, terms: Terms, groups: list[Group], n: int
) -> list[Note]:
    """What makes the number doubtful. ``n``: units of the whole figure."""
    first, last = door.span()
    found = []
    if figure.needs_window and first and not terms.contracts:
        needed = period.instant(period.start - timedelta(days=terms.window_days))
        if first > needed + timedelta(days=1):
            found.append(_history_short(first, terms.window_days))
    if first and period.until <= first:
        found.append(
            Note("before_data",
                 Text(f"Die Daten beginnen erst am {first:%d.%m.%Y}, nach diesem Zeitraum.",
                      f"The data begin on {first:%Y-%m-%d}, after this period."))
        )  # fmt: skip
    if last and period.until > last + timedelta(days=2):
        found.append(
            Note("data_end",
                 Text(f"Die Daten enden am {last:%d.%m.%Y}, vor dem Ende des Zeitraums.",
                      f"The data end on {last:%Y-%m-%d}, before the period does."))
        )  # fmt: skip
    if gone := erased_between(door.manifest, period.since, period.until):
        found.append(_erased(gone))
    for need in figure.needs:
        if n and need.startswith(SCORES) and (day := told_on(terms, need, period)):
            found.append(_told(day))
    if figure.note is not None:
        found.append(Note("how_to_read", figure.note))
    if sum(g.n for g in groups) > n:
        found.append(
            Note("groups_overlap",
                 Text("Wer in mehreren Gruppen vorkommt, zählt in jeder; die Gruppen müssen nicht"
                      " die Gesamtzahl ergeben.",
                      "Who is in several groups counts in each, so the groups need not add up."))
        )  # fmt: skip
    return found


def told_on(terms: Terms, need: str, period: Period) -> date | None:
    """The last day of the period of which a score was told."""
    days = [day for day, _ in terms.scores().get(need.removeprefix(SCORES), ())]
    return max((day for day in days if period.start < day <= period.end), default=None)


def _told(day: date) -> Note:
    return Note(
        "told_on",
        Text(f"Stand {day:%d.%m.%Y}: vorhergesagt aus dem, was bis dahin bekannt war.",
             f"As of {day:%Y-%m-%d}: predicted from what was known by then."),
    )  # fmt: skip


def _erased(people: int) -> Note:
    one = people == 1
    return Note(
        "erased",
        Text(
            (
                "1 Person mit Ereignissen aus dieser Zeit wurde"
                if one
                else f"Bis zu {people} Personen mit Ereignissen aus dieser Zeit wurden"
            )
            + " seither gelöscht; die Zahl war vielleicht einmal eine andere.",
            (
                "1 person with events from this time has"
                if one
                else f"Up to {people} people with events from this time have"
            )
            + " been erased since, so the number may once have been another.",
        ),
    )


def _history_short(first: datetime, days: int) -> Note:
    return Note(
        "history_short",
        Text(
            f"Die Daten beginnen erst am {first:%d.%m.%Y}. Um zu wissen, wer am Anfang des"
            f" Zeitraums Kunde war, braucht es {days} Tage davor; die Zahl ist deshalb"
            " unvollständig.",
            f"The data begin on {first:%Y-%m-%d}. To know who was a customer when the period began"
            f" takes {days} days before it, so the number is incomplete.",
        ),
    )
