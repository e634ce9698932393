# ruff: noqa: F811 - the fixture of another module
"""Requests about data: taken in, deadline, who it is, the package with everything once and nothing of
others, link and code, letters, the public form."""

from __future__ import annotations

import csv
import io
import json
import re
import zipfile
from datetime import date, timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from gern.core.errors import BadInput
from gern.core.log.event import Event
from gern.kit.alerts import alerts, forget_alerts
from gern.kit.erasing import erase_customers
from gern.kit.mail.models import Mail, MailSetup
from gern.kit.outbox.models import Waiting
from gern.kit.shop import real_today
from gern.rooms.customers.files.services import add_file
from gern.rooms.customers.models import Audience, Relation
from gern.rooms.customers.person.services import add_note, give_tag
from gern.rooms.protect.models import DataLink, Firm, Package, Purpose, Request
from gern.rooms.protect.preferences.own_data import forget_over as forget_links
from gern.rooms.protect.preferences.services import make_link
from gern.rooms.protect.requests.deadline import due
from gern.rooms.protect.requests.delivery import build, fetch, forget_over, issue, waiting
from gern.rooms.protect.requests.jobs import remind_on
from gern.rooms.protect.requests.letters import LETTERS, letter
from gern.rooms.protect.requests.package import package
from gern.rooms.protect.requests.services import close, extend, forget_old
from tests.web.test_customers import TODAY, people, said  # noqa: F401
from tests.web.test_protect import consent
from tests.web.test_rights import firm  # noqa: F401


def ask(kind: str = "access", days_ago: int = 0, **fields) -> Request:
    fields = {"person": "k-1", "identity": "wrote from the known address", "name": "Jörg Müller", **fields}  # fmt: skip
    return Request.objects.create(
        kind=kind, way="email", received=timezone.localdate() - timedelta(days=days_ago), **fields
    )


DEADLINES = [
    (date(2026, 1, 30), False, date(2026, 2, 28)), (date(2026, 1, 31), False, date(2026, 2, 28)),
    (date(2028, 1, 31), False, date(2028, 2, 29)), (date(2026, 2, 28), False, date(2026, 3, 28)),
    (date(2026, 12, 15), False, date(2027, 1, 15)), (date(2026, 11, 30), True, date(2027, 2, 28)),
    (date(2026, 1, 31), True, date(2026, 4, 30)),
]  # fmt: skip


def test_a_month_ends_on_its_day_or_on_the_last() -> None:
    for received, extended, day in DEADLINES:
        assert due(received, extended=extended) == day


def test_a_request_from_letter_to_answer(people, ben) -> None:
    start = {"kind": "access", "way": "letter", "received": "2099-01-01", "name": "Joerg Mueller", "contact": "mueller@example.org", "text": "What do you have?"}  # fmt: skip
    assert "still to come" in ben.post(reverse("request_new"), start).content.decode()
    day = people.today() - timedelta(days=2)
    ben.post(reverse("request_new"), {**start, "received": str(day)})
    one = Request.objects.get()
    page = reverse("request", args=[one.pk])
    html = ben.get(page).content.decode()
    assert "writes from the address we have" in html
    assert reverse("customer") + "?customer=k-1" in html
    step = reverse("request_step", args=[one.pk])
    refused = ben.post(reverse("package_order", args=[one.pk]), {"language": "en"})
    assert (refused.status_code, Package.objects.count()) == (422, 0)
    assert ben.post(step, {"do": "identify", "customer": "nobody", "why": "x"}).status_code == 422
    assert ben.post(step, {"do": "identify", "customer": "k-1", "why": ""}).status_code == 422
    ben.post(step, {"do": "identify", "customer": "k-1", "why": "named the last order"})
    assert ben.post(step, {"do": "extend", "why": "many files"}).status_code == 302
    assert ben.post(step, {"do": "extend", "why": "again"}).status_code == 422
    one.refresh_from_db()
    assert (one.person, one.extended) == ("k-1", True)
    ben.post(step, {"do": "answered"})
    one.refresh_from_db()
    assert (one.state, one.closed) == ("answered", people.today())
    assert ben.post(step, {"do": "refused", "why": "no"}).status_code == 422
    ben.post(step, {"do": "note", "why": "rang to thank"})
    said_ = [name for name, *_ in one.steps.values_list("what")]
    assert said_ == ["received", "identified", "extended", "answered", "note"]
    assert "rang to thank" in ben.get(page).content.decode()
    assert one.number in ben.get(reverse("requests")).content.decode()


