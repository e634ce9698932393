# ruff: noqa: F811 - the fixture of another module
"""Erasing with proof: what it would do, holds, certificate, what the law wants kept, what past figures
say; killed in the middle it is taken up again."""

from __future__ import annotations

import hashlib
import io
import json
from datetime import UTC, date, datetime, timedelta
from urllib.parse import quote

import duckdb
import pytest
from django.test import Client
from django.urls import reverse

from gern.core.errors import BadInput, TryLater
from gern.core.log.event import Event, Line
from gern.kit import erasing
from gern.kit.erasing import erase_customers, finish_erasures
from gern.kit.outbox.services import deliver
from gern.kit.registry import stores
from gern.rooms.customers.files.services import add_file
from gern.rooms.customers.lists.services import change_tag
from gern.rooms.customers.models import Note, Relation, Task
from gern.rooms.customers.person.services import add_note, give_tag
from gern.rooms.protect.erasure import sealed
from gern.rooms.protect.erasure.plan import ERASED, LOG, RETAINED
from gern.rooms.protect.erasure.services import carry_out, plan_of
from gern.rooms.protect.erasure.words import PLACES
from gern.rooms.protect.models import Erasure, Firm, Hold, Opening, Request, Restriction, Sealed
from gern.rooms.protect.preferences.services import make_link
from gern.shell.upkeep import _erase_waiting
from tests.web.test_customers import TODAY, people, said  # noqa: F401
from tests.web.test_protect import news, part  # noqa: F401


@pytest.fixture
def firm(db) -> Firm:
    return Firm.objects.create(
        pk=1, name="Teehaus GmbH", address="Am Markt 1\n44787 Bochum", authority="LDI NRW"
    )


def begin(client: Client, person: str, capture, typed: str | None = None, **more: str):
    with capture(execute=True):
        return client.post(
            reverse("erasure_begin"), {"customer": person, "typed": typed or person, **more}
        )


def test_every_place_of_personal_data_has_a_name_in_the_plan() -> None:
    places = {s.name for s in stores().values() if s.personal and s.subject == "customer"}
    assert places - {"home/log", "home/log.sqlite3", "home/erasing"} <= PLACES.keys()


def test_the_plan_counts_what_there_is_and_changes_nothing(news, ben, firm) -> None:
    add_note("k-1", "likes tea", None)
    add_note("k-1", "likes milk", None)
    tag = give_tag("k-1", "regular", None)
    change_tag(news, tag, ["k-1", "k-3"], added=False, by=None)
    Restriction.objects.create(person="k-1", why="a dispute")
    before = news.manifest.version()
    found = plan_of(news, "k-1")
    rows = {row.place: (row.records, row.fate) for row in found.rows}
    assert rows == {
        LOG + "purchases": (5, ERASED), LOG + "data": (3, ERASED), "customers.Note": (2, ERASED),
        "customers.CardChange": (2, ERASED), "protect.Restriction": (1, ERASED),
        "tombstones": (1, RETAINED),
    }  # fmt: skip
    shown = ben.get(reverse("erasure_plan"), {"customer": "k-1"})
    assert "What was changed of them, and by whom" in shown.content.decode()
    assert "Erase for good" not in shown.content.decode()  # an editor
    assert news.manifest.version() == before
    assert Note.objects.count() == 2
    # the years add up to what the figures themselves lose
    for year in found.years:
        start, end = date(year.year, 1, 1), date(year.year + 1, 1, 1)
        assert year.all_revenue == news.figure("revenue", start, end).value
    assert sum(y.orders for y in found.years) == 5
    assert ben.get(reverse("erasure_plan"), {"customer": "nobody"}).status_code == 404


