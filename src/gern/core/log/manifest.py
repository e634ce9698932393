"""The manifest: which segments count, what waits in the inbox, who is who, the shop's settings.

One SQLite file, one transaction per change, durable (``synchronous=FULL``). A reader takes
everything it needs in one read transaction (`Manifest.snapshot`); what is not listed does not
exist.
"""

from __future__ import annotations

import errno
import fcntl
import json
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import astuple, dataclass, fields
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from gern.core.errors import GernError, OutOfSpace

TABLES = """
CREATE TABLE IF NOT EXISTS meta (key TEXT PRIMARY KEY, value INTEGER NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS segment (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  file TEXT NOT NULL UNIQUE, schema INTEGER NOT NULL, month TEXT NOT NULL,
  rows INTEGER NOT NULL, bytes INTEGER NOT NULL, checksum TEXT NOT NULL,
  first_ts TEXT NOT NULL, last_ts TEXT NOT NULL,
  bucket INTEGER NOT NULL DEFAULT 0, buckets INTEGER NOT NULL DEFAULT 1,
  identity INTEGER NOT NULL DEFAULT 0) STRICT;
CREATE TABLE IF NOT EXISTS import (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  source TEXT NOT NULL, file TEXT NOT NULL, at TEXT NOT NULL,
  mapping TEXT NOT NULL, result TEXT NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS setting (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  name TEXT NOT NULL, value TEXT NOT NULL, since TEXT NOT NULL, set_by TEXT NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS inbox (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  received INTEGER NOT NULL, events INTEGER NOT NULL, payload BLOB NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS run (
  file TEXT PRIMARY KEY, hashes INTEGER NOT NULL, checksum TEXT NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS identity (
  kind TEXT NOT NULL, id TEXT NOT NULL, parent TEXT, person TEXT NOT NULL,
  by_hand INTEGER NOT NULL, version INTEGER NOT NULL, PRIMARY KEY (kind, id)) STRICT;
CREATE INDEX IF NOT EXISTS identity_parent ON identity (parent);
CREATE INDEX IF NOT EXISTS identity_person ON identity (person);
CREATE INDEX IF NOT EXISTS identity_version ON identity (version);
CREATE TABLE IF NOT EXISTS tombstone (
  hash BLOB NOT NULL, before INTEGER NOT NULL, PRIMARY KEY (hash)) STRICT;
CREATE TABLE IF NOT EXISTS erased_event (hash BLOB PRIMARY KEY) STRICT;
CREATE TABLE IF NOT EXISTS loose_hash (hash BLOB PRIMARY KEY) STRICT;
CREATE TABLE IF NOT EXISTS erasing (
  kind TEXT NOT NULL, id TEXT NOT NULL, before INTEGER NOT NULL, moved INTEGER NOT NULL,
  PRIMARY KEY (kind, id)) STRICT;
CREATE TABLE IF NOT EXISTS erasure_waiting (
  person TEXT PRIMARY KEY, at TEXT NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS backup_folder (path TEXT PRIMARY KEY) STRICT;
CREATE TABLE IF NOT EXISTS erasure (
  id INTEGER PRIMARY KEY AUTOINCREMENT, at TEXT NOT NULL, people INTEGER NOT NULL,
  report TEXT NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS quarantine (
  id INTEGER PRIMARY KEY AUTOINCREMENT, source TEXT NOT NULL, received INTEGER NOT NULL,
  name TEXT NOT NULL, code TEXT NOT NULL, message TEXT NOT NULL, item BLOB NOT NULL) STRICT;
CREATE INDEX IF NOT EXISTS quarantine_source ON quarantine (source);
CREATE TABLE IF NOT EXISTS quarantine_size (
  source TEXT NOT NULL, code TEXT NOT NULL, items INTEGER NOT NULL, bytes INTEGER NOT NULL,
  last INTEGER NOT NULL, PRIMARY KEY (source, code)) STRICT;
CREATE TRIGGER IF NOT EXISTS quarantine_more AFTER INSERT ON quarantine BEGIN
  INSERT INTO quarantine_size VALUES (new.source, new.code, 1, length(new.item), new.received)
  ON CONFLICT (source, code) DO UPDATE SET items = items + 1, bytes = bytes + excluded.bytes,
  last = max(last, excluded.last); END;
CREATE TRIGGER IF NOT EXISTS quarantine_less AFTER DELETE ON quarantine BEGIN
  UPDATE quarantine_size SET items = items - 1, bytes = bytes - length(old.item)
  WHERE source = old.source AND code = old.code; END;
CREATE TABLE IF NOT EXISTS arrival (
  source TEXT NOT NULL, hour INTEGER NOT NULL, events INTEGER NOT NULL, refused INTEGER NOT NULL,
  bots INTEGER NOT NULL, internal INTEGER NOT NULL, trimmed INTEGER NOT NULL,
  skew INTEGER NOT NULL, last INTEGER NOT NULL, PRIMARY KEY (source, hour)) STRICT;
CREATE TABLE IF NOT EXISTS library (
  source TEXT NOT NULL, name TEXT NOT NULL, version TEXT NOT NULL, events INTEGER NOT NULL,
  first INTEGER NOT NULL, last INTEGER NOT NULL, PRIMARY KEY (source, name, version)) STRICT;
CREATE TABLE IF NOT EXISTS identification (
  visitor TEXT NOT NULL, customer TEXT NOT NULL, source TEXT NOT NULL, first INTEGER NOT NULL,
  last INTEGER NOT NULL, times INTEGER NOT NULL, state TEXT NOT NULL,
  PRIMARY KEY (visitor, customer)) STRICT;
CREATE INDEX IF NOT EXISTS identification_customer ON identification (customer);
CREATE INDEX IF NOT EXISTS identification_open ON identification (source) WHERE state = 'open';
CREATE TABLE IF NOT EXISTS kept_apart (
  customer TEXT NOT NULL, other TEXT NOT NULL, PRIMARY KEY (customer, other)) STRICT;
CREATE TABLE IF NOT EXISTS profile (
  source TEXT NOT NULL, event TEXT NOT NULL, property TEXT NOT NULL, type TEXT NOT NULL,
  events INTEGER NOT NULL, first INTEGER NOT NULL, last INTEGER NOT NULL,
  PRIMARY KEY (source, event, property, type)) STRICT;
CREATE TABLE IF NOT EXISTS gone (
  file TEXT PRIMARY KEY, version INTEGER NOT NULL, at INTEGER NOT NULL) STRICT;
"""
"""``identity``: ids whose person is not simply themselves (see `log.identity`); ``tombstone``:
keyed hashes of erased ids; ``erased_event``: of the ids of their events; ``loose_hash``: hashes that are in no run; ``erasing``: ids hidden until their rows are physically gone; ``erasure_waiting``: asked for, done at night;
``quarantine``: items that could not be used; ``arrival``: what came in an hour; ``library``: which
SDKs sent it; ``profile``: kinds of
events and properties seen; ``kept_apart``: customers whom a person has split;
``identification``: who was said to be whom (see `log.identifications`);
``gone``: files that left the log and wait until nobody reads them (times in microseconds)."""

