"""How sure is it of one customer? What they may buy and spend, drawn many times from the model."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from gern.core.engines.names import Array
from gern.core.predict import bgnbd, nbd
from gern.core.predict.buyers import UNITS, Buyers
from gern.core.predict.fitting import Fit
from gern.core.predict.horizon import Horizon
from gern.core.predict.value import UNIT, Model, Worth, kept_share

DRAWS = 2000
LOW, HIGH = 0.1, 0.9
_SEED = 20_250


@dataclass(frozen=True)
class Spread:
    """One entry a customer: four of five times, what they buy (and are worth) lies in between."""

    low_purchases: Array
    high_purchases: Array
    low_value: Array
    high_value: Array


def spread(
    model: Model, buyers: Buyers, worth: Worth, horizon: Horizon, *, margin: float
) -> Spread:
    """Of the customers given (few: it draws 2,000 times for each). A customer gets the same draws
    wherever they are asked for. Money is discounted as their expected value is."""
    found, kept = np.empty((4, len(buyers))), kept_share(model, buyers)
    for i in range(len(buyers)):
        draw = np.random.default_rng(_SEED)
        count = drawn_purchases(draw, model.buying, buyers, worth.alive, i, horizon)
        money = _paid(draw, model, buyers, i, count) * kept[i] * margin
        plain = margin * worth.spend[i] * worth.purchases[i]
        today = worth.value[i] / plain if plain > 0 else 1.0
        found[:2, i] = np.quantile(count, [LOW, HIGH], method="inverted_cdf")
        found[2:, i] = today * np.quantile(money, [LOW, HIGH], method="inverted_cdf")
    return Spread(*found)


def _paid(draw: np.random.Generator, model: Model, buyers: Buyers, i: int, count: Array) -> Array:
    if model.spend is None:
        return np.asarray(count * model.mean_spend)
    p, q, gamma = (model.spend[name] for name in ("p", "q", "gamma"))
    x = buyers.x[i] if buyers.mean[i] > 0 else 0.0
    rate = draw.gamma(q + p * x, 1 / (gamma + x * buyers.mean[i]), DRAWS)
    return np.where(count > 0, draw.gamma(p * np.maximum(count, 1)) / rate, 0.0)


def drawn_purchases(
    draw: np.random.Generator, fit: Fit, buyers: Buyers, alive: Array, i: int, horizon: Horizon
) -> Array:  # fmt: skip
    """How many purchases customer ``i`` makes, once a draw."""
    days = UNITS[UNIT]
    x, T, t = buyers.x[i], buyers.T[i] / days, horizon.days / days
    rate = draw.gamma(fit["r"] + x, 1 / (fit["alpha"] + T), DRAWS)
    there = draw.random(DRAWS) < alive[i]
    if fit.model == nbd.MODEL:
        return draw.poisson(rate * t)
    if fit.model == bgnbd.MODEL:
        gone = np.maximum(draw.beta(fit["a"], fit["b"] + x, DRAWS), 1e-9)
        return np.asarray(there * np.minimum(draw.poisson(rate * t), draw.geometric(gone)))
    leaving = draw.gamma(fit["s"], 1 / (fit["beta"] + T), DRAWS)
    stays = draw.exponential(1 / np.maximum(leaving, 1e-12))
    return np.asarray(there * draw.poisson(rate * np.minimum(t, stays)))