def test_extending_ends_with_the_first_month(people, db) -> None:
    old = ask(days_ago=40)
    with pytest.raises(BadInput, match="within the first month"):
        extend(old, "late", people.today(), None)


@pytest.fixture
def known(people, firm):
    """k-1 with a fact of every sort, k-3 beside them."""
    Purpose.objects.create(id="news", name="Neuigkeiten", text="Once a month")
    people.log.append([
        said("k-1", at=TODAY - timedelta(days=3), source="crm", allergy="Haselnussfakt"),
        consent("k-1", "1", purpose="news", channel="email", evidence="Zettelfakt"),
        Event(source="desk", id="t1", name="Ticket Opened", customer="k-1", ts=TODAY - timedelta(days=9),
              properties={"subject": "Deckelfakt"}, context={"page": {"path": "/seitenfakt"}}),
        Event(source="desk", id="t2", name="Ticket Opened", customer="k-3", ts=TODAY - timedelta(days=9),
              properties={"subject": "Nachbarfakt"}),
        said("k-3", at=TODAY - timedelta(days=3), source="crm", allergy="Nachbarnuss"),
    ])  # fmt: skip
    add_note("k-1", "Notizfakt", None)
    add_note("k-3", "Nachbarnotiz", None)
    add_file(people, "k-1", ["k-1"], io.BytesIO(b"%PDF- Dateifakt"), "brief.pdf", None)
    Audience.objects.create(
        name="Some", kind="query", query="SELECT person FROM rows WHERE person IN ('k-1', 'k-3')"
    )
    people.home.uploads.joinpath("Zoë Groß.csv").write_text("k-1,k-3")
    give_tag("k-1", "Schildfakt", None)
    Relation.objects.create(person="k-1", other="k-3", kind="friend", note="Freundfakt")
    people.log.identify("vis-1", "k-1")
    add_note("visitor:vis-1", "Besuchernotizfakt", None)
    return people


FACTS = ["Haselnussfakt", "Zettelfakt", "Deckelfakt", "/seitenfakt", "Notizfakt", "Schildfakt",
         "Freundfakt", "Besuchernotizfakt", "joerg@example.org", "mueller@example.org", "Köln",
         "+49 (0)171 / 123 45", "vis-1"]  # fmt: skip
OF_OTHERS = ["Nachbarfakt", "Nachbarnuss", "Nachbarnotiz", "k-3", "Zoë", "Zürich", "Anna Schmidt"]


def unzipped(content: bytes) -> dict[str, str]:
    with zipfile.ZipFile(io.BytesIO(content)) as zip:
        return {
            name: zip.read(name).decode()
            for name in zip.namelist()
            if not name.startswith("files/")
        }


def package_files(shop) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(package(shop, "k-1", "en", portable=False))) as zip:
        return {name: zip.read(name) for name in zip.namelist()}


def count(fact: str, text: str) -> int:
    """How often it stands there on its own."""
    return len(re.findall(rf"(?<![\w@.]){re.escape(fact)}(?!\w)", text))


@pytest.mark.parametrize("language", ["de", "en"])
def test_the_package_tells_everything_once_and_nothing_of_others(known, language) -> None:
    files = unzipped(package(known, "k-1", language, portable=False))
    page, data = files["readable.html"], files["data.json"]
    assert {fact: count(fact, page) for fact in FACTS} == dict.fromkeys(FACTS, 1)
    assert {fact for fact in FACTS if count(fact, data) == 0} == set()
    for name, text in files.items():
        assert [word for word in OF_OTHERS if word in text] == [], name
    assert f'lang="{language}"' in page
    for word in (("Welchem Zweck", "Rechte", "Errechnet") if language == "de" else ("What for", "rights", "computed")):  # fmt: skip
        assert word.lower() in page.lower(), word
    for word in ("Teehaus GmbH", "LDI NRW", "Neuigkeiten"):
        assert word in page
    rows = list(csv.DictReader(io.StringIO(files["csv/home-log.csv"].removeprefix("\ufeff"))))
    assert len(rows) == len(json.loads(data)["home/log"])
    assert b"Dateifakt" in package_files(known)["files/1-brief.pdf"]
    assert json.loads(data)["customers.Note"][0]["text"] in ("Notizfakt", "Besuchernotizfakt")


