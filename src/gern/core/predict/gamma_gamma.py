"""Gamma-Gamma: what a customer spends when they buy.

Purchases of a customer vary around a mean of their own, which does not depend on how often they buy.
Source: Fader, Hardie (2013), The Gamma-Gamma Model of Monetary Value (note 025).
"""

from __future__ import annotations

import numpy as np

from gern.core.engines.names import Array
from gern.core.errors import BadInput
from gern.core.predict.fitting import Fit, fit
from gern.core.text import Text

MODEL = "gamma-gamma"
PARAMS = ("p", "q", "gamma")


def fit_gamma_gamma(x: Array, mean: Array) -> Fit:
    """The parameters p, q, γ (γ in the unit of money) of customers with ``x`` ≥ 1 repeat purchases of
    ``mean`` > 0 each; others are left out.

    >>> fit_gamma_gamma(x, mean).params  # doctest: +SKIP
    {'p': 6.25, 'q': 3.74, 'gamma': 15.44}
    """
    from scipy.special import digamma, gammaln

    x, mean = np.asarray(x, dtype=float), np.asarray(mean, dtype=float)
    if len(x) != len(mean) or not (np.isfinite(x).all() and np.isfinite(mean).all()):
        raise BadInput("x and mean have one number a customer each.", param="mean",
                       german="x und mean haben je Kunde eine Zahl.")  # fmt: skip
    known = (x > 0) & (mean > 0)
    x, mean = x[known], mean[known]
    n = len(x)
    if not n:
        return Fit(MODEL, {}, {}, 0.0, 0, False,
                   Text("niemand hat wieder gekauft", "nobody bought again"))  # fmt: skip
    kinds, kind = np.unique(x, return_inverse=True)
    of_kind = np.bincount(kind).astype(float)
    spent, log_mean = x * mean, np.log(mean)
    sum_log, sum_xlog = float(log_mean.sum()), float((x * (log_mean + np.log(x))).sum())

    def likelihood(params: Array) -> tuple[float, Array]:
        p, q, gamma = params
        log_all, power = np.log(spent + gamma), p * x + q
        x_log, only_log = float(x @ log_all), float(log_all.sum())
        both = p * kinds + q
        value = (of_kind * (gammaln(both) - gammaln(p * kinds))).sum() - n * gammaln(q)
        value += n * q * np.log(gamma) + p * sum_xlog - sum_log - (p * x_log + q * only_log)
        by_p = (of_kind * kinds * (digamma(both) - digamma(p * kinds))).sum() + sum_xlog - x_log
        by_q = (of_kind * digamma(both)).sum() - n * digamma(q) + n * np.log(gamma) - only_log
        by_gamma = n * q / gamma - (power / (spent + gamma)).sum()
        return float(value), np.array([by_p, by_q, by_gamma])

    scale = float(spent.sum() / x.sum())
    starts = [(4.0, 4.0, scale), (1.0, 2.0, scale / 2), (10.0, 10.0, scale * 2)]
    return fit(MODEL, PARAMS, likelihood, n, starts)


def expected_spend(fit: Fit, x: Array, mean: Array) -> Array:
    """What each will spend at a purchase on average: between their own mean and that of all, nearer to
    theirs the more often they bought. ``x`` = 0: that of all. Infinite where q ≤ 1 allows no mean."""
    p, q, gamma = (fit[name] for name in PARAMS)
    x, mean = np.asarray(x, dtype=float), np.asarray(mean, dtype=float)
    spent = np.where(x > 0, x * mean, 0.0)
    below = p * x + q - 1
    return np.where(below > 0, p * (gamma + spent) / np.where(below > 0, below, 1), np.inf)
