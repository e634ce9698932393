"""Attachment and lock-in: logs full of contracts, answers and contacts against plain Python; systems,
sole suppliers and weights by hand; quadrants add up."""

from __future__ import annotations

import random
import tempfile
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest

import gern
from gern.core.errors import BadInput
from gern.core.log.event import Line
from gern.core.people.listing import Filter
from gern.core.people.plane import binding_of, people_in, plane, prepare
from tests.core.conftest import NOW
from tests.core.made_up import BEGIN, as_event
from tests.core.recompute_events import FromEvents
from tests.effort import examples

TODAY = NOW.date() + timedelta(days=1)
NAMES = ("Contract Started", "Contract Started", "Contract Ended", "Survey Answered",
         "Survey Answered", "Survey Answered", "Order Completed", "Order Completed", "Call Received",
         "Idea Submitted", "Vote Cast", "Mention Received", "Referral Made")  # fmt: skip
QUESTIONS = ("nps", "csat", "commitment", "trust", "involvement", "switching_cost", "ces")


def made_up_log(dice: random.Random) -> list[dict]:
    found = []
    for i in range(dice.randint(5, 45)):
        name = dice.choice(NAMES)
        ts = BEGIN - timedelta(minutes=dice.randrange(500 * 24 * 60)) + timedelta(days=20)
        props: dict = {}
        if name.startswith("Contract"):
            props = {"contract": dice.choice("ab")}
            if dice.random() < 0.7:
                props["ends"] = (ts + timedelta(days=dice.randint(-5, 700))).date().isoformat()
            if dice.random() < 0.5:
                props["notice_days"] = dice.choice((0, 14, 90, 500))
        if name == "Survey Answered":
            props = {
                "question": dice.choice(QUESTIONS),
                "score": dice.choice((0, 1, 2, 3, 4, 5, 7, 10, "x")),
            }
        lines = [(1, Decimal(10), "tea", "a")] if name == "Order Completed" else []
        found.append({
            "id": f"e{i:03}", "name": name, "kind": "track", "ts": ts, "channel": "till", "props": props,
            "person": dice.choice(("anna", "ben", "cem", "dora", "visitor:v1")) if not lines else dice.choice(("anna", "ben", "cem")),
            "sign": dice.choice((None, -1, 1)) if name == "Mention Received" else None, "amount": None,
            "context": {}, "traffic": "bot" if dice.random() < 0.05 else None, "lines": lines,
        })  # fmt: skip
    return found


def test_made_up_logs_equal_plain_python() -> None:
    dice = random.Random(3)
    known = {"attachment": 0, "lock_in": 0}
    for _ in range(examples(40)):
        log = made_up_log(dice)
        end = BEGIN.date() + timedelta(days=dice.randint(-200, 15))
        start, window = end - timedelta(days=dice.choice((1, 30))), dice.choice((30, 200))
        expected = FromEvents(log, start, end, "Europe/Berlin", window, BEGIN).binding()
        with tempfile.TemporaryDirectory() as folder:
            shop = gern.create_shop(Path(folder) / "home", zone="Europe/Berlin", currency="EUR")
            shop.log.append([as_event(e) for e in log])
            for id, value in expected.items():
                found = shop.figure(id, start, end, inactive_after=window, with_interval=False)
                assert found.exact == value, (id, log)
                known[id] += value is not None
    assert min(known.values()) >= examples(15)


def bought(send, person: str, group: str = "tea", days_ago: int = 5) -> None:
    send(id=f"o-{person}-{days_ago}", name="Order Completed", customer=person, order=f"{person}-{days_ago}",
         currency="EUR", ts=NOW - timedelta(days=days_ago),
         lines=(Line(Decimal(10), quantity=1, product="p", product_group=group),))  # fmt: skip


