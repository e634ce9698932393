"""The manifest: which segments count, which imports made them, the dated settings of the shop.

One SQLite file, one transaction per change, durable (``synchronous=FULL``). A reader takes
the list of segments in one read transaction; what is not listed does not exist.
"""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

_TABLES = """
CREATE TABLE IF NOT EXISTS meta (key TEXT PRIMARY KEY, value INTEGER NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS segment (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  file TEXT NOT NULL UNIQUE, schema INTEGER NOT NULL, month TEXT NOT NULL,
  rows INTEGER NOT NULL, bytes INTEGER NOT NULL, checksum TEXT NOT NULL,
  first_ts TEXT NOT NULL, last_ts TEXT NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS import (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  source TEXT NOT NULL, file TEXT NOT NULL, at TEXT NOT NULL,
  mapping TEXT NOT NULL, result TEXT NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS setting (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  name TEXT NOT NULL, value TEXT NOT NULL, since TEXT NOT NULL, set_by TEXT NOT NULL) STRICT;
"""


@dataclass(frozen=True)
class Segment:
    """One immutable file of the log. ``month`` is the UTC month of its rows, ``"2011-03"``."""

    file: str
    schema: int
    month: str
    rows: int
    bytes: int
    checksum: str
    first_ts: str
    last_ts: str


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
        db = self._connection()
        db.executescript("PRAGMA journal_mode=WAL;" + _TABLES)
        db.execute("INSERT OR IGNORE INTO meta VALUES ('version', 0)")

    def _connection(self) -> sqlite3.Connection:
        """This thread's connection, opened at first use."""
        db = getattr(self._local, "db", None)
        if db is None:
            db = sqlite3.connect(self.path, timeout=60, isolation_level=None)
            db.execute("PRAGMA synchronous=FULL")
            db.execute("PRAGMA secure_delete=ON")
            self._local.db = db
        return db

    @contextmanager
    def change(self) -> Iterator[sqlite3.Connection]:
        """One exclusive transaction. All of it becomes visible at once, or none."""
        db = self._connection()
        db.execute("BEGIN IMMEDIATE")
        try:
            yield db
            db.execute("UPDATE meta SET value = value + 1 WHERE key = 'version'")
            db.execute("COMMIT")
        except BaseException:
            db.execute("ROLLBACK")
            raise

    def version(self) -> int:
        """Grows by one with every change: the key of everything cached."""
        db = self._connection()
        return int(db.execute("SELECT value FROM meta WHERE key='version'").fetchone()[0])

    def segments(self) -> tuple[int, list[Segment]]:
        """(version, segments), both of the same moment."""
        db = self._connection()
        db.execute("BEGIN")
        try:
            version = self.version()
            rows = db.execute(
                "SELECT file, schema, month, rows, bytes, checksum, first_ts, last_ts"
                " FROM segment ORDER BY month, id"
            ).fetchall()
        finally:  # the connection is kept: it must not stay inside a transaction
            db.execute("COMMIT")
        return version, [Segment(*row) for row in rows]

    def replace_segments(
        self, db: sqlite3.Connection, out: list[Segment], into: list[Segment]
    ) -> None:
        """Inside ``change()``: these segments leave the log, those enter it."""
        db.executemany("DELETE FROM segment WHERE file = ?", [(s.file,) for s in out])
        db.executemany(
            "INSERT INTO segment (file, schema, month, rows, bytes, checksum, first_ts, last_ts)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            [
                (s.file, s.schema, s.month, s.rows, s.bytes, s.checksum, s.first_ts, s.last_ts)
                for s in into
            ],
        )

    def setting(self, name: str) -> Setting | None:
        """The setting in force, or None when it is not set."""
        db = self._connection()
        row = db.execute(
            "SELECT value, since, set_by FROM setting WHERE name = ? ORDER BY id DESC LIMIT 1",
            (name,),
        ).fetchone()
        if row is None or row[0] == "null":
            return None
        return Setting(json.loads(row[0]), datetime.fromisoformat(row[1]), row[2])

    def set(self, name: str, value: Any, set_by: str) -> None:
        """Add a dated line; earlier values stay readable as history. None unsets."""
        with self.change() as db:
            write_setting(db, name, value, set_by)

    def setting_history(self) -> list[tuple[str, Setting]]:
        """(name, value) of every change ever made, newest first."""
        db = self._connection()
        rows = db.execute(
            "SELECT name, value, since, set_by FROM setting ORDER BY id DESC"
        ).fetchall()
        return [
            (name, Setting(json.loads(value), datetime.fromisoformat(since), by))
            for name, value, since, by in rows
        ]

    def imports(self) -> list[dict[str, Any]]:
        """All imports, newest first: id, source, file, at, mapping, result."""
        db = self._connection()
        rows = db.execute(
            "SELECT id, source, file, at, mapping, result FROM import ORDER BY id DESC"
        ).fetchall()
        keys = ("id", "source", "file", "at", "mapping", "result")
        return [
            dict(zip(keys, (*row[:4], json.loads(row[4]), json.loads(row[5])), strict=True))
            for row in rows
        ]


def write_setting(db: sqlite3.Connection, name: str, value: Any, set_by: str) -> None:
    """Inside ``Manifest.change()``: set a value as part of a bigger change."""
    db.execute(
        "INSERT INTO setting (name, value, since, set_by) VALUES (?, ?, ?, ?)",
        (name, json.dumps(value), datetime.now(UTC).isoformat(), set_by),
    )
