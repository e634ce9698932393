"""What one row of the log is: one order line (later also one visit, one answer, one ticket …).

Rows keep the ids they were sent with, for ever; ``person`` is derived when the log is read (so
far it is the customer). When a row reached us is the time of its import. Times are UTC without
a zone; money is DECIMAL, exact.
"""

from __future__ import annotations

from dataclasses import dataclass

VERSION = 1
"""Schema version written into the manifest beside every segment."""


@dataclass(frozen=True)
class Column:
    """One typed column and what it means."""

    name: str
    type: str
    meaning: str


COLUMNS = (
    Column("source", "VARCHAR", "where it came from; ids are unique within a source"),
    Column("order_id", "VARCHAR", "order the line belongs to, as sent"),
    Column("place", "SMALLINT", "occurrence among identical lines of the order, from 1"),
    Column("given_id", "UBIGINT", "id the line was given by a reject file; see log.ids"),
    Column("import_id", "INTEGER", "import that brought it in"),
    Column("customer", "VARCHAR", "customer id as sent; NULL: not known"),
    Column("ts", "TIMESTAMP", "when it happened, UTC"),
    Column("day_only", "BOOLEAN", "only the day is known; ts is its local noon"),
    Column("name", "VARCHAR", "event name: Order Completed or Order Refunded"),
    Column("cancelled", "BOOLEAN", "the order itself is marked as a cancellation"),
    Column("product", "VARCHAR", "product number as sent"),
    Column("product_name", "VARCHAR", "its description as sent"),
    Column("product_group", "VARCHAR", "its group as sent"),
    Column("quantity", "DECIMAL(18,6)", "pieces; below 0: taken back"),
    Column("price", "DECIMAL(18,6)", "price of one piece"),
    Column("amount", "DECIMAL(18,6)", "value of the line"),
    Column("currency", "VARCHAR", "ISO 4217 code of price and amount"),
    Column("country", "VARCHAR", "country as sent"),
    Column("store", "VARCHAR", "store (Filiale) as sent"),
    Column("channel", "VARCHAR", "channel as sent"),
)

SORT_ORDER = ("customer", "ts", "order_id")
"""Order of the rows inside a segment."""


def empty_relation() -> str:
    """SQL of a log without rows, with all columns typed."""
    columns = ", ".join(f"CAST(NULL AS {c.type}) AS {c.name}" for c in COLUMNS)
    return f"SELECT {columns} WHERE false"
