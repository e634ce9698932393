"""Unusual values: how often a false alarm is raised, and what is caught."""

from __future__ import annotations

import math
from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gern.core.errors import BadInput
from gern.core.figures.holidays import checked_region, public_holidays
from gern.core.figures.unusual import needed_values, unusual
from gern.core.log.event import Event, Line

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


def _with_holidays(seed: int) -> tuple[list[float], list[bool], list[date]]:
    """Two years of a shop in North Rhine-Westphalia that sells a fifth on public holidays."""
    rng, first = np.random.default_rng(seed), date(2024, 1, 1)
    days = [first + timedelta(days=i) for i in range(731)]
    closed = public_holidays("DE-NW", days[0], days[-1])
    values = [float(rng.poisson(80 * WEEK[d.weekday()] * (0.2 if d in closed else 1))) for d in days]  # fmt: skip
    return values, [d in closed for d in days], days


def test_holidays_of_the_region_are_no_alarm_and_hide_none() -> None:
    told, blind, around = 0, 0, 0
    for seed in range(5):
        values, special, _ = _with_holidays(seed)
        for end in range(450, len(values) + 1):
            asked = {"noise": math.sqrt(max(values[end - 1], 1))}
            found = unusual(values[:end], "day", special=special[:end], **asked)
            if special[end - 1]:
                assert found.special
                told += found.kind != "usual"
                blind += unusual(values[:end], "day", **asked).kind == "below"
            else:
                around += found.kind != "usual"
    holidays = 5 * sum(_with_holidays(0)[1][449:])
    assert told <= holidays // 20
    assert blind > holidays // 2  # without knowing of them they are alarms
    assert around <= 5 * 282 // 100


def test_a_holiday_that_is_no_holiday_is_seen() -> None:
    values, special, days = _with_holidays(1)
    at = days.index(date(2025, 10, 3))
    values[at] = 100.0  # open and busy, against a fifth on all holidays before
    assert unusual(values[: at + 1], "day", special=special[: at + 1], noise=10).kind == "above"


def test_too_few_holidays_say_nothing() -> None:
    values = daily(300, 80, np.random.default_rng(1))
    special = [False] * 298 + [True, True]
    assert unusual(values, "day", special=special, noise=9).kind == "unknown"


@pytest.mark.parametrize(("said", "kept"), [("de-nw", "DE-NW"), ("AT", "AT"), ("", ""), (" CH-ZH ", "CH-ZH")])  # fmt: skip
def test_regions(said: str, kept: str) -> None:
    assert checked_region(said) == kept


@pytest.mark.parametrize("said", ["NRW", "DE-XX", "DE-", "Deutschland", "ZZ"])
def test_regions_that_are_none(said: str) -> None:
    with pytest.raises(BadInput, match="ISO 3166"):
        checked_region(said)


def test_whit_monday_is_known() -> None:
    assert date(2026, 5, 25) in public_holidays("DE-NW", date(2026, 5, 1), date(2026, 5, 31))
    assert date(2026, 6, 4) in public_holidays("DE-NW", date(2026, 6, 1), date(2026, 6, 30))
    assert date(2026, 6, 4) not in public_holidays("DE-BE", date(2026, 6, 1), date(2026, 6, 30))
    assert public_holidays("", date(2026, 1, 1), date(2026, 12, 31)) == frozenset()


def test_a_closed_holiday_is_nothing_missing(shop) -> None:
    """Half a year and more of orders each day but on holidays; seen on the day after one."""
    first, last = date(2025, 1, 1), date(2025, 10, 3)
    shop.change_setting("region", "DE-NW", "anna")
    closed = public_holidays("DE-NW", first, last)
    events = []
    for i in range((last - first).days + 1):
        day = first + timedelta(days=i)
        for n in range(0 if day in closed else 15 + i * 7 % 5):
            ts = datetime(day.year, day.month, day.day, 12, tzinfo=UTC)
            events.append(Event(source="x", id=f"{i}-{n}", name="Order Completed", customer=f"c{n}", ts=ts,
                                order=f"{i}-{n}", currency="EUR", lines=(Line(10, product="tea"),)))  # fmt: skip
    events.append(Event(source="x", id="late", name="Page Viewed", visitor="v", ts=datetime(2025, 10, 4, 9, tzinfo=UTC)))  # fmt: skip
    shop.log.append(events)
    found = shop.watch("orders", now=datetime(2025, 10, 4, 12, tzinfo=UTC))
    assert (found.point.period.start, found.step) == (date(2025, 10, 3), "day")
    assert (found.verdict.kind, found.verdict.special, found.missing) == ("usual", True, False)
    shop.change_setting("region", "", "anna")
    found = shop.watch("orders", now=datetime(2025, 10, 4, 12, tzinfo=UTC))
    assert found.missing
