"""How much a test of made-up data tries: a part in CI, everything in ``make soak``."""

from __future__ import annotations

import os

FULL = bool(os.environ.get("GERN_FULL"))


def examples(number: int) -> int:
    """So many in the soak, four in ten of them otherwise."""
    return number if FULL else max(1, number * 2 // 5)
