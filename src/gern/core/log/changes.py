"""The one way the log changes: new segments in, old ones out, in one transaction."""

from __future__ import annotations

import fcntl
import shutil
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from gern.core.engines import duckdb
from gern.core.engines.duckdb import Connection
from gern.core.errors import GernError
from gern.core.home import Home
from gern.core.log.manifest import Manifest, Segment
from gern.core.log.segments import relation_of, write_months


@contextmanager
def one_writer(home: Home, wait_seconds: float = 600) -> Iterator[None]:
    """Only one process at a time writes the log; others wait their turn. Ends with the
    process, however it ends."""
    with (home.path / "log.lock").open("w") as file:
        deadline = time.monotonic() + wait_seconds
        while True:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() > deadline:
                    raise GernError(
                        "Another import is still writing to this home. Nothing was changed;"
                        " try again when it is done."
                    ) from None
                time.sleep(0.05)
        yield


def rewrite_without(
    con: Connection, home: Home, manifest: Manifest, condition: str
) -> tuple[list[Segment], list[Segment]]:
    """(segments that leave, segments that take their place) when rows are taken out.

    ``condition`` is SQL that is true for the rows to drop. Segments without such rows
    are left alone.
    """
    out: list[Segment] = []
    into: list[Segment] = []
    for segment in manifest.segments()[1]:
        relation = relation_of(home.log, [segment])
        row = con.execute(f"SELECT count(*) FROM {relation} WHERE {condition}").fetchone()
        if row is None or row[0] == 0:
            continue
        con.execute(
            f"CREATE OR REPLACE VIEW rewritten AS SELECT * FROM {relation}"
            f" WHERE NOT coalesce({condition}, false)"
        )
        out.append(segment)
        into += write_months(con, "rewritten", home.log)
    return out, into


def drop_rows(home: Home, manifest: Manifest, column: str, value: str) -> None:
    """Take the rows with this value out of the log, physically: the files that held them are
    rewritten and deleted."""
    with one_writer(home):
        workspace = home.temporary / f"drop-{uuid.uuid4().hex}"
        con = duckdb.connect(allowed=[home.log], temporary=workspace)
        try:
            condition = f"{duckdb.quoted(column)} = {duckdb.literal(value)}"
            out, into = rewrite_without(con, home, manifest, condition)
        finally:
            con.close()
            shutil.rmtree(workspace, ignore_errors=True)
        if not out:
            return
        with manifest.change() as db:
            manifest.replace_segments(db, out, into)
        remove_files(home, out)
        for path in home.cache.glob("orders-*.parquet"):
            path.unlink(missing_ok=True)


def drop_source(home: Home, manifest: Manifest, source: str) -> None:
    """Take out everything that came from this source."""
    drop_rows(home, manifest, "source", source)


def erase_person(home: Home, manifest: Manifest, person: str) -> None:
    """Take one person out of the log, physically."""
    drop_rows(home, manifest, "customer", person)


def remove_files(home: Home, segments: list[Segment]) -> None:
    """Delete the files of segments that have left the log. A reader with the old list in hand
    finds them gone and takes the new list (see `engines.door`)."""
    for segment in segments:
        (home.log / segment.file).unlink(missing_ok=True)


def sweep_temporary(home: Home, older_than_seconds: float = 3600) -> int:
    """Delete working files that a killed process left in ``tmp`` and ``cache``; how many."""
    left = [*home.temporary.iterdir(), *home.cache.glob("*.tmp")]
    old = [p for p in left if time.time() - p.stat().st_mtime > older_than_seconds]
    for path in old:
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)
    return len(old)


def unlisted_files(home: Home, manifest: Manifest) -> list[Path]:
    """Files in the log folder that no manifest lists: left by a process that was killed.
    Only meaningful while holding `one_writer`."""
    listed = {s.file for s in manifest.segments()[1]}
    return [path for path in home.log.iterdir() if path.name not in listed]
