"""What customers are worth: from the log, by a second way of counting; nothing of the future leaks."""

from __future__ import annotations

import dataclasses
import random
from collections import defaultdict
from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import polars as pl
import pytest

import gern
from gern.core.errors import BadInput
from gern.core.predict import bgnbd, nbd, pareto
from gern.core.predict.buyers import Buyers
from gern.core.predict.drift import drift
from gern.core.predict.fitting import Fit
from gern.core.predict.gamma_gamma import expected_spend
from gern.core.predict.horizon import horizon_of
from gern.core.predict.kept import versions
from gern.core.predict.spread import DRAWS, drawn_purchases, spread
from gern.core.predict.value import Model, fitted, kept_share, worth
from gern.demo import DATA

UNTIL = date(2011, 9, 1)


@pytest.fixture(scope="module")
def retail(online_retail) -> Buyers:
    return online_retail.buyers(UNTIL)


def test_buyers_are_those_of_a_second_count(online_retail, retail) -> None:
    """Line by line from the file, in plain Python."""
    days: dict[str, dict[date, float]] = defaultdict(lambda: defaultdict(float))
    invoices: dict[str, list] = defaultdict(list)
    for row in pl.read_parquet(DATA).to_dicts():
        invoices[row["invoice"]].append(row)
    for number, parts in invoices.items():
        good = [r for r in parts if r["quantity"] > 0]
        who = next((r["customer_id"] for r in parts if r["customer_id"]), None)
        day = min(r["invoice_date"] for r in parts).date()
        if good and who and not number.startswith("C") and day < UNTIL:
            days[str(who)][day] += sum(r["quantity"] * r["price"] for r in good)
    assert set(retail.person) == set(days)
    for i, person in enumerate(retail.person):
        mine = sorted(days[person])
        later = [days[person][d] for d in mine[1:]]
        assert (retail.x[i], retail.t_x[i], retail.T[i]) == (
            len(mine) - 1, (mine[-1] - mine[0]).days, (UNTIL - timedelta(days=1) - mine[0]).days)  # fmt: skip
        assert retail.mean[i] == pytest.approx(sum(later) / len(later) if later else 0)
        assert retail.spent[i] == pytest.approx(sum(days[person].values()))
        assert retail.first[i].item() == mine[0]


def test_the_future_does_not_leak(shop, bring) -> None:
    """200 made-up shops: what is bought on the day or later changes nothing of what was known."""
    rng = random.Random(5)
    lines, until = ["date;customer;amount;number"], {}
    for world in range(200):
        until[world] = date(2025, 1, 1) + timedelta(days=rng.randrange(30, 300))
        for _ in range(rng.randrange(1, 12)):
            day = until[world] + timedelta(days=rng.randrange(-30, 0))
            lines.append(f"{day};w{world}-{rng.randrange(3)};{rng.randrange(1, 90)};{len(lines)}")
    bring("\n".join(lines), name="before.csv")
    before = {w: _of_world(shop, w, day) for w, day in until.items()}
    lines = ["date;customer;amount;number"]
    for world, end in until.items():
        for _ in range(rng.randrange(1, 12)):
            day = end + timedelta(days=rng.randrange(0, 60))
            lines.append(f"{day};w{world}-{rng.randrange(4)};{rng.randrange(1, 90)};n{len(lines)}")
    bring("\n".join(lines), name="after.csv")
    assert {w: _of_world(shop, w, day) for w, day in until.items()} == before
    assert any(
        len(shop.buyers(day + timedelta(days=60))) > len(before[w]) for w, day in until.items()
    )


def _of_world(shop: gern.Shop, world: int, day: date) -> list[tuple]:
    found = shop.buyers(day)
    return [
        (found.person[i], found.x[i], found.t_x[i], found.T[i], found.mean[i], found.spent[i])
        for i in range(len(found)) if found.person[i].startswith(f"w{world}-")
    ]  # fmt: skip


