"""The roster says of every customer what the log says now, whatever has happened since it was made."""

from __future__ import annotations

import itertools
import random
from collections import defaultdict
from datetime import datetime, timedelta
from decimal import Decimal
from statistics import median_low
from zoneinfo import ZoneInfo

import pytest

import gern
from gern.core.engines import roster
from gern.core.engines.question import Question
from gern.core.log.event import Line

BEGIN = datetime(2024, 3, 20, 9)
NAMES = ("firstName", "lastName", "Ort", "email", "address")


@pytest.fixture
def live(send, shop):
    """Sends ``n`` things of few people: purchases, what is said of them, visits."""
    made = iter(range(10_000))

    def live(n: int, seed: int) -> None:
        luck = random.Random(seed)
        for _ in range(n):
            id = luck.choice(["anna", "ben", "cem", "doro", "v1", "v2"])
            ids = {"visitor" if id.startswith("v") else "customer": id}
            ts = BEGIN + timedelta(days=luck.randrange(60), hours=luck.randrange(24))
            what = luck.choice(["buy", "buy", "say", "see"])
            number = next(made)
            if what == "buy" and "customer" in ids:
                send(id=f"e{number}", name="Order Completed", order=f"o{number}", currency="EUR", ts=ts, **ids,
                     lines=(Line(amount=Decimal(luck.randrange(1, 900)) / 10, product="tea"),))  # fmt: skip
            elif what == "say":
                key = luck.choice(NAMES)
                value = {"city": f"C{number}"} if key == "address" else f"{key}{number}"
                send(
                    id=f"e{number}",
                    name="Identify",
                    kind="identify",
                    ts=ts,
                    properties={key: value},
                    **ids,
                )
            else:
                send(id=f"e{number}", ts=ts, traffic=luck.choice([None, None, "bot"]), **ids)

    return live


def agree(shop: gern.Shop) -> None:
    """Row by row against plain Python over the raw events."""
    shop.door.forget()
    found = {r["person"]: r for r in shop.door.ask(Question("SELECT * FROM customers", {}, "test"))}
    events = shop.door.ask(Question("SELECT * FROM events ORDER BY ts, event_id", {}, "test"))
    orders = shop.door.ask(Question("SELECT * FROM orders ORDER BY ts", {}, "test"))
    seen = defaultdict(list)
    for event in events:
        if event["traffic"] is None and not event["person"].startswith("visitor:"):
            seen[event["person"]].append(event)
    assert set(found) == set(seen)
    for person, theirs in seen.items():
        row = found[person]
        assert (row["first_seen"], row["last_seen"]) == (theirs[0]["ts"], theirs[-1]["ts"]), person
        mine = [o for o in orders if o["person"] == person]
        own = [o for o in mine if o["purchase"]]
        assert row["purchases"] == len(own)
        assert row["revenue"] == sum((o["balance"] for o in mine), Decimal(0))
        days = sorted(
            {
                o["ts"].replace(tzinfo=ZoneInfo("UTC")).astimezone(ZoneInfo("Europe/Berlin")).date()
                for o in own
            }
        )
        gaps = [(b - a).days for a, b in itertools.pairwise(days)]
        assert row["rhythm_days"] == (median_low(gaps) if len(days) >= 3 else None), person
        said = {k: v for field in ("first_name", "last_name", "email") if (v := row[k := field])}
        expected = {}
        for event in theirs:
            for key, field in (
                ("firstName", "first_name"),
                ("lastName", "last_name"),
                ("email", "email"),
            ):
                if event["kind"] == "identify" and f'"{key}"' in (event["properties"] or ""):
                    expected[field] = event["properties"].split('"')[3]
        assert said == expected, person


def test_as_it_was_made_and_with_what_came_later(shop, live) -> None:
    live(120, seed=1)
    shop.log.compact()
    agree(shop)
    live(40, seed=2)  # in the inbox
    agree(shop)
    shop.log.compact()
    live(40, seed=3)
    agree(shop)
    shop.log.compact(fully=True)
    agree(shop)


def test_with_people_joined_and_taken_apart(shop, live, send) -> None:
    live(150, seed=4)
    shop.log.compact()
    agree(shop)
    send(id="i1", kind="identify", visitor="v1", customer="anna", ts=BEGIN)
    agree(shop)
    shop.log.merge("ben", "anna")
    shop.log.merge("anna", "cem")
    agree(shop)
    live(40, seed=5)
    shop.log.compact()
    agree(shop)
    shop.log.split("customer", "anna")
    agree(shop)
    shop.log.identify("v1", "doro")  # by hand, to somebody else
    agree(shop)


def test_who_was_erased_or_taken_back_is_gone(shop, live, bring) -> None:
    live(100, seed=6)
    bring("order,customer,date,amount\n1,emil,2024-04-05,5\n", source="till")
    shop.log.compact()
    agree(shop)
    shop.log.erase(["anna"])
    agree(shop)
    shop.undo_import(1)
    agree(shop)
    assert shop.customer("emil") is None
    assert shop.customer("anna") is None


def test_with_too_much_on_top_it_is_made_again(shop, live, monkeypatch) -> None:
    monkeypatch.setattr(roster, "FEW_ROWS", 10)
    live(100, seed=7)
    shop.log.compact()
    agree(shop)
    live(60, seed=8)
    shop.log.compact()
    agree(shop)


def test_zone_and_currency_are_part_of_it(shop, live) -> None:
    live(60, seed=9)
    agree(shop)
    shop.change_setting("currency", "USD", "test")
    assert {r["purchases"] for r in shop.customers().rows} == {0}
    shop.change_setting("currency", "EUR", "test")
    agree(shop)


def test_a_file_that_another_process_deleted_is_made_again(shop, live) -> None:
    live(60, seed=10)
    shop.log.compact()
    agree(shop)
    (file,) = shop.home.cache.glob("roster-*.parquet")
    file.unlink()
    agree(shop)


def test_rows_that_leave_while_it_is_made(shop, live, bring, monkeypatch) -> None:
    live(30, seed=11)
    bring("order,customer,date,amount\n1,emil,2024-04-05,5\n", source="till")
    shop.log.compact()
    select = roster.Roster._select

    def meanwhile(self, *args):
        monkeypatch.setattr(roster.Roster, "_select", select)
        shop.undo_import(1)
        return select(self, *args)

    monkeypatch.setattr(roster.Roster, "_select", meanwhile)
    shop.customers()
    agree(shop)


def test_it_is_made_again_by_the_job_when_people_were_joined(shop, live) -> None:
    live(60, seed=12)
    shop.log.compact()
    shop.door.prepare()
    shop.log.merge("ben", "anna")
    shop.door.prepare()
    assert shop.door._relations._roster._on_top(
        shop.door._relations._roster._made, shop.door._states.now(), "EUR"
    ) == (
        [],
        set(),
    )
    agree(shop)
