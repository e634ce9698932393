"""Who is about to leave: the chance that a customer does not buy within their patience
(`snapshots`), learned from days gone by and checked on later ones.

Three ways stand against each other, and the best of them on days not seen is taken:

``overdue``   how long they have been silent in rhythms of their own, turned into a chance
``buying``    BG/NBD (or NBD): the chance of no purchase in that time
``learned``   gradient boosting over all of `FEATURES`, calibrated; taken only where it beats both
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from typing import Any

import numpy as np

from gern.core.engines.names import Array
from gern.core.errors import BadInput
from gern.core.predict import bgnbd, nbd
from gern.core.predict.buyers import Buyers
from gern.core.predict.fitting import Fit
from gern.core.predict.snapshots import FEATURES, LEAST_DAYS, Snapshot

WAYS = ("overdue", "buying", "learned")
MOST_ORIGINS, MOST_TESTS = 12, 4
FEWEST_ROWS, FEWEST_EACH = 200, 30
MOST_ROWS = 200_000
_SEED = 20_250


@dataclass(frozen=True)
class Rows:
    """Customers on days, one after the other, and whether they left then."""

    snapshots: tuple[Snapshot, ...]
    left: Array

    @cached_property
    def features(self) -> Array:
        """A row a customer and day, a column each of `FEATURES`."""
        return np.concatenate([s.features for s in self.snapshots])

    def each(self, name: str) -> Array:
        """A column of the snapshots, of all of them."""
        return np.concatenate([getattr(s, name) for s in self.snapshots])

    def check(self) -> None:
        """``BadInput`` where there is too little to learn from."""
        gone = int(self.left.sum())
        if len(self.left) >= FEWEST_ROWS and FEWEST_EACH <= gone <= len(self.left) - FEWEST_EACH:
            return
        raise BadInput(
            f"To learn who leaves, it needs at least {FEWEST_ROWS} customers looked at on days gone by,"
            f" {FEWEST_EACH} of whom left and {FEWEST_EACH} of whom stayed. You have {len(self.left)},"
            f" {gone} left.", param="until",
            german=f"Um zu lernen, wer geht, braucht es mindestens {FEWEST_ROWS} Kunden an vergangenen"
            f" Tagen, von denen {FEWEST_EACH} gingen und {FEWEST_EACH} blieben. Es gibt {len(self.left)},"
            f" {gone} gingen.",
        )  # fmt: skip


@dataclass(frozen=True)
class Boosted:
    """``columns`` of the features that tell anything, and the model of scikit-learn over them."""

    columns: Array
    model: Any

    def chances(self, features: Array) -> Array:
        """Of each row."""
        if not len(features):
            return np.zeros(0)
        return np.asarray(self.model.predict_proba(features[:, self.columns])[:, 1])


@dataclass(frozen=True)
class Learner:
    """The three ways, learned from the same rows. ``slope`` and ``base`` turn log(overdue) into the
    log-odds of leaving; ``buying``: time in days."""

    slope: float
    base: float
    buying: Fit
    learned: Boosted

    def chances(self, way: str, of: Rows) -> Array:
        """Of each row, how likely they leave."""
        if not of.snapshots or not len(of.features):
            return np.zeros(0)
        if way == "overdue":
            return _chance(self.base + self.slope * _log_overdue(of.features))
        if way == "buying":
            return no_purchase(self.buying, of.each("x"), of.each("t_x"), of.each("T"), of.each("patience"))  # fmt: skip
        return self.learned.chances(of.features)


def origins(first: date, end: date, patience: int) -> list[date]:
    """Days to look at: as many as a month apart fit between the first day plus two months and the last
    day from which everybody's patience is over, the latest last."""
    found: list[date] = []
    day = end - timedelta(days=patience)
    while day >= first + timedelta(days=60) and len(found) < MOST_ORIGINS:
        found.append(day)
        day -= timedelta(days=30)
    return found[::-1]


