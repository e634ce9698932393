"""Paths: equal to plain Python way by way."""

from __future__ import annotations

import csv
import gzip
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from itertools import groupby, pairwise

import pytest

from gern.core.errors import BadInput
from gern.core.log.event import Event
from tests.core.patterns import plain
from tests.core.patterns.plain import Did
from tests.core.patterns.test_funnel import FROM, SINCE, TO, made_up, put


def ways(events, start, end, steps, gap) -> Counter:
    """What the docstring says, event by event."""
    found: Counter = Counter()
    for own in plain.by_person(events).values():
        trails: list[list[Did]] = []
        for one in own:
            if trails and (gap is None or one.ts - trails[-1][-1].ts <= gap):
                trails[-1].append(one)
            else:
                trails.append([one])
        for trail in trails:
            names = [name for name, _ in groupby(e.name for e in trail)]
            asked = start or end
            if asked and asked not in names:
                continue
            at = names.index(asked) if asked else 0
            part = names[max(0, at - steps + 1) : at + 1] if end else names[at : at + steps]
            found[tuple(part)] += 1
    return found


ASKED = [
    {"start": None, "end": None, "steps": 5}, {"start": "B", "end": None, "steps": 3},
    {"start": None, "end": "C", "steps": 4}, {"start": "nothing", "end": None, "steps": 2},
]  # fmt: skip


@pytest.mark.parametrize("asked", ASKED)
@pytest.mark.parametrize("gap", [timedelta(minutes=30), timedelta(days=2), None])
def test_equal_to_plain_python(shop, asked, gap) -> None:
    events = list({(e.person, e.ts): e for e in made_up(5, 300)}.values())  # no ties
    events = [e for e in events if SINCE <= e.ts < SINCE + timedelta(days=20)]
    put(shop, events)
    found = shop.paths(
        FROM, TO, from_event=asked["start"], to_event=asked["end"], steps=asked["steps"],
        gap=None if gap is None else f"{int(gap.total_seconds())}s",
    )  # fmt: skip
    expected = ways(events, asked["start"], asked["end"], asked["steps"], gap)
    assert {v.steps: v.n for v in found.variants} == expected
    assert found.trails == sum(expected.values())
    assert found.rest == 0


@pytest.mark.parametrize("seed", [7, 8])
def test_the_walk_says_the_same_ties_and_files_included(shop, bring, both, seed) -> None:
    """Ways of all kinds over a made-up log with many events at once, visitors without a cookie, and
    purchases of a file of known and unknown customers."""
    put(shop, made_up(seed, 400))
    put_visitors = [
        Did(f"daily:{i % 7}", SINCE + timedelta(hours=i), "ABCX"[i % 4]) for i in range(60)
    ]
    shop.log.append([
        Event(source="v", id=f"v{i}", name=e.name, kind="track", channel="web", ts=e.ts, visitor=e.person)
        for i, e in enumerate(put_visitors)
    ])  # fmt: skip
    who = ("anna", "ben", "cem", "neu")
    rows = [f"{i};{who[i % 4]};2024-03-{28 + i % 3} 10:0{i % 6};tea;{s};{2 * s}" for i in range(20)
            for s in (-1 if i % 5 == 0 else 1,)]  # fmt: skip
    bring("\n".join(["order;customer;date;product;quantity;amount", *rows]))
    for asked in ASKED:
        for gap in ("30m", "2d", None):
            for kinds in (2, 30):
                found = both(shop, lambda a=asked, g=gap, k=kinds: shop.paths(
                    FROM, TO, from_event=a["start"], to_event=a["end"], steps=a["steps"], gap=g, kinds=k,
                ))  # fmt: skip
                assert found.trails == sum(v.n for v in found.variants)
    assert both(shop, lambda: shop.paths(FROM, TO, steps=10)).trails > 10
    assert both(shop, lambda: shop.paths(FROM, TO, to_event="Order Completed", steps=3)).trails


