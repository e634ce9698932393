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
    numbers are seeded: the same log gives the same interval. With very many different units
    the normal limit of the same bootstrap is used (delta method), equal to three digits there.
    None with fewer than two units, or when a resample would divide by zero too often to tell.
    """
    num = np.asarray(numerators, dtype=np.float64)
    weights = np.asarray(counts, dtype=np.int64)
    den = None if denominators is None else np.asarray(denominators, dtype=np.float64)
    units = int(weights.sum())
    if units < 2:
        return None
    if units > MANY_UNITS and len(num) > FEW_VALUES:
        return _normal_limit(num, den, weights.astype(np.float64), factor)
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


def _normal_limit(
    num: Floats, den: Floats | None, weights: Floats, factor: float
) -> tuple[float, float] | None:
    units = float(weights.sum())
    top = float(weights @ num)
    if den is None:
        mean = top / units
        value, spread = top, math.sqrt(float(weights @ (num - mean) ** 2))
    else:
        bottom = float(weights @ den)
        if bottom == 0:
            return None
        value = top / bottom
        spread = math.sqrt(float(weights @ (num - value * den) ** 2)) / abs(bottom)
    return factor * (value - Z * spread), factor * (value + Z * spread)
