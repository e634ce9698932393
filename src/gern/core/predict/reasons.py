"""Why is this customer at risk? What their chance would be, were they in one respect as others are."""

from __future__ import annotations

import numpy as np

from gern.core.engines.names import Array
from gern.core.predict.churn import Learner, log_odds
from gern.core.predict.snapshots import FEATURES

RESPECTS: dict[str, tuple[str, ...]] = {
    "silence": ("silent", "overdue"),
    "rhythm": ("rhythm", "last_pause"),
    "often": ("purchases", "known", "lately", "before"),
    "spend": ("spend", "last_spend"),
    "returned": ("returned",),
    "visits": ("visits", "visits_before"),
    "opened": ("opened",),
    "tickets": ("tickets",),
    "troubles": ("troubles",),
    "score": ("score",),
}
"""What is looked at together, because it says one thing."""


def contributions(learner: Learner, features: Array) -> Array:
    """A row a customer, a column a respect: by how much the log-odds of leaving are higher than if they
    were in this respect as the median of all (above 0: it raises the risk)."""
    usual = _usual(features)
    chance = log_odds(learner.learned.chances(features))
    found = np.zeros((len(features), len(RESPECTS)))
    for i, names in enumerate(RESPECTS.values()):
        columns = [FEATURES.index(name) for name in names]
        if not set(columns) & set(learner.learned.columns.tolist()):
            continue
        other = features.copy()
        other[:, columns] = usual[columns]
        found[:, i] = chance - log_odds(learner.learned.chances(other))
    return found


def _usual(features: Array) -> Array:
    known = np.isfinite(features)
    return np.array([
        np.median(column[good]) if good.any() else np.nan
        for column, good in zip(features.T, known.T, strict=True)
    ])  # fmt: skip
