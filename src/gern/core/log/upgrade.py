"""Bringing a home of an older format up to date, step by step; each step may be run again."""

from __future__ import annotations

import os
import sqlite3
from datetime import UTC, datetime
from pathlib import Path

from gern.core.home import FORMAT, Home
from gern.core.log import profile
from gern.core.log.manifest import Manifest

KEPT = 3
FOLDER = "before-upgrade-"


def upgrade(home: Home) -> tuple[Path, int, int]:
    """(backup of the databases, format found, format now). Segments are never rewritten: every
    format can read the older ones. ``HomeTooNew`` when the home is newer than this Gern."""
    found = home.format()
    backup = copy_databases(home)
    if found < 2:
        _to_2(home)
    for folder in home.folders():
        folder.mkdir(exist_ok=True)
    if found < 3:
        profile.rebuild(home, Manifest(home.manifest))
    if found < FORMAT:
        home.mark()
    os.chmod(home.keys, 0o700)
    return backup, found, FORMAT


def _to_2(home: Home) -> None:
    """Segments know their bucket and the version of who is who."""
    db = sqlite3.connect(home.manifest, isolation_level=None)
    try:
        there = {row[1] for row in db.execute("PRAGMA table_info(segment)")}
        for name, default in (("bucket", 0), ("buckets", 1), ("identity", 0)):
            if name not in there:
                db.execute(
                    f"ALTER TABLE segment ADD COLUMN {name} INTEGER NOT NULL DEFAULT {default}"
                )
    finally:
        db.close()


def copy_databases(home: Home) -> Path:
    """A consistent copy of both databases, also while they are in use; the last three are kept."""
    home.backups.mkdir(exist_ok=True)
    folder = home.backups / (FOLDER + datetime.now(UTC).strftime("%Y%m%dT%H%M%S%f"))
    folder.mkdir()
    for path in (home.manifest, home.database):
        if not path.exists():
            continue
        source, target = sqlite3.connect(path), sqlite3.connect(folder / path.name)
        source.backup(target)
        source.close()
        target.close()
    for old in sorted(home.backups.glob(FOLDER + "*"))[:-KEPT]:
        for file in old.iterdir():
            file.unlink()
        old.rmdir()
    return folder
