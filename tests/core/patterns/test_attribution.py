"""Attribution: equal to journeys walked contact by contact, to published examples, and its sums to
the conversions."""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest

from gern.core.errors import BadInput
from gern.core.log.event import Event
from gern.core.patterns.attribution import MODELS
from gern.core.patterns.markov import removal_effects
from tests import cinema
from tests.core.patterns import plain
from tests.core.patterns.plain import Did
from tests.core.patterns.test_funnel import BEGIN, FROM, SINCE, TO, UNTIL, put

POINTS = "ABC"
NOW = datetime(2024, 4, 22)
LOOK_BACK = timedelta(days=3)


def lay_down(shop, points=POINTS) -> None:
    shop.change_setting("touchpoints", {"phases": "four", "points": [
        {"key": p.lower(), "name": p, "phase": i % 4,
         "when": {"type": "compare", "field": "name", "op": "is", "value": p}}
        for i, p in enumerate(points)
    ]}, "test")  # fmt: skip


def made_up(seed: int, n: int = 600) -> list[Did]:
    """Whole hours, so that ties are many; no two events of a person at once but conversions and
    contacts."""
    luck = random.Random(seed)
    found = {}
    for _ in range(n):
        person = luck.choice([f"p{i}" for i in range(60)])
        ts = BEGIN + timedelta(hours=luck.randrange(-10 * 24, 28 * 24))
        name = luck.choice("AABBCCGX")
        found[person, ts, name == "G"] = Did(person, ts, name)
    return list(found.values())


def journeys(events: list[Did], which: str, look_back=LOOK_BACK, now=NOW) -> list:
    """(names, seconds until the goal or None, weight) of each journey that ends in the period, and how
    many are under way."""
    found, under_way = [], 0
    for own in plain.by_person(events).values():
        goals = Counter(e.ts for e in own if e.name == "G")
        first = min(goals, default=None)
        # runs of contacts: a goal or a long break ends one
        runs: list[list[Did]] = []
        for one in (e for e in own if e.name in POINTS):
            before = runs[-1][-1].ts if runs else None
            goal_between = before is not None and any(before <= g < one.ts for g in goals)
            if before is None or one.ts - before > look_back or goal_between:
                runs.append([])
            runs[-1].append(one)
        by_end: dict = {}
        for run in runs:
            goal = min((g for g in goals if g >= run[-1].ts), default=None)
            led = [e for e in run if goal is not None and goal - e.ts <= look_back]
            if led:
                by_end.setdefault(("goal", goal), []).extend(led)
            else:
                last = run[-1].ts
                by_end["none", last] = [e for e in run if last - e.ts <= look_back]
        for (kind, end), part in by_end.items():
            if not SINCE <= end < UNTIL:
                continue
            reached = kind == "goal"
            if which == "first" and not (end == first if reached else first is None or first > end):
                continue
            if which == "repeat" and (first is None or not end > first):
                continue
            if not reached and max(goals, default=end) <= end and end + look_back > now.replace(tzinfo=UTC):  # fmt: skip
                under_way += 1
                continue
            once = [e for e, later in zip(part, [*part[1:], None], strict=True) if later is None or later.name != e.name]  # fmt: skip
            found.append((
                [e.name for e in once],
                [(end - e.ts).total_seconds() for e in once] if reached else None,
                goals[end] if reached else 1,
            ))  # fmt: skip
    return [found, under_way]


def goals_of(events: list[Did], which: str) -> int:
    n = 0
    for own in plain.by_person(events).values():
        times = [e.ts for e in own if e.name == "G"]
        for ts in times:
            fits = which == "all" or (ts == times[0]) == (which == "first")
            n += fits and SINCE <= ts < UNTIL
    return n


def shares(names: list[str], seconds: list[float], half_life: float) -> dict:
    n = len(names)
    position = {1: [1], 2: [0.5, 0.5]}.get(n, [0.4, *[0.2 / max(n - 2, 1)] * (n - 2), 0.4])
    weights = [2 ** -(s / half_life) for s in seconds]
    rules = {
        "first": [1, *[0] * (n - 1)], "last": [*[0] * (n - 1), 1],
        "linear": [Fraction(1, n)] * n, "position": position,
        "decay": [w / sum(weights) for w in weights],
    }  # fmt: skip
    found: dict = defaultdict(float)
    for rule, given in rules.items():
        for name, share in zip(names, given, strict=True):
            found[rule, name] += float(share)
    return found


