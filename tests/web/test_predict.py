"""Pages of predictions: what they say is what the library says; who may see single customers; a score can
be contested."""

from __future__ import annotations

import csv
import io
import json
import re
from datetime import timedelta

import numpy as np
import pytest
from django.test import Client
from django.utils.html import escape

from gern.core.audiences.asking import people_who_fit
from gern.core.conditions.nodes import Customer, Not
from gern.core.errors import BadInput
from gern.core.predict.shape import best_of, by_group, deciles, if_fewer_left
from gern.core.predict.spread import spread
from gern.kit import formats
from gern.kit.access import ROOMS
from gern.kit.api import keys
from gern.kit.shop import current_shop
from gern.rooms.insights.models import ContestedScore
from gern.rooms.insights.predict.jobs import learn, learn_if_due
from gern.rooms.insights.predict.words import RESPECTS, reason, reasons_shown

pytestmark = pytest.mark.django_db


@pytest.fixture
def learned(db):
    """The demo shop has learned; cards and scores lie in its home, not in the database."""
    shop = current_shop()
    if shop.value_card() is None:
        shop.train_value("test")
    if shop.risk_scores() is None:
        shop.train_risk("test")
    if shop.next_day() is None:
        shop.train_next("test")
    return shop


def _text(client: Client, path: str) -> str:
    page = client.get(path)
    assert page.status_code == 200, path
    return re.sub("[ \n]+", " ", page.content.decode())


def test_value_says_what_the_library_says(cem, learned) -> None:
    page = _text(cem, "/predict/?horizon=2y&margin=30&discount=5")
    found = learned.value("2y", margin=0.3, discount=0.05, model=learned.value_card().model)
    assert formats.money(found.worth.value.sum(), "GBP", 2) in page
    for one in best_of(found.worth):
        assert (
            formats.money(one.least, "GBP", 2) not in page
        )  # one customer's value is not for a viewer
        assert formats.value_of(100 * one.of_value, "percent") in page
    groups = by_group(found.buyers.country, found.buyers, found.worth, 0.3, fewest=5)
    assert all(one.customers >= 5 for one in groups)
    assert "Iceland" not in page  # a single customer
    for one in groups:
        assert formats.money(one.value, "GBP", 2) in page
        assert formats.money(one.so_far, "GBP", 2) in page
    fewer = if_fewer_left(
        found.model, found.buyers, found.worth, found.horizon, fewer=0.1, margin=0.3, discount=0.05
    )
    assert formats.money(fewer, "GBP", 2) in page
    assert fewer >= found.worth.value.sum()
    assert "/predict/value/people/" not in page  # a viewer sees no customers
    drawn = cem.get("/predict/value/chart.svg?horizon=2y")
    assert drawn["Content-Type"] == "image/svg+xml"
    assert cem.get("/predict/value/chart.gif").status_code == 404


def test_shares_and_groups_add_up(learned) -> None:
    found = learned.value("12m", model=learned.value_card().model)
    total = found.worth.value.sum()
    groups = by_group(found.buyers.channel, found.buyers, found.worth, 1.0)
    assert sum(one.value for one in groups) == pytest.approx(total)
    assert sum(one.customers for one in groups) == len(found.buyers)
    tenths = np.array_split(np.sort(found.worth.value)[::-1], 10)
    assert deciles(found.worth) == pytest.approx([part.mean() for part in tenths])
    best = best_of(found.worth, (0.1, 1.0))
    assert best[1].of_value == pytest.approx(1)
    assert best[0].of_value == pytest.approx(
        np.sort(found.worth.value)[::-1][: best[0].customers].sum() / total
    )


@pytest.mark.parametrize(
    "query", ["horizon=soon", "margin=120", "margin=x", "discount=-1", "discount=nan"]
)
def test_wrong_wishes_are_told_and_nothing_breaks(cem, learned, query) -> None:
    assert 'class="notice bad" role="alert"' in _text(cem, f"/predict/?{query}")


