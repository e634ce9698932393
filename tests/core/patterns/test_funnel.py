"""Funnels: equal to plain Python count by count, by SQL and by the spine."""

from __future__ import annotations

import csv
import gzip
import random
from datetime import UTC, date, datetime, timedelta

import pytest

import gern
from gern.core.conditions.nodes import All, Compare
from gern.core.errors import BadInput
from gern.core.log.event import Event
from gern.core.patterns.steps import step, steps_of, window_of
from tests.core.patterns import plain
from tests.core.patterns.plain import Did

BEGIN = datetime(2024, 3, 25, tzinfo=UTC)
FROM, TO = date(2024, 3, 27), date(2024, 4, 20)
SINCE, UNTIL = datetime(2024, 3, 26, 23, tzinfo=UTC), datetime(2024, 4, 19, 22, tzinfo=UTC)
"""Local midnights in Berlin, before and after the change of the clocks."""


def made_up(seed: int, n: int = 120) -> list[Did]:
    luck = random.Random(seed)
    minutes = [0, 1, 5, 60, 60 * 24, 60 * 24 * 3]
    return [
        Did(luck.choice(["anna", "ben", "cem", "dora"]),
            BEGIN + timedelta(days=luck.randrange(30), minutes=luck.choice(minutes) * luck.randrange(4)),
            luck.choice("AABBCCX"))
        for _ in range(n)
    ]  # fmt: skip


def put(shop: gern.Shop, events: list[Did]) -> None:
    shop.log.append(
        [Event(source="s", id=f"e{i}", name=e.name, kind="track", channel="web", ts=e.ts,
               **({"visitor": e.person} if ":" in e.person else {"customer": e.person}))
         for i, e in enumerate(events)]
    )  # fmt: skip


def counted(answer) -> list[tuple[int, float | None]]:
    return [(one.n, one.median_seconds) for one in answer.steps]


@pytest.mark.parametrize("seed", range(6))
def test_equal_to_every_way_tried_out(shop, both, seed) -> None:
    events = made_up(seed, n=120 if seed else 3)
    put(shop, events)
    for steps, window, options in (
        ("AB", timedelta(days=2), {}), ("ABC", timedelta(days=7), {}), ("AAB", timedelta(hours=1), {}),
        ("ABC", timedelta(days=3), {"without": "X"}), ("ABC", timedelta(days=9), {"strict": True}),
        ("ABAB", timedelta(days=30), {}),
    ):  # fmt: skip
        expected = plain.funnel(events, steps, SINCE, UNTIL, window, **options)
        found = both(
            shop, lambda s=steps, w=window, o=options: shop.funnel(list(s), FROM, TO, window=w, **o)
        )
        assert counted(found) == expected, (steps, window, options)


def test_the_real_shop_of_the_reference(shop, both) -> None:
    """retentioneering's made-up shop: 31,106 events of 600 users."""
    events = []
    with gzip.open("tests/data/patterns/ecom.csv.gz", "rt") as file:
        for row in csv.DictReader(file):
            ts = datetime.fromisoformat(row["timestamp"]).replace(tzinfo=UTC)
            events.append(Did(row["user_id"], ts, row["event"]))
    put(shop, events)
    days = {e.ts.date() for e in events}
    start, end = min(days), max(days) + timedelta(days=2)
    since, until = shop.period(start, end).since, shop.period(start, end).until
    steps = ["home", "product_view", "add_to_cart", "purchase"]
    counts = both(shop, lambda: shop.funnel(steps, start, end, window="7d"))
    assert [one.n for one in counts.steps] == nearest_ways(
        events, steps, since, until, timedelta(days=7)
    )
    trend = {e.person for e in events if e.name == "home"}
    assert counts.steps[0].n == len(trend)


