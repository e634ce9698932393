"""The rows of a file, typed: good ones with exact values, bad ones with a reason."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from gern.core.engines.duckdb import Connection, literal, quoted
from gern.core.errors import BadInput
from gern.core.imports.fields import NUMBER_FIELDS, TEXT_FIELDS
from gern.core.imports.numbers import NumberReading, read_number
from gern.core.imports.reading import ROW, Table, id_of, text_of
from gern.core.imports.times import read_time, to_utc
from gern.core.log.schema import VISITOR
from gern.core.text import Text

ID_COLUMN = "gern_id"
"""Column of a reject file that carries the identity of the line."""

LOG_NAMES = {"name": "product_name", "group": "product_group"}
"""Fields that the log calls otherwise."""

_TEXTS = "text_order AS order_sent, text_customer AS customer, " + ", ".join(
    f"text_{field} AS {LOG_NAMES.get(field, field)}" for field in TEXT_FIELDS
)

REASON_COLUMN = "gern_reason"

REASONS = {
    "time_missing": Text("Zeitpunkt fehlt", "time is missing"),
    "time_invalid": Text(
        "Zeitpunkt nicht lesbar; möglich z. B. 2010-12-03 08:26 oder 3.12.2010",
        "time cannot be read; allowed e.g. 2010-12-03 08:26 or 3.12.2010",
    ),
    "time_out_of_range": Text(
        "Zeitpunkt liegt vor 1900 oder in der Zukunft", "time is before 1900 or in the future"
    ),
    "quantity_invalid": Text("Menge ist keine Zahl", "quantity is no number"),
    "price_invalid": Text("Einzelpreis ist keine Zahl", "unit price is no number"),
    "amount_invalid": Text("Betrag ist keine Zahl", "line total is no number"),
    "amount_missing": Text("Betrag fehlt", "amount is missing"),
    "amount_too_large": Text("Betrag ist zu groß", "amount is too large"),
    "customer_reserved": Text(
        "Kundennummern dürfen nicht mit „visitor:“ beginnen",
        "no customer number may begin with visitor:",
    ),
    "order_missing": Text("Bestellnummer fehlt", "order number is missing"),
    "line_unreadable": Text(
        "Zeile passt nicht zur Kopfzeile", "line does not fit the header of the file"
    ),
}  # fmt: skip

NOTES = {
    "separator_open": Text(
        "Ob Komma und Punkt Dezimal- oder Tausenderzeichen sind, zeigt die Datei nicht eindeutig.",
        "The file does not show whether comma and dot are decimal or thousands signs.",
    ),
    "day_month_open": Text(
        "Ob 3/4/2024 der 3. April oder der 4. März ist, zeigt die Datei nicht; gelesen als"
        " 3. April.",
        "The file does not show whether 3/4/2024 is 3 April or 4 March; read as 3 April.",
    ),
    "other_currency_before": Text(
        "Diese Zeilen sind schon da, aber in einer anderen Währung; sie wurden gelassen, wie sie"
        " sind.",
        "These lines are here already, in another currency; they were left as they are.",
    ),
    "no_customer_column": Text(
        "Ohne Spalte für den Kunden gibt es Umsatz, aber keine Kundenbindung.",
        "Without a customer column there is revenue, but no retention.",
    ),
    "more_sheets": Text(
        "Die Datei hat weitere Tabellenblätter; gelesen wurde das erste mit Zeilen.",
        "The file has more sheets; the first one with rows was read.",
    ),
}


@dataclass(frozen=True)
class Parsed:
    """The temp table ``parsed``: one typed row per row of the file; ``reason`` NULL = good."""

    notes: list[str]
    source: str | None
    """For a corrected reject file: the source its rows came from."""


def parse(
    con: Connection,
    table: Table,
    mapping: dict[str, str],
    *,
    zone: ZoneInfo,
    now: datetime,
    sample: int | None = None,
) -> Parsed:
    """Create ``parsed`` from ``raw``. ``now`` is naive UTC; later times are bad rows.

    ``sample``: only the first n rows (for a preview).
    """
    notes: list[str] = []
    types = table.columns
    _pick(con, table, mapping, sample)

    numbers: dict[str, NumberReading] = {}
    for field in NUMBER_FIELDS:
        if column := mapping.get(field):
            numbers[field] = read_number(con, column, types[column])
            notes += [numbers[field].note or ""]
    time = read_time(con, mapping["time"], types[mapping["time"]])
    notes += [time.note or ""]
    if "customer" not in mapping:
        notes.append("no_customer_column")
    if len(table.sheets) > 1:
        notes.append("more_sheets")
    utc = to_utc(zone, time.first, time.last, "local")
    values = ", ".join(
        f"{numbers[f].value if f in numbers else 'CAST(NULL AS DECIMAL(18,6))'} AS {f}"
        for f in NUMBER_FIELDS
    )
    given = ", ".join(
        f"{numbers[f].given if f in numbers else 'false'} AS {f}_given" for f in NUMBER_FIELDS
    )
    # read: the columns as values; timed: local time, noon for days; the rest judges each row
    con.execute(
        f"""
        CREATE TABLE parsed AS
        WITH read AS (
          SELECT {ROW} AS row_number, {_TEXTS}, {values}, {given},
            {time.given} AS time_given, {time.local} AS wall, {time.exact} AS exact,
            {time.day_only} AS day_only,
            {quoted(ID_COLUMN) if ID_COLUMN in types else "CAST(NULL AS VARCHAR)"} AS reject_id
          FROM picked
        ), timed AS (
          SELECT *, CASE WHEN day_only THEN date_trunc('day', wall) + INTERVAL 12 HOUR
            ELSE wall END AS local
          FROM read
        ), placed AS (
          SELECT * EXCLUDE (wall, exact, amount, price, quantity),
            {f"coalesce(exact, {utc.instant})" if time.zoned else utc.instant} AS ts,
            {"exact IS NULL AND" if time.zoned else ""} ({utc.skipped}) AS skipped,
            {"exact IS NULL AND" if time.zoned else ""} ({utc.doubled}) AS doubled,
            price,
            {_amount(numbers)} AS amount,
            {_quantity(numbers)} AS quantity
          FROM timed
        )
        SELECT * EXCLUDE (order_sent, quantity_given, price_given, amount_given, time_given,
            reject_id),
          {_order_id(mapping)} AS order_id,
          TRY_CAST(regexp_extract(reject_id, ':(\\d+)$', 1) AS UBIGINT) AS given_id,
          CAST(1 AS SMALLINT) AS place,
          CASE
            WHEN NOT time_given THEN 'time_missing'
            WHEN ts IS NULL THEN 'time_invalid'
            WHEN ts < TIMESTAMP '1900-01-01' OR ts > TIMESTAMP {literal(str(now))} + INTERVAL 1 DAY
              THEN 'time_out_of_range'
            WHEN quantity_given AND quantity IS NULL THEN 'quantity_invalid'
            WHEN price_given AND price IS NULL THEN 'price_invalid'
            {_amount_reasons(numbers)}
            WHEN starts_with(customer, '{VISITOR}') THEN 'customer_reserved'
            WHEN {"order_sent IS NULL" if "order" in mapping else "false"} THEN 'order_missing'
          END AS reason
        FROM placed
        """
    )
    return Parsed([n for n in dict.fromkeys(notes) if n], _source_of_ids(con, table))


def _source_of_ids(con: Connection, table: Table) -> str | None:
    if ID_COLUMN not in table.columns:
        return None
    rows = con.execute(
        f"SELECT DISTINCT regexp_extract({quoted(ID_COLUMN)}, '^(.*):\\d+$', 1) AS source FROM raw"
        f" WHERE regexp_matches({quoted(ID_COLUMN)}, ':\\d+$') ORDER BY source"
    ).fetchall()
    if len(rows) > 1:
        names = ", ".join(str(row[0]) for row in rows)
        raise BadInput(
            f"The rows of this file were rejected from several sources ({names})."
            " Import them one source at a time.",
            param="source",
            german=f"Die Zeilen dieser Datei stammen aus mehreren Quellen ({names})."
            " Bitte importieren Sie sie getrennt.",
        )
    return str(rows[0][0]) if rows else None


def _pick(con: Connection, table: Table, mapping: dict[str, str], sample: int | None) -> None:
    """View ``picked``: the texts of the file trimmed, numbers and times as they stand."""
    types = table.columns
    columns = [ROW]
    for field in ("order", "customer", *TEXT_FIELDS):
        column = mapping.get(field)
        text = "CAST(NULL AS VARCHAR)"
        if column and field in ("order", "customer", "product"):
            text = id_of(column, types[column], table.kind)
        elif column:
            text = text_of(column, types[column])
        if ID_COLUMN in types:  # the apostrophe that guards the cells of a reject file
            text = f"regexp_replace({text}, '^''([=+@\\t\\r-])', '\\1')"
        columns.append(f"{text} AS text_{field}")
    others = [mapping[f] for f in ("time", *NUMBER_FIELDS) if f in mapping]
    others += [ID_COLUMN] if ID_COLUMN in types else []
    columns += [quoted(column) for column in dict.fromkeys(others)]
    limit = f" ORDER BY {ROW} LIMIT {sample}" if sample is not None else ""
    con.execute(f"CREATE VIEW picked AS SELECT {', '.join(columns)} FROM raw{limit}")


def _amount(numbers: dict[str, NumberReading]) -> str:
    quantity = "coalesce(quantity, 1)" if "quantity" in numbers else "1"
    product = f"TRY_CAST(CAST({quantity} AS DECIMAL(18,6)) * price AS DECIMAL(18,6))"
    if "amount" not in numbers:
        if "quantity" not in numbers:
            return "price"
        if numbers["quantity"].whole:
            return _whole_product(quantity)
        return (
            f"CASE WHEN quantity IS NULL OR quantity = trunc(quantity) THEN"
            f" {_whole_product(quantity)}"
            " ELSE TRY_CAST(CAST(quantity AS DECIMAL(19,6)) * price AS DECIMAL(18,6)) END"
        )
    return (
        "amount"
        if "price" not in numbers
        else f"CASE WHEN amount_given THEN amount ELSE {product} END"
    )


def _whole_product(quantity: str) -> str:
    # DECIMAL(18,6) × DECIMAL(18,6) has scale 12; whole quantities keep the price's own scale
    return f"TRY_CAST(CAST({quantity} AS BIGINT) * CAST(price AS DECIMAL(18,6)) AS DECIMAL(18,6))"


def _quantity(numbers: dict[str, NumberReading]) -> str:
    """Without a quantity a line is one piece; a negative total is one piece taken back."""
    if "quantity" in numbers:
        return "CASE WHEN quantity_given THEN quantity ELSE CAST(1 AS DECIMAL(18,6)) END"
    amount = "amount" if "amount" in numbers else "price"
    return f"CAST(CASE WHEN {amount} < 0 THEN -1 ELSE 1 END AS DECIMAL(18,6))"


def _amount_reasons(numbers: dict[str, NumberReading]) -> str:
    source = "amount_given" if "amount" in numbers else "price_given"
    if "amount" in numbers and "price" in numbers:
        source = "(amount_given OR price_given)"
    invalid = (
        "WHEN amount_given AND amount IS NULL THEN 'amount_invalid'" if "amount" in numbers else ""
    )
    return (
        f"{invalid} WHEN NOT {source} THEN 'amount_missing'"
        " WHEN amount IS NULL THEN 'amount_too_large'"
    )


def _order_id(mapping: dict[str, str]) -> str:
    """Without an order column: one order per customer and time; a line with neither customer
    nor order is an order of its own (told apart by its place among identical lines later)."""
    if "order" in mapping:
        return "order_sent"
    return "coalesce(customer, '') || '@' || strftime(ts, '%Y-%m-%dT%H:%M:%S')"
