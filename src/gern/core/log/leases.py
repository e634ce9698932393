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

_PAIR = struct.Struct("<qd")
_MOST = 200
"""So many leases of one process are told apart; the lowest of more are."""


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
        lease = (self._manifest.version(), boot_clock())
        with self._lock:
            if self._owner != os.getpid():  # the first lease, or the child of a fork
                self._owner, self._held, self._file = os.getpid(), {}, self._open()
            number = self._next = self._next + 1
            self._held[number] = lease
            self._write()
        try:
            yield
        finally:
            with self._lock:
                self._held.pop(number, None)
                self._write()

    def _write(self) -> None:
        assert self._file is not None
        pairs = sorted(self._held.values())[:_MOST]
        data = b"".join(_PAIR.pack(*pair) for pair in pairs)
        os.pwrite(self._file.fileno(), data.ljust(_PAIR.size * _MOST, b"\xff"), 0)

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
    versions: list[int] = []
    for path in folder.iterdir():
        if path.suffix == ".tmp":
            continue
        with contextlib.suppress(FileNotFoundError), path.open("r+b") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                said = file.read()
                whole = len(said) - len(said) % _PAIR.size
                now = boot_clock()
                versions += [
                    version
                    for version, since in _PAIR.iter_unpack(said[:whole])
                    if version >= 0 and now - since <= SECONDS
                ]
            else:
                path.unlink(missing_ok=True)
    return min(versions, default=None)


def boot_clock() -> float:
    """Seconds since the machine started: the same in all processes, whatever the date says."""
    return time.clock_gettime(time.CLOCK_BOOTTIME)
