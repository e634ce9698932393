"""Audiences: 200 made-up rules, their SQL against the evaluator in plain Python; the pass that
looks only at whom something was heard of, or for whom time went on, against looking at everybody."""

from __future__ import annotations

import random
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

import gern
from gern.core.audiences.asking import aged, moment_of, people_who_fit, size_and_some, which_fit
from gern.core.audiences.rule import Rule, condition_of, is_slow, resolved
from gern.core.audiences.sets import sets_of
from gern.core.audiences.why import why
from gern.core.conditions.nodes import (
    All,
    Any,
    Behind,
    Bought,
    Compare,
    Condition,
    Consent,
    Customer,
    Did,
    InOrder,
    Member,
    Not,
    Trait,
)
from gern.core.conditions.plain import Someone, holds_for_person
from gern.core.conditions.sql import people_sql
from gern.core.conditions.tree import check, check_names_nobody, from_json, leaves, to_json
from gern.core.conditions.words import said
from gern.core.engines.heard import Heard
from gern.core.engines.question import Question
from gern.core.engines.sql import not_portable
from gern.core.errors import BadInput
from gern.core.log.event import Event, Line
from tests.effort import examples

TODAY = date(2026, 3, 30)  # the day after the clocks went forward
NAMES = ("Page Viewed", "Product Viewed", "Email Opened", "Survey Answered", "Order Completed")
ZONE = "Europe/Berlin"
DAYS = 60


def event(dice: random.Random, number: int, people: list[str]) -> Event:
    ts = datetime(2026, 3, 30, 21, tzinfo=UTC) - timedelta(minutes=dice.randrange(DAYS * 24 * 60))
    person, kind = dice.choice(people), dice.random()
    common = {"source": "s", "id": f"e{number}", "ts": ts, "customer": person}
    if kind < 0.2:
        lines = tuple(Line(Decimal(dice.choice((5, 20, 60))), quantity=dice.choice((1, 2, -1)),
                           product=dice.choice("ab"), product_group=dice.choice(("tea", "cup")))
                      for _ in range(dice.randint(1, 2)))  # fmt: skip
        return Event(
            **common, name="Order Completed", order=f"o{number}", currency="EUR", lines=lines
        )
    if kind < 0.35:
        said_ = {"plan": dice.choice(("gold", "basic")), "city": dice.choice(("Köln", "Bonn")),
                 "age": dice.randint(18, 80)}  # fmt: skip
        return Event(**common, name="Identify", kind="identify", properties=said_,
                     traffic=dice.choice((None, "internal", "bot")))  # fmt: skip
    if kind < 0.45:
        return Event(**common, name=dice.choice(("Consent Given", "Consent Withdrawn")),
                     traffic=dice.choice((None, "internal")),
                     properties={"purpose": "news", "channel": "mail"})  # fmt: skip
    return Event(**common, name=dice.choice(NAMES), channel=dice.choice(("web", "app")),
                 traffic="bot" if dice.random() < 0.05 else None,
                 properties={"score": dice.randint(0, 10)})  # fmt: skip


def leaf(dice: random.Random) -> Condition:
    window = dice.choice((None, 1, 2, 7, 30))
    name = Compare("name", "is", dice.choice(NAMES))
    made: list[Condition] = [
        Did(name, dice.randint(1, 3), None, window),
        Did(name, 0, dice.randint(0, 2), window),
        Did(All((name, Compare("properties.score", "at_least", "5"))), 1, 4, window),
        Did(Compare("channel", "one_of", ("web", "app")), 0, None, window),
        Bought(dice.choice(("purchases", "pieces", "value")), dice.choice(("1", "2", "40")), None,
               None, dice.choice((None, "tea")), window),
        InOrder((Compare("name", "is", "Product Viewed"), Compare("name", "is", "Email Opened")),
                dice.choice((None, 5000)), dice.choice((None, Compare("name", "is", "Page Viewed"))), window),
        Trait("plan", "is", "gold"), Trait("age", "more_than", "40"),
        Consent("news", dice.choice((None, "mail")), dice.choice((True, False))),
        Customer("city", "is", "Köln"), Customer("purchases", "at_least", "3"),
        Customer("revenue", "less_than", "100"), Customer("overdue", "known"),
        Customer("days_since_purchase", "more_than", "5"), Customer("days_overdue", "at_least", "0"),
        Customer("rhythm_days", "known"), Customer("email", "known"),
        Customer("abc", "one_of", ("A", "B")), Customer("recency", "at_least", "4"),
        Behind("revenue", 14), Behind("retention_rate_strict", 20, "lost"), Member(1), Member(2), Member(3),
    ]  # fmt: skip
    return dice.choice(made)


