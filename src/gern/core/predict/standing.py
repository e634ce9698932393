"""Scores of the day as SQL, for conditions about customers: who is at risk, worth most, expected next."""

from __future__ import annotations

from gern.core.engines.duckdb import literal
from gern.core.errors import BadInput
from gern.core.home import Home
from gern.core.log.manifest import Manifest
from gern.core.predict import coming, dayfiles, kept, scores, worths

_FILES = {
    "risk": (scores.NAME, kept.RISK, "100 * risk"),
    "value_12m": (worths.NAME, kept.VALUE, "value"),
    "next_days": (coming.NAME, kept.NEXT, "CASE WHEN isfinite(ahead) THEN ahead END"),
}
SCORES = tuple(_FILES)
"""Fields of customers that are scores."""


def score_sql(home: Home, manifest: Manifest, field: str) -> str:
    """SQL: ``person`` and the score under the name of the field; nobody, where nothing was learned.
    ``BadInput``: it was, but an erasure has emptied the cache, and it is being learned anew."""
    name, card, value = _FILES[field]
    path = dayfiles.newest(home, name)
    if path is not None:
        return f"SELECT person, {value} AS {field} FROM read_parquet({literal(str(path))})"
    if manifest.setting(card) is not None:
        raise BadInput(
            f"The scores ({field}) are being learned anew; they are here within the hour.", param="condition",
            german=f"Die Vorhersagen ({field}) werden neu gelernt; binnen einer Stunde sind sie da.",
        )  # fmt: skip
    return f"SELECT CAST(NULL AS VARCHAR) AS person, CAST(NULL AS DOUBLE) AS {field} WHERE false"