BUSY_SECONDS = 60

Key = tuple[int, int, int]
"""(version, version of who is who, last batch of the inbox) of a snapshot."""


@dataclass(frozen=True)
class Segment:
    """One immutable file of the log. ``month``: UTC month of its rows, ``"2011-03"``; it holds
    the people whose hash falls into ``bucket`` of ``buckets``; ``identity``: the version of who
    is who its ``person`` column follows."""

    file: str
    schema: int
    month: str
    rows: int
    bytes: int
    checksum: str
    first_ts: str
    last_ts: str
    bucket: int = 0
    buckets: int = 1
    identity: int = 0


_SEGMENT = ", ".join(f.name for f in fields(Segment))


@dataclass(frozen=True)
class Run:
    """One sorted file of 64-bit hashes of event ids."""

    file: str
    hashes: int
    checksum: str


@dataclass(frozen=True)
class Hidden:
    """Rows of this id that happened or reached us before ``before`` are being erased."""

    kind: str
    id: str
    before: int


@dataclass(frozen=True)
class Snapshot:
    """Everything a reader needs, of one moment. ``tail``: batches of the inbox in order, None
    when the caller said it has them; ``identity``: version of who is who."""

    version: int
    identity: int
    last: int
    segments: list[Segment]
    runs: list[Run]
    hidden: list[Hidden]
    tail: list[bytes] | None
    fewer: int = 0
    """How often rows have left the log."""

    @property
    def key(self) -> Key:
        """Two snapshots with the same key hold the same data."""
        return (self.version, self.identity, self.last)


