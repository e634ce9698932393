"""NBD: customers buy at random at a rate of their own, and stay.

λ of a customer is gamma distributed (r, α). It is what BG/NBD and Pareto/NBD come down to where the data
show nobody leaving; so what it expects is an upper bound. Source: Ehrenberg (1959), The Pattern of
Consumer Purchases, Applied Statistics 8, 26–41.
"""

from __future__ import annotations

import numpy as np

from gern.core.engines.names import Array
from gern.core.predict.fitting import Fit, fit
from gern.core.predict.histories import Histories

MODEL = "nbd"
PARAMS = ("r", "alpha")


def fit_nbd(histories: Histories) -> Fit:
    """The parameters r and α (in the unit of time of the histories)."""
    from scipy.special import digamma, gammaln

    one = histories.grouped
    x, T, weight, n = one.x, one.T, one.weight, one.n
    kinds, of_kind = one.by_x

    def likelihood(params: Array) -> tuple[float, Array]:
        r, alpha = params
        log_end = np.log(alpha + T)
        value = (of_kind * (gammaln(r + kinds) - gammaln(r))).sum()
        value += n * r * np.log(alpha) - (weight * (r + x) * log_end).sum()
        by_r = (of_kind * (digamma(r + kinds) - digamma(r))).sum()
        by_r += n * np.log(alpha) - (weight * log_end).sum()
        by_alpha = n * r / alpha - (weight * (r + x) / (alpha + T)).sum()
        return float(value), np.array([by_r, by_alpha])

    scale = one.usual_T
    return fit(MODEL, PARAMS, likelihood, n, [(0.5, scale / 3), (2.0, scale), (0.1, scale / 20)])


def alive(fit: Fit, x: Array, t_x: Array, T: Array) -> Array:
    """Everybody is."""
    return np.ones(len(np.asarray(x)))


def expected_if_alive(fit: Fit, t: Array, x: Array, T: Array) -> Array:
    """Purchases in ``(T, T + t]``; one row a history, one column a ``t``: t (r + x) / (α + T)."""
    rate = (fit["r"] + np.asarray(x, dtype=float)) / (fit["alpha"] + np.asarray(T, dtype=float))
    return np.asarray(rate[:, None] * np.asarray(t, dtype=float)[None, :])


def expected_new(fit: Fit, t: Array) -> Array:
    """Purchases after the first one of a new customer within each ``t``."""
    return np.asarray(expected_if_alive(fit, t, np.zeros(1), np.zeros(1))[0])
