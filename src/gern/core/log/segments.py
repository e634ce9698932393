"""Writing segments: immutable Parquet files, one UTC month each, sorted, durable on return."""

from __future__ import annotations

import os
import shutil
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path

from gern.core.durable import sync
from gern.core.engines import duckdb
from gern.core.engines.duckdb import Connection, literal
from gern.core.log.files import checksum
from gern.core.log.ids import bucket_sql
from gern.core.log.manifest import Segment
from gern.core.log.schema import COLUMNS, SORT_ORDER, VERSION, empty_relation, read_sql

WRITERS = 3
"""Months written at the same time: a month is too small to keep several cores busy."""
ROW_GROUP = 8192
"""Rows found or skipped together; small, so that one person is found fast."""
WHOLE_ROWS = 200_000
"""A month with fewer rows is one file."""
BUCKET_ROWS = 25_000
MAX_BUCKETS = 64
_ZSTD = "FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 1, PARQUET_VERSION V2"
# measured on 20 M events: with level 1, version 2 and short dictionaries a fifth faster and a
# tenth smaller; a month that is one file keeps the usual dictionaries
_WHOLE = f"{_ZSTD}, ROW_GROUP_SIZE {ROW_GROUP}"
_SPLIT = f"{_ZSTD}, ROW_GROUP_SIZE {ROW_GROUP}, DICTIONARY_SIZE_LIMIT 500"


