"""The one way the log changes: new segments in, old ones out, in one transaction."""

from __future__ import annotations

import fcntl
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

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
    con: Connection, home: Home, manifest: Manifest, condition: Callable[[str], str]
) -> tuple[list[Segment], list[Segment]]:
    """(segments that leave, segments that take their place) when rows are taken out.

    ``condition(alias)`` is SQL that is true for the rows to drop. Segments without such rows
    are left alone.
    """
    out: list[Segment] = []
    into: list[Segment] = []
    for segment in manifest.segments()[1]:
        relation = relation_of(home.log, [segment])
        row = con.execute(
            f"SELECT count(*) FROM {relation} AS kept WHERE {condition('kept')}"
        ).fetchone()
        if row is None or row[0] == 0:
            continue
        con.execute(
            f"CREATE OR REPLACE VIEW rewritten AS SELECT * FROM {relation} AS kept"
            f" WHERE NOT coalesce({condition('kept')}, false)"
        )
        out.append(segment)
        into += write_months(con, "rewritten", home.log)
    return out, into


def remove_files(home: Home, segments: list[Segment]) -> None:
    """Delete the files of segments that have left the log. A reader with the old list in hand
    finds them gone and takes the new list (see `engines.door`)."""
    for segment in segments:
        (home.log / segment.file).unlink(missing_ok=True)


def unlisted_files(home: Home, manifest: Manifest) -> list[Path]:
    """Files in the log folder that no manifest lists: left by a process that was killed.
    Only meaningful while holding `one_writer`."""
    listed = {s.file for s in manifest.segments()[1]}
    return [path for path in home.log.iterdir() if path.name not in listed]
