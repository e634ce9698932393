"""Scores of a day, as a disposable file of the home: made again every day, and gone with all of the cache
when somebody is erased."""

from __future__ import annotations

import os
import shutil
import time
import uuid
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

from gern.core.engines.door import Door
from gern.core.engines.duckdb import connect, literal
from gern.core.engines.names import Array
from gern.core.engines.question import Question
from gern.core.errors import GernError
from gern.core.home import Home
from gern.core.log.changes import alone


def write(home: Home, name: str, day: date, columns: Mapping[str, Array], select: str = "*", *, beside: str = "") -> Path | None:  # fmt: skip
    """Keep the columns of a day under this name, as ``select`` shapes them. Other files go, but for the
    one written last before, which may still be read; ``beside``, a word about the file: only others of
    this day. None: another process is at it."""
    with alone(home.cache / f"{name}.lock") as mine:
        if not mine:
            return None
        temporary = home.cache / f"{uuid.uuid4().hex}.tmp"
        about = f"-{beside}" if beside else ""
        path = home.cache / f"{name}-{day.isoformat()}{about}-{time.time_ns():020d}.parquet"
        folder = home.temporary / uuid.uuid4().hex
        con = connect(allowed=[home.cache], temporary=folder)
        try:
            con.register("scores", dict(columns))
            con.execute(f"COPY (SELECT {select} FROM scores) TO {literal(str(temporary))} (FORMAT parquet, COMPRESSION zstd)")  # fmt: skip
        finally:
            con.close()
            shutil.rmtree(folder, ignore_errors=True)
        os.rename(temporary, path)
        same = home.cache.glob(f"{name}-{day.isoformat() if beside else ''}*.parquet")
        others = sorted((one for one in same if one != path), key=_written)
        for other in others[:-1]:
            other.unlink(missing_ok=True)
        return path


def _written(path: Path) -> str:
    """When, as a text that can be sorted."""
    return path.stem.rpartition("-")[2]


def drop(home: Home, name: str) -> None:
    """There are none any more."""
    for path in home.cache.glob(f"{name}-*.parquet"):
        path.unlink(missing_ok=True)


def newest(home: Home, name: str) -> Path | None:
    """The file there is; None: none was made, or it was deleted since."""
    return max(home.cache.glob(f"{name}-*.parquet"), key=_written, default=None)


def of_days(home: Home, name: str) -> dict[date, Path]:
    """The newest file of each day."""
    found = sorted(home.cache.glob(f"{name}-*.parquet"), key=_written)
    return {day_of(path, name): path for path in found}


def word_of(path: Path, name: str) -> str:
    """What was said about it when it was written ``beside`` others."""
    return path.stem[len(name) + 12 :].rpartition("-")[0]


def day_of(path: Path, name: str) -> date:
    """The day it is of."""
    return date.fromisoformat(path.name[len(name) + 1 : len(name) + 11])


def columns_of(door: Door, path: Path) -> dict[str, Array]:
    """All of it. ``GernError``: it was swept away while it was read."""
    return door.columns(Question(f"SELECT * FROM {_relation(path)}", {}, "scores"))


def rows_of(door: Door, name: str, sql: str, values: Mapping[str, Any]) -> list[dict[str, Any]] | None:  # fmt: skip
    """Rows of a query over ``{scores}``; None: there is no file."""
    for attempt in (1, 2, 3):
        path = newest(door.home, name)
        if path is None:
            return None
        asked = sql.replace("{scores}", _relation(path))
        try:
            return door.ask(Question(asked, dict(values), "scores"))
        except GernError:
            if path.exists() or attempt == 3:
                raise
    return None


def _relation(path: Path) -> str:
    return f"read_parquet({literal(str(path))})"
