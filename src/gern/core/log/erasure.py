"""Taking people out of the log, physically.

1. One transaction: their ids become tombstones, their waiting events leave the inbox, their rows
   are hidden. From here on nobody can read them.
2. The files that hold their rows are rewritten without them, and the hiding ends.
3. The old files are deleted once nobody reads them any more, the manifest's own log (WAL) is
   emptied. Only then is the erasure complete.

Killed anywhere, `finish` takes it up again.
"""

from __future__ import annotations

import json
import re
import shutil
import sqlite3
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from gern.core.durable import sync
from gern.core.engines.duckdb import Connection, one_row
from gern.core.errors import TryLater
from gern.core.home import Home
from gern.core.log import identifications, identity, quarantine, tombstones
from gern.core.log.changes import engine, one_writer, remove_unlisted, sweep_temporary
from gern.core.log.event import pack, unpack
from gern.core.log.files import sweep_until_gone
from gern.core.log.identity import Id, default_person
from gern.core.log.ids import bucket, event_hash
from gern.core.log.manifest import Hidden, Manifest, Segment
from gern.core.log.runs import keep_loose
from gern.core.log.segments import into as split_into
from gern.core.log.segments import relation_of, write_months
from gern.core.log.views import Corrections, make_hidden, make_who, oldest_identity


@dataclass(frozen=True)
class Erased:
    """What an erasure took out of the log. ``ids``: how many ids the people had in all."""

    people: int
    ids: int
    inbox_events: int
    rows: int
    segments_rewritten: int
    bytes_rewritten: int
    visitor_ids_blanked: int
    seconds: float
    first_day: str | None = None
    last_day: str | None = None
    """The days (UTC) between which their rows lay."""

    def to_dict(self) -> dict[str, int | float | str | None]:
        """For JSON."""
        return asdict(self)


@dataclass(frozen=True)
class Emptied:
    """What left the inbox: how many events, and the days (UTC) between which they lay."""

    events: int = 0
    first_day: str | None = None
    last_day: str | None = None


def hide(home: Home, manifest: Manifest, people: Sequence[str], now: int) -> Emptied:
    """Make these people unreadable at once; what left the inbox.

    ``people``: customer ids (or ``visitor:ID``); every id joined to them goes along. ``now`` in
    microseconds since 1970. `finish` then erases them physically.
    """
    with manifest.change() as db:
        ids: set[Id] = set()
        for person in people:
            root = identity.person_of(db, *identity.id_of(person))
            ids |= set(identity.ids_of(db, root))
        db.executemany("DELETE FROM erasure_waiting WHERE person = ?", [(p,) for p in people])
        return _hide(home, db, dict.fromkeys(ids, now))


def _hide(home: Home, db: sqlite3.Connection, ids: dict[Id, int]) -> Emptied:
    """``ids``: each with the moment of its erasure."""
    moved = {id for id in ids if identity.by_hand(db, *id)}
    db.executemany(
        "INSERT INTO erasing (kind, id, before, moved) VALUES (?, ?, ?, ?) ON CONFLICT (kind, id)"
        " DO UPDATE SET before = max(before, excluded.before), moved = max(moved, excluded.moved)",
        [(*id, before, int(id in moved)) for id, before in ids.items()],
    )
    graves = tombstones.of(home, db)
    tombstones.bury(home, db, ids)
    identity.forget(db, ids)
    identifications.forget(db, ids)
    quarantine.forget(db, ids)
    keys, gone = _empty_inbox(db, set(ids), graves)
    tombstones.remember_events(home, db, keys)
    keep_loose(db, (event_hash(*key) for key in keys))
    return gone


def replay(home: Home, manifest: Manifest, later: dict[bytes, int]) -> int:
    """Erase the people of these tombstones from a log that is older than their erasure; how many
    ids were found. Nobody else may use the log yet. The other places of the home follow before it
    is used: `Home.erased_again`."""
    with engine(home) as con, manifest.reading() as db:
        known = {bytes(h): int(b) for h, b in db.execute("SELECT hash, before FROM tombstone")}
        new = {h: b for h, b in later.items() if b > known.get(h, -1)}
        graves = tombstones.Tombstones(home, new)
        snapshot = manifest.snapshot(db)
        ids: set[Id] = set()
        for kind in ("customer", "visitor") if new else ():
            relation = relation_of(home.log, snapshot.segments)
            rows = con.execute(f"SELECT DISTINCT {kind} FROM {relation}").fetchall()
            ids |= {(kind, str(row[0])) for row in rows if row[0] is not None}
            said = [getattr(e, kind) for batch in snapshot.tail or [] for e in unpack(batch)]
            ids |= {(kind, id) for id in said if id is not None}
        ids |= {(str(k), str(i)) for k, i in db.execute("SELECT kind, id FROM identity")}
        parents = db.execute("SELECT parent FROM identity WHERE parent IS NOT NULL")
        ids |= {("customer", str(row[0])) for row in parents}
        found = {id: graves.before(*id) for id in ids}
    erased = {id: before for id, before in found.items() if before is not None}
    with manifest.change() as change:
        tombstones.keep(change, new)
        _hide(home, change, erased)
    finish(home, manifest, people=len(erased))
    for path in home.rejects.iterdir():
        if any(graves.before("customer", word) is not None for word in words_of(path)):
            path.unlink()
    for path in home.uploads.iterdir() if new else ():  # of any format: handed in again
        path.unlink()
    if erased:
        names = sorted({default_person(*id) for id in erased})
        home.erased_again.write_text(json.dumps(names))
        sync(home.erased_again)
    return len(erased)


