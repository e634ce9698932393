"""Moving the inbox into segments, and small segments into bigger ones.

`compact` empties the inbox: one file a month, sorted. `merge_some` joins files of about the same
size, splitting a month by person once it is big. `squash` rewrites rows whose person has become
another. `compact_fully` does all of it for every month. Each is one transaction: files written
and on disk first, then listed, the old ones unlisted. Killed anywhere, it can be run again.
"""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from gern.core.engines.duckdb import Connection
from gern.core.home import Home
from gern.core.log import identity, profile
from gern.core.log.changes import engine, one_writer
from gern.core.log.manifest import Manifest, Run, Segment, segments_of
from gern.core.log.runs import choose_merge as choose_runs
from gern.core.log.runs import merge_runs, open_runs, write_run
from gern.core.log.schema import VERSION
from gern.core.log.segments import buckets_for, relation_of, undivided, write_months
from gern.core.log.segments import into as split_into
from gern.core.log.settle import looked_up_in, make_table, settle
from gern.core.log.views import Corrections, make_who, oldest_identity

AT_ONCE = 200_000
"""Events taken from the inbox in one transaction."""
MERGE_AT = 8
"""So many files of about the same size become one."""
SPLIT_ROWS = 200_000
"""A merge of so many rows splits them by person."""
SQUASH_AT = 10_000
"""So many ids may be joined later than their rows were written before those are rewritten."""


@dataclass(frozen=True)
class Compacted:
    """What a compaction moved. ``erased``: events of erased people from before their erasure."""

    events: int = 0
    duplicates: int = 0
    erased: int = 0
    batches: int = 0


def compact(home: Home, manifest: Manifest, given: Connection | None = None) -> Compacted:
    """Move what the inbox holds now into segments."""
    total = Compacted()
    with engine(home, given) as con, one_writer(home):
        (end,) = manifest.connection().execute("SELECT coalesce(max(id), 0) FROM inbox").fetchone()
        while (step := _compact_some(home, manifest, con, int(end))).batches:
            total = Compacted(
                total.events + step.events,
                total.duplicates + step.duplicates,
                total.erased + step.erased,
                total.batches + step.batches,
            )
    return total


def _compact_some(home: Home, manifest: Manifest, con: Connection, end: int) -> Compacted:
    with manifest.reading() as db:
        ids, batches = _take(db, end)
        if not ids:
            return Compacted()
        snapshot = manifest.snapshot(db, tail=False)
        runs = open_runs(home.runs, snapshot.runs)
        settled = settle(home, db, batches, runs, looked_up_in(con, home, snapshot.segments))
    into: list[Segment] = []
    if settled.rows:
        make_table(con, "arrived", settled.rows)
        small = len(settled.rows) < SPLIT_ROWS
        into = write_months(
            con, "arrived", home.log, identity=snapshot.identity,
            buckets=undivided if small else buckets_for,
        )  # fmt: skip
        con.execute("DROP TABLE arrived")
    run = write_run(home.runs, [settled.hashes])
    seen = profile.count(settled.new)
    with manifest.change() as db:
        profile.keep(db, seen)
        manifest.replace_segments(db, [], into)
        replace_runs(manifest, db, [], run)
        db.executemany("DELETE FROM inbox WHERE id = ?", [(id,) for id in ids])
    return Compacted(settled.events, settled.duplicates, settled.erased, len(ids))


def _take(db: sqlite3.Connection, end: int) -> tuple[list[int], list[bytes]]:
    ids: list[int] = []
    batches: list[bytes] = []
    events = 0
    for id, count, payload in db.execute(
        "SELECT id, events, payload FROM inbox WHERE id <= ? ORDER BY id", (end,)
    ):
        if ids and events + count > AT_ONCE:
            break
        ids.append(id)
        batches.append(payload)
        events += count
    return ids, batches


def replace_runs(
    manifest: Manifest, db: sqlite3.Connection, out: Iterable[Run], into: Iterable[Run]
) -> None:
    """Inside ``change()``: these runs are replaced by those."""
    gone = [run.file for run in out]
    db.executemany("DELETE FROM run WHERE file = ?", [(file,) for file in gone])
    db.executemany("INSERT INTO run VALUES (?, ?, ?)", [(r.file, r.hashes, r.checksum) for r in into])  # fmt: skip
    manifest.leave(db, [f"runs/{file}" for file in gone])


def merge_some(home: Home, manifest: Manifest, given: Connection | None = None) -> bool:
    """Merge one group of small segments, or of runs; False when there is nothing to do."""
    with engine(home, given) as con, one_writer(home):
        with manifest.reading() as db:
            snapshot = manifest.snapshot(db, tail=False)
        group, buckets = choose_merge(snapshot.segments)
        if group:
            _rewrite(home, manifest, con, group, buckets)
            return True
        if runs := choose_runs(snapshot.runs):
            merged = merge_runs(home.runs, runs)
            with manifest.change() as db:
                replace_runs(manifest, db, runs, [merged])
            return True
        return False


