# ruff: noqa: F811 - the fixture of another module
"""Double opt-in: the form, the mail, the button; what is kept as proof, and what is not kept."""

from __future__ import annotations

import io
import re
from datetime import timedelta

import pypdf
import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from gern.kit.erasing import erase_customers
from gern.kit.mail.models import Letter, Mail, MailSetup
from gern.kit.outbox.services import deliver
from gern.rooms.protect.gate.services import may_contact
from gern.rooms.protect.models import Purpose, Signup, SignupForm
from gern.rooms.protect.proof.services import ages, proof_pdf
from gern.rooms.protect.signup.services import PENDING_DAYS, forget_old, shortened
from tests.web.test_customers import TODAY, people, said  # noqa: F401
from tests.web.test_protect import consent

URL = "/signup/tea/"


@pytest.fixture
def form(people, db) -> SignupForm:
    MailSetup.objects.create(pk=1, sender="shop@example.org", address="https://gern.example.org")
    purpose = Purpose.objects.create(id="news", name="Tee-Post", text="Einmal im Monat")
    made = SignupForm.objects.create(
        id="tea", title="Tee-Post", text="Ja, die Teehaus GmbH darf mir schreiben.", language="de",
        notice="https://example.org/datenschutz", notice_version="2026-05", frames="https://www.example.org",
    )  # fmt: skip
    made.purposes.add(purpose)
    return made


def seal(client: Client) -> str:
    html = client.get(URL).content.decode()
    return re.search(r'name="sealed" value="([^"]+)"', html)[1]


def sign_up(client: Client, email: str = "neu@example.org", **more: str):
    sent = {
        "email": email,
        "yes": "1",
        "sealed": seal(client),
        "page": "https://www.example.org/tee",
    }
    return client.post(URL, {**sent, **more}, REMOTE_ADDR="203.0.113.77")


def link() -> str:
    return re.search(r"https://gern.example.org(\S+)", Mail.objects.latest("created").letter.text)[
        1
    ]


def code(person: str, purpose: str = "news") -> str:
    from gern.kit.shop import current_shop

    return may_contact(current_shop(), person, "email", purpose).code


def test_only_the_button_of_the_mail_makes_it_a_consent(form, people) -> None:
    strict = Client(enforce_csrf_checks=True)  # inside another site there are no cookies
    html = strict.get(URL).content.decode()
    assert 'type="checkbox"' in html
    assert "checked" not in html
    assert "https://example.org/datenschutz" in html
    assert sign_up(strict, name="Nora Neu").status_code == 200
    one, mail = Signup.objects.get(), Mail.objects.get()
    assert mail.to == "neu@example.org"
    assert "Tee-Post" in mail.letter.text
    for _ in range(20):  # scanners open every link
        for method in ("get", "head", "options"):
            getattr(strict, method)(link())
    assert not Signup.objects.get().confirmed
    deliver()
    assert (
        people.query("SELECT count(*) AS n FROM events WHERE name = 'Consent Given'")[0]["n"] == 0
    )
    Mail.objects.update(state="sent")
    done = strict.post(link(), REMOTE_ADDR="203.0.113.9")
    assert "Bestätigt" in done.content.decode()
    one.refresh_from_db()
    deliver()
    assert code(one.person) == "consent"
    assert people.customer(one.person)["email"] == "neu@example.org"
    assert (one.asked_ip, one.confirmed_ip) == ("203.0.113.77", "203.0.113.9")
    assert one.message_id == f"<{mail.pk}@example.org>"
    assert one.shown["box"] == form.text
    token = link().rstrip("/").rpartition("/")[2]
    assert token not in one.mail
    strict.post(link())
    deliver()
    assert (
        people.query("SELECT count(*) AS n FROM events WHERE name = 'Consent Given'")[0]["n"] == 1
    )


def test_who_is_a_customer_already_stays_one(form, people) -> None:
    sign_up(Client(), "Mueller@Example.org", name="Somebody Else")
    MailSetup.objects.update(provider="brevo")
    Mail.objects.update(state="sent")
    Client().post(link())
    assert Signup.objects.get().person == "k-1"
    assert Signup.objects.get().message_id == ""  # the provider makes its own
    deliver()
    assert people.customer("k-1")["name"] == "Jörg Müller"
    assert code("k-1") == "consent"
    Purpose.objects.create(id="calls", name="Anrufe")
    assert code("k-1", "calls") == "no_consent"


def test_what_is_not_right_is_not_taken(form) -> None:
    client, right = Client(), {"email": "neu@example.org", "yes": "1"}
    for wrong in (
        {"email": "neu"}, {"email": ""}, {"yes": ""}, {"sealed": "x"}, {"sealed": ""},
        {"email": "a@b.de\nBcc: c@d.de"}, {"email": "a@b.de, c@d.de"},
    ):  # fmt: skip
        assert client.post(URL, {**right, "sealed": seal(client), **wrong}).status_code == 422, (
            wrong
        )
    old = seal(client)
    Purpose.objects.update(text="Zweimal am Tag")  # people read it too
    assert client.post(URL, {**right, "sealed": old}).status_code == 422
    form.version = 2
    form.save()
    assert client.post(URL, {**right, "sealed": old}).status_code == 422
    assert client.post(URL, {**right, "sealed": seal(client), "website": "x"}).status_code == 200
    assert Signup.objects.count() == Mail.objects.count() == 0
    form.on = False
    form.save()
    assert client.get(URL).status_code == 404
    form.on = True
    form.save()
    MailSetup.objects.update(address="")
    assert client.get(URL).status_code == 404


