"""Figures of purchases say the same by one pass over what was booked as by SQL."""

from __future__ import annotations

import random
import tempfile
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import gern
from gern.core.engines import booked, compiled, walks
from gern.core.engines.walks import Walks
from gern.core.figures import walks as asked_walks
from gern.core.figures.catalogue import FIGURES
from tests.effort import examples

WALKED = sorted(
    f.id for f in FIGURES.values()
    if f.primitive.stepped_walked or (f.primitive.walked and f.primitive.walked.of != "visits")
)  # fmt: skip
BEGIN = datetime(2024, 1, 29, 22, 30)
"""Over leap day and the change of the clocks in Berlin."""


@pytest.fixture(autouse=True)
def small(monkeypatch, kernels) -> None:
    monkeypatch.setattr(compiled, "_loaded", [kernels])
    monkeypatch.setattr(walks, "WORTH_ROWS", 0)
    monkeypatch.setattr(asked_walks, "LONG", timedelta(0))


def made(dice: random.Random, orders: int) -> list[gern.Event]:
    """Orders with several lines, taken back, cancelled, of visitors, in another currency, of nothing."""
    found = []
    for n in range(orders):
        who = dice.choice(("a", "b", "c", "d", "e", None))
        ids = {"customer": who} if who else {"visitor": dice.choice(("v1", "v2"))}
        lines = tuple(
            gern.Line(dice.choice((-1, 1)) * Decimal(dice.randrange(10**dice.randint(1, 9))) / 10**dice.randint(0, 6),
                      quantity=dice.choice((-2, 1, 1, 3, 0)))
            for _ in range(dice.randint(1, 3))
        )  # fmt: skip
        found.append(gern.Event(
            source=dice.choice("st"), id=f"e{n}", name="Order Completed", order=f"o{dice.randrange(orders + 5)}",
            ts=BEGIN + timedelta(minutes=dice.randrange(24 * 60 * 120)), lines=lines,
            currency=dice.choice(("EUR",) * 9 + ("USD",)), cancelled=dice.random() < 0.1,
            traffic=dice.choice((None,) * 9 + ("bot",)), **ids,
        ))  # fmt: skip
    return found


def said(shop: gern.Shop, start: date, end: date, every: str, window: int) -> dict:
    shop.door.forget()
    ask, found = {"inactive_after": window, "now": datetime(2024, 12, 31)}, {}
    for id in WALKED:
        alone = shop.figure(id, start, end, **ask)
        points = shop.series(id, start, end, every, **ask)
        whole = {**alone.to_dict(), "query": None, "persons": alone.persons}
        found[id] = (whole, [{**point.to_dict(), "persons": point.persons} for point in points])
    return found


def agree(shop: gern.Shop, start: date, end: date, every: str = "month", window: int = 30) -> dict:
    walked = said(shop, start, end, every, window)
    assert shop.door._walks._booked.arrays is not None
    arrays, Walks.arrays = Walks.arrays, lambda self, *asked: None
    try:
        asked = said(shop, start, end, every, window)
    finally:
        Walks.arrays = arrays
    assert {id: of for id, of in walked.items() if of != asked[id]} == {}
    return walked