def nearest_ways(events, steps, since, until, window) -> list[int]:
    """From each entry always the nearest next step: how many come how far."""
    counts = [0] * len(steps)
    for own in plain.by_person(events).values():
        best = 0
        for entry in own:
            if entry.name != steps[0] or not since.replace(tzinfo=UTC) <= entry.ts < until.replace(
                tzinfo=UTC
            ):
                continue
            at, depth = entry.ts, 1
            for name in steps[1:]:
                at = min((e.ts for e in own if e.name == name and e.ts > at), default=None)
                if at is None or at - entry.ts > window:
                    break
                depth += 1
            best = max(best, depth)
        for k in range(best):
            counts[k] += 1
    return counts


def test_edges_of_period_and_window(shop, both) -> None:
    put(shop, [
        Did("early", SINCE - timedelta(microseconds=1), "A"), Did("early", SINCE, "B"),
        Did("first", SINCE, "A"), Did("first", SINCE + timedelta(days=1), "B"),
        Did("late", UNTIL - timedelta(microseconds=1), "A"), Did("late", UNTIL + timedelta(hours=5), "B"),
        Did("long", SINCE, "A"), Did("long", SINCE + timedelta(days=1, microseconds=1), "B"),
        Did("at once", SINCE, "A"), Did("at once", SINCE, "B"),
        Did("after", UNTIL, "A"), Did("after", UNTIL + timedelta(hours=1), "B"),
    ])  # fmt: skip
    found = both(shop, lambda: shop.funnel("AB", FROM, TO, window="1d"))
    assert [one.n for one in found.steps] == [4, 2]
    assert shop.fell_out("AB", FROM, TO, 1, window="1d") == ["at once", "long"]
    assert shop.fell_out("AB", FROM, TO, 2, window="1d") == ["first", "late"]
    with pytest.raises(BadInput, match="no step 3"):
        shop.fell_out("AB", FROM, TO, 3, window="1d")


def test_bots_nobody_and_cookieless(shop, both) -> None:
    put(shop, [Did("daily:x", SINCE + timedelta(hours=3), "A"), Did("daily:x", SINCE + timedelta(hours=4), "B"),
               Did("anna", SINCE, "A")])  # fmt: skip
    shop.log.append([Event(source="s", id="bot", name="A", ts=SINCE, visitor="v", traffic="bot")])
    short = both(shop, lambda: shop.funnel("AB", FROM, TO, window="24h"))
    assert ([one.n for one in short.steps], short.left_cookieless) == ([2, 1], 0)
    long = both(shop, lambda: shop.funnel("AB", FROM, TO, window="2d"))
    assert ([one.n for one in long.steps], long.left_cookieless) == ([1, 0], 1)


def test_orders_of_files_are_steps_too(shop, both, bring) -> None:
    put(
        shop,
        [
            Did("anna", BEGIN + timedelta(days=5), "Page"),
            Did("zoe", BEGIN + timedelta(days=5), "Other"),
        ],
    )
    bring(
        "order;customer;date;amount\n1;anna;2024-03-31 10:00;5\n2;ben;2024-03-31 10:00;5\n3;ben;2024-04-02 10:00;5\n"
    )
    pair = both(shop, lambda: shop.funnel(["Page", "Order Completed"], FROM, TO))
    assert [one.n for one in pair.steps] == [1, 1]
    twice = both(shop, lambda: shop.funnel(["Order Completed"] * 2, FROM, TO))
    assert counted(twice) == [(2, None), (1, 48 * 3600.0)]


def test_over_time_by_trait_and_under_way(shop, both) -> None:
    put(shop, [Did("anna", SINCE, "A"), Did("anna", SINCE + timedelta(hours=1), "B"),
               Did("ben", SINCE + timedelta(days=9), "A")])  # fmt: skip
    shop.log.append([Event(source="s", id="i", name="Identify", kind="identify", customer="anna",
                           ts=BEGIN - timedelta(days=1), properties={"plan": "gold"})])  # fmt: skip
    now = (SINCE + timedelta(days=10)).replace(tzinfo=None)
    found = both(
        shop, lambda: shop.funnel("AB", FROM, TO, window="2d", every="week", by="plan", now=now)
    )
    assert found.over_time == {date(2024, 3, 25): (1, 1), date(2024, 4, 1): (1, 0)}
    assert found.groups == {"": (1, 0), "gold": (1, 1)}
    assert found.under_way == 1
    later = shop.funnel("AB", FROM, TO, window="1d", now=now)
    assert later.under_way == 0  # exactly a day is over


