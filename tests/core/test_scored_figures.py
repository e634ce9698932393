"""Figures of what is predicted: equal to the predictions of the library as of the day they were told;
nobody is in them who may be in nothing told by scores; nothing of a period in which nothing was told."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

import gern
from gern.core.audiences.asking import asked
from gern.core.conditions.nodes import Behind, Not
from gern.core.engines.question import Question
from gern.core.figures.seen import LEARNED
from gern.core.log.event import Event
from gern.core.predict import dayfiles, past
from gern.core.predict.risk import scores_then
from tests.core.predict.test_churn import _csv, _lines
from tests.core.predict.test_contracts import world  # noqa: F401

BEGIN = date(2025, 1, 1)


def exactly(values: Sequence[float], places: str) -> Fraction:
    """The sum of what is kept of each: cents, or millionths."""
    kept = (Decimal(repr(float(v))).quantize(Decimal(places), ROUND_HALF_UP) for v in values)
    return sum(map(Fraction, kept), Fraction(0))


@pytest.fixture(scope="module")
def taught(tmp_path_factory) -> Path:
    """The home of a shop that has learned; made once, since it takes some twenty seconds."""
    folder = tmp_path_factory.mktemp("taught")
    shop = gern.create_shop(folder / "home", zone="Europe/Berlin", currency="EUR")
    (folder / "purchases.csv").write_text(_csv(_lines(5, people=150, days=400)))
    shop.import_file(folder / "purchases.csv")
    shop.train_value("anna")
    shop.train_risk("anna")
    shop.keep_past(600)
    return folder / "home"


@pytest.fixture
def shop(request, tmp_path) -> gern.Shop:
    """An empty one; a copy of the taught one for those who ask for ``learned``."""
    if "learned" not in request.fixturenames:
        return gern.create_shop(tmp_path / "home", zone="Europe/Berlin", currency="EUR")
    shutil.copytree(request.getfixturevalue("taught"), tmp_path / "home")
    return gern.open(tmp_path / "home")


@pytest.fixture
def learned(shop) -> gern.Shop:
    return shop


def test_nothing_is_told_before_something_was_learned(shop, bring) -> None:
    bring(_csv(_lines(5, people=150, days=100)))
    assert shop.keep_past(60) == 0
    for id in ("clv", "churn_risk"):
        assert shop.waits_for(shop.figure_named(id)) == [LEARNED]
        assert shop.figure(id, BEGIN, shop.today()).value is None


def test_as_the_library_says_today_and_then(learned) -> None:
    shop = learned
    today = shop.today()
    model = shop.value_card().model
    for day, how in ((today, {"model": model}), (today.replace(day=1), {}), (date(2025, 9, 1), {})):
        start = day - timedelta(days=20)
        value = shop.value("12m", until=day, **how)
        found = shop.figure("clv", start, day)
        assert found.n == len(value.buyers) > 0
        assert found.numerator == exactly(value.worth.value, "0.01")
        assert found.parts["brought"] == sum(
            Decimal(repr(float(b))).quantize(Decimal("0.01")) for b in value.buyers.balance
        )
        told = shop.risk_scores() if day == today else scores_then(
            shop.door, shop.known_for_risk(), day, shop.risk_card().taken
        )  # fmt: skip
        risk = shop.figure("churn_risk", start, day)
        assert risk.n == len(told.person) > 0
        assert risk.numerator == exactly(told.risk, "0.000001")
        assert risk.parts["leaving"] == int((told.risk > 0.5).sum())
        assert risk.parts["stake"] == pytest.approx(
            Decimal(float((told.risk * told.spent_year.clip(min=0)).sum())), abs=Decimal("0.6")
        )
        assert f"As of {day}" in " ".join(note.text.en for note in (*found.notes, *risk.notes))
    points = shop.series("clv", date(2025, 6, 1), today, "month")
    for point in points:
        alone = shop.figure("clv", point.period.start, point.period.end)
        assert (point.exact, point.parts) == (alone.exact, alone.parts)
    assert sum(point.value is not None for point in points) >= 6


def test_a_period_in_which_nothing_was_told_says_nothing(learned) -> None:
    assert learned.figure("clv", date(2025, 8, 2), date(2025, 8, 20)).value is None
    told = learned.figure("clv", date(2025, 8, 2), date(2025, 9, 1))
    assert told.value is not None
    assert told.exact != learned.figure("clv", date(2025, 7, 2), date(2025, 8, 1)).exact


def test_people_groups_and_others_add_up(learned) -> None:
    shop = learned
    start, end = shop.today() - timedelta(days=30), shop.today()
    found = shop.figure("clv", start, end, by="channel")
    assert sum(g.numerator for g in found.groups) == found.numerator
    people = shop.people("clv", start, end, part="value", limit=None)
    assert people.measure_sum == found.parts["value"]
    chosen = [row.person for row in people.rows[:7]]
    few = shop.figure("clv", start, end, among=chosen)
    assert few.n == 7
    assert few.parts["value"] == sum(row.measure for row in people.rows[:7])


def test_who_may_be_in_nothing_told_by_scores_is_in_no_figure(learned, monkeypatch) -> None:
    shop = learned
    start, end = shop.today() - timedelta(days=30), shop.today()
    whole = shop.figure("churn_risk", start, end)
    gone = shop.people("churn_risk", start, end).rows[0].person
    monkeypatch.setattr(type(shop), "left_out_of_scores", lambda self: {gone})
    assert shop.figure("churn_risk", start, end).n == whole.n - 1
    assert gone not in {r.person for r in shop.people("churn_risk", start, end, limit=None).rows}
    assert gone not in {r.person for r in shop.people("clv", start, end, limit=None).rows}


def test_an_erasure_takes_all_of_it_and_it_is_told_again(learned) -> None:
    shop = learned
    gone = str(shop.risk_scores().person[0])
    shop.log.erase([gone])
    assert not any(past.files(shop.home, shop.manifest).values())
    assert shop.figure("clv", BEGIN, shop.today()).value is None
    assert shop.keep_past(600) == 0  # first of today
    shop.train_value("anna")
    shop.train_risk("anna")
    assert shop.keep_past(600) > 10
    for score in past.files(shop.home, shop.manifest).values():
        for _day, path in score:
            rows = dayfiles.columns_of(shop.door, dayfiles.Path(path))
            assert gone not in set(rows["person"].tolist())


def test_other_settings_and_older_data_are_told_anew(learned, bring, monkeypatch) -> None:
    shop = learned
    monkeypatch.setattr(past, "MONTHS", 4)
    start, end = date(2025, 11, 1), shop.today()
    before = shop.series("clv", start, end, "month")
    shop.change_setting("profit", {"margin": 20}, "anna")
    assert [p.value for p in shop.series("clv", start, date(2026, 1, 1), "month")] == [None] * 2
    shop.keep_worths(shop.value_card())
    assert shop.keep_past(600) > 0
    after = shop.series("clv", start, end, "month")
    for then, now in zip(before, after, strict=True):
        assert now.value == pytest.approx(0.2 * then.value, rel=1e-3)
    older = [
        (d - timedelta(days=150), f"old{c}", a, 9000 + n)
        for d, c, a, n in _lines(6, people=60, days=140)
    ]
    bring(_csv(older), name="older.csv")
    assert shop.keep_past(600) > 4
    assert shop.figure("clv", date(2025, 11, 2), date(2025, 12, 1)).n > 150


def test_today_can_move_back(learned, monkeypatch) -> None:
    """Data that end long ago are looked at as of their own end."""
    shop, day = learned, learned.today() - timedelta(days=45)
    monkeypatch.setattr(type(shop), "today", lambda self, now=None: day)
    shop.train_risk("anna")
    assert shop.risk_scores().day == day
    shop.keep_worths(shop.value_card())
    assert shop.worths_day() == day


def test_a_contract_without_an_order_yet(world) -> None:  # noqa: F811
    shop, _lives = world
    shop.log.append([Event(source="crm", id="new", name="Contract Started", customer="new", ts=datetime(2025, 12, 30, tzinfo=UTC), properties={"contract": "a"})])  # fmt: skip
    shop.train_value("anna")
    assert shop.worths_day() == shop.today()
    value = shop.contract_value("12m")
    assert "new" in set(value.person.tolist())
    found = shop.figure("clv", shop.today() - timedelta(days=30), shop.today())
    assert found.n == len(value.person)


def test_not_behind_a_figure_of_scores_chooses_nobody_who_contests(learned, monkeypatch) -> None:
    shop = learned
    gone = str(shop.risk_scores().person[0])
    monkeypatch.setattr(type(shop), "left_out_of_scores", lambda self: {gone})
    behind = Behind("churn_risk", 90, "customers")
    for condition in (behind, Not(behind)):
        found = asked(shop, [condition], {}, shop.today())
        question = Question(
            f"SELECT person FROM customers WHERE {found.fits[0]}", dict(found.values), "test"
        )
        people = {row["person"] for row in shop.door.ask(question)}
        assert people or condition is not behind
        assert gone not in people


def test_days_that_are_told() -> None:
    assert past.days_wanted(date(2025, 11, 20), date(2026, 2, 14)) == [
        date(2026, 2, 1), date(2026, 1, 1), date(2025, 12, 1),
    ]  # fmt: skip
    assert len(past.days_wanted(date(2020, 1, 1), date(2026, 2, 1))) == past.MONTHS
    assert past.days_wanted(date(2026, 2, 1), date(2026, 2, 1)) == []


def test_told_once_and_a_month_of_too_little_is_not_tried_again(learned) -> None:
    assert learned.keep_past(600) == 0
    assert learned.keep_past(0) == 0
    empty = [day for day, path in past.files(learned.home, learned.manifest)["risk"]
             if not len(dayfiles.columns_of(learned.door, dayfiles.Path(path))["person"])]  # fmt: skip
    assert empty  # before there was enough to learn from
    first = learned.figure("churn_risk", empty[0] - timedelta(days=10), empty[0])
    assert first.value is None


def test_in_contract_business_it_is_what_customers_will_pay(world) -> None:  # noqa: F811
    shop, _lives = world
    shop.train_value("anna")
    today = shop.today()
    value = shop.contract_value("12m")
    found = shop.figure("clv", today - timedelta(days=30), today)
    assert found.n == len(value.person)
    assert found.numerator == exactly(np.asarray(value.value), "0.01")
