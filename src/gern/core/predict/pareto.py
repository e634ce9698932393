"""Pareto/NBD: customers buy at random at a rate of their own, and may be gone at any time.

λ of a customer is gamma distributed (r, α), the rate µ of leaving gamma distributed (s, β).
Source: Schmittlein, Morrison, Colombo (1987), Counting Your Customers, Management Science 33, 1–24.

The likelihood of a history, left open when they left (y):

    Γ(r + x) / Γ(r) · α^r β^s · [ (α + T)^−(r + x) (β + T)^−s + s ∫ (α + y)^−(r + x) (β + y)^−(s + 1) dy ],

y from t_x to T. The integral is taken by Gauss-Legendre quadrature in log(min(α, β) + y), where it is
smooth; with it the derivatives need no hypergeometric functions.
"""

from __future__ import annotations

import numpy as np
from numpy.polynomial.legendre import leggauss

from gern.core.engines.names import Array
from gern.core.predict.fitting import Fit, fit
from gern.core.predict.histories import Histories

MODEL = "pareto-nbd"
PARAMS = ("r", "alpha", "s", "beta")
_NODES, _WEIGHTS = leggauss(32)
_FAR = 40.0
"""Where the integrand has fallen to e^-40 of its beginning it is nothing."""
_AT_ONCE = 20_000


def fit_pareto(histories: Histories) -> Fit:
    """The parameters r, α, s, β (α and β in the unit of time of the histories).

    >>> fit_pareto(cdnow).params  # doctest: +SKIP
    {'r': 0.5533, 'alpha': 10.5784, 's': 0.6063, 'beta': 11.6666}
    """
    from scipy.special import digamma, gammaln

    one = histories.grouped
    x, weight, n = one.x, one.weight, one.n
    kinds, of_kind = one.by_x

    def likelihood(params: Array) -> tuple[float, Array]:
        r, alpha, s, beta = params
        value = (of_kind * (gammaln(r + kinds) - gammaln(r))).sum()
        value += n * (r * np.log(alpha) + s * np.log(beta))
        slope = np.array([
            (of_kind * (digamma(r + kinds) - digamma(r))).sum() + n * np.log(alpha),
            n * r / alpha, n * np.log(beta), n * s / beta,
        ])  # fmt: skip
        for begin in range(0, len(x), _AT_ONCE):
            piece = slice(begin, begin + _AT_ONCE)
            log_sum, by = _bracket(params, x[piece], one.t_x[piece], one.T[piece])
            value += (weight[piece] * log_sum).sum()
            slope += by @ weight[piece]
        return float(value), slope

    scale = one.usual_T
    starts = [(0.5, scale / 3, 0.5, scale / 3), (1.0, scale / 2, 0.3, scale), (0.2, scale / 20, 1.0, scale / 2)]  # fmt: skip
    return fit(MODEL, PARAMS, likelihood, n, starts)


def _bracket(params: Array, x: Array, t_x: Array, T: Array) -> tuple[Array, Array]:
    """log of what stands in brackets above, and its derivatives by r, α, s, β (a row each)."""
    r, alpha, s, beta = params
    log_a, log_b = np.log(alpha + T), np.log(beta + T)
    stayed = -(r + x) * log_a - s * log_b
    y, log_of_y = _points(params, x, t_x, T)
    at_a, at_b = np.log(alpha + y), np.log(beta + y)
    each = np.log(s) + log_of_y - (r + x)[:, None] * at_a - (s + 1) * at_b
    top = np.maximum(each.max(axis=1), stayed)
    gone, still = np.exp(each - top[:, None]), np.exp(stayed - top)
    total = gone.sum(axis=1) + still
    gone /= total[:, None]
    still /= total
    by_r = -(gone * at_a).sum(axis=1) - still * log_a
    by_alpha = -(r + x) * ((gone / (alpha + y)).sum(axis=1) + still / (alpha + T))
    by_s = gone.sum(axis=1) / s - (gone * at_b).sum(axis=1) - still * log_b
    by_beta = -(s + 1) * (gone / (beta + y)).sum(axis=1) - s * still / (beta + T)
    return top + np.log(total), np.array([by_r, by_alpha, by_s, by_beta])


def _points(params: Array, x: Array, t_x: Array, T: Array) -> tuple[Array, Array]:
    """Where the integrand is looked at between t_x and T, and the log of the weight there. The points
    are fixed for a derivative: it is the one of the sum, exact up to that of the integral."""
    r, alpha, s, beta = params
    base = min(alpha, beta)
    low, high = np.log(base + t_x), np.log(base + T)
    # how fast it falls in u at the low end; further on it falls faster
    fall = (r + x) * (base + t_x) / (alpha + t_x) + (s + 1) * (base + t_x) / (beta + t_x) - 1
    high = np.minimum(high, low + _FAR / np.maximum(fall, 1e-9))
    half = (high - low) / 2
    u = (low + half)[:, None] + half[:, None] * _NODES
    with np.errstate(divide="ignore"):
        log_weight = np.log(half)[:, None] + np.log(_WEIGHTS) + u
    return np.exp(u) - base, log_weight


def alive(fit: Fit, x: Array, t_x: Array, T: Array) -> Array:
    """P(alive): how likely each is still a customer at T."""
    params = np.array([fit[name] for name in PARAMS])
    r, alpha, s, beta = params
    x, t_x, T = (np.asarray(each, dtype=float) for each in (x, t_x, T))
    found = np.empty(len(x))
    for begin in range(0, len(x), _AT_ONCE):
        piece = slice(begin, begin + _AT_ONCE)
        log_sum, _ = _bracket(params, x[piece], t_x[piece], T[piece])
        stayed = -(r + x[piece]) * np.log(alpha + T[piece]) - s * np.log(beta + T[piece])
        found[piece] = np.exp(stayed - log_sum)
    return found


def expected_if_alive(fit: Fit, t: Array, x: Array, T: Array) -> Array:
    """Purchases in ``(T, T + t]`` of those still customers at T; one row a history, one column a
    ``t``: (r + x) / (α + T) · ∫ from 0 to t of ((β + T) / (β + T + y))^s dy."""
    r, alpha, s, beta = (fit[name] for name in PARAMS)
    t, x, T = np.asarray(t, dtype=float), np.asarray(x, dtype=float), np.asarray(T, dtype=float)
    longer = np.log1p(t[None, :] / (beta + T)[:, None])
    rate = ((r + x) / (alpha + T) * (beta + T))[:, None]
    if abs(s - 1) < 1e-9:
        return np.asarray(rate * longer)
    return np.asarray(rate * -np.expm1((1 - s) * longer) / (s - 1))


def expected_new(fit: Fit, t: Array) -> Array:
    """Purchases after the first one of a new customer within each ``t``."""
    return np.asarray(expected_if_alive(fit, t, np.zeros(1), np.zeros(1))[0])