def test_days_are_those_of_the_business_zone(shop, bring) -> None:
    """Bought at 23:30 and 00:30 in Berlin on the night the clocks change: two days, not one of UTC."""
    bring(
        "date;customer;amount;number\n2025-03-29 23:30;a;10;1\n2025-03-30 00:30;a;20;2\n2025-03-30 03:30;a;5;3\n2025-03-31 01:00;b;1;4"
    )
    found = shop.buyers("2025-04-01")
    assert list(zip(found.person, found.x, found.t_x, found.T, found.mean, strict=True)) == [
        ("a", 1, 1, 2, 25), ("b", 0, 0, 0, 0)]  # fmt: skip


def test_returns_lower_the_value_and_are_no_purchase(shop, bring) -> None:
    bring(
        "date;customer;amount;quantity;number\n2025-01-01;a;100;1;1\n2025-01-09;a;-50;-1;2\n2025-02-01;b;100;1;3"
    )
    found = shop.buyers("2025-03-01")
    assert (found.kept, list(found.x)) == (0.75, [0, 0])


def test_value_is_the_sum_by_hand(retail) -> None:
    model = fitted(retail)
    found = worth(model, retail, horizon_of("3m"), margin=0.4, discount=0.2)
    module = {"bgnbd": bgnbd, "pareto-nbd": pareto, "nbd": nbd}[model.buying.model]
    for i in range(0, len(retail), 97):
        x, t_x, T = retail.x[i], retail.t_x[i] / 7, retail.T[i] / 7
        alive = module.alive(model.buying, [x], [t_x], [T])[0]
        ends = [0.0, *(365.25 / 12 / 7 * m for m in (1, 2, 3))]
        bought = [alive * module.expected_if_alive(model.buying, [t], [x], [T])[0, 0] for t in ends]
        spend = (
            expected_spend(model.spend, [x if retail.mean[i] > 0 else 0], [retail.mean[i]])[0]
            * (retail.balance[i] + model.mean_spend * retail.kept)
            / (retail.spent[i] + model.mean_spend)
        )
        by_hand = (
            sum((bought[m] - bought[m - 1]) / 1.2 ** (m / 12) for m in (1, 2, 3)) * spend * 0.4
        )
        assert found.value[i] == pytest.approx(by_hand, rel=1e-9)
        assert found.purchases[i] == pytest.approx(bought[-1], rel=1e-9)


def test_who_sends_it_back_is_worth_little(retail) -> None:
    """By what each keeps, drawn to what all keep the less they bought; better on what was hidden."""
    model = fitted(retail)
    share = kept_share(model, retail)
    assert ((share >= 0) & (share <= 1)).all()
    assert float((share * retail.spent).sum() / retail.spent.sum()) == pytest.approx(
        retail.kept, abs=0.02
    )
    best = int(np.argmax(retail.spent))
    balance = retail.balance.copy()
    balance[best] = 0.0
    back = replace(retail, balance=balance)
    now, then = (worth(model, one, horizon_of("1y")).value[best] for one in (retail, back))
    assert then < 0.05 * now
    once = int(np.argmin(np.where(retail.x == 0, retail.spent, np.inf)))
    assert (
        0.3 < kept_share(model, replace(retail, balance=np.zeros(len(retail))))[once] < retail.kept
    )


def test_more_time_and_margin_are_worth_more_discount_less(retail) -> None:
    model = fitted(retail)

    def total(text: str, **options: float) -> float:
        return float(worth(model, retail, horizon_of(text), **options).value.sum())

    assert total("90d") < total("6m") < total("1y") < total("3y")
    assert total("12m") == pytest.approx(total("1y"))
    assert total("1y", margin=0.5) == pytest.approx(total("1y") / 2)
    assert total("1y", discount=0.1) < total("1y") < 1.1 * total("1y", discount=0.1)
    assert total("1y", margin=0) == 0
    for wrong in ({"margin": 1.2}, {"discount": -0.1}, {"margin": float("nan")}):
        with pytest.raises(BadInput):
            total("1y", **wrong)


@pytest.mark.parametrize("text", ["", "12", "0m", "m", "-3m", "11y", "12 months", "99999d"])
def test_horizons_that_are_none(text) -> None:
    with pytest.raises(BadInput, match="90d, 26w, 12m, 2y"):
        horizon_of(text)