def test_who_is_worth_most(ben, learned) -> None:
    page = _text(ben, "/predict/value/people/")
    found = learned.value("12m", model=learned.value_card().model)
    order = np.argsort(-found.worth.value, kind="stable")
    shown = re.findall(r'customer=(\d+)"', page)
    assert shown[:50] == found.buyers.person[order[:50]].tolist()
    assert (
        re.findall(r'customer=(\d+)"', _text(ben, "/predict/value/people/?page=2"))[0]
        == found.buyers.person[order[50]]
    )
    some = found.buyers.only(order[:1])
    wide = spread(found.model, some, found.worth.only(order[:1]), found.horizon, margin=1)
    assert formats.money(found.worth.value[order[0]], "GBP", 2) in page
    rows = list(
        csv.DictReader(
            io.StringIO(ben.get("/predict/value/people.csv").content.decode("utf-8-sig"))
        )
    )
    assert len(rows) == len(found.buyers)
    assert rows[0]["customer"] == found.buyers.person[order[0]]
    assert float(rows[0]["value"]) == pytest.approx(found.worth.value[order[0]], abs=1e-3)
    assert wide.low_value[0] <= found.worth.value[order[0]] <= wide.high_value[0]
    assert ben.get("/predict/value/people.xlsx").content[:2] == b"PK"


def test_who_is_at_risk_and_why(ben, learned) -> None:
    scores = learned.risk_scores()
    page = _text(ben, "/predict/risk/?order=risk")
    assert re.findall(r'customer=(\d+)"', page)[:50] == scores.person[:50].tolist()
    for why in reasons_shown(scores, 0):
        assert why in page
    staked = scores.by_stake()
    assert (staked.risk > scores.risk.mean()).all()
    assert (np.diff(staked.stake) <= 1e-9).all()
    page = _text(ben, "/predict/risk/?first=40&kept=25&cost=3")
    assert re.findall(r'customer=(\d+)"', page)[0] == staked.person[0]
    saved = 0.25 * staked.stake[:40].sum()
    assert formats.money(saved, "GBP", 2) in page
    assert formats.money(saved - 120, "GBP", 2) in page
    for caught in learned.risk_card().check.caught:
        assert f">{caught.left}<" in page
    rows = list(
        csv.DictReader(
            io.StringIO(ben.get("/predict/risk.csv?order=risk").content.decode("utf-8-sig"))
        )
    )
    assert [row["customer"] for row in rows] == scores.person.tolist()
    assert "learned yet" not in _text(ben, "/predict/risk/?first=nan&kept=x&cost=-3&page=99")


def test_model_cards_tell_good_and_bad(cem, learned) -> None:
    page = _text(cem, "/predict/models/")
    check, card = learned.value_card().check, learned.risk_card()
    assert formats.number(check.expected) in page
    assert formats.number(check.happened) in page
    assert formats.number(card.rows) in page
    for one in learned.value_card().model.buying.params:
        assert f"<dt>{one}</dt>" in page
    assert "models/learning" not in page  # a viewer starts nothing


def test_learning_is_a_job_and_too_little_no_failure(ben, own_home, bring_to) -> None:
    assert "56 days" in _text(ben, "/predict/")
    assert ben.post("/predict/models/learning/").status_code == 302
    learn.call(by="ben")
    learn_if_due.call()
    assert current_shop().value_card() is None
    bring_to(own_home)
    assert "Nothing has been learned yet" in _text(ben, "/predict/")
    assert "Nothing has been learned yet" in _text(ben, "/predict/risk/")
    learn_if_due.call()
    first = current_shop().value_card()
    assert first.by == "schedule"
    learn_if_due.call()
    assert current_shop().value_card() == first
    learn.call(by="ben@example.org")
    assert current_shop().value_card().by == "ben@example.org"
    for path in ("/predict/", "/predict/risk/", "/predict/value/people/", "/predict/models/"):
        assert "learned yet" not in _text(ben, path)


@pytest.fixture
def bring_to(tmp_path):
    """A shop of 150 customers who buy for a year, some of whom leave."""

    def bring(shop):
        import random
        from datetime import date, timedelta

        rng, lines = random.Random(5), ["date;customer;amount;number"]
        for who in range(150):
            day, pause = rng.randrange(60), rng.choice([5, 12, 30])
            while day < 380 and rng.random() > 0.06:
                lines.append(
                    f"{date(2025, 1, 1) + timedelta(days=day)};k{who};{rng.randrange(5, 90)};{len(lines)}"
                )
                day += rng.randrange(0, 2 * pause)
        file = tmp_path / "bought.csv"
        file.write_text("\n".join(lines))
        shop.import_file(file)

    return bring