def learn(rows: Rows, buying: Fit) -> Learner:
    """All three ways; ``buying`` is what the model of buying says on the day of asking (`bought_until`).
    ``BadInput``: too little to learn from."""
    from sklearn.linear_model import LogisticRegression

    rows.check()
    line = LogisticRegression(C=1e6).fit(_log_overdue(rows.features)[:, None], rows.left)
    return Learner(float(line.coef_[0, 0]), float(line.intercept_[0]), buying, _boosted(rows))


def bought_until(buyers: Buyers) -> Fit:
    """BG/NBD over all customers, in days; NBD where nobody is seen to leave."""
    histories = buyers.histories()
    found = bgnbd.fit_bgnbd(histories)
    return found if found.converged else nbd.fit_nbd(histories)


def _boosted(rows: Rows) -> Boosted:
    """Gradient boosting, calibrated on customers it did not see."""
    from sklearn.calibration import CalibratedClassifierCV
    from sklearn.ensemble import HistGradientBoostingClassifier
    from sklearn.model_selection import GroupKFold

    features, gone, person = rows.features, rows.left, rows.each("person")
    if len(gone) > MOST_ROWS:
        some = np.random.default_rng(_SEED).choice(len(gone), MOST_ROWS, replace=False)
        features, gone, person = features[some], gone[some], person[some]
    model = HistGradientBoostingClassifier(
        max_iter=100, learning_rate=0.07, max_leaf_nodes=12, min_samples_leaf=max(20, len(gone) // 200),
        l2_regularization=5.0, early_stopping=False, random_state=_SEED,
    )  # fmt: skip
    columns = np.array([i for i in range(features.shape[1]) if _varied(features[:, i])], dtype=int)
    folds = list(GroupKFold(3).split(features, gone, person))
    found = CalibratedClassifierCV(model, method="sigmoid", cv=folds).fit(
        features[:, columns], gone
    )
    return Boosted(columns, found)


def _varied(column: Array) -> bool:
    """Whether enough customers differ in it that each part of them does."""
    _, counts = np.unique(column[np.isfinite(column)], return_counts=True)
    return len(counts) > 1 and int(np.sort(counts)[:-1].sum()) >= FEWEST_EACH


def no_purchase(fit: Fit, x: Array, t_x: Array, T: Array, ahead: Array) -> Array:
    """The chance of no purchase in the ``ahead`` days to come: gone already, or there and silent."""
    module = bgnbd if fit.model == bgnbd.MODEL else nbd
    alive = module.alive(fit, x, t_x, T)
    silent = np.exp((fit["r"] + x) * -np.log1p(ahead / (fit["alpha"] + T)))
    return np.asarray(1 - alive + alive * silent)


def log_loss(chance: Array, left: Array) -> Array:
    """−log of the chance given to what happened, of each row: 0 is perfect."""
    p = np.clip(chance, 1e-6, 1 - 1e-6)
    return np.asarray(-np.where(left, np.log(p), np.log(1 - p)))


def log_odds(chance: Array) -> Array:
    """log(p / (1 − p)), never infinite."""
    p = np.clip(chance, 1e-6, 1 - 1e-6)
    return np.asarray(np.log(p / (1 - p)))


def _log_overdue(features: Array) -> Array:
    return np.log(np.maximum(features[:, FEATURES.index("overdue")], 0.01))


def _chance(log_odds: Array) -> Array:
    return np.asarray(1 / (1 + np.exp(-np.clip(log_odds, -30, 30))))


def gathered(days: list[date], look: Callable[[date], Snapshot], who_left: Callable[[Snapshot], Array]) -> Rows:  # fmt: skip
    """The customers of these days and what became of them."""
    snapshots = tuple(look(day) for day in days)
    gone = [who_left(s) for s in snapshots]
    return Rows(snapshots, np.concatenate(gone) if gone else np.zeros(0, dtype=bool))


def longest(window_days: int) -> int:
    """The longest patience there can be."""
    return max(window_days, LEAST_DAYS)
