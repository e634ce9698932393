"""What contact does, and to whom: from an experiment in which chance decided who was left out.

The average effect is the difference of the means of those contacted and those held out, with
se² = s₁² / n₁ + s₀² / n₀. To whom it does how much is learned on one half: a ridge regression of the
outcome on what was known before, of the contacted and of the held out; their difference is the uplift. On
the other half, those with the larger uplift are held against those with the smaller: only where contact
really does more there can anybody be told apart.

Without a hold-out by chance nothing is told: too few held out, or groups that differed before.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import erfc, sqrt

import numpy as np

from gern.core.engines.names import Array
from gern.core.errors import BadInput

FEWEST, FEWEST_PART = 50, 25
"""Contacted, and held out, at least: of all, and of a part of the half not learned from."""
SHARES = (0.1, 0.2, 0.3, 0.5, 0.7, 1.0)
BALANCE = 0.001
"""Chance alone makes groups differ more than ours less often than this: then it was not chance."""
_SEED = 20_261


@dataclass(frozen=True)
class Difference:
    """``effect``: ``mean`` of the ``n`` contacted − ``mean_without`` of the ``n_without`` held out, with its
    standard error and 95 % interval."""

    n: int
    n_without: int
    mean: float
    mean_without: float
    effect: float
    se: float

    @property
    def low(self) -> float:
        """Lower end of the interval."""
        return self.effect - 1.96 * self.se

    @property
    def high(self) -> float:
        """Upper end of the interval."""
        return self.effect + 1.96 * self.se

    @property
    def p(self) -> float:
        """How often chance alone makes as large a difference (two-sided)."""
        return erfc(abs(self.effect) / self.se / sqrt(2)) if self.se > 0 else 1.0


@dataclass(frozen=True)
class First:
    """The ``share`` of the half not learned from whose uplift is largest, and what contact did to them."""

    share: float
    difference: Difference


@dataclass(frozen=True)
class Uplift:
    """``average``: of all. ``told_apart``: effect in the upper half by uplift − in the lower half, on
    customers not learned from, with its standard error; None: they are too few to tell. ``driven_away``: the
    effect on those of them whose uplift is below 0; None: too few again. ``matters``: by how much
    each feature moves the uplift (a standard deviation of it), largest first. ``uplift``: of every
    customer, in units of the outcome."""

    average: Difference
    first: tuple[First, ...]
    told_apart: float | None
    se: float | None
    driven_away: Difference | None
    matters: tuple[tuple[str, float], ...]
    uplift: Array

    @property
    def interval(self) -> tuple[float, float] | None:
        """The 95 % interval of ``told_apart``."""
        if self.told_apart is None or self.se is None:
            return None
        return self.told_apart - 1.96 * self.se, self.told_apart + 1.96 * self.se

    @property
    def sure(self) -> bool:
        """Whether it can be told beforehand to whom contact does more."""
        return self.interval is not None and self.interval[0] > 0


def uplift(
    contacted: Array, outcome: Array, features: Array, names: Sequence[str], *, share_without: float | None = None
) -> Uplift:  # fmt: skip
    """``contacted``: whether chance had a customer contacted; ``outcome``: what came of it; ``features``: a
    row a customer of what was known before (NaN: unknown), a column each of ``names``.
    ``share_without``: the share that was to be held out, checked. ``BadInput``: it was no such
    experiment.

    >>> uplift(mail, spend, known, names).average.effect  # doctest: +SKIP
    0.7698
    """
    contacted = np.asarray(contacted, dtype=bool)
    outcome = np.asarray(outcome, dtype=float)
    _check_size(contacted)
    if share_without is not None:
        check_share(len(contacted), int((~contacted).sum()), share_without)
    known, names = _filled(features, names)
    _check_balance(contacted, known, names)
    rng = np.random.default_rng(_SEED)
    half = np.zeros(len(contacted), dtype=bool)
    for group in (contacted, ~contacted):
        members = rng.permutation(np.flatnonzero(group))
        half[members[: len(members) // 2]] = True
    said, _ = _learned(contacted[half], outcome[half], known[half], known[~half])
    first = tuple(
        First(share, found) for share in SHARES
        if (found := _of(contacted[~half], outcome[~half], _largest(said, share)))
    )  # fmt: skip
    upper = _largest(said, 0.5)
    above, below = _of(contacted[~half], outcome[~half], upper), _of(contacted[~half], outcome[~half], ~upper)  # fmt: skip
    apart = above.effect - below.effect if above and below else None
    se = float(np.hypot(above.se, below.se)) if above and below else None
    every, weights = _learned(contacted, outcome, known, known)
    matters = sorted(zip(names, weights.tolist(), strict=True), key=lambda one: -abs(one[1]))
    average = _of(contacted, outcome, np.ones(len(contacted), dtype=bool))
    assert average is not None
    away = _of(contacted[~half], outcome[~half], said < 0)
    return Uplift(average, first, apart, se, away, tuple(matters), every)


def _learned(contacted: Array, outcome: Array, known: Array, asked: Array) -> tuple[Array, Array]:
    """(uplift of those asked, weight of each feature)."""
    from sklearn.linear_model import RidgeCV

    middle, scale = known.mean(axis=0), known.std(axis=0)
    scale = np.where(scale > 0, scale, 1.0)
    told, X = (asked - middle) / scale, (known - middle) / scale
    if not X.shape[1]:
        flat = float(outcome[contacted].mean() - outcome[~contacted].mean())
        return np.full(len(asked), flat), np.zeros(0)
    lines = [
        RidgeCV(np.logspace(1, 5, 9)).fit(X[group], outcome[group])
        for group in (contacted, ~contacted)
    ]
    found = lines[0].predict(told) - lines[1].predict(told)
    return np.asarray(found), np.asarray(lines[0].coef_ - lines[1].coef_)


def _largest(said: Array, share: float) -> Array:
    """Which of them are the so many with the largest uplift."""
    found = np.zeros(len(said), dtype=bool)
    found[np.argsort(-said, kind="stable")[: max(1, round(share * len(said)))]] = True
    return found


def _of(contacted: Array, outcome: Array, some: Array) -> Difference | None:
    """What contact did to some of them; None: too few to say."""
    with_, without = outcome[some & contacted], outcome[some & ~contacted]
    if min(len(with_), len(without)) < FEWEST_PART:
        return None
    se = sqrt(with_.var(ddof=1) / len(with_) + without.var(ddof=1) / len(without))
    mean, mean_without = float(with_.mean()), float(without.mean())
    return Difference(len(with_), len(without), mean, mean_without, mean - mean_without, se)


def _filled(features: Array, names: Sequence[str]) -> tuple[Array, list[str]]:
    """Unknown values become the mean, that they are unknown a feature of its own; what is the same for
    all says nothing."""
    columns, kept = [], []
    for i, name in enumerate(names):
        column = np.asarray(features[:, i], dtype=float)
        unknown = ~np.isfinite(column)
        if unknown.all():
            continue
        filled = np.where(unknown, column[~unknown].mean(), column)
        for what, values in ((name, filled), (f"{name} unknown", unknown.astype(float))):
            if values.min() < values.max():
                columns.append(values)
                kept.append(what)
    return np.column_stack(columns) if columns else np.zeros((len(features), 0)), kept


def _check_size(contacted: Array) -> None:
    n, without = int(contacted.sum()), int((~contacted).sum())
    if min(n, without) < FEWEST:
        raise BadInput(
            f"What contact does can only be told where chance left some out: at least {FEWEST} contacted and"
            f" {FEWEST} held out. You have {n} contacted and {without} held out.", param="campaign",
            german="Was ein Kontakt bewirkt, lässt sich nur sagen, wo der Zufall einige ausließ: mindestens"
            f" {FEWEST} angesprochen und {FEWEST} in der Kontrollgruppe. Es sind {n} angesprochen und {without}"
            " in der Kontrollgruppe.",
        )  # fmt: skip


def check_share(n: int, without: int, share: float) -> None:
    """Sample-ratio check: of the ``n`` drawn as many held out as were to be. ``BadInput``: they were not."""
    if not 0 < share < 1:
        raise BadInput("The share held out is between 0 and 1.", param="holdout_share",
                       german="Der Anteil der Kontrollgruppe liegt zwischen 0 und 1.")  # fmt: skip
    z = abs(without - n * share) / sqrt(n * share * (1 - share))
    if erfc(z / sqrt(2)) < BALANCE:
        raise BadInput(
            f"{without} of {n} were held out, but {share:.1%} were to be: more than chance explains. Some are"
            " missing, so the groups cannot be compared.", param="holdout_share",
            german=f"{without} von {n} waren in der Kontrollgruppe, es sollten {100 * share:.1f} % sein: mehr, als"
            " Zufall erklärt. Es fehlen welche, daher lassen sich die Gruppen nicht vergleichen.",
        )  # fmt: skip


def _check_balance(contacted: Array, known: Array, names: Sequence[str]) -> None:
    """Chance makes groups alike in everything known before."""
    for i, name in enumerate(names):
        a, b = known[contacted, i], known[~contacted, i]
        se = sqrt(a.var(ddof=1) / len(a) + b.var(ddof=1) / len(b))
        z = abs(a.mean() - b.mean()) / se if se > 0 else (np.inf if a.mean() != b.mean() else 0.0)
        if erfc(z / sqrt(2)) * len(names) < BALANCE:
            raise BadInput(
                f"The groups differed before the contact ({name}: {a.mean():.4g} contacted, {b.mean():.4g} held"
                " out), more than chance explains: they were not drawn by chance, and their difference is no"
                " effect.", param="campaign",
                german=f"Die Gruppen unterschieden sich schon vor dem Kontakt ({name}: {a.mean():.4g} angesprochen,"
                f" {b.mean():.4g} Kontrollgruppe), mehr als Zufall erklärt: Sie wurden nicht ausgelost, und ihr"
                " Unterschied ist keine Wirkung.",
            )  # fmt: skip