def _rows(client: Client, path: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(client.get(path).content.decode("utf-8-sig"))))


def _part(client: Client, person: str) -> str:
    return re.sub(
        "[ \n]+",
        " ",
        client.get(f"/customers/one/parts/expected/?customer={person}").content.decode(),
    )


def test_the_customers_page_says_what_to_expect_and_why(ben, cem, learned) -> None:
    scores = learned.risk_scores()
    person = scores.person[0]
    part = _part(ben, person)
    one = learned.value_of(person, "12m", learned.value_card())
    all_of_them = learned.value("12m", model=learned.value_card().model)
    at = list(all_of_them.buyers.person).index(person)
    assert one.worth.value[0] == pytest.approx(all_of_them.worth.value[at])
    assert formats.money(one.worth.value[0], "GBP", 2) in part
    assert formats.value_of(100 * scores.risk[0], "percent") in part
    for why in reasons_shown(scores, 0):
        assert why in part
    assert ben.get("/customers/one/parts/expected/?customer=nobody").status_code == 404
    assert cem.get(f"/customers/one/parts/expected/?customer={person}").status_code == 403


def test_a_contested_score_is_in_no_list_until_a_person_has_decided(ben, learned) -> None:
    scores = learned.risk_scores()
    found = learned.value("12m", model=learned.value_card().model)
    worth_most = set(found.buyers.person[np.argsort(-found.worth.value)[:900]])
    person = next(
        p for p in scores.by_stake().person if p in scores.person[:900] and p in worth_most
    )
    _, key = keys.make("x", ["figures", "people"], None)

    def listed() -> list[bool]:
        def api(path: str) -> set[str]:
            got = ben.get(
                f"/api/v1/predict/{path}?limit=1000", headers={"Authorization": f"Bearer {key}"}
            )
            return {c["customer"] for c in json.loads(got.content)["customers"]}

        pages = (_text(ben, path) for path in ("/predict/risk/", "/predict/value/people/"))
        files = (
            ben.get(path).content.decode("utf-8-sig")
            for path in ("/predict/risk.csv", "/predict/value/people.csv")
        )
        found = [f'customer={person}"' in next(pages)]
        next(pages)
        return [
            *found,
            *(f"\n{person}," in file for file in files),
            person in api("risk"),
            person in api("value/customers"),
        ]

    assert listed() == [True] * 5
    assert "nothing was changed" in _text_after(
        ben, "/predict/contested/", customer=person, why=" "
    )
    page = _text_after(ben, "/predict/contested/", customer=person, why="Bin nur <b>umgezogen</b>.")
    assert "no list has their scores" in page
    assert "Bin nur &lt;b&gt;umgezogen" in _part(ben, person)
    assert listed() == [False] * 5
    one = ContestedScore.objects.get()
    assert (one.person, one.by.email) == (person, "ben@example.org")
    assert "nothing was changed" in _text_after(ben, f"/predict/contested/{one.pk}/", decision="")
    assert listed() == [False] * 5
    _text_after(ben, f"/predict/contested/{one.pk}/", decision="Stimmt, wir rufen an.")
    assert listed() == [True] * 5
    assert "Stimmt, wir rufen an." in _part(ben, person)
    assert ben.post(f"/predict/contested/{one.pk}/", {"decision": "again"}).status_code == 404
    _text_after(ben, "/predict/contested/", customer=person, why="Doch nicht.")
    again = ContestedScore.objects.get(decided=None)
    _text_after(ben, f"/predict/contested/{again.pk}/", decision="Sie hat recht.", upheld="1")
    assert listed() == [False] * 5
    assert "contested them and was right" in _part(ben, person)
    assert (
        ben.post("/predict/contested/", {"customer": "nobody-at-all", "why": "x"}).status_code
        == 404
    )


def _text_after(client: Client, path: str, **form: str) -> str:
    return re.sub("[ \n]+", " ", client.post(path, form, follow=True).content.decode())


