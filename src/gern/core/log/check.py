"""Is the log what its manifest says? Everything that can be wrong, and what can be mended."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from gern.core.engines.duckdb import Connection, one_row
from gern.core.home import Home
from gern.core.log.changes import engine, one_writer, remove_unlisted
from gern.core.log.compaction import replace_runs
from gern.core.log.event import unpack
from gern.core.log.files import checksum, sweep
from gern.core.log.ids import bucket_sql, event_hash_sql
from gern.core.log.manifest import Manifest, Segment, Snapshot
from gern.core.log.runs import found_in, open_runs, write_run
from gern.core.log.schema import SORT_ORDER, VERSION
from gern.core.log.segments import relation_of


@dataclass(frozen=True)
class Checked:
    """``problems``: what is wrong and stays so; ``mended``: what was put right."""

    rows: int
    segments: int
    inbox_events: int
    problems: list[str]
    mended: list[str]


def check(home: Home, manifest: Manifest, *, deep: bool = True) -> Checked:
    """Check files against the manifest (checksums), and if ``deep`` the order of rows, their
    month and bucket, duplicates and the dedupe runs. Removes what interrupted work left behind
    and makes lost dedupe runs again. Other writers wait meanwhile; readers do not."""
    problems: list[str] = []
    mended: list[str] = []
    with engine(home) as con, one_writer(home):
        with manifest.reading() as db:
            snapshot = manifest.snapshot(db)
            state = db.execute("PRAGMA integrity_check").fetchone()[0]
        if state != "ok":
            problems.append(f"the manifest is damaged: {state}")
        if strays := remove_unlisted(home, manifest):
            mended.append(f"{strays} files of interrupted work removed")
        whole = [s for s in snapshot.segments if _is_whole(home.log / s.file, s.checksum, problems)]
        events = sum(len(unpack(batch)) for batch in snapshot.tail or [])
        if deep:
            for segment in whole:
                problems += _content(con, home, segment)
            problems += _duplicates(con, home, whole)
            mended += _runs(con, home, manifest, snapshot, whole)
    sweep(home, manifest)
    return Checked(
        sum(s.rows for s in snapshot.segments), len(snapshot.segments), events, problems, mended
    )


def _is_whole(path: Path, expected: str, problems: list[str]) -> bool:
    if not path.exists():
        problems.append(f"{path.name} is missing: restore it from a backup")
    elif checksum(path) != expected:
        problems.append(f"{path.name} has changed on disk: restore it from a backup")
    else:
        return True
    return False


def _content(con: Connection, home: Home, segment: Segment) -> list[str]:
    """Rows counted, sorted, of the month and bucket they should be of."""
    relation = relation_of(home.log, [segment])
    month = f"strftime(ts, '%Y-%m') <> '{segment.month}'"
    rows, elsewhere, strangers, unclear = one_row(
        con,
        f"SELECT count(*), count(*) FILTER ({month}),"
        f" count(*) FILTER ({bucket_sql(segment.buckets)} <> {segment.bucket}),"
        f" count(*) FILTER ((place IS NULL) <> (event_id IS NOT NULL)) FROM {relation}",
    )
    found = []
    if rows != segment.rows:
        found.append(f"{segment.file} has {rows} rows, {segment.rows} are expected")
    if elsewhere:
        found.append(f"{segment.file} has {elsewhere} rows of other months")
    if strangers:
        found.append(f"{segment.file} has {strangers} rows of people who belong elsewhere")
    if unclear:
        found.append(f"{segment.file} has {unclear} rows that are neither event nor line of a file")
    if segment.schema == VERSION and _unsorted(con, relation):
        found.append(f"{segment.file} is not sorted")
    return found


def _unsorted(con: Connection, relation: str) -> bool:
    texts = ", ".join(f"coalesce(epoch_us({n}), 9223372036854775807)" if n in ("ts", "received")
                      else f"({n} IS NULL, {n})" for n in SORT_ORDER)  # fmt: skip
    (wrong,) = one_row(
        con,
        f"SELECT count(*) FROM (SELECT ROW({texts}) < lag(ROW({texts})) OVER (ORDER BY n) AS wrong"
        f" FROM (SELECT *, row_number() OVER () AS n FROM {relation})) WHERE wrong",
    )
    return bool(wrong)


def _duplicates(con: Connection, home: Home, segments: list[Segment]) -> list[str]:
    (doubled,) = one_row(
        con,
        "SELECT count(*) FROM (SELECT 1 FROM"
        f" {relation_of(home.log, segments)} WHERE event_id IS NOT NULL"
        " GROUP BY source, event_id, coalesce(line, 1) HAVING count(*) > 1)",
    )
    return [f"{doubled} events are in the log twice"] if doubled else []


def _runs(
    con: Connection, home: Home, manifest: Manifest, snapshot: Snapshot, segments: list[Segment]
) -> list[str]:
    """Make the dedupe runs again unless every event of the log is found in them."""
    whole = [r for r in snapshot.runs if _is_whole(home.runs / r.file, r.checksum, [])]
    arrays = open_runs(home.runs, whole)
    missing: list[np.ndarray] = []
    for segment in segments:
        column = con.execute(
            f"SELECT {event_hash_sql()} AS h FROM {relation_of(home.log, [segment])}"
            " WHERE event_id IS NOT NULL AND coalesce(line, 1) = 1"
        ).fetchnumpy()["h"]
        hashes = np.sort(np.asarray(column, dtype=np.uint64))
        lost = hashes[~found_in(arrays, hashes)] if len(hashes) else hashes
        if len(lost):
            missing.append(lost)
    if not missing and len(whole) == len(snapshot.runs):
        return []
    new = write_run(home.runs, [np.sort(np.concatenate(missing))]) if missing else []
    out = [r for r in snapshot.runs if r not in whole]
    with manifest.change() as db:
        replace_runs(manifest, db, out, new)
    return [f"{sum(len(m) for m in missing)} lost dedupe hashes made again"]