def choose_merge(segments: list[Segment]) -> tuple[list[Segment], int]:
    """(segments to merge, into how many buckets); none when there is nothing to do.

    Files of one month and bucket whose sizes lie within a factor of eight form a tier; a full
    tier is merged, the smallest first: every row is rewritten a few times in its life.
    """
    rows: dict[str, int] = defaultdict(int)
    tiers: dict[tuple[int, str, int, int], list[Segment]] = defaultdict(list)
    for s in segments:
        rows[s.month] += s.rows
        tiers[max(s.rows, 4096).bit_length() // 3, s.month, s.buckets, s.bucket].append(s)
    for (_, month, buckets, _), group in sorted(tiers.items()):
        if len(group) >= MERGE_AT:
            big = buckets > 1 or sum(s.rows for s in group) >= SPLIT_ROWS
            return group, max(buckets, buckets_for(rows[month])) if big else 1
    return [], 1


def _rewrite(
    home: Home, manifest: Manifest, con: Connection, group: list[Segment], buckets: int
) -> None:
    """These segments become new ones, sorted, every row with the person it has now."""
    with manifest.reading() as db:
        now = manifest.snapshot(db, tail=False).identity
        who = identity.changed_since(db, oldest_identity(group, now))
    if who:
        make_who(con, "who", who)
    relation = Corrections("who" if who else None).apply(relation_of(home.log, group))
    into = write_months(con, relation, home.log, identity=now, buckets=split_into(buckets))
    with manifest.change() as db:
        manifest.replace_segments(db, group, into)


def squash(home: Home, manifest: Manifest, given: Connection | None = None, *, at: int = 1) -> int:
    """Rewrite the rows whose person has become another; how many ids were still open. Does
    nothing when fewer than ``at`` are."""
    with engine(home, given) as con, one_writer(home):
        with manifest.reading() as db:
            snapshot = manifest.snapshot(db, tail=False)
            oldest = oldest_identity(snapshot.segments, snapshot.identity)
            who = identity.changed_since(db, oldest)
        behind = [s for s in snapshot.segments if s.identity < snapshot.identity]
        if len(who) < at or not behind:
            return 0
        make_who(con, "who", who)
        wrong = _with_wrong_person(con, home, behind)
        into: list[Segment] = []
        for segment in wrong:
            relation = Corrections("who").apply(relation_of(home.log, [segment]))
            into += write_months(
                con, relation, home.log, identity=snapshot.identity,
                buckets=split_into(segment.buckets),
            )  # fmt: skip
        with manifest.change() as db:
            manifest.replace_segments(db, wrong, into)
            db.execute(
                "UPDATE segment SET identity = ? WHERE identity < ?", (snapshot.identity,) * 2
            )
        return len(who)


def _with_wrong_person(con: Connection, home: Home, segments: list[Segment]) -> list[Segment]:
    """Segments with a row whose person is another by the table ``who``."""
    found = []
    for segment in segments:
        relation = relation_of(home.log, [segment])
        rows = con.execute(
            f"SELECT 1 FROM {relation} AS r JOIN who ON who.person <> r.person AND"
            " who.kind = 'customer' AND who.id = r.customer"
            f" UNION ALL SELECT 1 FROM {relation} AS r JOIN who ON who.person <> r.person AND"
            " who.kind = 'visitor' AND r.customer IS NULL AND who.id = r.visitor LIMIT 1"
        ).fetchall()
        if rows:
            found.append(segment)
    return found


def compact_fully(home: Home, manifest: Manifest, given: Connection | None = None) -> Compacted:
    """Empty the inbox and bring every month into its best form: one sorted file a bucket."""
    with engine(home, given) as con:
        done = compact(home, manifest, con)
        squash(home, manifest, con)
        with one_writer(home):
            months: dict[str, list[Segment]] = defaultdict(list)
            with manifest.reading() as db:
                for segment in segments_of(db):
                    months[segment.month].append(segment)
            for segments in months.values():
                buckets = buckets_for(sum(s.rows for s in segments))
                if not _is_best(segments, buckets):
                    _rewrite(home, manifest, con, segments, buckets)
        with one_writer(home), manifest.reading() as db:
            runs = manifest.snapshot(db, tail=False).runs
        if len(runs) > 1:
            with one_writer(home):
                merged = merge_runs(home.runs, runs)
                with manifest.change() as db:
                    replace_runs(manifest, db, runs, [merged])
    return done


def _is_best(segments: list[Segment], buckets: int) -> bool:
    """One file a bucket, and neither split too finely nor too coarsely by more than a step."""
    places = {(s.buckets, s.bucket) for s in segments}
    return (
        len(places) == len(segments)
        and len({s.buckets for s in segments}) == 1
        and buckets <= segments[0].buckets <= 2 * buckets
        and all(s.schema == VERSION for s in segments)
    )
