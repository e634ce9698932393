"""The upkeep of the log while a shop is served: inbox emptied, files merged, old ones deleted,
what is due at night. One process at a time does it, whoever has the lock.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from gern.core.engines.duckdb import Connection
from gern.core.home import Home
from gern.core.log import compaction, erasure
from gern.core.log.changes import alone, engine
from gern.core.log.files import sweep
from gern.core.log.manifest import Manifest

TAIL_EVENTS = 5_000
"""With more events than this the inbox is emptied, so that readers have little to decode."""
TAIL_SECONDS = 600
"""It is emptied after this in any case."""
PAUSE_SECONDS = 0.5
ERROR_SECONDS = 10
INTERRUPTED_SECONDS = 300
"""An erasure that has been open so long is one whose process ended."""


class Keeper:
    """Does what is due, one small step after the other."""

    def __init__(self, home: Home, manifest: Manifest, also: Callable[[], bool] = lambda: False):
        """``also``: does what else is due, if something is; whether it was."""
        self.home = home
        self.manifest = manifest
        self._also = also

    def run(self, stop: threading.Event, on_error: Callable[[Exception], None]) -> None:
        """Until ``stop``: take turns with other processes, survive errors."""
        while not stop.is_set():
            try:
                with alone(self.home.path / "log.keeper") as mine, engine(self.home) as con:
                    while mine and not stop.is_set():
                        if not self.step(con):
                            stop.wait(PAUSE_SECONDS)
            except Exception as error:  # with a new engine after a pause
                on_error(error)
                stop.wait(ERROR_SECONDS)
            stop.wait(PAUSE_SECONDS)

    def step(self, con: Connection | None = None) -> bool:
        """The inbox, if it is long, one merge, and what else is due, so that nothing waits for
        another to have no more work; False when nothing is due."""
        worked = self._tail_is_long()
        if worked:
            compaction.compact(self.home, self.manifest, con)
        worked |= (
            compaction.merge_some(self.home, self.manifest, con)
            or compaction.squash(self.home, self.manifest, con, at=compaction.SQUASH_AT) > 0
        )
        worked |= self._interrupted(con)
        worked |= self._also()
        sweep(self.home, self.manifest)
        return worked

    def _tail_is_long(self) -> bool:
        events, oldest = (
            self.manifest.connection()
            .execute("SELECT coalesce(sum(events), 0), min(received) FROM inbox")
            .fetchone()
        )
        return bool(events > TAIL_EVENTS or (events and time.time() - oldest / 1e6 > TAIL_SECONDS))

    def _interrupted(self, con: Connection | None) -> bool:
        """Take up an erasure whose process ended half way."""
        (before,) = self.manifest.connection().execute("SELECT min(before) FROM erasing").fetchone()
        if before is None or time.time() - before / 1e6 < INTERRUPTED_SECONDS:
            return False
        return erasure.finish(self.home, self.manifest, con) is not None
