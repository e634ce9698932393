"""Does a model still hold? What it expected since it was made, against what happened."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from math import sqrt

import numpy as np

from gern.core.predict.buyers import Buyers, found_in
from gern.core.predict.value import Model, chance_alive, expected_purchases

FEWEST_DAYS = 14
FAR = 0.2
SURE = 3.0


@dataclass(frozen=True)
class Drift:
    """In the ``days`` since: purchases ``expected`` of the customers there were, and what
    ``happened``; ``low`` … ``high``: where that lies 95 % of the time if the model holds."""

    days: int
    expected: float
    happened: float
    low: float
    high: float

    @property
    def drifted(self) -> bool:
        """More than a fifth off, and more than chance would have it."""
        half = (self.high - self.low) / 2 / 1.96
        off = self.happened - self.expected
        return abs(off) > FAR * self.expected and abs(off) > SURE * half


def drift(model: Model, buyers: Callable[[date], Buyers], today: date) -> Drift | None:
    """``buyers``: the customers as they were on a day. None: too early to say."""
    days = (today - model.until).days
    if days < FEWEST_DAYS:
        return None
    then, now = buyers(model.until), buyers(today)
    said = chance_alive(model.buying, then) * expected_purchases(model.buying, then, np.array([float(days)]))[:, 0]  # fmt: skip
    place, there = found_in(then.person, now.person)
    bought = (now.x[place[there]] - then.x[there]).sum()
    said = said[there]
    half = 1.96 * sqrt(float(((now.x[place[there]] - then.x[there] - said) ** 2).sum()))
    expected = float(said.sum())
    return Drift(days, expected, float(bought), max(expected - half, 0.0), expected + half)
