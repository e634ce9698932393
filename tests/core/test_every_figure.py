"""Every figure of events on made-up logs against plain Python; and the same number everywhere."""

from __future__ import annotations

import tempfile
from datetime import date, datetime, timedelta
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

import gern
from gern.core.figures.catalogue import FIGURES
from tests.core.made_up import BEGIN, as_event, logs
from tests.core.recompute_events import FromEvents
from tests.effort import examples

OF_LINES = {"revenue", "orders", "average_order_value", "purchase_frequency",
            "revenue_per_customer", "repeat_purchase_rate", "upsell_ratio", "retention_rate",
            "retention_rate_strict", "churn_rate", "regulars_rate"}  # fmt: skip
"""Recomputed in `test_by_hand` and `test_online_retail`."""
OF_SCORES = {"clv", "churn_risk"}
"""Recomputed in `test_scored_figures`."""


def test_every_figure_is_recomputed() -> None:
    nothing = FromEvents([], date(2024, 1, 1), date(2024, 2, 1), "Europe/Berlin", 30, BEGIN)
    assert set(nothing.every()) | OF_LINES | OF_SCORES == set(FIGURES)


CASES = {
    "log": logs,
    "first": st.integers(-2, 15),
    "days": st.sampled_from((1, 1, 2, 7, 12, 31)),
    "window": st.integers(1, 20),
    "ahead": st.integers(0, 40),
}
NO_LONG_SEARCH = (Phase.explicit, Phase.reuse, Phase.generate)
"""Making a failing log smaller takes minutes; the soak does it."""
QUICK = settings(
    max_examples=examples(12),
    deadline=None,
    phases=NO_LONG_SEARCH,
    suppress_health_check=list(HealthCheck),
)
LONG = settings(max_examples=400, deadline=None, suppress_health_check=list(HealthCheck))


@QUICK
@given(**CASES)
def test_made_up_logs_equal_plain_python(log, first, days, window, ahead) -> None:
    compare(log, first, days, window, ahead)


@pytest.mark.soak
@LONG
@given(**CASES)
def test_many_made_up_logs_equal_plain_python(log, first, days, window, ahead) -> None:
    compare(log, first, days, window, ahead)


def compare(log: list, first: int, days: int, window: int, ahead: int) -> None:
    start = BEGIN.date() + timedelta(days=first)
    end = start + timedelta(days=days)
    if days == 31:
        start, end = date(2024, 3, 1), date(2024, 4, 1)
    now = BEGIN + timedelta(days=ahead)
    expected = FromEvents(log, start, end, "Europe/Berlin", window, now)
    with tempfile.TemporaryDirectory() as folder:
        shop = gern.create_shop(Path(folder) / "home", zone="Europe/Berlin", currency="EUR")
        shop.log.append([as_event(e) for e in log])
        ask = {"inactive_after": window, "now": now, "with_interval": False}
        for id, value in expected.every().items():
            found = shop.figure(id, start, end, **ask)
            assert found.exact == value, id
        visitors = shop.figure("visitors", start, end, **ask)
        assert visitors.parts["new"] == expected.new_visitors()


EVERYWHERE = {
    "log": logs, "granularity": st.sampled_from(("day", "week", "month")),
    "window": st.integers(1, 20),
}  # fmt: skip


@settings(
    max_examples=1, deadline=None, phases=NO_LONG_SEARCH, suppress_health_check=list(HealthCheck)
)
@given(**EVERYWHERE)
def test_the_same_number_everywhere(log, granularity: str, window: int) -> None:
    everywhere(log, granularity, window)


@pytest.mark.soak
@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(**EVERYWHERE)
def test_the_same_number_everywhere_in_many_logs(log, granularity: str, window: int) -> None:
    everywhere(log, granularity, window)


def everywhere(log: list, granularity: str, window: int) -> None:
    """Figure = its point in a series = its people = its groups, over the change of the clocks."""
    start, end = date(2024, 3, 22), date(2024, 4, 9)
    with tempfile.TemporaryDirectory() as folder:
        shop = gern.create_shop(Path(folder) / "home", zone="Europe/Berlin", currency="EUR")
        shop.log.append([as_event(e) for e in log])
        ask = {"inactive_after": window, "now": BEGIN + timedelta(days=30)}
        for figure in shop.figures():
            points = shop.series(figure.id, start, end, granularity, **ask)
            assert (points[0].period.start, points[-1].period.end) == (start, end)
            for point in points[-2:]:
                days = point.period
                alone = shop.figure(figure.id, days.start, days.end, with_interval=False, **ask)
                assert point.exact == alone.exact, (figure.id, days)
                assert point.parts == alone.parts, (figure.id, days)
            by = "channel" if "channel" in figure.dimensions else None
            whole = shop.figure(figure.id, start, end, by=by, with_interval=False, **ask)
            for part in figure.parts:
                if part.quantile is None and figure.primitive.id != "posts":
                    people = shop.people(figure.id, start, end, part=part.id, **ask)
                    assert sum(p.measure for p in people.rows) == people.measure_sum
                    if not people.orders_without_customer:
                        assert Fraction(people.measure_sum) == whole.parts[part.id], figure.id


