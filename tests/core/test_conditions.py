"""The condition language: its SQL against its evaluator in plain Python, on made-up logs."""

from __future__ import annotations

import tempfile
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import gern
from gern.core.conditions.nodes import (
    All,
    Any,
    Bought,
    Compare,
    Condition,
    Consent,
    Did,
    InOrder,
    Not,
    Trait,
)  # fmt: skip
from gern.core.conditions.plain import Someone, holds_for_event, holds_for_person
from gern.core.conditions.sql import Moment, event_sql, people_sql
from gern.core.conditions.tree import check, from_json, to_json
from gern.core.engines.question import Question
from gern.core.engines.sql import not_portable
from gern.core.errors import BadInput
from gern.core.figures.periods import Period
from tests.core.made_up import BEGIN, PEOPLE, as_event, logs
from tests.effort import examples

TEXTS = ("Page Viewed", "Order Completed", "Email", "web", "c1", "", "it's; \\ „ä“", "nps", "true")
NUMBERS = ("0", "1", "5", "-1", "2.5", "60", "0.0000005")
compares = st.one_of(
    st.builds(Compare, st.sampled_from(("name", "channel", "properties.campaign_id", "page",
                                        "properties.question", "properties.machine", "kind")),
              st.sampled_from(("is", "contains", "starts_with")), st.sampled_from(TEXTS)),
    st.builds(Compare, st.sampled_from(("name", "channel")), st.just("one_of"),
              st.lists(st.sampled_from(TEXTS), max_size=3).map(tuple)),
    st.builds(Compare, st.sampled_from(("properties.score", "properties.points", "amount", "sign")),
              st.sampled_from(("equals", "more_than", "at_least", "less_than", "at_most")),
              st.sampled_from(NUMBERS)),
    st.builds(Compare, st.sampled_from(("properties.score", "sign", "store")), st.just("known")),
)  # fmt: skip


def combined(leaves: st.SearchStrategy) -> st.SearchStrategy:
    """Leaves joined by all, any and not."""
    return st.recursive(
        leaves,
        lambda inner: st.one_of(
            st.lists(inner, max_size=3).map(lambda of: All(tuple(of))),
            st.lists(inner, max_size=3).map(lambda of: Any(tuple(of))),
            inner.map(Not),
        ),
        max_leaves=4,
    )


about_events = combined(compares)
simple = st.sampled_from(
    ("Page Viewed", "Order Completed", "Email Delivered", "Survey Answered")
).map(lambda name: Compare("name", "is", name))
windows = st.none() | st.integers(1, 20)
about_people = combined(
    st.one_of(
        st.builds(Did, about_events | simple, st.integers(0, 2), st.none() | st.integers(2, 3), windows),
        st.builds(Bought, st.sampled_from(("pieces", "purchases", "value")),
                  st.sampled_from(("0", "1", "2", "20.5")), st.none() | st.just("60"),
                  st.none() | st.just("tea"), st.none() | st.just("a"), windows),
        st.builds(InOrder, st.lists(simple, min_size=2, max_size=3).map(tuple),
                  st.none() | st.integers(1, 10000), st.none() | simple, windows),
        st.builds(Trait, st.sampled_from(("plan", "age")), st.sampled_from(("is", "contains")),
                  st.sampled_from(("gold", "4"))),
        st.builds(Consent, st.sampled_from(("news", "all")), st.none() | st.just("mail"), st.booleans()),
    )
)  # fmt: skip
said = st.lists(
    st.fixed_dictionaries({
        "person": st.sampled_from(PEOPLE[:4]),
        "minutes": st.integers(0, 20 * 24 * 60),
        "what": st.sampled_from((
            ("Identify", "identify", {"plan": "gold"}), ("Identify", "identify", {"plan": "basic"}),
            ("Identify", "identify", {"age": 42}), ("Consent Given", "track", {"purpose": "news"}),
            ("Consent Given", "track", {"purpose": "news", "channel": "mail"}),
            ("Consent Withdrawn", "track", {"purpose": "news", "channel": "mail"}),
            ("Consent Withdrawn", "track", {"purpose": "all"}),
        )),
    }), max_size=8,
).map(lambda found: [
    {"id": f"s{i}", "name": s["what"][0], "kind": s["what"][1], "props": s["what"][2],
     "ts": BEGIN + timedelta(minutes=s["minutes"]), "person": s["person"], "channel": None,
     "sign": None, "amount": None, "context": {}, "traffic": None, "lines": []}
    for i, s in enumerate(found)
])  # fmt: skip


