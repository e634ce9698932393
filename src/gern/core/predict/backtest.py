"""How good would it have been? On days gone by it is learned from what was known then, and what it says
is held against what came, beside the two simpler ways."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from math import sqrt

import numpy as np

from gern.core.engines.names import Array
from gern.core.errors import BadInput
from gern.core.predict.buyers import Buyers, found_in
from gern.core.predict.churn import MOST_TESTS, WAYS, Rows, learn, log_loss, log_odds
from gern.core.predict.fitting import Fit
from gern.core.predict.holdout import tenths
from gern.core.predict.parts import Part, parts_of
from gern.core.predict.snapshots import Snapshot

OFTEN, OFTEN_FROM = ("1", "2–3", "4–9", "10+"), (1, 2, 4, 10)
"""Days with a purchase so far, as groups."""
SHARES = (0.05, 0.1, 0.2, 0.3)


@dataclass(frozen=True)
class Way:
    """``auc``: how often one who left has the higher chance than one who stayed; ``loss``: mean log-loss,
    and how much larger than the taken way's, with a 95 % interval; ``slope``: 1 is calibrated, less
    is too sure of itself; ``said`` against ``left``: mean chance, and the share that left."""

    name: str
    auc: float
    loss: float
    worse: float
    low: float
    high: float
    slope: float
    said: float


@dataclass(frozen=True)
class Caught:
    """Had one turned to the ``share`` of customers most at risk: ``customers``, ``left`` of whom left;
    ``of_left``: that share of all who left; ``value``: their revenue of the year before."""

    share: float
    customers: int
    left: int
    of_left: float
    value: float


@dataclass(frozen=True)
class Bin:
    """Customers with about the same ``said`` chance, and the share of them that left."""

    customers: int
    said: float
    left: float


@dataclass(frozen=True)
class BackTest:
    """``days``: on which it was tried; ``taken``: the way with the smallest loss that no simpler way
    equals; ``rows`` customers looked at, ``left`` of them left."""

    days: tuple[date, ...]
    rows: int
    left: int
    taken: str
    ways: tuple[Way, ...]
    caught: tuple[Caught, ...]
    bins: tuple[Bin, ...]
    parts: tuple[Part, ...] = ()
    """By country and channel of the first purchase, and by days with one so far."""


def back_test(
    rows: Rows, patience: int, bought: Callable[[date], Fit], buyers: Buyers | None = None
) -> BackTest:
    """On the latest days of ``rows`` whose patience do not overlap, four at most; learned each time from
    those whose outcome was known by then. ``bought``: the model of buying on a day; ``buyers``: of what country
    and channel customers are. ``BadInput``: the time is too short for that."""
    found: list[tuple[Snapshot, Array, dict[str, Array]]] = []
    parts = np.split(rows.left, np.cumsum([len(s) for s in rows.snapshots])[:-1])
    last = None
    for at in range(len(rows.snapshots) - 1, -1, -1):
        test = rows.snapshots[at]
        if not len(test):
            continue
        if last is not None and test.day + timedelta(days=patience) > last:
            continue
        known = [
            i for i in range(at) if rows.snapshots[i].day + timedelta(days=patience) <= test.day
        ]
        if not known or len(found) == MOST_TESTS:
            break
        then = Rows(
            tuple(rows.snapshots[i] for i in known), np.concatenate([parts[i] for i in known])
        )
        try:
            learner = learn(then, bought(test.day))
        except BadInput:
            break
        own = Rows((test,), parts[at])
        found.append((test, parts[at], {way: learner.chances(way, own) for way in WAYS}))
        last = test.day
    gone = np.concatenate([g for _, g, _ in found]) if found else np.zeros(0, dtype=bool)
    if not found or not 0 < gone.sum() < len(gone):
        raise BadInput(
            f"To check it, purchases of {2 * patience + 60} days are needed at least, and customers who"
            " left and who stayed.", param="until",
            german=f"Zur Prüfung braucht es Käufe aus mindestens {2 * patience + 60} Tagen und Kunden, die"
            " gingen, und solche, die blieben.",
        )  # fmt: skip
    chances = {way: np.concatenate([c[way] for _, _, c in found]) for way in WAYS}
    person = np.concatenate([s.person for s, _, _ in found])
    taken = _taken(chances, gone, person)
    ways = tuple(_way(way, chances[way], chances[taken], gone, person) for way in WAYS)
    each = [(s, g, c[taken]) for s, g, c in found]
    return BackTest(
        tuple(s.day for s, _, _ in found), len(gone), int(gone.sum()), taken, ways,
        tuple(_caught(share, each, int(gone.sum())) for share in SHARES), _bins(chances[taken], gone),
        _parts(buyers, person, np.concatenate([s.column("purchases") for s, _, _ in found]), chances[taken], gone),
    )  # fmt: skip


def _parts(
    buyers: Buyers | None, person: Array, purchases: Array, chance: Array, gone: Array
) -> tuple[Part, ...]:
    left = gone.astype(float)
    often = np.array(OFTEN)[np.searchsorted(OFTEN_FROM, purchases, side="right") - 1]
    found = parts_of("purchases", often, chance, left)
    if buyers is None:
        return found
    place, there = found_in(person, buyers.person)
    for by in ("country", "channel"):
        labels = getattr(buyers, by)[place]
        found = parts_of(by, labels[there], chance[there], left[there]) + found
    return found


def _taken(chances: dict[str, Array], gone: Array, person: Array) -> str:
    """The simplest way that no other beats beyond chance."""
    for way in WAYS:
        if not any(
            _beats(chances[other], chances[way], gone, person) for other in WAYS if other != way
        ):
            return way
    return min(WAYS, key=lambda way: float(log_loss(chances[way], gone).mean()))


def _beats(ours: Array, theirs: Array, gone: Array, person: Array) -> bool:
    mean, half = _apart(log_loss(theirs, gone) - log_loss(ours, gone), person)
    return mean > half


def _apart(differences: Array, person: Array) -> tuple[float, float]:
    """(mean, half of its 95 % interval); a customer looked at on several days is one."""
    _, which = np.unique(person, return_inverse=True)
    mean = float(differences.mean())
    sums = np.bincount(which, weights=differences - mean)
    return mean, 1.96 * sqrt(float((sums**2).sum())) / len(differences)


def _way(name: str, chance: Array, taken: Array, gone: Array, person: Array) -> Way:
    from sklearn.linear_model import LogisticRegression
    from sklearn.metrics import roc_auc_score

    loss = log_loss(chance, gone)
    worse, half = _apart(loss - log_loss(taken, gone), person)
    line = LogisticRegression(C=1e6).fit(log_odds(chance)[:, None], gone)
    return Way(name, float(roc_auc_score(gone, chance)), float(loss.mean()), worse, worse - half,
               worse + half, float(line.coef_[0, 0]), float(chance.mean()))  # fmt: skip


def _caught(share: float, each: list[tuple[Snapshot, Array, Array]], all_left: int) -> Caught:
    customers, gone, value = 0, 0, 0.0
    for then, left, chance in each:
        first = np.argsort(-chance, kind="stable")[: max(1, round(share * len(chance)))]
        customers += len(first)
        gone += int(left[first].sum())
        value += float(then.spent_year[first][left[first]].sum())
    return Caught(share, customers, gone, gone / all_left, value)


def _bins(chance: Array, gone: Array) -> tuple[Bin, ...]:
    return tuple(
        Bin(int(mine.sum()), float(chance[mine].mean()), float(gone[mine].mean()))
        for mine in tenths(chance)
    )