def test_who_sees_only_their_own_customers_sees_no_list_but_their_part(learned) -> None:
    from gern.rooms.customers.person.owners import hand_to
    from gern.shell.accounts.models import OwnRole, User

    role = OwnRole.objects.create(name="Feld", rooms=dict.fromkeys(ROOMS, "editor"), own_only=True)
    user = User(email="eva@example.org", role="editor", own_role=role, language="en")
    user.set_unusable_password()
    user.save()
    client = Client()
    client.force_login(user)
    mine, other = learned.risk_scores().person[:2]
    hand_to([mine], user, None)
    for path in ("/predict/risk/", "/predict/value/people/", "/predict/risk.csv"):
        assert client.get(path).status_code == 403
    assert client.get(f"/customers/one/parts/expected/?customer={mine}").status_code == 200
    assert client.get(f"/customers/one/parts/expected/?customer={other}").status_code == 404
    part = client.get(f"/customers/one/parts/expected/?customer={mine}").content.decode()
    assert "/predict/contested/" not in part  # they are viewers there
    assert client.post("/predict/contested/", {"customer": mine, "why": "x"}).status_code == 403


def test_every_respect_has_words_in_both_languages(learned) -> None:
    from django.utils.translation import override

    facts = learned.risk_scores().facts(0) | {"score": float("nan")}
    for language in ("de", "en"):
        with override(language):
            said = [reason(respect, facts) for respect in RESPECTS]
            assert len({*said}) == len(said)
            assert all(said)


def test_the_api_says_what_the_library_says(learned, client) -> None:
    from gern.core.predict.coming import soonest

    _, key = keys.make("x", ["figures", "people"], None)
    _, narrow = keys.make("y", ["figures"], None)

    def ask(path: str, key: str = key):
        got = client.get(f"/api/v1/predict/{path}", headers={"Authorization": f"Bearer {key}"})
        return got.status_code, json.loads(got.content)

    status, got = ask("value?horizon=26w&margin=0.5")
    found = learned.value("26w", margin=0.5, model=learned.value_card().model)
    assert (status, got["customers"]) == (200, len(found.buyers))
    assert got["value"] == pytest.approx(found.worth.value.sum())
    status, got = ask("risk?limit=2&offset=1")
    assert [c["customer"] for c in got["customers"]] == learned.risk_scores().person[1:3].tolist()
    status, got = ask("next?within=30&limit=1")
    total, rows = soonest(learned.door, [], within=30, limit=1)
    assert (status, got["total"], got["customers"][0]["customer"]) == (
        200,
        total,
        rows[0]["person"],
    )
    assert got["customers"][0]["products"][0]["product"] == rows[0]["products"][0]
    assert ask("next?within=0")[0] == 400
    assert ask("next", narrow)[0] == 403
    assert ask("models")[1]["next"]["pauses"] == learned.next_card().ended
    assert ask("models")[1]["risk"]["taken"] == learned.risk_card().taken
    assert ask("value?horizon=soon")[0] == 400
    assert ask("value?margin=7")[0] == 400
    assert [ask(path, narrow)[0] for path in ("value", "models", "risk", "value/customers")] == [
        200,
        200,
        403,
        403,
    ]


def test_what_a_change_did(cem, ben, learned) -> None:
    from datetime import timedelta

    day = learned.today() - timedelta(days=90)
    page = _text(cem, f"/predict/effect/?figure=revenue&day={day}&every=week&after=5")
    found = learned.effect("revenue", day, "week", after=5).effect
    for value in (found.happened, found.expected, abs(found.effect), found.low, found.high):
        assert formats.value_of(value, "GBP") in page
    assert "The season is not in it" in page
    rows = list(
        csv.DictReader(
            io.StringIO(
                cem.get(f"/predict/effect.csv?day={day}&after=5").content.decode("utf-8-sig")
            )
        )
    )
    assert [float(row["expected"]) for row in rows[-5:]] == pytest.approx(found.forecast)
    assert (
        cem.get(f"/predict/effect/chart.svg?day={day}&after=5")["Content-Type"] == "image/svg+xml"
    )
    for query in (
        "day=soon",
        "day=1990-01-01",
        "day=2011-99-99",
        f"day={day}&after=999",
        f"day={day}&every=hour",
        f"day={day}&figure=none",
    ):
        assert cem.get(f"/predict/effect/?{query}").status_code == 200
        assert cem.get(f"/predict/effect.csv?{query}").status_code in (200, 404)
    assert 'role="alert"' in _text(cem, "/predict/effect/?day=1990-01-01")