def rule(dice: random.Random) -> Condition:
    parts = tuple(Not(leaf(dice)) if dice.random() < 0.2 else leaf(dice) for _ in range(dice.randint(1, 3)))  # fmt: skip
    return dice.choice((All, All, Any))(parts)


RULES = {
    1: Rule(Did(Compare("name", "is", "Page Viewed"), 2, None, 30)),
    2: Rule(people=("c3", "c5", "c8")),
    3: Rule(sql="SELECT person FROM orders WHERE value > 30"),
}


@pytest.fixture
def shop(tmp_path: Path) -> gern.Shop:
    dice = random.Random(7)
    shop = gern.create_shop(tmp_path / "home", zone=ZONE, currency="EUR")
    shop.change_setting("window_days", 14, "test")
    people = [f"c{i}" for i in range(40)]
    shop.log.append([event(dice, i, people) for i in range(1200)])
    file = tmp_path / "guests.csv"  # orders without a customer are events of nobody
    file.write_text(
        "order,customer,date,amount\n1,,2026-03-20,5\n2,,2026-03-29,70\n3,c1,2026-03-29,70\n"
    )
    shop.import_file(file)
    return shop


def everybody(shop: gern.Shop, conditions: list[Condition]) -> dict[str, Someone]:
    """Every customer with all that the evaluator needs; the leaves it cannot know from the log alone
    are asked one by one."""
    moment = moment_of(shop, TODAY)
    ask = lambda sql, **v: shop.door.ask(Question(sql, v, "test"))  # noqa: E731
    found = {row["person"]: Someone(row=row) for row in ask("SELECT * FROM customers")}
    for row in ask("SELECT * FROM events WHERE person IS NOT NULL"):
        found[row["person"]].events.append(row)
    for row in ask("SELECT * FROM lines WHERE person IS NOT NULL"):
        found[row["person"]].lines.append(row)
    fits: dict[str, set[Condition]] = {person: set() for person in found}
    for condition in {leaf for c in conditions for leaf in leaves(c)}:
        sets = sets_of(shop, [condition], RULES, moment)
        for sql in sets.sql.values():
            for row in ask(sql, **{k: v for k, v in sets.values.items() if f"${k}" in sql}):
                if row["person"] in fits:
                    fits[row["person"]].add(condition)
    for person, who in found.items():
        who.fits = frozenset(fits[person])
    return found


def by_hand(who: dict[str, Someone], condition: Condition, shop: gern.Shop) -> set[str]:
    moment = moment_of(shop, TODAY)
    return {p for p, one in who.items() if holds_for_person(condition, one, moment)}


def in_sql(shop: gern.Shop, condition: Condition, today: date = TODAY) -> set[str]:
    question = people_who_fit(shop, resolved(condition, RULES), RULES, today)
    return {row["person"] for row in shop.door.ask(question)}


def test_200_rules_say_the_same_as_plain_python(shop) -> None:
    dice = random.Random(11)
    made = [rule(dice) for _ in range(200)]
    whole = [resolved(c, RULES) for c in made]
    who = everybody(shop, whole)
    people = sorted(who)[:15]
    together = which_fit(shop, [c for c in whole if not is_slow(c, RULES)], RULES, TODAY, people)
    quick = iter(together)
    sizes = set()
    for condition, one in zip(made, whole, strict=True):
        check(condition, people=True, now=True)
        assert from_json(to_json(condition)) == condition
        assert said(condition).de
        assert said(condition).en
        expected = by_hand(who, one, shop)
        assert in_sql(shop, condition) == expected, condition
        assert size_and_some(shop, one, RULES, TODAY) == (len(expected), sorted(expected)[:10]), (
            condition
        )
        if not is_slow(one, RULES):
            assert next(quick) == expected & set(people), condition
        if len(sizes) % 4 == 0:
            reason = why(shop, condition, RULES, people[0], TODAY)
            assert reason.fits is (people[0] in expected), condition
        sizes.add(len(expected))
    assert len(sizes) > 20  # they are no empty sets


def test_lists_queries_and_figures_are_what_they_name(shop) -> None:
    assert in_sql(shop, Member(2)) == {"c3", "c5", "c8"}
    rows = shop.query("SELECT DISTINCT person FROM orders WHERE value > 30 AND person IS NOT NULL")
    assert in_sql(shop, Member(3)) == {row["person"] for row in rows}
    behind = shop.people("retention_rate_strict", TODAY - timedelta(days=20), TODAY, part="lost")
    assert in_sql(shop, Behind("retention_rate_strict", 20, "lost")) == {
        p.person for p in behind.rows
    }
    assert behind.total > 0
    a = {row["person"] for row in shop.customers(gern_filter(shop, "A")).rows}
    assert in_sql(shop, Customer("abc", "is", "A")) == a
    assert a


