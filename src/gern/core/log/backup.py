"""Backups: a consistent copy of a home while it is in use, and the way back.

A backup is a folder: both databases, the segments and runs the copied manifest lists, uploads
and reject files, and the keys of hashes that must mean the same afterwards: of the tombstones, of
the suppression list, of links in mails (not the other keys: logins start anew). Segments that the
backup before has are shared with it on disk (hard links), so a nightly one is small.

Erased people do not come back with an old backup: every erasure is also written beside the
backups, and a restore replays it before anybody can read.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
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
from gern.core.durable import sync
from gern.core.errors import BadInput, GernError
from gern.core.home import FORMAT, Home
from gern.core.log import erasure, tombstones
from gern.core.log.changes import LOCK, is_held, workspace
from gern.core.log.check import Checked, check
from gern.core.log.files import checksum
from gern.core.log.leases import Leases
from gern.core.log.manifest import Manifest, segments_of

NAME = "gern-%Y%m%dT%H%M%S.%f"
LABEL = "backup.json"
ERASED = "erased.jsonl"
"""Beside the backups: the tombstones of every erasure since, to be replayed by a restore."""
KEPT = 7
FOLDERS = ("uploads", "rejects")
"""Copied whole; the log and its runs by the manifest; cache and tmp not at all."""
KEYS_OF_HASHES = ("suppression", "choices", "sealed")
"""Keys that have to mean the same after a restore: of addresses not to be contacted, of links in
mails that were sent, of records the law wants kept."""
UNCHANGING = ("log", "runs", "files")
"""Folders of files that never change: shared with the backup before."""


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
    before = backups_in(into)
    own = _name_of(home)
    if any(json.loads((path / LABEL).read_text())["home"] != own for path in before):
        raise BadInput(
            f"{into} holds backups of another home, which would expire with these. Choose a folder"
            " of its own. Nothing was changed.",
            param="FOLDER",
        )
    remember_folder(manifest, into)
    now = datetime.now(UTC)
    path = into / now.strftime(NAME)
    temporary = path.with_suffix(".tmp")
    temporary.mkdir()
    try:
        with workspace(home, "backup") as stage:
            with Leases(home, manifest).reading():
                _hold(home, stage)
            new = _copy(stage, temporary, before[-1] if before else None)
            _mend_shared(stage, temporary)
        files = [f for f in temporary.rglob("*") if f.is_file()]
        size = sum(f.stat().st_size for f in files)
        label = {"format": FORMAT, "gern": gern.__version__, "at": now.isoformat(), "home": own, "files": {
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
    note_erasure(manifest, into)
    return Backup(path, now.isoformat(), len(files), size, new, _expire(into, keep))


def _name_of(home: Home) -> str:
    """What tells homes apart; a restored home is the same one. Made of the key of the tombstones,
    which a backup needs to hold for erasures still to come."""
    return hashlib.blake2b(home.secret(tombstones.SECRET).encode(), digest_size=8).hexdigest()


def backups_in(folder: Path) -> list[Path]:
    """Whole backups in this folder, oldest first."""
    return sorted(p for p in folder.glob("gern-*") if (p / LABEL).is_file())


def _hold(home: Home, stage: Path) -> None:
    """The databases and what belongs to them of one moment, in a folder of this disk: copies of
    the databases, second names for the files that never change. Done in no time, so that nobody
    who erases has to wait for a big backup."""
    for folder in (*UNCHANGING, "keys", *FOLDERS):
        (stage / folder).mkdir(parents=True)
    # the manifest last: what another place has handed over by then is in it, and what is in
    # both is counted once
    for path in [p for folder in FOLDERS for p in (home.path / folder).iterdir() if p.is_file()]:
        with contextlib.suppress(FileNotFoundError):  # imported or corrected meanwhile
            shutil.copy2(path, stage / path.relative_to(home.path))
    for path in (home.database, home.manifest):
        if path.exists():
            _copy_database(path, stage / path.name)
    for name in _listed(stage / home.manifest.name):
        os.link(home.path / name, stage / name)
    for path in home.files.iterdir():  # after the database that names them
        with contextlib.suppress(FileNotFoundError):
            os.link(path, stage / home.files.name / path.name)
    for path in (home.keys / tombstones.SECRET, home.marker):
        shutil.copy2(path, stage / path.relative_to(home.path))
    for name in KEYS_OF_HASHES:
        with contextlib.suppress(FileNotFoundError):
            shutil.copy2(home.keys / name, stage / "keys" / name)


def _listed(manifest: Path) -> dict[str, str]:
    """The files this manifest lists, with their checksums."""
    db = sqlite3.connect(manifest)
    try:
        listed = {f"log/{s.file}": s.checksum for s in segments_of(db)}
        return listed | {f"runs/{f}": c for f, c in db.execute("SELECT file, checksum FROM run")}
    finally:
        db.close()


def _mend_shared(stage: Path, target: Path) -> None:
    """A file shared with the backup before may have rotted there: then it is copied anew."""
    for name, expected in _listed(stage / "log.sqlite3").items():
        if checksum(target / name) != expected:
            (target / name).unlink()
            _share_or_copy(stage / name, target / name, None)


def _copy(stage: Path, target: Path, before: Path | None) -> int:
    """From the stage to the backup; how many bytes are not shared with the backup before."""
    new = 0
    for path in sorted(stage.rglob("*")):
        name = path.relative_to(stage)
        if name.name == LOCK:
            continue
        if path.is_dir():
            (target / name).mkdir()
            continue
        unchanging = before is not None and name.parts[0] in UNCHANGING
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


def remember_folder(manifest: Manifest, into: Path) -> None:
    """Erasures are noted in every folder that ever held a backup of this home."""
    with manifest.change(version=False) as db:
        db.execute("INSERT OR IGNORE INTO backup_folder VALUES (?)", (str(into.resolve()),))


def folders(manifest: Manifest) -> list[Path]:
    """Where backups of this home were made."""
    rows = manifest.connection().execute("SELECT path FROM backup_folder ORDER BY path").fetchall()
    return [Path(row[0]) for row in rows]


def note_erasures(manifest: Manifest) -> list[Path]:
    """`note_erasure` in every folder with backups; back come those that cannot be reached now."""
    missed = []
    for folder in folders(manifest):
        try:
            note_erasure(manifest, folder)
        except OSError:
            missed.append(folder)
    return missed


def note_erasure(manifest: Manifest, into: Path) -> None:
    """Write the tombstones beside the backups, so that every later restore replays them; those
    noted before stay."""
    noted = _noted(into / ERASED)
    for digest, before in manifest.connection().execute("SELECT hash, before FROM tombstone"):
        noted[bytes(digest)] = max(int(before), noted.get(bytes(digest), 0))
    temporary = into / f"{uuid.uuid4().hex}.tmp"
    lines = [json.dumps({"id": h.hex(), "before": b}) + "\n" for h, b in noted.items()]
    temporary.write_text("".join(lines))
    sync(temporary)
    os.replace(temporary, into / ERASED)
    sync(into)


def restore(backup: Path, path: Path) -> Restored:
    """Make a home at ``path`` of this backup. ``BadInput`` unless the backup is whole and
    nothing is at ``path`` yet. Until the last moment there is nothing at ``path``."""
    started = time.monotonic()
    if path.exists() and any(path.iterdir()):
        raise BadInput(
            f"{path} is not empty. Restore into a new folder, or move the old one away first.",
            param="home",
        )
    _verify(backup)
    path.parent.mkdir(parents=True, exist_ok=True)
    _remove_killed(path)
    temporary = path.with_name(f"{path.name}.restoring-{uuid.uuid4().hex[:8]}")
    lock = Path(f"{temporary}.lock").open("w")  # noqa: SIM115 - closed below, whatever happens
    fcntl.flock(lock, fcntl.LOCK_EX)
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
    finally:
        lock.close()
        Path(lock.name).unlink(missing_ok=True)
    return _restored(found, again, started)


def _remove_killed(path: Path) -> None:
    """Take away what a killed restore to this place has left."""
    for lock in path.parent.glob(f"{path.name}.restoring-*.lock"):
        with contextlib.suppress(FileNotFoundError):
            if not is_held(lock):
                shutil.rmtree(str(lock).removesuffix(".lock"), ignore_errors=True)
                lock.unlink()


def drill(backup: Path, into: Path) -> Restored:
    """Restore into a working folder in ``into``, check everything, and take it away again."""
    target = into / "gern-drill"
    shutil.rmtree(target, ignore_errors=True)  # of a drill that was killed
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
    return erasure.replay(home, manifest, _noted(erased))


def _noted(erased: Path) -> dict[bytes, int]:
    lines = erased.read_text().splitlines() if erased.is_file() else []
    return {bytes.fromhex(e["id"]): int(e["before"]) for e in map(json.loads, lines)}


def _sync_all(folder: Path) -> None:
    for path in folder.rglob("*"):
        sync(path)
    sync(folder)