def test_somebody_is_erased_with_a_certificate_that_names_nobody(
    news, anna, ben, cem, firm, django_capture_on_commit_callbacks
) -> None:
    capture = django_capture_on_commit_callbacks
    add_note("k-1", "likes tea", None)
    whole = {y: news.figure("revenue", date(y, 1, 1), date(y + 1, 1, 1)).value for y in (TODAY.year - 1, TODAY.year)}  # fmt: skip
    planned = {y.year: y for y in plan_of(news, "k-1").years}
    for client in (ben, cem):
        assert begin(client, "k-1", capture).status_code == 403
    assert "not the id" in begin(anna, "k-1", capture, typed="k-2").content.decode()
    assert news.customer("k-1")
    answer = begin(anna, "k-1", capture)
    one = Erasure.objects.get()
    assert answer["Location"] == reverse("erasure", args=[one.pk])
    assert (one.state, one.people) == ("done", [])
    assert news.customer("k-1") is None
    assert Note.objects.count() == 0
    found = anna.get(reverse("certificate", args=[one.pk, "json"])).content
    assert hashlib.sha256(found).hexdigest() == one.hash
    told = json.loads(found)
    assert told["controller"]["name"] == "Teehaus GmbH"
    assert {"place": "customers.Note", "records": 1, "fate": "erased", "norm": "", "until": None} in told["records"]  # fmt: skip
    for word in ("k-1", "Müller", "joerg@", "likes tea"):
        assert word not in found.decode()
    pdf = anna.get(reverse("certificate", args=[one.pk, "pdf"]))
    assert pdf.content.startswith(b"%PDF")
    for kind in ("exe", 'json";x', "json\r\nX: y"):
        assert anna.get(f"/protect/erasures/{one.pk}/certificate.{quote(kind)}").status_code == 404
    page = anna.get(reverse("erasure", args=[one.pk])).content.decode()
    assert one.hash in page
    assert "Notes" in page
    assert one.number in ben.get(reverse("erasures")).content.decode()
    # past totals lost what the plan said, and say why
    for year, revenue in whole.items():
        answer = news.figure("revenue", date(year, 1, 1), date(year + 1, 1, 1))
        lost = planned[year].revenue if year in planned else 0
        assert float(answer.value or 0) == pytest.approx(float(revenue or 0) - lost)
    some = news.figure("revenue", TODAY.date() - timedelta(days=100), TODAY.date())
    assert [n.text.en for n in some.notes if n.code == "erased"] == [
        "1 person with events from this time has been erased since, so the number may once have been another."
    ]  # fmt: skip
    long_ago = news.figure("revenue", date(2001, 1, 1), date(2002, 1, 1))
    assert not [n for n in long_ago.notes if n.code == "erased"]


def test_who_is_held_is_not_erased_by_any_way(news, anna, ben, firm, django_capture_on_commit_callbacks) -> None:  # fmt: skip
    capture = django_capture_on_commit_callbacks
    assert (
        ben.post(reverse("hold_begin"), {"customer": "k-1", "kind": "invoice"}).status_code == 422
    )
    wrong = {"customer": "k-1", "kind": "invoice", "why": "x", "until": "soon"}
    assert ben.post(reverse("hold_begin"), wrong).status_code == 422
    ben.post(reverse("hold_begin"), {"customer": "k-1", "kind": "invoice", "why": "RE-7 unpaid"})
    assert "RE-7 unpaid" in ben.get(reverse("erasure_plan"), {"customer": "k-1"}).content.decode()
    assert begin(anna, "k-1", capture).status_code == 422
    news.log.merge("k-1", "k-3")
    for person in ("k-1", "k-3"):  # also under the id they were joined to
        with pytest.raises(BadInput, match="RE-7 unpaid"):
            erase_customers([person])
    with pytest.raises(BadInput):
        erase_customers(["k-2", "k-1"])
    assert news.customer("k-2")
    news.log.erase_tonight(["k-1", "k-2"])
    _erase_waiting(news)
    assert news.log.waiting_erasures() == ["k-1"]
    assert news.customer("k-2") is None
    page = ben.get(reverse("erasures")).content.decode()
    assert "1 customer waits for the coming night" in page
    ben.post(reverse("hold_end", args=[Hold.objects.get().pk]))
    _erase_waiting(news)
    assert news.customer("k-3") is None
    Hold.objects.create(person="k-4", kind="tax", why="x", until=news.today() - timedelta(days=1))
    erase_customers(["k-4"])  # it was until yesterday


