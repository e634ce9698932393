"""Figures people define by conditions: right, versioned, explained, refused when wrong."""

from __future__ import annotations

import tempfile
from datetime import timedelta
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import gern
from gern.core.conditions.nodes import All, Any, Compare, Did
from gern.core.conditions.plain import Someone, holds_for_event, holds_for_person
from gern.core.conditions.sql import Moment
from gern.core.engines.question import Question
from gern.core.errors import BadInput
from gern.core.figures.explained import explained
from gern.core.figures.own import KINDS, OwnFigure, read, versions
from gern.core.figures.periods import Period
from tests.core.made_up import BEGIN, as_event, logs
from tests.core.test_conditions import about_events, about_people
from tests.effort import examples

START = BEGIN.date() + timedelta(days=2)
END = START + timedelta(days=9)
VIEWED = Compare("name", "is", "Page Viewed")


@settings(max_examples=examples(25), deadline=None, suppress_health_check=list(HealthCheck))
@given(log=logs, events=about_events, of=about_events, people=st.none() | about_people)
def test_every_kind_equals_plain_python(log, events, of, people) -> None:
    with tempfile.TemporaryDirectory() as folder:
        shop = gern.create_shop(Path(folder) / "home", zone="Europe/Berlin", currency="EUR")
        shop.log.append([as_event(e) for e in log])
        rows = shop.door.ask(Question("SELECT * FROM events", {}, "test"))
        lines = shop.door.ask(Question("SELECT * FROM lines WHERE person IS NOT NULL", {}, "test"))
        period = Period(START, END, "Europe/Berlin")
        moment = Moment(END, period.instant)

        def counts(person: str) -> bool:
            if people is None:
                return True
            own = Someone([r for r in rows if r["person"] == person],
                          [x for x in lines if x["person"] == person])  # fmt: skip
            return holds_for_person(people, own, moment)

        inside = [r for r in rows if r["traffic"] is None and period.since <= r["ts"] < period.until
                  and counts(r["person"])]  # fmt: skip
        top = [r for r in inside if holds_for_event(events, r)]
        bottom = [r for r in inside if holds_for_event(of, r)]
        who, whom = {r["person"] for r in top}, {r["person"] for r in bottom}
        signs = [r["sign"] for r in top if r["sign"] is not None]
        expected = {
            "count": Fraction(len(top)),
            "people": Fraction(len(who)),
            "sum": Fraction(sum(signs)),
            "mean": Fraction(sum(signs), len(signs)) if signs else None,
            "rate": Fraction(100 * len(top), len(bottom)) if bottom else None,
            "people_rate": Fraction(100 * len(who & whom), len(whom)) if whom else None,
        }
        for kind in KINDS:
            own = OwnFigure(
                f"own_{kind}", "Deutsch", "English", kind, events, people=people,
                of=of if kind.endswith("rate") else None,
                value="sign" if kind in ("sum", "mean") else None,
            )  # fmt: skip
            shop.keep_figure(own, "anna")
            answer = shop.figure(own.id, START, END, with_interval=False)
            assert answer.exact == expected[kind], kind


def test_an_own_figure_is_like_all_others(send, shop: gern.Shop) -> None:
    for n in range(3):
        send(id=f"p{n}", customer=f"k{n % 2}", channel="web")
    own = OwnFigure("own_seen", "Gesehen", "Seen", "people", VIEWED)
    shop.keep_figure(own, "anna")
    assert shop.figures()[-1].id == "own_seen"
    answer = gern.open(shop.home.path).figure("own_seen", "2026-06-01", "2026-07-01", by="channel")
    assert (answer.value, answer.groups[0].name) == (2, "web")
    assert [p.person for p in shop.people("own_seen", "2026-06-01", "2026-07-01").rows] == [
        "k0",
        "k1",
    ]
    assert shop.series("own_seen", "2026-06-01", "2026-07-01", "month")[0].value == 2
    said = {heading.en: text for heading, text in explained(answer.figure, shop.terms())}
    assert said["Counted is"].en == "Persons with an event for which: event is “Page Viewed”."
    assert said["Counted is"].de.startswith("Personen mit einem Ereignis, für das gilt")


def test_every_version_is_kept(shop: gern.Shop) -> None:
    first = OwnFigure("own_x", "A", "A", "count", VIEWED)
    second = OwnFigure("own_x", "B", "B", "count", All())
    shop.keep_figure(first, "anna")
    shop.keep_figure(second, "ben")
    assert shop.figure_named("own_x").name.en == "B"
    shop.take_figure_away("own_x", "anna")
    assert [(v.figure and v.figure.name_en, v.by) for v in versions(shop.manifest, "own_x")] == [
        (None, "anna"), ("B", "ben"), ("A", "anna"),
    ]  # fmt: skip
    with pytest.raises(BadInput, match="no figure"):
        shop.figure("own_x", "2026-06-01", "2026-07-01")


def test_words_of_people_never_become_slots(send, shop: gern.Shop) -> None:
    send(id="1", customer="anna", name="{role:click} {bucket} $since $fees")
    nasty = Compare("name", "is", "{role:click} {bucket} $since $fees")
    own = OwnFigure("own_nasty", "N", "N", "count", nasty, people=Did(Any((nasty, VIEWED))))
    shop.keep_figure(own, "anna")
    assert shop.figure("own_nasty", "2026-06-01", "2026-07-01").value == 1


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"id": "revenue"}, "own_"),
        ({"name_de": " "}, "both languages"),
        ({"kind": "median"}, "definition"),
        ({"kind": "rate"}, "measured against"),
        ({"kind": "sum"}, "field"),
        ({"events": {"type": "consent", "purpose": "x"}}, "single event"),
        ({"people": {"type": "compare", "field": "name"}}, "inside"),
        (
            {
                "events": {
                    "type": "compare",
                    "field": "amount",
                    "op": "equals",
                    "value": "1e-10000000",
                }
            },
            "number",
        ),
        ({"kind": "sum", "value": "properties.a{b}"}, "no field"),
    ],
)
def test_a_wrong_definition_is_refused(shop: gern.Shop, change, words) -> None:
    good = {"id": "own_x", "name_de": "A", "name_en": "A", "kind": "count",
            "events": {"type": "all", "of": []}}  # fmt: skip
    assert read(good).id == "own_x"
    with pytest.raises(BadInput, match=words):
        read(good | change)
