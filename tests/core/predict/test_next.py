"""Next purchases: pauses and baskets counted again in plain Python, nothing of the future, worlds in which
it is known when and what comes next."""

from __future__ import annotations

import dataclasses
import itertools
import math
import random
from collections import defaultdict
from datetime import date, timedelta

import numpy as np
import pytest

from gern.core.errors import BadInput
from gern.core.predict import coming
from gern.core.predict.baskets import EPOCH, baskets_until, product_names, products_of
from gern.core.predict.next_day import Visits, learn_pauses, visits_until
from gern.core.predict.next_product import SHOWN, lesson, ranked

BEGIN = date(2025, 1, 1)
TODAY = (BEGIN - EPOCH).days


def _visits(days: dict[str, list[int]], until: int) -> Visits:
    people = sorted(days)
    person = [i for i, name in enumerate(people) for _ in days[name]]
    day = [TODAY + d for name in people for d in sorted(days[name])]
    return Visits(BEGIN + timedelta(days=until), np.array(people, dtype=object), np.array(person), np.array(day))  # fmt: skip


def _plain_looks(days: dict[str, list[int]], until: int) -> tuple[float, float, list]:
    """(μ, κ, (pauses before, silent in rhythms, end in rhythms, ended) of each customer on each of the
    days looked at), by the formulas of the docstring."""
    logs = {who: [math.log(b - a) for a, b in itertools.pairwise(own)] for who, own in days.items()}
    every = [x for own in logs.values() for x in own]
    mean = sum(every) / len(every)
    some = [own for own in logs.values() if own]
    within = sum((x - sum(own) / len(own)) ** 2 for own in some for x in own)
    within /= len(every) - len(some)
    between = sum(len(own) * (sum(own) / len(own) - mean) ** 2 for own in some) / (len(some) - 1)
    usual = (len(every) - sum(len(own) ** 2 for own in some) / len(every)) / (len(some) - 1)
    kappa = min(max(within / max((between - within) / usual, 1e-9), 0.2), 10)
    first = min(own[0] for own in days.values())
    apart = min(max((until - first) // 13, 1), 365 // 12)
    found = []
    for then in range(until - apart, max(first, until - 366), -apart):
        for who, own in days.items():
            k = sum(day < then for day in own) - 1
            if k < 0:
                continue
            rhythm = math.exp((sum(logs[who][:k]) + kappa * mean) / (k + kappa))
            ended = k + 1 < len(own)
            end = (own[k + 1] if ended else until - 1) - own[k]
            if then - 1 - own[k] < end:
                found.append((k, (then - 1 - own[k]) / rhythm, end / rhythm, ended))
    return mean, kappa, found


def test_chances_stand_on_what_a_second_count_finds() -> None:
    rng = random.Random(4)
    days: dict[str, list[int]] = {}
    for who in range(300):
        day, own = rng.randrange(30), []
        while day < 300 and rng.random() > 0.04:
            own.append(day)
            day += rng.randrange(1, rng.choice([10, 40]))
        if own:
            days[f"c{who:03}"] = own
    found = learn_pauses(_visits(days, 300))
    mean, kappa, plain = _plain_looks(days, 300)
    assert found.mean_log == pytest.approx(mean)
    assert found.kappa == pytest.approx(kappa)
    # Kaplan-Meier with late entry of those with three to five pauses before, step by step
    mine = [(since, u, ended) for k, since, u, ended in plain if 3 <= k < 6]
    curve, survival, at = found.curves[2], 1.0, {}
    for u in sorted({u for _, u, ended in mine if ended}):
        risk = sum(1 for since, other, _ in mine if since < u and other >= u)
        left = sum(1 for _, other, ended in mine if ended and other == u)
        if risk >= 50:
            survival *= 1 - left / risk
            at[u] = survival
    assert len(at) > 100
    for u in list(at)[:: len(at) // 40]:
        assert float(curve.at(np.array([u + 1e-9]))[0]) == pytest.approx(at[u], abs=0.004)
    # beyond it, Hill's tail
    begin = float(np.quantile([u for _, u, ended in mine if ended], 0.95))
    waited = sum(math.log(u / max(since, begin)) for since, u, _ in mine if u >= begin)
    theta = (sum(1 for _, u, ended in mine if ended and u >= begin) + 0.5) / (waited + 1)
    assert curve.tail == pytest.approx(theta)
    last = curve.u[-1]
    assert curve.at(np.array([3 * last]))[0] == pytest.approx(curve.s[-1] * 3**-theta)


def test_who_comes_every_ten_days_is_expected_then() -> None:
    rng = random.Random(1)
    days = {
        f"c{who:03}": [rng.randrange(9) + 10 * i + rng.randrange(-1, 2) for i in range(1, 20)]
        for who in range(200)
    }
    visits = _visits(days, 193)
    pauses = learn_pauses(visits)
    stand = pauses.stand(visits)
    last = np.array([max(days[name]) for name in stand.people])
    ahead = pauses.ahead(stand, 0.5)
    fresh = 192 - last < 8
    assert (np.abs(193 + ahead - 1 - last - 10)[fresh] <= 1).all()
    assert (pauses.ahead(stand, 0.1) <= ahead).all()
    assert (pauses.ahead(stand, 0.9) >= ahead).all()
    assert pauses.chance(stand, 30)[fresh].min() > 0.9


@pytest.mark.parametrize("seed", range(3))
def test_chances_are_as_often_right_as_they_say(seed) -> None:
    """Everybody at a pace of their own, some gone for good: of those with about the same chance, about
    that share buys."""
    rng = np.random.default_rng(seed)
    days, after = {}, {}
    for who in range(4000):
        pace, day, own = rng.gamma(2, 12), rng.uniform(0, 200), []
        while day < 460:
            own.append(int(day))
            if rng.random() < 0.08:
                break
            day += 1 + rng.exponential(pace)
        if own and own[0] < 400:
            days[f"c{who:04}"] = sorted({d for d in own if d < 400})
            after[f"c{who:04}"] = any(400 <= d < 430 for d in own)
    visits = _visits(days, 400)
    pauses = learn_pauses(visits)
    stand = pauses.stand(visits)
    chance = pauses.chance(stand, 30)
    came = np.array([after[name] for name in stand.people])
    assert chance.sum() == pytest.approx(came.sum(), rel=0.08)
    for low, high in ((0, 0.1), (0.1, 0.4), (0.4, 0.7), (0.7, 1)):
        some = (chance >= low) & (chance < high)
        half = 4 * math.sqrt(0.25 / some.sum())
        assert abs(chance[some].mean() - came[some].mean()) < half + 0.05


def _shop_lines(seed: int, people: int = 150, days: int = 300) -> list[tuple[date, str, str, int]]:
    """Everybody buys one thing regularly, switches to another in the middle, and something by chance."""
    rng, found = random.Random(seed), []
    for who in range(people):
        pause, day = rng.choice([6, 12, 20]), rng.randrange(20)
        first, then = rng.sample(range(12), 2)
        number = 0
        while day < days and rng.random() > 0.02:
            number += 1
            usual = first if day < days // 2 else then
            for product in {usual, rng.randrange(12, 40)}:
                found.append(
                    (
                        BEGIN + timedelta(days=day),
                        f"c{who:03}",
                        f"p{product:02}",
                        who * 1000 + number,
                    )
                )
            day += max(1, pause + rng.randrange(-2, 3))
    return found


def _csv(lines: list[tuple[date, str, str, int]]) -> str:
    return "date;customer;amount;quantity;number;article\n" + "\n".join(
        f"{d};{c};5;1;{n};{p}" for d, c, p, n in lines
    )


def test_baskets_are_counted_again(shop, bring) -> None:
    lines = _shop_lines(3, people=60)
    bring(_csv(lines))
    until = BEGIN + timedelta(days=250)
    found = baskets_until(shop.door, shop.zone, until, ["p11"])
    days: dict[tuple[str, str], set[date]] = defaultdict(set)
    for day, who, product, _ in lines:
        if day < until and product != "p11":
            days[who, product].add(day)
    owned, told = found.owned, {}
    for i in range(len(owned.person)):
        told[found.people[owned.person[i]], found.products[owned.product[i]]] = i
    assert told.keys() == days.keys()
    for pair, i in told.items():
        own = sorted(days[pair])
        assert owned.times[i] == len(own)
        assert EPOCH + timedelta(days=int(owned.last[i])) == own[-1]
        assert owned.fresh[i] == pytest.approx(sum(0.5 ** ((until - d).days / 90) for d in own))
        if len(own) > 1:
            assert owned.pause[i] == pytest.approx((own[-1] - own[0]).days / (len(own) - 1))
    products = products_of(found)
    for i, product in enumerate(found.products):
        own = {who: d for (who, p), d in days.items() if p == product}
        assert products.buyers[i] == len(own)
        assert products.again[i] == sum(len(d) > 1 for d in own.values())
        assert products.lately[i] == sum(
            any(day >= until - timedelta(days=90) for day in d) for d in own.values()
        )
    one, other = 3, int(np.argmax(products.with_[3].toarray()))
    buyers = [{who for who, p in days if p == found.products[i]} for i in (one, other)]
    cosine = len(buyers[0] & buyers[1]) / math.sqrt(len(buyers[0]) * len(buyers[1]))
    assert products.with_[one, other] == pytest.approx(cosine, rel=1e-5)


def test_nothing_of_the_future_is_known(shop, bring) -> None:
    """100 days of one shop, each with and without what came later: the same."""
    lines = _shop_lines(9, people=12)
    half = BEGIN + timedelta(days=120)
    bring(_csv([one for one in lines if one[0] < half]), name="first.csv")
    days = [half - timedelta(days=i) for i in range(100)]
    before = {
        d: (visits_until(shop.door, shop.zone, d), baskets_until(shop.door, shop.zone, d))
        for d in days
    }
    bring(_csv([one for one in lines if one[0] >= half]), name="later.csv")
    for day, (visits, baskets) in before.items():
        for then, now in (
            (visits, visits_until(shop.door, shop.zone, day)),
            (baskets, baskets_until(shop.door, shop.zone, day)),
        ):
            assert all(np.array_equal(getattr(now, name), value) for name, value in vars(then).items() if isinstance(value, np.ndarray))  # fmt: skip


def test_a_switch_is_seen_and_the_check_is_counted_again(shop, bring) -> None:
    lines = _shop_lines(7, people=260)
    bring(_csv(lines))
    until = BEGIN + timedelta(days=200)
    found = shop.next_purchases(until)
    check = found.product_check
    before, popular = check.against
    assert before.low > 0  # what they bought most often is what they bought before they switched
    assert popular.low > 0
    days = check.days
    then = baskets_until(shop.door, shop.zone, check.since)
    now = baskets_until(shop.door, shop.zone, until)
    one = lesson(then, now, days)
    next_day: dict[str, date] = {}
    for day, who, _, _ in lines:
        if check.since <= day < check.since + timedelta(days=days):
            next_day[who] = min(day, next_day.get(who, day))
    known = {who for day, who, _, _ in lines if day < check.since}
    assert {then.people[i] for i in one.users} == next_day.keys() & known
    bought = {
        who: {p for day, w, p, _ in lines if w == who and day == next_day[who]}
        for who in next_day.keys() & known
    }
    often: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for day, who, product, _ in lines:
        if day < check.since:
            often[who][product] += 1
    lately = {
        p: len(
            {
                w
                for d, w, q, _ in lines
                if q == p and check.since - timedelta(days=90) <= d < check.since
            }
        )
        for p in then.products
    }
    told = {
        who: sorted(own, key=lambda p: (-own[p], -lately[p], p))[:SHOWN]
        for who, own in often.items()
    }
    shares = [len(bought[who] & set(told[who])) / min(len(bought[who]), SHOWN) for who in bought]
    assert before.purchases == pytest.approx(
        sum(shares) / len(shares), abs=0.02
    )  # ties may fall otherwise
    assert check.customers == len(bought)
    day = found.day_check
    assert day.bought == len(
        [
            who
            for who in next_day.keys() & known
            if (check.since - max(d for d, w, _, _ in lines if w == who and d < check.since)).days
            <= shop.window_days
        ]
    )


def test_reasons_are_true(shop, bring) -> None:
    lines = _shop_lines(7, people=260)
    bring(_csv(lines))
    found = shop.next_purchases(BEGIN + timedelta(days=290))
    assert {"again", "due"} <= set(found.coming.because.ravel().tolist())
    owned = {(who, p) for _, who, p, _ in lines}
    for i, person in enumerate(found.coming.person[:60]):
        for product, because, from_ in zip(
            found.coming.products[i], found.coming.because[i], found.coming.from_[i], strict=True
        ):
            assert ((person, product) in owned) == (because in ("again", "due"))
            assert (from_ != "") == (because == "with")
            if from_:
                assert (person, from_) in owned
    baskets = baskets_until(shop.door, shop.zone, BEGIN + timedelta(days=290))
    again = ranked(baskets, products_of(baskets), np.arange(5), found.weights)
    assert (np.diff(again.score, axis=1) <= 0).all()


@pytest.mark.parametrize(
    "rows",
    [
        "2025-01-01;anna;5;1;1;tea",
        "\n".join(f"2025-01-01;c{i};5;1;{i};tea" for i in range(300)),
        "\n".join(f"2025-01-{1 + i % 28:02};c{i};5;1;{i};tea" for i in range(300)),
        "\n".join(f"2025-01-{1 + i % 28:02};c{i};-5;-1;{i};tea" for i in range(300)),
    ],
)
def test_too_little_is_refused(shop, bring, rows) -> None:
    bring("date;customer;amount;quantity;number;article\n" + rows)
    with pytest.raises(BadInput, match="at least 100 pauses"):
        shop.next_purchases("2025-03-01")
    with pytest.raises(BadInput):
        shop.train_next("anna")
    assert (shop.next_card(), shop.next_day()) == (None, None)


def test_an_empty_shop_says_so(shop) -> None:
    with pytest.raises(BadInput):
        shop.next_purchases()


def test_without_products_the_day_is_told_still(shop, bring) -> None:
    lines = _shop_lines(5)
    bring(
        "date;customer;amount;quantity;number\n"
        + "\n".join(f"{d};{c};5;1;{n}" for d, c, _, n in lines)
    )
    found = shop.next_purchases(BEGIN + timedelta(days=290))
    assert found.weights is None
    assert "at least 100 customers" in found.unranked.en
    assert set(found.coming.products.ravel()) == {""}
    assert np.isfinite(found.coming.ahead).any()
    assert ((found.coming.soon >= 0) & (found.coming.soon <= 1)).all()


def test_it_is_kept_for_the_day_and_goes_with_an_erasure(shop, bring) -> None:
    bring(_csv(_shop_lines(7)))
    card = shop.train_next("anna")
    assert shop.next_card() == card
    assert (shop.next_day(), card.customers) == (shop.today(), len(shop.next_purchases().coming))
    told = shop.next_purchases().coming
    first = told.person[0]
    row = coming.of_person(shop.door, ["nobody", first])
    assert (row["person"], row["ahead"], row["products"]) == (
        first,
        told.ahead[0],
        list(told.products[0]),
    )
    assert coming.of_person(shop.door, ["nobody"]) is None
    total, rows = coming.soonest(shop.door, [first], within=14, limit=3, offset=1)
    soon = [p for p, days in zip(told.person, told.ahead, strict=True) if days <= 14 and p != first]
    assert (total, [one["person"] for one in rows]) == (len(soon), soon[1:4])
    most = coming.wanted(shop.door, [], 1)[0]
    assert most["n"] == max(
        sum(p in told.products[i] for i in np.flatnonzero(told.ahead <= 30))
        for p in {*told.products.ravel()} - {""}
    )
    assert product_names(shop.door, []) == {}
    shop.log.erase([first])
    assert shop.next_day() is None
    assert coming.soonest(shop.door, [], within=14, limit=3) == (0, [])
    shop.forget_models("anna")
    assert shop.next_card() is None


def test_who_buys_exactly_every_thirty_days_is_certain_to_within_thirty() -> None:
    days = {f"c{who:03}": [who % 30 + 30 * i for i in range(12)] for who in range(300)}
    until = 360
    visits = _visits({who: [d for d in own if d < until] for who, own in days.items()}, until)
    pauses = learn_pauses(visits)
    stand = pauses.stand(visits)
    assert pauses.chance(stand, 30).min() > 0.99
    late = dataclasses.replace(stand, silent=stand.silent + 200)
    assert (pauses.chance(late, 30) > 0).all()  # never is long


@pytest.mark.parametrize("until", ["2013-06-01", "0001-01-01", "9999-12-31"])
def test_where_nobody_came_back_lately_it_is_refused(online_retail, until) -> None:
    with pytest.raises(BadInput):
        online_retail.next_purchases(until)


def test_odd_names_of_products_and_customers(shop, bring) -> None:
    lines = _shop_lines(7, people=160)
    odd = {"p00": "it's", "p01": "a;b".replace(";", ","), "p02": "$x", "p03": "Ä\u00a0ö"}
    bring(_csv([(d, f"{c}'ß", odd.get(p, p), n) for d, c, p, n in lines]))
    found = shop.train_next("anna")
    assert found.customers
    first = shop.next_purchases().coming.person[0]
    assert coming.of_person(shop.door, [first])["person"] == first
    assert {"it's"} <= {p for row in coming.soonest(shop.door, [], within=365, limit=500)[1] for p in row["products"]}  # fmt: skip


def test_enough_today_and_too_few_then_is_told_without_a_check(shop, bring) -> None:
    """A shop that was closed for more than a year: customers came back lately only."""
    lines = [
        f"{BEGIN + timedelta(days=day + i % 9)};c{i:03};5;1;{i}-{day}"
        for i in range(120)
        for day in (0, 20, 600)
    ]
    bring("date;customer;amount;quantity;number\n" + "\n".join(lines))
    found = shop.next_purchases(BEGIN + timedelta(days=625))
    assert found.day_check is None
    assert len(found.coming) == 120
