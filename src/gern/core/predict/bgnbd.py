"""BG/NBD: customers buy at random at a rate of their own, and after each purchase may be gone.

λ of a customer is gamma distributed (r, α), the chance p to be gone after a purchase beta
distributed (a, b). Source: Fader, Hardie, Lee (2005), "Counting Your Customers" the Easy Way,
Marketing Science 24, 275–284.

Expectations are integrals over p, E[(1 − (A / (A + p t))^k) / p], taken by Gauss-Jacobi quadrature:
the same as the hypergeometric function of the paper, and also where that has no value (a = 1).
"""

from __future__ import annotations

from math import log, sqrt

import numpy as np

from gern.core.engines.names import Array
from gern.core.predict.fitting import Fit, fit
from gern.core.predict.histories import Histories

MODEL = "bgnbd"
PARAMS = ("r", "alpha", "a", "b")
_FEWEST, _MOST = 16, 300
_AT_ONCE = 2_000_000


def fit_bgnbd(histories: Histories) -> Fit:
    """The parameters r, α (in the unit of time of the histories), a, b.

    >>> fit_bgnbd(cdnow).params  # doctest: +SKIP
    {'r': 0.2426, 'alpha': 4.4137, 'a': 0.7930, 'b': 2.4262}
    """
    from scipy.special import digamma, gammaln

    one = histories.grouped
    x, weight, n = one.x, one.weight, one.n
    kinds, of_kind = one.by_x
    back = x > 0

    def likelihood(params: Array) -> tuple[float, Array]:
        r, alpha, a, b = params
        log_end, log_last = np.log(alpha + one.T), np.log(alpha + one.t_x)
        stayed = -(r + x) * log_end
        with np.errstate(divide="ignore"):
            gone = np.where(back, np.log(a / np.maximum(b + x - 1, 1e-300)) - (r + x) * log_last, -np.inf)  # fmt: skip
        both = np.logaddexp(stayed, gone)
        p_gone = np.exp(gone - both)
        p_stayed = 1 - p_gone
        value = (weight * both).sum() + n * r * np.log(alpha)
        value += (of_kind * (gammaln(r + kinds) - gammaln(r) + gammaln(a + b) + gammaln(b + kinds) - gammaln(b) - gammaln(a + b + kinds))).sum()  # fmt: skip
        by_r = (of_kind * (digamma(r + kinds) - digamma(r))).sum() + n * np.log(alpha)
        by_r -= (weight * (p_stayed * log_end + p_gone * log_last)).sum()
        slower = p_stayed / (alpha + one.T) + p_gone / (alpha + one.t_x)
        by_alpha = n * r / alpha - (weight * (r + x) * slower).sum()
        both_ab = digamma(a + b) - digamma(a + b + kinds)
        by_a = (of_kind * both_ab).sum() + (weight * p_gone).sum() / a
        by_b = (of_kind * (both_ab + digamma(b + kinds) - digamma(b))).sum()
        by_b -= (weight * np.where(back, p_gone / np.where(back, b + x - 1, 1), 0)).sum()
        return float(value), np.array([by_r, by_alpha, by_a, by_b])

    scale = one.usual_T
    starts = [(0.5, scale / 6, 1.0, 2.0), (1.0, scale / 2, 0.5, 5.0), (0.2, scale / 20, 2.0, 2.0)]
    return fit(MODEL, PARAMS, likelihood, n, starts)


def alive(fit: Fit, x: Array, t_x: Array, T: Array) -> Array:
    """P(alive): how likely each is still a customer at T. Who bought once is one for certain: in
    this model nobody leaves but after a later purchase."""
    r, alpha, a, b = (fit[name] for name in PARAMS)
    x, t_x, T = (np.asarray(each, dtype=float) for each in (x, t_x, T))
    with np.errstate(over="ignore"):
        odds = a / np.where(x > 0, b + x - 1, 1.0) * ((alpha + T) / (alpha + t_x)) ** (r + x)
    return np.where(x > 0, 1 / (1 + odds), 1.0)


def expected_if_alive(fit: Fit, t: Array, x: Array, T: Array) -> Array:
    """Purchases in ``(T, T + t]`` of those still customers at T; one row a history, one column a
    ``t``."""
    r, alpha, a, b = (fit[name] for name in PARAMS)
    t, x, T = np.asarray(t, dtype=float), np.asarray(x, dtype=float), np.asarray(T, dtype=float)
    found = np.empty((len(x), len(t)))
    kinds, kind = np.unique(x, return_inverse=True)
    for i, so_many in enumerate(kinds):
        mine = np.flatnonzero(kind == i)
        nodes = _nodes(float(alpha + T[mine].min()) / float(t.max()), r + so_many)
        p, weight = _beta_points(nodes, a, b + so_many)
        for begin in range(0, len(mine), max(1, _AT_ONCE // (nodes * len(t)))):
            some = mine[begin : begin + max(1, _AT_ONCE // (nodes * len(t)))]
            longer = np.log1p(p * t[:, None] / (alpha + T[some])[:, None, None])
            found[some] = (-np.expm1(-(r + so_many) * longer) / p) @ weight
    return found


def _beta_points(n: int, a: float, b: float) -> tuple[Array, Array]:
    """Gauss-Jacobi quadrature for the beta distribution (a, b): points in (0, 1) and weights that sum to
    1, from the recurrence of the Jacobi polynomials (Golub, Welsch 1969), so that no factorial of a
    large b overflows."""
    from scipy.linalg import eigh_tridiagonal

    k, both = np.arange(n), a + b - 2
    # 1 + the diagonal of the polynomials on (−1, 1), halved
    middle = ((2 * k + both) * (2 * k + both + 2) + (a - 1) ** 2 - (b - 1) ** 2)[1:]
    middle = middle / (2 * (2 * k + both) * (2 * k + both + 2))[1:]
    diagonal = np.concatenate([[a / (a + b)], middle])
    k = np.arange(1, n)
    beside = k * (k + b - 1) * (k + a - 1) / (2 * k + both) ** 2 / (2 * k + both + 1)
    rest = np.ones(n - 1)
    rest[1:] = (k[1:] + both) / (2 * k[1:] + both - 1)
    points, vectors = eigh_tridiagonal(diagonal, np.sqrt(beside * rest))
    return np.clip(points, 1e-300, 1.0), vectors[0] ** 2


def _nodes(near: float, power: float) -> int:
    """How many points tell the integral to some nine digits: the more, the nearer to p = 0 the pole at
    −(α + T) / t lies (``near``), by the ellipse on which the integrand is still tame."""
    half = near / 2
    ellipse = 1 + 2 * half + 2 * sqrt(half + half * half)
    return int(min(max((20 + 0.7 * power) / (2 * log(ellipse)), _FEWEST), _MOST)) + 1


def expected_new(fit: Fit, t: Array) -> Array:
    """Purchases after the first one of a new customer within each ``t``."""
    return np.asarray(expected_if_alive(fit, t, np.zeros(1), np.zeros(1))[0])