def markov(walks: list) -> dict[str, float]:
    """Removal effects by letting walkers go, with plain fractions: value iteration to the end."""
    chances: dict = defaultdict(Counter)
    for names, seconds, weight in walks:
        states = ["begin", *names, "goal" if seconds is not None else "nothing"]
        for a, b in pairwise(states):
            chances[a][b] += weight

    def reaching(gone: str | None) -> float:
        value = dict.fromkeys(["begin", *POINTS], 0.0) | {"goal": 1.0, "nothing": 0.0}
        for _ in range(3000):
            for a, to in chances.items():
                value[a] = sum(n * value[b] for b, n in to.items() if b != gone) / sum(to.values())
        return value["begin"]

    whole = reaching(None)
    return {p: 1 - reaching(p) / whole if whole else 0.0 for p in POINTS}


@pytest.mark.parametrize("which", ["all", "first", "repeat"])
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_equal_to_journeys_walked_contact_by_contact(shop, seed, which) -> None:
    events = made_up(seed)
    put(shop, events)
    lay_down(shop)
    found = shop.attribution(FROM, TO, goal="G", look_back=LOOK_BACK, which=which, half_life="1d",
                             now=NOW)  # fmt: skip
    walks, under_way = journeys(events, which)
    reached = [walk for walk in walks if walk[1] is not None]
    assert found.conversions == goals_of(events, which)
    assert found.shared == sum(weight for *_, weight in reached)
    assert (found.lost, found.under_way) == (len(walks) - len(reached), under_way)
    expected: Counter = Counter()
    for names, seconds, weight in reached:
        for key, share in shares(names, seconds, 86_400).items():
            expected[key] += weight * share
    removal = markov(walks)
    moments = {one.point.key.upper(): one for one in found.moments}
    for name in POINTS:
        one = moments[name]
        assert one.reached == sum(w for names, _, w in reached if name in names)
        assert one.lost == sum(name in names for names, s, _ in walks if s is None)
        with_it = [(s, w) for names, s, w in walks if name in names]
        without = [(s, w) for names, s, w in walks if name not in names]
        for rate, among in ((one.rate, with_it), (one.rate_without, without)):
            assert rate == pytest.approx(
                sum(w for s, w in among if s is not None) / sum(w for _, w in among)
            )
        assert one.removal.value == pytest.approx(removal[name], abs=1e-9)
        for model in MODELS[:5]:
            assert one.credits[model].value == pytest.approx(expected[model, name], abs=1e-6)
        assert one.credits["markov"].value == pytest.approx(
            found.shared * removal[name] / sum(removal.values()), abs=1e-6
        )
    for model in MODELS:
        together = sum(one.credits[model].value for one in found.moments)
        assert together == pytest.approx(found.shared, abs=1e-9)


@pytest.mark.parametrize("which", ["all", "first", "repeat"])
def test_by_event_is_as_touchpoints_of_one_event_each(shop, which) -> None:
    events = made_up(11)
    put(shop, events)
    people = defaultdict(set)
    for one in events:
        if SINCE - LOOK_BACK <= one.ts < UNTIL and one.name != "G":
            people[one.name].add(one.person)
    order = sorted(people, key=lambda name: (-len(people[name]), name))
    asked = {"goal": "G", "look_back": "3d", "which": which, "now": NOW}
    found = shop.attribution(FROM, TO, by="event", **asked)
    lay_down(shop, order)
    expected = shop.attribution(FROM, TO, **asked)
    assert {m.point.key.lower(): (m.reached, m.lost, m.credits, m.removal, m.rate, m.p) for m in found.moments} == {
        m.point.key: (m.reached, m.lost, m.credits, m.removal, m.rate, m.p) for m in expected.moments
    }  # fmt: skip
    key = found.moments[0].point.key
    assert shop.attribution_people(key, FROM, TO, by="event", **asked) == shop.attribution_people(
        key.lower(), FROM, TO, **asked
    )
    assert {"A", "B", "C", "X"} == {m.point.key for m in found.moments}


