"""Intervals against an oracle, and the bootstrap against its own normal limit."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from statsmodels.stats.proportion import proportion_confint

from gern.core.figures import intervals


@given(st.integers(1, 5000), st.floats(0, 1))
def test_wilson_is_the_one_of_statsmodels(trials: int, share: float) -> None:
    successes = round(share * trials)
    low, high = proportion_confint(successes, trials, method="wilson")
    found = intervals.wilson(successes, trials)
    assert found == pytest.approx((100 * low, 100 * high), abs=1e-9)
    assert 0 <= found[0] <= 100 * successes / trials <= found[1] <= 100


def test_no_trial_no_interval() -> None:
    assert intervals.wilson(0, 0) is None
    assert intervals.bootstrap([], None, [], 1) is None
    assert intervals.bootstrap([5.0], [1.0], [1], 1) is None


@pytest.mark.parametrize("with_denominator", [True, False])
def test_many_units_give_the_limit_of_the_bootstrap(with_denominator: bool, monkeypatch) -> None:
    random = np.random.default_rng(1)
    num = random.gamma(2, 50, 15_000)
    den = random.integers(1, 6, 15_000).astype(float) if with_denominator else None
    ones = [1] * len(num)
    resampled = intervals.bootstrap(num, den, ones, 1)
    monkeypatch.setattr(intervals, "MANY_UNITS", 10)
    limit = intervals.bootstrap(num, den, ones, 1)
    value = num.sum() / (den.sum() if with_denominator else 1)
    assert resampled[0] < value < resampled[1]
    assert resampled == pytest.approx(limit, rel=0.003)


def test_equal_rows_taken_together_are_the_same_bootstrap() -> None:
    apart = intervals.bootstrap([1.0, 0.0] * 500, [1.0] * 1000, [1] * 1000, 100)
    together = intervals.bootstrap([1.0, 0.0], [1.0, 1.0], [500, 500], 100)
    assert apart == pytest.approx(together, abs=0.5)
