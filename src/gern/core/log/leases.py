"""Leases: while somebody reads a version of the log, the files of that version stay.

A lease is a small file that its process holds locked, so that it ends with the process, however
that ends. It says the lowest version in use and since when, by a clock that never jumps.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import struct
import threading
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from gern.core.home import Home
from gern.core.log.manifest import Manifest

SECONDS = 60
"""A query that reads longer than this may find its files gone; it then begins again."""

_FORM = struct.Struct("<qd")
_IDLE = -1


class Leases:
    """The leases of this process on one home; one file, however many threads read."""

    def __init__(self, home: Home, manifest: Manifest):
        self._folder = home.leases
        self._manifest = manifest
        self._lock = threading.Lock()
        self._file: BinaryIO | None = None
        self._owner = 0
        self._held: dict[int, tuple[int, float]] = {}
        self._next = 0

    @contextlib.contextmanager
    def reading(self) -> Iterator[None]:
        """Files listed in any snapshot taken inside stay for `SECONDS`."""
        # said before the snapshot is taken: a version that is at most too low
        version, now = self._manifest.version(), boot_clock()
        with self._lock:
            number = self._next = self._next + 1
            self._held[number] = (version, now)
            self._write()
        try:
            yield
        finally:
            with self._lock:
                del self._held[number]
                self._write()

    def _write(self) -> None:
        if self._owner != os.getpid():  # the first lease, or the child of a fork
            self._owner = os.getpid()
            self._file = self._open()
        assert self._file is not None
        lowest = min((v for v, _ in self._held.values()), default=_IDLE)
        oldest = min((s for _, s in self._held.values()), default=0.0)
        os.pwrite(self._file.fileno(), _FORM.pack(lowest, oldest), 0)

    def _open(self) -> BinaryIO:
        path = self._folder / f"{os.getpid()}-{uuid.uuid4().hex}"
        temporary = path.with_suffix(".tmp")
        file = temporary.open("w+b", buffering=0)
        fcntl.flock(file, fcntl.LOCK_EX)
        os.rename(temporary, path)  # seen only once it is locked
        return file


def lowest_version(folder: Path) -> int | None:
    """The lowest version anybody reads; None when nobody does. Leases of ended processes and
    those older than `SECONDS` do not count."""
    versions = []
    for path in folder.iterdir():
        if path.suffix == ".tmp":
            continue
        with contextlib.suppress(FileNotFoundError), path.open("r+b") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                said = file.read(_FORM.size)
                if len(said) == _FORM.size:
                    version, since = _FORM.unpack(said)
                    if version != _IDLE and boot_clock() - since <= SECONDS:
                        versions.append(version)
            else:
                path.unlink(missing_ok=True)
    return min(versions, default=None)


def boot_clock() -> float:
    """Seconds since the machine started: the same in all processes, whatever the date says."""
    return time.clock_gettime(time.CLOCK_BOOTTIME)