def test_worked_examples_of_the_catalogue(send, shop: gern.Shop) -> None:
    at = datetime(2026, 6, 15, 10)
    for n, minutes in enumerate((0, 29, 60)):
        send(
            id=f"p{n}", visitor="v", channel="web", kind="page", ts=at + timedelta(minutes=minutes)
        )
    for n in range(1000):
        send(id=f"i{n}", name="Ad Viewed", visitor=f"v{n}", channel="server", ts=at)
    for n in range(17):
        send(id=f"c{n}", name="Ad Clicked", visitor=f"v{n}", channel="server", ts=at)
    send(id="m", name="Post Measured", visitor="x", channel="server", ts=at, properties={
        "account": "us", "post": "1", "likes": 200, "comments": 50, "followers": 5000})  # fmt: skip
    for n in range(100):
        score = 9 if n < 50 else 7 if n < 80 else 3
        send(id=f"a{n}", name="Survey Answered", customer=f"k{n}", ts=at,
             properties={"question": "nps", "score": score})  # fmt: skip
    for question, score in (("recommend", 1), ("again", 2), ("other", 4)):
        send(id=question, name="Survey Answered", customer="anna", ts=at,
             properties={"question": f"loyalty_{question}", "score": score})  # fmt: skip

    def value(id: str):
        return shop.figure(id, "2026-06-15", "2026-06-16").value

    assert value("visits") == 2
    assert value("ctr") == 1.7
    assert value("engagement_rate") == 5
    assert value("nps") == 30
    assert round(value("loyalty_index"), 2) == 73.33
    low, high = shop.figure("nps", "2026-06-15", "2026-06-16").interval
    assert (round(30 - low, 1), round(high - 30, 1)) == (15.3, 15.3)  # published for n 100


def test_a_contract_can_end_and_begin_again(send, shop: gern.Shop) -> None:
    shop.change_setting("business", "contracts", "anna")
    said = (("Started", 1), ("Ended", 3), ("Started", 6), ("Ended", 8))
    for who, contract in (("anna", {"contract": "c1"}), ("ben", {})):
        for word, month in said:
            send(id=f"{who}{month}", name=f"Contract {word}", customer=who, properties=contract or None,
                 ts=datetime(2024, month, 3))  # fmt: skip
    send(id="cem", name="Contract Started", customer="cem", ts=datetime(2024, 7, 10))

    def parts(start: str, end: str) -> dict:
        return shop.figure("retention_rate", start, end).parts

    assert parts("2024-07-01", "2024-08-01") == {
        "S": 2, "E": 3, "N": 1, "stayed": 2, "lost": 0, "won_back": 0, "came_and_went": 0,
    }  # fmt: skip
    assert parts("2024-05-01", "2024-07-01")["won_back"] == 2
    assert parts("2024-02-01", "2024-05-01")["lost"] == 2
    assert parts("2024-07-01", "2024-09-01")["lost"] == 2


def test_a_due_time_keeps_its_offset(send, shop: gern.Shop) -> None:
    at = datetime(2024, 4, 1)
    for n, kept in enumerate((datetime(2024, 4, 10, 9, 59), datetime(2024, 4, 10, 10, 30))):
        made = {"promise": f"p{n}", "due": "2024-04-10T12:00:00+02:00"}  # 10 o'clock UTC
        send(id=f"m{n}", name="Promise Made", customer="anna", ts=at, properties=made)
        send(
            id=f"k{n}",
            name="Promise Kept",
            customer="anna",
            ts=kept,
            properties={"promise": f"p{n}"},
        )
    assert shop.figure("promises_kept", "2024-04-01", "2024-05-01").value == 50


def test_orders_of_files_are_no_visits_and_nobody_is_no_person(bring, shop: gern.Shop) -> None:
    bring("order,customer,time,product,quantity,price,channel\n1,anna,2024-03-01 10:00,tea,1,4,web\n"
          "2,,2024-03-02 10:00,tea,1,4,web\n3,,2024-03-03 10:00,tea,1,4,web")  # fmt: skip
    assert shop.figure("visits", "2024-03-01", "2024-04-01").value == 0
    from gern.core.conditions.nodes import Compare
    from gern.core.figures.own import OwnFigure

    bought = Compare("name", "is", "Order Completed")
    shop.keep_figure(OwnFigure("own_b", "B", "B", "people", bought), "anna")
    assert shop.figure("own_b", "2024-03-01", "2024-04-01").value == 1


def test_a_post_without_followers_is_left_out_and_counted(send, shop: gern.Shop) -> None:
    for n, followers in enumerate((100, None)):
        post = {"account": "us", "post": str(n), "likes": 5, "followers": followers}
        send(id=str(n), name="Post Measured", customer="anna", properties=post)
    answer = shop.figure("engagement_rate", "2026-06-01", "2026-07-01")
    assert (answer.value, answer.left_out[0].amount) == (5, 1)
