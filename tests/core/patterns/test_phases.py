"""Phases: equal to each person's contacts looked through one by one."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from statistics import median

import pytest

from gern.core.errors import BadInput
from gern.core.touchpoints.journey import PHASES, journey_of
from tests.core.patterns import plain
from tests.core.patterns.test_attribution import lay_down, made_up
from tests.core.patterns.test_funnel import FROM, SINCE, TO, UNTIL, put

NOW = datetime(2024, 4, 22)
WINDOW = timedelta(days=4)
POINTS = "ABCG"


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_equal_to_contacts_looked_through(shop, seed) -> None:
    events = made_up(seed, 60 * seed)
    put(shop, events)
    lay_down(shop, POINTS)
    found = shop.phases(FROM, TO, window=WINDOW, now=NOW)
    everybody = set()
    for number, phase in enumerate(found.phases):
        people, over, passed, took = 0, 0, 0, []
        for person, own in plain.by_person(events).items():
            inside = [e for e in own if e.name in POINTS and SINCE <= e.ts < UNTIL]
            everybody |= {person} if inside else set()
            mine = [e for e in inside if POINTS.index(e.name) == number]
            if not mine:
                continue
            people += 1
            begun = mine[0].ts
            later = [
                e.ts
                for e in own
                if e.name in POINTS[number + 1 :] and begun < e.ts <= begun + WINDOW
            ]
            if begun + WINDOW > NOW.replace(tzinfo=UTC):
                continue
            over += 1
            if later:
                passed += 1
                took.append((min(later) - begun).total_seconds())
        name = POINTS[number]
        counted = [e for e in events if e.name == name and SINCE <= e.ts < UNTIL]
        assert [(m.contacts, m.people) for m in phase.met] == [
            (len(counted), len({e.person for e in counted}))
        ]
        assert (phase.people, phase.over, phase.passed) == (people, over, passed)
        assert phase.median_seconds == (median(took) if took else None)
        assert phase.thin  # one touchpoint each
    assert found.people == len(everybody)


def test_a_phase_is_thin_where_hardly_anybody_comes(shop) -> None:
    lay_down(shop, "ABCDE")  # A and E lie in the first phase
    at = SINCE + timedelta(days=1)
    put(shop, [plain.Did(f"p{i}", at, "A") for i in range(150)] + [plain.Did("p0", at, "E")])
    assert shop.phases(FROM, TO, now=NOW).phases[0].thin
    put_more = [plain.Did("p1", at, "E"), plain.Did("p2", at, "A")]
    shop.log.append(_events(put_more))
    first = shop.phases(FROM, TO, now=NOW).phases[0]
    assert ([m.people for m in first.met], first.thin) == ([150, 2], False)


def _events(made):
    from gern.core.log.event import Event

    return [Event(source="t", id=f"t{i}", name=e.name, kind="track", customer=e.person, ts=e.ts)
            for i, e in enumerate(made)]  # fmt: skip


def test_divisions_and_own_phases(shop) -> None:
    assert [len(PHASES[name]) for name in ("four", "five", "six")] == [4, 5, 6]
    own = {"phases": ["hear", "see", {"de": "kaufen", "en": "buy"}],
           "points": [{"key": "poster", "name": {"de": "Plakat", "en": "poster"}, "phase": 0}]}  # fmt: skip
    shop.change_setting("touchpoints", own, "test")
    assert shop.journey().plain() == own
    found = shop.phases(FROM, TO)
    assert [p.name.en for p in found.phases] == ["hear", "see", "buy"]
    assert (found.people, found.phases[0].met[0].people) == (0, 0)
    shop.change_setting("touchpoints", None, "test")
    assert shop.journey().division == "four"


@pytest.mark.parametrize(
    "wrong",
    [
        [], {"phases": "seven"}, {"phases": ["one"]}, {"phases": ["a", ""]}, {"points": {}},
        {"points": [{"key": "A b", "name": "x", "phase": 0}]},
        {"points": [{"key": "a", "name": "", "phase": 0}]},
        {"points": [{"key": "a", "name": "x", "phase": 4}]},
        {"points": [{"key": "a", "name": "x", "phase": True}]},
        {"points": [{"key": "a", "name": "x", "phase": 0, "colour": "red"}]},
        {"points": [{"key": "a", "name": "x", "phase": 0, "when": {"type": "did"}}]},
        {"points": [{"key": "a", "name": "x", "phase": 0,
                     "when": {"type": "compare", "field": "properties.email", "value": "x@y.de"}}]},
        {"points": [{"key": "a", "name": "x", "phase": 0}] * 2},
        {"phases": "four", "points": [{"key": f"k{i}", "name": "x", "phase": 0} for i in range(51)]},
    ],
)  # fmt: skip
def test_what_is_no_journey(wrong) -> None:
    with pytest.raises(BadInput):
        journey_of(wrong)


def test_open_windows_are_no_loss_and_without_a_later_phase_nobody_can_go_on(shop) -> None:
    lay_down(shop, "AB")
    now = SINCE + timedelta(days=20)
    put(shop, [plain.Did(f"p{i}", SINCE, "A") for i in range(10)]
        + [plain.Did(f"p{i}", SINCE + timedelta(days=1), "B") for i in range(8)]
        + [plain.Did(f"q{i}", now - timedelta(days=1), "A") for i in range(30)])  # fmt: skip
    first, second, *_ = shop.phases(FROM, TO, window="5d", now=now.replace(tzinfo=None)).phases
    assert (first.people, first.over, first.passed, first.went_on) == (40, 10, 8, 0.8)
    assert (second.last, second.went_on) == (True, None)
