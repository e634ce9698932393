"""Online Retail 2010-11: the published totals, and every figure against a recomputation."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from itertools import pairwise

import polars as pl
import pytest

import gern
from gern.demo import DATA
from tests.core.recompute import Recomputed

PERIODS = [
    (date(2011, 6, 1), date(2011, 12, 1), 180),
    (date(2011, 3, 27), date(2011, 3, 28), 90),  # the day summer time begins
    (date(2010, 12, 1), date(2011, 12, 10), 103),
    (date(2011, 10, 30), date(2011, 10, 31), 30),  # the day it ends
    (date(2012, 6, 1), date(2012, 7, 1), 60),  # after the last line
]


@pytest.fixture(scope="module")
def lines() -> list[dict]:
    frame = pl.read_parquet(DATA)
    return [
        {
            "order": row["invoice"],
            "customer": None if row["customer_id"] is None else str(row["customer_id"]),
            "time": row["invoice_date"],
            "product": row["stock_code"],
            "quantity": row["quantity"],
            "amount": Decimal(str(row["price"])) * row["quantity"],
            "country": row["country"],
            "cancelled": row["invoice"].startswith("C"),
        }
        for row in frame.iter_rows(named=True)
    ]


def test_the_import_finds_the_published_totals(online_retail: gern.Shop) -> None:
    report = online_retail.manifest.imports()[0]["result"]
    assert report["lines"] == report["lines_new"] == 541_909
    assert report["orders"] == 25_900
    assert report["cancellations"] == 3_836
    assert report["purchases"] == 20_728
    assert report["customers"] == 4_372
    assert report["countries"] == 38
    assert report["lines_bad"] == 0
    assert report["lines_without_customer"] == 135_080
    all_time = online_retail.figure("revenue", "2010-12-01", "2011-12-10", with_interval=False)
    assert all_time.numerator == Decimal("9747747.934")
    orders = online_retail.figure("orders", "2010-12-01", "2011-12-10", with_interval=False)
    assert (orders.value, orders.parts["with_customer"], orders.parts["cancellations"]) == (
        20_728,
        18_536,
        3_836,
    )
    buyers = online_retail.figure("purchase_frequency", "2010-12-01", "2011-12-10")
    assert buyers.denominator == 4_339


@pytest.mark.parametrize(("start", "end", "window"), PERIODS)
def test_every_figure_equals_the_recomputation(
    online_retail: gern.Shop, lines: list[dict], start: date, end: date, window: int
) -> None:
    expected = Recomputed(lines, start, end, window)
    for id, value in expected.all().items():
        answer = online_retail.figure(id, start, end, inactive_after=window, with_interval=False)
        assert answer.exact == value, id
    parts = online_retail.figure("retention_rate", start, end, inactive_after=window).parts
    assert parts == expected.parts()
    assert parts["S"] + parts["N"] + parts["won_back"] - parts["lost"] == parts["E"]


@pytest.mark.parametrize("country", ["Germany", "EIRE", "United Kingdom"])
def test_a_country_is_the_figure_of_its_purchases(
    online_retail: gern.Shop, lines: list[dict], country: str
) -> None:
    start, end = date(2011, 6, 1), date(2011, 12, 1)
    expected = Recomputed([x for x in lines if x["country"] == country], start, end, 103)
    for id in ("revenue", "orders", "average_order_value", "repeat_purchase_rate", "upsell_ratio",
               "revenue_per_customer", "purchase_frequency"):  # fmt: skip
        answer = online_retail.figure(id, start, end, by="country", with_interval=False)
        group = next(g for g in answer.groups if g.name == country)
        assert group.exact == expected.all()[id], id


def test_revenue_by_product_adds_up(online_retail: gern.Shop) -> None:
    answer = online_retail.figure(
        "revenue", "2011-01-01", "2011-12-01", by="product", with_interval=False
    )
    assert sum(group.numerator for group in answer.groups) == answer.numerator


def test_the_window_is_the_ninetieth_percentile_of_the_gaps(
    online_retail: gern.Shop, lines: list[dict]
) -> None:
    recomputed = Recomputed(lines, date(2010, 12, 1), date(2011, 12, 10), 1)
    gaps = []
    for times in recomputed.purchases.values():
        days = sorted(t.date() for t in times)
        gaps += [(b - a).days for a, b in pairwise(days)]
    gaps.sort()
    assert online_retail.window_days == gaps[-(-len(gaps) * 9 // 10) - 1] == 103
    assert online_retail.setting("window_days").set_by == "computed"


@pytest.mark.parametrize("id", [f.id for f in gern.core.figures.catalogue.FIGURES.values()])
def test_number_people_and_parts_agree(online_retail: gern.Shop, id: str) -> None:
    start, end = "2011-06-01", "2011-12-01"
    answer = online_retail.figure(id, start, end)
    for part in answer.figure.parts:
        if part.quantile is not None:
            continue
        people = online_retail.people(id, start, end, part=part.id)
        anonymous = online_retail.people(id, start, end, part=part.id, limit=0)
        assert people.total == len(people.rows) == anonymous.total
        if answer.figure.customers_only:
            assert people.measure_sum == answer.parts[part.id], part.id
        assert sum(p.measure for p in people.rows) == people.measure_sum


def test_the_same_answer_twice_including_its_interval(online_retail: gern.Shop) -> None:
    def ask() -> dict:
        shop = gern.open(online_retail.home.path)
        return shop.figure("average_order_value", "2011-06-01", "2011-09-01").to_dict()

    assert ask() == ask()
