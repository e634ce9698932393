"""What a relationship has brought: the SQL over all customers equals the sum of the single ones in
plain Python; shares of wallet and demand equal the figures."""

from __future__ import annotations

import random
from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest

import gern
from gern.core.errors import BadInput
from gern.core.people.worth import Profit, Year, profit_terms, share_of, years, years_of

TODAY = date(2026, 3, 1)


@pytest.mark.parametrize("seed", range(6))
def test_all_of_them_are_the_sum_of_each(shop: gern.Shop, seed: int) -> None:
    dice = random.Random(seed)
    begin = datetime(2021, 2, 27, 22)
    shop.log.append([
        gern.Event(source="s", id=f"e{n}", name="Order Completed", customer=f"c{dice.randrange(12)}",
                   order=f"o{n}", currency="EUR", ts=begin + timedelta(hours=dice.randrange(5 * 8760)),
                   lines=tuple(gern.Line(dice.choice([10, 25, -5]), quantity=dice.choice([1, 2]),
                                         product_group=dice.choice(["a", "b", None])) for _ in range(2)))
        for n in range(150)
    ] + [
        gern.Event(source="s", id=f"r{n}", name="Referral Made", customer=f"c{dice.randrange(12)}",
                   ts=begin + timedelta(hours=dice.randrange(5 * 8760)))
        for n in range(20)
    ])  # fmt: skip
    single = [years_of(shop, f"c{n}", TODAY) for n in range(12)]
    found = years(shop, TODAY)
    assert found
    for year in found:
        same = [one for mine in single for one in mine if one.number == year.number and one.whole]
        assert year.customers == len(same)
        assert year.base == sum(one.base for one in same)
        assert year.cross_sell == sum(one.cross_sell for one in same)
        assert year.referrals == sum(one.referrals for one in same)
    everything = shop.query("SELECT sum(amount) AS n FROM lines")[0]["n"]
    assert sum(one.revenue for mine in single for one in mine) == everything
    for mine in single:
        assert [one.whole for one in mine] == [True] * (len(mine) - 1) + [False] * bool(mine)


def buy(n: int, day: date, amount: int, group: str | None = None, quantity: int = 1) -> gern.Event:
    return gern.Event(source="s", id=f"b{n}", name="Order Completed", customer="anna", order=f"b{n}",
                      currency="EUR", ts=datetime(day.year, day.month, day.day, 12),
                      lines=(gern.Line(amount, quantity=quantity, product_group=group),))  # fmt: skip


def test_by_hand(shop: gern.Shop) -> None:
    shop.log.append([
        buy(1, date(2024, 2, 29), 100, "tea"), buy(2, date(2025, 2, 27), 50, "tea"),
        buy(3, date(2025, 2, 28), 40, "cups"), buy(4, date(2025, 6, 1), 30, "tea"),
        buy(5, date(2025, 6, 2), -10, "tea", -1), buy(6, date(2026, 2, 28), 7, "tea"),
        gern.Event(source="s", id="r", name="Referral Made", customer="anna", ts=datetime(2025, 7, 1)),
    ])  # fmt: skip
    found = years_of(shop, "anna", TODAY)
    assert found == [
        Year(1, 1, True, Decimal(150), Decimal(0), 0),
        Year(2, 1, True, Decimal(20), Decimal(40), 1),
        Year(3, 1, False, Decimal(7), Decimal(0), 0),
    ]
    assert [one.profit(profit_terms(shop)) for one in found] == [None] * 3
    shop.change_setting("profit", {"margin": 40, "acquisition": "12.5"}, "test")
    terms = profit_terms(shop)
    assert terms == Profit(Decimal("0.4"), Decimal("12.5"))
    assert [one.profit(terms) for one in found] == [
        Decimal("47.5"),
        Decimal("36.5"),
        Decimal("2.8"),
    ]  # 150 × 0.4 − 12.5; 60 × 0.4 + 12.5; 7 × 0.4
    assert years_of(shop, "nobody", TODAY) == []
    for bad in (
        {"margin": 101},
        {"margin": -1},
        {"margin": "NaN"},
        {"x": 1},
        {"margin": "a"},
        [1],
        5,
    ):
        with pytest.raises(BadInput, match="contribution margin"):
            shop.change_setting("profit", bad, "test")


def test_shares_are_those_of_the_figures(shop: gern.Shop) -> None:
    def stated(n: int, name: str, day: date, **properties: object) -> gern.Event:
        return gern.Event(source="s", id=f"s{n}", name=name, customer="anna", properties=properties,
                          ts=datetime(day.year, day.month, day.day, 12))  # fmt: skip

    shop.log.append([
        buy(1, date(2025, 6, 1), 100, "tea", 4), buy(2, date(2025, 7, 1), 60, "cups", 2),
        buy(3, date(2024, 1, 1), 999, "tea", 9),
        stated(1, "Spend Stated", date(2025, 5, 1), amount=100),
        stated(2, "Spend Stated", date(2025, 5, 2), amount=400),
        stated(3, "Spend Stated", date(2025, 5, 3), amount=200, product_group="tea"),
        stated(4, "Demand Stated", date(2025, 5, 3), quantity=40, product_group="tea"),
        stated(5, "Demand Stated", date(2025, 5, 4), quantity=-1, product_group="tea"),
        stated(7, "Spend Stated", date(2025, 8, 1), amount="NaN"),
        stated(8, "Spend Stated", date(2025, 8, 2), amount="Infinity"),
        stated(9, "Spend Stated", date(2025, 8, 3), amount="much"),
        stated(6, "Demand Stated", date(2026, 5, 4), quantity=1, product_group="tea"),
    ])  # fmt: skip
    share = share_of(shop, "anna", TODAY)
    for id, mine in (("share_of_wallet", share.of_wallet), ("penetration", share.of_demand)):
        figure = shop.figure(id, "2025-03-01", "2026-03-01", now=datetime(2026, 3, 1))
        assert mine == pytest.approx(figure.value), id
    assert share.of_wallet == pytest.approx(100 * (160 + 100) / 600)
    assert share_of(shop, "nobody", TODAY).of_wallet is None
