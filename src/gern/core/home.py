"""One *home* directory holds everything of an installation."""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import time
from dataclasses import dataclass
from pathlib import Path

from gern.core.durable import sync
from gern.core.errors import BadInput, HomeTooNew, HomeTooOld

FORMAT = 3
"""Version of the home's layout. A home with a higher one was written by a newer Gern."""


@dataclass(frozen=True)
class Home:
    """Where each thing lies. ``Home(Path("gern-home")).log`` is the folder of the segments."""

    path: Path

    @property
    def marker(self) -> Path:
        """``home.json``: the format version; its presence makes a directory a home."""
        return self.path / "home.json"

    @property
    def manifest(self) -> Path:
        """SQLite file that lists segments, imports and the dated settings of the shop."""
        return self.path / "log.sqlite3"

    @property
    def log(self) -> Path:
        """The event log's Parquet segments."""
        return self.path / "log"

    @property
    def runs(self) -> Path:
        """Sorted hashes of the ids of all events, to recognise those that come again."""
        return self.path / "runs"

    @property
    def leases(self) -> Path:
        """Who is reading which version of the log right now."""
        return self.path / "leases"

    @property
    def database(self) -> Path:
        """SQLite database of the web (users, imports, sessions)."""
        return self.path / "gern.sqlite3"

    @property
    def uploads(self) -> Path:
        """Files handed in on the web, until their import has ended."""
        return self.path / "uploads"

    @property
    def files(self) -> Path:
        """Files kept with customers."""
        return self.path / "files"

    @property
    def rejects(self) -> Path:
        """Bad rows of imports, as files that can be corrected and imported again."""
        return self.path / "rejects"

    @property
    def cache(self) -> Path:
        """Disposable: may be deleted at any time and is made again."""
        return self.path / "cache"

    @property
    def temporary(self) -> Path:
        """Disposable working files of one process."""
        return self.path / "tmp"

    @property
    def keys(self) -> Path:
        """Secrets of this installation, readable by its owner only."""
        return self.path / "keys"

    @property
    def backups(self) -> Path:
        """Backups, until they expire; unless they are made elsewhere."""
        return self.path / "backups"

    @property
    def erased_again(self) -> Path:
        """After a restore: the ids of people erased since the backup, until every other place has
        erased them again too."""
        return self.path / "erased-again.json"

    @property
    def erasing(self) -> Path:
        """A file for each erasure under way: whom it is about, until it is complete."""
        return self.path / "erasing"

    @property
    def packages(self) -> Path:
        """Data packages for people who asked for theirs, until they are fetched; in no backup."""
        return self.path / "packages"

    def folders(self) -> list[Path]:
        """Every folder of a home."""
        return [self.log, self.runs, self.leases, self.uploads, self.files, self.rejects,
                self.cache, self.temporary, self.keys, self.backups, self.erasing,
                self.packages]  # fmt: skip

    @property
    def exists(self) -> bool:
        """Whether ``gern init`` (or ``gern demo``) has been run here."""
        return self.marker.is_file()

    def create(self) -> None:
        """Make the folders and the marker; does nothing to what is already there."""
        self.path.mkdir(parents=True, exist_ok=True)
        os.chmod(self.path, 0o700)
        for folder in self.folders():
            folder.mkdir(exist_ok=True)
        os.chmod(self.keys, 0o700)
        for folder in (self.erasing, self.packages):
            os.chmod(folder, 0o700)
        if not self.exists:
            self.mark()

    def check(self) -> None:
        """Raise unless this is a home this version can work with."""
        if not self.exists:
            raise BadInput(
                f"There is no Gern home at {self.path}. Make one with"
                f" `gern --home {self.path} init`, or look at a shop with a year of life in it:"
                f" `gern --home {self.path} demo`.",
                param="home",
            )
        found = self.format()
        if found < FORMAT:
            raise HomeTooOld(
                f"This home has format {found}; this Gern works with format {FORMAT}. Nothing was"
                f" changed. Run `gern --home {self.path} upgrade`: it makes a backup first."
            )
        for folder in self.folders():
            if not folder.exists():
                folder.mkdir(exist_ok=True)

    def format(self) -> int:
        """Version of this home's layout; ``HomeTooNew`` when this Gern does not know it."""
        found = int(json.loads(self.marker.read_text())["format"])
        if found > FORMAT:
            raise HomeTooNew(
                f"This home has format {found}; this Gern knows formats up to {FORMAT}."
                " Nothing was changed. Install the newer Gern that wrote it."
            )
        return found

    def mark(self, format: int = FORMAT) -> None:
        """Write the marker, all of it or nothing."""
        temporary = self.marker.with_suffix(".tmp")
        temporary.write_text(json.dumps({"format": format}) + "\n")
        os.replace(temporary, self.marker)

    def secret(self, name: str) -> str:
        """A random secret with this name, made at the first call."""
        path = self.keys / name
        if not path.exists():
            temporary = path.with_name(f"{name}.{secrets.token_hex(6)}")
            descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "w") as file:
                file.write(secrets.token_urlsafe(48))
                file.flush()
                os.fsync(file.fileno())
            with contextlib.suppress(FileExistsError):  # another process was first
                os.link(temporary, path)
            temporary.unlink()
            sync(self.keys)
        return path.read_text().strip()

    def forget_old_secrets(self, name: str) -> None:
        """The end of all before the present one."""
        for old in self.keys.glob(f"{name}.old-*"):
            old.unlink()

    def secrets(self, name: str) -> list[str]:
        """The secret and those before it that still read, the newest first."""
        found = [self.secret(name)]
        for old in sorted(self.keys.glob(f"{name}.old-*"), reverse=True):
            with contextlib.suppress(FileNotFoundError):  # it has just ended
                found.append(old.read_text().strip())
        return found

    def renew_secret(self, name: str, keep_seconds: float) -> None:
        """A new one. The present one still reads; older ones do so until they have been old for
        ``keep_seconds``. Killed anywhere, there is a present one, and nothing is lost."""
        self.secret(name)
        now = time.time()
        for old in self.keys.glob(f"{name}.old-*"):
            if int(old.name.rpartition("-")[2]) / 1000 < now - keep_seconds:
                old.unlink()
        path = self.keys / name
        os.link(path, self.keys / f"{name}.old-{int(now * 1000)}")
        fresh = f"{name}.{secrets.token_hex(6)}"
        self.secret(fresh)
        os.replace(self.keys / fresh, path)
        sync(self.keys)
