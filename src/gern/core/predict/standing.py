"""Scores of the day as SQL, for conditions about customers: who is at risk, worth most, expected next."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from gern.core.engines.duckdb import literal
from gern.core.home import Home
from gern.core.predict import coming, dayfiles, scores, worths

_FILES = {
    "risk": (scores.NAME, "100 * risk"),
    "value_12m": (worths.NAME, "value"),
    "next_days": (coming.NAME, "CASE WHEN isfinite(ahead) THEN ahead END"),
}
SCORES = tuple(_FILES)
"""Fields of customers that are scores."""


def score_sql(home: Home, field: str, without: Collection[str]) -> tuple[str, dict[str, Any]]:
    """(SQL, values): ``person`` and the score under the name of the field; nobody, where it was not
    learned. ``without``: those whose scores are in no list."""
    name, value = _FILES[field]
    path = dayfiles.newest(home, name)
    if path is None:
        return (
            f"SELECT CAST(NULL AS VARCHAR) AS person, CAST(NULL AS DOUBLE) AS {field} WHERE false",
            {},
        )
    bound = f"without_{field}"
    return (
        f"SELECT person, {value} AS {field} FROM read_parquet({literal(str(path))})"
        f" WHERE NOT list_contains(${bound}, person)",
        {bound: sorted(without) or [""]},
    )
