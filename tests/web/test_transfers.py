"""Who got data about whom; what a notice said; who wrote what of a customer, and back again."""

from __future__ import annotations

import json

import pytest
from django.test import Client
from django.urls import reverse

from gern.kit.api import keys
from gern.kit.mail.models import MailSetup
from gern.kit.registry import stores
from gern.kit.shop import current_shop
from gern.rooms.protect.models import Notice, Purpose, Signup, SignupForm, Transfer
from gern.rooms.protect.notices.services import publish, read_by
from gern.rooms.protect.record.services import recipients
from gern.rooms.protect.requests.services import identify, take_in
from gern.rooms.protect.signup.services import shown
from gern.rooms.protect.transfers import services
from gern.rooms.protect.transfers.services import of_person


def test_a_downloaded_list_is_told_to_whoever_was_on_it(ben: Client, cast) -> None:
    response = ben.get(reverse("customers_export", args=["csv"]) + "?country=Germany")
    lines = b"".join(response).decode("utf-8-sig").splitlines()[1:]
    on_it = {line.split(",")[0] for line in lines}
    one = Transfer.objects.get()
    assert (one.by, one.what, one.count) == (cast["ben"], "customers.csv", len(on_it))
    everybody = [row["person"] for row in current_shop().customers(columns=(), limit=None).rows]
    assert {person for person in everybody if of_person([person])} == on_it
    assert not any(person.encode() in bytes(one.digests) for person in on_it)


def test_people_of_a_figure_and_the_leaving_are_kept_too(ben: Client) -> None:
    ben.get(reverse("people_export", args=["retention_rate", "csv"]))
    ben.get(reverse("leaving_export", args=["xlsx"]))
    assert [t.what for t in Transfer.objects.all()] == ["leaving.xlsx", "retention_rate-people.csv"]


def test_to_whom_a_file_was_handed_on_is_told(ben: Client, cem: Client) -> None:
    ben.get(reverse("customers_export", args=["csv"]) + "?search=12583")
    one = Transfer.objects.get()
    address = reverse("transfer_recipient", args=[one.pk])
    assert cem.post(address, {"recipient": "Druckerei Blatt"}).status_code == 403
    ben.post(address, {"recipient": "Druckerei Blatt"})
    page = ben.get(reverse("transfers") + "?customer=12583").content.decode()
    assert "Druckerei Blatt" in page
    assert (
        "Druckerei Blatt" not in ben.get(reverse("transfers") + "?customer=12584").content.decode()
    )
    assert "Druckerei Blatt" in recipients(None)
    assert stores()["protect.Transfer"].exporter("12583")[0]["handed on to"] == "Druckerei Blatt"
    listed = b"".join(ben.get(reverse("transfers_export", args=["csv"]))).decode()
    assert "Druckerei Blatt" in listed


def test_recipients_to_be_told_are_named(ben: Client, cast) -> None:
    ben.get(reverse("customers_export", args=["csv"]) + "?search=12583")
    Transfer.objects.update(recipient="Druckerei Blatt")
    for kind, told in (
        ("erasure", True),
        ("rectification", True),
        ("restriction", True),
        ("access", False),
    ):
        one = take_in({"kind": kind, "way": "email", "received": current_shop().today(), "name": "x",
                       "contact": "", "text": ""}, cast["ben"])  # fmt: skip
        identify(one, "12583", "known", cast["ben"])
        page = ben.get(reverse("request", args=[one.pk])).content.decode()
        assert ("Druckerei Blatt" in page) is told, kind


def test_a_program_that_asks_is_kept_once_a_day(db, nobody: Client) -> None:
    services._API_DAYS.clear()
    _row, key = keys.make("till", ["figures", "people"], None)
    ask = {"headers": {"authorization": f"Bearer {key}"}}
    for _ in range(3):
        assert nobody.get("/api/v1/customers?limit=1", **ask).status_code == 200
    services._API_DAYS.clear()  # as in another process
    assert nobody.get("/api/v1/customers?limit=1", **ask).status_code == 200
    nobody.get("/api/v1/figures", **ask)
    one = Transfer.objects.get()
    assert (one.what, one.recipient, one.count) == ("API", "till", None)
    assert of_person(["anybody"]) == [one]