def test_who_may_still_go_on(shop, both) -> None:
    """Anna's second entry is open, Ben's was stopped, Cem is through, Dora's time is over."""
    day = timedelta(days=1)
    put(shop, [
        Did("anna", SINCE, "A"), Did("anna", SINCE + 18 * day, "A"),
        Did("ben", SINCE + 18 * day, "A"), Did("ben", SINCE + 19 * day, "X"),
        Did("cem", SINCE + 17 * day, "A"), Did("cem", SINCE + 18 * day, "B"), Did("cem", SINCE + 19 * day, "A"),
        Did("dora", SINCE, "A"),
    ])  # fmt: skip
    now = (SINCE + 20 * day).replace(tzinfo=None)
    for options, n in (({}, 2), ({"without": "X"}, 1), ({"strict": True}, 1)):
        found = both(shop, lambda o=options: shop.funnel("AB", FROM, TO, window="5d", now=now, **o))
        assert found.under_way == n, options
        assert [one.n for one in found.steps] == [4, 1]


def test_answers_are_kept_for_a_minute_at_least(shop, monkeypatch) -> None:
    put(shop, [Did("anna", SINCE, "A"), Did("anna", SINCE + timedelta(days=1), "B")])
    asked = []
    run = type(shop.door)._run
    monkeypatch.setattr(
        type(shop.door), "_run", lambda self, q, s: asked.append(q.sql) or run(self, q, s)
    )
    now = datetime(2024, 5, 1)
    for _ in range(2):
        shop.funnel("AB", FROM, TO, now=now)
        n = len(asked)
    assert len(asked) == n
    assert shop._seen().second == 0


def test_a_step_with_a_condition(shop) -> None:
    shop.log.append([
        Event(source="s", id="1", name="A", customer="anna", ts=SINCE, properties={"size": "9"}),
        Event(source="s", id="2", name="A", customer="ben", ts=SINCE, properties={"size": "2"}),
        Event(source="s", id="3", name="B", customer="anna", ts=SINCE + timedelta(hours=1)),
    ])  # fmt: skip
    large = All((Compare("name", "is", "A"), Compare("properties.size", "more_than", "5")))
    assert [one.n for one in shop.funnel([large, "B"], FROM, TO).steps] == [1, 1]


def test_an_empty_log(shop) -> None:
    found = shop.funnel("AB", FROM, TO)
    assert (counted(found), found.under_way) == ([(0, None), (0, None)], 0)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "A",
        ",".join("ABCDEFGHIJKLM"),
        "A,,B",
        "[1]",
        "[",
        '[{"when": {}}]',
        "a\nb,c",
        "[" * 3000,
        "x" * 30_000,
    ],
)
def test_bad_steps_are_told(shop, text) -> None:
    with pytest.raises(BadInput):
        shop.funnel(steps_of(text), FROM, TO)


def test_how_steps_and_windows_are_written() -> None:
    assert [s.name for s in steps_of('A, "B, or C",D')] == ["A", "B, or C", "D"]
    named = steps_of(
        '["A", {"name": "big", "when": {"type": "compare", "field": "channel", "value": "web"}}]'
    )
    assert [(s.name, s.by_name) for s in named] == [("A", True), ("big", True)]
    assert not step(Compare("properties.x", "is", "1")).by_name
    assert window_of("90m") == timedelta(minutes=90)
    for bad in ("", "7", "d", "-1d", "0d", "4000d", "1.5d", "٣d"):
        with pytest.raises(BadInput):
            window_of(bad)
