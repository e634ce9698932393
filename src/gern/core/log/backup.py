"""Backups: a consistent copy of a home while it is in use, and the way back.

A backup is a folder: both databases, the segments and runs the copied manifest lists, uploads
and reject files, and the key of the tombstones (not the other keys: logins start anew). Segments
that the backup before has are shared with it on disk (hard links), so a nightly one is small.

Erased people do not come back with an old backup: every erasure is also written beside the
backups, and a restore replays it before anybody can read.
"""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import time
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import gern
from gern.core.errors import BadInput, GernError
from gern.core.home import FORMAT, Home
from gern.core.log import erasure, tombstones
from gern.core.log.check import Checked, check
from gern.core.log.files import checksum, sync
from gern.core.log.leases import Leases
from gern.core.log.manifest import Manifest, segments_of

NAME = "gern-%Y%m%dT%H%M%S.%f"
LABEL = "backup.json"
ERASED = "erased.jsonl"
"""Beside the backups: the tombstones of every erasure since, to be replayed by a restore."""
KEPT = 7
FOLDERS = ("uploads", "rejects")
"""Copied whole; the log and its runs by the manifest; cache and tmp not at all."""


@dataclass(frozen=True)
class Backup:
    """A backup that has been made."""

    path: Path
    at: str
    files: int
    bytes: int
    bytes_new: int
    expired: int


@dataclass(frozen=True)
class Restored:
    """What a restore, or its drill, found. ``erased_again``: ids of people erased since."""

    rows: int
    inbox_events: int
    erased_again: int
    problems: list[str]
    seconds: float


def back_up(home: Home, manifest: Manifest, into: Path, *, keep: int = KEPT) -> Backup:
    """Copy this home to a new folder in ``into``; all but the last ``keep`` backups there are
    deleted, and half-made ones. Raises ``BadInput`` when ``keep`` is below 1."""
    if keep < 1:
        raise BadInput("At least one backup must be kept.", param="keep")
    into.mkdir(parents=True, exist_ok=True)
    os.chmod(into, 0o700)
    home.secret(tombstones.SECRET)  # a restore needs the key of erasures still to come
    now = datetime.now(UTC)
    path = into / now.strftime(NAME)
    before = backups_in(into)
    temporary = path.with_suffix(".tmp")
    temporary.mkdir()
    stage = home.temporary / f"backup-{uuid.uuid4().hex}"
    try:
        with Leases(home, manifest).reading():
            _hold(home, stage)
        new = _copy(stage, temporary, before[-1] if before else None)
        files = [f for f in temporary.rglob("*") if f.is_file()]
        size = sum(f.stat().st_size for f in files)
        label = {"format": FORMAT, "gern": gern.__version__, "at": now.isoformat(), "files": {
            str(f.relative_to(temporary)): checksum(f) for f in files
        }}  # fmt: skip
        (temporary / LABEL).write_text(json.dumps(label, indent=1))
        sync(temporary / LABEL)
        sync(temporary)
        os.replace(temporary, path)
        sync(into)
    except BaseException:
        shutil.rmtree(temporary, ignore_errors=True)
        raise
    finally:
        shutil.rmtree(stage, ignore_errors=True)
    return Backup(path, now.isoformat(), len(files), size, new, _expire(into, keep))


def backups_in(folder: Path) -> list[Path]:
    """Whole backups in this folder, oldest first."""
    return sorted(p for p in folder.glob("gern-*") if (p / LABEL).is_file())


def _hold(home: Home, stage: Path) -> None:
    """The databases and what belongs to them of one moment, in a folder of this disk: copies of
    the databases, second names for the files that never change. Done in no time, so that nobody
    who erases has to wait for a big backup."""
    for folder in ("log", "runs", "keys", *FOLDERS):
        (stage / folder).mkdir(parents=True)
    for path in (home.manifest, home.database):
        if path.exists():
            _copy_database(path, stage / path.name)
    db = sqlite3.connect(stage / home.manifest.name)
    names = [f"log/{s.file}" for s in segments_of(db)]
    names += [f"runs/{row[0]}" for row in db.execute("SELECT file FROM run")]
    db.close()
    for name in names:
        os.link(home.path / name, stage / name)
    loose = [p for folder in FOLDERS for p in (home.path / folder).iterdir() if p.is_file()]
    for path in (*loose, home.keys / tombstones.SECRET, home.marker):
        shutil.copy2(path, stage / path.relative_to(home.path))


def _copy(stage: Path, target: Path, before: Path | None) -> int:
    """From the stage to the backup; how many bytes are not shared with the backup before."""
    new = 0
    for path in sorted(stage.rglob("*")):
        name = path.relative_to(stage)
        if path.is_dir():
            (target / name).mkdir()
            continue
        unchanging = before is not None and name.parts[0] in ("log", "runs")
        new += _share_or_copy(path, target / name, before / name if before and unchanging else None)
    return new


