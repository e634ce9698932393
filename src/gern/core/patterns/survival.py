"""Survival: how long people stay, with those still there counted as what they are: not gone *yet*.

Kaplan-Meier: S(t) = Π over the times t_i ≤ t at which somebody left of (1 − d_i / n_i); d_i left at
t_i, n_i were there just before. The interval is the log-log one (as in R's ``conf.type =
"log-log"``): S(t)^exp(± z · se / log S(t)), se² = Σ d_i / (n_i (n_i − d_i)) (Greenwood).

Whether groups differ is the log-rank test: χ² = u′ V⁻¹ u of observed minus expected leavings.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import erfc, exp, inf, lgamma, log, sqrt
from statistics import NormalDist

import numpy as np

from gern.core.engines.names import Array
from gern.core.errors import BadInput


@dataclass(frozen=True)
class At:
    """``at_risk`` people were there just before ``time``, ``left`` of them left then;
    ``survival`` is the share expected to stay longer, with its interval."""

    time: float
    at_risk: int
    left: int
    survival: float
    low: float
    high: float


@dataclass(frozen=True)
class Curve:
    """``n`` people, ``left`` of whom left while they were looked at. ``points``: each time at which
    somebody left, ascending; ``longest``: how long anybody was looked at."""

    n: int
    left: int
    points: tuple[At, ...]
    longest: float

    def at(self, time: float) -> float | None:
        """S(time); None where nobody was looked at so long."""
        if time > self.longest:
            return None
        before = [point for point in self.points if point.time <= time]
        return before[-1].survival if before else 1.0

    @property
    def median(self) -> float | None:
        """The first time at which half or more have left; None: not reached."""
        return next((p.time for p in self.points if p.survival <= 0.5), None)


@dataclass(frozen=True)
class LogRank:
    """Could the groups be of one kind? ``p``: how often a difference as large comes about by
    chance."""

    chi2: float
    degrees: int
    p: float


def kaplan_meier(
    durations: Sequence[float] | Array, left: Sequence[bool] | Array, level: float = 0.95
) -> Curve:
    """The curve of people who were looked at for ``durations`` (any unit, ≥ 0), and ``left`` at the
    end of it or were still there. ``BadInput``: nobody, or a duration that is none.

    Source: Kaplan, Meier (1958), J. Am. Stat. Assoc. 53, 457–481.

    >>> [round(p.survival, 4) for p in kaplan_meier([1, 2, 2, 3], [True, True, False, False]).points]
    [0.75, 0.5]
    """
    times, gone = _checked(durations, left)
    moments, at_risk, deaths = _table(times, gone)
    z = NormalDist().inv_cdf(0.5 + level / 2)
    points, s, variance = [], 1.0, 0.0
    for time, n, d in zip(moments.tolist(), at_risk.tolist(), deaths.tolist(), strict=True):
        s *= 1 - d / n
        variance = variance + d / (n * (n - d)) if n > d else inf
        points.append(At(time, n, d, s, *_interval(s, variance, z)))
    return Curve(len(times), int(gone.sum()), tuple(points), float(times.max()))


def log_rank(
    groups: Mapping[str, tuple[Sequence[float] | Array, Sequence[bool] | Array]],
) -> LogRank:
    """Of two groups or more, each (durations, left) as for `kaplan_meier`.

    Source: Mantel (1966), Cancer Chemother. Rep. 50, 163–170.
    """
    if len(groups) < 2:
        raise BadInput("A comparison needs two groups at least.", param="by",
                       german="Ein Vergleich braucht mindestens zwei Gruppen.")  # fmt: skip
    each = [_checked(*one) for one in groups.values()]
    moments = _table(*(np.concatenate(column) for column in zip(*each, strict=True)))[0]
    at_risk = np.array([_at_risk(times, moments) for times, _ in each], dtype=float)
    deaths = np.array([_left_at(times, gone, moments) for times, gone in each], dtype=float)
    n, d = at_risk.sum(axis=0), deaths.sum(axis=0)
    share = at_risk / n
    apart = (deaths - share * d).sum(axis=1)[:-1]
    weight = np.divide(d * (n - d), n - 1, out=np.zeros_like(n), where=n > 1)
    variance = -np.einsum("it,jt,t->ij", share, share, weight)
    variance[np.diag_indices(len(each))] += (share * weight).sum(axis=1)
    within = variance[:-1, :-1]
    degrees = int(np.linalg.matrix_rank(within))
    if degrees == 0:  # nobody left while there was somebody else to compare with
        return LogRank(0.0, len(each) - 1, 1.0)
    chi2 = float(apart @ np.linalg.pinv(within) @ apart)
    return LogRank(chi2, degrees, chi2_above(chi2, degrees))


def chi2_above(x: float, degrees: int) -> float:
    """P(χ² with so many degrees > x), by the recurrence from 1 or 2 degrees on.

    >>> round(chi2_above(3.841459, 1), 6)
    0.05
    """
    if x <= 0:
        return 1.0
    k, p = (1, erfc(sqrt(x / 2))) if degrees % 2 else (2, exp(-x / 2))
    while k < degrees:
        p += exp(k / 2 * log(x / 2) - x / 2 - lgamma(k / 2 + 1))
        k += 2
    return min(p, 1.0)


def _checked(
    durations: Sequence[float] | Array, left: Sequence[bool] | Array
) -> tuple[Array, Array]:
    times, gone = np.asarray(durations, dtype=float), np.asarray(left, dtype=bool)
    if len(times) != len(gone) or not len(times):
        raise BadInput("There is nobody to look at.", param="durations",
                       german="Es gibt niemanden, der betrachtet werden könnte.")  # fmt: skip
    if not np.all(np.isfinite(times)) or np.any(times < 0):
        raise BadInput("A duration is a number of 0 or more.", param="durations",
                       german="Eine Dauer ist eine Zahl ab 0.")  # fmt: skip
    return times, gone


def _table(times: Array, gone: Array) -> tuple[Array, Array, Array]:
    """(times at which somebody left, how many were there just before, how many left)."""
    moments = np.unique(times[gone])
    return moments, _at_risk(times, moments), _left_at(times, gone, moments)


def _at_risk(times: Array, moments: Array) -> Array:
    return len(times) - np.searchsorted(np.sort(times), moments, side="left")


def _left_at(times: Array, gone: Array, moments: Array) -> Array:
    ended = np.sort(times[gone])
    return np.searchsorted(ended, moments, "right") - np.searchsorted(ended, moments, "left")


def _interval(s: float, variance: float, z: float) -> tuple[float, float]:
    if s <= 0 or s >= 1 or variance == inf:
        return (0.0, 0.0) if s <= 0 else (s, s)
    wide = z * sqrt(variance) / log(s)
    return s ** exp(-wide), s ** exp(wide)