def words_of(path: Path) -> set[str]:
    """Everything in a text file that could be an id: what stands between separators and quotes."""
    text = path.read_text(encoding="utf-8", errors="replace")
    return {word.strip() for word in re.split(r"[;,\t|\"'\r\n]", text)} - {""}


def _empty_inbox(
    db: sqlite3.Connection, ids: set[Id], graves: tombstones.Tombstones
) -> tuple[set[tuple[str, str]], Emptied]:
    """Take their events out of the inbox: (ids of those that counted, how many in all)."""
    gone: list[str] = []
    first: dict[tuple[str, str], bool] = {}
    rows = db.execute("SELECT id, payload FROM inbox").fetchall()
    for number, payload in rows:
        events = unpack(payload)
        kept = []
        changed = False
        for event in events:
            theirs = (
                ("customer", event.customer) in ids
                if event.customer is not None
                else ("visitor", event.visitor) in ids
            )
            if not graves.cover(event):
                first.setdefault((event.source, event.event_id), theirs)
            if theirs:
                gone.append(datetime.fromtimestamp(event.ts / 1e6, UTC).date().isoformat())
                changed = True
                continue
            if ("visitor", event.visitor) in ids:
                event.visitor = None
                changed = True
            kept.append(event)
        if not changed:
            continue
        if kept:
            db.execute(
                "UPDATE inbox SET payload = ?, events = ? WHERE id = ?",
                (pack(kept), len(kept), number),
            )
        else:
            db.execute("DELETE FROM inbox WHERE id = ?", (number,))
    emptied = Emptied(len(gone), min(gone, default=None), max(gone, default=None))
    return {key for key, theirs in first.items() if theirs}, emptied


def finish(
    home: Home, manifest: Manifest, given: Connection | None = None, *, people: int = 0,
    inbox: Emptied = Emptied(),
) -> Erased | None:  # fmt: skip
    """Rewrite what holds rows of hidden people; None when nobody is hidden. Returns once no file
    holds them any more; `TryLater` when somebody keeps reading the old ones."""
    started = time.monotonic()
    with engine(home, given) as con, one_writer(home):
        report = _rewrite(home, manifest, con, people, inbox, started)
        remove_unlisted(home, manifest)  # half-written files of killed work
    sweep_temporary(home)
    purge(home, manifest)
    return report


def _rewrite(
    home: Home, manifest: Manifest, con: Connection, people: int, inbox: Emptied, started: float
) -> Erased | None:
    with manifest.reading() as db:
        snapshot = manifest.snapshot(db, tail=False)
        moved = db.execute("SELECT count(*) FROM erasing WHERE moved").fetchone()[0]
        oldest = oldest_identity(snapshot.segments, snapshot.identity)
        who = identity.changed_since(db, oldest)
    hidden = snapshot.hidden
    if not hidden:
        return None
    make_hidden(con, "hidden", hidden)
    _make_names(con, hidden)
    if who:
        make_who(con, "who", who)
    apply = Corrections("who" if who else None, "hidden")
    anywhere = moved or any(h.kind == "visitor" for h in hidden)
    candidates = snapshot.segments if anywhere else _of_people(snapshot.segments, hidden)
    out = [s for s in candidates if _mentions(con, home, s)]
    into: list[Segment] = []
    blanked = 0
    days = [day for day in (inbox.first_day, inbox.last_day) if day]
    keys: set[tuple[str, str]] = set()
    for segment in out:
        relation = relation_of(home.log, [segment])
        gone = apply.taken_out(relation)
        keys |= {
            (str(source), str(id))
            for source, id in con.execute(
                f"SELECT DISTINCT source, event_id FROM {gone} WHERE event_id IS NOT NULL"
            ).fetchall()
        }
        blanked += _count(con, f"{relation} AS r {_THEIR_VISITOR} WHERE r.customer IS NOT NULL")
        blanked -= _count(con, f"{gone} AS r {_THEIR_VISITOR} WHERE r.customer IS NOT NULL")
        span = one_row(con, f"SELECT min(ts), max(ts) FROM {gone}")
        days += [ts.date().isoformat() for ts in span if ts]
        into += write_months(
            con, apply.apply(relation), home.log, identity=snapshot.identity,
            buckets=split_into(segment.buckets),
        )  # fmt: skip
    people = people or sum(h.kind == "customer" for h in hidden) or 1  # taken up by another process
    report = Erased(
        people=people,
        ids=len(hidden),
        inbox_events=inbox.events,
        rows=sum(s.rows for s in out) - sum(s.rows for s in into),
        segments_rewritten=len(out),
        bytes_rewritten=sum(s.bytes for s in out),
        visitor_ids_blanked=blanked,
        seconds=round(time.monotonic() - started, 3),
        first_day=min(days, default=None),
        last_day=max(days, default=None),
    )
    with manifest.change() as db:
        manifest.replace_segments(db, out, into, fewer=True)
        tombstones.remember_events(home, db, keys)
        db.executemany(
            "DELETE FROM erasing WHERE kind = ? AND id = ? AND before = ?",
            [(h.kind, h.id, h.before) for h in hidden],
        )
        db.execute(
            "INSERT INTO erasure (at, people, report) VALUES (?, ?, ?)",
            (datetime.now(UTC).isoformat(), people, json.dumps(report.to_dict())),
        )
    return report