def test_who_is_expected_when_and_with_what(ben, cem, learned) -> None:
    from gern.core.predict.baskets import product_names
    from gern.core.predict.coming import soonest

    day = learned.next_day()
    total, rows = soonest(learned.door, [], within=14, limit=2)
    page = _text(ben, "/predict/next/?within=14")
    assert f"{total} customers are expected" in page
    names = product_names(learned.door, [n for row in rows for n in row["products"]])
    for row in rows:
        assert f'customer={row["person"]}"' in page
        assert formats.day(day + timedelta(days=row["ahead"] - 1)) in page
        for number in row["products"][:3]:
            assert escape(names.get(number, number)) in page
    told = _rows(ben, "/predict/next.csv?within=14")
    assert len(told) == total
    assert told[0]["expected"] == str(day + timedelta(days=rows[0]["ahead"] - 1))
    assert told[0]["product_1"] == rows[0]["products"][0]
    assert ben.get("/predict/next/?within=x").status_code == 200
    assert ben.get("/predict/next/?page=999").status_code == 200
    assert [cem.get(f"/predict/{path}").status_code for path in ("next/", "next.csv")] == [403] * 2
    part = _part(ben, rows[0]["person"])
    assert formats.day(day + timedelta(days=rows[0]["ahead"] - 1)) in part
    ContestedScore.objects.create(person=rows[0]["person"], why="x")
    assert f'customer={rows[0]["person"]}"' not in _text(ben, "/predict/next/?within=14")
    assert rows[0]["person"] not in {row["customer"] for row in _rows(ben, "/predict/next.csv")}
    cards = _text(cem, "/predict/models/")
    check = learned.next_card().product_check
    assert formats.value_of(100 * check.found, "percent") in cards
    assert "what they bought most often" in cards


def test_what_a_change_did_to_one_group_against_another(cem, learned) -> None:
    query = "figure=revenue&every=week&after=4&by=country&group=Germany&against=France"
    day = learned.today() - timedelta(days=60)
    page = _text(cem, f"/predict/effect/?day={day}&{query}")
    found = learned.effect(
        "revenue", day, "week", after=4, by="country", group="Germany", against="France"
    ).effect
    assert formats.value_of(found.expected, "GBP") in page
    assert "Germany, less what happened to France" in page
    for wrong in (
        "by=nonsense&group=x",
        "by=trait:plan&group=x",
        "by=country&against=France",
        "group=Germany",
    ):
        assert 'role="alert"' in _text(cem, f"/predict/effect/?day={day}&{wrong}")


def test_customers_under_contract(cem, own_home) -> None:
    from datetime import UTC, datetime

    from gern.core.log.event import Event, Line

    assert "Under contract" not in _text(cem, "/predict/")
    own_home.change_setting("business", "contracts", "anna")
    assert "at least 50 with a contract" in _text(cem, "/predict/")
    begin, events = datetime(2025, 1, 1, 9, tzinfo=UTC), []
    for i in range(120):
        who = f"c{i:03}"
        told = {"source": "crm", "customer": who, "properties": {"contract": "a"}}
        events.append(Event(id=f"s{i}", name="Contract Started", ts=begin, **told))
        events.append(Event(id=f"p{i}", name="Order Completed", ts=begin + timedelta(days=1 + i), currency="EUR", order=f"o{i}",
                            lines=(Line(100, product="plan"),), **told))  # fmt: skip
        if i % 2:
            events.append(Event(id=f"e{i}", name="Contract Ended", ts=begin + timedelta(days=20 + i), **told))  # fmt: skip
    own_home.log.append(events)
    page = _text(cem, "/predict/?horizon=6m&margin=40&discount=5")
    found = own_home.contract_value("6m", margin=0.4, discount=0.05)
    assert "60 customers under contract" in page
    assert formats.money(found.value.sum(), "EUR", 2) in page


