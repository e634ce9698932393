"""ABC and RFM: on Online Retail against plain Python over the file; ties; the list says the same."""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from datetime import date, timedelta
from decimal import Decimal

import polars as pl
import pytest

import gern
from gern.core.engines.question import Question
from gern.core.errors import BadInput
from gern.core.people.listing import Filter
from gern.core.people.portfolio import Place, period_of, portfolio_sql
from gern.demo import DATA

DAY = date(2011, 12, 1)


def by_hand(bought: dict[str, tuple[date, int, Decimal]]) -> dict[str, tuple[int, int, int, str]]:
    """Person → (recency, frequency, monetary, class), written from the definitions."""
    n = len(bought)

    def score(person: str, place: int) -> int:
        mine = bought[person][place]
        return 1 + 5 * sum(theirs[place] < mine for theirs in bought.values()) // n

    total = sum(max(m, Decimal(0)) for _, _, m in bought.values())
    found = {}
    for person, (_, _, mine) in bought.items():
        before = sum(m for _, _, m in bought.values() if m > mine)
        abc = "C" if mine <= 0 or before >= total * 95 / 100 else "B" if before >= total * 80 / 100 else "A"  # fmt: skip
        found[person] = (score(person, 0), score(person, 1), score(person, 2), abc)
    return found


def _orders() -> list[dict]:
    orders: dict[str, dict] = {}
    for row in pl.read_parquet(DATA).iter_rows(named=True):
        order = orders.setdefault(row["invoice"], {
            "id": row["invoice"], "time": row["invoice_date"], "balance": Decimal(0), "bought": False,
            "person": None if row["customer_id"] is None else str(row["customer_id"]),
        })  # fmt: skip
        order["time"] = min(order["time"], row["invoice_date"])
        order["balance"] += Decimal(str(row["price"])) * row["quantity"]
        order["bought"] |= row["quantity"] > 0
    return list(orders.values())


def in_shop(shop: gern.Shop, day: date, people: list[str]) -> dict[str, tuple[int, int, int, str]]:
    """The same by what lists say of each place."""
    sql, values = portfolio_sql(period_of(day, shop.zone))
    rows = shop.door.ask(Question(sql, dict(values), "test"))
    assert {r["person"] for r in rows} == set(people)
    return {r["person"]: (r["recency"], r["frequency"], r["monetary"], r["abc"]) for r in rows}


def test_online_retail_equals_plain_python(online_retail) -> None:
    start = date(2010, 12, 1)
    revenue: dict[str, Decimal] = defaultdict(Decimal)
    days: dict[str, list[date]] = defaultdict(list)
    for order in _orders():
        person, day = order["person"], order["time"].date()
        if person is None or not start <= day < DAY:
            continue
        revenue[person] += order["balance"]
        if order["bought"] and not order["id"].startswith("C"):
            days[person].append(day)
    bought = {p: (max(d), len(d), revenue[p]) for p, d in days.items()}
    expected = by_hand(bought)
    assert in_shop(online_retail, DAY, list(bought)) == expected
    found = online_retail.portfolio(DAY)
    assert {c.name: c.customers for c in found.classes} == Counter(e[3] for e in expected.values())
    assert found.revenue == sum(revenue[p] for p in bought)
    cells = Counter((e[0], e[1]) for e in expected.values())
    assert {(c.recency, c.frequency): c.customers for c in found.cells if c.customers} == cells
    (r, f), n = cells.most_common(1)[0]
    place = Place(DAY, online_retail.zone, recency=r, frequency=f)
    assert online_retail.customers(Filter(place=place)).total == n
    listed = online_retail.customers(Filter(place=Place(DAY, online_retail.zone, "A")), limit=None)
    assert {row["person"] for row in listed.rows} == {p for p, e in expected.items() if e[3] == "A"}


@pytest.mark.parametrize("seed", range(4))
def test_equal_values_are_never_parted(shop, bring, seed: int) -> None:
    luck = random.Random(seed)
    day = date(2024, 6, 1)
    bought, rows = {}, []
    for i in range(luck.randrange(1, 40)):
        times, worth = luck.randrange(1, 3), luck.choice([0, 5, 10, 100])
        last = day - timedelta(days=luck.choice([1, 50, 300]))
        rows += [f"{i}-{n},c{i},{last},{worth}" for n in range(times)]
        bought[f"c{i}"] = (last, times, Decimal(worth * times))
    luck.shuffle(rows)
    bring("order,customer,date,amount\n" + "\n".join(rows))
    assert in_shop(shop, day, list(bought)) == by_hand(bought)


def test_nobody_and_one(shop, bring) -> None:
    empty = shop.portfolio(DAY)
    assert (empty.customers, empty.classes, empty.revenue) == (0, [], 0)
    assert len(empty.cells) == 25
    bring("order,customer,date,amount\n1,anna,2024-05-01,5\n2,anna,2023-05-01,7\n")
    alone = shop.portfolio(date(2024, 6, 1))
    assert [(c.name, c.customers, c.revenue) for c in alone.classes] == [("A", 1, 5)]
    with pytest.raises(BadInput, match="is no class"):
        shop.customers(Filter(place=Place(DAY, "UTC", abc="D")))
