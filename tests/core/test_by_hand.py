"""Figures on tables one can work out by hand, and on made-up logs against plain Python."""

from __future__ import annotations

import csv
import io
import tempfile
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import gern
from tests.core.recompute import Recomputed
from tests.effort import examples


def orders(*rows: str) -> str:
    return "\n".join(["order,customer,time,product,quantity,price", *rows])


def test_worked_example_of_the_catalogue(bring, shop: gern.Shop) -> None:
    """S 200, E 220, N 40 → 90 %; 20 lost → 9.52 %."""
    rows = []
    for n in range(200):  # customers at the start
        rows.append(f"a{n},k{n},2024-01-10,p,1,10")
        if n >= 20:  # 180 of them buy again and stay
            rows.append(f"b{n},k{n},2024-05-10,p,1,10")
    for n in range(40):  # newly won
        rows.append(f"n{n},new{n},2024-06-10,p,1,10")
    bring(orders(*rows))
    retention = shop.figure("retention_rate", "2024-02-01", "2024-07-01", inactive_after=90)
    assert retention.parts["S"] == 200
    assert retention.parts["E"] == 220
    assert retention.parts["N"] == 40
    assert retention.value == 90
    churn = shop.figure("churn_rate", "2024-02-01", "2024-07-01", inactive_after=90)
    assert churn.parts["lost"] == 20
    assert round(churn.value, 2) == 9.52


def test_the_same_product_twice_is_no_upsell(bring, shop: gern.Shop) -> None:
    bring(orders("1,anna,2024-03-01,tea,1,4", "2,anna,2024-03-05,tea,2,4", "3,ben,2024-03-01,tea,1,4",
                 "3,ben,2024-03-01,cup,1,9"))  # fmt: skip
    assert shop.figure("upsell_ratio", "2024-03-01", "2024-04-01").value == 50


def test_fees_are_revenue_but_no_product(bring, shop: gern.Shop) -> None:
    bring(orders("1,anna,2024-03-01,tea,1,4", "1,anna,2024-03-01,POST,1,5"))
    assert shop.figure("upsell_ratio", "2024-03-01", "2024-04-01").value == 100
    shop.change_setting("fees", ["POST"], "anna")
    assert shop.figure("upsell_ratio", "2024-03-01", "2024-04-01").value == 0
    assert shop.figure("revenue", "2024-03-01", "2024-04-01").value == 9


def test_a_cancellation_lowers_revenue_when_booked_and_does_not_undo_the_purchase(
    bring, shop: gern.Shop
) -> None:
    bring(orders("536,anna,2024-03-01,tea,2,4", "537,ben,2024-03-02,tea,1,4",
                 "C538,anna,2024-04-01,tea,-2,4"))  # fmt: skip
    march = shop.figure("orders", "2024-03-01", "2024-04-01")
    april = shop.figure("orders", "2024-04-01", "2024-05-01")
    assert (march.value, march.parts["cancellations"]) == (2, 0)
    assert (april.value, april.parts["cancellations"]) == (0, 1)
    assert shop.figure("revenue", "2024-03-01", "2024-04-01").value == 12
    assert shop.figure("revenue", "2024-04-01", "2024-05-01").value == -8
    assert shop.figure("average_order_value", "2024-03-01", "2024-05-01").value == 6


def test_an_order_is_placed_at_its_earliest_line(bring, shop: gern.Shop) -> None:
    bring(orders("1,anna,2024-03-31 23:30,tea,1,4", "1,anna,2024-04-01 00:30,cup,1,9"))
    assert shop.figure("orders", "2024-03-01", "2024-04-01").value == 1
    assert shop.figure("orders", "2024-04-01", "2024-05-01").value == 0
    assert shop.figure("revenue", "2024-04-01", "2024-05-01").value == 9
    assert shop.figure("average_order_value", "2024-03-01", "2024-04-01").value == 13
    assert shop.figure("upsell_ratio", "2024-03-01", "2024-04-01").value == 100


def test_a_rate_over_nobody_is_undefined_not_zero(bring, shop: gern.Shop) -> None:
    bring(orders("1,anna,2024-03-01,tea,1,4"))
    for figure in shop.figures():
        answer = shop.figure(figure.id, "2030-01-01", "2030-02-01", inactive_after=30)
        assert answer.value == (0 if not figure.denominator else None), figure.id
        assert answer.interval is None


def test_an_empty_shop_answers(shop: gern.Shop) -> None:
    for figure in shop.figures():
        answer = shop.figure(figure.id, "2024-01-01", "2024-02-01")
        assert not answer.value
        assert "–" in str(answer) or "0" in str(answer)
    assert shop.span() is None
    assert shop.people("retention_rate", "2024-01-01", "2024-02-01", part="lost").rows == []


def test_who_came_and_went_is_in_neither(bring, shop: gern.Shop) -> None:
    bring(orders("1,anna,2024-01-10,tea,1,4", "2,ben,2024-02-10,tea,1,4"))
    parts = shop.figure("retention_rate", "2024-02-01", "2024-07-01", inactive_after=30).parts
    assert parts == {
        "S": 1, "E": 0, "N": 0, "stayed": 0, "lost": 1, "won_back": 0, "came_and_went": 1
    }  # fmt: skip


def test_the_window_counts_local_days_over_a_clock_change(bring, shop: gern.Shop) -> None:
    """30 days before 10 April is 11 March, local midnight, though an hour is missing."""
    bring(orders("1,anna,2024-03-11 00:00:01,tea,1,4", "2,ben,2024-03-10 23:59:59,tea,1,4"))
    parts = shop.figure("retention_rate", "2024-04-10", "2024-04-11", inactive_after=30).parts
    assert parts["S"] == 1
    assert [p.person for p in shop.people(
        "retention_rate", "2024-04-10", "2024-04-11", part="S", inactive_after=30).rows
    ] == ["anna"]  # fmt: skip


