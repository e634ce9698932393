"""What one row of the log is: one event, or one line of an order (an order is its lines).

Rows keep the ids they were sent with, for ever; ``person`` is derived from them (`log.identity`)
and stored only because rows are sorted and found by it. Times are UTC without a zone; money is
DECIMAL, exact.
"""

from __future__ import annotations

from dataclasses import dataclass

VERSION = 3
"""Schema version written into the manifest beside every segment."""


@dataclass(frozen=True)
class Column:
    """One typed column and what it means. ``since``: the version it came with; ``before``: SQL
    that makes it of a row of an earlier one."""

    name: str
    type: str
    meaning: str
    since: int = 2
    before: str = "NULL"


def _same(name: str, type: str, meaning: str) -> Column:
    return Column(name, type, meaning, since=1)


COLUMNS = (
    _same("source", "VARCHAR", "where it came from; ids are unique within a source"),
    Column("event_id", "VARCHAR", "id as sent; NULL: a line of a file, see log.ids"),
    Column("line", "SMALLINT", "n-th line of the order, from 1; NULL: no order line", before="1"),
    _same("order_id", "VARCHAR", "order the line belongs to, as sent"),
    _same("place", "SMALLINT", "occurrence among identical lines of a file's order, from 1"),
    _same("given_id", "UBIGINT", "id the line was given by a reject file; see log.ids"),
    _same("import_id", "INTEGER", "import that brought it in"),
    Column("person", "VARCHAR", "whose it is, as known when it was written", before="customer"),
    _same("customer", "VARCHAR", "customer id as sent; NULL: not known"),
    Column("visitor", "VARCHAR", "visitor id as sent; NULL: not known"),
    _same("ts", "TIMESTAMP", "when it happened, UTC, the sender's clock corrected"),
    Column("received", "TIMESTAMP", "when it reached us"),
    Column("sent", "TIMESTAMP", "when it was sent, by the sender's clock"),
    Column("said", "TIMESTAMP", "when it happened by the sender's clock, if that was wrong"),
    _same("day_only", "BOOLEAN", "only the day is known; ts is its local noon"),
    Column("kind", "VARCHAR", "track, page, screen, identify, group, alias", before="'track'"),
    _same("name", "VARCHAR", "event name such as Order Completed or Email Opened"),
    _same("channel", "VARCHAR", "channel as sent"),
    Column("form", "VARCHAR", "offer, demand or activity"),
    Column("initiator", "VARCHAR", "company, customer or third_party"),
    Column("sign", "TINYINT", "1 positive, 0 neutral, -1 negative"),
    _same("store", "VARCHAR", "store (Filiale) as sent"),
    _same("country", "VARCHAR", "country as sent"),
    _same("cancelled", "BOOLEAN", "the order itself is marked as a cancellation"),
    _same("product", "VARCHAR", "product number as sent"),
    _same("product_name", "VARCHAR", "its description as sent"),
    _same("product_group", "VARCHAR", "its group as sent"),
    _same("quantity", "DECIMAL(18,6)", "pieces; below 0: taken back"),
    _same("price", "DECIMAL(18,6)", "price of one piece"),
    _same("amount", "DECIMAL(18,6)", "value of the line or event"),
    _same("currency", "VARCHAR", "ISO 4217 code of price and amount"),
    Column("properties", "VARCHAR", "everything else that was sent, JSON"),
    Column("context", "VARCHAR", "page, campaign, device, library it was sent with, JSON", since=3),
    Column("traffic", "VARCHAR", "bot or internal: counted in no figure; NULL: people", since=3),
)

NAMES = tuple(column.name for column in COLUMNS)

SORT_ORDER = ("person", "ts", "received", "event_id", "order_id", "line", "place")
"""Order of the rows inside a segment."""

VISITOR = "visitor:"
"""A person known by an anonymous id only is called this and the id; no customer id may begin so."""

DAILY = "daily:"
"""A visitor without a cookie: this and a hash that means nothing after the day. Never joined to a
customer; no sender may use such an id."""


def read_sql(version: int) -> str:
    """SQL select list that reads a segment of this schema version as the present columns."""
    if version == VERSION:
        return ", ".join(NAMES)
    return ", ".join(
        c.name if c.since <= version else f"CAST({c.before} AS {c.type}) AS {c.name}"
        for c in COLUMNS
    )


def empty_relation() -> str:
    """SQL of a log without rows, with all columns typed."""
    columns = ", ".join(f"CAST(NULL AS {c.type}) AS {c.name}" for c in COLUMNS)
    return f"SELECT {columns} WHERE false"
