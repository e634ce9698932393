"""Cohorts: equal to plain Python cell by cell, by SQL and by the spine."""

from __future__ import annotations

import random
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction

import pandas as pd
import pytest

from gern.core.errors import BadInput
from gern.core.log.event import Event
from tests.core.patterns import plain
from tests.core.patterns.plain import Did
from tests.core.patterns.test_funnel import put

BEGIN = datetime(2023, 10, 20, tzinfo=UTC)
FROM, TO = date(2023, 11, 5), date(2024, 5, 10)
DAYS = 200


def made_up(seed: int, n: int = 300) -> list[Did]:
    luck = random.Random(seed)
    people = [f"p{i}" for i in range(25)]
    near_midnight = [22, 23, 0, 1, 12]
    return [
        Did(luck.choice(people),
            (BEGIN + timedelta(days=luck.randrange(DAYS))).replace(hour=luck.choice(near_midnight)),
            luck.choice("AABBX"))
        for _ in range(n)
    ]  # fmt: skip


def cells(answer) -> dict:
    found = {(c.start, -1): c.size for c in answer.cohorts if c.size}
    return found | {(c.start, one.k): one.n for c in answer.cohorts for one in c.cells if one.n}


@pytest.mark.parametrize("every", ["day", "week", "month"])
@pytest.mark.parametrize("back", ["A", "B"])
def test_equal_to_plain_python(shop, both, every, back) -> None:
    events = made_up(hash((every, back)) % 7)
    put(shop, events)
    start = FROM if every != "day" else date(2024, 3, 20)
    for mode in ("in", "in-or-after"):
        for first in ("first-ever", "first-in-range"):
            expected = plain.cohorts(events, "A", back, start, TO, every, "Europe/Berlin",
                                     or_after=mode == "in-or-after", in_range=first == "first-in-range")  # fmt: skip
            found = both(
                shop,
                lambda m=mode, f=first: shop.cohorts("A", back, start, TO, every, mode=m, first=f),
            )
            assert cells(found) == {key: n for key, n in expected.items() if n}, (mode, first)


@pytest.mark.parametrize("names", ["AB", "BA", "BAB", "XBA"])
def test_start_and_return_at_once_count_in_any_order(shop, both, names) -> None:
    at = datetime(2024, 1, 5, tzinfo=UTC)
    put(
        shop,
        [Did("anna", at, name) for name in names]
        + [Did("ben", at, "A"), Did("cem", at - timedelta(days=1), "B"), Did("cem", at, "A")],
    )
    for first in ("first-ever", "first-in-range"):
        found = both(
            shop,
            lambda f=first: shop.cohorts(
                "A", "B", at.date(), "2024-02-01", first=f, today=date(2024, 2, 1)
            ),
        )
        assert (found.cohorts[0].size, found.cohorts[0].cells[0].n) == (3, 1)


def test_the_people_of_each_cell_are_as_many(shop) -> None:
    put(shop, made_up(3, 80))
    for mode in ("in", "in-or-after"):
        found = shop.cohorts("A", "B", FROM, TO, mode=mode)
        for one in found.cohorts:

            def people(k, came_back=True, start=one.start, mode=mode):
                return shop.cohort_people("A", "B", FROM, TO, cohort=start, k=k, came_back=came_back, mode=mode)  # fmt: skip

            everybody = people(None)
            assert len(everybody) == one.size
            for cell in one.cells:
                assert len(people(cell.k)) == cell.n
                assert sorted(people(cell.k) + people(cell.k, came_back=False)) == everybody
    with pytest.raises(BadInput):
        shop.cohort_people("A", "B", FROM, TO, cohort=date(2023, 11, 2), k=0)


def test_what_is_not_over_is_not_complete_and_in_no_mean(shop) -> None:
    put(shop, [Did("a", datetime(2024, 1, 5, tzinfo=UTC), "A"), Did("a", datetime(2024, 2, 5, tzinfo=UTC), "A"),
               Did("b", datetime(2024, 2, 5, tzinfo=UTC), "A"), Did("c", datetime(2024, 2, 6, tzinfo=UTC), "A")])  # fmt: skip
    found = shop.cohorts("A", "A", "2024-01-01", "2024-06-01", today=date(2024, 3, 10))
    assert [(c.start.month, c.size, [(x.k, x.n, x.complete) for x in c.cells]) for c in found.cohorts] == [
        (1, 1, [(0, 1, True), (1, 1, True), (2, 0, False)]),
        (2, 2, [(0, 2, True), (1, 0, False)]),
        (3, 0, [(0, 0, False)]),
    ]  # fmt: skip
    assert [(m.k, m.n, m.size, m.share, m.median) for m in found.means()] == [
        (0, 3, 3, 1, 1),
        (1, 1, 1, 1, Fraction(1)),
    ]
    cut = shop.cohorts("A", "A", "2024-01-01", "2024-02-29", today=date(2024, 3, 10))
    assert [x.complete for x in cut.cohorts[0].cells] == [True, False]  # February is cut by a day