def test_what_is_done_to_people_is_no_contact_of_theirs(shop) -> None:
    events = [Did("anna", BEGIN + timedelta(days=4, hours=i), name) for i, name in
              enumerate(("A", "Campaign Targeted", "Notice Given", "Page Engaged", "G"))]  # fmt: skip
    put(shop, events)
    found = shop.attribution(FROM, TO, goal="G", by="event", now=NOW)
    assert [m.point.key for m in found.moments] == ["A"]
    assert [v.steps for v in shop.paths(FROM, TO, gap=None).variants] == [("A", "G")]


def test_several_conversions_at_one_instant_count_each(shop) -> None:
    at = SINCE + timedelta(days=2)
    put(shop, [Did("anna", at - timedelta(hours=1), "A"), Did("anna", at, "G"), Did("anna", at, "G"),
               Did("ben", at, "G")])  # fmt: skip
    lay_down(shop)
    found = shop.attribution(FROM, TO, goal="G", now=NOW)
    assert (found.conversions, found.without, found.moments[0].reached) == (3, 1, 2)
    assert found.moments[0].credits["linear"].value == 2


def test_published_example_of_removal() -> None:
    """serhiipuzyrov.com/2019/07/markov-chain-attribution-simple-explanation-of-removal-effect"""
    steps = np.array([[4, 1, 0, 0], [0, 1, 2, 1], [0, 0, 2, 0]], dtype=float)
    assert removal_effects(steps) == pytest.approx([0.75, 0.5])


def test_published_example_of_three_channels(shop) -> None:
    """The example R packages of the field use: C1 > C2 > C3 buys, C1 does not, C2 > C3 does not.
    A third of the journeys buys; without C1 half of them, without C2 or C3 none."""
    at = SINCE + timedelta(days=2)
    ways = {"a": "ABCG", "b": "A", "c": "BC"}
    put(shop, [Did(who, at + timedelta(hours=i), name) for who, way in ways.items() for i, name in enumerate(way)])  # fmt: skip
    lay_down(shop)
    found = shop.attribution(FROM, TO, goal="G", now=NOW, look_back="1d")
    removal = {one.point.key: one.removal.value for one in found.moments}
    assert removal == pytest.approx({"a": 0.5, "b": 1, "c": 1})
    credits = {one.point.key: one.credits["markov"].value for one in found.moments}
    assert credits == pytest.approx({"a": 0.2, "b": 0.4, "c": 0.4})
    assert found.moments[0].removal.low is None  # three people


def test_intervals_hold_the_truth_about_as_often_as_they_say(shop) -> None:
    """A is on every second way to the goal: in ten draws of 800 people the interval misses a half of the
    conversions twice at most."""
    lay_down(shop, "AB")
    luck, at, missed = random.Random(5), SINCE + timedelta(days=1), 0
    for draw in range(40):
        day = at + timedelta(hours=6 * draw)
        put_in = [
            (f"{draw}-{i}", name, day + timedelta(minutes=m))
            for i in range(200)
            for m, name in enumerate([luck.choice("AB"), "G"])
        ]
        shop.log.append([
            Event(source="s", id=f"{who}{name}", name=name, kind="track", customer=who, ts=ts)
            for who, name, ts in put_in
        ])  # fmt: skip
    for number in range(1, 11):  # a day of 800 people each
        day = FROM + timedelta(days=number)
        found = shop.attribution(day, day + timedelta(days=1), goal="G", look_back="1h", now=NOW)
        share = next(one for one in found.moments if one.point.key == "a").credits["first"]
        assert share.low < share.value < share.high
        missed += not share.low <= found.shared / 2 <= share.high
    assert missed <= 2


def test_what_chance_alone_makes_is_seldom_called_more(shop) -> None:
    """Twelve touchpoints that do nothing, in twenty shops of 150 people: at most two of them (0.05,
    corrected) see a difference anywhere; a touchpoint that doubles the chance is seen."""
    points = "ABCDEFHIJKLM"
    lay_down(shop, points)
    luck, alarms = random.Random(7), 0
    for number in range(20):
        day = FROM + timedelta(days=number)
        at = SINCE + timedelta(days=number, hours=2)
        events = []
        for i in range(150):
            who = f"{number}-{i}"
            met = [p for p in points if luck.random() < 0.4] or ["A"]
            events += [(who, p, at + timedelta(minutes=m)) for m, p in enumerate(met)]
            chance = 0.6 if number == 19 and "C" in met else 0.3
            events += [(who, "G", at + timedelta(hours=1))] if luck.random() < chance else []
        shop.log.append([
            Event(source="s", id=f"{who}{name}", name=name, kind="track", customer=who, ts=ts)
            for who, name, ts in events
        ])  # fmt: skip
        found = shop.attribution(day, day + timedelta(days=1), goal="G", look_back="2h", now=NOW)
        seen = {one.point.key for one in found.moments if one.p < 0.05}
        if number == 19:
            assert seen == {"c"}
        else:
            alarms += bool(seen)
    assert alarms <= 2


