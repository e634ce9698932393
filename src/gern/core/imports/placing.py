"""What of a file is new, what is known, what changed — and into the log with it.

Identity: a line is (source, order, content, occurrence among identical lines of that order).
An order is the set of its lines: if a later file has other lines for it, that is reported and
applied only on request.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from gern.core.engines.duckdb import Connection, fetch_dicts, literal, one_row, quoted
from gern.core.imports.fields import TEXT_FIELDS
from gern.core.imports.parsing import LOG_NAMES
from gern.core.imports.reading import ROW, Table
from gern.core.log import views
from gern.core.log.ids import CONTENT, line_hash, line_id_sql
from gern.core.log.schema import COLUMNS
from gern.core.log.tombstones import Tombstones

_EVENTS_ONLY = ("event_id", "visitor", "sent", "said", "form", "initiator", "sign", "properties",
                "context", "traffic")  # fmt: skip
CANCELLED_MARK = "C"
"""Order numbers such as C536379 beside 536380 mark cancellations."""


def number_repeats(con: Connection) -> None:
    """Identical lines within an order are told apart by their ``place``: 1, 2, 3 …"""
    content = ", ".join(("order_id", *CONTENT))
    few = "hash(order_id, product, quantity)"
    con.execute(
        # the engine's own hash only finds candidates; equality decides
        f"CREATE TABLE repeated AS SELECT {few} AS few FROM parsed"
        " WHERE reason IS NULL AND given_id IS NULL GROUP BY few HAVING count(*) > 1"
    )
    con.execute(
        "UPDATE parsed SET place = numbered.place FROM ("
        f"  SELECT row_number, row_number() OVER (PARTITION BY {content} ORDER BY row_number)"
        "     AS place"
        "   FROM parsed WHERE reason IS NULL AND given_id IS NULL"
        f"    AND {few} IN (SELECT few FROM repeated)) AS numbered"
        " WHERE parsed.row_number = numbered.row_number AND numbered.place > 1"
    )


def separate_anonymous_orders(con: Connection) -> None:
    """Without an order column, a line without a customer is an order of its own."""
    con.execute(
        f"UPDATE parsed SET order_id = order_id || '#' || ({line_id_sql()})"
        " WHERE reason IS NULL AND customer IS NULL"
    )


def collect_bad_rows(con: Connection, table: Table) -> None:
    """Table ``bad``: rows that cannot be used, with an id made of what they say."""
    con.execute(
        "CREATE TABLE bad (row_number BIGINT, reason VARCHAR, order_id VARCHAR, line_id UBIGINT)"
    )
    if not _count(con, "parsed WHERE reason IS NOT NULL"):
        return
    said = ", ".join(f"coalesce(CAST(raw.{quoted(c)} AS VARCHAR), '')" for c in table.columns)
    said_hash = line_hash(f"concat_ws(chr(31), {said})")
    again = line_hash("said || '#' || place")
    con.execute(
        "INSERT INTO bad SELECT row_number, reason, order_id, CASE WHEN place = 1 THEN said"
        f"   ELSE {again} END"
        " FROM (SELECT row_number, reason, order_id, said,"
        "     row_number() OVER (PARTITION BY said ORDER BY row_number) AS place"
        "   FROM (SELECT parsed.row_number, parsed.reason, parsed.order_id,"
        f"      coalesce(parsed.given_id, {said_hash}) AS said"
        f"     FROM parsed JOIN raw ON raw.{ROW} = parsed.row_number"
        "     WHERE parsed.reason IS NOT NULL))"
    )


def leave_out_erased(con: Connection, graves: Tombstones) -> int:
    """Take out the rows of erased customers from before their erasure; how many."""
    if not graves:
        return 0
    customers = con.execute("SELECT DISTINCT customer FROM parsed WHERE customer IS NOT NULL")
    edges = [(id, graves.before("customer", id)) for (id,) in customers.fetchall()]
    con.execute("CREATE TABLE erased (customer VARCHAR, before BIGINT)")
    found = [[id, before] for id, before in edges if before is not None]
    if not found:
        return 0
    con.executemany("INSERT INTO erased VALUES (?, ?)", found)
    before = _count(con, "parsed")
    con.execute(
        "DELETE FROM parsed USING erased WHERE parsed.customer = erased.customer"
        " AND coalesce(epoch_us(ts) < erased.before, true)"
    )
    con.execute("DELETE FROM bad WHERE row_number NOT IN (SELECT row_number FROM parsed)")
    con.execute("DROP TABLE file_orders")
    summarise_orders(con)
    return before - _count(con, "parsed")


def compare(con: Connection, log: str | None, source: str) -> None:
    """Table ``known`` (lines of these orders already in the log) and ``changed`` (orders whose
    set of lines differs from the one in the log). ``log`` None: it is empty."""
    con.execute("CREATE TABLE known (order_id VARCHAR, line_id UBIGINT, currency VARCHAR)")
    con.execute("CREATE TABLE changed (order_id VARCHAR, lines_added BIGINT, lines_gone BIGINT)")
    if log is None:
        return
    con.execute("ALTER TABLE parsed ADD COLUMN line_id UBIGINT")
    con.execute(f"UPDATE parsed SET line_id = {line_id_sql()} WHERE reason IS NULL")
    con.execute(
        f"INSERT INTO known SELECT order_id, {line_id_sql()}, currency FROM {log} AS log"
        " WHERE source = $source AND event_id IS NULL AND order_id IN"
        " (SELECT order_id FROM parsed UNION SELECT order_id FROM bad)",
        {"source": source},
    )
    # a bad row that was corrected and imported earlier counts as the line it became
    con.execute(
        "INSERT INTO changed"
        " WITH file AS ("
        "   SELECT order_id, line_id FROM parsed WHERE reason IS NULL AND given_id IS NULL"
        "   UNION ALL SELECT order_id, line_id FROM bad SEMI JOIN known USING (order_id, line_id)"
        " ), sides AS ("
        "   SELECT order_id, line_id, true AS in_file, false AS in_log FROM file"
        "   UNION ALL SELECT order_id, line_id, false, true FROM known"
        " ), lines AS ("
        "   SELECT order_id, line_id, bool_or(in_file) AS in_file, bool_or(in_log) AS in_log"
        "   FROM sides GROUP BY order_id, line_id"
        " ), orders AS ("
        "   SELECT order_id, count(*) FILTER (in_file AND NOT in_log) AS lines_added,"
        "     count(*) FILTER (in_log AND NOT in_file) AS lines_gone, bool_or(in_log) AS held"
        "   FROM lines WHERE order_id IN (SELECT order_id FROM file) GROUP BY order_id"
        " )"
        " SELECT order_id, lines_added, lines_gone FROM orders"
        " WHERE held AND (lines_added > 0 OR lines_gone > 0)"
    )
    con.execute(
        "DELETE FROM bad WHERE EXISTS (SELECT 1 FROM known"
        " WHERE known.order_id = bad.order_id AND known.line_id = bad.line_id)"
    )


def choose_replaced(con: Connection, *, replace: bool) -> int:
    """Table ``replaced``: changed orders whose lines of this file take the place of those in the
    log. An order with a bad row keeps its lines: nothing good goes because something is wrong."""
    con.execute(
        "CREATE TABLE replaced AS SELECT order_id FROM changed WHERE"
        f" {'true' if replace else 'false'} AND order_id NOT IN"
        " (SELECT order_id FROM bad WHERE order_id IS NOT NULL)"
    )
    return _count(con, "replaced")


def known_in_other_currency(con: Connection, currency: str) -> bool:
    """Whether lines of the file are in the log already, in another currency."""
    return bool(
        _count(
            con,
            "parsed JOIN known USING (order_id, line_id)"
            f" WHERE reason IS NULL AND currency <> {literal(currency)}",
        )
        if _count(con, "known")
        else 0
    )


def changed_examples(con: Connection, limit: int = 20) -> list[str]:
    """Numbers of some of the changed orders."""
    rows = con.execute(f"SELECT order_id FROM changed ORDER BY order_id LIMIT {limit}").fetchall()
    return [str(row[0]) for row in rows]


@dataclass(frozen=True)
class Mark:
    """Whether order numbers of this source mark cancellations with a leading ``C``."""

    prefix: str | None

    @property
    def condition(self) -> str:
        """SQL: the order is marked as a cancellation."""
        return f"starts_with(order_id, {literal(self.prefix)})" if self.prefix else "false"


def summarise_orders(con: Connection) -> None:
    """Table ``file_orders``: one row an order of the good rows."""
    con.execute(
        "CREATE TABLE file_orders AS SELECT order_id, count(*) AS lines,"
        " count(*) FILTER (quantity < 0) AS lines_back, bool_or(quantity > 0) AS bought,"
        " min(customer) AS low, max(customer) AS high"
        " FROM parsed WHERE reason IS NULL GROUP BY order_id"
    )


def find_mark(con: Connection, has_order_column: bool, earlier: list[str | None]) -> Mark:
    """``C`` marks cancellations when it stands before numbers, when other orders lack it, and
    when at least nine in ten of the marked lines are negative. A shop whose order numbers all
    begin with C has no mark. Once found, it stays (``earlier`` imports of the source)."""
    for prefix in earlier:
        if prefix:
            return Mark(prefix)
    if not has_order_column:
        return Mark(None)
    marked, back, others, not_numeric = one_row(
        con,
        "SELECT sum(lines) FILTER (marked), sum(lines_back) FILTER (marked),"
        " count(*) FILTER (NOT marked), count(*) FILTER (marked AND"
        "   TRY_CAST(substr(order_id, 2) AS BIGINT) IS NULL)"
        f" FROM (SELECT *, starts_with(order_id, '{CANCELLED_MARK}') AS marked FROM file_orders)",
    )
    found = marked and others and not not_numeric and back >= 0.9 * float(marked)
    return Mark(CANCELLED_MARK if found else None)


def stage(con: Connection, merged: views.Who) -> None:
    """View ``fresh``: the lines to write. A changed order stays as the log has it, unless it is
    replaced; a corrected line joins its order. ``merged``: customers who are somebody else."""
    if not _count(con, "known"):
        new = "true"
    else:
        new = (
            "CASE WHEN given_id IS NULL AND order_id IN (SELECT order_id FROM changed)"
            " THEN order_id IN (SELECT order_id FROM replaced)"
            " ELSE NOT EXISTS (SELECT 1 FROM known"
            "   WHERE known.order_id = parsed.order_id AND known.line_id = parsed.line_id) END"
        )
    person, joined = "customer", ""
    if merged:
        views.make_who(con, "who", merged)
        person = "coalesce(who.person, customer)"
        joined = " LEFT JOIN who ON who.kind = 'customer' AND who.id = customer"
    con.execute(
        f"CREATE VIEW fresh AS SELECT order_id, place, given_id, {person} AS person, customer,"
        " ts, day_only,"
        " product, product_name, product_group, quantity, price, amount,"
        f" country, store, channel FROM parsed{joined} WHERE reason IS NULL AND {new}"
    )


def derived_columns(
    mapping: dict[str, str],
    *,
    source: str,
    import_id: int,
    currency: str,
    mark: Mark,
    now: datetime,
    merged: bool,
    corrected: bool,
) -> dict[str, str]:
    """Columns of the log that follow from the import or from the other columns, as SQL.

    ``merged``: some customers are somebody else; ``corrected``: the file carries ids of its own.
    """
    absent = {
        LOG_NAMES.get(field, field): "CAST(NULL AS VARCHAR)"
        for field in TEXT_FIELDS
        if field not in mapping
    }
    absent |= {c.name: f"CAST(NULL AS {c.type})" for c in COLUMNS if c.name in _EVENTS_ONLY}
    if not merged:
        absent["customer"] = "person"
    if not corrected:
        absent["given_id"] = "CAST(NULL AS UBIGINT)"
    refunded = f"{mark.condition} OR quantity < 0"
    return absent | {
        "source": literal(source),
        "import_id": f"CAST({import_id} AS INTEGER)",
        "line": "CAST(1 AS SMALLINT)",
        "received": f"TIMESTAMP {literal(str(now))}",
        "kind": "'track'",
        "name": f"CASE WHEN {refunded} THEN 'Order Refunded' ELSE 'Order Completed' END",
        "cancelled": mark.condition,
        "currency": literal(currency),
    }


def totals(con: Connection, mark: Mark) -> dict[str, Any]:
    """The counts of an `ImportReport`: of the good rows of the file, and how many are new."""
    lines = con.execute(
        """
        SELECT count(*) AS lines, coalesce(sum(amount), 0) AS amount, min(ts) AS first,
          max(ts) AS last, count(DISTINCT customer) AS customers,
          count(*) - count(customer) AS lines_without_customer,
          count(DISTINCT country) AS countries,
          count(*) FILTER (day_only) AS times_day_only,
          count(*) FILTER (skipped) AS times_skipped, count(*) FILTER (doubled) AS times_doubled
        FROM parsed WHERE reason IS NULL
        """
    )
    counts = fetch_dicts(lines)[0]
    orders = con.execute(
        f"""
        SELECT count(*) AS orders, count(*) FILTER (bought AND NOT {mark.condition}) AS purchases,
          count(*) FILTER ({mark.condition}) AS cancellations,
          count(*) FILTER (low <> high) AS orders_of_several_customers
        FROM file_orders
        """
    )
    counts |= fetch_dicts(orders)[0]
    counts["other_orders"] = counts["orders"] - counts["purchases"] - counts["cancellations"]
    counts["orders_changed"] = _count(con, "changed")
    if _count(con, "known"):
        counts["lines_new"] = _count(con, "fresh")
        counts["orders_new"] = _count(
            con,
            "file_orders ANTI JOIN (SELECT DISTINCT order_id FROM known) USING (order_id)",
        )
        counts["lines_known"] = _count(
            con, "parsed SEMI JOIN known USING (order_id, line_id) WHERE reason IS NULL"
        )
    else:
        counts |= {"lines_new": counts["lines"], "orders_new": counts["orders"], "lines_known": 0}
    return counts


def _count(con: Connection, relation: str) -> int:
    return int(one_row(con, f"SELECT count(*) FROM {relation}")[0])