def test_booking_documents_are_sealed_opened_with_a_reason_and_end(
    news, anna, ben, firm, django_capture_on_commit_callbacks
) -> None:
    capture, year = django_capture_on_commit_callbacks, TODAY.year
    Firm.objects.update(keeps_documents=True)
    old = Event(source="till", id="o1", name="Order Completed", customer="k-1", currency="EUR",
                ts=datetime(year - 9, 12, 30, tzinfo=UTC), order="old", lines=(Line(7, product="tea"),))  # fmt: skip
    news.log.append([old])
    kept = {row.until: row.records for row in plan_of(news, "k-1").rows if row.place == "documents"}
    years = sorted({o["ts"].year for o in news.orders_of("k-1")} - {year - 9})
    assert list(kept) == [f"{y + 8}-12-31" for y in years]
    begin(anna, "k-1", capture)
    assert {str(s.until): s.records for s in Sealed.objects.all()} == kept
    assert news.query("SELECT count(*) AS n FROM lines WHERE person = 'k-1'") == [{"n": 0}]
    one = Sealed.objects.last()
    assert "Müller" not in one.content
    url = reverse("sealed_open", args=[one.pk])
    assert ben.post(url, {"why": "audit"}).status_code == 403
    assert anna.post(url, {"why": " "}).status_code == 302
    assert Opening.objects.count() == 0
    content = json.loads(anna.post(url, {"why": "tax audit 2031"}).content)
    assert content["address"]["name"] == "Jörg Müller"
    assert len(content["orders"]) == one.records
    assert all(order["lines"] for order in content["orders"])
    assert Opening.objects.get().why == "tax audit 2031"
    assert "tax audit 2031" in anna.get(reverse("erasures")).content.decode()
    assert [s.pk for s in sealed.of_person(news, "k-1")] == [s.pk for s in Sealed.objects.all()]
    assert sealed.of_person(news, "k-2") == []
    sealed.forget_over(one.until)
    assert Sealed.objects.filter(pk=one.pk).exists()
    sealed.forget_over(one.until + timedelta(days=1))
    assert not Sealed.objects.filter(pk=one.pk).exists()


class Killed(BaseException):
    """What a kill does to a process: nothing after it runs."""


@pytest.mark.parametrize("where", ["before hiding", "after hiding", "between the places", "at the end"])  # fmt: skip
def test_killed_anywhere_the_erasure_ends_complete(news, where, monkeypatch) -> None:
    news.log.identify("v-k1", "k-1")
    for name in ("k-1", "visitor:v-k1"):
        add_note(name, "likes tea", None)
    real_hide, real_finish, real_erase = type(news.log).hide, type(news.log).finish_erasures, erasing._erase  # fmt: skip
    calls = []

    def die(*args, **options):
        raise Killed

    def then_die(self, *args, **options):
        real_hide(self, *args, **options)
        raise Killed

    def some(store, name):
        calls.append(store.name)
        if len(calls) > 12:
            raise Killed
        return real_erase(store, name)

    if where == "before hiding":
        monkeypatch.setattr(type(news.log), "hide", die)
    elif where == "after hiding":
        monkeypatch.setattr(type(news.log), "hide", then_die)
    elif where == "between the places":
        monkeypatch.setattr(erasing, "_erase", some)
    else:
        monkeypatch.setattr(erasing, "nothing_left", die)
        monkeypatch.setattr(type(news.log), "finish_erasures", lambda self, **o: real_finish(self, **o) and None)  # fmt: skip
    with pytest.raises(Killed):
        erase_customers(["k-1"])
    monkeypatch.undo()
    assert finish_erasures()["taken_up"] == (0 if where == "at the end" else 1)
    assert Note.objects.count() == 0
    assert news.customer("k-1") is None
    assert list(news.home.erasing.iterdir()) == []
    assert finish_erasures()["taken_up"] == 0


