"""What is to be expected of a figure: by hand, and bands that hold what they promise."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from math import sqrt

import numpy as np
import pytest

from gern.core.errors import BadInput
from gern.core.log.event import Event
from gern.core.predict.effect import FORECASTS, effect
from gern.core.predict.forecast import forecast


def _world(kind: str, seed: int, n: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    noise, at = rng.normal(0, 10, n), np.arange(n)
    if kind == "trend":
        return 100 + 2.0 * at + noise
    if kind == "season":
        return 200 + 80 * np.sin(2 * np.pi * at / 52) + noise
    return 100 + noise


@pytest.mark.parametrize("kind", ["flat", "trend", "season"])
def test_the_band_holds_what_it_promises(kind: str) -> None:
    inside = total = 0
    for seed in range(60):
        series = _world(kind, seed, 164)
        found = forecast(series[:160], 4, "week")
        inside += sum(one.low <= value <= one.high for one, value in zip(found.ahead, series[160:], strict=True))  # fmt: skip
        total += 4
    assert inside / total >= 0.92


@pytest.mark.parametrize(("kind", "by"), [("trend", "trend"), ("season", "year")])
def test_the_forecast_that_missed_least_is_taken(kind: str, by: str) -> None:
    found = forecast(_world(kind, 3, 160), 4, "week")
    assert found.by == by
    assert found.miss == min(found.tried.values())
    assert set(found.tried) == set(FORECASTS)


def test_by_hand() -> None:
    series = [10.0, 14.0] * 10
    found = forecast(series, 2, "month")
    assert found.by == "level"
    assert [one.expected for one in found.ahead] == [12, 12]
    # every miss is 2 or −2; t of the times apart, less one
    starts = 20 - 2 - 8 + 1
    apart = (starts + 1) // 2
    assert (found.times, found.apart) == (starts, apart)
    assert found.miss == pytest.approx(2)
    t = {6: 2.5706}[apart]
    assert found.ahead[0].high - 12 == pytest.approx(2 * t, abs=1e-3)
    assert effect(series, [12.0, 12.0], "month").expected == 12


def test_it_stays_where_the_figure_can_be_and_grows_no_surer() -> None:
    rng = np.random.default_rng(1)
    series = np.clip(95 + rng.normal(0, 6, 60), 0, 100)
    found = forecast(series, 6, "month", floor=0, ceiling=100)
    assert all(0 <= one.low <= one.expected <= one.high <= 100 for one in found.ahead)
    wide = forecast(100 + rng.normal(0, 5, 60).cumsum(), 6, "month")
    widths = [one.high - one.low for one in wide.ahead]
    assert widths == sorted(widths)


@pytest.mark.parametrize(("n", "h"), [(0, 1), (11, 1), (15, 2), (60, 0), (60, 7)])
def test_too_few_steps_are_refused(n: int, h: int) -> None:
    with pytest.raises(BadInput, match="whole steps") as told:
        forecast([1.0] * n, h, "month")
    assert ("it is 1 ahead" in str(told.value)) == (n == 15)


def test_of_a_shop(online_retail) -> None:
    shown = online_retail.forecast("revenue", "week", ahead=4)
    points = online_retail.series("revenue", shown.days[0], shown.next_days[0], "week")
    assert list(shown.values) == [float(point.value) for point in points]
    assert shown.next_days == (date(2011, 12, 5), date(2011, 12, 12), date(2011, 12, 19), date(2011, 12, 26))  # fmt: skip
    again = forecast(shown.values, 4, "week", floor=0)
    assert shown.forecast == again
    misses = []
    values = np.array(shown.values)
    for start in range(8, len(values) - 3):
        said = FORECASTS[again.by](values[:start], 4, "week")
        if said is not None:
            misses += list((values[start : start + 4] - said) ** 2)
    assert again.miss == pytest.approx(sqrt(sum(misses) / len(misses)))


def test_an_empty_shop_and_wrong_wishes(shop, online_retail) -> None:
    with pytest.raises(BadInput, match="no data"):
        shop.forecast("revenue")
    for wish in ({"every": "year"}, {"ahead": 99, "every": "week"}):
        with pytest.raises(BadInput):
            online_retail.forecast("revenue", **wish)
    with pytest.raises(BadInput):
        online_retail.forecast("nonsense")


def test_an_old_contact_before_the_first_sale_bends_nothing(shop, bring) -> None:
    lines = [
        f"{date(2025, 1, 6) + timedelta(days=i)};c{i % 9};{10 + i % 7};1;{i}" for i in range(300)
    ]
    bring("date;customer;amount;quantity;number\n" + "\n".join(lines))
    before = shop.forecast("revenue", "week", ahead=3)
    effect_before = shop.effect("revenue", "2025-09-01", "week", after=3).effect
    shop.log.append([Event(source="x", id="old", name="Notice Given", customer="c1", ts=datetime(2015, 5, 5, tzinfo=UTC))])  # fmt: skip
    after = shop.forecast("revenue", "week", ahead=3)
    assert after.forecast == before.forecast
    assert after.days == before.days
    assert shop.effect("revenue", "2025-09-01", "week", after=3).effect == effect_before


def test_a_figure_with_holes_says_so(shop, bring) -> None:
    """Closed on Sundays: no average order value on these days."""
    days = [date(2025, 1, 6) + timedelta(days=i) for i in range(200)]
    bring(
        "date;customer;amount;quantity;number\n"
        + "\n".join(f"{d};c{i % 9};10;1;{i}" for i, d in enumerate(days) if d.weekday() < 6)
    )
    with pytest.raises(BadInput, match="has no value at"):
        shop.forecast("average_order_value", "day", ahead=7)