def test_what_comes(cem, ben, learned) -> None:
    page = _text(cem, "/predict/forecast/?figure=revenue&every=week&ahead=3")
    shown = learned.forecast("revenue", "week", ahead=3)
    for one in shown.forecast.ahead:
        for value in (one.expected, one.low, one.high):
            assert formats.value_of(value, "GBP") in page
    rows = _rows(cem, "/predict/forecast.csv?figure=revenue&every=week&ahead=3")
    assert len(rows) == len(shown.days) + 3
    assert float(rows[-1]["high"]) == pytest.approx(shown.forecast.ahead[-1].high)
    assert rows[-1]["revenue"] == ""
    assert cem.get("/predict/forecast/chart.svg?figure=revenue&every=week").status_code == 200
    few = _text(cem, "/predict/forecast/?figure=retention_rate&every=month&ahead=6")
    assert "it needs at least 32 whole steps" in few
    assert (
        cem.get("/predict/forecast.csv?figure=retention_rate&every=month&ahead=6").status_code
        == 404
    )
    for query in ("figure=x", "every=x", "ahead=x", "ahead=9999", "every=day&ahead=28"):
        assert cem.get(f"/predict/forecast/?{query}").status_code == 200
        assert cem.get(f"/predict/forecast/chart.png?{query}").status_code in (200, 404)


def test_whose_data_are_locked_is_in_no_list(ben, learned) -> None:
    from gern.rooms.protect.models import Restriction

    person = learned.risk_scores().by_stake().person[0]
    assert f"customer={person}" in _text(ben, "/predict/risk/")
    Restriction.objects.create(person=person, why="Art. 18")
    assert f"customer={person}" not in _text(ben, "/predict/risk/")
    assert person not in {row["customer"] for row in _rows(ben, "/predict/value/people.csv")}


def test_who_asks_is_told_what_is_computed_and_how(learned) -> None:
    from gern.rooms.protect.requests.readable import computed

    person = learned.risk_scores().person[0]
    lines = {what: (value, how) for what, value, how in computed(learned, person)}
    assert lines["Next purchase expected"][0]
    assert "Products expected" in lines
    assert lines["Risk of leaving"][0] == formats.value_of(
        100 * learned.risk_scores().risk[0], "percent"
    )
    assert "no decision with legal effect" in lines["Still a customer"][1]


def test_who_contested_stays_out_under_every_name(ben, own_home, bring_to) -> None:
    bring_to(own_home)
    own_home.train_value("test")
    own_home.train_risk("test")
    scores = own_home.risk_scores()
    one, other = scores.person[0], scores.person[1]
    ContestedScore.objects.create(person=one, why="x")
    assert f'customer={one}"' not in _text(ben, "/predict/risk/?order=risk")
    own_home.log.merge(one, other)
    page = _text(ben, "/predict/risk/?order=risk")
    assert f'customer={one}"' not in page
    assert f'customer={other}"' not in page


def _who(shop, field: str, op: str, value: str) -> set[str]:
    question = people_who_fit(shop, Customer(field, op, value), {}, shop.today())
    return {row["person"] for row in shop.door.ask(question)}


def test_audiences_are_chosen_by_scores_without_who_contests_them(learned) -> None:
    scores = learned.risk_scores()
    risky = set(scores.person[100 * scores.risk >= 70].tolist())
    assert _who(learned, "risk", "at_least", "70") == risky
    found = learned.value("12m", model=learned.value_card().model)
    worth = set(found.buyers.person[found.worth.value > 2000].tolist())
    learned.keep_worths(learned.value_card())
    assert _who(learned, "value_12m", "more_than", "2000") == worth
    coming = learned.next_purchases().coming
    soon = set(coming.person[coming.ahead <= 7].tolist())
    assert _who(learned, "next_days", "at_most", "7") == soon
    assert min(map(len, (risky, worth, soon))) > 5
    one = sorted(risky)[0]
    ContestedScore.objects.create(person=one, why="x")
    assert _who(learned, "risk", "at_least", "70") == risky - {one}
    assert one not in _who(learned, "next_days", "known", "")
    nobody_risky = Not(Customer("risk", "at_least", "70"))
    safe = {
        row["person"]
        for row in learned.door.ask(people_who_fit(learned, nobody_risky, {}, learned.today()))
    }
    assert safe
    assert not safe & risky  # nor by a "not" around it


