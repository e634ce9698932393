"""Very many events at once, from a Parquet file in the log's own columns, past the inbox.

For moving a log in, and for histories of millions of events. The same rules hold as for events
that arrive one by one: an id that is known, or comes twice in the file, counts once (the first),
erased people stay erased, joined ids belong to their person.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import numpy as np

from gern.core.engines import duckdb
from gern.core.engines.duckdb import Connection, literal, one_row, quoted
from gern.core.errors import BadInput
from gern.core.home import Home
from gern.core.log import identity, profile, tombstones
from gern.core.log.changes import one_writer, workspace
from gern.core.log.compaction import compact, replace_runs
from gern.core.log.ids import event_hash_sql
from gern.core.log.inbox import check_space
from gern.core.log.manifest import Manifest, Segment
from gern.core.log.runs import Hashes, found_in, loose_hashes, open_runs, write_run
from gern.core.log.schema import COLUMNS, VISITOR
from gern.core.log.segments import relation_of, write_many, write_months
from gern.core.log.views import Who, make_who

NEEDED = ("source", "event_id", "name", "ts")
HASHES_AT_ONCE = 32_000_000
"""Ids compared at a time (256 MB)."""
IN_MEMORY_ROWS = 2_000_000
"""A file with fewer rows is not split by month on disk first."""


@dataclass(frozen=True)
class Loaded:
    """What a bulk load brought in."""

    rows: int
    rows_new: int
    rows_known: int
    rows_erased: int


def load(home: Home, manifest: Manifest, file: Path, *, now: datetime) -> Loaded:
    """Bring the events of a Parquet file into the log, once. ``now``: naive UTC.

    Columns: those of `log.schema`, at least source, event_id, name, ts (UTC) and customer or
    visitor; ``person`` is derived. ``BadInput`` says what is wrong; then nothing was changed.
    """
    check_space(home)
    with workspace(home, "load") as folder:
        con = duckdb.connect(
            allowed=[home.log, file, folder], temporary=folder / "spill", writable=True
        )
        try:
            derived = _open(con, file, now)
            rows = _check(con, now)
            with one_writer(home):
                compact(home, manifest)  # what waits in the inbox was first
                return _load(con, home, manifest, folder, rows, derived)
        finally:
            con.close()


def _open(con: Connection, file: Path, now: datetime) -> dict[str, str]:
    """View ``sent_rows``: the file in the columns of the schema, without the person; back come
    the columns that the file lacks, as SQL."""
    try:
        there = con.execute(f"DESCRIBE SELECT * FROM read_parquet({literal(str(file))})").fetchall()
    except duckdb.EngineError as error:
        raise BadInput(
            f"{file.name} is no Parquet file that can be read: {error}", param="FILE"
        ) from error
    names = {str(row[0]) for row in there} - {"place", "given_id"}  # those of orders in files
    missing = [name for name in NEEDED if name not in names]
    if missing or not names & {"customer", "visitor"}:
        raise BadInput(
            f"{file.name} lacks {', '.join(missing) or 'customer or visitor'}. Needed:"
            f" {', '.join(NEEDED)} and customer or visitor. Nothing was changed.",
            param="FILE",
        )
    defaults = {"received": f"TIMESTAMP {literal(str(now))}", "kind": "'track'"}
    columns, lacking = [], {}
    for column in COLUMNS:
        if column.name == "person":
            continue
        value = quoted(column.name) if column.name in names else defaults.get(column.name, "NULL")
        typed = f"CAST({value} AS {column.type})"
        if column.name == "quantity" and {"line", "amount"} <= names:
            one = "CASE WHEN line IS NULL THEN NULL WHEN amount < 0 THEN -1 ELSE 1 END"
            typed = f"CAST(coalesce({value}, {one}) AS {column.type})"
        columns.append(f"{typed} AS {column.name}")
        if column.name not in names:
            lacking[column.name] = typed
    con.execute(
        f"CREATE VIEW sent_rows AS SELECT {', '.join(columns)}, file_row_number AS n"
        f" FROM read_parquet({literal(str(file))}, file_row_number = true)"
    )
    return lacking


def _check(con: Connection, now: datetime) -> int:
    """The number of rows; ``BadInput`` when there is one that cannot be used."""
    wrong = {
        "have no source, event_id, name or ts": "source IS NULL OR event_id IS NULL OR name IS NULL"
        " OR ts IS NULL",
        "have neither customer nor visitor": "customer IS NULL AND visitor IS NULL",
        f"have a customer that begins with {VISITOR}": f"starts_with(customer, '{VISITOR}')",
        "lie before 1900 or more than a day ahead": "ts < TIMESTAMP '1900-01-01' OR"
        f" ts > TIMESTAMP {literal(str(now))} + INTERVAL 1 DAY",
        "are order lines without amount or currency": "line IS NOT NULL AND"
        " (amount IS NULL OR currency IS NULL OR order_id IS NULL)",
    }
    counts = ", ".join(f"count(*) FILTER ({condition})" for condition in wrong.values())
    try:
        rows, *found = one_row(con, f"SELECT count(*), {counts} FROM sent_rows")
    except duckdb.EngineError as error:
        raise BadInput(f"A column cannot be read: {error}. Nothing was changed.") from error
    (headless,) = one_row(
        con,
        "SELECT count(*) FROM (SELECT 1 FROM sent_rows WHERE line IS NOT NULL"
        " GROUP BY source, event_id HAVING min(line) <> 1)",
    )
    found.append(headless)
    wrong["are orders without a line 1"] = ""
    for count, said in zip(found, wrong, strict=True):
        if count:
            raise BadInput(f"{count:,} rows {said}. Nothing was changed.", param="FILE")
    return int(rows)


def _load(
    con: Connection, home: Home, manifest: Manifest, folder: Path, rows: int,
    derived: dict[str, str],
) -> Loaded:  # fmt: skip
    with manifest.reading() as db:
        snapshot = manifest.snapshot(db, tail=False)
        graves = tombstones.of(home, db)
        who = identity.changed_since(db, 0)
        runs = [*open_runs(home.runs, snapshot.runs), loose_hashes(db)]
    rows_erased = _leave_out_erased(con, graves)
    suspects: list[Hashes] = []
    run = write_run(home.runs, _new_hashes(con, runs, rows, suspects))
    if any(len(part) for part in suspects):
        _leave_out_known(con, home, manifest, snapshot.segments, np.concatenate(suspects))
    _stage(con, who)
    identified = con.execute(
        "SELECT visitor, arg_min(customer, n) FROM fresh WHERE kind = 'identify'"
        " AND visitor IS NOT NULL AND customer IS NOT NULL GROUP BY visitor ORDER BY min(n)"
    ).fetchall()
    into = _write(con, home, folder, rows, derived, snapshot.identity)
    seen = profile.count_rows(con, relation_of(home.log, into))
    with manifest.change() as change:
        profile.keep(change, seen)
        manifest.replace_segments(change, [], into)
        for visitor, customer in identified:
            identity.link(change, visitor, customer)
        replace_runs(manifest, change, [], run)
    new = sum(s.rows for s in into)
    return Loaded(rows, new, rows - new - rows_erased, rows_erased)


def _leave_out_erased(con: Connection, graves: tombstones.Tombstones) -> int:
    """View ``allowed``: the rows without those of erased people from before their erasure, and
    without an erased visitor's id on somebody else's row; how many rows were left out."""
    con.execute("CREATE TABLE erased (kind VARCHAR, id VARCHAR, before TIMESTAMP)")
    for kind in ("customer", "visitor") if graves else ():
        rows = con.execute(f"SELECT DISTINCT {kind} FROM sent_rows WHERE {kind} IS NOT NULL")
        found = [(kind, id, graves.before(kind, id)) for (id,) in rows.fetchall()]
        for _, id, before in found:
            if before is not None:
                con.execute(
                    "INSERT INTO erased VALUES (?, ?, make_timestamp(?))", [kind, id, before]
                )
    (few,) = one_row(con, "SELECT count(*) FROM erased")
    if not few:
        con.execute("CREATE VIEW allowed AS SELECT * FROM sent_rows")
        return 0
    earlier = "e.id = r.{kind} AND e.kind = '{kind}' AND r.ts < e.before"
    con.execute(
        "CREATE VIEW allowed AS SELECT r.* REPLACE (CASE WHEN e.id IS NULL THEN r.visitor END AS"
        " visitor) FROM (SELECT * FROM sent_rows AS r"
        f" ANTI JOIN erased AS e ON {earlier.format(kind='customer')}) AS r"
        f" LEFT JOIN erased AS e ON {earlier.format(kind='visitor')}"
        " WHERE e.id IS NULL OR r.customer IS NOT NULL"
    )
    sent, kept = one_row(
        con, "SELECT (SELECT count(*) FROM sent_rows), (SELECT count(*) FROM allowed)"
    )
    return int(sent - kept)


def _new_hashes(
    con: Connection, runs: list[Hashes], rows: int, suspects: list[Hashes]
) -> Iterator[Hashes]:
    """The hashes of all ids that no run holds, sorted, part by part; those that a run holds, or
    that come twice, are added to ``suspects``."""
    parts = max(1, -(-rows // HASHES_AT_ONCE))
    for part in range(parts):
        low, high = (1 << 64) * part // parts, (1 << 64) * (part + 1) // parts - 1
        column = con.execute(
            f"SELECT h FROM (SELECT {event_hash_sql()} AS h FROM allowed"
            f" WHERE coalesce(line, 1) = 1) WHERE h BETWEEN {low} AND {high}"
        ).fetchnumpy()["h"]
        hashes = np.asarray(column, dtype=np.uint64)
        hashes.sort()
        again = hashes[1:] == hashes[:-1]
        held = found_in(runs, hashes)
        suspects.append(np.union1d(hashes[1:][again], hashes[held]))
        yield hashes[~held]


def _leave_out_known(
    con: Connection, home: Home, manifest: Manifest, segments: list[Segment], suspects: Hashes
) -> None:
    """Table ``dropped``: rows whose event is known by its full id, or was earlier in the file."""
    con.register("suspect_hashes", {"h": suspects})
    con.execute(
        "CREATE TABLE suspicious AS SELECT n, source, event_id, coalesce(line, 1) AS line"
        f" FROM allowed WHERE {event_hash_sql()} IN (SELECT h FROM suspect_hashes)"
    )
    con.unregister("suspect_hashes")
    con.execute(
        "CREATE TABLE known_keys AS SELECT DISTINCT source, event_id"
        f" FROM {relation_of(home.log, segments)} SEMI JOIN suspicious USING (source, event_id)"
    )
    with manifest.reading() as db:
        if tombstones.any_events(db):
            keys = con.execute("SELECT DISTINCT source, event_id FROM suspicious").fetchall()
            for key in tombstones.erased_events(home, db, keys):
                con.execute("INSERT INTO known_keys VALUES (?, ?)", list(key))
    con.execute(
        "CREATE TABLE dropped AS SELECT n FROM suspicious SEMI JOIN known_keys"
        " USING (source, event_id) UNION ALL SELECT n FROM (SELECT n, row_number() OVER"
        " (PARTITION BY source, event_id, line ORDER BY n) AS place FROM suspicious"
        " ANTI JOIN known_keys USING (source, event_id)) WHERE place > 1"
    )


def _stage(con: Connection, who: Who) -> None:
    """View ``fresh``: the rows to write, each with its person."""
    con.execute("CREATE TABLE IF NOT EXISTS dropped (n BIGINT)")
    (some,) = one_row(con, "SELECT count(*) FROM dropped")
    rows = "(SELECT * FROM allowed ANTI JOIN dropped USING (n))" if some else "allowed"
    own = f"coalesce(r.customer, '{VISITOR}' || r.visitor)"
    if not who:
        con.execute(f"CREATE VIEW fresh AS SELECT *, {own} AS person FROM {rows} AS r")
        return
    make_who(con, "who", who)
    con.execute(
        f"CREATE VIEW fresh AS SELECT r.*, coalesce(c.person, v.person, {own}) AS person"
        f" FROM {rows} AS r LEFT JOIN who AS c ON c.kind = 'customer' AND c.id = r.customer"
        " LEFT JOIN who AS v ON v.kind = 'visitor' AND r.customer IS NULL AND v.id = r.visitor"
    )


def _write(
    con: Connection, home: Home, folder: Path, rows: int, derived: dict[str, str], version: int
) -> list[Segment]:
    if rows < IN_MEMORY_ROWS:
        con.execute("CREATE TABLE fresh_rows AS SELECT * FROM fresh")
        return write_months(con, "fresh_rows", home.log, derived, identity=version)
    return write_many(con, "fresh", home.log, folder, derived, identity=version)
