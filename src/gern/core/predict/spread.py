"""How sure is it of one customer? What they may buy and spend, drawn many times from the model."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from gern.core.engines.names import Array
from gern.core.predict import bgnbd, nbd
from gern.core.predict.buyers import UNITS, Buyers
from gern.core.predict.fitting import Fit
from gern.core.predict.horizon import Horizon
from gern.core.predict.value import UNIT, Model, Worth

DRAWS = 2000
LOW, HIGH = 0.1, 0.9


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
    """Of the customers given (few: it draws 2,000 times for each). The same customers get the same
    draws. Money is discounted as their expected value is."""
    draw = np.random.default_rng(20_250)
    count = _purchases(draw, model.buying, buyers, worth.alive, horizon.days / UNITS[UNIT])
    if model.spend is None:
        paid = count * model.mean_spend
    else:
        p, q, gamma = (model.spend[name] for name in ("p", "q", "gamma"))
        x = np.where(buyers.mean > 0, buyers.x, 0)[:, None]
        rate = draw.gamma(q + p * x, 1 / (gamma + x * buyers.mean[:, None]), count.shape)
        paid = np.where(count > 0, draw.gamma(p * np.maximum(count, 1)) / rate, 0.0)
    plain = margin * worth.spend * worth.purchases
    today = np.divide(worth.value, plain, out=np.ones(len(plain)), where=plain > 0)
    money = paid * buyers.kept * margin * today[:, None]
    (few, many), (low, high) = (np.quantile(each, [LOW, HIGH], axis=1, method="inverted_cdf") for each in (count, money))  # fmt: skip
    return Spread(few, many, low, high)


def _purchases(
    draw: np.random.Generator, fit: Fit, buyers: Buyers, alive: Array, t: float
) -> Array:
    """A row a customer, a column a draw: how many purchases in the time ``t``."""
    days = UNITS[UNIT]
    x, T = buyers.x[:, None], buyers.T[:, None] / days
    shape = (len(buyers), DRAWS)
    rate = draw.gamma(fit["r"] + x, 1 / (fit["alpha"] + T), shape)
    there = draw.random(shape) < alive[:, None]
    if fit.model == nbd.MODEL:
        return draw.poisson(rate * t)
    if fit.model == bgnbd.MODEL:
        gone = np.maximum(draw.beta(fit["a"], fit["b"] + x, shape), 1e-9)
        return np.asarray(there * np.minimum(draw.poisson(rate * t), draw.geometric(gone)))
    leaving = draw.gamma(fit["s"], 1 / (fit["beta"] + T), shape)
    stays = draw.exponential(1 / np.maximum(leaving, 1e-12))
    return np.asarray(there * draw.poisson(rate * np.minimum(t, stays)))