def test_an_erasure_empties_no_audience_of_scores(own_home, bring_to) -> None:
    bring_to(own_home)
    own_home.train_risk("test")
    assert _who(own_home, "risk", "known", "")
    own_home.log.erase([own_home.risk_scores().person[0]])
    with pytest.raises(BadInput, match="being learned anew"):
        _who(own_home, "risk", "known", "")
    learn_if_due.call()
    assert _who(own_home, "risk", "known", "")


def test_nothing_learned_is_nobody_and_the_job_keeps_all_of_the_day(own_home, bring_to) -> None:
    bring_to(own_home)
    assert [_who(own_home, f, "known", "") for f in ("risk", "value_12m", "next_days")] == [
        set()
    ] * 3
    learn_if_due.call()
    today = own_home.today()
    assert (own_home.worths_day(), own_home.next_day(), own_home.risk_scores().day) == (today,) * 3
    assert all(_who(own_home, f, "known", "") for f in ("risk", "value_12m", "next_days"))


def test_a_model_that_holds_no_more_is_told_on_every_page(
    own_home, bring_to, cem, monkeypatch
) -> None:
    from gern.core.predict.drift import Drift
    from gern.kit import alerts

    bring_to(own_home)
    own_home.train_value("test")
    said = [
        Drift(30, 100.0, 40.0, 90.0, 110.0),
        Drift(31, 100.0, 41.0, 90.0, 110.0),
        Drift(32, 100.0, 99.0, 90.0, 110.0),
    ]
    monkeypatch.setattr(type(own_home), "value_drift", lambda _shop: said[0])
    alerts._kept.clear()
    assert "otherwise than predicted" not in _text(cem, "/predict/")
    own_home.watch_drift("test")
    alerts._kept.clear()
    text = "in 30 days 100 purchases were expected, there were 40"
    assert text in _text(cem, "/predict/models/")
    said.pop(0)
    own_home.watch_drift("test")
    assert own_home.drifted().days == 30  # told once
    said.pop(0)
    own_home.watch_drift("test")
    assert own_home.drifted() is None
    alerts._kept.clear()


def test_drift_is_asked_of_a_model_old_enough_to_say(own_home, bring_to, monkeypatch) -> None:
    import dataclasses

    from gern.core import shop_predict

    bring_to(own_home)
    own_home.train_value("test")
    assert own_home.value_drift() is None
    card = own_home.value_card()
    day = own_home.today() - timedelta(days=40)
    old = dataclasses.replace(card, model=dataclasses.replace(card.model, until=day))
    monkeypatch.setattr(shop_predict, "versions", lambda _manifest, _most: [card, old])
    assert own_home.value_drift().days == 40


def test_the_briefing_says_what_is_at_stake_and_who_is_expected(ben, cem, learned) -> None:
    from gern.core.predict.coming import soonest

    staked = learned.risk_scores().by_stake()
    page = _text(ben, "/")
    assert f"<b>{formats.money(staked.stake.sum(), 'GBP')}</b> a year are at stake" in page
    total, _ = soonest(learned.door, [], within=7, limit=0)
    assert f"<b>{total} customers</b> are expected in the next 7 days" in page
    ContestedScore.objects.create(person=staked.person[0], why="x")
    less = learned.risk_scores().without([staked.person[0]]).by_stake().stake.sum()
    assert formats.money(less, "GBP") in _text(ben, "/")
    assert "at stake" not in _text(cem, "/")  # what single customers spend is not for a viewer


def test_one_model_that_fails_keeps_no_other_from_learning(own_home, bring_to, monkeypatch) -> None:
    bring_to(own_home)

    def broken(_shop, _by):
        raise ZeroDivisionError("a bug")

    monkeypatch.setattr(type(own_home), "train_value", broken)
    with pytest.raises(ZeroDivisionError):
        learn_if_due.call()
    assert own_home.risk_scores() is not None
    assert own_home.next_day() == own_home.today()


def test_reading_the_scores_leaves_nothing_behind(own_home, bring_to, ben) -> None:
    bring_to(own_home)
    learn_if_due.call()
    before = sorted(own_home.home.temporary.iterdir())
    for _ in range(5):
        _text(ben, "/predict/next/")
        _part(ben, own_home.risk_scores().person[0])
    assert len(sorted(own_home.home.temporary.iterdir())) <= len(before) + 1
