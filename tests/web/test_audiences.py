"""Audiences on the web: made, changed, kept current, told why; the same people on the page, in the
list, in the export and over the API; nothing of the erased."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from datetime import timedelta

import pytest
from django.urls import reverse

from gern.core.audiences.asking import aged, people_who_fit
from gern.core.audiences.rule import condition_of
from gern.core.conditions.nodes import All, Bought, Compare, Customer, Did, Member
from gern.core.engines.heard import MOST
from gern.core.errors import BadInput
from gern.core.log.schema import VISITOR
from gern.kit.erasing import erase_customers
from gern.kit.shop import current_shop
from gern.rooms.customers.audiences import passes
from gern.rooms.customers.audiences.members import audiences_of, people_in
from gern.rooms.customers.audiences.passes import bring_current
from gern.rooms.customers.audiences.rules import rules
from gern.rooms.customers.audiences.services import define, matched, remove
from gern.rooms.customers.models import Audience, AudienceChange, AudiencePass
from tests.web.test_customers import TODAY, bought, did, said

LATE = Customer("overdue", "known")

pytestmark = pytest.mark.django_db


@pytest.fixture
def people(own_home, db):
    """Twenty customers; k-0 … k-4 bought tea three times, k-0 is late."""
    shop = current_shop()
    shop.change_setting("currency", "EUR", "test")
    shop.log.append([
        *[said(f"k-{i}", name=f"Kunde {i}", email=f"k{i}@example.org") for i in range(20)],
        *[bought(f"k-{i}", days, "tea") for i in range(5) for days in (30, 20, 10 if i else 19)],
        *[did(f"k-{i}", "Newsletter Read", 3 + i) for i in range(10)],
    ])  # fmt: skip
    bring_current()
    return shop


def make(shop, name: str, condition) -> Audience:
    return define(shop, name=name, note="", by=None, condition=condition)


READ = Did(Compare("name", "is", "Newsletter Read"), 1, None, 7)


def test_an_audience_is_the_same_everywhere(people, ben) -> None:
    made = make(people, "Leser", All((READ, Bought())))
    expected = people_in(people, made)
    assert expected == ["k-0", "k-1", "k-2", "k-3"]
    assert made.size == 4
    page = ben.get(reverse("audience", args=[made.pk]))
    assert [r["person"] for r in page.context["sample"].rows] == expected
    listed = ben.get(reverse("customers"), {"audience": made.pk, "sort": "customer"})
    assert [r["person"] for r in listed.context["found"].rows] == expected
    export = ben.get(
        reverse("customers_export", args=["csv"]), {"audience": made.pk, "sort": "customer"}
    )
    rows = list(csv.reader(io.StringIO(export.content.decode("utf-8-sig")), delimiter=","))
    assert sorted(row[0] for row in rows[1:]) == expected
    assert [a.name for a in audiences_of(people, "k-1", ["k-1"])] == ["Leser"]
    assert "Leser" in ben.get(reverse("customer"), {"customer": "k-1"}).content.decode()
    assert "Leser" not in ben.get(reverse("customer"), {"customer": "k-9"}).content.decode()


@pytest.mark.django_db(transaction=True)
def test_it_is_kept_current_and_every_move_is_an_event(people) -> None:
    made = make(people, "Leser", READ)
    assert people_in(people, made) == [f"k-{i}" for i in range(4)]
    assert bring_current() == -1  # the first pass looks at everybody
    assert not AudienceChange.objects.exists()
    people.log.append([did("k-15", "Newsletter Read", 0.01), did("k-16", "Other", 0.01)])
    bring_current()
    made.refresh_from_db()
    assert people_in(people, made) == ["k-0", "k-1", "k-15", "k-2", "k-3"]
    assert made.size == 5
    change = AudienceChange.objects.get()
    assert (change.person, change.entered) == ("k-15", True)
    rows = people.query("SELECT customer, name, traffic, properties FROM events WHERE starts_with(name, 'Audience')")  # fmt: skip
    assert [(r["customer"], r["name"], r["traffic"]) for r in rows] == [("k-15", "Audience Entered", "internal")]  # fmt: skip
    assert str(made.pk) in rows[0]["properties"]
    bring_current()  # its own event does not set it going again
    assert AudienceChange.objects.count() == 1


@pytest.mark.parametrize("most", [MOST, 1])
def test_time_alone_makes_people_leave(people, monkeypatch, most: int) -> None:
    """Also when it went on for so many that it is quicker to look at everybody."""
    monkeypatch.setattr(passes, "MOST", most)
    visit = did("x", "Newsletter Read", 6)
    people.log.append([replace(visit, id="v1", customer=None, visitor="v1")])
    made = make(people, "Leser", READ)
    quiet = make(people, "Still", Did(Compare("name", "is", "Newsletter Read"), 0, 0, 7))
    bring_current()
    people.log.compact()
    bring_current()
    later = people.today() + timedelta(days=2)
    monkeypatch.setattr(type(people), "today", lambda self, now=None: later)
    old = later - timedelta(days=2)
    waited = aged(people, [condition_of(a.pk, rules(people)) for a in (made, quiet)], old, later)
    assert {"k-2", "k-3"} <= set(waited)
    assert not any(person.startswith(VISITOR) for person in waited)
    looked_at = bring_current()
    assert looked_at == (-1 if most == 1 else len(waited))
    assert people_in(people, made) == ["k-0", "k-1"]
    left = {c.person for c in AudienceChange.objects.filter(audience=made, entered=False)}
    assert left == {"k-2", "k-3"}
    assert {"k-2", "k-3"} <= set(people_in(people, quiet))
    assert AudiencePass.objects.get().day == later


def test_two_who_turn_out_to_be_one_do_not_leave(people) -> None:
    make(people, "Leser", READ)
    bring_current()
    people.log.merge("k-0", "k-12")
    bring_current()
    made = Audience.objects.get()
    assert people_in(people, made) == ["k-1", "k-12", "k-2", "k-3"]
    assert not AudienceChange.objects.filter(quiet=False).exists()
    assert not people.query("SELECT 1 AS x FROM events WHERE starts_with(name, 'Audience')")


def test_the_same_by_looking_at_everybody(people) -> None:
    """After many small steps the file and its changes say what the rule says."""
    made = [
        make(people, "Leser", READ),
        make(people, "Käufer", Bought("purchases", "3")),
        make(people, "Still", Did(Compare("name", "is", "Newsletter Read"), 0, 0, 2)),
    ]
    made.append(make(people, "beide", All((Member(made[0].pk), Member(made[1].pk)))))
    bring_current()
    for step in range(12):
        person = f"k-{step + 5}"
        people.log.append([did(person, "Newsletter Read", 0.001 * (step + 1)), bought(person, step, "tea"), bought(person, step + 30, "cup")])  # fmt: skip
        if step % 3 == 0:
            people.log.compact()
        bring_current()
        for audience in made:
            known = rules(people)
            question = people_who_fit(
                people, condition_of(audience.pk, known), known, people.today()
            )
            audience.refresh_from_db()
            expected = [row["person"] for row in people.door.ask(question)]
            assert people_in(people, audience) == expected, step
            assert audience.size == len(expected)


def test_a_change_of_the_rule_begins_its_history_anew(people) -> None:
    made = make(people, "Leser", READ)
    other = make(people, "Leser, die kaufen", All((Member(made.pk), Bought())))
    assert people_in(people, other) == ["k-0", "k-1", "k-2", "k-3"]
    define(people, audience=made, name="Leser", note="neu", by=None,
           condition=Did(Compare("name", "is", "Newsletter Read"), 1, None, 4))  # fmt: skip
    other.refresh_from_db()
    assert people_in(people, other) == ["k-0"]
    assert not AudienceChange.objects.filter(audience=made).exists()
    assert set(AudienceChange.objects.filter(audience=other).values_list("person", "entered")) == {
        (f"k-{i}", False) for i in (1, 2, 3)
    }
    with pytest.raises(BadInput, match="ask for it"):
        remove(people, made)
    with pytest.raises(BadInput, match="part of itself"):
        define(people, audience=made, name="Leser", note="", by=None, condition=Member(other.pk))
    assert people_in(people, Audience.objects.get(pk=made.pk)) == ["k-0"]
    with pytest.raises(BadInput, match="taken"):
        make(people, "leser", READ)


def test_lists_find_their_customers_and_forget_the_erased(people, ben) -> None:
    found = matched(people, ["K 3", "k4@example.org", "nobody", "k-5", "", "k-5"])
    assert found.people == ("k-3", "k-4", "k-5")
    assert found.unknown == ("nobody",)
    response = ben.post(
        f"{reverse('audience_new')}?kind=list", {"name": "Gäste", "people": "k-3\nk-4\nk-5"}
    )
    made = Audience.objects.get()
    assert response["Location"] == reverse("audience", args=[made.pk])
    assert people_in(people, made) == ["k-3", "k-4", "k-5"]
    rule = make(people, "Leser", READ)
    people.log.append([did("k-17", "Newsletter Read", 0.01)])
    bring_current()
    report = erase_customers(["k-3", "k-17"])
    assert report["places"]["customers.Listed"] == 1
    assert report["places"]["customers.AudienceChange"] == 1
    for audience in (made, rule):
        audience.refresh_from_db()
        assert not {"k-3", "k-17"} & set(people_in(people, audience))
    bring_current()
    assert not AudienceChange.objects.filter(person__in=("k-3", "k-17")).exists()


def test_the_editor_shows_how_many_it_would_be(people, ben) -> None:
    url = reverse("audience_new")
    fields = {
        "name": "Leser", "note": "", "people:type": "all", "people:join": "all",
        "people-0:type": "did", "people-0:at_least": "1", "people-0:within_days": "7",
        "people-0-0:type": "all", "people-0-0:join": "all", "people-0-0-0:type": "compare",
        "people-0-0-0:field": "name", "people-0-0-0:op": "is", "people-0-0-0:value": "Newsletter Read",
        "people-1:type": "customer", "people-1:field": "purchases", "people-1:op": "at_least", "people-1:value": "1",
    }  # fmt: skip
    shown = ben.post(url, {**fields, "do": "try"})
    assert shown.context["preview"]["n"] == 4
    assert not Audience.objects.exists()
    bad = ben.post(url, {**fields, "people-1:field": "name", "people-1:op": "is"})
    assert bad.status_code == 422
    assert "only be asked whether it is known" in bad.content.decode()
    assert ben.post(url, fields).status_code == 302
    made = Audience.objects.get()
    assert made.size == 4
    again = ben.get(reverse("audience_edit", args=[made.pk]))
    assert again.context["preview"]["n"] == 4
    why = ben.get(reverse("audience", args=[made.pk]), {"customer": "K 6"}).content.decode()
    assert "is not in it" in why
    assert "found: 0" in why

    def asked(text: str) -> str:
        return ben.get(reverse("audience", args=[made.pk]), {"customer": text}).content.decode()

    assert "is in it" in asked("k1@example.org")
    several = asked("kunde 1")
    assert "Which of them is it?" in several
    assert "?customer=k-15#why" in several


def test_a_query_is_an_audience_too_and_cannot_reach_out(people, ben) -> None:
    url = f"{reverse('audience_new')}?kind=query"
    ok = {
        "name": "Teuer",
        "query": "SELECT person FROM lines GROUP BY person HAVING sum(amount) >= 30",
    }
    assert ben.post(url, {**ok, "do": "try"}).context["preview"]["n"] == 5
    assert ben.post(url, ok).status_code == 302
    assert people_in(people, Audience.objects.get()) == [f"k-{i}" for i in range(5)]
    for bad in ("SELECT person FROM read_csv('/etc/passwd')", "DROP TABLE x", "SELECT 1 AS n", "SELECT person FROM nowhere", "x"):  # fmt: skip
        response = ben.post(url, {"name": "Böse", "query": bad})
        assert response.status_code == 422, bad
    assert Audience.objects.count() == 1


def test_the_list_of_the_moment_becomes_a_fixed_list(people, ben) -> None:
    response = ben.post(reverse("audience_of_list"), {"name": "Käufer", "query": "purchases=1"})
    made = Audience.objects.get()
    assert response["Location"] == reverse("audience", args=[made.pk])
    assert people_in(people, made) == [f"k-{i}" for i in range(5)]
    people.log.append([bought("k-9", 0, "tea")])
    bring_current()
    assert len(people_in(people, made)) == 5


def test_from_the_people_behind_a_figure(people, ben) -> None:
    page = ben.get(reverse("audience_new"), {"figure": "revenue", "days": "25"})
    assert page.context["preview"]["n"] == 5
    assert ben.get(reverse("audience_new"), {"figure": "<script>", "days": "x"}).status_code == 200


def test_the_api_gives_the_same_people(people, ben) -> None:
    from gern.kit.api import keys

    made = make(people, "Leser", All((READ, Bought())))
    _, key = keys.make("people", ["people", "figures"], None)
    _, numbers = keys.make("numbers", ["figures"], None)

    def ask(path: str, key: str = key, **query):
        response = ben.get(f"/api/v1/{path}", query, headers={"Authorization": f"Bearer {key}"})
        return response.status_code, response.json()

    status, found = ask(f"audiences/{made.pk}/members")
    assert status == 200
    assert [one["customer"] for one in found["customers"]] == people_in(people, made)
    assert ask("audiences")[1][0]["size"] == 4
    assert ask(f"audiences/{made.pk}")[1]["condition"]["type"] == "all"
    assert ask(f"audiences/{made.pk}/why/k-0")[1]["fits"] is True
    assert ask(f"audiences/{made.pk}/why/k-9")[1]["fits"] is False
    assert ask("customers", search="k7@example.org")[1]["customers"][0]["customer"] == "k-7"
    assert ask("customers/k-7")[1]["email"] == "k7@example.org"
    people.log.merge("k-7", "k-8")
    assert ask("customers/k-7")[1]["customer"] == "k-8"
    for path in ("audiences", f"audiences/{made.pk}", f"audiences/{made.pk}/members", f"audiences/{made.pk}/why/k-0",
                 "customers", "customers/k-1"):  # fmt: skip
        status, refused = ask(path, key=numbers)
        assert status == 403
        assert "k-" not in str(refused)
        assert ben.get(f"/api/v1/{path}").status_code == 401
    for path in ("audiences/999", "audiences/99999999999999999999/members", "customers/nobody",
                 f"audiences/{made.pk}/why/nobody"):  # fmt: skip
        assert ask(path)[0] in (400, 404, 422), path
    assert ask("customers", sort="age")[0] in (400, 422)


def test_without_its_file_an_audience_is_told_all_the_same(people, ben) -> None:
    made = make(people, "Leser", READ)
    for path in people.home.cache.glob("audience-*.parquet"):
        path.unlink()
    assert people_in(people, made) == [f"k-{i}" for i in range(4)]
    bring_current()
    made.refresh_from_db()
    assert (people.home.cache / made.base).exists()
    assert not AudienceChange.objects.exists()


def test_an_erasure_brings_nobody_back_and_loses_no_move(people, ben) -> None:
    """Passes while somebody is being erased, and after: the erased leave no trace, moves that
    happened meanwhile are told."""
    made = make(people, "Leser", READ)
    bring_current()
    people.log.hide(["k-1"])
    assert bring_current() == 0
    people.log.append([did("k-15", "Newsletter Read", 0.01)])
    erase_customers(["k-1"])
    bring_current()
    made.refresh_from_db()
    assert people_in(people, made) == ["k-0", "k-15", "k-2", "k-3"]
    assert [(c.person, c.entered) for c in AudienceChange.objects.all()] == [("k-15", True)]
    assert not people.query("SELECT 1 AS x FROM rows WHERE customer = 'k-1'")
    files = [p for p in people.home.path.rglob("*") if p.is_file() and b"k-1\x00" in p.read_bytes()]
    assert not files
    stored = people.query("SELECT customer FROM rows WHERE starts_with(name, 'Audience')")
    assert "k-1" not in [row["customer"] for row in stored]


def test_a_query_that_fails_later_stops_nobody_else(people, ben) -> None:
    bad = define(people, name="Punkte", note="", by=None, query="SELECT person FROM events WHERE"
                 " CAST(json_extract_string(properties, '$.points') AS INTEGER) > 3")  # fmt: skip
    made = make(people, "Leser", READ)
    bring_current()
    people.log.append(
        [did("k-16", "Bonus", 0.01, points="many"), did("k-16", "Newsletter Read", 0.01)]
    )
    Audience.objects.filter(pk=bad.pk).update(as_of=TODAY - timedelta(days=1))
    bring_current()
    assert "k-16" in people_in(people, made)
    bad.refresh_from_db()
    assert bad.problem
    for path in people.home.cache.glob(f"audience-{bad.pk}-*.parquet"):
        path.unlink()
    assert ben.get(reverse("customer"), {"customer": "k-1"}).status_code == 200
    assert ben.get(reverse("audiences")).status_code == 200
    assert ben.get(reverse("audience", args=[bad.pk])).status_code == 200
    listed = ben.get(reverse("customers"), {"audience": bad.pk})
    assert (listed.status_code, listed.context["found"].total) == (200, 0)


def test_what_is_no_audience_is_never_everybody(people, ben) -> None:
    from gern.rooms.customers.models import Tagging

    gone = make(people, "Leser", READ)
    pk = gone.pk
    remove(people, gone)
    for query in (f"audience={pk}", "audience=x", "quadrant=nowhere", "band=9"):
        found = ben.get(f"{reverse('customers')}?{query}")
        assert found.context["found"].total == 0, query
        assert found.context["state"].problems
        ben.post(reverse("customers_tag"), {"query": query, "tag": "x", "how": "give"})
        ben.post(reverse("audience_of_list"), {"query": query, "name": query})
    ben.post(reverse("audience_of_list"), {"query": "search=Kundde", "name": "nur ähnlich"})
    assert not Tagging.objects.exists()
    assert not Audience.objects.exists()


def test_a_long_list_is_not_cut_and_the_joined_stay_on_it(people, ben, monkeypatch) -> None:
    made = define(people, name="Gäste", note="", by=None, people=["k-1", "k-2", "k-3"])
    people.log.merge("k-1", "k-9")
    url = reverse("audience_edit", args=[made.pk])
    lines = ben.get(url).context["lines"]
    ben.post(url, {"name": "Gäste", "people": lines})
    assert people_in(people, made) == ["k-2", "k-3", "k-9"]
    monkeypatch.setattr("gern.rooms.customers.audiences.editing.MOST_IN_FORM", 2)
    assert ben.get(url).context["lines"] is None
    ben.post(url, {"name": "Neue Gäste"})
    made.refresh_from_db()
    assert (made.name, people_in(people, made)) == ("Neue Gäste", ["k-2", "k-3", "k-9"])


def test_who_leaves_by_a_merge_has_left(people) -> None:
    few = make(people, "wenige Käufe", All((Bought("purchases", "1", "5"),)))
    bring_current()
    people.log.merge("k-1", "k-2")
    bring_current()
    assert "k-2" not in people_in(people, few)
    assert [(c.person, c.entered) for c in AudienceChange.objects.filter(quiet=False)] == [
        ("k-2", False)
    ]
    people.log.split("customer", "k-1")
    bring_current()
    assert {"k-1", "k-2"} <= set(people_in(people, few))


def test_a_change_of_a_list_moves_people_in_what_asks_for_it(people) -> None:
    guests = define(people, name="Gäste", note="", by=None, people=["k-1"])
    buyers = make(people, "Gäste, die kaufen", All((Member(guests.pk), Bought())))
    bring_current()
    define(people, audience=guests, name="Gäste", note="", by=None, people=["k-1", "k-2"])
    assert people_in(people, buyers) == ["k-1", "k-2"]
    assert [(c.person, c.entered) for c in AudienceChange.objects.all()] == [("k-2", True)]
