"""The plane of attachment and lock-in: who stays because they want to, who because they must, and
what binds them; beside it the portfolio of value and attachment."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from gern.core.engines.duckdb import literal
from gern.core.engines.kept import sweep_others
from gern.core.engines.question import Question
from gern.core.errors import BadInput
from gern.core.figures.asking import unit_question
from gern.core.figures.catalogue import FIGURES
from gern.core.figures.primitives.binding import CAUSES, PARTS
from gern.core.people.listing import Subset
from gern.core.people.portfolio import SCORES, period_of, portfolio_sql
from gern.core.text import Text

if TYPE_CHECKING:
    from gern.core.shop import Shop

BANDS = 5
_BAND = f"least({BANDS - 1}, CAST(floor(attachment / {100 // BANDS}) AS INTEGER))"
MIDDLE = 50
"""From so much on, attachment or lock-in is high."""
STEP = 10
SOON_DAYS = 90
MOVED_DAYS = 91
"""Moves are told against where somebody stood so long ago."""
QUADRANTS = {
    "gladly": (Text("bleibt gern und ist frei", "stays gladly and is free"), "attachment >= {m} AND lock_in < {m}"),
    "gladly_bound": (Text("bleibt gern und ist gebunden", "stays gladly and is bound"), "attachment >= {m} AND lock_in >= {m}"),
    "only_bound": (Text("ist nur gebunden", "is only bound"), "attachment < {m} AND lock_in >= {m}"),
    "loose": (Text("weder verbunden noch gebunden", "neither attached nor bound"), "attachment < {m} AND lock_in < {m}"),
}  # fmt: skip
NAMES = {
    "satisfaction": Text("Zufriedenheit", "satisfaction"),
    "recommendation": Text("Weiterempfehlung", "recommendation"),
    "commitment": Text("Bindung, Interesse, Vertrauen", "commitment, involvement, trust"),
    "unasked": Text("ungefragte Kontakte und Bewertungen", "unasked contacts and reviews"),
    "community": Text("Community", "community"),
    "free_purchases": Text("Käufe ohne Vertrag", "purchases while free to leave"),
    "contract": Text("Vertrag", "contract"),
    "economic": Text("Wechselkosten", "switching cost"),
    "technical": Text("System", "system"),
    "situational": Text("kein anderer Anbieter in Reichweite", "no other supplier in reach"),
    "emotional": Text("Gefühl (Verbundenheit ab 60)", "feeling (attachment of 60 and more)"),
}


@dataclass(frozen=True)
class Bound:
    """Of one customer, from 0 to 100; None: not known. ``parts`` of attachment and ``causes`` of
    lock-in, as far as they are known; ``ends``: of the first contract to end."""

    attachment: float | None
    lock_in: float | None
    parts: dict[str, float]
    causes: dict[str, float]
    ends: datetime | None


@dataclass(frozen=True)
class Quadrant:
    """``value``: what they have bought in twelve months; ``soon``: of how many a contract ends
    within `SOON_DAYS`."""

    id: str
    name: Text
    customers: int
    value: Decimal
    soon: int


@dataclass(frozen=True)
class Cell:
    """Customers within a step of attachment and of lock-in (their lower ends)."""

    attachment: int
    lock_in: int
    customers: int


@dataclass(frozen=True)
class Crossing:
    """Customers of a fifth of revenue (`portfolio`, 5: the highest) and a band of attachment
    (0: below 20 … 4: from 80)."""

    monetary: int
    band: int
    customers: int
    revenue: Decimal


@dataclass(frozen=True)
class Plane:
    """``known``: customers of whom attachment is known; lock-in that is not known counts as none.
    ``causes``: how many each binds; ``moves``: (quadrant before, now) to customers."""

    customers: int
    known: int
    quadrants: list[Quadrant]
    cells: list[Cell]
    causes: dict[str, int]
    moves: dict[tuple[str, str], int] = field(default_factory=dict)


def binding_of(shop: Shop, person: str, today: date) -> Bound | None:
    """Of one customer, as of the begin of the day; None: they were none then, or `prepare` has not
    worked it out yet. In a small log it is worked out anew whenever that has changed."""
    path = shop.door.kept("binding", _question(shop, today))
    if path is None:
        return None
    rows = shop.door.ask(Question(
        f"SELECT * FROM read_parquet({literal(str(path))}) WHERE person = $who", {"who": person},
        "what binds a customer",
    ))  # fmt: skip
    if not rows:
        return None
    row = rows[0]
    return Bound(
        float(row["attachment"]) if row["with_attachment"] else None,
        float(row["lock_in"]) if row["with_lock_in"] else None,
        {p: 100 * row[f"part_{p}"] for p in PARTS if row[f"part_{p}"] is not None},
        {c: 100 * row[f"part_{c}"] for c in CAUSES if row[f"part_{c}"] is not None},
        row["ends"],
    )


def prepare(shop: Shop, days: Sequence[date]) -> None:
    """Work it out for all customers as of these days: in a large log once a day each."""
    for day in days:
        path = shop.door.keep("binding", _question(shop, day), daily=True)
        os.utime(path)  # it is still needed
    sweep_others(path, "binding")


def people_in(shop: Shop, today: date, quadrant: str, *, soon: bool = False) -> Subset:
    """SQL of the customers in a quadrant; ``soon``: whose contract ends within `SOON_DAYS`.
    ``BadInput`` for a quadrant there is not."""
    if quadrant not in QUADRANTS:
        raise BadInput(f"{quadrant!r} is no quadrant. Allowed: {', '.join(QUADRANTS)}.", param="quadrant")  # fmt: skip
    until = shop.period(today - timedelta(days=1), today).until
    ending = f" AND ends < TIMESTAMP '{until}' + INTERVAL {SOON_DAYS} DAY" if soon else ""
    where = QUADRANTS[quadrant][1].format(m=MIDDLE)
    units = _units(shop, today)
    return Subset(f"SELECT person FROM ({units}) WHERE with_attachment = 1 AND {where}{ending}")


def plane(shop: Shop, today: date, *, before: date | None = None) -> Plane:
    """Where everybody stands; ``before``: and where they stood then."""
    which = " ".join(
        f"WHEN {sql.format(m=MIDDLE)} THEN '{id}'" for id, (_, sql) in QUADRANTS.items()
    )
    placed = (
        f"placed AS (SELECT *, CASE {which} END AS quadrant FROM units WHERE with_attachment = 1)"
    )
    year = shop.period(today - timedelta(days=365), today)
    quadrants = {row["quadrant"]: row for row in _ask(
        shop, today,
        f"SELECT quadrant, count(*) AS customers, coalesce(sum(o.value), 0) AS value, count(*) FILTER (ends <"
        f" $until + INTERVAL {SOON_DAYS} DAY) AS soon FROM placed AS p LEFT JOIN (SELECT person, sum(value)"
        " AS value FROM orders WHERE purchase AND ts >= $since_value GROUP BY person) AS o"
        " ON o.person = p.person GROUP BY quadrant",
        steps=(placed,), since_value=year.since,
    )}  # fmt: skip
    step = f"least({100 - STEP}, {STEP} * CAST(floor({{0}} / {STEP}) AS INTEGER))"
    cells = _ask(
        shop, today,
        f"SELECT {step.format('attachment')} AS attachment, {step.format('lock_in')} AS lock_in, count(*) AS"
        " customers FROM placed GROUP BY ALL ORDER BY ALL", steps=(placed,),
    )  # fmt: skip
    totals = _ask(
        shop, today,
        "SELECT count(*) AS customers, coalesce(sum(by_feeling), 0) AS emotional, "
        + ", ".join(f"coalesce(sum(by_{cause}), 0) AS {cause}" for cause in CAUSES) + " FROM units",
    )[0]  # fmt: skip
    found = [
        Quadrant(id, name, *((quadrants[id][k] for k in ("customers", "value", "soon"))
                             if id in quadrants else (0, Decimal(0), 0)))
        for id, (name, _) in QUADRANTS.items()
    ]  # fmt: skip
    return Plane(
        int(totals["customers"]), sum(q.customers for q in found), found,
        [Cell(**row) for row in cells],
        {cause: int(totals[cause]) for cause in (*CAUSES, "emotional")},
        _moves(shop, today, before, which) if before else {},
    )  # fmt: skip


def crossings(shop: Shop, today: date) -> list[Crossing]:
    """Value against attachment: those who bought in twelve months and of whom attachment is known."""
    inner, values = portfolio_sql(period_of(today, shop.zone))
    rows = _ask(
        shop, today,
        f"SELECT p.monetary, {_BAND} AS band, count(*) AS customers, sum(p.revenue) AS revenue FROM units"
        f" AS u JOIN ({inner}) AS p ON p.person = u.person WHERE u.with_attachment = 1 GROUP BY ALL",
        **dict[str, Any](values),
    )  # fmt: skip
    known = {(row["monetary"], row["band"]): Crossing(**row) for row in rows}
    return [
        known.get((m, b), Crossing(m, b, 0, Decimal(0)))
        for b in reversed(range(BANDS))
        for m in SCORES
    ]


def people_in_band(shop: Shop, today: date, band: int) -> Subset:
    """SQL of the customers whose attachment lies in a band."""
    units = _units(shop, today)
    return Subset(
        f"SELECT person FROM ({units}) WHERE with_attachment = 1 AND {_BAND} = {int(band)}"
    )


def measured(shop: Shop, today: date, field: str) -> str:
    """SQL of person and ``field``, for conditions that ask for attachment or lock-in."""
    return f"SELECT person, {field} FROM ({_units(shop, today)}) WHERE with_{field} = 1"


def attached(shop: Shop, today: date) -> str:
    """SQL of everybody's place: person, attachment, lock_in, with_attachment, with_lock_in (0 or 1:
    whether it is known)."""
    return f"SELECT person, attachment, lock_in, with_attachment, with_lock_in FROM ({_units(shop, today)})"


def _moves(shop: Shop, today: date, before: date, which: str) -> dict[tuple[str, str], int]:
    placed = "SELECT person, CASE {which} END AS quadrant FROM ({sql}) WHERE with_attachment = 1"
    then, now = (placed.format(which=which, sql=_units(shop, day)) for day in (before, today))
    rows = shop.door.ask(Question(
        f"SELECT a.quadrant AS was, b.quadrant AS is_, count(*) AS n FROM ({then}) AS a"
        f" JOIN ({now}) AS b ON a.person = b.person GROUP BY ALL",
        {}, "moves in the plane",
    ))  # fmt: skip
    return {(row["was"], row["is_"]): int(row["n"]) for row in rows}


def _units(shop: Shop, today: date) -> str:
    """SQL of the units of the primitive as of the begin of a day: a file, made when it is missing."""
    path = shop.door.keep("binding", _question(shop, today), daily=True)
    return f"SELECT * FROM read_parquet({literal(str(path))})"


def _question(shop: Shop, today: date) -> Question:
    """The units, as of the begin of a day."""
    period = shop.period(today - timedelta(days=1), today)
    return unit_question(shop.door, FIGURES["attachment"], period, shop.terms(now=period.until))


def _ask(
    shop: Shop, today: date, select: str, *, steps: Sequence[str] = (), **values: Any
) -> list[dict[str, Any]]:
    head = ", ".join((f"units AS ({_units(shop, today)})", *steps))
    known = {"until": shop.period(today - timedelta(days=1), today).until, **values}
    bound = {name: value for name, value in known.items() if f"${name}" in select}
    return shop.door.ask(Question(f"WITH {head} {select}", bound, "the plane"))
