"""Writing segments: immutable Parquet files, one UTC month each, sorted, durable on return."""

from __future__ import annotations

import hashlib
import os
import uuid
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime
from pathlib import Path

from gern.core.engines.duckdb import Connection, literal
from gern.core.log.manifest import Segment
from gern.core.log.schema import COLUMNS, SORT_ORDER, VERSION, empty_relation

WRITERS = 2
"""Months written at the same time: a month is too small to keep several cores busy."""


def write_months(
    con: Connection, relation: str, folder: Path, derived: dict[str, str] | None = None
) -> list[Segment]:
    """Write the rows of ``relation``, one file a month, in the columns of `schema`.

    ``derived`` gives columns as SQL over the others (constants, mostly): they are filled in
    after the sort, which then has less to carry.
    The files are on disk (fsync) but part of the log only once the manifest lists them.
    """
    months = con.execute(
        f"SELECT date_trunc('month', ts) AS month, count(*), min(ts), max(ts)"
        f" FROM {relation} GROUP BY month ORDER BY month"
    ).fetchall()
    with ThreadPoolExecutor(WRITERS) as pool:
        written = list(
            pool.map(
                lambda m: _write_month(con.cursor(), relation, folder, derived or {}, *m), months
            )
        )
    if written:
        _sync(folder)
    return written


def _write_month(
    con: Connection, relation: str, folder: Path, derived: dict[str, str], month: date,
    rows: int, first: datetime, last: datetime,
) -> Segment:  # fmt: skip
    name = f"{month:%Y-%m}"
    path = folder / f"{name}-{uuid.uuid4().hex}.parquet"
    temporary = path.with_suffix(".tmp")
    stored = ", ".join(c.name for c in COLUMNS if c.name not in derived)
    order = ", ".join(c for c in SORT_ORDER if c not in derived)
    columns = ", ".join(f"{derived.get(c.name, c.name)} AS {c.name}" for c in COLUMNS)
    con.execute(
        f"COPY (SELECT {columns} FROM (SELECT {stored} FROM {relation}"
        f" WHERE ts >= TIMESTAMP '{first}' AND ts <= TIMESTAMP '{last}' ORDER BY {order}))"
        f" TO {literal(str(temporary))} (FORMAT parquet, COMPRESSION zstd)"
    )
    _sync(temporary)
    os.replace(temporary, path)
    return Segment(
        file=path.name,
        schema=VERSION,
        month=name,
        rows=rows,
        bytes=path.stat().st_size,
        checksum=checksum(path),
        first_ts=first.isoformat(),
        last_ts=last.isoformat(),
    )


def checksum(path: Path) -> str:
    """BLAKE2b of the file's bytes."""
    digest = hashlib.blake2b(digest_size=16)
    with path.open("rb") as file:
        while chunk := file.read(1 << 20):
            digest.update(chunk)
    return digest.hexdigest()


def relation_of(folder: Path, segments: list[Segment]) -> str:
    """SQL that reads these segments and no others, as one relation."""
    if not segments:
        return f"({empty_relation()})"
    files = ", ".join(literal(str(folder / s.file)) for s in segments)
    return f"read_parquet([{files}], union_by_name = false)"


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
