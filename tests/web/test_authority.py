# ruff: noqa: F811 - the fixture of another module
"""What the authority may ask for: the record of processing as it is configured, the log of breaches."""

from __future__ import annotations

import csv
import io
from datetime import timedelta

import pypdf
from django.urls import reverse
from django.utils import timezone, translation

from gern.kit.alerts import alerts, forget_alerts
from gern.kit.mail.models import MailSetup
from gern.kit.registry import stores
from gern.rooms.protect.breaches.services import clock
from gern.rooms.protect.erasure.words import PLACES, TIMES
from gern.rooms.protect.looks.services import forget_old
from gern.rooms.protect.models import Breach, CustomerLook, Firm, Purpose, Retention
from gern.rooms.protect.record.services import activities, measures, recipients
from tests.web.test_customers import people, said  # noqa: F401
from tests.web.test_rights import firm  # noqa: F401


def test_every_time_of_the_registry_is_said_in_both_languages() -> None:
    times = {s.retention for s in stores().values() if s.personal and s.subject == "customer" and s.name in PLACES}  # fmt: skip
    assert times <= TIMES.keys()
    with translation.override("de"):
        assert str(TIMES["as long as the customer"]) != "as long as the customer"


def test_the_record_follows_what_is_set(people, firm, ben, cem) -> None:
    def shown() -> dict[str, tuple[str, str, str]]:
        return {a.name: (a.basis, a.data, a.until) for a in activities(people)}

    before = shown()
    assert "Newsletter" not in before
    assert "crm" in before["Contacts and figures"][1]
    assert "no time is set" in before["Contacts and figures"][2]
    Purpose.objects.create(id="news", name="Newsletter")
    Purpose.objects.create(id="order", name="Orders", kind="service")
    Retention.objects.create(whom="customers", months=36, why="limitation of claims", on=True)
    after = shown()
    assert "consent" in after["Newsletter"][0]
    assert "contract" in after["Orders"][0]
    assert (
        after["Newsletter"][2] == "36 months after they were last heard of (limitation of claims)"
    )
    assert recipients(firm) == recipients(None)
    Firm.objects.update(recipients="Post AG\n\nDruckerei Meier")
    MailSetup.objects.create(pk=1, sender="a@example.org", host="smtp.example.org")
    found = recipients(Firm.objects.get())
    assert found[:3] == ["Post AG", "Druckerei Meier", "Mail: smtp.example.org"]
    assert "No nightly backup is set up" in measures(people)
    people.change_setting("backup_folder", "/srv/backup", "test")
    assert any("/srv/backup" in text for text in measures(people))
    html = ben.get(reverse("record")).content.decode()
    for word in (
        "Teehaus GmbH",
        "LDI NRW",
        "Newsletter",
        "Druckerei Meier",
        "/srv/backup",
        "Notes",
    ):
        assert word in html, word
    pdf = pypdf.PdfReader(io.BytesIO(ben.get(reverse("record_export", args=["pdf"])).content))
    text = "".join(page.extract_text() for page in pdf.pages)
    for word in ("Teehaus GmbH", "Newsletter", "Druckerei Meier"):
        assert word in text
    body = ben.get(reverse("record_export", args=["csv"])).content.decode().removeprefix("\ufeff")
    assert len(list(csv.DictReader(io.StringIO(body)))) == len(after)
    assert cem.get(reverse("record")).status_code == 403


def test_looks_are_written_down_only_if_the_firm_wants_it(people, firm, anna, ben, cast) -> None:
    page = reverse("customer") + "?customer=k-1"
    ben.get(page)
    assert CustomerLook.objects.count() == 0
    Firm.objects.update(logs_looks=True)
    for _ in range(2):
        ben.get(page)
    anna.get(page)
    anna.get(reverse("customer") + "?customer=k-3")
    found = [(one.person, one.user.email) for one in CustomerLook.objects.all()]
    assert found == [
        ("k-3", "anna@example.org"),
        ("k-1", "anna@example.org"),
        ("k-1", "ben@example.org"),
    ]
    html = anna.get(reverse("looks"), {"customer": "k-1"}).content.decode()
    assert "ben@example.org" in html
    assert "customer=k-3" not in html
    assert ben.get(reverse("looks")).status_code == 403
    CustomerLook.objects.filter(user=cast["ben"]).update(at=timezone.now() - timedelta(days=366))
    assert forget_old() == 1


def test_long_texts_break_over_pages(people, anna) -> None:
    Breach.objects.create(known=timezone.now(), what="\n".join(f"line {n}" for n in range(300)))
    Purpose.objects.create(id="news", name="News", text="word " * 3000)
    for route in ("breaches_export", "record_export"):
        made = anna.get(reverse(route, args=["pdf"]))
        assert len(pypdf.PdfReader(io.BytesIO(made.content)).pages) > 2
        assert anna.get(reverse(route, args=["exe"])).status_code == 404


def test_the_72_hours_run_until_the_authority_knows(people, anna, ben) -> None:
    now = timezone.now()
    one = Breach(known=now - timedelta(hours=70, minutes=30), what="x")
    assert clock(one, now).hours == 1
    assert clock(Breach(known=now - timedelta(hours=73), what="x"), now).hours == -1
    assert clock(Breach(known=now, what="x", risk="none"), now).due is None
    one.told_authority = now
    assert (clock(one, now).due, clock(one, now).people) == (None, False)
    one.risk = "high"
    assert clock(one, now).people
    one.told_people = now
    assert not clock(one, now).people


def test_a_breach_is_written_down_and_seen_until_it_is_reported(people, anna, ben) -> None:
    def local(hours: int) -> str:
        here = timezone.now() - timedelta(hours=hours)
        from gern.kit.shop import local as in_zone

        return in_zone(people, here).strftime("%Y-%m-%dT%H:%M")

    new = {
        "known": local(10),
        "what": "A list went to the wrong firm",
        "risk": "some",
        "people": "40",
    }
    assert anna.post(reverse("breach_new"), {**new, "known": local(-5)}).status_code == 422
    assert anna.post(reverse("breach_new"), {**new, "risk": "none"}).status_code == 422  # why not?
    late = {**new, "known": local(100), "told_authority": local(1)}
    assert anna.post(reverse("breach_new"), late).status_code == 422  # why so late?
    assert ben.post(reverse("breach_new"), new).status_code == 403
    anna.post(reverse("breach_new"), new)
    one = Breach.objects.get()
    assert abs(timezone.now() - one.known - timedelta(hours=10)) < timedelta(minutes=2)
    forget_alerts()
    assert "A data breach must be reported: 61 hours are left." in [str(a.text) for a in alerts()]
    assert "61 hours left" in anna.get(reverse("breaches")).content.decode()
    Breach.objects.update(known=timezone.now() - timedelta(hours=80))
    forget_alerts()
    assert "should have been reported" in " ".join(str(a.text) for a in alerts())
    assert "should have been" not in ben.get(reverse("customers")).content.decode()
    edit = reverse("breach", args=[one.pk])
    assert local(80) in anna.get(edit).content.decode()
    anna.post(edit, {**new, "known": local(80), "told_authority": local(1), "reason": "found late"})
    forget_alerts()
    assert not [a for a in alerts() if "breach" in str(a.text)]
    body = anna.get(reverse("breaches_export", args=["csv"])).content.decode()
    assert "A list went to the wrong firm" in body
    assert anna.get(reverse("breaches_export", args=["pdf"])).content.startswith(b"%PDF")
    forget_alerts()