@settings(max_examples=examples(60), deadline=None, suppress_health_check=list(HealthCheck))
@given(
    log=logs,
    traits=said,
    events=st.lists(about_events, min_size=3, max_size=5),
    people=st.lists(about_people, min_size=6, max_size=10),
    day=st.integers(1, 20),
)
def test_sql_and_plain_python_agree(log, traits, events, people, day: int) -> None:
    moment = Moment(BEGIN.date() + timedelta(days=day),
                    Period(date(2024, 1, 1), date(2024, 2, 1), "Europe/Berlin").instant)  # fmt: skip
    with tempfile.TemporaryDirectory() as folder:
        shop = gern.create_shop(Path(folder) / "home", zone="Europe/Berlin", currency="EUR")
        shop.log.append([as_event(e) for e in (*log, *traits)])
        ask = lambda sql: shop.door.ask(Question(sql, {}, "test"))  # noqa: E731
        rows = ask("SELECT * FROM events")
        for condition in events:
            check(condition, people=False)
            sql = f"SELECT event_id FROM events WHERE {event_sql(condition)}"
            expected = {r["event_id"] for r in rows if holds_for_event(condition, r)}
            assert {r["event_id"] for r in ask(sql)} == expected, condition
        everybody = {r["person"]: Someone() for r in rows}
        for row in rows:
            everybody[row["person"]].events.append(row)
        for line in ask("SELECT * FROM lines WHERE person IS NOT NULL"):
            everybody[line["person"]].lines.append(line)
        for condition in people:
            check(condition, people=True)
            assert from_json(to_json(condition)) == condition
            sql = (
                "SELECT person FROM (SELECT DISTINCT person FROM events)"
                f" WHERE {people_sql(condition, moment)}"
            )
            expected = {
                p for p, who in everybody.items() if holds_for_person(condition, who, moment)
            }
            assert {r["person"] for r in ask(sql)} == expected, condition


def test_the_sql_is_portable() -> None:
    moment = Moment(date(2024, 5, 1), lambda day: datetime(day.year, day.month, day.day))
    condition = All((
        Did(Compare("page", "contains", "/x"), 2, 5, 90),
        Not(InOrder((Compare("name", "is", "A"), Compare("name", "is", "B")), 60, Compare("name"), 30)),
        Bought("value", "100", None, None, "A", 90), Trait("plan", "is", "gold"), Consent("news"),
    ))  # fmt: skip
    sql = f"SELECT person FROM events WHERE {people_sql(condition, moment)}"
    assert not_portable(sql) == []


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{", "no condition"),
        ('{"type":"compare","field":"weather"}', "There are: name"),
        ('{"type":"compare","field":"properties.a\\"b"}', "There are: name"),
        ('{"type":"compare","field":"amount","op":"is","value":"1"}', "equals"),
        ('{"type":"compare","field":"name","op":"one_of","value":"x"}', "list"),
        ('{"type":"compare","field":"amount","op":"equals","value":"many"}', "number"),
        ('{"type":"did","event":{"type":"did","event":{"type":"all"}}}', "Inside"),
        ('{"type":"did","event":{"type":"all"},"within_days":0}', "window"),
        ('{"type":"all","of":[{"type":"compare","field":"name"},{"type":"consent","purpose":"x"}]}',
         "side by side"),
        ('{"type":"compare","field":"name","x":1}', "unknown field"),
    ],
)  # fmt: skip
def test_a_wrong_condition_says_what_is_allowed(text: str, words: str) -> None:
    with pytest.raises(BadInput, match=words):
        from_json(text)


def test_a_condition_cannot_break_out_of_its_text(shop: gern.Shop) -> None:
    nasty = Compare("name", "is", "'; DROP TABLE x; --")
    assert shop.door.ask(Question(f"SELECT * FROM events WHERE {event_sql(nasty)}", {}, "t")) == []
    deep: Condition = Compare("name", "is", "x")
    for _ in range(25):
        deep = Not(deep)
    with pytest.raises(BadInput, match="deep"):
        from_json(to_json(deep))


def test_a_sequence_is_strictly_one_after_the_other(send, shop: gern.Shop) -> None:
    at = datetime(2026, 6, 15, 10)
    for person, times in (
        ("together", (0, 0)),
        ("after", (0, 1)),
        ("late", (0, 61)),
        ("back", (1, 0)),
    ):
        for name, minutes in zip("AB", times, strict=True):
            send(id=person + name, name=name, customer=person, ts=at + timedelta(minutes=minutes))
    send(id="stop", name="C", customer="late", ts=at + timedelta(minutes=61))
    steps = (Compare("name", "is", "A"), Compare("name", "is", "B"))
    moment = Moment(date(2026, 6, 16), lambda day: datetime(day.year, day.month, day.day))

    def found(condition: Condition) -> set[str]:
        sql = f"SELECT DISTINCT person FROM events WHERE {people_sql(condition, moment)}"
        return {r["person"] for r in shop.door.ask(Question(sql, {}, "test"))}

    assert found(InOrder(steps)) == {"after", "late"}
    assert found(InOrder(steps, within_minutes=60)) == {"after"}
    assert found(InOrder(steps, within_minutes=61)) == {"after", "late"}
    assert found(InOrder(steps, then_not=Compare("name", "is", "C"))) == {"after"}
