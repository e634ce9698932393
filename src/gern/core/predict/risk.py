"""The risk of leaving, from the log to the scores: learn, check, tell."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

import numpy as np

from gern.core.engines.door import Door
from gern.core.errors import BadInput
from gern.core.predict.backtest import BackTest, back_test
from gern.core.predict.buyers import Buyers, buyers_of
from gern.core.predict.churn import (
    WAYS,
    Rows,
    bought_until,
    gathered,
    learn,
    log_odds,
    longest,
    origins,
)
from gern.core.predict.fitting import Fit
from gern.core.predict.reasons import RESPECTS, contributions
from gern.core.predict.scores import Scores, scored
from gern.core.predict.snapshots import Known, left, snapshot
from gern.core.text import Text


@dataclass(frozen=True)
class Learned:
    """``check``: how good it would have been, and which way was ``taken``; None: the time was too short
    to check, then the simplest way (overdue by their own rhythm) is taken, ``unchecked`` says why.
    ``scores``: today's customers. ``matters``: mean
    size of the weights, by respect, the largest first."""

    rows: int
    left: int
    days: tuple[date, ...]
    check: BackTest | None
    unchecked: Text | None
    taken: str
    scores: Scores
    matters: tuple[tuple[str, float], ...]


def risks(door: Door, known: Known, today: date) -> Learned:
    """Learn from days gone by and tell of today. ``BadInput``: there is too little to learn from."""
    rows, days, patience = _gathered(door, known, today)

    def fit(day: date) -> Fit:
        return bought_until(buyers_of(door, known.zone, day))

    now_buyers = buyers_of(door, known.zone, today)
    check, why = _checked(rows, patience, fit, now_buyers)
    learner = learn(rows, bought_until(now_buyers))
    taken = check.taken if check else WAYS[0]
    now = snapshot(door, known, today)
    own = Rows((now,), np.zeros(len(now), dtype=bool))
    chance = learner.chances(taken, own)
    if taken == "learned":
        weights = contributions(learner, now.features)
    else:  # these go by the silence alone
        weights = np.zeros((len(now), len(RESPECTS)))
        if len(now):
            weights[:, 0] = log_odds(chance) - np.median(log_odds(chance))
    size = np.abs(weights).mean(axis=0) if len(now) else np.zeros(len(RESPECTS))
    matters = sorted(zip(RESPECTS, size.tolist(), strict=True), key=lambda one: -one[1])
    return Learned(
        len(rows.left), int(rows.left.sum()), tuple(days), check, why, taken,
        scored(now, chance, weights),
        tuple((name, weight) for name, weight in matters if weight > 0),
    )  # fmt: skip


def scores_then(door: Door, known: Known, day: date, way: str) -> Scores:
    """What would have been told on a day gone by: learned from what was known before it, the ``way`` (of
    `churn.WAYS`) that is taken today. ``BadInput``: that was too little to learn from."""
    rows, _days, _patience = _gathered(door, known, day)
    learner = learn(rows, bought_until(buyers_of(door, known.zone, day)))
    then = snapshot(door, known, day)
    chance = learner.chances(way, Rows((then,), np.zeros(len(then), dtype=bool)))
    return scored(then, chance, np.zeros((len(then), len(RESPECTS))))


def _gathered(door: Door, known: Known, today: date) -> tuple[Rows, list[date], int]:
    """The customers of days gone by and who of them left, those days, and the longest patience."""
    patience = longest(known.window_days)
    first = door.span()[0]
    days = origins(first.date(), today, patience) if first else []
    rows = gathered(
        days, lambda day: snapshot(door, known, day), lambda then: left(door, known, then)
    )
    rows.check()
    return rows, days, patience


def _checked(rows: Rows, patience: int, fit: Callable[[date], Fit], buyers: Buyers) -> tuple[BackTest | None, Text | None]:  # fmt: skip
    try:
        return back_test(rows, patience, fit, buyers), None
    except BadInput as error:
        return None, error.text