@dataclass(frozen=True)
class Setting:
    """A value, since when it holds, and who said so (``"default"`` when nobody did)."""

    value: Any
    since: datetime
    set_by: str


class Manifest:
    """Open the manifest at ``path``; made when it is missing."""

    def __init__(self, path: Path):
        self.path = path
        self._local = threading.local()
        with self._translated():
            db = self.connection()
            db.executescript("PRAGMA journal_mode=WAL;" + TABLES)
            db.execute(
                "INSERT OR IGNORE INTO meta VALUES ('version', 0), ('identity', 0), ('fewer', 0)"
            )

    def connection(self) -> sqlite3.Connection:
        """This thread's connection, opened at first use."""
        db = getattr(self._local, "db", None)
        if db is None:
            db = sqlite3.connect(self.path, timeout=BUSY_SECONDS, isolation_level=None)
            db.execute("PRAGMA synchronous=FULL")
            db.execute("PRAGMA secure_delete=ON")
            self._local.db = db
        return db

    @contextmanager
    def change(self, *, version: bool = True) -> Iterator[sqlite3.Connection]:
        """One exclusive transaction. All of it becomes visible at once, or none.

        Writers wait in a queue of the operating system, so that none starves. ``version``:
        whether segments or their meaning change; events that arrive do not count.
        """
        with self._queue(), self._translated():
            db = self.connection()
            db.execute("BEGIN IMMEDIATE")
            try:
                yield db
                if version:
                    db.execute("UPDATE meta SET value = value + 1 WHERE key = 'version'")
                db.execute("COMMIT")
            except BaseException:
                if db.in_transaction:
                    db.execute("ROLLBACK")
                raise

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """One read transaction: everything read in it is of the same moment."""
        db = self.connection()
        db.execute("BEGIN")
        try:
            yield db
        finally:  # the connection is kept: it must not stay inside a transaction
            db.execute("COMMIT")

    @contextmanager
    def _queue(self) -> Iterator[None]:
        with self._translated():
            file = self.path.with_suffix(".queue").open("a")
        with file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield

    @contextmanager
    def _translated(self) -> Iterator[None]:
        """SQLite's and the system's errors as sentences."""
        try:
            yield
        except (sqlite3.OperationalError, OSError) as error:
            said = str(error)
            if "full" in said or getattr(error, "errno", None) == errno.ENOSPC:
                raise OutOfSpace(str(self.path.parent)) from error
            if (
                "readonly" in said
                or "unable to open" in said
                or getattr(error, "errno", None) in (errno.EACCES, errno.EROFS)
            ):
                raise GernError(
                    f"{self.path.parent} cannot be written to ({said}). Nothing was changed and"
                    " nothing that was stored is lost; make it writable and try again."
                ) from error
            raise

    def version(self) -> int:
        """Grows by one with every change: the key of everything cached."""
        return meta(self.connection(), "version")

    def key(self, db: sqlite3.Connection) -> Key:
        """The key of the snapshot of now; ``db`` from `reading`."""
        (last,) = db.execute("SELECT coalesce(max(id), 0) FROM inbox").fetchone()
        return meta(db, "version"), meta(db, "identity"), int(last)

    def snapshot(self, db: sqlite3.Connection, *, tail: bool = True) -> Snapshot:
        """What counts now; ``db`` from `reading`. The tail can be left out."""
        key = self.key(db)
        batches = None
        if tail:
            batches = [row[0] for row in db.execute("SELECT payload FROM inbox ORDER BY id")]
        return Snapshot(
            *key,
            segments=segments_of(db),
            runs=[Run(*row) for row in db.execute("SELECT file, hashes, checksum FROM run")],
            hidden=[Hidden(*row) for row in db.execute("SELECT kind, id, before FROM erasing")],
            tail=batches,
            fewer=meta(db, "fewer"),
        )

    def segments(self) -> tuple[int, list[Segment]]:
        """(version, segments), both of the same moment."""
        with self.reading() as db:
            return meta(db, "version"), segments_of(db)

    def replace_segments(
        self, db: sqlite3.Connection, out: list[Segment], into: list[Segment], *,
        fewer: bool = False,
    ) -> None:  # fmt: skip
        """Inside ``change()``: these segments leave the log, those enter it. ``fewer``: some of
        their rows are gone, which nobody can tell by looking at what is there."""
        if fewer:
            db.execute("UPDATE meta SET value = value + 1 WHERE key = 'fewer'")
        db.executemany("DELETE FROM segment WHERE file = ?", [(s.file,) for s in out])
        marks = ", ".join("?" for _ in fields(Segment))
        db.executemany(
            f"INSERT INTO segment ({_SEGMENT}) VALUES ({marks})", [astuple(s) for s in into]
        )
        self.leave(db, [f"log/{s.file}" for s in out])

    def leave(self, db: sqlite3.Connection, files: list[str]) -> None:
        """Inside ``change()``: these files count no more; deleted once nobody reads them."""
        version = meta(db, "version") + 1
        now = int(datetime.now(UTC).timestamp() * 1_000_000)
        db.executemany(
            "INSERT OR REPLACE INTO gone VALUES (?, ?, ?)", [(f, version, now) for f in files]
        )

    def setting(self, name: str) -> Setting | None:
        """The setting in force, or None when it is not set."""
        row = self.connection().execute(
            "SELECT value, since, set_by FROM setting WHERE name = ? ORDER BY id DESC LIMIT 1",
            (name,),
        ).fetchone()  # fmt: skip
        if row is None or row[0] == "null":
            return None
        return Setting(json.loads(row[0]), datetime.fromisoformat(row[1]), row[2])

    def settings_like(self, prefix: str) -> dict[str, Setting]:
        """The settings in force whose names begin so, by name."""
        rows = self.connection().execute(
            "SELECT name, value, since, set_by FROM setting WHERE id IN"
            " (SELECT max(id) FROM setting WHERE substr(name, 1, ?) = ? GROUP BY name)"
            " AND value <> 'null' ORDER BY name",
            (len(prefix), prefix),
        ).fetchall()  # fmt: skip
        return {
            name: Setting(json.loads(value), datetime.fromisoformat(since), by)
            for name, value, since, by in rows
        }

    def set(self, name: str, value: Any, set_by: str) -> None:
        """Add a dated line; earlier values stay readable as history. None unsets."""
        with self.change() as db:
            write_setting(db, name, value, set_by)

    def setting_versions(self, name: str, most: int = 10) -> list[Setting]:
        """What one setting was, the newest first."""
        rows = self.connection().execute(
            "SELECT value, since, set_by FROM setting WHERE name = ? AND value <> 'null'"
            " ORDER BY id DESC LIMIT ?", (name, most),
        ).fetchall()  # fmt: skip
        return [Setting(json.loads(v), datetime.fromisoformat(since), by) for v, since, by in rows]

    def setting_history(self) -> list[tuple[str, Setting]]:
        """(name, value) of every change ever made, newest first."""
        rows = self.connection().execute(
            "SELECT name, value, since, set_by FROM setting ORDER BY id DESC"
        ).fetchall()  # fmt: skip
        return [
            (name, Setting(json.loads(value), datetime.fromisoformat(since), by))
            for name, value, since, by in rows
        ]

    def imports(self) -> list[dict[str, Any]]:
        """All imports, newest first: id, source, file, at, mapping, result."""
        rows = self.connection().execute(
            "SELECT id, source, file, at, mapping, result FROM import ORDER BY id DESC"
        ).fetchall()  # fmt: skip
        keys = ("id", "source", "file", "at", "mapping", "result")
        return [
            dict(zip(keys, (*row[:4], json.loads(row[4]), json.loads(row[5])), strict=True))
            for row in rows
        ]


def meta(db: sqlite3.Connection, key: str) -> int:
    """A counter: ``version`` of the log, of who is who (``identity``), of rows gone (``fewer``)."""
    return int(db.execute("SELECT value FROM meta WHERE key = ?", (key,)).fetchone()[0])


def segments_of(db: sqlite3.Connection) -> list[Segment]:
    """The segments that count, oldest month first."""
    rows = db.execute(f"SELECT {_SEGMENT} FROM segment ORDER BY month, id")
    return [Segment(*row) for row in rows]


def write_setting(db: sqlite3.Connection, name: str, value: Any, set_by: str) -> None:
    """Inside ``Manifest.change()``: set a value as part of a bigger change."""
    db.execute(
        "INSERT INTO setting (name, value, since, set_by) VALUES (?, ?, ?, ?)",
        (name, json.dumps(value), datetime.now(UTC).isoformat(), set_by),
    )
