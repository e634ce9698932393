"""How engaged one customer is, among all: the level of the figure, over the twelve months before a
day, worked out for everybody once a day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from gern.core.engines.duckdb import literal
from gern.core.engines.kept import sweep_others
from gern.core.engines.question import Question
from gern.core.figures.asking import unit_question
from gern.core.figures.catalogue import FIGURES
from gern.core.people.portfolio import period_of

if TYPE_CHECKING:
    from gern.core.shop import Shop


@dataclass(frozen=True)
class Engaged:
    """``level``: 0 to 100; ``facets``: how many of the three have data; ``negative``: also engaged
    against us (complaints, bad words)."""

    level: float
    facets: int
    negative: bool


def engagement_of(shop: Shop, person: str, today: date) -> Engaged | None:
    """Of one customer; None: they were none at the begin of the day, or `prepare` has not worked it
    out yet. In a small log it is worked out anew whenever that has changed."""
    path = shop.door.kept("engaged", _question(shop, today))
    if path is None:
        return None
    rows = shop.door.ask(Question(
        f"SELECT * FROM read_parquet({literal(str(path))}) WHERE person = $who", {"who": person},
        "how engaged a customer is",
    ))  # fmt: skip
    if not rows:
        return None
    row = rows[0]
    facets = 1 + row["with_cognitive"] + row["with_emotional"]
    return Engaged(float(row["level"]), facets, bool(row["negative"]))


def prepare(shop: Shop, today: date) -> None:
    """Work it out for all customers: in a large log once a day."""
    sweep_others(shop.door.keep("engaged", _question(shop, today), daily=True), "engaged")


def _question(shop: Shop, today: date) -> Question:
    period = period_of(today, shop.zone)
    return unit_question(
        shop.door, FIGURES["engagement_level"], period, shop.terms(now=period.until)
    )