def test_orders_of_files_and_revenue(shop, both, bring) -> None:
    put(shop, [Did("zoe", datetime(2024, 1, 5, tzinfo=UTC), "Other")])
    bring("order;customer;date;amount\n1;anna;2024-01-31 23:30;5\n2;ben;2024-01-10 10:00;7.50\n"
          "3;anna;2024-02-28 10:00;3\n4;anna;2024-02-29 10:00;-1\n5;;2024-02-29 10:00;100\n")  # fmt: skip
    found = both(shop, lambda: shop.cohorts("Order Completed", "Order Completed", "2024-01-01", "2024-03-01",
                                            revenue=True, today=date(2024, 3, 1)))  # fmt: skip
    january = found.cohorts[0]
    assert [(c.k, c.n, c.revenue) for c in january.cells] == [
        (0, 2, Decimal("12.50")),
        (1, 1, Decimal(2)),
    ]
    assert found.cohorts[1].size == 0


def test_only_of_whom_something_was_said(shop, bring) -> None:
    put(
        shop,
        [
            Did("a", datetime(2024, 1, 5, tzinfo=UTC), "A"),
            Did("b", datetime(2024, 1, 5, tzinfo=UTC), "A"),
        ],
    )
    shop.log.append([Event(source="s", id="i", name="Identify", kind="identify", customer="b",
                           ts=datetime(2024, 1, 6, tzinfo=UTC), properties={"plan": "gold"})])  # fmt: skip
    found = shop.cohorts(
        "A", "A", "2024-01-01", "2024-02-01", trait=("plan", "gold"), today=date(2024, 2, 1)
    )
    assert found.cohorts[0].size == 1
    none = shop.cohorts(
        "A", "A", "2024-01-01", "2024-02-01", trait=("plan", "lead"), today=date(2024, 2, 1)
    )
    assert none.cohorts[0].size == 0


def test_online_retail_is_as_pandas_says(online_retail) -> None:
    orders = pd.DataFrame(
        online_retail.query("SELECT person, ts FROM orders WHERE purchase AND person IS NOT NULL")
    )
    local = orders["ts"].dt.tz_localize("UTC").dt.tz_convert("Europe/London")
    orders["month"] = local.dt.year * 12 + local.dt.month
    orders["first"] = orders.groupby("person")["month"].transform("min")
    expected = orders.groupby(["first", orders["month"] - orders["first"]])["person"].nunique()
    found = online_retail.cohorts("Order Completed", "Order Completed", "2010-12-01", "2011-12-10")
    got = {
        (c.start.year * 12 + c.start.month, x.k): x.n for c in found.cohorts for x in c.cells if x.n
    }
    assert got == {key: int(n) for key, n in expected.items()}
    assert found.cohorts[0].size == 885
    assert not found.cohorts[0].cells[-1].complete


def test_cookieless_are_left_out_and_counted(shop, both) -> None:
    put(
        shop,
        [
            Did("daily:x", datetime(2024, 1, 5, tzinfo=UTC), "A"),
            Did("a", datetime(2024, 1, 5, tzinfo=UTC), "A"),
        ],
    )
    found = both(
        shop, lambda: shop.cohorts("A", "A", "2024-01-01", "2024-02-01", today=date(2024, 2, 1))
    )
    assert (found.cohorts[0].size, found.left_cookieless) == (1, 1)


def test_nothing_and_too_much(shop) -> None:
    assert shop.cohorts("A", "A", "2024-01-01", "2024-02-01", today=date(2023, 1, 1)).cohorts == ()
    assert shop.cohorts("A", "A", "2024-01-01", "2024-02-01", today=date(2024, 3, 1)).means() == []
    with pytest.raises(BadInput, match="400"):
        shop.cohorts("A", "A", "2020-01-01", "2024-02-01", "day", today=date(2024, 3, 1))
    with pytest.raises(BadInput, match="in-or-after"):
        shop.cohorts("A", "A", "2024-01-01", "2024-02-01", mode="x")