MADE = [
    Fit("bgnbd", {"r": 0.8, "alpha": 6.0, "a": 0.9, "b": 3.0}, {}, 0, 1, True),
    Fit("pareto-nbd", {"r": 0.8, "alpha": 6.0, "s": 0.7, "beta": 9.0}, {}, 0, 1, True),
    Fit("nbd", {"r": 0.8, "alpha": 6.0}, {}, 0, 1, True),
]


@pytest.mark.parametrize("buying", MADE, ids=lambda fit: fit.model)
def test_what_is_drawn_has_the_mean_that_is_expected(buying, retail) -> None:
    some = retail.only(np.arange(0, len(retail), 40))
    spend = fitted(retail).spend
    model = Model(buying, spend, 0.0, UNTIL)
    ahead = horizon_of("6m")
    found = worth(model, some, ahead, margin=0.5, discount=0.1)
    drawn = np.array(
        [
            drawn_purchases(np.random.default_rng(i), buying, some, found.alive, i, ahead)
            for i in range(len(some))
        ]
    )
    assert drawn.shape == (len(some), DRAWS)
    z = (drawn.mean(axis=1) - found.purchases) / (drawn.std(axis=1) / np.sqrt(drawn.shape[1]))
    assert np.abs(z).max() < 4.5
    assert np.sqrt((z**2).mean()) < 1.3
    wide = spread(model, some, found, ahead, margin=0.5)
    assert (wide.low_purchases <= wide.high_purchases).all()
    assert (wide.low_value <= wide.high_value).all()
    assert (
        (drawn >= wide.low_purchases[:, None]) & (drawn <= wide.high_purchases[:, None])
    ).mean() > 0.79


def test_where_nobody_leaves_it_is_a_bound(shop, bring) -> None:
    """Everybody buys every few days until the end."""
    rng = random.Random(2)
    lines = ["date;customer;amount;number"]
    for who in range(80):
        day, gap = rng.randrange(10), rng.randrange(3, 9)
        while day < 200:
            lines.append(
                f"{date(2025, 1, 1) + timedelta(days=day)};c{who};{rng.randrange(5, 50)};{len(lines)}"
            )
            day += rng.randrange(1, 2 * gap)
    bring("\n".join(lines))
    model = fitted(shop.buyers("2025-07-20"))
    assert model.bound  # both others run to the edge
    found = worth(model, shop.buyers("2025-07-20"), horizon_of("12m"))
    assert np.isfinite(found.value).all()
    assert (found.alive == 1).all()


@pytest.mark.parametrize(
    "rows",
    [
        [],
        [("a", 1, 10)],
        [(f"c{i}", 1 + i % 90, 10) for i in range(100)],
        [(f"c{i % 60}", 5, 10) for i in range(200)],
        [(f"c{i}", 1 + i % 90, -10) for i in range(100)],
    ],
    ids=["empty", "one buyer", "all once", "one day", "refunds only"],
)
def test_too_little_is_refused_and_says_what_it_needs(shop, bring, rows) -> None:
    if rows:
        bring("date;customer;amount;quantity;number\n" + "\n".join(
            f"{date(2025, 1, 1) + timedelta(days=d)};{c};{a};{1 if a > 0 else -1};{i}" for i, (c, d, a) in enumerate(rows)))  # fmt: skip
    with pytest.raises(BadInput, match="needs at least 50 customers") as error:
        shop.value("12m", until="2025-05-01")
    assert "braucht mindestens 50 Kunden" in error.value.german
    with pytest.raises(BadInput, match="needs at least"):
        shop.fit_model("bgnbd")


def test_a_huge_outlier_and_free_purchases_give_sane_numbers(shop, bring) -> None:
    rng = random.Random(4)
    lines = ["date;customer;amount;number"]
    for who in range(120):
        for _ in range(rng.choice([1, 1, 2, 3, 5])):
            amount = 0 if who % 10 == 0 else 10_000_000 if who == 7 else rng.randrange(5, 60)
            lines.append(
                f"{date(2025, 1, 1) + timedelta(days=rng.randrange(180))};c{who};{amount};{len(lines)}"
            )
    bring("\n".join(lines))
    found = shop.value("12m", until="2025-07-01")
    for column in (found.worth.alive, found.worth.purchases, found.worth.spend, found.worth.value):
        assert np.isfinite(column).all()
        assert (column >= 0).all()
    wide = spread(found.model, found.buyers, found.worth, found.horizon, margin=1)
    assert np.isfinite(wide.high_value).all()