def test_an_erasure_begun_on_the_web_is_done_by_a_second_job(news, cast, firm, monkeypatch) -> None:
    one = Erasure.objects.create(people=["k-1"], plan=plan_of(news, "k-1").to_dict(), by=cast["anna"])  # fmt: skip
    monkeypatch.setattr(erasing, "note_erasures", lambda m: (_ for _ in ()).throw(OSError("disk")))
    with pytest.raises(OSError, match="disk"):
        carry_out(news, one)
    monkeypatch.undo()
    erasing._not_before[0] = 0.0
    path = next(news.home.erasing.iterdir())
    with erasing._let_go(path), pytest.raises(TryLater):  # somebody else is at it
        carry_out(news, Erasure.objects.get())
    assert Erasure.objects.get().state == "running"
    carry_out(news, Erasure.objects.get())
    assert Erasure.objects.get().state == "done"
    assert Erasure.objects.get().plan["years"] == []
    assert news.customer("k-1") is None
    assert list(news.home.erasing.iterdir()) == []


def test_a_hold_that_came_meanwhile_ends_it_without_naming_anybody(news, cast, anna, firm) -> None:
    one = Erasure.objects.create(people=["k-1"], plan=plan_of(news, "k-1").to_dict(), by=cast["anna"])  # fmt: skip
    Hold.objects.create(person="k-1", kind="dispute", why="a claim")
    carry_out(news, one)
    one.refresh_from_db()
    assert (one.state, one.people, one.why) == ("failed", [], "a claim")
    assert news.customer("k-1")
    html = anna.get(reverse("erasure", args=[one.pk])).content.decode()
    assert "something keeps this person from being erased" in html
    assert "k-1" not in html
    assert anna.get(reverse("erasure_plan"), {"customer": "k-1"}).status_code == 200


def test_whoever_erases_documents_are_sealed_before(news, anna, firm) -> None:
    Firm.objects.update(keeps_documents=True)
    orders = len(news.orders_of("k-1"))
    news.log.erase_tonight(["k-1"])
    _erase_waiting(news)
    assert sum(one.records for one in Sealed.objects.all()) == orders
    assert {one.erasure for one in Sealed.objects.all()} == {None}
    assert anna.get(reverse("erasures")).status_code == 200
    # back again with a new order, and erased again: both are kept, nothing is overwritten
    news.log.append([
        Event(source="till", id="new", name="Order Completed", customer="k-1", currency="EUR",
              ts=datetime.now(UTC) + timedelta(seconds=1), order="n1", lines=(Line(3, product="tea"),))
    ])  # fmt: skip
    kept = [r for r in plan_of(news, "k-1").rows if r.place == "protect.Sealed"]
    assert {r.fate for r in kept} == {RETAINED}
    erase_customers(["k-1"])
    assert sum(one.records for one in Sealed.objects.all()) == orders + 1


def test_by_night_nobody_is_erased_whose_data_are_locked_or_who_waits_for_an_answer(news, firm) -> None:  # fmt: skip
    Restriction.objects.create(person="k-1", why="a dispute")
    asked = Request.objects.create(
        kind="access", way="email", received=news.today(), person="k-2", identity="x"
    )
    news.log.erase_tonight(["k-1", "k-2", "k-3"])
    _erase_waiting(news)
    assert sorted(news.log.waiting_erasures()) == ["k-1", "k-2"]
    assert news.customer("k-3") is None
    Request.objects.filter(pk=asked.pk).update(state="answered")
    _erase_waiting(news)
    assert news.log.waiting_erasures() == ["k-1"]
    erase_customers(["k-1"])  # somebody who looks at it may
    assert news.customer("k-1") is None


def test_while_somebody_erases_the_upkeep_leaves_the_caches_alone(news, monkeypatch) -> None:
    news.figure("revenue", TODAY.date() - timedelta(days=100), TODAY.date())
    path = news.home.erasing / "x.json"
    path.write_text('{"people": [], "names": [], "at": 1}')
    monkeypatch.setattr(type(news.log), "finish_erasures", lambda *a, **o: pytest.fail("purged"))
    with erasing._let_go(path):
        assert erasing.take_up() == 0
    path.unlink()
    assert erasing.take_up() == 0


MARKS = [f"Markierung{n:02}Q" for n in range(40)]


