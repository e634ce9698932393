"""What is asked of the log again and again, kept as a disposable file.

The file covers a set of segments. What came later (new segments, the tail) is added at every
query, until it is too much or a covered segment has left the log: then the file is made again.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import threading
import time
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

from gern.core.engines.duckdb import Connection, literal
from gern.core.engines.state import State
from gern.core.home import Home
from gern.core.log.manifest import Segment
from gern.core.log.segments import relation_of
from gern.core.log.views import Corrections

MOST_ROWS = 100_000
"""Rows added at every query at most, or a fiftieth of what the file covers."""
ROW_GROUP = 32_768
"""Measured at a million customers: one of them is found in a third of the time that groups of
122,880 take, and lists are no slower; with smaller groups they are."""
KEPT_SECONDS = 600
"""Files of other states are deleted after this: other processes may use them."""


class Kept:
    """One such file of a home, called ``name``-….parquet."""

    def __init__(self, home: Home, connection: Callable[[], Connection], name: str):
        self._home = home
        self._connection = connection
        self._name = name
        self._lock = threading.Lock()
        self._made: tuple[tuple[object, ...], frozenset[str], int, Path] | None = None

    def file(self, state: State, select: str) -> tuple[Path, list[Segment]]:
        """(file, segments it does not cover). ``select``: SQL whose ``{rows}`` are those of the
        log, as they were written: ids joined later are applied by whoever reads the file."""
        names = {s.file for s in state.segments}
        sort = (select, tuple(state.hidden))
        with self._lock:
            if self._made is not None:
                made_for, covered, rows, path = self._made
                newer = [s for s in state.segments if s.file not in covered]
                few = sum(s.rows for s in newer) <= max(MOST_ROWS, rows // 50)
                if made_for == sort and covered <= names and few and path.exists():
                    return path, newer
            hidden = Corrections(hidden=state.corrections.hidden)
            sql = select.format(rows=hidden.apply(relation_of(self._home.log, state.segments)))
            files = sorted(names)
            path = written(self._home, self._connection, self._name, (sort, files), lambda: sql)
            rows = sum(s.rows for s in state.segments)
            self._made = (sort, frozenset(names), rows, path)
            return path, []


def path_of(home: Home, name: str, key: object) -> Path:
    """Where the file with this key is."""
    digest = hashlib.blake2b(repr(key).encode(), digest_size=12).hexdigest()
    return home.cache / f"{name}-{digest}.parquet"


def written(
    home: Home, connection: Callable[[], Connection], name: str, key: object,
    select: Callable[[], str], values: dict[str, Any] | None = None, *, sweep: bool = True,
) -> Path:  # fmt: skip
    """The file ``name``-….parquet with the rows of ``select``; written unless one with this key
    is there. With ``sweep`` files that nobody can need any more are deleted."""
    path = path_of(home, name, key)
    if path.exists():
        return path
    temporary = home.cache / f"{uuid.uuid4().hex}.tmp"
    cursor = connection().cursor()
    try:
        cursor.execute(
            f"COPY ({select()}) TO {literal(str(temporary))}"
            f" (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE {ROW_GROUP})",
            values or None,
        )
    finally:
        cursor.close()
    with contextlib.suppress(FileExistsError):
        os.link(temporary, path)  # never swaps a file under somebody who is reading it
    temporary.unlink()
    if sweep:
        sweep_others(path, name)
    return path


def sweep_others(path: Path, name: str) -> None:
    """Delete the files of other states that nobody can need any more."""
    for other in path.parent.glob(f"{name}-*.parquet"):
        with contextlib.suppress(FileNotFoundError):
            if other != path and time.time() - other.stat().st_mtime > KEPT_SECONDS:
                other.unlink()