def test_portability_has_what_they_gave_and_no_notes(known) -> None:
    files = unzipped(package(known, "k-1", "en", portable=True))
    for text in files.values():
        assert "Notizfakt" not in text
        assert "Schildfakt" not in text
    assert "Deckelfakt" in files["data.json"]
    assert "What is computed" not in files["readable.html"]


def test_nobody_known_gets_a_package_that_says_so(own_home, firm) -> None:
    files = unzipped(package(own_home, "nobody", "en", portable=False))
    assert json.loads(files["data.json"]) == {}
    assert "Nothing." in files["readable.html"]


def test_formulas_do_not_run_in_a_spreadsheet(known) -> None:
    add_note("k-1", "=cmd()", None)
    files = unzipped(package(known, "k-1", "en", portable=False))
    assert "'=cmd()" in files["csv/customers.Note.csv"]


def test_link_and_code_fetch_it_wrong_codes_end_it(known, ben, nobody, django_capture_on_commit_callbacks) -> None:  # fmt: skip
    one = ask()
    with django_capture_on_commit_callbacks(execute=True):
        ben.post(reverse("package_order", args=[one.pk]), {"language": "de"})
    made = Package.objects.get()
    file = known.home.packages / made.file
    assert file.stat().st_mode & 0o077 == 0
    assert made.size == file.stat().st_size
    do = reverse("package_do", args=[made.pk])
    assert ben.post(do, {"do": "look"}).getvalue() == file.read_bytes()
    shown = ben.post(do, {"do": "issue"})
    link, code = shown.context["link"], shown.context["code"]
    assert shown["Cache-Control"] == "no-store"
    url = link.removeprefix("http://testserver")
    for method in ("get", "head"):
        answer = getattr(nobody, method)(url)
        assert (answer.status_code, answer["Cache-Control"]) == (200, "no-store")
    assert Package.objects.get().tries == 0
    assert nobody.post(url, {"code": "WRONGONE"}).status_code == 422
    got = nobody.post(url, {"code": code.lower()})
    assert got.getvalue() == file.read_bytes()
    assert Package.objects.get().fetched
    ben.post(do, {"do": "issue"})  # a new link ends the old
    assert nobody.get(url).status_code == 404
    token, code = issue(Package.objects.get(), None)
    fresh = reverse("data_package", args=[token])
    for _ in range(5):
        nobody.post(fresh, {"code": "WRONGONE"})
    assert nobody.post(fresh, {"code": code}).status_code == 404
    assert fetch(known, Package.objects.get(), code) is None
    token, code = issue(Package.objects.get(), None)
    Package.objects.update(expires=timezone.now())
    assert waiting(token) is None
    assert forget_over(known) == 1
    assert list(known.home.packages.iterdir()) == []
    assert nobody.get(reverse("data_package", args=["x"])).status_code == 404


def test_a_customer_sees_their_own_data_by_a_link_to_their_address(known, nobody) -> None:
    MailSetup.objects.create(pk=1, sender="shop@example.org", address="https://gern.example.org")
    own = reverse("choices", args=[make_link(known, "k-1")])
    for method in ("get", "head"):
        getattr(nobody, method)(own)
    assert Mail.objects.count() == 0
    for _ in range(3):
        nobody.post(own, {"do": "data"})
    mail = Mail.objects.get()  # one an hour
    assert mail.to == "mueller@example.org"
    assert "Müller" not in mail.letter.text
    link = re.search(r"https://gern.example.org(\S+)", mail.letter.text)[1]
    answer = nobody.get(link)
    page = answer.content.decode()
    assert answer["Cache-Control"] == "no-store"
    for fact in ("Haselnussfakt", "Deckelfakt", "Notizfakt", "Schildfakt", "computed"):
        assert fact in page
    assert [word for word in OF_OTHERS if word in page] == []
    assert nobody.post(link).status_code == 405
    DataLink.objects.update(created=timezone.now() - timedelta(hours=25))
    assert nobody.get(link).status_code == 404
    forget_links()
    assert (DataLink.objects.count(), Mail.objects.count()) == (0, 0)
    own = reverse("choices", args=[make_link(known, "k-2")])  # has no address
    assert "Send me the link" not in nobody.get(own).content.decode()
    nobody.post(own, {"do": "data"})
    assert Mail.objects.count() == 0