def _of_people(segments: list[Segment], hidden: list[Hidden]) -> list[Segment]:
    people = [default_person(h.kind, h.id) for h in hidden]
    return [s for s in segments if any(bucket(p, s.buckets) == s.bucket for p in people)]


def _make_names(con: Connection, hidden: list[Hidden]) -> None:
    """Table ``erased_names``: what the people are called in the column ``person``. Rows of others
    who were once joined to them may still carry it."""
    con.execute("CREATE OR REPLACE TABLE erased_names (person VARCHAR)")
    con.executemany(
        "INSERT INTO erased_names VALUES (?)", [[default_person(h.kind, h.id)] for h in hidden]
    )


_THEIR_VISITOR = "SEMI JOIN hidden AS h ON h.kind = 'visitor' AND h.id = r.visitor"


def _mentions(con: Connection, home: Home, segment: Segment) -> bool:
    rows = f"SELECT 1 FROM {relation_of(home.log, [segment])} AS r"
    found = _count(
        con,
        f"({rows} {_THEIR_VISITOR} UNION ALL {rows} SEMI JOIN hidden AS h ON"
        " h.kind = 'customer' AND h.id = r.customer"
        f" UNION ALL {rows} SEMI JOIN erased_names USING (person))",
    )
    return found > 0


def _count(con: Connection, relation: str) -> int:
    return int(one_row(con, f"SELECT count(*) FROM {relation}")[0])


def erased_between(manifest: Manifest, since: datetime, until: datetime) -> int:
    """How many people at most were erased of whom rows lay in ``[since, until)`` (naive UTC)."""
    first, last = since.date().isoformat(), (until - timedelta(microseconds=1)).date().isoformat()
    row = manifest.connection().execute(
        "SELECT coalesce(sum(people), 0) FROM erasure WHERE json_extract(report, '$.first_day') <= ?"
        " AND json_extract(report, '$.last_day') >= ?",
        (last, first),
    )
    return int(row.fetchone()[0])


MEMBERS = "audience-"
"""Files of the cache whose names begin so are rewritten by whoever keeps them (erasure registry):
what changed since they were made could not be told any more without them."""


def purge(home: Home, manifest: Manifest, seconds: float = 63) -> None:
    """Return once no old file and no page of the manifest's own log (WAL) is left."""
    deadline = time.monotonic() + seconds
    if not sweep_until_gone(home, manifest, seconds):
        raise TryLater(
            "The people are erased and unreadable, but somebody still reads old files of the log."
            " Run `gern erase --finish` again in a minute."
        )
    for path in home.cache.glob("*.parquet"):  # nobody computes with the old files any more
        if not path.name.startswith(MEMBERS):
            path.unlink(missing_ok=True)
    for folder in home.cache.glob("spine-*"):
        shutil.rmtree(folder, ignore_errors=True)
    db = sqlite3.connect(manifest.path, timeout=0.2, isolation_level=None)
    try:
        while db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]:
            if time.monotonic() > deadline:
                raise TryLater(
                    "The people are erased and unreadable, but somebody keeps reading the manifest."
                    " Run `gern erase --finish` again in a minute."
                )
            time.sleep(0.05)
    finally:
        db.close()


def erase(home: Home, manifest: Manifest, people: Sequence[str], *, now: int) -> Erased:
    """Erase these people: `hide` and `finish`. When another erasure that runs at the same time
    has rewritten their rows already, the report has none."""
    inbox = hide(home, manifest, people, now)
    report = finish(home, manifest, people=len(people), inbox=inbox)
    return report or nothing_left(len(people), inbox.events)


def nothing_left(people: int, inbox_events: int) -> Erased:
    """The report when another erasure has rewritten the rows already."""
    return Erased(people, 0, inbox_events, 0, 0, 0, 0, 0.0)