def gern_filter(shop: gern.Shop, abc: str):
    from gern.core.people.listing import Filter
    from gern.core.people.portfolio import Place

    return Filter(place=Place(TODAY, shop.zone, abc))


def test_an_audience_may_not_come_back_to_itself() -> None:
    rules = {1: Rule(Not(Member(2))), 2: Rule(All((Member(1),)))}
    with pytest.raises(BadInput, match="part of itself"):
        condition_of(1, rules)
    with pytest.raises(BadInput, match="no audience 9"):
        resolved(Member(9), rules)


def test_a_condition_names_nobody() -> None:
    for bad in (Trait("email", "is", "anna@example.org"), Trait("Nachname", "contains", "Müll"),
                Not(Did(Compare("properties.phone", "is", "0171"))), Trait("customer.email", "is", "a@b.de"),
                Did(Compare("context.traits.email", "is", "a@b.de")), Trait("IBAN", "is", "DE02"),
                InOrder((Compare("name", "is", "A"), Compare("properties.card", "is", "1")))):  # fmt: skip
        check(bad, people=True)
        with pytest.raises(BadInput, match="single person"):
            check_names_nobody(bad)
    with pytest.raises(BadInput, match="whether it is known"):
        check(Customer("name", "is", "Anna"), people=True, now=True)
    for good in (Trait("email", "contains", "@firma.de"), Trait("email", "known"),
                 Did(Compare("properties.name", "is", "tea"))):  # fmt: skip
        check_names_nobody(good)
    with pytest.raises(BadInput, match="only be asked in an audience"):
        check(Member(1), people=True)


def test_the_sql_of_audiences_is_portable(shop) -> None:
    sql = people_sql(
        All((Customer("overdue", "known"), Customer("city", "contains", "K"))),
        moment_of(shop, TODAY),
    )
    assert not_portable(f"SELECT person FROM customers WHERE {sql}") == []


def test_looking_at_whom_it_concerns_is_enough(shop) -> None:
    """Eighteen steps of events, late events, merges, splits and days: after each, whoever was not
    looked at again is where they would be if everybody had been."""
    dice = random.Random(5)
    people = [f"c{i}" for i in range(45)]
    made = [c for c in (resolved(rule(dice), RULES) for _ in range(30)) if not is_slow(c, RULES)]
    today = TODAY
    now, _ = shop.door.heard(None, ZONE)
    are = [in_sql(shop, c, today) for c in made]
    number, looked_at, moves = 5000, [], 0
    for step in range(examples(18)):
        before = today
        what = step % 6
        if what in (0, 3):
            shop.log.append([event(dice, number + i, people) for i in range(3)])
            number += 3
        elif what == 1:
            today += timedelta(days=dice.choice((1, 1, 3)))
        elif what == 2:
            shop.log.compact(fully=step % 4 == 0)
        elif what == 4:
            one, other = dice.sample(sorted({r["person"] for r in shop.query("SELECT DISTINCT person FROM events WHERE person IS NOT NULL")}), 2)  # fmt: skip
            shop.log.merge(one, other)
            last = one
        else:
            shop.log.split("customer", last)
        now, again = shop.door.heard(Heard.of_plain(now.to_plain()), ZONE)
        assert again is not None
        if today != before:
            again = sorted({*again, *aged(shop, made, before, today)})
        looked_at.append(len(again))
        fits = which_fit(shop, made, RULES, today, again)
        for i, condition in enumerate(made):
            after = (are[i] - set(again)) | fits[i]
            moves += len(after ^ are[i])
            assert after == in_sql(shop, condition, today), (step, condition)
            are[i] = after
    assert moves > 20
    assert sum(looked_at) < 18 * 25  # of 45


def test_when_rows_are_gone_everybody_is_looked_at(shop) -> None:
    now, _ = shop.door.heard(None, ZONE)
    shop.log.compact()
    now, again = shop.door.heard(now, ZONE)
    assert again  # what lay in the inbox has moved into files
    assert shop.door.heard(now, ZONE)[1] == []
    shop.log.erase(["c3"])
    assert shop.door.heard(now, ZONE)[1] is None
    now, _ = shop.door.heard(None, ZONE)
    assert shop.door.heard(now, "Asia/Tokyo")[1] is None
