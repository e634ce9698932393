"""Scores of days gone by, for figures: what would have been told on the first of a month, learned from
what was known before it. Files of the day beside each other, gone with all of the cache when somebody
is erased; told again when what they rest on has changed: settings, or the purchases before the day."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import date, timedelta
from pathlib import Path

import numpy as np

from gern.core.engines.names import Array
from gern.core.home import Home
from gern.core.log.manifest import Manifest
from gern.core.predict import dayfiles, scores, worths

MONTHS = 12
RISK, VALUE = "then-risk", "then-value"
_NOW = {"risk": (scores.NAME, RISK), "value": (worths.NAME, VALUE)}
_COLUMNS = {RISK: ("risk", "spent_year"), VALUE: ("value", "brought")}
_OTHERWISE = 0.02
"""Where the purchases before the day are by this share more or fewer, it is told again."""


def days_wanted(first: date, today: date) -> list[date]:
    """The first of each of the last twelve months from which there is something to look back on, the
    latest first."""
    found: list[date] = []
    day = today.replace(day=1)
    while len(found) < MONTHS and day > first:
        found.append(day)
        day = (day - timedelta(days=1)).replace(day=1)
    return found


def terms_of(manifest: Manifest) -> str:
    """A word for the settings that scores rest on."""
    said = [manifest.setting(name) for name in ("profit", "business", "currency", "window_days")]
    whole = repr([one.value if one else None for one in said])
    return hashlib.blake2b(whole.encode(), digest_size=4).hexdigest()


def is_told(home: Home, manifest: Manifest, name: str, day: date, purchases: int) -> bool:
    """Whether the day was told from as many purchases, by the settings of now."""
    path = dayfiles.of_days(home, name).get(day)
    if path is None:
        return False
    terms, _dot, counted = dayfiles.word_of(path, name).partition(".")
    before = int(counted or 0)
    return terms == terms_of(manifest) and abs(purchases - before) <= _OTHERWISE * before


def keep(
    home: Home, manifest: Manifest, name: str, day: date, columns: Mapping[str, Array] | None, purchases: int
) -> Path | None:  # fmt: skip
    """Keep what was told of a day from so many purchases; ``columns`` None: nothing could be learned
    then."""
    if columns is None:
        columns = {
            "person": np.zeros(0, dtype=object),
            **{one: np.zeros(0) for one in _COLUMNS[name]},
        }
    select = ", ".join(["CAST(person AS VARCHAR) AS person",
                        *(f"CAST({one} AS DOUBLE) AS {one}" for one in _COLUMNS[name])])  # fmt: skip
    word = f"{terms_of(manifest)}.{purchases}"
    return dayfiles.write(home, name, day, columns, select, beside=word)


def files(home: Home, manifest: Manifest) -> dict[str, tuple[tuple[date, str], ...]]:
    """By score (``risk``, ``value``): day and file of all there are, today's among them; of days gone by
    those only that rest on the settings of now."""
    found: dict[str, tuple[tuple[date, str], ...]] = {}
    terms = terms_of(manifest)
    for score, (now, then) in _NOW.items():
        days = {day: path for day, path in dayfiles.of_days(home, then).items()
                if dayfiles.word_of(path, then).startswith(terms)}  # fmt: skip
        newest = dayfiles.newest(home, now)
        days |= {dayfiles.day_of(newest, now): newest} if newest else {}
        found[score] = tuple((day, str(path)) for day, path in sorted(days.items()))
    return found