@settings(max_examples=examples(40), deadline=None, suppress_health_check=list(HealthCheck))
@given(
    seed=st.integers(0, 2**32),
    orders=st.integers(0, 60),
    every=st.sampled_from(("day", "week", "month", "quarter")),
    first=st.integers(0, 110),
    days=st.integers(1, 60),
    window=st.sampled_from((1, 3, 10, 30, 45)),
    contracts=st.booleans(),
)
def test_made_up_orders(seed, orders, every, first, days, window, contracts) -> None:
    start = date(2024, 1, 30) + timedelta(days=first)
    with tempfile.TemporaryDirectory() as folder:
        shop = gern.create_shop(Path(folder) / "home", zone="Europe/Berlin", currency="EUR")
        events = made(random.Random(seed), orders)
        shop.log.append(events[: orders // 2])
        if seed % 2:
            shop.log.compact()
        shop.log.append(events[orders // 2 :])
        if seed % 3 == 0 and orders:
            shop.log.merge("a", "b")
        if contracts:
            shop.change_setting("business", "contracts", "test")
        agree(shop, start, start + timedelta(days=days), every, window)


def test_two_years_of_online_retail(online_retail) -> None:
    walked = agree(online_retail, date(2009, 12, 1), date(2011, 12, 1), "week", 90)
    assert walked["revenue"][0]["value"]
    assert len(walked["churn_rate"][1]) == 105


def test_only_these_people_are_asked_by_sql(send, shop) -> None:
    for n, who in enumerate(("anna", "anna", "ben")):
        send(id=f"e{n}", customer=who, order=f"o{n}", ts=BEGIN, currency="EUR",
             lines=(gern.Line(10),))  # fmt: skip
    days = date(2024, 1, 1), date(2024, 3, 1)
    assert shop.figure("orders", *days).value == 3
    assert shop.figure("orders", *days, among=["anna"]).value == 2


def test_too_many_or_too_much_is_asked_by_sql(send, shop, monkeypatch) -> None:
    send(id="1", customer="anna", order="1", ts=BEGIN, currency="EUR", lines=(gern.Line(10),))
    days = date(2024, 1, 1), date(2024, 3, 1)
    for most in ("MOST", "_LARGEST", "_MOST_MONEY"):
        with monkeypatch.context() as patch:
            patch.setattr(booked, most, 1)
            shop.door.forget()
            assert shop.figure("revenue", *days).value == 10
            assert shop.door._walks._booked.arrays is None
    shop.door.forget()
    assert shop.figure("revenue", *days).value == 10
    assert shop.door._walks._booked.arrays is not None
    assert list(shop.door._walks._booked.arrays.amount) == [10_000_000, 10_000_000]


def test_short_periods_use_only_what_is_there(send, shop, monkeypatch) -> None:
    monkeypatch.setattr(asked_walks, "LONG", timedelta(days=100))
    order = {"customer": "anna", "ts": BEGIN, "currency": "EUR", "lines": (gern.Line(10),)}
    send(id="1", order="1", **order)
    shop.log.compact()
    month, half = (date(2024, 1, 15), date(2024, 2, 15)), (date(2024, 1, 1), date(2024, 7, 1))
    assert shop.figure("revenue", *month).value == 10
    assert shop.door._walks._booked is None
    assert shop.figure("revenue", *half).value == 10
    made = shop.door._walks._booked.arrays
    for n in range(3):  # what is no order changes nothing about them, in the inbox and in files
        send(id=f"p{n}", customer="anna", ts=BEGIN)
        assert shop.figure("orders", *month).value == 1
        shop.log.compact()
        assert shop.figure("revenue", *month).value == 10
        assert shop.door._walks._booked.arrays is made
    send(id="2", order="2", **order)
    assert shop.figure("revenue", *month).value == 20
    assert shop.figure("revenue", *half).value == 20
    assert shop.door._walks._booked.arrays is not made


def test_what_came_meanwhile_counts(send, shop) -> None:
    days = date(2024, 1, 1), date(2024, 3, 1)
    for n in range(3):
        send(id=f"e{n}", customer="anna", order=f"o{n}", ts=BEGIN, currency="EUR",
             lines=(gern.Line(10),))  # fmt: skip
        assert shop.figure("revenue", *days).value == 10 * (n + 1)
    shop.log.erase(["anna"])
    send(id="ben", customer="ben", order="b", ts=BEGIN, currency="EUR",
         lines=tuple(gern.Line(n) for n in (1, 2, 4)))  # fmt: skip
    assert shop.figure("revenue", *days).value == 7  # as many lines wait as before


def test_people_joined_by_hand_only(send, shop, monkeypatch) -> None:
    """Where nobody but customers was joined, DuckDB knows that no visitor will be."""
    days = date(2024, 1, 1), date(2024, 7, 1)
    for n, who in enumerate("abcabd"):
        send(id=f"e{n}", name="Order Completed", customer=who, order=f"o{n}", ts=BEGIN, currency="EUR",
             lines=(gern.Line(10 + n),))  # fmt: skip
        send(id=f"p{n}", visitor="v", kind="page", channel="web", ts=BEGIN)
    shop.log.compact()
    shop.log.merge("a", "b")
    agree(shop, *days)
    monkeypatch.setattr(compiled, "_loaded", [])
    shop.door.forget()
    for id, persons in {"revenue": 3, "orders": 3, "repeat_purchase_rate": 3, "visits": 1}.items():
        found = shop.figure(id, *days)
        assert (found.n, found.persons) == (persons, persons), id


def test_much_money_of_one_customer(shop) -> None:
    shop.log.append([
        gern.Event(source="s", id=str(n), name="Order Completed", customer="anna", order=str(n), ts=BEGIN,
                   currency="EUR", lines=(gern.Line(999_999_999),))
        for n in range(1100)
    ])  # fmt: skip
    walked = agree(shop, date(2024, 1, 1), date(2024, 7, 1))
    assert walked["revenue"][0]["value"] == 1_099_999_998_900
