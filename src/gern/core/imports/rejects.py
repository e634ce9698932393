"""Bad rows as a file with reasons and ids, to be corrected and imported again."""

from __future__ import annotations

from pathlib import Path

from gern.core.engines.duckdb import Connection, literal, quoted
from gern.core.imports.parsing import ID_COLUMN, REASON_COLUMN, REASONS
from gern.core.imports.reading import ROW, Table
from gern.core.log.ids import line_hash

LINE_COLUMN = "gern_line"


def write_rejects(con: Connection, table: Table, source: str, path: Path) -> None:
    """Write the rows of ``bad`` and the lines that could not be split.

    The columns of the file come first, then the reason, the id and, for unreadable lines, the
    raw line. Cells that a spreadsheet would run as a formula get a leading apostrophe, which
    the import takes off again.
    """
    con.execute("CREATE OR REPLACE TABLE reason_text (code VARCHAR, text VARCHAR)")
    con.executemany(
        "INSERT INTO reason_text VALUES (?, ?)", [[k, v.en] for k, v in REASONS.items()]
    )
    con.execute("CREATE OR REPLACE TABLE unreadable (line BIGINT, reason VARCHAR, text VARCHAR)")
    if table.unreadable:
        con.executemany(
            "INSERT INTO unreadable VALUES (?, ?, ?)", [list(u) for u in table.unreadable]
        )
    own = [c for c in table.columns if c not in (ID_COLUMN, REASON_COLUMN, LINE_COLUMN)]
    cells = ", ".join(f"{_guarded(c)} AS {quoted(c)}" for c in own)
    empty = ", ".join("NULL" for _ in own)
    con.execute(
        f"COPY (SELECT {cells}, text AS {REASON_COLUMN},"
        f"   {literal(source)} || ':' || line_id AS {ID_COLUMN}, NULL AS {LINE_COLUMN}"
        f"  FROM bad JOIN raw ON raw.{ROW} = bad.row_number JOIN reason_text ON code = reason"
        f"  UNION ALL SELECT {empty}, {literal(REASONS['line_unreadable'].en)} || ': ' ||"
        f"   lower(reason), {literal(source)} || ':' || {line_hash('text')}, text"
        f"  FROM unreadable) TO {literal(str(path))} (FORMAT csv, HEADER true)"
    )


def reasons(con: Connection, table: Table) -> dict[str, int]:
    """How many rows for each reason."""
    rows = con.execute("SELECT reason, count(*) FROM bad GROUP BY reason ORDER BY 2 DESC, 1")
    counts = {str(r): int(n) for r, n in rows.fetchall()}
    if table.unreadable:
        counts["line_unreadable"] = len(table.unreadable)
    return counts


def _guarded(column: str) -> str:
    text = f"CAST({quoted(column)} AS VARCHAR)"
    return (
        f"CASE WHEN regexp_matches({text}, '^[=+@\\t\\r]|^-[^\\d.,]') THEN '''' || {text}"
        f" ELSE {text} END"
    )
