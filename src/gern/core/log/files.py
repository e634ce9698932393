"""Files of the log: durable on disk, known by their checksum, deleted when nobody reads them."""

from __future__ import annotations

import hashlib
import time
from pathlib import Path

from gern.core.home import Home
from gern.core.log.leases import SECONDS, lowest_version
from gern.core.log.manifest import Manifest


def checksum(path: Path) -> str:
    """BLAKE2b of the file's bytes."""
    digest = hashlib.blake2b(digest_size=16)
    with path.open("rb") as file:
        while chunk := file.read(1 << 20):
            digest.update(chunk)
    return digest.hexdigest()


def sweep(home: Home, manifest: Manifest) -> int:
    """Delete files that have left the log and that nobody reads; how many are still waiting."""
    rows = manifest.connection().execute("SELECT file, version FROM gone").fetchall()
    if not rows:
        return 0
    lowest = lowest_version(home.leases)
    free = [file for file, version in rows if lowest is None or version <= lowest]
    for file in free:
        (home.path / file).unlink(missing_ok=True)
    if free:
        with manifest.change(version=False) as db:
            db.executemany("DELETE FROM gone WHERE file = ?", [(file,) for file in free])
    return len(rows) - len(free)


def sweep_until_gone(home: Home, manifest: Manifest, seconds: float = SECONDS + 3) -> bool:
    """Wait until no file is left that should be gone: a lease lasts `SECONDS` at most."""
    deadline = time.monotonic() + seconds
    while sweep(home, manifest):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.2)
    return True
