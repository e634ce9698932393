"""The people behind a figure: one row a customer, with what the shop owner would want to know."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from gern.core.engines.door import Door
from gern.core.engines.question import Question
from gern.core.errors import BadInput
from gern.core.figures.definition import Figure

_SUMMARY = """
summary AS (
  SELECT person, count(*) FILTER (purchase) AS purchases,
    coalesce(sum(balance), 0) AS revenue,
    min(ts) FILTER (purchase) AS first, max(ts) FILTER (purchase) AS last,
    arg_max(country, (ts, country)) AS country
  FROM orders WHERE person IS NOT NULL GROUP BY person
)"""

SORTS = {
    "revenue": "revenue DESC, person",
    "last": "last DESC NULLS LAST, person",
    "first": "first DESC NULLS LAST, person",
    "purchases": "purchases DESC, person",
    "customer": "person",
    "measure": "measure DESC, person",
}
"""Orders a list of people can have; the first is the usual one."""


@dataclass(frozen=True)
class Person:
    """``measure`` is their share in the part or numerator asked for (1 for "is one of them");
    the rest is over all time, ``revenue`` after refunds and cancellations. Times are naive UTC."""

    person: str
    measure: Decimal | int
    purchases: int
    revenue: Decimal
    first: datetime | None
    last: datetime | None
    country: str | None


@dataclass(frozen=True)
class People:
    """A page of the list. ``total`` customers in all, ``measure_sum`` over all of them;
    ``orders_without_customer`` belong to the figure but to nobody known."""

    rows: list[Person]
    total: int
    measure_sum: Decimal | int
    orders_without_customer: int


def people_behind(
    door: Door,
    question: Question,
    measure: str,
    *,
    group: str | None = None,
    search: str = "",
    sort: str = "revenue",
    limit: int | None = 50,
    offset: int = 0,
) -> People:
    """Customers with a non-zero ``measure`` in the units of ``question``.

    The sum of their measures plus that of the orders without a customer is the part shown at
    the figure. ``group`` keeps one group of a breakdown.
    """
    if sort not in SORTS:
        raise BadInput(f"{sort!r} is no order. Allowed: {', '.join(SORTS)}.", param="sort")
    conditions = [f"{measure} <> 0"]
    values = dict(question.values)
    if group is not None:
        conditions.append("grp = $group_name")
        values["group_name"] = group
    if search:
        conditions.append("(person IS NULL OR contains(lower(person), lower($search)))")
        values["search"] = search
    units = f"""
        WITH units AS ({question.sql}), chosen AS (
          SELECT person, sum({measure}) AS measure, count(*) AS units FROM units
          WHERE {" AND ".join(conditions)} GROUP BY person
        )"""
    totals = door.ask(
        Question(
            f"{units} SELECT count(person) AS total,"
            " coalesce(sum(measure) FILTER (person IS NOT NULL), 0) AS measure_sum,"
            " coalesce(sum(units) FILTER (person IS NULL), 0) AS anonymous FROM chosen",
            values,
            question.purpose,
            question.since,
            question.until,
        )
    )[0]
    page = "" if limit is None else f" LIMIT {int(limit)} OFFSET {int(offset)}"
    rows = door.ask(
        Question(
            f"{units}, {_SUMMARY.strip()} SELECT person, measure, coalesce(purchases, 0) AS purchases,"
            " coalesce(revenue, 0) AS revenue, first, last, country"
            " FROM chosen LEFT JOIN summary USING (person) WHERE person IS NOT NULL"
            f" ORDER BY {SORTS[sort]}{page}",
            values,
            question.purpose,
            question.since,
            question.until,
        )
    )
    return People(
        [Person(**row) for row in rows],
        int(totals["total"]),
        totals["measure_sum"],
        int(totals["anonymous"]),
    )


def orders_of(door: Door, person: str, limit: int = 5_000) -> list[dict[str, Any]]:
    """The orders of one customer, newest first: the events behind the figures."""
    return door.ask(
        Question(
            "SELECT source, order_id, ts, day_only, purchase, cancelled, balance, lines, country, store,"
            " channel FROM orders WHERE person = $person ORDER BY ts DESC, order_id"
            f" LIMIT {int(limit)}",
            {"person": person},
            "orders of a customer",
        )
    )


def lines_of(door: Door, person: str, source: str, order_id: str) -> list[dict[str, Any]]:
    """The lines of one order of a customer."""
    return door.ask(
        Question(
            "SELECT product, product_name, quantity, price, amount, ts FROM lines"
            " WHERE person = $person AND source = $source AND order_id = $order_id"
            " ORDER BY ts, product, place",
            {"person": person, "source": source, "order_id": order_id},
            "lines of an order",
        )
    )


def measure_of(figure: Figure, part: str | None) -> str:
    """The measure of a part, or the one that counts most in the figure."""
    if part is not None:
        return figure.part_named(part).measure
    return next(iter(figure.denominator or figure.numerator))
