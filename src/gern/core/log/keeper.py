"""The upkeep of the log while a shop is served: inbox emptied, files merged, old ones deleted,
what is due at night. One process at a time does it, whoever has the lock.
"""

from __future__ import annotations

import contextlib
import fcntl
import threading
import time
from collections.abc import Callable, Iterator

from gern.core.engines.duckdb import Connection
from gern.core.home import Home
from gern.core.log import compaction
from gern.core.log.changes import engine
from gern.core.log.files import sweep
from gern.core.log.manifest import Manifest

TAIL_EVENTS = 5_000
"""With more events than this the inbox is emptied, so that readers have little to decode."""
TAIL_SECONDS = 600
"""It is emptied after this in any case."""
PAUSE_SECONDS = 0.5


class Keeper:
    """Does what is due, one small step after the other."""

    def __init__(self, home: Home, manifest: Manifest, nightly: Callable[[], bool] = lambda: False):
        """``nightly``: does what is due once a day, if it is; whether it was."""
        self.home = home
        self.manifest = manifest
        self._nightly = nightly

    def run(self, stop: threading.Event, on_error: Callable[[Exception], None]) -> None:
        """Until ``stop``: take turns with other processes, survive errors."""
        while not stop.is_set():
            with self._alone() as mine, engine(self.home) as con:
                while mine and not stop.is_set():
                    try:
                        worked = self.step(con)
                    except Exception as error:
                        on_error(error)
                        worked = False
                        stop.wait(10)
                    if not worked:
                        stop.wait(PAUSE_SECONDS)
            stop.wait(5)

    @contextlib.contextmanager
    def _alone(self) -> Iterator[bool]:
        with (self.home.path / "log.keeper").open("a") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                yield False
            else:
                yield True

    def step(self, con: Connection | None = None) -> bool:
        """One piece of what is due; False when nothing is."""
        if self._tail_is_long():
            compaction.compact(self.home, self.manifest, con)
        elif not (
            compaction.merge_some(self.home, self.manifest, con)
            or compaction.squash(self.home, self.manifest, con, at=compaction.SQUASH_AT)
            or self._nightly()
        ):
            sweep(self.home, self.manifest)
            return False
        sweep(self.home, self.manifest)
        return True

    def _tail_is_long(self) -> bool:
        events, oldest = (
            self.manifest.connection()
            .execute("SELECT coalesce(sum(events), 0), min(received) FROM inbox")
            .fetchone()
        )
        return bool(events > TAIL_EVENTS or (events and time.time() - oldest / 1e6 > TAIL_SECONDS))
