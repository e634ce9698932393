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

from gern.core.engines.covered import Covered, by_month, since
from gern.core.engines.duckdb import Connection, literal, one_row
from gern.core.engines.names import ONE_EACH, Array, Name, names_sql
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
_MOST_NAMES = 65_000
_NAME = ("kind", "name", "channel")
_TYPES = {"who": np.int32, "ts": np.int64, "name": np.uint16}
_AT_ONCE = 25_000_000
"""Events that are sorted at once."""
_EVENTS = f"{ONE_EACH} AND traffic IS NULL"
_MARKER = "spine.json"


@dataclass(frozen=True)
class Arrays:
    """One entry an event, people one after the other, each in the order of time.

    ``who``: number of the person; ``ts``: µs since 1970, UTC; ``name``: number in ``names``, the
    kinds of events. ``people`` is the number of people; ``more`` names those the
    file does not know (person, code), numbered after its own. ``cookieless``: by person.
    """

    who: Array
    ts: Array
    name: Array
    names: list[Name]
    cookieless: Array
    file: Path
    more: dict[str, Array]

    def people_sql(self) -> str:
        """SQL: (person, code) of those the file knows."""
        return (
            f"SELECT person, code FROM read_parquet({literal(str(self.file / 'people.parquet'))})"
        )


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
                f" code FROM (SELECT DISTINCT person FROM {rows} WHERE {_EVENTS}) ORDER BY person)"
                f" TO {literal(str(people))} (FORMAT parquet, COMPRESSION zstd)"
            )
            columns = ", ".join(_NAME)
            names = con.execute(
                f"SELECT DISTINCT {columns} FROM {rows} WHERE {_EVENTS} ORDER BY ALL"
            ).fetchall()
            nobody = one_row(con, f"SELECT count(*) FROM read_parquet({literal(str(people))}) WHERE person IS NULL")  # fmt: skip
            if not names or len(names) > _MOST_NAMES or nobody[0]:
                return False
            kinds: list[Name] = [(*name, None, "") for name in names]
            self._write_columns(con, rows, people, kinds, folder)
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
        self, con: Connection, rows: str, people: Path, kinds: list[Name], folder: Path
    ) -> None:
        """The three arrays, some people after the others: all at once would lie in memory twice."""
        same = " AND ".join(f"n.{c} IS NOT DISTINCT FROM r.{c}" for c in _NAME)
        known = f"read_parquet({literal(str(people))})"
        events = one_row(con, f"SELECT count(*) FROM {rows} WHERE {_EVENTS}")[0]
        all_people = one_row(con, f"SELECT count(*) FROM {known}")[0]
        parts = max(1, -(-events // _AT_ONCE))
        with ExitStack() as stack:
            files = {key: stack.enter_context((folder / f"{key}.npy").open("wb")) for key in _TYPES}
            for key, type_ in _TYPES.items():
                about = {"descr": np.dtype(type_).str, "fortran_order": False, "shape": (events,)}
                np.lib.format.write_array_header_1_0(files[key], about)
            for part in range(parts):
                first, last = (all_people * at // parts for at in (part, part + 1))
                found = con.execute(
                    "SELECT p.code AS who, epoch_us(r.ts) AS ts, CAST(n.number AS USMALLINT) AS name"
                    f" FROM (SELECT * FROM {rows} WHERE {_EVENTS}) AS r"
                    f" JOIN (SELECT * FROM {known} WHERE code >= {first} AND code < {last}) AS p ON p.person = r.person"
                    f" JOIN ({names_sql(kinds)}) AS n ON {same} ORDER BY p.code, r.ts"
                ).fetchnumpy()
                for key, type_ in _TYPES.items():
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
            arrays = Arrays(**loaded, names=names, file=folder, more=_people({}))
            covered = {month: frozenset(files) for month, files in about["covered"].items()}
            self._opened = _File(folder, covered, about["identity"], arrays)
        return self._opened

    # -- a state on top of it

    def _put_on(self, file: _File, state: State) -> Arrays | None:
        gone, newer = since(file.covered, state.segments)
        if sum(s.rows for s in newer) > max(FEW_ROWS, MOST_NEWER * len(file.arrays.who)):
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
            return _joined(con, file.arrays, state.rows(self._home, newer), gone, moves)
        finally:
            con.close()


def _joined(
    con: Connection, base: Arrays, rows: str, gone: set[str], moves: dict[str, str]
) -> Arrays | None:
    """The arrays without the months ``gone``, with the events of ``rows`` and the moves; None:
    there are too many names, or events of nobody, which only SQL can tell from somebody's."""
    columns = ", ".join(f"r.{c}" for c in _NAME)
    found = con.execute(
        f"SELECT r.person, p.code, epoch_us(r.ts) AS ts, {columns} FROM (SELECT * FROM {rows}"
        f" WHERE {_EVENTS}) AS r LEFT JOIN ({base.people_sql()}) AS p ON p.person = r.person"
    ).fetchall()
    if any(person is None for person, *_ in found):
        return None
    asked = sorted({*moves, *moves.values()})
    codes: dict[str, int] = {}
    if asked:
        con.register("asked", {"person": np.array(asked, dtype=object)})
        codes = dict(
            con.execute(
                f"SELECT person, code FROM ({base.people_sql()}) SEMI JOIN asked USING (person)"
            ).fetchall()
        )
        con.unregister("asked")
    more: dict[str, int] = {}
    people, names = len(base.cookieless), list(base.names)
    number_of_name = {name: i for i, name in enumerate(names)}

    def code_of(person: str, code: int | None = None) -> int:
        if code is not None:
            return code
        return more.setdefault(person, people + len(more))

    who, ts, name = [], [], []
    for person, code, moment, *said in found:
        kind = (*said, None, "")
        if kind not in number_of_name:
            number_of_name[kind] = len(names)
            names.append(kind)
        who.append(code_of(person, code))
        ts.append(moment)
        name.append(number_of_name[kind])
    if len(names) > _MOST_NAMES:
        return None
    moved = {codes[old]: code_of(new, codes.get(new)) for old, new in moves.items() if old in codes}
    new_who, new_ts = np.array(who, dtype=np.int32), np.array(ts, dtype=np.int64)
    new_name = np.array(name, dtype=np.uint16)
    keep = None
    for month in gone:
        start = np.datetime64(month, "us")
        end = (np.datetime64(month, "M") + 1).astype("datetime64[us]")
        inside = (base.ts >= start.astype(np.int64)) & (base.ts < end.astype(np.int64))
        keep = ~inside if keep is None else keep & ~inside
    if not who and not moved and keep is None:
        return base
    daily = np.array([person.startswith(f"{VISITOR}{DAILY}") for person in more], dtype=bool)
    cookieless = np.concatenate([base.cookieless, daily])
    if keep is None and not moved:
        put = _with(base, new_who, new_ts, new_name)
        return Arrays(*put, names, cookieless, base.file, _people(more))
    put = _sorted_anew(base, new_who, new_ts, new_name, keep, moved, people + len(more))
    return Arrays(*put, names, cookieless, base.file, _people(more))


def _sorted_anew(
    base: Arrays, new_who: Array, new_ts: Array, new_name: Array, keep: Array | None, moved: dict[int, int],
    all_people: int,
) -> tuple[Array, Array, Array]:  # fmt: skip
    """The columns with everybody who is touched taken out, and put at the end in their order."""
    people = len(base.cookieless)
    touched = np.zeros(all_people, dtype=bool)
    touched[new_who] = True
    touched[list(moved)] = True
    touched[[code for code in moved.values() if code < people]] = True
    apart = touched[base.who]
    rest = ~apart if keep is None else ~apart & keep
    if keep is not None:
        apart &= keep
    follow = np.arange(people, dtype=np.int32)
    follow[list(moved)] = list(moved.values())
    own_who = np.concatenate([follow[base.who[apart]], new_who])
    own_ts = np.concatenate([base.ts[apart], new_ts])
    own_name = np.concatenate([base.name[apart], new_name])
    order = np.lexsort((own_ts, own_who))
    return (
        np.concatenate([base.who[rest], own_who[order]]),
        np.concatenate([base.ts[rest], own_ts[order]]),
        np.concatenate([base.name[rest], own_name[order]]),
    )


def _with(base: Arrays, who: Array, ts: Array, name: Array) -> tuple[Array, Array, Array]:
    """The columns of a file with events put where they belong: behind those of the same person up to
    their time. People the file does not know follow at the end."""
    low, high = (np.searchsorted(base.who, who, side=side) for side in ("left", "right"))
    while (open_ := low < high).any():
        middle = (low + high) // 2
        later = open_ & (base.ts[np.minimum(middle, len(base.ts) - 1)] <= ts)
        low, high = np.where(later, middle + 1, low), np.where(open_ & ~later, middle, high)
    order = np.lexsort((ts, who, low))
    place = low[order] + np.arange(len(order))
    old = np.ones(len(base.who) + len(order), dtype=bool)
    old[place] = False

    def put(column: Array, new: Array) -> Array:
        found = np.empty(len(old), dtype=column.dtype)
        found[old], found[place] = column, new[order]
        return found

    return put(base.who, who), put(base.ts, ts), put(base.name, name)


def _people(codes: dict[str, int]) -> dict[str, Array]:
    people = np.array(list(codes), dtype=object)
    return {"person": people, "code": np.array(list(codes.values()), dtype=np.int32)}
