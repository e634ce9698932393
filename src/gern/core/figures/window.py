"""The inactivity window W: after how many days without a purchase someone is no customer."""

from __future__ import annotations

from dataclasses import dataclass

from gern.core.engines.door import Door
from gern.core.engines.local import local_day_sql
from gern.core.engines.question import Question
from gern.core.errors import BadInput

WITHOUT_HISTORY_DAYS = 365
"""W when nobody has bought twice yet: assumed, and said so."""


@dataclass(frozen=True)
class Window:
    """``gaps``: how many gaps between purchases it was computed from; 0: assumed."""

    days: int
    gaps: int


def computed_window(door: Door, zone: str) -> Window:
    """90th percentile (nearest rank) of the gaps between two purchases of a customer.

    Gaps are counted in local calendar days over all history; two purchases on one day have
    gap 0. At least 1 day.
    """
    first, last = door.span()
    if first is None or last is None:
        return Window(WITHOUT_HISTORY_DAYS, 0)
    day = local_day_sql("ts", zone, first.year, last.year)
    row = door.ask(
        Question(
            "SELECT quantile_disc(gap, 0.9) AS window, count(gap) AS gaps FROM ("
            f"  SELECT date_diff('day', lag({day}) OVER each, {day}) AS gap FROM orders"
            "  WHERE purchase AND person IS NOT NULL"
            "  WINDOW each AS (PARTITION BY person ORDER BY ts, order_id))",
            {},
            "inactivity window",
        )
    )[0]
    if not row["gaps"]:
        return Window(WITHOUT_HISTORY_DAYS, 0)
    return Window(max(1, int(row["window"])), int(row["gaps"]))


def parse_window(text: str) -> int:
    """``180d`` or ``180`` → 180."""
    digits = text.removesuffix("d")
    if not digits.isdecimal() or not 1 <= int(digits) <= 3660:
        raise BadInput(
            f"{text!r} is no inactivity window. Allowed: days from 1 to 3660, such as 180d.",
            param="inactive-after",
            german=f"„{text}“ ist kein Inaktivitätsfenster. Erlaubt: 1 bis 3660 Tage, etwa 180d.",
        )
    return int(digits)
