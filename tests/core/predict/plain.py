"""The same again as the papers print it: one customer at a time, hypergeometric functions, no
quadrature, no grouping; and customers drawn from the models."""

from __future__ import annotations

from collections.abc import Mapping
from math import exp, lgamma, log

import numpy as np
from scipy.special import betaln, hyp2f1


def bgnbd_likelihood(params: Mapping[str, float], x: float, t_x: float, T: float) -> float:
    """Fader, Hardie, Lee (2005), equation 6."""
    r, alpha, a, b = (params[name] for name in ("r", "alpha", "a", "b"))
    first = betaln(a, b + x) - betaln(a, b) + lgamma(r + x) - lgamma(r) + r * log(alpha) - (r + x) * log(alpha + T)  # fmt: skip
    found = exp(first)
    if x > 0:
        found += exp(
            betaln(a + 1, b + x - 1) - betaln(a, b) + lgamma(r + x) - lgamma(r) + r * log(alpha) - (r + x) * log(alpha + t_x)
        )  # fmt: skip
    return log(found)


def bgnbd_expected(params: Mapping[str, float], t: float, x: float, t_x: float, T: float) -> float:
    """Equation 10; it has no value at a = 1."""
    r, alpha, a, b = (params[name] for name in ("r", "alpha", "a", "b"))
    z = t / (alpha + T + t)
    inner = 1 - ((alpha + T) / (alpha + T + t)) ** (r + x) * hyp2f1(r + x, b + x, a + b + x - 1, z)
    odds = a / (b + x - 1) * ((alpha + T) / (alpha + t_x)) ** (r + x) if x > 0 else 0
    return (a + b + x - 1) / (a - 1) * inner / (1 + odds)


def _pareto_part(params: Mapping[str, float], x: float, t_x: float, T: float) -> float:
    """A_0 of Fader, Hardie (2005), A Note on Deriving the Pareto/NBD Model."""
    r, alpha, s, beta = (params[name] for name in ("r", "alpha", "s", "beta"))
    if alpha >= beta:

        def at(t: float) -> float:
            z = (alpha - beta) / (alpha + t)
            return hyp2f1(r + s + x, s + 1, r + s + x + 1, z) / (alpha + t) ** (r + s + x)
    else:

        def at(t: float) -> float:
            z = (beta - alpha) / (beta + t)
            return hyp2f1(r + s + x, r + x, r + s + x + 1, z) / (beta + t) ** (r + s + x)

    return at(t_x) - at(T)


def pareto_likelihood(params: Mapping[str, float], x: float, t_x: float, T: float) -> float:
    """Of one customer."""
    r, alpha, s, beta = (params[name] for name in ("r", "alpha", "s", "beta"))
    stayed = 1 / ((alpha + T) ** (r + x) * (beta + T) ** s)
    gone = s / (r + s + x) * _pareto_part(params, x, t_x, T)
    return lgamma(r + x) - lgamma(r) + r * log(alpha) + s * log(beta) + log(stayed + gone)


def pareto_alive(params: Mapping[str, float], x: float, t_x: float, T: float) -> float:
    """P(alive at T)."""
    r, alpha, s, beta = (params[name] for name in ("r", "alpha", "s", "beta"))
    more = (
        s / (r + s + x) * (alpha + T) ** (r + x) * (beta + T) ** s * _pareto_part(params, x, t_x, T)
    )
    return 1 / (1 + more)


def gamma_gamma_likelihood(params: Mapping[str, float], x: float, mean: float) -> float:
    """Fader, Hardie (2013), equation 1a."""
    p, q, gamma = (params[name] for name in ("p", "q", "gamma"))
    return (
        lgamma(p * x + q) - lgamma(p * x) - lgamma(q) + q * log(gamma) + (p * x - 1) * log(mean)
        + p * x * log(x) - (p * x + q) * log(gamma + mean * x)
    )  # fmt: skip


def drawn_bgnbd(
    seed: int, n: int, r: float, alpha: float, a: float, b: float
) -> tuple[np.ndarray, ...]:
    """(x, t_x, T) of customers who behave so, event by event."""
    draw = np.random.default_rng(seed)
    x, t_x, T = np.zeros(n), np.zeros(n), draw.uniform(20, 60, n).round(2)
    for i in range(n):
        rate, chance, now = draw.gamma(r, 1 / alpha), draw.beta(a, b), 0.0
        while True:
            now += draw.exponential(1 / max(rate, 1e-12))
            if now > T[i]:
                break
            x[i], t_x[i] = x[i] + 1, now
            if draw.random() < chance:
                break
    return x, t_x, T


def drawn_pareto(
    seed: int, n: int, r: float, alpha: float, s: float, beta: float
) -> tuple[np.ndarray, ...]:
    """The same of the other model."""
    draw = np.random.default_rng(seed)
    x, t_x, T = np.zeros(n), np.zeros(n), draw.uniform(20, 60, n).round(2)
    for i in range(n):
        rate, gone, now = (
            draw.gamma(r, 1 / alpha),
            draw.exponential(1 / draw.gamma(s, 1 / beta)),
            0.0,
        )
        while True:
            now += draw.exponential(1 / max(rate, 1e-12))
            if now > min(T[i], gone):
                break
            x[i], t_x[i] = x[i] + 1, now
    return x, t_x, T
