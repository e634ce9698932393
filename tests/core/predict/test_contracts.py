"""Contract business: what customers under contract will still pay, by hand and in worlds where it is known."""

from __future__ import annotations

import csv
import dataclasses
import gzip
from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest

from gern.core.errors import BadInput
from gern.core.log.event import Event, Line
from gern.core.predict.contracts import Contracts, contract_check, contract_value, contracts_until
from gern.core.predict.horizon import DAYS, horizon_of

UNTIL = date(2026, 1, 1)


def _contracts(days, gone, monthly) -> Contracts:
    names = np.array([f"c{i:05}" for i in range(len(days))], dtype=object)
    return Contracts(UNTIL, names, np.asarray(days, float), np.asarray(gone, bool), np.asarray(monthly, float))  # fmt: skip


def test_by_hand() -> None:
    """100 of 200 left at 40 days, the others are there since 70: S = 1, then a half."""
    found = contract_value(
        _contracts([40] * 100 + [70] * 99 + [20], [True] * 100 + [False] * 100, [10.0] * 200),
        horizon_of("2m"), margin=0.5, discount=0.21,
    )  # fmt: skip
    young = list(found.person).index("c00199")
    half = 1 - 100 / 199  # the one of 20 days was not seen at 40
    # a month on half are left; from 35 to 70 days 100 left in 99 × 35 + 100 × 5 days, and so it goes on beyond
    rate = 100 / (99 * 35 + 100 * 5)
    later = half * np.exp(-rate * (20 + 2 * DAYS["m"] - 70))
    assert found.stays[young] == pytest.approx(later)
    assert found.months[young] == pytest.approx(half + later)
    assert found.value[young] == pytest.approx(
        0.5 * 10 * (half * 1.21 ** (-1 / 12) + later * 1.21 ** (-2 / 12))
    )
    assert found.beyond  # nobody was seen for 130 days
    assert len(found.person) == 100


def test_telco_with_the_published_curve() -> None:
    with gzip.open("tests/data/patterns/telco_churn.csv.gz", "rt") as file:
        rows = list(csv.DictReader(file))
    tenure = np.array([float(r["tenure"]) for r in rows]) * DAYS["m"]
    found = contract_value(_contracts(tenure, [r["Churn"] == "Yes" for r in rows], np.ones(len(rows))), horizon_of("6m"))  # fmt: skip
    assert len(found.person) == sum(r["Churn"] == "No" for r in rows)
    twelve = np.flatnonzero(np.isclose(found.days, 12 * DAYS["m"]))
    ratio = found.curve.at(18 * DAYS["m"] + 0.01) / found.curve.at(12 * DAYS["m"] + 0.01)
    assert found.stays[twelve] == pytest.approx(ratio)
    assert (np.diff(found.value) <= 0).all()


@pytest.fixture
def world(shop):
    """600 contracts from 2024 on that end with 4 % a month, 20 a month paid on the first; what an earlier
    day knew of them."""
    rng, events = np.random.default_rng(3), []
    shop.change_setting("business", "contracts", "anna")
    lives = {}
    for i in range(600):
        who, begin = f"k{i:03}", datetime(2024, 1, 1, 9, tzinfo=UTC) + timedelta(days=int(rng.integers(0, 500)))  # fmt: skip
        end = begin + timedelta(days=float(rng.exponential(DAYS["m"] / 0.04)))
        lives[who] = (begin, end)
        events.append(Event(source="crm", id=f"s{i}", name="Contract Started", customer=who, ts=begin, properties={"contract": "a"}))  # fmt: skip
        if end < datetime(2026, 1, 1, tzinfo=UTC):
            events.append(Event(source="crm", id=f"e{i}", name="Contract Ended", customer=who, ts=end, properties={"contract": "a"}))  # fmt: skip
        month = begin
        while month < min(end, datetime(2026, 1, 1, tzinfo=UTC)):
            events.append(Event(source="crm", id=f"p{i}-{month:%Y%m%d}", name="Order Completed", customer=who, ts=month, currency="EUR",
                                order=f"{i}-{month:%Y%m%d}", lines=(Line(20, product="plan"),)))  # fmt: skip
            month += timedelta(days=30.4375)
    shop.log.append(events)
    return shop, lives


def test_of_a_shop(world) -> None:
    shop, lives = world
    found = contracts_until(shop.door, shop.zone, UNTIL)
    end = datetime(2025, 12, 31, 23, tzinfo=UTC)
    here = {who for who, (_begin, over) in lives.items() if over >= end}
    assert set(found.person[~found.gone]) == here
    value = shop.contract_value("12m", margin=0.5, discount=0, until=UNTIL)
    assert set(value.person) == here
    assert found.monthly[~found.gone].mean() == pytest.approx(20, rel=0.06)
    # 4 % a month: Σ e^(−0.04 m), m = 1 … 12
    expected = sum(np.exp(-0.04 * m) for m in range(1, 13))
    assert value.months.mean() == pytest.approx(expected, rel=0.05)
    assert value.value.sum() == pytest.approx(0.5 * (value.months * value.monthly).sum())
    check = shop.contract_check(UNTIL)
    then = contracts_until(shop.door, shop.zone, check.since)
    known = [who for who, gone in zip(then.person, then.gone, strict=True) if not gone]
    assert check.customers == len(known)
    assert check.stayed == sum(lives[who][1] >= end for who in known)
    assert check.expected == pytest.approx(check.stayed, rel=0.05)


def test_nothing_of_the_future_is_known(world) -> None:
    shop, lives = world
    day = date(2025, 6, 1)
    before = contracts_until(shop.door, shop.zone, day)
    for who, (begin, end) in lives.items():
        i = np.flatnonzero(before.person == who)
        cut = datetime(2025, 5, 31, 22, tzinfo=UTC)
        assert len(i) == (begin < cut)
        if len(i):
            assert before.gone[i[0]] == (end < cut)
    shop.log.append([Event(source="crm", id=f"late{who}", name="Contract Ended", customer=who, ts=datetime(2025, 12, 1, tzinfo=UTC),
                           properties={"contract": "a"}) for who in lives])  # fmt: skip
    after = contracts_until(shop.door, shop.zone, day)
    assert all(np.array_equal(getattr(before, f.name), getattr(after, f.name)) for f in dataclasses.fields(Contracts))  # fmt: skip


def test_too_little_and_wrong_wishes(shop, world) -> None:
    few = _contracts([10] * 60, [True] * 5 + [False] * 55, [1] * 60)
    with pytest.raises(BadInput, match="You have 60, 5 left"):
        contract_value(few, horizon_of("12m"))
    with pytest.raises(BadInput, match="share from 0 to 1"):
        world[0].contract_value(margin=30)
    whole = contracts_until(shop.door, shop.zone, UNTIL)
    nobody = dataclasses.replace(whole, gone=np.ones(len(whole), dtype=bool))
    assert contract_value(nobody, horizon_of("12m")).value.sum() == 0
    with pytest.raises(BadInput, match="must have been under contract then"):
        contract_check(whole, dataclasses.replace(nobody, until=date(2025, 6, 1)))
