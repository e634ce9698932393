"""Bad rows as a file with reasons and ids, to be corrected and imported again."""

from __future__ import annotations

from pathlib import Path

from gern.core.engines.duckdb import Connection, literal, quoted
from gern.core.imports.fields import NUMBER_FIELDS
from gern.core.imports.parsing import ID_COLUMN, REASON_COLUMN, REASONS
from gern.core.imports.reading import ROW, Table
from gern.core.log.ids import line_hash

LINE_COLUMN = "gern_line"


def write_rejects(
    con: Connection, table: Table, mapping: dict[str, str], source: str, path: Path
) -> None:
    """Write the rows of ``bad`` and the lines that could not be split.

    The columns of the file come first, then the reason, the id and, for unreadable lines, the
    raw line. Times and numbers that could be read are written in one plain form, so that the
    corrected file is not read differently. Cells that a spreadsheet would run as a formula get a
    leading apostrophe, which the import takes off again.
    """
    con.execute("CREATE OR REPLACE TABLE reason_text (code VARCHAR, text VARCHAR)")
    con.executemany(
        "INSERT INTO reason_text VALUES (?, ?)", [[k, v.en] for k, v in REASONS.items()]
    )
    con.execute("CREATE OR REPLACE TABLE unreadable (line BIGINT, reason VARCHAR, text VARCHAR)")
    if table.unreadable:
        con.executemany(
            "INSERT INTO unreadable VALUES (?, ?, ?)",
            [[line, why, text.strip("\r\n")] for line, why, text in table.unreadable],
        )
    fields = {column: field for field, column in mapping.items()}
    own = [c for c in table.columns if c not in (ID_COLUMN, REASON_COLUMN, LINE_COLUMN)]
    cells = ", ".join(f"{_cell(c, fields.get(c))} AS {quoted(c)}" for c in own)
    empty = ", ".join("NULL" for _ in own)
    line = f"raw.{quoted(LINE_COLUMN)}" if LINE_COLUMN in table.columns else "NULL"
    con.execute(
        f"COPY (SELECT {cells}, reason_text.text AS {REASON_COLUMN},"
        f"   {literal(source)} || ':' || bad.line_id AS {ID_COLUMN}, {line} AS {LINE_COLUMN}"
        f"  FROM bad JOIN raw ON raw.{ROW} = bad.row_number"
        "   JOIN parsed ON parsed.row_number = bad.row_number"
        "   JOIN reason_text ON reason_text.code = bad.reason"
        f"  UNION ALL SELECT {empty}, {literal(REASONS['line_unreadable'].en)} || ': ' ||"
        f"   lower(reason), {literal(source)} || ':' || {line_hash('text')}, text"
        f"  FROM unreadable) TO {literal(str(path))} (FORMAT csv, HEADER true)"
    )


def _cell(column: str, field: str | None) -> str:
    raw = _guarded(column)
    if field == "time":
        return (
            f"CASE WHEN parsed.ts IS NULL THEN {raw} WHEN parsed.local IS NULL"
            " THEN strftime(parsed.ts, '%Y-%m-%dT%H:%M:%SZ') WHEN parsed.day_only"
            " THEN strftime(parsed.local, '%Y-%m-%d')"
            " ELSE strftime(parsed.local, '%Y-%m-%d %H:%M:%S') END"
        )
    if field in NUMBER_FIELDS:
        given = f"nullif(trim(CAST(raw.{quoted(column)} AS VARCHAR)), '') IS NOT NULL"
        return f"CASE WHEN {given} THEN coalesce(CAST(parsed.{field} AS VARCHAR), {raw}) END"
    return raw


def reasons(con: Connection, table: Table) -> dict[str, int]:
    """How many rows for each reason."""
    rows = con.execute("SELECT reason, count(*) FROM bad GROUP BY reason ORDER BY 2 DESC, 1")
    counts = {str(r): int(n) for r, n in rows.fetchall()}
    if table.unreadable:
        counts["line_unreadable"] = len(table.unreadable)
    return counts


def _guarded(column: str) -> str:
    text = f"CAST(raw.{quoted(column)} AS VARCHAR)"
    return (
        f"CASE WHEN regexp_matches({text}, '^[=+@\\t\\r]|^-[^\\d.,]') THEN '''' || {text}"
        f" ELSE {text} END"
    )
