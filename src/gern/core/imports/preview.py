"""A look at a file before it is imported: columns, samples, the first rows as they would be."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from gern.core.engines.duckdb import Connection, fetch_dicts, quoted
from gern.core.errors import BadInput
from gern.core.home import Home
from gern.core.imports.fields import FIELDS, Field
from gern.core.imports.guessing import Guess, check_mapping, guess
from gern.core.imports.parsing import parse
from gern.core.imports.reading import Table, text_of
from gern.core.imports.run import Order, opened
from gern.core.zones import zone_named

CHECKED_ROWS = 5000
SHOWN_ROWS = 8
LIKELY_FEES = (
    "postage|shipping|carriage|bank charge|gift wrap charge|amazon fee|handling fee|freight|versand|porto"
    "|gebühr|nachnahme|verpackung und versand|pfand"
)


@dataclass(frozen=True)
class ColumnLook:
    """A column of the file: its first different values, what it is taken for, how surely."""

    name: str
    samples: list[str]
    guess: Guess | None


@dataclass(frozen=True)
class Preview:
    """``good``/``bad`` rows as they would be read; counts of the first ``checked`` rows.

    ``problem``: why the mapping cannot work yet; then there are no rows.
    ``likely_fees``: (product number, name) that look like postage or fees.
    """

    columns: list[ColumnLook]
    checked: int
    good_count: int
    bad_count: int
    good: list[dict[str, Any]]
    bad: list[dict[str, Any]]
    notes: list[str]
    likely_fees: list[tuple[str, str]]
    problem: BadInput | None


def preview(home: Home, order: Order, *, now: datetime) -> Preview:
    """Read the first rows of the file with the mapping of ``order`` (guessed when empty)."""
    with opened(home, order) as (con, table):
        columns = column_looks(con, table, FIELDS)
        mapping = order.mapping or {c.guess.field: c.name for c in columns if c.guess}
        try:
            check_mapping(mapping, table)
        except BadInput as problem:
            return Preview(columns, 0, 0, 0, [], [], [], [], problem)
        parsed = parse(
            con, table, mapping, zone=zone_named(order.zone), now=now, sample=CHECKED_ROWS
        )
        counts = con.execute(
            "SELECT count(*), count(*) FILTER (reason IS NULL), count(*) FILTER (reason IS NOT NULL)"
            " FROM parsed"
        ).fetchone()
        checked, good, bad = counts or (0, 0, 0)
        broken = [
            {"row_number": line - 1, "reason": "line_unreadable"}
            for line, _, _ in table.unreadable[:SHOWN_ROWS]
        ]
        return Preview(
            columns,
            checked + len(table.unreadable),
            good,
            bad + len(table.unreadable),
            _rows(con, "reason IS NULL"),
            _rows(con, "reason IS NOT NULL") + broken,
            parsed.notes,
            _likely_fees(con, mapping, table),
            None,
        )


def column_looks(con: Connection, table: Table, fields: tuple[Field, ...]) -> list[ColumnLook]:
    """Every column with samples and what it is taken for."""
    guesses = {g.column: g for g in guess(con, table, fields)}
    return [
        ColumnLook(name, _samples(con, name, type_), guesses.get(name))
        for name, type_ in table.columns.items()
    ]


def _samples(con: Connection, column: str, type_: str) -> list[str]:
    rows = con.execute(
        f"SELECT DISTINCT x FROM (SELECT {text_of(column, type_)} AS x FROM"
        f" (SELECT {quoted(column)} FROM raw LIMIT 200)) WHERE x IS NOT NULL ORDER BY x LIMIT 3"
    ).fetchall()
    return [str(row[0])[:60] for row in rows]


def _rows(con: Connection, condition: str) -> list[dict[str, Any]]:
    return fetch_dicts(
        con.execute(
            "SELECT row_number, ts, day_only, customer, order_id, product, product_name, quantity, price,"
            f" amount, country, reason FROM parsed WHERE {condition} ORDER BY row_number"
            f" LIMIT {SHOWN_ROWS}"
        )
    )


def _likely_fees(con: Connection, mapping: dict[str, str], table: Table) -> list[tuple[str, str]]:
    """Products whose name says postage or fee. Only a proposal: the reader decides."""
    if not {"product", "name"} <= mapping.keys():
        return []
    product = text_of(mapping["product"], table.columns[mapping["product"]])
    name = text_of(mapping["name"], table.columns[mapping["name"]])
    rows = con.execute(
        f"SELECT {product} AS product, min({name}) FROM raw"
        f" WHERE regexp_matches(lower({name}), '^(\\w+ )?({LIKELY_FEES})') AND {product} IS NOT NULL"
        " GROUP BY 1 ORDER BY count(*) DESC LIMIT 12"
    ).fetchall()
    return [(str(code), str(text)) for code, text in rows]