def test_a_package_that_was_not_wanted_any_more_is_not_left(known) -> None:
    made = Package.objects.create(request=ask())
    Request.objects.update(person="")  # erased meanwhile
    build(known, made, "en")
    assert list(known.home.packages.iterdir()) == []


def test_letters_in_both_languages_say_what_is_known(people, ben, firm) -> None:
    one = ask("erasure", received_text := 0)
    assert received_text == 0
    for language, words in (("de", ("Guten Tag Jörg Müller", "Teehaus GmbH")), ("en", ("Dear Jörg Müller", "Teehaus GmbH"))):  # fmt: skip
        for kind in LETTERS:
            text = letter(one, kind, language)
            assert all(word in text for word in words), (kind, text)
            assert one.number in text
        for kind in ("answer", "refused"):
            assert "LDI NRW" in letter(one, kind, language)
    for kind in Request.Kind.values:
        assert len(letter(ask(kind), "answer", "de")) > 200
    url = reverse("request_letter", args=[one.pk])
    assert ben.get(url, {"letter": "fax"}).status_code == 404
    assert "Certificate" in ben.get(url, {"letter": "answer", "language": "en"}).content.decode().title()  # fmt: skip
    made = ben.post(reverse("letter_print", args=[one.pk]), {"letter": "answer", "language": "de", "text": "Guten Tag\n\n<b>&</b>"})  # fmt: skip
    assert made.content.startswith(b"%PDF")
    assert [s.what for s in one.steps.all()] == ["letter"]


def test_people_ask_by_the_form(people, nobody, ben) -> None:
    url = reverse("data_request")
    assert nobody.get(url).status_code == 404  # nobody answers for the data yet
    Firm.objects.create(pk=1, name="Teehaus GmbH", address="Köln")
    assert nobody.get(url).status_code == 200
    sent = {
        "kind": "erasure",
        "name": "Jörg Müller",
        "contact": "mueller@example.org",
        "text": "all",
    }
    assert nobody.post(url, {**sent, "contact": ""}).status_code == 422
    assert Request.objects.count() == 0
    nobody.post(url, {**sent, "website": "http://spam"})
    assert Request.objects.count() == 0
    html = nobody.post(url, sent).content.decode()
    one = Request.objects.get()
    assert (one.way, one.person, one.identity, one.received) == ("form", "", "", people.today())
    assert one.number in html
    assert "k-1" not in html  # nobody learns who is a customer
    assert url in ben.get(reverse("requests")).content.decode()
    for n in range(29):
        Request.objects.create(kind="access", way="form", received=people.today(), name=str(n))
    assert nobody.post(url, sent).status_code == 429
    assert Request.objects.count() == 30


def test_deadlines_are_seen_on_every_page_and_by_mail(people, anna, ben, cem) -> None:
    forget_alerts()
    assert not [a for a in alerts() if "deadline" in str(a.text) or "due within" in str(a.text)]
    ask(days_ago=60)
    ask(days_ago=26)
    ask(days_ago=1)
    forget_alerts()
    texts = [str(a.text) for a in alerts()]
    assert "Requests about data whose deadline is over: 1." in texts
    assert "Requests about data due within a week: 1." in texts
    assert "deadline is over" in ben.get(reverse("customers")).content.decode()
    assert "deadline is over" not in cem.get(reverse("figures")).content.decode()
    assert remind_on(people.today()) == 0  # no mail is set up
    MailSetup.objects.create(pk=1, sender="shop@example.org", address="https://gern.example.org")
    assert remind_on(people.today()) == 1  # Anna; once a day
    assert remind_on(people.today()) == 0
    mail = Mail.objects.get()
    assert mail.to == "anna@example.org"
    assert "Müller" not in mail.letter.text
    assert "2 requests about data are due" in mail.letter.subject
    forget_alerts()


def test_the_deadline_runs_however_old_the_data_are(own_home, ben, nobody, firm) -> None:
    own_home.log.append([said("k-1", at=TODAY - timedelta(days=900))])
    today = real_today(own_home)
    assert own_home.today() < today
    nobody.post(
        reverse("data_request"), {"kind": "access", "name": "A", "contact": "a@example.org"}
    )
    assert Request.objects.get().received == today
    Request.objects.update(received=today - timedelta(days=40))
    assert "over" in ben.get(reverse("requests")).content.decode()


