# ruff: noqa: F811 - the fixture of another module
"""Who may be contacted: purposes, the gate on the customer's page, in bulk and over the API; what is
said by hand; own choices by a link; the suppression list, which outlasts an erasure."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client
from django.urls import reverse

from gern.core.conditions.nodes import Bought
from gern.core.consent.purpose import SERVICE
from gern.core.errors import BadInput
from gern.core.log.event import Event
from gern.kit.api import keys
from gern.kit.erasing import erase_customers
from gern.kit.outbox.services import deliver
from gern.kit.shop import current_shop
from gern.rooms.customers.audiences.services import define
from gern.rooms.protect.gate.services import may_contact, say
from gern.rooms.protect.models import PreferenceLink, Purpose, Restriction, Suppressed
from gern.rooms.protect.preferences.services import make_link
from gern.rooms.protect.suppression.services import release, suppress
from tests.web.test_customers import TODAY, people, said  # noqa: F401


@pytest.fixture
def news(people, db):
    """k-1 consented with evidence, k-3 without; k-2 has no address; ‘order’ is a contract's."""
    Purpose.objects.create(id="news", name="Newsletter", called="Tee-Post\nNews")
    Purpose.objects.create(id="order", name="Bestellung", kind=SERVICE)
    people.log.append([
        consent("k-1", "1", purpose="tee-post", channel="E-Mail", evidence="form at the till"),
        consent("k-3", "3", purpose="news", channel="email"),
        said("k-3", at=TODAY - timedelta(days=3), source="shop", email="Zoe@Example.org"),
    ])  # fmt: skip
    return people


def consent(
    person: str, id: str, name: str = "Consent Given", at: datetime | None = None, **properties
):
    at = at or TODAY - timedelta(days=10)
    return Event(
        source="crm", id=f"c-{id}", name=name, customer=person, ts=at, properties=properties
    )


def code(person: str, channel: str = "email", purpose: str = "news") -> str:
    return may_contact(current_shop(), person, channel, purpose).code


def part(client: Client, person: str) -> str:
    return client.get(reverse("customer_part", args=["contact"]), {"customer": person}).content.decode()  # fmt: skip


def test_the_gate_says_why_on_page_in_bulk_and_over_the_api(news, ben) -> None:
    assert [code(p) for p in ("k-1", "k-2", "k-3")] == ["consent", "no_address", "no_proof"]
    html = part(ben, "k-1")
    assert "Consented on" in html
    assert "form at the till" in html
    assert "but it is not known how" in part(ben, "k-3")
    assert "form at the till" not in part(ben, "k-3")
    shown = ben.get(reverse("gate"), {"purpose": "news", "channel": "email"})
    assert {row[0]: row[-1] for row in shown.context["rows"]} == {"consent": 1, "no_address": 1, "no_proof": 1}  # fmt: skip
    assert shown.context["allowed"] == 1
    audience = define(news, name="Käufer", note="", by=None, condition=Bought())
    of = {"purpose": "news", "channel": "email", "audience": str(audience.pk)}
    shown = ben.get(reverse("gate"), {**of, "code": "no_proof"})
    assert {row[0]: row[-1] for row in shown.context["rows"]} == {"consent": 1, "no_proof": 1}
    assert [row["person"] for row in shown.context["found"].rows] == ["k-3"]
    assert ben.get(reverse("gate"), {**of, "audience": "99"}).status_code == 422
    overview = ben.get(reverse("protect")).content.decode()
    assert "Newsletter" in overview
    _key, secret = keys.make("test", ["people"], None, None)
    headers = {"Authorization": f"Bearer {secret}"}
    told = Client().get("/api/v1/customers/k-1/may_contact?channel=email&purpose=news", headers=headers).json()  # fmt: skip
    assert (told["allowed"], told["code"], told["evidence"]) == (
        True,
        "consent",
        "form at the till",
    )
    for wrong in ("channel=fax&purpose=news", "channel=email&purpose=x"):
        assert Client().get(f"/api/v1/customers/k-1/may_contact?{wrong}", headers=headers).status_code == 400  # fmt: skip


def test_what_they_tell_us_holds_from_then_on(news, ben) -> None:
    post = {
        "customer": "k-3",
        "given": "yes",
        "purpose": "news",
        "channel": "email",
        "evidence": "",
    }
    ben.post(reverse("consent_said"), post)
    deliver()
    assert code("k-3") == "no_proof"  # without evidence it is no consent
    ben.post(reverse("consent_said"), {**post, "evidence": "phone call, Ben"})
    deliver()
    assert code("k-3") == "consent"
    ben.post(reverse("consent_said"), {"customer": "k-3", "given": "no"})
    deliver()
    assert [code("k-3"), code("k-3", purpose="order")] == ["withdrawn", "contract"]
    assert code("k-1") == "consent"  # nobody else
    with pytest.raises(BadInput, match="Allowed"):
        say("k-1", False, "", "fax", "")
    with pytest.raises(BadInput, match="Allowed"):
        say("k-1", True, "x", "email", "a form")