def test_a_day_belongs_to_the_zone_asked_for(bring, shop: gern.Shop) -> None:
    bring(orders("1,anna,2024-03-01 00:30,tea,1,4"))  # 23:30 the day before in London
    assert shop.figure("orders", "2024-03-01", "2024-03-02").value == 1
    assert shop.figure("orders", "2024-03-01", "2024-03-02", zone="Europe/London").value == 0
    assert shop.figure("orders", "2024-02-29", "2024-03-01", zone="Europe/London").value == 1


def test_other_currencies_are_left_out_and_counted(bring, shop: gern.Shop) -> None:
    bring(orders("1,anna,2024-03-01,tea,1,4"))
    bring(orders("9,anna,2024-03-01,tea,1,400"), source="zurich", currency="CHF")
    answer = shop.figure("revenue", "2024-03-01", "2024-04-01")
    assert answer.value == 4
    assert [(one.id, one.amount) for one in answer.left_out] == [("lines_in_other_currency", 1)]


def test_short_history_is_said(bring, shop: gern.Shop) -> None:
    bring(orders("1,anna,2024-03-01,tea,1,4"))
    answer = shop.figure("retention_rate", "2024-03-10", "2024-04-01", inactive_after=90)
    assert [n.code for n in answer.notes] == ["history_short", "data_end"]


LINE = st.tuples(
    st.integers(1, 12),  # order
    st.sampled_from([None, "anna", "ben", "cem", "dora"]),
    st.integers(0, 400 * 24 * 60),  # minutes after the start of 2024, wall clock
    st.sampled_from(["tea", "cup", "pot", None]),
    st.integers(-2, 4).filter(bool),
    st.decimals("0", "99.999", places=3),
)


@settings(max_examples=examples(40), deadline=None, suppress_health_check=list(HealthCheck))
@given(
    rows=st.lists(LINE, min_size=1, max_size=25),
    start=st.integers(0, 380),
    days=st.integers(1, 120),
    window=st.integers(1, 150),
)
def test_made_up_logs_equal_plain_python(rows, start: int, days: int, window: int) -> None:
    """Orders keep one customer; times avoid the hours that a clock change skips or doubles."""
    owner: dict[int, str | None] = {}
    lines = []
    for order, customer, minutes, product, quantity, price in rows:
        time = datetime(2024, 1, 1) + timedelta(minutes=minutes)
        if time.month in (3, 10) and time.day >= 25 and time.hour in (2, 3):
            time = time.replace(hour=12)
        lines.append(
            {"order": str(order), "customer": owner.setdefault(order, customer), "time": time,
             "product": product, "quantity": quantity, "amount": Decimal(price) * quantity,
             "cancelled": False}
        )  # fmt: skip
    first = date(2024, 1, 1) + timedelta(days=start)
    expected = Recomputed(lines, first, first + timedelta(days=days), window)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "made-up.csv"
        text = io.StringIO()
        writer = csv.writer(text)
        writer.writerow(["order", "customer", "time", "product", "quantity", "amount"])
        for line in lines:
            time = line["time"].isoformat(sep=" ")
            writer.writerow([line["order"], line["customer"] or "", time, line["product"] or "",
                             line["quantity"], line["amount"]])  # fmt: skip
        path.write_text(text.getvalue())
        shop = gern.create_shop(Path(folder) / "home", zone="Europe/Berlin")
        # a column in which every time is midnight is a column of days: then both are at noon
        report = shop.import_file(path)
        assert report.lines_new == len(lines)
        if not report.times_day_only:
            for id, value in expected.all().items():
                found = shop.figure(
                    id, first, first + timedelta(days=days), inactive_after=window,
                    with_interval=False,
                )  # fmt: skip
                assert found.exact == value, id


def test_who_is_about_to_leave(bring, shop: gern.Shop) -> None:
    bring(
        orders("1,anna,2024-03-02,tea,1,4", "2,ben,2024-03-20,tea,1,4", "3,cem,2024-01-01,tea,1,4")
    )
    shop.change_setting("window_days", 30, "anna")
    leaving = shop.leaving("2024-04-01")  # window begins 2 March; within 14 days: until 16 March
    assert (leaving.customers, leaving.of_customers, leaving.value) == (1, 2, 4)
    assert [p.person for p in shop.people_leaving("2024-04-01").rows] == ["anna"]


def test_wrong_questions_say_what_is_allowed(shop: gern.Shop) -> None:
    for call, words in (
        (lambda: shop.figure("npx", "2024-01-01", "2024-02-01"), "revenue"),
        (lambda: shop.figure("initiative_roi", "2024-01-01", "2024-02-01"), "waits for"),
        (lambda: shop.figure("revenue", "2024-02-01", "2024-02-01"), "half-open"),
        (lambda: shop.figure("revenue", "1.2.2024", "2024-03-01"), "2011-06-01"),
        (lambda: shop.figure("orders", "2024-01-01", "2024-02-01", by="product"), "country"),
        (lambda: shop.people("orders", "2024-01-01", "2024-02-01", part="x"), "with_customer"),
        (lambda: shop.figure("orders", "2024-01-01", "2024-02-01", zone="Berlin"), "Europe/Berlin"),
    ):
        with pytest.raises(gern.BadInput, match=words):
            call()