@pytest.mark.parametrize("count", [0, 1, 2, 3, 1000])
def test_hashes_are_found_again(own_home, count: int) -> None:
    people = [f"p{n}" for n in range(count)]
    digests = services.digests_of(own_home.home, people)
    for name in [*people, "q", "p", "p1001"]:
        found = services._holds(digests, [services.digests_of(own_home.home, [name])])
        assert found is (name in people)


def test_a_published_notice_stays_and_the_next_follows(anna: Client, nobody: Client) -> None:
    assert nobody.get("/privacy-notice/").status_code == 404
    anna.post(reverse("notices"), {"german": "Wir speichern.", "english": "We store."})
    same = anna.post(reverse("notices"), {"german": "Wir speichern.", "english": "We store."})
    assert same.status_code == 422
    assert anna.post(reverse("notices"), {"german": "", "english": ""}).status_code == 422
    anna.post(reverse("notices"), {"german": "Wir speichern <b>alles</b>.", "english": ""})
    assert [n.version for n in Notice.objects.all()] == [2, 1]
    assert "We store." in nobody.get("/privacy-notice/1/").content.decode()
    page = nobody.get("/privacy-notice/").content.decode()
    assert "&lt;b&gt;alles" in page
    assert nobody.get("/privacy-notice/3/").status_code == 404


def test_a_sign_up_keeps_which_notice_was_read(anna: Client, own_home) -> None:
    Purpose.objects.create(id="news", name="News", kind="advertising")
    new = {"id": "tea", "title": "Tee", "text": "Ja", "purposes": ["news"], "notice": "",
           "notice_version": "", "language": "de", "frames": "", "on": "on"}  # fmt: skip
    refused = anna.post(reverse("signup_form_new"), new)
    assert "publish a notice first" in refused.content.decode()
    publish("Hinweis", "", None)
    assert anna.post(reverse("signup_form_new"), new).status_code == 302
    form = SignupForm.objects.get()
    first = shown(form)
    publish("Hinweis 2", "", None)
    assert (first["notice_version"], shown(form)["notice_version"]) == ("1", "2")
    for token, confirmed in (("a", True), ("b", False)):
        one = Signup.objects.create(
            form=form, form_version=1, shown=first, email="a@b.de", token=token
        )
        if confirmed:
            Signup.objects.filter(pk=one.pk).update(confirmed="2026-01-01T00:00Z")
    assert read_by() == {1: 1}
    MailSetup.objects.create(pk=1, sender="a@example.org", address="https://gern.example.org")
    assert "/privacy-notice/" in Client().get(reverse("signup", args=["tea"])).content.decode()


def test_who_wrote_what_of_a_customer_and_back(ben: Client, cast, own_home) -> None:
    from datetime import datetime

    from gern.core.log.event import Event
    from gern.kit.outbox.services import deliver

    own_home.log.append([Event(id="1", source="crm", name="Identify", kind="identify", customer="k",
                               ts=datetime(2026, 1, 5), properties={"phone": "0171 1"})])  # fmt: skip
    say = reverse("customer_trait")
    ben.post(say, {"customer": "k", "key": "phone", "value": "0171 2"})
    deliver()
    page = ben.get(reverse("customer") + "?customer=k&whole=1").content.decode()
    assert "0171 2" in page
    assert "ben@example.org" in page[page.index("What is known") :]
    assert "Back to 0171 1" in page
    ben.post(say, {"customer": "k", "key": "phone", "value": "0171 1"})
    deliver()
    phone = next(t for t in current_shop().traits("k") if t.key == "phone")
    assert [s.value for s in (phone.now, *phone.history)] == ["0171 1", "0171 2", "0171 1"]
    assert [s.by for s in (phone.now, *phone.history)] == [str(cast["ben"].pk)] * 2 + [""]
    assert json.dumps("ben@example.org") not in str(own_home.query("SELECT context FROM events"))
