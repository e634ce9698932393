"""How a profile asks and words: always of the members beside all customers, never of a few."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from gern.core.engines.question import Question
from gern.core.figures.periods import Period
from gern.core.people.listing import Subset
from gern.core.people.portfolio import period_of
from gern.core.text import Text

if TYPE_CHECKING:
    from gern.core.shop import Shop

LEAST = 5
"""Fewer people than this are not told of, nor that all but so few have something: it could be
somebody."""
LEAST_MEMBERS = 20
EXACT_FROM = 100
"""Below so many people shares are told in steps of 5 %: nobody's coming or going can be read off."""
SHOWN = 3
MOST_LETTERS = 120
"""So many of the most frequent values are shown."""


@dataclass(frozen=True)
class Measured:
    """One thing: in which ``section`` it belongs, what it is, what was found, of how many members
    it is known (``n``)."""

    section: str
    label: Text
    value: Text
    n: int

    def to_dict(self) -> dict[str, Any]:
        """For JSON."""
        return asdict(self)


@dataclass(frozen=True)
class Top:
    """A value: of ``n`` of the ``known`` members, and of ``n_all`` of ``known_all`` customers."""

    value: str
    n: int
    known: int
    n_all: int
    known_all: int

    @property
    def share(self) -> float:
        """Among the members."""
        return self.n / self.known


class Asking:
    """Questions about the members beside all customers."""

    def __init__(self, shop: Shop, members: Subset, today: date):
        self.shop = shop
        self.today = today
        self.members = members
        self.year: Period = period_of(today, shop.zone)

    def rows(self, sql: str, **values: Any) -> list[dict[str, Any]]:
        """``sql`` (steps and a SELECT) may name ``chosen`` (person) and ``$since``, ``$until`` of the
        year and ``$fees``."""
        fees = list(self.shop.terms(inactive_after=1).fees) or [""]
        given = {"since": self.year.since, "until": self.year.until, "fees": fees, **values}
        used = {k: v for k, v in given.items() if f"${k}" in sql}
        whole = f"WITH chosen AS (SELECT DISTINCT person FROM ({self.members.sql})), {sql}"
        return self.shop.door.ask(
            Question(whole, {**self.members.values, **used}, "profile of an audience")
        )

    def tops(self, value: str, relation: str, **values: Any) -> list[Top]:
        """The most frequent values of the members. ``relation``: SQL of rows with ``person``; a
        member has a value once."""
        rows = self.rows(
            f"had AS (SELECT DISTINCT person, {value} AS value FROM ({relation})),"
            " marked AS (SELECT h.person, CAST(h.value AS VARCHAR) AS value, c.person IS NOT NULL AS inside"
            " FROM had AS h LEFT JOIN chosen AS c ON c.person = h.person WHERE h.value IS NOT NULL),"
            " known AS (SELECT count(DISTINCT person) FILTER (inside) AS members,"
            " count(DISTINCT person) AS everybody FROM marked)"
            " SELECT value, count(*) FILTER (inside) AS n, count(*) AS n_all, any_value(k.members) AS"
            " members, any_value(k.everybody) AS everybody FROM marked CROSS JOIN known AS k"
            f" WHERE value <> '' GROUP BY value ORDER BY n DESC, value LIMIT {SHOWN}",
            **values,
        )
        return [
            Top(
                printable(r["value"])[:MOST_LETTERS],
                r["n"],
                r["members"],
                r["n_all"],
                r["everybody"],
            )
            for r in rows
            if r["n"] >= LEAST
        ]


def share(top: Top) -> Text:
    """In percent, beside that of all customers where it is another."""
    own = _percent(top.n, top.known)
    every = _percent(top.n_all, top.known_all)
    outsiders = top.n_all - top.n
    if own == every or 0 < outsiders < LEAST or 0 < top.known_all - top.n_all < LEAST:
        return own
    return Text(f"{own.de} (alle: {every.de})", f"{own.en} (all: {every.en})")


def _percent(n: int, known: int) -> Text:
    if 0 < known - n < LEAST:
        return Text("fast alle", "nearly all")
    step = 1 if known >= EXACT_FROM else 5
    shown = f"{step * round(100 * n / known / step)}\u00a0%"
    return Text(shown, shown)


def listed(tops: Sequence[Top], called: Mapping[str, Text] | None = None) -> Text:
    """The values with their shares. ``called``: what they are called."""
    shown = [((called or {}).get(t.value, Text(t.value, t.value)), share(t)) for t in tops]
    return Text(
        "; ".join(f"{name.de} {part.de}" for name, part in shown),
        "; ".join(f"{name.en} {part.en}" for name, part in shown),
    )


def beside(value: Any, every: Any) -> Text:
    """Two numbers, each to two figures that count: exact ones could be somebody's."""
    if every is None:
        return Text(_number(value, ".", ","), _number(value, ",", "."))
    return Text(f"{_number(value, '.', ',')} (alle: {_number(every, '.', ',')})",
                f"{_number(value, ',', '.')} (all: {_number(every, ',', '.')})")  # fmt: skip


def _number(value: Any, thousands: str, point: str) -> str:
    number = float(value)
    rounded = round(number, 1 - math.floor(math.log10(abs(number)))) if number else 0.0
    text = f"{rounded:,.0f}" if rounded == int(rounded) else f"{rounded:,.2g}"
    return text.translate({ord(","): thousands, ord("."): point})


def printable(text: Any) -> str:
    """Without what cannot be shown."""
    return "".join(letter if letter.isprintable() else " " for letter in str(text)).strip()
