"""Any purchases file as a table: CSV of any dialect, Excel, Parquet, JSON lines.

What a file is, is told by its content, never by its name.
"""

from __future__ import annotations

import codecs
import csv
import gzip
import shutil
import uuid
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time
from pathlib import Path

from gern.core.engines.duckdb import Connection, EngineError, literal, quoted
from gern.core.errors import BadInput

MAX_UNPACKED_BYTES = 8 * 1024**3
"""A packed file may unpack to this much, not more (a guard against zip bombs)."""

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


def prepare(
    path: Path, workspace: Path, sheet: str | None, name: str
) -> tuple[Path, str, list[str]]:
    """Make ``path`` readable for the engine: (file to read, its kind, sheet names).

    Packed, Excel and non-UTF-8 files are rewritten into ``workspace`` as UTF-8 CSV.
    """
    if not path.is_file():
        raise BadInput(f"There is no file {path}.", param="FILE")
    with path.open("rb") as file:
        head = file.read(65536)
    if not head.strip():
        raise BadInput(
            f"{name} is empty. Nothing was changed.",
            param="FILE",
            german=f"„{name}“ ist leer. Es wurde nichts geändert.",
        )
    workspace.mkdir(parents=True, exist_ok=True)
    if head.startswith(b"PAR1"):
        return path, "parquet", []
    if head.startswith(b"PK\x03\x04") or head.startswith(b"\xd0\xcf\x11\xe0"):
        return _excel(path, workspace, sheet, name)
    if head.startswith(b"\x1f\x8b"):
        path = _unpacked(path, workspace, name)
        with path.open("rb") as file:
            head = file.read(65536)
    encoding = _encoding(path, head, name)
    blank_start = head.removeprefix(codecs.BOM_UTF8)[:1] in (b"\n", b"\r")
    if encoding != "utf-8" or blank_start:
        path = _recoded(path, workspace, encoding)
        with path.open("rb") as file:
            head = file.read(65536)
    start = head.removeprefix(codecs.BOM_UTF8).lstrip()
    return path, "jsonl" if start[:1] in (b"{", b"[") else "csv", []


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


def _encoding(path: Path, head: bytes, name: str) -> str:
    """``utf-8``, ``utf-16`` or ``cp1252`` (which holds ISO-8859-1's printable characters)."""
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    if b"\x00" in head:
        raise BadInput(
            f"{name} is no table that can be read here: it holds binary data."
            " Allowed: CSV, Excel (xlsx, xls, ods), Parquet, JSON lines. Nothing was changed.",
            param="FILE",
            german=f"„{name}“ ist keine lesbare Tabelle, sie enthält Binärdaten. Möglich"
            " sind CSV, Excel (xlsx, xls, ods), Parquet und JSON Lines."
            " Es wurde nichts geändert.",
        )
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        for chunk in _chunks(path):
            decoder.decode(chunk)
        decoder.decode(b"", final=True)
        return "utf-8"
    except UnicodeDecodeError:
        return "cp1252"


def _chunks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while chunk := file.read(1 << 20):
            yield chunk


def _recoded(path: Path, workspace: Path, encoding: str) -> Path:
    """A UTF-8 copy without empty lines at its beginning. Bytes that cp1252 does not know are read as ISO-8859-1 reads them."""
    target = workspace / f"{uuid.uuid4().hex}.csv"
    errors = "strict"
    if encoding == "cp1252":
        codecs.register_error("gern_latin1", _as_latin1)
        errors = "gern_latin1"
    try:
        with (
            path.open("r", encoding=encoding, errors=errors, newline="") as source,
            target.open("w", encoding="utf-8", newline="") as copy,
        ):
            copy.write(source.read(1 << 16).lstrip("\ufeff\r\n"))
            shutil.copyfileobj(source, copy, 1 << 20)
    except UnicodeError as error:
        raise BadInput(
            f"The file begins like {encoding} but is none: it is cut off or damaged."
            " Nothing was changed.",
            param="FILE",
            german=f"Die Datei beginnt wie {encoding}, ist aber abgeschnitten oder beschädigt."
            " Es wurde nichts geändert.",
        ) from error
    return target


def _as_latin1(error: UnicodeError) -> tuple[str, int]:
    assert isinstance(error, UnicodeDecodeError)
    return error.object[error.start : error.end].decode("latin-1"), error.end


def _unpacked(path: Path, workspace: Path, name: str) -> Path:
    target = workspace / f"{uuid.uuid4().hex}.csv"
    written = 0
    try:
        with gzip.open(path) as source, target.open("wb") as copy:
            while chunk := source.read(1 << 20):
                written += len(chunk)
                if written > MAX_UNPACKED_BYTES:
                    raise BadInput(
                        f"{name} unpacks to more than {MAX_UNPACKED_BYTES >> 30} GB."
                        " Unpack it and import it in parts. Nothing was changed.",
                        param="FILE",
                    )
                copy.write(chunk)
    except (OSError, EOFError) as error:
        raise BadInput(
            f"{name} looks packed (gzip) but cannot be unpacked: {error}. Nothing was changed.",
            param="FILE",
        ) from error
    return target


def _excel(
    path: Path, workspace: Path, sheet: str | None, name: str
) -> tuple[Path, str, list[str]]:
    """One sheet as CSV. The first sheet with rows is taken unless one is named."""
    from python_calamine import CalamineError, CalamineWorkbook

    try:
        if zipfile.is_zipfile(path):
            with zipfile.ZipFile(path) as archive:
                if sum(i.file_size for i in archive.infolist()) > MAX_UNPACKED_BYTES:
                    raise BadInput(f"{name} unpacks to too much. Nothing was changed.")
        book = CalamineWorkbook.from_path(str(path))
        names = list(book.sheet_names)
        if sheet is not None and sheet not in names:
            raise BadInput(
                f"{name} has no sheet {sheet!r}. It has: {', '.join(names)}.", param="sheet"
            )
        rows = next(
            (
                found
                for found in map(book.get_sheet_by_name, [sheet] if sheet else names)
                if found.height > 1
            ),
            None,
        )
        if rows is None:
            raise BadInput(
                f"{name} has no rows. Nothing was changed.",
                param="FILE",
                german=f"„{name}“ enthält keine Zeilen. Es wurde nichts geändert.",
            )
    except (CalamineError, zipfile.BadZipFile, OSError) as error:
        raise BadInput(
            f"{name} is no Excel file that can be read ({error}). Allowed: CSV, Excel,"
            " Parquet, JSON lines. Nothing was changed.",
            param="FILE",
            german=f"„{name}“ ist keine lesbare Excel-Datei. Möglich sind CSV, Excel,"
            " Parquet und JSON Lines. Es wurde nichts geändert.",
        ) from error
    target = workspace / f"{uuid.uuid4().hex}.csv"
    with target.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        for row in rows.iter_rows():
            writer.writerow([_cell(value) for value in row])
    return target, "excel", [rows.name, *[n for n in names if n != rows.name]]


def _cell(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
    if isinstance(value, datetime):
        return value.isoformat(sep=" ") if value.time() != time() else value.date().isoformat()
    if isinstance(value, (date, time)):
        return value.isoformat()
    return str(value)


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
