"""The *spine*: who did what when, as three arrays sorted by person and time, kept as a disposable
file. One pass over it answers in tenths of a second what SQL must sort the whole log for.

It covers a set of segments as they were when it was made. `Spines.at` puts a state of the log on
top: rows that came later, months whose files were merged since, ids joined since. Where that is
too much, or somebody was split or erased, there is no spine until it is made again (None), and
the same question is answered by SQL. Only events are in it (not the orders of files), no bots.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import threading
import uuid
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from gern.core.engines.beside import (
    EVENTS,
    MOST_NAMES,
    NAME,
    TYPES,
    Arrays,
    Part,
    people_of,
    put_beside,
)
from gern.core.engines.covered import Covered, by_month, since
from gern.core.engines.duckdb import Connection, literal, one_row
from gern.core.engines.names import Name, names_sql
from gern.core.engines.state import State
from gern.core.home import Home
from gern.core.log import identity
from gern.core.log.changes import alone
from gern.core.log.manifest import Manifest, meta
from gern.core.log.schema import DAILY, VISITOR
from gern.core.log.segments import relation_of

WORTH_ROWS = 1_000_000
"""In a smaller log SQL is quick enough."""
FEW_ROWS = 250_000
MOST_NEWER = 0.05
"""With more than so few rows, and more than this share, on top of it, it is made again."""
_AT_ONCE = 25_000_000
"""Events that are sorted at once."""
_MARKER = "spine.json"


@dataclass(frozen=True)
class _File:
    folder: Path
    covered: Covered
    identity: int
    arrays: Arrays


class Spines:
    """The spine of one home, for any state of its log."""

    def __init__(self, home: Home, manifest: Manifest, connection: Callable[[], Connection]):
        self._home = home
        self._manifest = manifest
        self._connection = connection
        self._lock = threading.Lock()
        self._opened: _File | None = None
        self._on_top: tuple[object, Arrays] | None = None
        self._refused: list[str] = []

    def at(self, state: State) -> Arrays | None:
        """The arrays of this state; None: there is no spine that could tell."""
        with self._lock:
            if self._on_top and self._on_top[0] == state.key and self._on_top[1].file.exists():
                return self._on_top[1]
            try:
                file = self._newest()
                arrays = None if file is None or state.hidden else self._put_on(file, state)
            except (FileNotFoundError, ValueError):  # swept away meanwhile
                self._opened = None
                return None
            if arrays is not None:
                self._on_top = (state.key, arrays)
            return arrays

    def due(self, state: State) -> bool:
        """Whether it is worth making (again)."""
        rows = sum(s.rows for s in state.segments)
        known = self._refused == [s.file for s in state.segments]
        return rows >= WORTH_ROWS and not state.hidden and not known and self.at(state) is None

    def make(self, state: State) -> bool:
        """Make it from the segments of a state; False when another process is at it, or the log
        has too many names of events, or events of nobody."""
        with alone(self._home.cache / "spine.lock") as mine:
            if not mine:
                return False
            files = sorted(s.file for s in state.segments)
            digest = hashlib.blake2b(repr((files, state.key[1])).encode(), digest_size=12)
            folder = self._home.cache / f"spine-{digest.hexdigest()}"
            if folder.exists():
                return True
            temporary = self._home.cache / f"{uuid.uuid4().hex}.tmp"
            temporary.mkdir()
            try:
                if not self._write(state, temporary):
                    self._refused = [s.file for s in state.segments]
                    return False
                os.rename(temporary, folder)
            finally:
                shutil.rmtree(temporary, ignore_errors=True)
            for other in self._home.cache.glob("spine-*"):
                if other != folder:  # whoever has it open keeps its pages
                    shutil.rmtree(other, ignore_errors=True)
            return True

    # -- the file

    def _write(self, state: State, folder: Path) -> bool:
        rows = state.corrections.apply(relation_of(self._home.log, state.segments))
        people = folder / "people.parquet"
        con = self._connection().cursor()
        try:
            con.execute(
                "COPY (SELECT person, CAST(row_number() OVER (ORDER BY person) - 1 AS INTEGER) AS"
                f" code FROM (SELECT DISTINCT person FROM {rows} WHERE {EVENTS}) ORDER BY person)"
                f" TO {literal(str(people))} (FORMAT parquet, COMPRESSION zstd)"
            )
            columns = ", ".join(NAME)
            counted = con.execute(
                f"SELECT {columns}, count(*) FROM {rows} WHERE {EVENTS} GROUP BY {columns} ORDER BY ALL"
            ).fetchall()
            names = [tuple(name) for *name, _ in counted]
            nobody = one_row(con, f"SELECT count(*) FROM read_parquet({literal(str(people))}) WHERE person IS NULL")  # fmt: skip
            if not names or len(names) > MOST_NAMES or nobody[0]:
                return False
            kinds: list[Name] = [(*name, None, "") for name in names]
            self._write_columns(con, rows, sum(n for *_, n in counted), people, kinds, folder)
            daily = con.execute(
                f"SELECT starts_with(person, '{VISITOR}{DAILY}') AS daily"
                f" FROM read_parquet({literal(str(people))}) ORDER BY code"
            ).fetchnumpy()
            np.save(folder / "cookieless.npy", np.ascontiguousarray(daily["daily"]))
        finally:
            con.close()
        covered = {m: sorted(files) for m, files in by_month(state.segments).items()}
        about = {"names": names, "covered": covered, "identity": state.key[1]}
        (folder / _MARKER).write_text(json.dumps(about))
        return True

    def _write_columns(
        self, con: Connection, rows: str, events: int, people: Path, kinds: list[Name], folder: Path
    ) -> None:
        """The three arrays, some people after the others: all at once would lie in memory twice."""
        same = " AND ".join(f"n.{c} IS NOT DISTINCT FROM r.{c}" for c in NAME)
        known = f"read_parquet({literal(str(people))})"
        all_people = one_row(con, f"SELECT count(*) FROM {known}")[0]
        parts = max(1, -(-events // _AT_ONCE))
        with ExitStack() as stack:
            files = {key: stack.enter_context((folder / f"{key}.npy").open("wb")) for key in TYPES}
            for key, type_ in TYPES.items():
                about = {"descr": np.dtype(type_).str, "fortran_order": False, "shape": (events,)}
                np.lib.format.write_array_header_1_0(files[key], about)
            for part in range(parts):
                first, last = (all_people * at // parts for at in (part, part + 1))
                found = con.execute(
                    "SELECT p.code AS who, epoch_us(r.ts) AS ts, CAST(n.number AS USMALLINT) AS name"
                    f" FROM (SELECT * FROM {rows} WHERE {EVENTS}) AS r"
                    f" JOIN (SELECT * FROM {known} WHERE code >= {first} AND code < {last}) AS p ON p.person = r.person"
                    f" JOIN ({names_sql(kinds)}) AS n ON {same} ORDER BY p.code, r.ts"
                ).fetchnumpy()
                for key, type_ in TYPES.items():
                    np.ascontiguousarray(found[key], dtype=type_).tofile(files[key])

    def _newest(self) -> _File | None:
        """The file at hand; opened once."""
        if self._opened is not None and self._opened.folder.exists():
            return self._opened
        self._opened = None
        for folder in self._home.cache.glob("spine-*"):
            about = json.loads((folder / _MARKER).read_text())
            loaded = {
                key: np.load(folder / f"{key}.npy", mmap_mode="r", allow_pickle=False)
                for key in ("who", "ts", "name", "cookieless")
            }
            names: list[Name] = [(*name, None, "") for name in about["names"]]
            cookieless = loaded.pop("cookieless")
            part = Part(**loaded, skipped=np.zeros(len(cookieless), dtype=bool))
            arrays = Arrays((part,), names, cookieless, folder, people_of({}))
            covered = {month: frozenset(files) for month, files in about["covered"].items()}
            self._opened = _File(folder, covered, about["identity"], arrays)
        return self._opened

    # -- a state on top of it

    def _put_on(self, file: _File, state: State) -> Arrays | None:
        gone, newer = since(file.covered, state.segments)
        if sum(s.rows for s in newer) > max(FEW_ROWS, MOST_NEWER * len(file.arrays.parts[0].who)):
            return None
        with self._manifest.reading() as db:
            if meta(db, "identity") != state.key[1]:
                return None
            moves = identity.moved_since(db, file.identity)
        if moves is None:
            return None
        if not newer and not state.tail and not gone and not moves:
            return file.arrays
        con = self._connection().cursor()
        try:
            return put_beside(con, file.arrays, state.rows(self._home, newer), gone, moves)
        finally:
            con.close()
