"""DuckDB, locked down: it reads exactly the files it is given and nothing else."""

from __future__ import annotations

import atexit
import os
import shutil
from datetime import timedelta
from pathlib import Path
from typing import Any

import duckdb

Connection = duckdb.DuckDBPyConnection
EngineError = duckdb.Error


def connect(
    *, allowed: list[Path], temporary: Path, writable: bool = False, threads: int | None = None,
    most_mb: int = 1000,
) -> Connection:  # fmt: skip
    """A fresh in-memory DuckDB that can reach only ``allowed`` files and folders.

    No extension is fetched, no setting can be changed afterwards.
    ``writable`` gives up insertion order for less memory (imports). ``threads``: one of several
    engines at work at once, with half the memory. ``most_mb``: see `memory_budget_mb`.
    """
    temporary.mkdir(parents=True, exist_ok=True)
    atexit.register(shutil.rmtree, temporary, ignore_errors=True)
    con = duckdb.connect(
        config={
            "autoinstall_known_extensions": "false",
            "autoload_known_extensions": "false",
            "memory_limit": f"{memory_budget_mb(most_mb) // (2 if threads else 1)}MB",
            "partitioned_write_flush_threshold": "8192",  # measured: three times as fast
            "temp_directory": str(temporary),
            "pandas_analyze_sample": "0",  # arrays of objects are text, not guessed at
            **({"threads": str(threads)} if threads else {}),
        }
    )
    con.execute("SET TimeZone = 'UTC'")
    folders = [str(p) for p in allowed if p.is_dir()]
    files = [str(p) for p in allowed if not p.is_dir()]
    if writable:
        con.execute("SET preserve_insertion_order = false")
    con.execute(f"SET allowed_directories = {folders!r}")
    con.execute(f"SET allowed_paths = {files!r}")
    con.execute("SET parquet_metadata_cache = true")
    # DuckDB 2.0.0 takes a sum above a LEFT JOIN that it knows to be empty for 0, and so `sum <> 0` for
    # false; measured: nothing is slower without it
    con.execute("SET disabled_optimizers = 'statistics_propagation'")
    con.execute("SET enable_external_access = false")
    con.execute("SET lock_configuration = true")
    return con


def memory_budget_mb(most: int = 1000) -> int:
    """What one engine may hold before it spills to disk: a quarter of the machine's memory,
    between 500 MB and ``most``."""
    bytes_ = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return int(min(most, max(500, bytes_ / 4_000_000)))


def quoted(name: str) -> str:
    """A column name as an SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """A text as an SQL literal (for file names and formats; values are bound)."""
    return "'" + text.replace("'", "''") + "'"


def interval(length: timedelta) -> str:
    """A length of time as an SQL interval of whole seconds."""
    return f"INTERVAL '{int(length.total_seconds())} seconds'"


class TooManyRows(Exception):
    """An answer has more rows than were asked for at most."""


def fetch_dicts(cursor: Connection, most: int | None = None) -> list[dict[str, Any]]:
    """All rows of the last query as dicts; `TooManyRows` when there are more than ``most``."""
    names = [d[0] for d in cursor.description or []]
    rows = cursor.fetchall() if most is None else cursor.fetchmany(most + 1)
    if most is not None and len(rows) > most:
        raise TooManyRows
    return [dict(zip(names, row, strict=True)) for row in rows]


def one_row(con: Connection, sql: str) -> tuple[Any, ...]:
    """The only row of an answer. (``fetchone`` would leave the connection busy.)"""
    rows = con.execute(sql).fetchall()
    return tuple(rows[0])
