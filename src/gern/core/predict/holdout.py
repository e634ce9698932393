"""How good is it? The last part of the time is hidden, the model is fitted to what was before, and
what it says of the hidden part is held against what happened, beside what one would say without it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from math import inf, sqrt

import numpy as np

from gern.core.engines.names import Array
from gern.core.errors import BadInput
from gern.core.predict.buyers import Buyers, found_in
from gern.core.predict.horizon import Horizon
from gern.core.predict.parts import Part, parts_of
from gern.core.predict.value import fitted, spend_of, worth

LONGEST_DAYS = 182
MOST_GROUPS = 10


@dataclass(frozen=True)
class Error:
    """``purchases``: mean over the customers of |said − happened| by this way (of next purchases the mean error
    of days, or the share of products found), and how much ``better`` the model is, with a 95 % interval
    (paired: the same customers)."""

    name: str
    purchases: float
    better: float
    low: float
    high: float


@dataclass(frozen=True)
class Group:
    """Customers of whom about as much was ``expected`` (a mean, purchases each), and what happened."""

    customers: int
    expected: float
    happened: float


@dataclass(frozen=True)
class HoldOut:
    """``days`` from ``since`` on were hidden. ``expected`` and ``happened``: purchases of all
    ``customers``; ``error``: mean |said − happened| of the model; ``against``: baselines;
    ``expected_revenue``, ``revenue``, ``value_error``: the same of money before returns."""

    since: date
    days: int
    customers: int
    expected: float
    happened: float
    error: float
    against: tuple[Error, ...]
    groups: tuple[Group, ...]
    expected_revenue: float
    revenue: float
    value_error: float
    value_against: float
    parts: tuple[Part, ...] = ()
    """Purchases by country and channel of the first one."""

    @property
    def off(self) -> float:
        """expected / happened − 1."""
        return self.expected / self.happened - 1 if self.happened else float("nan")


def held_out(now: Buyers, before: Callable[[date], Buyers]) -> HoldOut:
    """Held against the last third of the time, half a year at most. ``before``: the customers as they
    were on a day. ``BadInput``: too little is left to learn from."""
    hidden = min(LONGEST_DAYS, now.days // 3)
    since = now.until - timedelta(days=hidden)
    known = before(since)
    model = fitted(known)
    place, there = found_in(known.person, now.person)
    if not there.all():
        raise BadInput("Customers changed meanwhile; ask again.", param="until",
                       german="Kunden haben sich inzwischen geändert; bitte noch einmal.")  # fmt: skip
    bought = now.x[place] - known.x
    paid = now.spent[place] - known.spent
    said = worth(model, known, Horizon("", float(hidden)))
    spend = spend_of(model, known)
    wrong = np.abs(said.purchases - bought)
    as_before = np.divide(known.x * hidden, known.T, out=np.zeros(len(known)), where=known.T > 0)
    same = np.full(len(known), known.x.sum() / max(known.T.sum(), 1.0) * hidden)
    per_day = known.spent / np.maximum(known.T, 30.0)
    return HoldOut(
        since, hidden, len(known), float(said.purchases.sum()), float(bought.sum()),
        float(wrong.mean()),
        (against("as-before", wrong, np.abs(as_before - bought)), against("average", wrong, np.abs(same - bought))),
        _groups(said.purchases, bought),
        float((said.purchases * spend).sum()), float(paid.sum()),
        float(np.abs(said.purchases * spend - paid).mean()), float(np.abs(per_day * hidden - paid).mean()),
        tuple(part for by in ("country", "channel") for part in parts_of(by, getattr(known, by), said.purchases, bought)),
    )  # fmt: skip


def paired(apart: Array) -> tuple[float, float, float]:
    """Mean of differences of the same customers, and its 95 % interval."""
    mean = float(apart.mean())
    half = 1.96 * float(apart.std(ddof=1)) / sqrt(len(apart)) if len(apart) > 1 else inf
    return mean, mean - half, mean + half


def against(name: str, ours: Array, theirs: Array) -> Error:
    """A baseline beside ours, by the errors of both."""
    return Error(name, float(theirs.mean()), *paired(theirs - ours))


def _groups(expected: Array, happened: Array) -> tuple[Group, ...]:
    return tuple(
        Group(int(mine.sum()), float(expected[mine].mean()), float(happened[mine].mean()))
        for mine in tenths(expected)
    )


def tenths(said: Array) -> list[Array]:
    """Which entries belong to each tenth in the order of what was said, about equally many; those of
    whom the same was said stay together."""
    edges = np.unique(np.quantile(said, np.linspace(0, 1, MOST_GROUPS + 1)[1:-1]))
    place = np.searchsorted(edges, said, side="left")
    return [mine for i in range(len(edges) + 1) if (mine := place == i).any()]