def test_transitions_of_the_reference_shop(shop) -> None:
    """All consecutive pairs of retentioneering's shop, repeats once."""
    events = []
    with gzip.open("tests/data/patterns/ecom.csv.gz", "rt") as file:
        for row in csv.DictReader(file):
            ts = datetime.fromisoformat(row["timestamp"]).replace(tzinfo=UTC)
            events.append(Did(row["user_id"], ts, row["event"]))
    events = list({(e.person, e.ts): e for e in events}.values())
    put(shop, events)
    first, last = min(e.ts for e in events).date(), max(e.ts for e in events).date()
    days = (first - timedelta(days=1), last + timedelta(days=2))
    found = shop.paths(*days, steps=20)
    assert {v.steps: v.n for v in found.variants} == ways(
        events, None, None, 20, timedelta(minutes=30)
    )
    expected: Counter = Counter()
    for steps, n in ways(events, None, None, 20, timedelta(minutes=30)).items():
        for pair in pairwise(steps):
            expected[pair] += n
    assert found.matrix() == expected
    assert found.people == len({e.person for e in events})


def test_rare_events_are_one_kind_but_not_what_was_asked_for(shop) -> None:
    put(
        shop, [Did("anna", SINCE + timedelta(minutes=i), name) for i, name in enumerate("AABACDZA")]
    )
    found = shop.paths(FROM, TO, steps=20, kinds=1)
    assert [v.steps for v in found.variants] == [("A", "…", "A", "…", "A")]
    asked = shop.paths(FROM, TO, from_event="Z", steps=20, kinds=1)
    assert [v.steps for v in asked.variants] == [("Z", "A")]


@pytest.mark.parametrize("asked", ASKED[:3])
def test_by_touchpoint_as_if_events_were_called_so(shop, asked) -> None:
    events = list({(e.person, e.ts): e for e in made_up(8, 300)}.values())  # no ties
    events = [e for e in events if SINCE <= e.ts < SINCE + timedelta(days=20)]
    put(shop, events)
    key = {"A": "first", "B": "b", "C": "first"}  # X is at none
    shop.change_setting("touchpoints", {"phases": "four", "points": [
        {"key": "first", "name": "F", "phase": 0,
         "when": {"type": "compare", "field": "name", "op": "one_of", "value": ["A", "C"]}},
        {"key": "b", "name": "B", "phase": 1,
         "when": {"type": "compare", "field": "name", "op": "is", "value": "B"}},
    ]}, "test")  # fmt: skip
    start, end = (key.get(asked[name]) for name in ("start", "end"))
    found = shop.paths(FROM, TO, from_event=start, to_event=end, steps=asked["steps"], gap="2d",
                       by="touchpoint")  # fmt: skip
    expected: Counter = Counter()
    for own in plain.by_person(events).values():
        trails: list[list[Did]] = []
        for one in own:  # the pauses are those between all events
            if trails and one.ts - trails[-1][-1].ts <= timedelta(days=2):
                trails[-1].append(one)
            else:
                trails.append([one])
        for trail in trails:
            met = [Did(e.person, e.ts, key[e.name]) for e in trail if e.name in key]
            expected += ways(met, start, end, asked["steps"], None) if met else Counter()
    assert {v.steps: v.n for v in found.variants} == expected
    with pytest.raises(BadInput, match="no touchpoint"):
        shop.paths(FROM, TO, from_event="A", by="touchpoint")


def test_what_cannot_be_asked(shop) -> None:
    for wrong in ({"from_event": "A", "to_event": "B"}, {"steps": 1}, {"steps": 21}, {"gap": "x"}):
        with pytest.raises(BadInput):
            shop.paths(FROM, TO, **wrong)
    empty = shop.paths(date(2020, 1, 1), date(2020, 2, 1), from_event="'; DROP")
    assert (empty.trails, empty.variants, empty.hops()) == (0, (), [])
