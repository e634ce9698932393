"""What every change of the log shares: one writer at a time, rows taken out, leftovers removed."""

from __future__ import annotations

import fcntl
import shutil
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TextIO

from gern.core.engines import duckdb
from gern.core.engines.duckdb import Connection, one_row
from gern.core.errors import TryLater
from gern.core.home import Home
from gern.core.log.manifest import Manifest, Segment, segments_of
from gern.core.log.segments import into as split_into
from gern.core.log.segments import relation_of, write_months

_inside = threading.local()
LOCK = ".lock"
"""In a working folder: held as long as somebody works there."""


@contextmanager
def one_writer(home: Home, wait_seconds: float = 600) -> Iterator[None]:
    """Only one process at a time rewrites the log; others wait their turn. Events are appended
    to the inbox meanwhile. Ends with the process, however it ends; may be nested."""
    held: set[Path] = getattr(_inside, "homes", set())
    if home.path in held:
        yield
        return
    with (home.path / "log.lock").open("w") as file:
        deadline = time.monotonic() + wait_seconds
        while True:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() > deadline:
                    raise TryLater(
                        "Somebody else has been writing to this home for a long time (a big import,"
                        " say). Try again when that is done."
                    ) from None
                time.sleep(0.02)
        _inside.homes = held | {home.path}
        try:
            yield
        finally:
            _inside.homes = held


@contextmanager
def workspace(home: Home, name: str) -> Iterator[Path]:
    """A working folder in ``tmp``; it goes with this block, or with the process (`sweep_temporary`
    takes away what nobody holds any more)."""
    folder, lock = held_folder(home, name)
    with lock:
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)


def held_folder(home: Home, name: str) -> tuple[Path, TextIO]:
    """(a new working folder, its lock): nobody sweeps it away while the lock is open."""
    folder = home.temporary / f"{name}-{uuid.uuid4().hex}"
    folder.mkdir(parents=True)
    unseen = folder / f"{LOCK}.new"
    lock = unseen.open("w")
    fcntl.flock(lock, fcntl.LOCK_EX)
    unseen.rename(folder / LOCK)  # seen only once it is held
    return folder, lock


@contextmanager
def engine(home: Home, con: Connection | None = None) -> Iterator[Connection]:
    """``con``, or an engine of its own that can reach the log."""
    if con is not None:
        yield con
        return
    with workspace(home, "work") as folder:
        # one thread: the order of rows is kept, and the other cores are left to those who wait
        con = duckdb.connect(allowed=[home.log], temporary=folder, threads=1)
        try:
            yield con
        finally:
            con.close()


def rewrite_without(
    con: Connection, home: Home, segments: list[Segment], condition: str
) -> tuple[list[Segment], list[Segment]]:
    """(segments that leave, segments that take their place) when rows are taken out.

    ``condition`` is SQL that is true for the rows to drop. Segments without such rows
    are left alone.
    """
    out: list[Segment] = []
    into: list[Segment] = []
    for segment in segments:
        relation = relation_of(home.log, [segment])
        (found,) = one_row(con, f"SELECT count(*) FROM {relation} WHERE {condition}")
        if not found:
            continue
        rest = f"(SELECT * FROM {relation} WHERE NOT coalesce({condition}, false))"
        out.append(segment)
        into += write_months(
            con, rest, home.log, identity=segment.identity,
            buckets=split_into(segment.buckets),
        )  # fmt: skip
    return out, into


@contextmanager
def alone(path: Path) -> Iterator[bool]:
    """Whether this process is the only one that holds the lock in ``path``, for as long as the
    block lasts; never waits."""
    with path.open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True


def drop_source(home: Home, manifest: Manifest, source: str) -> None:
    """Take out everything that came from this source, physically."""
    with engine(home) as con, one_writer(home):
        condition = f"source = {duckdb.literal(source)}"
        out, into = rewrite_without(con, home, manifest.segments()[1], condition)
        with manifest.change() as db:
            manifest.replace_segments(db, out, into, fewer=True)
            db.execute("DELETE FROM profile WHERE source = ?", (source,))


def sweep_temporary(home: Home, older_than_seconds: float = 3600) -> int:
    """Delete working files that a killed process left in ``tmp`` and ``cache``; how many. What
    somebody holds stays; a folder without a lock goes when it is old enough."""
    gone = 0
    for path in [*home.temporary.iterdir(), *home.cache.glob("*.tmp"), *home.leases.glob("*.tmp")]:
        with suppress(FileNotFoundError):
            if (path / LOCK).exists():
                if is_held(path / LOCK):
                    continue
            elif time.time() - path.stat().st_mtime <= older_than_seconds:
                continue
            _remove(path)
            gone += 1
    return gone


def is_held(lock: Path) -> bool:
    """Whether a living process holds this lock."""
    with lock.open("r+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        return False


def remove_unlisted(home: Home, manifest: Manifest) -> int:
    """Delete files in the folders of the log that no manifest lists, left by a process that was
    killed; how many. The caller holds `one_writer`."""
    with manifest.reading() as db:
        listed = {f"log/{s.file}" for s in segments_of(db)}
        listed |= {f"runs/{row[0]}" for row in db.execute("SELECT file FROM run")}
        listed |= {row[0] for row in db.execute("SELECT file FROM gone")}
    there = [*home.log.iterdir(), *home.runs.iterdir()]
    strays = [path for path in there if f"{path.parent.name}/{path.name}" not in listed]
    for path in strays:
        _remove(path)
    return len(strays)


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)
