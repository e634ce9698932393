"""The nine kinds of engagement: form (offer, demand, activity) × initiator (company, customer, third
party), and the sign of each act.

An act carries its own form and initiator; where it does not, those of its kind of event hold.
Automatic signals and bookkeeping (identify, group, alias) are no acts.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from gern.core.conditions.sql import event_sql, text
from gern.core.engines.door import Door
from gern.core.engines.question import Question
from gern.core.figures.periods import Period
from gern.core.figures.roles import role_condition
from gern.core.figures.terms import Terms
from gern.core.log.event import FORMS, INITIATORS

Kind = tuple[str, str]
"""(form, initiator); empty: not known."""


@dataclass(frozen=True)
class Cell:
    """Acts of one kind in the period, and how many persons they concern."""

    form: str
    initiator: str
    acts: int
    people: int
    positive: int
    negative: int
    examples: tuple[str, ...]


@dataclass(frozen=True)
class NineKinds:
    """``cells`` by (form, initiator), all nine; ``unclear``: acts whose kind nobody has said."""

    cells: dict[Kind, Cell]
    unclear: Cell

    @property
    def acts(self) -> int:
        """All acts whose kind is known."""
        return sum(cell.acts for cell in self.cells.values())


def nine_kinds(
    door: Door, period: Period, terms: Terms, kinds: Mapping[str, Kind], *,
    person: str | None = None,
) -> NineKinds:  # fmt: skip
    """The acts of the period by kind, of everybody or of one ``person``. ``kinds``: event name →
    (form, initiator).

    The three most frequent names of each kind come as ``examples``.
    """
    of_person = "" if person is None else " AND person = $person"
    form, initiator = (_of_name(kinds, place) for place in (0, 1))
    rows = door.ask(
        Question(
            f"""
WITH said AS (
  SELECT person, name, sign, coalesce(form, {form}) AS form,
    coalesce(initiator, {initiator}) AS initiator
  FROM events WHERE traffic IS NULL AND ts >= $since AND ts < $until{of_person}
    AND kind IN ('track', 'page', 'screen')
    AND NOT {event_sql(role_condition("automatic", terms.roles))}
), acts AS (
  SELECT person, name, sign, CASE WHEN form = '' OR initiator = '' THEN '' ELSE form END AS form,
    CASE WHEN form = '' OR initiator = '' THEN '' ELSE initiator END AS initiator FROM said
), named AS (
  SELECT form, initiator, name, count(*) AS acts FROM acts GROUP BY form, initiator, name
), examples AS (
  SELECT form, initiator, name, row_number() OVER (PARTITION BY form, initiator
    ORDER BY acts DESC, name) AS place FROM named
), counted AS (
  SELECT form, initiator, count(*) AS acts, count(DISTINCT person) AS people,
    count(*) FILTER (sign > 0) AS positive, count(*) FILTER (sign < 0) AS negative
  FROM acts GROUP BY form, initiator
)
SELECT c.form, c.initiator, c.acts, c.people, c.positive, c.negative,
  max(CASE WHEN place = 1 THEN e.name END) AS first,
  max(CASE WHEN place = 2 THEN e.name END) AS second,
  max(CASE WHEN place = 3 THEN e.name END) AS third
FROM counted AS c JOIN examples AS e ON e.form = c.form AND e.initiator = c.initiator
GROUP BY c.form, c.initiator, c.acts, c.people, c.positive, c.negative
""",
            {"since": period.since, "until": period.until, "person": person},
            "nine kinds of engagement",
            period.since,
            period.until,
            person,
        )
    )
    found = {
        (row["form"], row["initiator"]): Cell(
            row["form"], row["initiator"], row["acts"], row["people"], row["positive"],
            row["negative"],
            tuple(n for n in (row["first"], row["second"], row["third"]) if n is not None),
        )
        for row in rows
    }  # fmt: skip
    cells = {
        (f, i): found.get((f, i), Cell(f, i, 0, 0, 0, 0, ())) for f in FORMS for i in INITIATORS
    }
    return NineKinds(cells, found.get(("", ""), Cell("", "", 0, 0, 0, 0, ())))


def _of_name(kinds: Mapping[str, Kind], place: int) -> str:
    """SQL: what is usual for the event's name."""
    by_value: dict[str, list[str]] = {}
    for name, kind in kinds.items():
        if kind[place]:
            by_value.setdefault(kind[place], []).append(name)
    branches = "".join(
        f" WHEN name IN ({', '.join(map(text, names))}) THEN {text(value)}"
        for value, names in sorted(by_value.items())
    )
    return f"CASE{branches} ELSE '' END" if branches else "''"
