"""Scores of days gone by, for figures: what would have been told on the first of a month, learned from
what was known before it. Files of the day beside each other, gone with all of the cache when somebody
is erased."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from pathlib import Path

import numpy as np

from gern.core.engines.names import Array
from gern.core.home import Home
from gern.core.predict import dayfiles, scores, worths

MONTHS = 12
RISK, VALUE = "then-risk", "then-value"
_NOW = {"risk": (scores.NAME, RISK), "value": (worths.NAME, VALUE)}
_NOBODY: dict[str, dict[str, type]] = {
    RISK: {"risk": float, "spent_year": float},
    VALUE: {"value": float, "brought": float},
}


def days_wanted(first: date, today: date) -> list[date]:
    """The first of each of the last twelve months from which there is something to look back on, the
    latest first."""
    found = []
    day = today.replace(day=1)
    while len(found) < MONTHS and day > first:
        found.append(day)
        day = (day - timedelta(days=1)).replace(day=1)
    return found


def missing(home: Home, name: str, wanted: list[date]) -> list[date]:
    """Those that were not told yet."""
    return [day for day in wanted if day not in dayfiles.of_days(home, name)]


def keep(home: Home, name: str, day: date, columns: Mapping[str, Array] | None) -> Path | None:
    """Keep what was told of a day; None: nothing could be learned then."""
    if columns is None:
        none = {column: np.zeros(0, kind) for column, kind in _NOBODY[name].items()}
        columns = {"person": np.zeros(0, dtype=object), **none}
        return dayfiles.write(home, name, day, columns, _TYPED[name], beside=True)
    return dayfiles.write(home, name, day, columns, _TYPED[name], beside=True)


_TYPED = {
    name: ", ".join(
        [
            "CAST(person AS VARCHAR) AS person",
            *(f"CAST({one} AS DOUBLE) AS {one}" for one in columns),
        ]
    )
    for name, columns in _NOBODY.items()
}


def files(home: Home) -> dict[str, tuple[tuple[date, str], ...]]:
    """By score (``risk``, ``value``): day and file of all there are, today's among them."""
    found = {}
    for score, (now, then) in _NOW.items():
        days = dayfiles.of_days(home, then) | dayfiles.of_days(home, now)
        found[score] = tuple((day, str(path)) for day, path in sorted(days.items()))
    return found