def test_nobody_is_flooded_and_nobody_learns_who_signed_up(form, monkeypatch) -> None:
    hidden = re.compile(rb'name="csrfmiddlewaretoken" value="[^"]+"')
    answers = {hidden.sub(b"", sign_up(Client()).content) for _ in range(5)}
    assert Mail.objects.count() == 3
    assert len(answers) == 1
    monkeypatch.setattr("gern.rooms.protect.signup.services.MOST_AN_HOUR", 4)
    assert sign_up(Client(), "b@example.org").status_code == 200
    assert sign_up(Client(), "c@example.org").status_code == 429


def test_it_is_framed_only_where_it_may_be(form) -> None:
    answer = Client().get(URL)
    assert "frame-ancestors https://www.example.org" in answer["Content-Security-Policy"]
    assert "X-Frame-Options" not in answer
    assert "frame-ancestors 'none'" in Client().get(reverse("login"))["Content-Security-Policy"]


def test_what_nobody_confirmed_is_deleted_addresses_are_shortened(form) -> None:
    sign_up(Client())
    path = link()
    sign_up(Client(), "second@example.org")
    Client().post(link(), REMOTE_ADDR="2001:db8:1:2::9")
    assert forget_old() == 0
    Signup.objects.update(asked=timezone.now() - timedelta(days=PENDING_DAYS, hours=1))
    assert Client().post(path).status_code == 404
    assert forget_old() == 1
    assert Mail.objects.get().to == "second@example.org"
    assert Letter.objects.count() == 1
    assert Signup.objects.get().confirmed_ip == "2001:db8:1:2::9"
    Signup.objects.update(asked=timezone.now() - timedelta(days=400))  # the shop was shut for long
    forget_old()
    one = Signup.objects.get()
    assert (one.asked_ip, one.confirmed_ip) == ("203.0.113.0", "2001:db8:1::")
    assert shortened("") == shortened("unix") == ""


def test_an_erasure_takes_sign_ups_along_confirmed_or_not(form, people) -> None:
    sign_up(Client(), "mueller@example.org")
    Client().post(link())
    sign_up(Client(), "joerg@example.org")  # an address of theirs, not confirmed
    sign_up(Client(), "other@example.org")
    deliver()
    erase_customers(["k-1"])
    assert [one.email for one in Signup.objects.all()] == ["other@example.org"]
    assert [mail.to for mail in Mail.objects.all()] == ["other@example.org"]


def test_the_firm_makes_and_changes_forms(form, anna, ben, cem) -> None:
    new = {"id": "tea-2", "title": "Tee", "text": "Ja", "purposes": ["news"], "notice": "https://example.org",
           "notice_version": "1", "language": "en", "frames": "example.org", "on": "on"}  # fmt: skip
    assert anna.post(reverse("signup_form_new"), new).status_code == 422  # no https site
    assert (
        anna.post(reverse("signup_form_new"), {**new, "frames": "", "id": "new"}).status_code == 422
    )
    assert ben.post(reverse("signup_form_new"), new).status_code == 403
    anna.post(reverse("signup_form_new"), {**new, "frames": ""})
    made = SignupForm.objects.get(pk="tea-2")
    assert made.version == 1
    edit = reverse("signup_form_edit", args=["tea-2"])
    anna.post(edit, {**new, "frames": "https://www.example.org"})
    assert SignupForm.objects.get(pk="tea-2").version == 1  # people read the same
    anna.post(edit, {**new, "frames": "", "text": "Ja, gern"})
    assert SignupForm.objects.get(pk="tea-2").version == 2
    html = ben.get(reverse("signup_forms")).content.decode()
    assert "/signup/tea-2/" in html
    assert "iframe" in html
    assert cem.get(reverse("signup_forms")).status_code == 403


def test_the_proof_names_all_of_it_and_old_unused_consents_are_told(form, people, ben) -> None:
    sign_up(Client(), "mueller@example.org")
    Mail.objects.update(state="sent")
    Client().post(link(), REMOTE_ADDR="203.0.113.9")
    deliver()
    people.log.append([
        consent("k-3", "3", purpose="news", channel="email", evidence="form", at=TODAY - timedelta(days=800)),
        said("k-3", at=TODAY - timedelta(days=900), source="shop", email="zoe@example.org"),
    ])  # fmt: skip
    found = [(one.purpose.pk, one.channel, one.new, one.older, one.oldest, one.unused) for one in ages(people)]  # fmt: skip
    assert found == [("news", "email", 1, 0, 1, 1)]
    assert "Age of consents" in ben.get(reverse("consent_ages")).content.decode()
    pdf = ben.get(reverse("proof"), {"customer": "k-1"})
    assert pdf.content.startswith(b"%PDF")
    text = _text(proof_pdf(people, "k-1"))
    one = Signup.objects.get()
    for word in ("mueller@example.org", "203.0.113.77", "203.0.113.9", "Ja, die Teehaus GmbH darf mir schreiben.",
                 "2026-05", "https://www.example.org/tee", str(one.pk), one.message_id, "double_opt_in"):  # fmt: skip
        assert "".join(word.split()) in text, word
    assert "zoe@" not in text
    assert ben.get(reverse("proof"), {"customer": "nobody"}).status_code == 404


def _text(pdf: bytes) -> str:
    """What is written in a PDF, without blanks."""
    reader = pypdf.PdfReader(io.BytesIO(pdf))
    return "".join("".join(page.extract_text().split()) for page in reader.pages)
