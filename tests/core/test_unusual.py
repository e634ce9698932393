"""Unusual values: how often a false alarm is raised, and what is caught."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gern.core.figures.unusual import needed_values, unusual

WEEK = np.array([1.0, 0.9, 0.9, 1.0, 1.3, 1.6, 0.4])
CHRISTMAS = np.array([1.0] * 45 + [1.3, 1.8, 2.4, 3.0, 2.6, 1.2, 0.7])


def daily(days: int, mean: float, rng: np.random.Generator, christmas: bool = False) -> list[float]:
    expected = mean * WEEK[np.arange(days) % 7]
    if christmas:
        expected = expected * CHRISTMAS[np.arange(days) % 364 // 7]
    return [float(x) for x in rng.poisson(expected)]


def alarms(series, step, count, *, noise=math.sqrt) -> int:
    """Alarms over the last ``count`` values, each judged as if it were the last."""
    found = 0
    for end in range(len(series) - count + 1, len(series) + 1):
        value = series[end - 1]
        found += unusual(series[:end], step, noise=noise(max(value, 1))).kind in ("above", "below")
    return found


@pytest.mark.parametrize("mean", [2, 20, 500])
def test_counts_of_days_with_a_week_raise_hardly_any_false_alarm(mean: float) -> None:
    rng = np.random.default_rng(7)
    raised = sum(alarms(daily(300, mean, rng), "day", 100) for _ in range(10))
    assert raised <= 10  # of 1,000 days


def test_sums_with_heavy_tails_raise_few_false_alarms() -> None:
    """Revenue: few big orders. Three sigma of a normal distribution would cry every other week."""
    rng = np.random.default_rng(7)
    series = [
        [float(rng.lognormal(3, 1.2, n).sum()) for n in map(int, daily(300, 12, rng))]
        for _ in range(6)
    ]
    assert sum(alarms(s, "day", 100, noise=lambda _: 0) for s in series) <= 12  # of 600


def test_one_strange_day_does_not_make_blind() -> None:
    series = daily(300, 100, np.random.default_rng(7))
    series[260] = 260.0
    monday = [*series[:295], 10.0]
    assert unusual(monday, "day", noise=10).kind == "below"


def test_a_halved_day_is_caught_and_a_doubled_one() -> None:
    rng = np.random.default_rng(7)
    for factor, kind in ((0.4, "below"), (1.8, "above")):
        caught = 0
        for _ in range(40):
            series = daily(200, 200, rng)
            series[-1] = round(200 * WEEK[199 % 7] * factor)
            caught += unusual(series, "day", noise=math.sqrt(series[-1])).kind == kind
        assert caught >= 38


def test_a_quiet_sunday_is_usual_and_a_monday_as_quiet_is_not() -> None:
    series = daily(196, 100, np.random.default_rng(7))
    sunday, monday = [*series[:195], 40.0], [*series[:190], 40.0]
    assert unusual(sunday, "day", noise=6).kind == "usual"
    assert unusual(monday, "day", noise=6).kind == "below"


def test_christmas_is_no_surprise_the_third_time() -> None:
    """Four weeks that end in the strongest ones, in five shops."""
    with_years = without = 0
    for seed in range(5):
        series = daily(3 * 364 - 14, 100, np.random.default_rng(seed), christmas=True)
        with_years += alarms(series, "day", 28)
        without += alarms(series[-280:], "day", 28)
    assert with_years <= 7  # of 140 days
    assert without >= 50


def test_a_weak_christmas_is_one() -> None:
    rng = np.random.default_rng(7)
    series = daily(3 * 364 - 21, 300, rng, christmas=True)
    verdict = unusual([*series[:-1], 300.0 * WEEK[(3 * 364 - 22) % 7]], "day", noise=18)
    assert (verdict.kind, verdict.by_year) == ("below", True)


def test_months_of_two_years_are_enough_and_of_one_are_not() -> None:
    months = [100.0, 102, 98, 101, 99, 100] * 5
    assert unusual([*months, 160.0], "month", noise=10).kind == "above"
    assert unusual([*months, 104.0], "month", noise=10).kind == "usual"
    assert unusual([*months[:12], 160.0], "month", noise=10).kind == "unknown"


def test_nothing_and_gaps_are_unknown_not_alarms() -> None:
    assert unusual([], "day").kind == "unknown"
    assert unusual([None] * 200, "day").kind == "unknown"
    assert unusual([5.0] * 199 + [None], "day").kind == "unknown"


def test_a_series_that_never_moves() -> None:
    """No noise at all is known: anything else is unusual, the same is not."""
    assert unusual([5.0] * 200, "day").kind == "usual"
    assert unusual([5.0] * 199 + [6.0], "day").kind == "above"
    assert unusual([5.0] * 199 + [6.0], "day", noise=2.2).kind == "usual"


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.none() | st.floats(0, 1e6), min_size=0, max_size=220),
    st.sampled_from(["day", "week", "month", "quarter", "year"]),
    st.floats(0, 100),
)
def test_the_verdict_fits_its_limits(values, step, noise) -> None:
    verdict = unusual(values, step, noise=noise, floor=0.0)
    if verdict.kind == "unknown":
        assert (verdict.expected, verdict.low, verdict.high) == (None, None, None)
        return
    assert verdict.low <= verdict.expected <= verdict.high
    inside = verdict.low <= verdict.value <= verdict.high
    assert inside is (verdict.kind == "usual")
    assert (verdict.times > 1) is (verdict.kind != "usual")
    assert unusual(values, step, noise=noise, floor=0.0) == verdict


@given(st.floats(0.1, 1000))
def test_another_currency_changes_nothing(factor: float) -> None:
    series = daily(200, 50, np.random.default_rng(1))
    for last in (10.0, 50.0, 400.0):
        one = unusual([*series, last], "day", noise=5)
        other = unusual([*(v * factor for v in series), last * factor], "day", noise=5 * factor)
        assert one.kind == other.kind


def test_so_much_history_is_asked_for_that_the_year_can_be_seen() -> None:
    for step in ("day", "week", "month"):
        series = [10.0 + i % 3 for i in range(needed_values(step))]
        assert unusual(series, step, noise=4).kind == "usual"
    assert needed_values("day") == 7 * 8 + 364 + 14 + 98 + 1