def test_forty_markers_are_found_nowhere_and_an_old_file_does_not_bring_them_back(
    news, cast, anna, firm, tmp_path, django_capture_on_commit_callbacks
) -> None:
    m, at = iter(MARKS), TODAY - timedelta(days=40)
    person = next(m)
    news.log.append([
        said(person, at=at, source="shop", firstName=next(m), lastName=next(m), email=f"{next(m)}@example.org",
             phone="0171 998877", address={"street": next(m), "city": next(m)}, company=next(m), taste=next(m)),
        *[Event(source="web", id=f"x{n}", name=name, customer=person, visitor=visitor, ts=at + timedelta(hours=n),
                properties={"text": next(m)}, context={"page": {"path": f"/{next(m)}"}})
          for n, (name, visitor) in enumerate([("Page Viewed", None), ("Ticket Opened", None),
                                               ("Survey Answered", None), ("Unsubscribed", None)])],
        Event(source="till", id="x9", name="Order Completed", customer=person, currency="EUR", ts=at,
              order=next(m), lines=(Line(7, product=next(m), product_name=next(m)),)),
    ])  # fmt: skip
    news.log.identify(next(m), person)
    news.log.compact()
    add_note(person, next(m), cast["ben"])
    give_tag(person, "Stammkunde", None)
    Task.objects.create(person=person, text=next(m), due=news.today())
    add_file(news, person, [person], io.BytesIO(b"%PDF-" + next(m).encode()), f"{next(m)}.pdf", None)  # fmt: skip
    Relation.objects.create(person="k-1", other=person, kind="friend", note=next(m))
    Restriction.objects.create(person=person, why=next(m))
    Hold.objects.create(person=person, kind="tax", why=next(m), until=news.today() - timedelta(days=9))  # fmt: skip
    make_link(news, person)
    asked = Request.objects.create(
        kind="erasure", way="email", received=news.today(), person=person, name=next(m),
        contact=next(m), text=next(m), identity=next(m),
    )  # fmt: skip
    asked.steps.create(what="note", note=next(m))
    rejected = tmp_path / "p.csv"
    rejected.write_text(
        f"order,customer,date,amount\n1,{person},never,5\n2,{person},{at:%Y-%m-%d},5\n"
    )
    news.import_file(rejected)
    Request.objects.filter(pk=asked.pk).update(text=asked.text + next(m))
    left = list(m)
    assert len(left) <= 9  # the others lie where people work
    for word in left:
        add_note(person, word, None)
    news.figure("revenue", at.date(), TODAY.date())  # caches
    assert news.customer(person)
    before = _everything(news)
    assert [word for word in MARKS if word.encode() not in before] == []
    with django_capture_on_commit_callbacks(execute=True):
        anna.post(reverse("erasure_begin"), {"customer": person, "typed": person, "request": asked.pk})  # fmt: skip
    one = Erasure.objects.get()
    assert one.state == "done"
    anna.post(reverse("request_step", args=[asked.pk]), {"do": "answered", "why": ""})
    found = _everything(news)
    assert [word for word in MARKS if word.encode() in found] == []
    assert Request.objects.get().state == "answered"
    # the old file again: nobody comes back; something they do afterwards counts
    news.import_file(rejected)
    news.log.append([said(person, at=at, source="crm", email="again@example.org")])
    news.log.compact()
    assert news.customer(person) is None
    news.log.append([
        Event(source="till", id="new", name="Order Completed", customer=person, currency="EUR",
              ts=datetime.now(UTC) + timedelta(seconds=1), order="n1", lines=(Line(3, product="tea"),))
    ])  # fmt: skip
    assert news.customer(person)["purchases"] == 1


def _everything(shop) -> bytes:
    """Every byte of the home, what is packed in its Parquet files, and every value of the database,
    which may lie elsewhere."""
    from django.apps import apps

    deliver()
    files = [p for p in shop.home.path.rglob("*") if p.is_file()]
    parts = [p.read_bytes() for p in files]
    parts += [
        repr(
            duckdb.connect().execute("SELECT * FROM read_parquet(?)", [str(p)]).fetchall()
        ).encode()
        for p in files
        if p.suffix == ".parquet"
    ]
    parts += [
        json.dumps(row, default=str, ensure_ascii=False).encode()
        for model in apps.get_models(include_auto_created=True)
        for row in model.objects.values()
    ]
    return b"\n".join(parts)


def test_the_customers_page_leads_there(news, anna, ben) -> None:
    html = part(anna, "k-1")
    assert reverse("erasure_plan") in html
    assert reverse("request_new") in html
