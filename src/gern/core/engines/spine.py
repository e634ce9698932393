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
from collections.abc import Callable, Iterable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

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


class Part(NamedTuple):
    """One entry an event, people one after the other, each in the order of time.

    ``who``: number of the person; ``ts``: µs since 1970, UTC; ``name``: number of the kind of event.
    ``skipped``: by person, whose events stand in another part.
    """

    who: Array
    ts: Array
    name: Array
    skipped: Array


@dataclass(frozen=True)
class Arrays:
    """The events of people, everybody's in one of the ``parts``: that of the file, and one of those
    of whom something came later. ``names``: the kinds of events by number; ``cookieless``: by person.
    ``more``: people the file does not know (person, code), numbered after its own."""

    parts: tuple[Part, ...]
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
            counted = con.execute(
                f"SELECT {columns}, count(*) FROM {rows} WHERE {_EVENTS} GROUP BY {columns} ORDER BY ALL"
            ).fetchall()
            names = [tuple(name) for *name, _ in counted]
            nobody = one_row(con, f"SELECT count(*) FROM read_parquet({literal(str(people))}) WHERE person IS NULL")  # fmt: skip
            if not names or len(names) > _MOST_NAMES or nobody[0]:
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
        same = " AND ".join(f"n.{c} IS NOT DISTINCT FROM r.{c}" for c in _NAME)
        known = f"read_parquet({literal(str(people))})"
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
            cookieless = loaded.pop("cookieless")
            part = Part(**loaded, skipped=np.zeros(len(cookieless), dtype=bool))
            arrays = Arrays((part,), names, cookieless, folder, _people({}))
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
            return _joined(con, file.arrays, state.rows(self._home, newer), gone, moves)
        finally:
            con.close()


def _joined(
    con: Connection, base: Arrays, rows: str, gone: set[str], moves: dict[str, str]
) -> Arrays | None:
    """The arrays without the months ``gone``, with the events of ``rows`` and the moves; None:
    there are too many names, or events of nobody, which only SQL can tell from somebody's."""
    columns = ", ".join(_NAME)
    con.execute(
        f"CREATE TEMP TABLE fresh AS SELECT r.person, p.code, epoch_us(r.ts) AS ts, r.{', r.'.join(_NAME)} FROM"
        f" (SELECT * FROM {rows} WHERE {_EVENTS}) AS r LEFT JOIN ({base.people_sql()}) AS p ON p.person = r.person"
    )  # fmt: skip
    if one_row(con, "SELECT count(*) FROM fresh WHERE person IS NULL")[0]:
        return None
    said = con.execute(f"SELECT DISTINCT {columns} FROM fresh ORDER BY ALL").fetchall()
    known = set(base.names)
    names = [*base.names, *(name for one in said if (name := (*one, None, "")) not in known)]
    if len(names) > _MOST_NAMES:
        return None
    people = len(base.cookieless)
    strangers = con.execute(
        "SELECT DISTINCT person FROM fresh WHERE code IS NULL ORDER BY ALL"
    ).fetchall()
    more = {person: people + i for i, (person,) in enumerate(strangers)}
    codes = _codes_of(con, base, sorted({*moves, *moves.values()}))
    moved = {
        codes[old]: codes[new] if new in codes else more.setdefault(new, people + len(more))
        for old, new in moves.items() if old in codes
    }  # fmt: skip
    new = _numbered(con, names, more)
    con.execute("DROP TABLE fresh")
    daily = np.array([person.startswith(f"{VISITOR}{DAILY}") for person in more], dtype=bool)
    cookieless = np.concatenate([base.cookieless, daily])
    (part,) = base.parts
    if gone:
        parts: tuple[Part, ...] = (
            _sorted_anew(part, new, _in_months(part.ts, gone), moved, len(cookieless)),
        )
    elif len(new.who) or moved:
        parts = _set_apart(part, new, moved, len(cookieless))
    else:
        parts = base.parts
    return Arrays(parts, names, cookieless, base.file, _people(more))


def _codes_of(con: Connection, base: Arrays, people: list[str]) -> dict[str, int]:
    """The numbers of those the file knows."""
    if not people:
        return {}
    con.register("asked", {"person": np.array(people, dtype=object)})
    found = con.execute(
        f"SELECT person, code FROM ({base.people_sql()}) SEMI JOIN asked USING (person)"
    ).fetchall()
    con.unregister("asked")
    return dict(found)