def test_locked_data_are_used_for_nothing(news, ben) -> None:
    ben.post(reverse("restriction"), {"customer": "k-1", "why": ""})
    assert not Restriction.objects.exists()
    ben.post(reverse("restriction"), {"customer": "k-1", "why": "disputes her address"})
    assert [code("k-1"), code("k-1", purpose="order")] == ["restricted", "restricted"]
    assert "disputes her address" in part(ben, "k-1")
    news.log.merge("k-1", "k-3")
    assert code("k-3") == "restricted"
    ben.post(reverse("restriction_end", args=[Restriction.objects.get().pk]))
    assert not Restriction.objects.exists()
    ben.post(reverse("restriction"), {"customer": "k-3", "why": "which of the two?"})
    news.log.split("customer", "k-1")
    assert [code("k-1"), code("k-3")] == ["restricted", "restricted"]
    for row in Restriction.objects.all():
        ben.post(reverse("restriction_end", args=[row.pk]))
    assert code("k-1") == "consent"


def test_own_choices(news, ben) -> None:
    ben.post(reverse("choices_link"), {"customer": "k-1"})
    [address] = re.findall(r'href="http://testserver(/choices/[^"]+)"', part(ben, "k-1"))
    strict = Client(enforce_csrf_checks=True)
    shown = strict.get(address).content.decode()
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', shown)
    assert token
    sent = {"csrfmiddlewaretoken": token[1], "do": "pause", "days": "0"}
    assert strict.post(address, sent, headers={"Origin": "http://testserver"}).status_code == 302
    assert strict.post(address, {"do": "nothing"}).status_code == 403
    own = Client()
    page = own.get(address)
    assert page["Cache-Control"] == "no-store"
    assert page["Referrer-Policy"] == "same-origin"  # none at all, and no form could be sent
    assert 'value="news:email" checked' in page.content.decode()
    assert "Bestellung" not in page.content.decode()  # what a contract needs is no choice
    for secret in ("Müller", "joerg@", "mueller@", "k-1"):
        assert secret not in page.content.decode()
    for method in (own.get, own.head, own.options):
        for _ in range(3):
            method(f"{address}?do=nothing&on=")
    assert code("k-1") == "consent"

    def post(**data: object) -> str:
        assert own.post(address, data).status_code == 302
        deliver()
        return code("k-1")

    assert post(do="pause", days="30") == "paused"
    assert "You hear nothing until" in own.get(address, headers={"Accept-Language": "en"}).content.decode()  # fmt: skip
    assert post(do="pause", days="0") == "consent"
    assert post(on="news:email", **{"every:news": "30"}) == "consent"
    current_shop().log.append([Event(source="mail", id="m1", name="Email Sent", customer="k-1", ts=datetime.now(UTC), properties={"purpose": "news"})])  # fmt: skip
    assert code("k-1") == "too_often"
    assert post(on="news:email", **{"every:news": "0"}) == "consent"
    assert post() == "withdrawn"
    assert 'value="news:email" checked' not in own.get(address).content.decode()
    assert post(on=["news:email", "order:email", "x:y", "nonsense"]) == "consent"
    assert post(do="nothing") == "withdrawn"
    assert own.get("/choices/nobody/").status_code == 404
    assert make_link(news, "k-1") in address  # mails of years ago lead to the same place


def test_one_click_unsubscribes_and_opening_does_not(news) -> None:
    address = reverse("unsubscribe", args=[make_link(news, "k-1"), "news"])
    scanner = Client(enforce_csrf_checks=True)
    for _ in range(5):
        assert scanner.get(address).status_code == 200
        scanner.head(address)
    assert code("k-1") == "consent"
    done = scanner.post(address, {"List-Unsubscribe": "One-Click"})
    assert done.status_code == 200
    assert "sessionid" not in done.cookies
    deliver()
    assert code("k-1") == "withdrawn"
    assert scanner.post(reverse("unsubscribe", args=["x", "news"])).status_code == 404
    gone = reverse("unsubscribe", args=[make_link(news, "k-3"), "gone"])
    assert scanner.post(gone).status_code == 200  # the purpose is gone: written down all the same
    deliver()
    assert code("k-3") == "withdrawn"