def test_the_cinema_shows_what_was_planted(shop) -> None:
    """The tutorial: what brings them the first time, and what brings them back."""
    shop.import_events(cinema.DATA / "cinema.csv", "events")
    shop.change_setting("touchpoints", cinema.touchpoints(), "test")
    days = (date(2026, 1, 1), date(2026, 4, 1))
    assert len(shop.journey().points) == 18
    assert {m.point.key for phase in shop.phases(*days).phases for m in phase.met if m.people} == {
        point[0] for point in cinema.POINTS
    }

    def sure(which: str) -> dict[str, float]:
        found = shop.attribution(*days, goal=cinema.GOAL, which=which)
        return {m.point.key: m.rate - m.rate_without for m in found.moments
                if m.p is not None and m.p < 0.05}  # fmt: skip

    first, again = sure("first"), sure("repeat")
    assert {"hearsay", "trailer"} <= set(first)
    assert first["hearsay"] > 0.3
    assert "poster" not in first
    assert again["booklet"] > 0.2
    assert not {"foyer", "till", "toilets", "bar", "parking"} & set(again)


def test_the_files_of_the_tutorial_are_written_by_the_code() -> None:
    for name, text in cinema.written().items():
        assert (cinema.DATA / name).read_text() == text


def test_an_event_that_names_its_touchpoint_is_there_and_nowhere_else(shop) -> None:
    lay_down(shop)
    at = SINCE + timedelta(days=1)
    shop.log.append([
        Event(source="s", id="1", name="Contact Noted", kind="track", customer="anna", ts=at,
              properties={"touchpoint": "c"}),
        Event(source="s", id="2", name="A", kind="track", customer="ben", ts=at,
              properties={"touchpoint": "b"}),
        Event(source="s", id="3", name="A", kind="track", customer="cem", ts=at,
              properties={"touchpoint": "somewhere else"}),
        *[Event(source="s", id=f"g{who}", name="G", kind="track", customer=who,
                ts=at + timedelta(hours=1)) for who in ("anna", "ben", "cem", "dora")],
    ])  # fmt: skip
    found = shop.attribution(FROM, TO, goal="G", now=NOW)
    assert {one.point.key: one.reached for one in found.moments} == {"a": 1, "b": 1, "c": 1}
    assert (found.conversions, found.without) == (4, 1)
    people = [shop.attribution_people(k, FROM, TO, goal="G", now=NOW) for k in "abc"]
    assert people == [["cem"], ["ben"], ["anna"]]
    assert shop.attribution_people("a", FROM, TO, goal="G", now=NOW, reached=False) == []


def test_cookieless_visitors_are_left_out_and_counted(shop) -> None:
    lay_down(shop)
    at = SINCE + timedelta(days=1)
    put(shop, [Did("daily:x", at, "A"), Did("daily:x", at + timedelta(hours=1), "G")])
    found = shop.attribution(FROM, TO, goal="G", now=NOW)
    assert (found.conversions, found.moments, found.left_cookieless) == (0, (), 1)


def test_nothing_and_what_cannot_be_asked(shop) -> None:
    found = shop.attribution(FROM, TO)
    assert (found.conversions, found.shared, found.moments) == (0, 0, ())
    for wrong in ({"which": "second"}, {"look_back": "soon"}, {"half_life": "0d"}, {"goal": " "}):
        with pytest.raises(BadInput):
            shop.attribution(FROM, TO, **wrong)
    with pytest.raises(BadInput):
        shop.attribution_people("nowhere", FROM, TO)


