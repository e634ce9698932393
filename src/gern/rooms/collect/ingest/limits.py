"""How many events a source may send: a bucket that refills evenly."""

from __future__ import annotations

import math
import time


class Buckets:
    """One bucket a source; it holds a minute's worth."""

    def __init__(self) -> None:
        self._left: dict[str, tuple[float, float]] = {}

    def take(self, source: str, events: int, per_minute: int) -> int:
        """0 when they fit; else the seconds after which trying again makes sense (1–300). A
        batch bigger than the bucket fits when the bucket is full. ``per_minute`` 0: no limit."""
        if not per_minute:
            return 0
        now = time.monotonic()
        left, at = self._left.get(source, (float(per_minute), now))
        left = min(per_minute, left + (now - at) * per_minute / 60)
        need = min(events, per_minute)
        if left < need:
            self._left[source] = (left, now)
            return max(1, min(300, math.ceil((need - left) * 60 / per_minute)))
        self._left[source] = (left - events, now)
        return 0