def _copy_database(path: Path, target: Path) -> None:
    """A consistent copy of an SQLite file in use, in one file."""
    source, copy = sqlite3.connect(path), sqlite3.connect(target)
    try:
        source.backup(copy)
        copy.execute("PRAGMA journal_mode=DELETE")
    finally:
        source.close()
        copy.close()
    sync(target)


def _share_or_copy(path: Path, target: Path, before: Path | None) -> int:
    """Segments never change: the one of the backup before will do. Bytes that are new on disk."""
    if before is not None and before.is_file() and before.stat().st_size == path.stat().st_size:
        try:
            os.link(before, target)
            return 0
        except OSError:  # a disk that cannot share
            pass
    shutil.copy2(path, target)
    sync(target)
    return target.stat().st_size


def _expire(into: Path, keep: int) -> int:
    old = backups_in(into)[:-keep]
    for path in old:
        shutil.rmtree(path)
    for path in into.glob("gern-*.tmp"):  # left by a backup that was killed
        if time.time() - path.stat().st_mtime > 24 * 3600:
            shutil.rmtree(path)
    return len(old)


def note_erasure(home: Home, manifest: Manifest, into: Path) -> None:
    """Write the tombstones beside the backups, so that every later restore replays them."""
    if not into.is_dir():
        return
    rows = manifest.connection().execute("SELECT hex(hash), before FROM tombstone").fetchall()
    temporary = into / f"{uuid.uuid4().hex}.tmp"
    temporary.write_text("".join(json.dumps({"id": h, "before": b}) + "\n" for h, b in rows))
    sync(temporary)
    os.replace(temporary, into / ERASED)
    sync(into)


def restore(backup: Path, path: Path) -> Restored:
    """Make a home at ``path`` of this backup. ``BadInput`` unless the backup is whole and
    nothing is at ``path`` yet. Until the last moment there is nothing at ``path``."""
    started = time.monotonic()
    if path.exists() and any(path.iterdir()):
        raise BadInput(
            f"{path} is not empty. Restore into a new folder, or move the old one away first"
            " (its erasures are replayed when it stays beside).",
            param="home",
        )
    _verify(backup)
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f"{path.name}.restoring-{uuid.uuid4().hex[:8]}")
    try:
        shutil.copytree(backup, temporary, ignore=shutil.ignore_patterns(LABEL))
        home = Home(temporary)
        for folder in home.folders():
            folder.mkdir(exist_ok=True)
        os.chmod(temporary, 0o700)
        os.chmod(home.keys, 0o700)
        manifest = Manifest(home.manifest)
        again = _replay(home, manifest, backup.parent / ERASED)
        found = check(home, manifest)
        manifest.connection().close()
        if found.problems:
            raise GernError(f"The backup is damaged: {'; '.join(found.problems)}.")
        _sync_all(temporary)
        if path.exists():
            path.rmdir()
        os.rename(temporary, path)
        sync(path.parent)
    except BaseException:
        shutil.rmtree(temporary, ignore_errors=True)
        raise
    return _restored(found, again, started)


def drill(backup: Path, workspace: Path) -> Restored:
    """Restore into a working folder, check everything, and take it away again."""
    target = workspace / f"drill-{uuid.uuid4().hex}"
    try:
        return restore(backup, target)
    finally:
        shutil.rmtree(target, ignore_errors=True)


def _restored(found: Checked, again: int, started: float) -> Restored:
    seconds = round(time.monotonic() - started, 2)
    return Restored(found.rows, found.inbox_events, again, found.problems, seconds)


def _verify(backup: Path) -> None:
    """``BadInput`` unless every file of the backup is there and unchanged."""
    if not (backup / LABEL).is_file():
        raise BadInput(f"{backup} is no backup made by Gern.", param="BACKUP")
    label = json.loads((backup / LABEL).read_text())
    if label["format"] > FORMAT:
        raise BadInput(
            f"This backup was made by Gern {label['gern']}, a newer one. Nothing was changed.",
            param="BACKUP",
        )
    for name, expected in label["files"].items():
        file = backup / name
        if not file.is_file() or checksum(file) != expected:
            raise BadInput(
                f"The backup is damaged: {name} is missing or changed. Nothing was changed; take"
                " an older one.",
                param="BACKUP",
            )


def _replay(home: Home, manifest: Manifest, erased: Path) -> int:
    """Erase who was erased after the backup was made; how many ids."""
    lines = erased.read_text().splitlines() if erased.is_file() else []
    later = {bytes.fromhex(e["id"]): int(e["before"]) for e in map(json.loads, lines)}
    return erasure.replay(home, manifest, later)


def _sync_all(folder: Path) -> None:
    for path in folder.rglob("*"):
        sync(path)
    sync(folder)