def _numbered(con: Connection, names: list[Name], more: dict[str, int]) -> Part:
    """The fresh events, in no order."""
    con.register("strangers", _people(more))
    same = " AND ".join(f"n.{c} IS NOT DISTINCT FROM f.{c}" for c in _NAME)
    found = con.execute(
        "SELECT coalesce(f.code, s.code) AS who, f.ts, n.number AS name FROM fresh AS f"
        f" JOIN ({names_sql(names)}) AS n ON {same} LEFT JOIN strangers AS s ON s.person = f.person"
    ).fetchnumpy()
    con.unregister("strangers")
    columns = (np.ascontiguousarray(found[key], dtype=type_) for key, type_ in _TYPES.items())
    return _part(columns, np.zeros(0, dtype=bool))


def _in_months(ts: Array, months: set[str]) -> Array:
    """Which times lie in the months."""
    found = np.zeros(len(ts), dtype=bool)
    for month in months:
        start = np.datetime64(month, "us").astype(np.int64)
        end = (np.datetime64(month, "M") + 1).astype("datetime64[us]").astype(np.int64)
        found |= (ts >= start) & (ts < end)
    return found


def _set_apart(base: Part, new: Part, moved: dict[int, int], people: int) -> tuple[Part, ...]:
    """Two parts: the file without those who are touched, and all events of these. Nothing large is
    copied: a day's events touch few people."""
    skipped = np.zeros(people, dtype=bool)
    skipped[new.who] = True
    skipped[[*moved, *moved.values()]] = True
    touched = np.flatnonzero(skipped).astype(np.int32)
    low, high = (np.searchsorted(base.who, touched, side=side) for side in ("left", "right"))
    lengths = high - low
    at = np.arange(lengths.sum()) + np.repeat(low - (np.cumsum(lengths) - lengths), lengths)
    own = Part(base.who[at], base.ts[at], base.name[at], np.zeros(people, dtype=bool))
    return Part(base.who, base.ts, base.name, skipped), _sorted(own, new, moved)


def _sorted_anew(base: Part, new: Part, gone: Array, moved: dict[int, int], people: int) -> Part:
    """One part without what is ``gone``; everybody who is touched at the end, in their order."""
    touched = np.zeros(people, dtype=bool)
    touched[new.who] = True
    touched[[*moved, *moved.values()]] = True
    apart = touched[base.who]
    rest, apart = ~apart & ~gone, apart & ~gone
    nobody = np.zeros(people, dtype=bool)
    own = _sorted(Part(base.who[apart], base.ts[apart], base.name[apart], nobody), new, moved)
    whole = ((column[rest], of_own) for column, of_own in zip(base[:3], own[:3], strict=True))
    return _part((np.concatenate(both) for both in whole), nobody)


def _sorted(own: Part, new: Part, moved: dict[int, int]) -> Part:
    """Sorted events with new ones, and those of the moved, put where they belong: behind those of the
    same person up to their time."""
    columns, fresh = own[:3], new[:3]
    if moved:
        follow = np.arange(len(own.skipped), dtype=np.int32)
        follow[list(moved)] = list(moved.values())
        moving = follow[own.who] != own.who
        coming = (follow[own.who[moving]], own.ts[moving], own.name[moving])
        fresh = tuple(np.concatenate(both) for both in zip(fresh, coming, strict=True))  # type: ignore[assignment]
        columns = tuple(column[~moving] for column in columns)
    order = np.lexsort((fresh[1], fresh[0]))
    who, ts, name = (column[order] for column in fresh)
    low, high = (np.searchsorted(columns[0], who, side=side) for side in ("left", "right"))
    while (open_ := low < high).any():
        middle = (low + high) // 2
        later = open_ & (columns[1][np.minimum(middle, len(columns[1]) - 1)] <= ts)
        low, high = np.where(later, middle + 1, low), np.where(open_ & ~later, middle, high)
    put = (
        np.insert(column, low, more) for column, more in zip(columns, (who, ts, name), strict=True)
    )
    return _part(put, own.skipped)


def _part(columns: Iterable[Array], skipped: Array) -> Part:
    who, ts, name = columns
    return Part(who, ts, name, skipped)


def _people(codes: dict[str, int]) -> dict[str, Array]:
    people = np.array(list(codes), dtype=object)
    return {"person": people, "code": np.array(list(codes.values()), dtype=np.int32)}