def test_somebody_else_gets_no_package_of_another(known, ben) -> None:
    one = ask()
    made = Package.objects.create(request=one)
    build(known, made, "en")
    token, _ = issue(made, None)
    ben.post(
        reverse("request_step", args=[one.pk]),
        {"do": "identify", "customer": "k-3", "why": "a mistake"},
    )
    assert Package.objects.count() == 0
    assert list(known.home.packages.iterdir()) == []
    assert waiting(token) is None


def test_an_address_becomes_a_link_only_if_it_is_one(known, ben) -> None:
    url = reverse("request_letter", args=[ask(contact="x@y.de?bcc=evil@x.de&body=z").pk])
    assert "mailto:" not in ben.get(url, {"letter": "answer"}).content.decode()
    url = reverse("request_letter", args=[ask(contact="a+b@example.org").pk])
    assert "mailto:a%2Bb@example.org" in ben.get(url, {"letter": "answer"}).content.decode()


def test_requests_of_the_erased_are_forgotten_also_those_never_linked(known) -> None:
    linked, unlinked = ask(contact="x", text="about me"), ask(person="", identity="", contact="Mueller@example.org ", text="t")  # fmt: skip
    closed = ask(person="", identity="", contact="joerg@example.org", state="refused", closed=known.today())  # fmt: skip
    other = ask(person="", identity="", contact="somebody@example.org")
    erase_customers(["k-1"])
    found = {
        r.pk: (r.person, r.name, r.contact, r.text, r.forgotten) for r in Request.objects.all()
    }
    assert found[linked.pk] == ("", "Jörg Müller", "x", "", True)  # the answer is still to be sent
    assert found[unlinked.pk] == ("", "Jörg Müller", "Mueller@example.org ", "", True)
    assert found[closed.pk] == ("", "", "", "", True)
    assert found[other.pk][-1] is False
    close(linked, "answered", "Jörg Müller was glad", known.today(), None)
    linked.refresh_from_db()
    assert (linked.name, linked.contact, linked.steps.last().note) == ("", "", "")


def test_a_package_whose_file_is_not_there_is_said_to_be_gone(known, ben, nobody) -> None:
    made = Package.objects.create(request=ask())
    build(known, made, "en")
    made.refresh_from_db()
    token, code = issue(made, None)
    (known.home.packages / made.file).unlink()  # restored from a backup
    assert ben.post(reverse("package_do", args=[made.pk]), {"do": "look"}).status_code == 404
    assert nobody.post(reverse("data_package", args=[token]), {"code": code}).status_code == 404
    assert Package.objects.get().fetched is None
    Package.objects.create(request=made.request)
    Package.objects.update(created=timezone.now() - timedelta(days=20), expires=None)
    assert forget_over(known) == 2


def test_what_is_long_closed_is_forgotten(people, db) -> None:
    one = ask()
    close(one, "answered", "", date(2026, 3, 1), None)
    for day, left in ((date(2029, 12, 31), 1), (date(2030, 1, 1), 0)):
        forget_old(day)
        assert Request.objects.count() == left
    ask()
    forget_old(date(2099, 1, 1))
    assert Request.objects.count() == 1  # an open one is not forgotten


def test_five_hundred_visits_of_link_scanners_change_nothing(known, nobody) -> None:
    made = Package.objects.create(request=ask())
    build(known, made, "en")
    token, _ = issue(made, None)
    own = make_link(known, "k-1")
    urls = [reverse("data_package", args=[token]), reverse("choices", args=[own]),
            reverse("unsubscribe", args=[own, "news"]), reverse("data_request")]  # fmt: skip

    def state() -> tuple[object, ...]:
        counted = known.query("SELECT count(*) AS n FROM events")[0]["n"]
        return (known.manifest.version(), counted, list(Waiting.objects.values("pk")), list(Package.objects.values()),
                list(Request.objects.values()))  # fmt: skip

    before = state()
    for n in range(125):
        for url in urls:
            headers = {"sec-purpose": "prefetch"} if n % 3 == 0 else {}
            answer = (nobody.head if n % 2 else nobody.get)(url, headers=headers)
            assert answer.status_code == 200
            for link in re.findall(r'href="(/[^"]*)"', answer.content.decode()) if n == 0 else []:
                Client().get(link)
    assert state() == before
    nobody.post(reverse("unsubscribe", args=[own, "news"]))
    assert state() != before  # it would have been seen