def answered(send, person: str, question: str, score: int) -> None:
    send(id=f"{question}-{person}", name="Survey Answered", customer=person,
         properties={"question": question, "score": score}, ts=NOW - timedelta(days=3))  # fmt: skip


@pytest.fixture
def four(shop: gern.Shop, send) -> gern.Shop:
    """Anna is glad and free, Ben unhappy and bound by a system, Cem glad and bound by a contract,
    Dora unhappy and free."""
    shop.change_setting("currency", "EUR", "test")
    shop.change_setting("zone", "Europe/Berlin", "test")
    shop.change_setting("window_days", 90, "test")
    shop.change_setting("binding", {"bundles": ["machine"], "marks": {"technical": 80}}, "test")
    for person, group in (("anna", "tea"), ("ben", "machine"), ("cem", "tea"), ("dora", "tea")):
        bought(send, person, group)
        glad = person in ("anna", "cem")
        answered(send, person, "csat", 5 if glad else 1)
        answered(send, person, "nps", 9 if glad else 2)
    send(id="c", name="Contract Started", customer="cem", ts=NOW - timedelta(days=100),
         properties={"ends": (NOW + timedelta(days=60)).isoformat(), "notice_days": 0})  # fmt: skip
    return shop


def test_who_stays_gladly_and_who_must(four) -> None:
    found = plane(four, TODAY)
    assert sum(q.customers for q in found.quadrants) == found.known == 4
    for quadrant, person in (("gladly", "anna"), ("only_bound", "ben"), ("loose", "dora")):
        inside = four.customers(Filter(subsets=(people_in(four, TODAY, quadrant),)), limit=None)
        assert person in [row["person"] for row in inside.rows]
    cem = binding_of(four, "cem", TODAY)
    assert cem.causes == {"contract": pytest.approx(100 * 60 / 160, abs=1), "technical": 0}
    assert cem.ends is not None
    assert found.causes["technical"] == 1
    assert found.causes["contract"] == 1
    assert found.causes["emotional"] == 2
    for quadrant in found.quadrants:
        people = four.customers(Filter(subsets=(people_in(four, TODAY, quadrant.id),)), limit=None)
        assert people.total == quadrant.customers
    assert sum(cell.customers for cell in found.cells) == found.known


def test_a_sole_supplier_and_weights(four, send) -> None:
    send(
        id="i",
        name="Identify",
        kind="identify",
        customer="dora",
        properties={"only_supplier": "ja"},
    )
    assert binding_of(four, "dora", TODAY).lock_in == 60
    before = binding_of(four, "anna", TODAY).attachment
    four.change_setting("binding", {"weights": {"satisfaction": 0}}, "test")
    anna = binding_of(four, "anna", TODAY)
    assert anna.attachment != before
    assert anna.parts["satisfaction"] == 100
    with pytest.raises(BadInput, match="from 0 to 100"):
        four.change_setting("binding", {"weights": {"love": 1}}, "test")


def test_with_one_part_only_nothing_is_said(shop, send) -> None:
    shop.change_setting("currency", "EUR", "test")
    bought(send, "anna")
    found = binding_of(shop, "anna", TODAY)
    assert (found.attachment, found.lock_in) == (None, None)
    assert set(found.parts) == {"free_purchases"}
    assert binding_of(shop, "nobody", TODAY) is None
    assert plane(shop, TODAY).known == 0


def test_a_large_log_works_it_out_once_a_day(four, monkeypatch) -> None:
    from gern.core.engines import door

    exact = binding_of(four, "anna", TODAY)
    monkeypatch.setattr(door, "WORTH_ROWS", 1)
    four.log.compact()
    assert binding_of(four, "anna", TODAY) is None
    prepare(four, [TODAY])
    assert binding_of(four, "anna", TODAY) == exact


def test_moves_between_then_and_now(four, send) -> None:
    found = plane(four, TODAY, before=TODAY - timedelta(days=2))
    assert sum(n for (_, _), n in found.moves.items()) == 4
