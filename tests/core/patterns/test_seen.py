"""What an event picker tells equals a plain count, and the first step of a funnel."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

import pytest

from gern.core.conditions.nodes import All, Compare
from gern.core.errors import BadInput
from gern.core.log.event import Event
from tests.core.patterns.test_funnel import BEGIN, FROM, SINCE, TO, UNTIL, made_up, put


@pytest.mark.parametrize("seed", range(4))
def test_people_and_events_are_counted_plainly(shop, seed) -> None:
    events = made_up(seed)
    put(shop, events)
    for name in "ABCX":
        there = [one for one in events if one.name == name and SINCE <= one.ts < UNTIL]
        found = shop.seen(name, FROM, TO)
        assert (found.people, found.events) == (len({one.person for one in there}), len(there))
        if found.people:
            assert found.people == shop.funnel([name, "never"], FROM, TO).steps[0].n


def test_a_cookieless_visitor_counts_only_within_a_day(shop) -> None:
    shop.log.append([
        Event(source="s", id="1", name="Seen", kind="track", channel="web", ts=BEGIN + timedelta(days=5),
              visitor="c:1"),
        Event(source="s", id="2", name="Seen", kind="track", channel="web", ts=BEGIN + timedelta(days=5),
              customer="anna"),
    ])  # fmt: skip
    across = shop.seen("Seen", FROM, TO)
    within = shop.seen("Seen", FROM, TO, across_days=False)
    assert across.people == shop.funnel(["Seen", "x"], FROM, TO, window="7d").steps[0].n
    assert within.people == shop.funnel(["Seen", "x"], FROM, TO, window="1h").steps[0].n
    assert within.people >= across.people


def test_values_come_by_how_often_they_are_there(shop) -> None:
    said = ["tea"] * 3 + ["coffee"] * 2 + ["milk"]
    shop.log.append([
        Event(source="s", id=str(i), name="Viewed", kind="track", channel="web",
              ts=BEGIN + timedelta(days=3, minutes=i), customer=f"p{i % 2}", properties={"what": what})
        for i, what in enumerate(said)
    ])  # fmt: skip
    assert shop.values_seen("Viewed", "properties.what", FROM, TO) == [
        what for what, _n in Counter(said).most_common()
    ]
    only = All((Compare("name", "is", "Viewed"), Compare("properties.what", "is", "milk")))
    assert (shop.seen(only, FROM, TO).people, shop.seen(only, FROM, TO).events) == (1, 1)
    assert shop.values_seen("Viewed", "properties.none", FROM, TO) == []
    with pytest.raises(BadInput, match="no field"):
        shop.values_seen("Viewed", "nonsense", FROM, TO)