def test_an_objection_outlasts_the_erasure(news, ben) -> None:
    street = {"name": "Jörg Müller", "street": "Am Hof 1", "postalCode": "50667"}
    news.log.append([
        consent("k-1", "9", "Consent Withdrawn", TODAY - timedelta(days=1)),
        said("k-1", at=TODAY - timedelta(days=2), source="post", **street),
    ])  # fmt: skip
    assert make_link(news, "k-1")
    erase_customers(["k-1", "k-3"])
    assert not PreferenceLink.objects.exists()
    news.log.append([
        said("k-1", at=datetime.now(UTC), source="again", email="Mueller@example.org", phone="0049 171-12345", **street),
        consent("k-1", "10", at=datetime.now(UTC), purpose="news", channel="email", evidence="old list"),
        said("k-3", at=datetime.now(UTC), source="again", email="zoe@example.org"),
        consent("k-3", "11", at=datetime.now(UTC), purpose="news", channel="email", evidence="shop"),
    ])  # fmt: skip
    assert code("k-1") == "suppressed"
    assert code("k-3") == "consent"  # never objected
    assert Suppressed.objects.filter(why="erased").count() >= 1
    assert not any("mueller" in s.digest for s in Suppressed.objects.all())
    assert Suppressed.objects.filter(channel="email").count() == 2  # the address before as well
    assert may_contact(news, "k-1", "phone", "news").code == "suppressed"
    assert may_contact(news, "k-1", "post", "news").code == "suppressed"
    assert release(news, "email", "mueller@EXAMPLE.org ")
    assert code("k-1") == "consent"


def test_a_double_opt_in_later_counts_again(news) -> None:
    suppress(news, "email", ["mueller@example.org"], "by hand")
    assert code("k-1") == "suppressed"
    given = {"purpose": "news", "channel": "email"}
    news.log.append([consent("k-1", "12", at=datetime.now(UTC), evidence="a form", **given)])
    assert code("k-1") == "suppressed"
    news.log.append([consent("k-1", "13", at=datetime.now(UTC), method="double_opt_in", **given)])
    assert code("k-1") == "consent"
    suppress(news, "email", ["mueller@example.org"], "by hand")  # they have called since
    assert code("k-1") == "suppressed"


def test_the_list_by_hand(news, ben) -> None:
    ben.post(
        reverse("suppression"),
        {"channel": "phone", "addresses": "0171 12345\n\n+49 30 1\n0171/12345"},
    )
    assert Suppressed.objects.filter(channel="phone").count() == 2
    Purpose.objects.create(id="calls", name="Calls", needs_proof=False)
    current_shop().log.append([consent("k-1", "20", purpose="calls", channel="phone")])
    assert code("k-1", "phone", "calls") == "suppressed"  # as +49 (0)171 / 123 45
    ben.post(reverse("suppression"), {"channel": "fax", "addresses": "1"})
    ben.post(reverse("suppression"), {"channel": "phone", "address": "017112345", "do": "release"})
    ben.post(reverse("suppression"), {"channel": "phone", "address": "nothing", "do": "release"})
    assert Suppressed.objects.count() == 1
    assert ben.get(reverse("suppression")).status_code == 200


def test_purposes_are_defined_by_an_admin(people, anna, ben, db) -> None:
    new = {"id": "news", "name": "News", "kind": "advertising", "needs_proof": "on"}
    assert anna.post(reverse("purpose_new"), {**new, "own_goods": "on"}).status_code == 422
    assert anna.post(reverse("purpose_new"), {**new, "id": "No Slug"}).status_code == 422
    assert anna.post(reverse("purpose_new"), {**new, "own_goods": "on", "told_since": "2020-01-01"}).status_code == 302  # fmt: skip
    assert anna.post(reverse("purpose_new"), new).status_code == 422  # there is one already
    assert anna.post(reverse("purpose_new"), {**new, "id": "new"}).status_code == 422
    assert (
        anna.post(reverse("purpose_new"), {**new, "id": "x", "called": "NEWS"}).status_code == 422
    )
    assert code("k-1") == "own_customer"  # bought, told, did not object
    assert code("k-2") == "no_address"
    changed = {**new, "id": "other", "name": "Neues"}
    assert anna.post(reverse("purpose_edit", args=["news"]), changed).status_code == 302
    assert [(p.pk, p.name) for p in Purpose.objects.all()] == [("news", "Neues")]
    assert code("k-1") == "no_consent"
    assert "consents for it stay" in anna.post(reverse("purpose_removal", args=["news"]), follow=True).content.decode()  # fmt: skip
    with pytest.raises(BadInput, match="none yet"):
        code("k-1")
    assert "There are no purposes yet" in ben.get(reverse("gate")).content.decode()
