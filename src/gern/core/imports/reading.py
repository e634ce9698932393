"""A prepared purchases file as a table: CSV of any dialect, Parquet, JSON lines."""

from __future__ import annotations

import codecs
import csv
from dataclasses import dataclass
from pathlib import Path

from gern.core.engines.duckdb import Connection, EngineError, literal, quoted
from gern.core.errors import BadInput

ROW = "__gern_row__"
"""Name of the added column with the row's number in the file, 1 = first row of data."""


@dataclass(frozen=True)
class Table:
    """A file opened as the relation ``raw`` of a connection."""

    columns: dict[str, str]
    """Column name → DuckDB type (VARCHAR for text files)."""
    kind: str
    """``csv``, ``excel``, ``parquet`` or ``jsonl``."""
    sheets: list[str]
    """For Excel: the sheet that was read, then the others."""
    unreadable: list[tuple[int, str, str]]
    """Lines that do not fit the header: (line in the file, what is wrong, the line itself)."""


def open_table(con: Connection, path: Path, kind: str, sheets: list[str], shown: str) -> Table:
    """Create the relation ``raw`` over a prepared file and say what columns it has."""
    name = literal(str(path))
    unreadable: list[tuple[int, str, str]] = []
    try:
        if kind == "parquet":
            con.execute(
                f"CREATE VIEW raw AS SELECT * RENAME (file_row_number AS {ROW})"
                f" FROM read_parquet({name}, file_row_number = true)"
            )
        elif kind == "jsonl":
            con.execute(
                f"CREATE TABLE raw AS SELECT *, row_number() OVER () AS {ROW} FROM"
                f" read_json({name}, sample_size = -1, maximum_depth = 1,"
                f" convert_strings_to_integers = false, ignore_errors = {_lines_only(path)})"
            )
        else:
            unreadable = _open_csv(con, path)
        described = con.execute("DESCRIBE raw").fetchall()
    except EngineError as error:
        raise _unreadable(shown, kind, error) from error
    types = {str(r[0]): str(r[1]) for r in described if r[0] != ROW}
    if len(types) < 2:
        raise BadInput(
            f"{shown} has only one column. Expected: a table with a header row and at"
            " least a time, an amount and a customer or order column, separated by comma,"
            " semicolon, tab or |. Nothing was changed.",
            param="FILE",
            german="Die Datei hat nur eine Spalte. Erwartet wird eine Tabelle mit Kopfzeile und"
            " mindestens Zeit, Betrag und Kunde oder Bestellung, getrennt durch Komma,"
            " Semikolon, Tabulator oder |. Es wurde nichts geändert.",
        )
    return Table(types, kind, sheets, unreadable)


def _open_csv(con: Connection, path: Path) -> list[tuple[int, str, str]]:
    """Create ``raw`` from a CSV file; the lines that do not fit its header."""
    delimiter, names = _dialect(path)
    columns = ", ".join(f"{literal(n)}: 'VARCHAR'" for n in names)
    for parallel in ("true", "false"):  # cells with line breaks cannot be read in parallel
        try:
            con.execute(
                f"CREATE TABLE raw AS SELECT *, row_number() OVER () AS {ROW} FROM"
                f" read_csv({literal(str(path))}, delim = {literal(delimiter)}, header = true,"
                f" columns = {{{columns}}}, auto_detect = false, quote = '\"',"
                " escape = '\"', null_padding = true, store_rejects = true,"
                f" max_line_size = 4000000, parallel = {parallel})"
            )
            break
        except EngineError:
            if parallel == "false":
                raise
    return con.execute(
        "SELECT line, any_value(error_type), any_value(csv_line) FROM reject_errors"
        " GROUP BY line ORDER BY line"
    ).fetchall()


def text_of(column: str, type_: str) -> str:
    """SQL that gives a column as trimmed text; empty becomes NULL."""
    name = quoted(column)
    if type_ == "VARCHAR":
        return f"nullif(trim({name}), '')"
    if type_ in ("DOUBLE", "FLOAT"):
        return (
            f"CASE WHEN isnan({name}) THEN NULL WHEN {name} = trunc({name}) AND abs({name}) < 1e15"
            f" THEN CAST(CAST({name} AS BIGINT) AS VARCHAR) ELSE CAST({name} AS VARCHAR) END"
        )
    if type_ == "JSON":
        return f"nullif(trim(json_extract_string({name}, '$')), '')"
    return f"CAST({name} AS VARCHAR)"


def id_of(column: str, type_: str, table_kind: str) -> str:
    """Like `text_of`, for ids: words that tools write for "nothing" become NULL, and the
    ``.0`` that a detour through floats leaves behind (``17850.0``) goes. Parquet has real NULLs
    and types, so there texts are taken as they stand."""
    text = text_of(column, type_)
    if type_ not in ("VARCHAR", "JSON"):
        return text
    if table_kind == "parquet":
        return text
    return (
        f"CASE WHEN strlen({text}) <= 4 AND lower({text}) IN ('nan', 'null', 'none', 'n/a')"
        f" THEN NULL WHEN ends_with({text}, '.0') AND regexp_full_match({text}, '\\d+\\.0')"
        f" THEN {text}[:-3] ELSE {text} END"
    )


def _dialect(path: Path) -> tuple[str, list[str]]:
    """(separator, column names) from the first line."""
    with path.open("r", encoding="utf-8-sig", newline="") as file:
        line = file.readline(1_000_000)
    bare = "".join(part for i, part in enumerate(line.split('"')) if i % 2 == 0)
    delimiter = max([",", ";", "\t", "|"], key=bare.count)
    names: list[str] = []
    for number, header in enumerate(
        next(csv.reader([line.rstrip("\r\n")], delimiter=delimiter), []), 1
    ):
        wanted = name = header.strip() or f"column {number}"
        taken, copy = {n.lower() for n in names}, 2
        while name.lower() in taken:
            name, copy = f"{wanted} ({copy})", copy + 1
        names.append(name)
    return delimiter, names


def _lines_only(path: Path) -> str:
    """Bad lines can be skipped in JSON lines, not inside one big JSON array."""
    with path.open("rb") as file:
        head = file.read(4096).removeprefix(codecs.BOM_UTF8).lstrip()
    return "false" if head.startswith(b"[") else "true"


def _unreadable(shown: str, kind: str, error: Exception) -> BadInput:
    reason = str(error).splitlines()[0][:300]
    return BadInput(
        f"{shown} looks like {kind} but cannot be read: {reason}. Nothing was changed.",
        param="FILE",
        german=f"Die Datei sieht nach {kind} aus, lässt sich aber nicht lesen ({reason})."
        " Es wurde nichts geändert.",
    )
