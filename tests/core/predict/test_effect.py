"""What a change did: worlds in which it is known, and a real shop by hand."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pytest

from gern.core.errors import BadInput
from gern.core.predict.effect import LEAST_BEFORE, effect

WORLDS = 120


def _world(kind: str, seed: int, n: int) -> np.ndarray:
    draw = np.random.default_rng(seed)
    noise = draw.normal(0, 10, n)
    if kind == "sticky":
        for i in range(1, n):
            noise[i] += 0.6 * noise[i - 1]
    at = np.arange(n)
    return (
        100
        + noise
        + {"trend": at * 1.0, "season": 30 * np.sin(2 * np.pi * at / 52)}.get(kind, 0 * at)
    )


@pytest.mark.parametrize("kind", ["flat", "sticky", "trend", "season"])
def test_chance_is_seldom_an_effect_and_an_effect_lies_in_its_interval(kind) -> None:
    """In 120 worlds each: 5 % false alarms at most, but for luck; 95 % of the intervals hold the truth."""
    alarms = held = 0
    for seed in range(WORLDS):
        made = _world(kind, seed, 120)
        alarms += effect(made[:112], made[112:]).sure
        found = effect(made[:112], made[112:] + 25)
        held += found.low <= 25 <= found.high
        assert found.effect == pytest.approx(found.happened - found.expected)
    assert alarms <= 12
    assert held >= 107


def test_a_large_effect_is_found_with_its_size() -> None:
    found = [
        effect(made[:112], made[112:] + 60)
        for seed in range(20)
        for made in [_world("flat", seed, 120)]
    ]
    assert all(one.sure for one in found)
    assert np.mean([one.effect for one in found]) == pytest.approx(60, abs=3)
    assert all(one.p == 1 / (1 + len(one.placebos)) for one in found)


def test_the_forecast_that_missed_least_before_is_taken() -> None:
    took = {
        kind: [effect(m[:112], m[112:]).by for s in range(8) for m in [_world(kind, s, 120)]]
        for kind in ("flat", "trend", "season")
    }
    assert max(set(took["flat"]), key=took["flat"].count) == "level"
    assert max(set(took["trend"]), key=took["trend"].count) == "trend"
    assert max(set(took["season"]), key=took["season"].count) == "year"


def test_weekdays_are_no_effect() -> None:
    """Closed on Sundays, twice as much on Saturdays: three days after a Thursday are as before."""
    week = [10, 10, 10, 10, 10, 20, 0]
    past, after = (
        [week[i % 7] for i in range(7 * 16 + 3)],
        [week[(7 * 16 + 3 + i) % 7] for i in range(5)],
    )
    found = effect(past, after, "day")
    assert found.effect == pytest.approx(0, abs=1e-9)
    assert found.forecast == pytest.approx(after)


def test_by_hand() -> None:
    past, now = [float(v) for v in (4, 6, 5, 7, 4, 6, 5, 7, 5, 5, 6, 4, 6, 5, 5, 7)], [9.0, 11.0]
    found = effect(past, now)
    said = sum(past[-8:]) / 8
    misses = [(past[s] + past[s + 1]) / 2 - sum(past[s - 8 : s]) / 8 for s in range(8, 15)]
    assert found.by == "level"
    assert found.effect == pytest.approx(10 - said)
    assert found.placebos == pytest.approx(misses)
    assert found.apart == 4
    size = (sum(m * m for m in misses) / 7) ** 0.5
    assert found.high - found.effect == pytest.approx(3.182446 * size, rel=1e-6)  # t with 3 degrees


def test_what_hit_the_comparison_too_is_no_effect() -> None:
    draw = np.random.default_rng(1)
    common = draw.normal(0, 20, 60).cumsum() + 500
    common[52:] += 300  # both were hit
    ours, theirs = common + draw.normal(0, 5, 60), 0.5 * common + draw.normal(0, 3, 60)
    assert effect(ours[:52], ours[52:]).sure
    same = effect(ours[:52], ours[52:], compare=(theirs[:52], theirs[52:]))
    assert not same.sure
    only = effect(ours[:52], ours[52:] + 90, compare=(theirs[:52], theirs[52:]))
    assert only.sure
    assert only.effect == pytest.approx(90, abs=20)
    assert only.happened == pytest.approx((ours[52:] + 90).mean())


@pytest.mark.parametrize(
    ("past", "now"), [([], [1]), ([1] * 11, [1]), ([1.0] * 40, []), ([1.0] * 20, [1] * 4)]
)
def test_too_few_steps_are_refused(past, now) -> None:
    with pytest.raises(BadInput, match="needs at least") as error:
        effect(past, now)
    assert "mindestens" in error.value.german
    assert effect([1.0] * (LEAST_BEFORE + 4), [1.0]).effect == 0


def test_of_a_shop_step_by_step(online_retail) -> None:
    """Whole weeks before and after a Wednesday; its own week is left out."""
    day = date(2011, 9, 14)
    shown = online_retail.effect("revenue", day, "week", after=3)
    assert shown.days[shown.before] == date(2011, 9, 19)
    assert shown.days[shown.before - 1] == date(2011, 9, 5)
    assert shown.days[0] == date(2010, 12, 6)
    for i in (0, 5, shown.before - 1, shown.before, len(shown.days) - 1):
        begin = shown.days[i]
        assert (
            shown.values[i]
            == online_retail.figure("revenue", begin, begin + timedelta(days=7)).value
        )
    assert shown.effect == effect(
        shown.values[: shown.before], shown.values[shown.before :], "week"
    )
    on_monday = online_retail.effect("revenue", date(2011, 9, 12), "week", after=3)
    assert on_monday.days[on_monday.before] == date(2011, 9, 12)


def test_a_country_against_another(online_retail) -> None:
    shown = online_retail.effect("orders", "2011-09-05", "week", after=2, by="country",
                                 group="Germany", against="France")  # fmt: skip
    begin = shown.days[3]
    answer = online_retail.figure("orders", begin, begin + timedelta(days=7), by="country")
    assert shown.values[3] == next((g.value for g in answer.groups if g.name == "Germany"), 0)
    alone = online_retail.effect(
        "orders", "2011-09-05", "week", after=2, by="country", group="Germany"
    )
    assert alone.values == shown.values
    assert alone.effect != shown.effect


@pytest.mark.parametrize(
    ("asked", "param"),
    [
        ({"day": "2030-01-01"}, "day"), ({"day": "2010-12-01"}, "day"), ({"day": "soon"}, "day"),
        ({"every": "hour"}, "every"), ({"after": 0}, "after"), ({"after": 99}, "after"), ({"after": 20}, "after"),
        ({"id": "nothing"}, "figure"), ({"by": "country"}, "group"), ({"against": "France"}, "group"),
        ({"by": "country", "group": "France", "every": "day"}, "every"),
    ],
)  # fmt: skip
def test_wrong_wishes_are_told(online_retail, asked, param) -> None:
    wish = {"id": "revenue", "day": "2011-10-03", "every": "week"} | asked
    with pytest.raises(BadInput) as error:
        online_retail.effect(wish.pop("id"), wish.pop("day"), wish.pop("every"), **wish)
    assert error.value.param == param


def test_an_empty_shop(shop) -> None:
    with pytest.raises(BadInput, match="within your data"):
        shop.effect("revenue", "2025-01-01")


def test_a_group_there_is_not_is_told(online_retail) -> None:
    for wrong in ({"group": "Germny"}, {"group": "Germany", "against": "Atlantis"}):
        with pytest.raises(BadInput, match="There are"):
            online_retail.effect("revenue", "2011-09-01", "week", after=3, by="country", **wrong)