def test_without_own_touchpoints_those_of_usual_events(shop) -> None:
    at = SINCE + timedelta(days=1)
    put(shop, [Did("anna", at, "Email Link Clicked"), Did("anna", at + timedelta(hours=1), "Product Viewed"),
               Did("anna", at + timedelta(hours=2), "Order Completed")])  # fmt: skip
    assert [one.key for one in shop.journey().points] == ["mail", "product", "purchase"]
    found = shop.attribution(FROM, date(2024, 4, 20), now=NOW)
    assert {one.point.key: one.credits["linear"].value for one in found.moments} == {
        "mail": 0.5, "product": 0.5,
    }  # fmt: skip


def test_a_rare_touchpoint_is_seldom_called_more_than_chance(shop) -> None:
    """Nine of ten touchpoints are met by a few; everybody buys with the same chance."""
    points = "ABCDEFHIJK"
    lay_down(shop, points)
    luck, alarms = random.Random(11), 0
    for number in range(20):
        day, at = FROM + timedelta(days=number), SINCE + timedelta(days=number, hours=2)
        events = []
        for i in range(300):
            who = f"{number}-{i}"
            met = [p for p in points if luck.random() < (0.6 if p == "A" else 0.01)] or ["A"]
            events += [(who, p, at + timedelta(minutes=m)) for m, p in enumerate(met)]
            events += [(who, "G", at + timedelta(hours=1))] if luck.random() < 0.2 else []
        shop.log.append([
            Event(source="s", id=f"{who}{name}", name=name, kind="track", customer=who, ts=ts)
            for who, name, ts in events
        ])  # fmt: skip
        found = shop.attribution(day, day + timedelta(days=1), goal="G", look_back="2h", now=NOW)
        alarms += any(one.p is not None and one.p < 0.05 for one in found.moments)
        assert all(one.p is None for one in found.moments if one.reached + one.lost < 5)
    assert alarms <= 2


def test_files_with_all_purchases_of_a_day_at_one_instant(bring, shop) -> None:
    """They carry no ids: twins must not make journeys that are none."""
    rows = [f"{n}-{i};k{n};2024-03-28;tea;1;5\n" for n in range(3000) for i in range(2 + n % 3)]
    bring("order;customer;date;product;quantity;amount\n" + "".join(rows))
    shop.change_setting("touchpoints", {"points": [
        {"key": "till", "name": "Till", "phase": 0,
         "when": {"type": "compare", "field": "name", "op": "is", "value": "Order Completed"}},
    ]}, "test")  # fmt: skip
    found = shop.attribution(FROM, TO, goal="G", look_back="1d", now=NOW)
    assert (found.lost, found.people, found.moments[0].lost) == (3000, 3000, 3000)


def test_both_kinds_of_journeys_look_back_equally_long(shop) -> None:
    """What lies earlier counts in none, and where the period begins changes nothing."""
    lay_down(shop)
    day = timedelta(days=1)
    put(shop, [Did("anna", SINCE + (i - 4) * day, name) for i, name in enumerate("ABBBC")]
        + [Did("ben", SINCE + i * day, "A") for i in (0, 20)] + [Did("ben", SINCE + 22 * day, "G")]
        + [Did("cem", SINCE + i * day, "A") for i in (0, 2, 4)] + [Did("cem", SINCE + 6 * day, "G")])  # fmt: skip
    for begin in (date(2024, 2, 1), FROM):
        found = shop.attribution(begin, TO, goal="G", look_back="3d", now=NOW)
        told = {one.point.key: (one.reached, one.lost) for one in found.moments}
        # anna's last contact is C: with B, B, B of the three days before; her A is too old. ben's
        # first A leads nowhere; cem's first A belongs to a way that reached the goal, but is too old
        assert told == {"a": (2, 1), "b": (0, 1), "c": (0, 1)}
        assert found.lost == 2


def test_a_short_half_life_weighs_what_is_far_away_too(shop) -> None:
    lay_down(shop)
    put(shop, [Did("anna", SINCE + timedelta(days=1), "A"), Did("anna", SINCE + timedelta(days=19), "B"),
               Did("anna", SINCE + timedelta(days=20), "G")])  # fmt: skip
    found = shop.attribution(FROM, TO, goal="G", half_life="1s", now=NOW)
    assert {m.point.key: m.credits["decay"].value for m in found.moments} == {"a": 0, "b": 1}
