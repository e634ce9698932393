"""Make any file readable for the engine: unpacked, as UTF-8, Excel sheets as CSV.

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
from datetime import date, datetime, time
from pathlib import Path

from gern.core.errors import BadInput
from gern.core.home import Home
from gern.core.imports import access_log

MAX_UNPACKED_BYTES = 8 * 1024**3
"""A packed file may unpack to this much, not more (a guard against zip bombs)."""


def prepare(
    path: Path, workspace: Path, sheet: str | None, name: str, home: Home
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
    if access_log.looks_like(head):
        target = workspace / f"{uuid.uuid4().hex}.csv"
        access_log.as_csv(path, target, home)
        return target, "csv", []
    encoding = _encoding(path, head, name)
    blank_start = head.removeprefix(codecs.BOM_UTF8)[:1] in (b"\n", b"\r")
    if encoding != "utf-8" or blank_start:
        path = _recoded(path, workspace, encoding)
        with path.open("rb") as file:
            head = file.read(65536)
    start = head.removeprefix(codecs.BOM_UTF8).lstrip()
    return path, "jsonl" if start[:1] in (b"{", b"[") else "csv", []


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
