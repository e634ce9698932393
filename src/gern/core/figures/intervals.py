"""95 % intervals: Wilson for true shares, a bootstrap over customers for everything else."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

Z = 1.959963984540054
"""97.5 % quantile of the standard normal distribution."""

REPLICATES = 1000
BATCH_CELLS = 1_000_000
FEW_VALUES = 64
MANY_UNITS = 20_000
"""From here on the limit of the bootstrap is used."""
RELIABLE_FROM = 30
"""With fewer units than this an answer is marked as not reliable."""


def wilson(successes: float, trials: float) -> tuple[float, float] | None:
    """95 % score interval of a share, in percent (Wilson 1927).

    ``wilson(2, 10)`` → (5.67, 50.98). None when there was no trial.
    """
    if trials <= 0:
        return None
    share = successes / trials
    centre = (share + Z * Z / (2 * trials)) / (1 + Z * Z / trials)
    half = (Z / (1 + Z * Z / trials)) * math.sqrt(
        share * (1 - share) / trials + Z * Z / (4 * trials * trials)
    )
    low = 0.0 if successes == 0 else max(0.0, centre - half)
    high = 1.0 if successes == trials else min(1.0, centre + half)
    return 100 * low, 100 * high


def bootstrap(
    numerators: Sequence[float],
    denominators: Sequence[float] | None,
    counts: Sequence[int],
    factor: float,
) -> tuple[float, float] | None:
    """95 % percentile interval of Σ numerators / Σ denominators × factor over resampled units.

    Units with equal values come as one entry and how many there are (``counts``). The random
    numbers are seeded: the same log gives the same interval. For very many units see
    `normal_limit`.
    None with fewer than two units, or when a resample would divide by zero too often to tell.
    """
    num = np.asarray(numerators, dtype=np.float64)
    weights = np.asarray(counts, dtype=np.int64)
    den = None if denominators is None else np.asarray(denominators, dtype=np.float64)
    units = int(weights.sum())
    if units < 2:
        return None
    random = np.random.default_rng(20101201)
    few = len(num) <= FEW_VALUES
    if not few:
        num = np.repeat(num, weights)
        den = None if den is None else np.repeat(den, weights)
    results: list[Floats] = []
    batch = max(1, BATCH_CELLS // len(num))
    for start in range(0, REPLICATES, batch):
        size = min(batch, REPLICATES - start)
        if few:
            drawn = random.multinomial(units, weights / units, size=size)
            top, bottom = drawn @ num, None if den is None else drawn @ den
        else:
            picked = random.integers(0, units, size=(size, units), dtype=np.int32)
            top = num[picked].sum(axis=1)
            bottom = None if den is None else den[picked].sum(axis=1)
        if bottom is None:
            results.append(top)
            continue
        with np.errstate(divide="ignore", invalid="ignore"):
            results.append(np.where(bottom != 0, top / bottom, np.nan))
    values = np.concatenate(results) * factor
    values = values[np.isfinite(values)]
    if len(values) < 0.9 * REPLICATES:
        return None
    low, high = np.quantile(values, [0.025, 0.975])
    return float(low), float(high)


def normal_limit(
    top: float, bottom: float | None, units: int, moments: tuple[float, float, float], factor: float
) -> tuple[float, float] | None:
    """What the bootstrap tends to with very many units (delta method), equal to three digits there.

    ``top``, ``bottom``: Σ numerators, Σ denominators (None: a sum); ``moments``: Σ n², Σ n·d, Σ d²
    over the units.
    """
    top_top, top_bottom, bottom_bottom = moments
    if bottom is None:
        value, spread = top, math.sqrt(max(0.0, top_top - top * top / units))
    elif bottom == 0:
        return None
    else:
        value = top / bottom
        squares = top_top - 2 * value * top_bottom + value * value * bottom_bottom
        spread = math.sqrt(max(0.0, squares)) / abs(bottom)
    return factor * (value - Z * spread), factor * (value + Z * spread)


def normal(total: float, squares: float, n: float, factor: float) -> tuple[float, float] | None:
    """95 % interval of a mean of n values by the normal distribution: for −1, 0 and +1 the interval
    of the Net Promoter Score, whose variance is p + d − (p − d)².

    ``normal(30, 70, 100, 100)`` → (14.7, 45.3).
    """
    if n <= 0:
        return None
    mean = total / n
    half = Z * math.sqrt(max(0.0, squares / n - mean * mean) / n)
    return factor * (mean - half), factor * (mean + half)


def bootstrap_median(values: Sequence[float], whose: Sequence[str]) -> tuple[float, float] | None:
    """95 % percentile interval of the median, resampling people with all of their values.

    With very many values, the order statistics between which the median lies (binomial).
    """
    if len(values) < 2:
        return None
    order = np.argsort(np.asarray(values), kind="stable")
    numbers = np.asarray(values)[order]
    count = len(numbers)
    if count > MANY_UNITS:
        half = Z * math.sqrt(count) / 2
        low, high = int(count / 2 - half), int(math.ceil(count / 2 + half))
        return float(numbers[max(0, low)]), float(numbers[min(count - 1, high)])
    _, codes = np.unique(np.asarray(whose), return_inverse=True)
    codes = codes[order]
    people = int(codes.max()) + 1
    random = np.random.default_rng(20101201)
    medians = []
    for _ in range(REPLICATES):
        times = np.bincount(random.integers(0, people, size=people), minlength=people)[codes]
        reached = np.cumsum(times)
        if reached[-1]:
            middle = np.searchsorted(reached, [(reached[-1] + 1) // 2, reached[-1] // 2 + 1])
            medians.append(numbers[middle].mean())
    low_, high_ = np.quantile(np.asarray(medians), [0.025, 0.975])
    return float(low_), float(high_)
