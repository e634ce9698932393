"""Why they fall out: equal to each person's events looked through."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

import pytest

from gern.core.errors import BadInput
from tests.core.patterns import plain
from tests.core.patterns.test_funnel import FROM, SINCE, TO, UNTIL, made_up, put

WINDOW = timedelta(days=3)


@pytest.mark.parametrize("seed", [1, 2, 3, 4])
def test_equal_to_events_looked_through(shop, seed) -> None:
    events = list({(e.person, e.ts, e.name): e for e in made_up(seed)}.values())
    put(shop, events)
    shop.change_setting("roles", {"obstacle": ["X"]}, "test")
    found = shop.falling(list("ABC"), FROM, TO, 2, window=WINDOW)
    followed: Counter = Counter()
    fell = went = nothing = met_fell = met_went = 0
    for own in plain.by_person(events).values():
        ways = plain.ways(own, "ABC", SINCE, UNTIL, WINDOW)
        if not ways:
            continue
        most = max(map(len, ways))
        way = min(w for w in ways if len(w) == most)
        if most < 2:
            continue
        if most == 3:
            went += 1
            met_went += any(e.name == "X" and way[1] < e.ts < way[2] for e in own)
            continue
        fell += 1
        later = [(e.ts, e.name) for e in own if way[1] < e.ts <= way[0] + WINDOW]
        met_fell += any(name == "X" for _, name in later)
        if later:
            followed[min(later)[1]] += 1
        else:
            nothing += 1
    assert (found.fell_out, found.went_on, found.nothing) == (fell, went, nothing)
    assert dict(found.followed) == followed
    told = [(o.name, o.fell_out, o.went_on) for o in found.obstacles]
    assert told == ([("X", met_fell, met_went)] if met_fell or met_went else [])
    steps = shop.funnel(list("ABC"), FROM, TO, window=WINDOW).steps
    assert (steps[1].n - steps[2].n, steps[2].n) == (fell, went)


def test_nobody_falls_out_after_the_last_step(shop) -> None:
    for after in (0, 2):
        with pytest.raises(BadInput):
            shop.falling(list("AB"), FROM, TO, after)
    empty = shop.falling(list("AB"), FROM, TO, 1)
    assert (empty.fell_out, empty.followed, empty.obstacles) == (0, (), ())