def test_the_check_is_counted_again(online_retail) -> None:
    check = online_retail.value_check("2011-10-01")
    then, now = online_retail.buyers(check.since), online_retail.buyers("2011-10-01")
    assert check.days == min(182, now.days // 3)
    assert check.since == date(2011, 10, 1) - timedelta(days=check.days)
    later = dict(zip(now.person, now.x, strict=True))
    happened = [later[p] - x for p, x in zip(then.person, then.x, strict=True)]
    assert check.happened == sum(happened)
    assert check.customers == len(then)
    said = worth(fitted(then), then, horizon_of(f"{check.days}d"))
    assert check.expected == pytest.approx(said.purchases.sum())
    assert check.error == pytest.approx(np.abs(said.purchases - happened).mean())
    assert sum(g.customers for g in check.groups) == len(then)
    assert sum(g.customers * g.happened for g in check.groups) == pytest.approx(sum(happened))
    germans = next(part for part in check.parts if part.group == "Germany")
    here = [i for i, country in enumerate(then.country) if country == "Germany"]
    assert germans.customers == len(here) >= 30
    assert germans.happened == pytest.approx(np.mean([happened[i] for i in here]))
    assert germans.said == pytest.approx(said.purchases[here].mean())
    assert germans.error == pytest.approx(
        np.mean([abs(said.purchases[i] - happened[i]) for i in here])
    )
    before = [x * check.days / T if T else 0 for x, T in zip(then.x, then.T, strict=True)]
    against = {one.name: one for one in check.against}
    assert against["as-before"].purchases == pytest.approx(
        np.mean(np.abs(np.array(before) - happened))
    )
    assert against["as-before"].low < against["as-before"].better < against["as-before"].high


def test_a_model_card_is_kept_with_all_its_versions(shop, bring) -> None:
    rng = random.Random(8)
    lines = ["date;customer;amount;number"]
    for who in range(150):
        rate, day = rng.expovariate(1 / 0.05), rng.randrange(60)
        while day < 200:
            lines.append(
                f"{date(2025, 1, 1) + timedelta(days=int(day))};c{who};{rng.randrange(5, 60)};{len(lines)}"
            )
            day += 1 + rng.expovariate(rate)
            if rng.random() < 0.2:
                break
    bring("\n".join(lines))
    assert shop.value_card() is None
    card = shop.train_value("anna")
    assert shop.value_card() == card
    assert card.by == "anna"
    assert card.model == fitted(shop.buyers())
    assert card.customers == len(shop.buyers())
    assert card.check == shop.value_check()
    assert not card.unchecked
    shop.train_value("ben")
    assert [one.by for one in versions(shop.manifest)] == ["ben", "anna"]


def test_drift_is_seen_and_chance_is_not(retail, online_retail) -> None:
    card = fitted(retail)
    buyers = online_retail.buyers
    asked: list[date] = []
    assert drift(card, asked.append, UNTIL + timedelta(days=13)) is None
    assert asked == []  # too early: nothing is asked
    later = buyers(UNTIL + timedelta(days=90))
    found = drift(card, buyers, later.until)
    assert found is not None
    assert found.days == 90
    assert found.low < found.expected < found.high
    held = dict(zip(later.person, later.x, strict=True))
    assert found.happened == sum(held[p] - x for p, x in zip(retail.person, retail.x, strict=True))
    gone = dataclasses.replace(
        later.only(np.flatnonzero(np.isin(later.person, retail.person))), x=retail.x
    )
    assert drift(card, {UNTIL: retail, later.until: gone}.get, later.until).drifted


def test_wrong_names_are_told(online_retail) -> None:
    with pytest.raises(BadInput, match="bgnbd, pareto-nbd, nbd, gamma-gamma"):
        online_retail.fit_model("magic")
    with pytest.raises(BadInput, match="day, week, month"):
        online_retail.fit_model("bgnbd", unit="year")