def buckets_for(rows: int) -> int:
    """How many files a month of so many rows is split into: a power of two, so that taking one
    person out rewrites a small part of a big month."""
    if rows < WHOLE_ROWS:
        return 1
    return min(MAX_BUCKETS, 1 << (rows // BUCKET_ROWS).bit_length() - 1)


def into(buckets: int) -> Callable[[int], int]:
    """So many files a month, whatever its size."""
    return lambda rows: buckets


undivided = into(1)
"""One file a month."""


def write_months(
    con: Connection,
    relation: str,
    folder: Path,
    derived: dict[str, str] | None = None,
    *,
    identity: int = 0,
    buckets: Callable[[int], int] = undivided,
) -> list[Segment]:
    """Write the rows of ``relation`` in the columns of `schema`, a file a month and bucket.

    ``derived`` gives columns as SQL over the others (constants, mostly): they are filled in
    after the sort, which then has less to carry. ``identity``: the version of who is who the
    column ``person`` follows. ``buckets``: into how many a month of so many rows is split; only
    an engine that keeps the order of rows (`engines.duckdb.connect`: not ``writable``) may split.
    The files are on disk (fsync) but part of the log only once the manifest lists them.
    """
    months = con.execute(
        f"SELECT date_trunc('month', ts) AS month, count(*), min(ts), max(ts)"
        f" FROM {relation} GROUP BY month ORDER BY month"
    ).fetchall()

    def write(month: tuple[date, int, datetime, datetime]) -> list[Segment]:
        start, rows, first, last = month
        times = f"ts >= TIMESTAMP '{first}' AND ts <= TIMESTAMP '{last}'"
        of_month = f"(SELECT * FROM {relation} WHERE {times})" if len(months) > 1 else relation
        cursor = con.cursor()
        try:
            if (count := buckets(rows)) > 1:
                return _write_split(
                    cursor, of_month, folder, derived or {}, f"{start:%Y-%m}", count
                )
            written = _write(cursor, of_month, folder, derived or {}, f"{start:%Y-%m}")
            return [_segment(written, f"{start:%Y-%m}", rows, first, last)]
        finally:
            cursor.close()

    with ThreadPoolExecutor(WRITERS) as pool:
        segments = [segment for month in pool.map(write, months) for segment in month]
    if segments:
        sync(folder)
    return [replace(segment, identity=identity) for segment in segments]


def _columns(derived: dict[str, str]) -> tuple[str, str, str]:
    """SQL lists: (columns to sort, by which, all columns of the schema)."""
    stored = ", ".join(c.name for c in COLUMNS if c.name not in derived)
    order = ", ".join(c for c in SORT_ORDER if c not in derived)
    every = ", ".join(f"{derived.get(c.name, c.name)} AS {c.name}" for c in COLUMNS)
    return stored, order, every


def _write(
    con: Connection, relation: str, folder: Path, derived: dict[str, str], month: str
) -> Path:
    stored, order, every = _columns(derived)
    ordered = f"SELECT {stored} FROM {relation} ORDER BY {order}"
    return _copy(con, f"SELECT {every} FROM ({ordered})", folder, month, _WHOLE)


def _write_split(
    con: Connection, relation: str, folder: Path, derived: dict[str, str], month: str, buckets: int
) -> list[Segment]:
    """Sorted once, by bucket first, then cut. (A COPY … PARTITION_BY would be one statement, but
    it does not keep the order of rows.)"""
    stored, order, every = _columns(derived)
    table = f"month_{uuid.uuid4().hex}"
    con.execute(
        f"CREATE TABLE {table} AS SELECT {stored}, {bucket_sql(buckets)} AS bucket_"
        f" FROM {relation} ORDER BY bucket_, {order}"
    )
    try:
        counted = con.execute(
            f"SELECT bucket_, count(*), min(ts), max(ts) FROM {table} GROUP BY ALL ORDER BY ALL"
        ).fetchall()
        segments = []
        for bucket, rows, first, last in counted:
            part = f"SELECT {every} FROM {table} WHERE bucket_ = {bucket}"
            segment = _segment(_copy(con, part, folder, month, _SPLIT), month, rows, first, last)
            segments.append(replace(segment, bucket=bucket, buckets=buckets))
        return segments
    finally:
        con.execute(f"DROP TABLE {table}")


def _copy(con: Connection, sql: str, folder: Path, month: str, form: str) -> Path:
    """A new file with these rows, durable."""
    path = folder / f"{month}-{uuid.uuid4().hex}.parquet"
    temporary = path.with_suffix(".tmp")
    con.execute(f"COPY ({sql}) TO {literal(str(temporary))} ({form})")
    sync(temporary)
    os.replace(temporary, path)
    return path


def _segment(path: Path, month: str, rows: int, first: datetime, last: datetime) -> Segment:
    return Segment(
        file=path.name,
        schema=VERSION,
        month=month,
        rows=rows,
        bytes=path.stat().st_size,
        checksum=checksum(path),
        first_ts=first.isoformat(),
        last_ts=last.isoformat(),
    )


def write_many(
    con: Connection,
    relation: str,
    folder: Path,
    workspace: Path,
    derived: dict[str, str] | None = None,
    *,
    identity: int = 0,
) -> list[Segment]:
    """`write_months` for more rows than one wants to sort at once: they are split by month on
    disk first, then each month is sorted in memory, several at a time."""
    months = workspace / "months"
    stored = ", ".join(c.name for c in COLUMNS if c.name not in (derived or {}))
    con.execute(
        f"COPY (SELECT {stored}, year(ts) * 100 + month(ts) AS month_ FROM {relation})"
        f" TO {literal(str(months))} (FORMAT parquet, COMPRESSION uncompressed,"
        " PARTITION_BY (month_), ROW_GROUP_SIZE 60000, PARQUET_VERSION V2,"
        " DICTIONARY_SIZE_LIMIT 100)"
    )

    def write(month: Path) -> list[Segment]:
        own = duckdb.connect(
            allowed=[folder, month], temporary=workspace / f"spill-{month.name}", threads=1
        )
        try:
            files = literal(str(month / "*.parquet"))
            return write_months(
                own, f"read_parquet({files}, hive_partitioning = false)", folder, derived,
                identity=identity, buckets=buckets_for,
            )  # fmt: skip
        finally:
            own.close()
            shutil.rmtree(month)

    with ThreadPoolExecutor(WRITERS) as pool:
        return [s for month in pool.map(write, sorted(months.iterdir())) for s in month]


def relation_of(folder: Path, segments: list[Segment]) -> str:
    """SQL that reads these segments and no others, as one relation in the present columns."""
    if not segments:
        return f"({empty_relation()})"
    parts = []
    for version in sorted({s.schema for s in segments}):
        files = ", ".join(literal(f"{folder}/{s.file}") for s in segments if s.schema == version)
        parts.append(f"SELECT {read_sql(version)} FROM read_parquet([{files}])")
    return f"({' UNION ALL '.join(parts)})"
