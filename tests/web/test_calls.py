# ruff: noqa: F811 - the fixture of another module
"""Proof of consents to advertising by phone is kept five years from each use (§ 7a UWG), also of
somebody who is erased."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta

import pytest
from django.test import Client
from django.urls import reverse

from gern.core.log.event import Event
from gern.kit.erasing import erase_customers
from gern.kit.shop import current_shop, real_today
from gern.rooms.protect.erasure import calls, sealed
from gern.rooms.protect.erasure.plan import RETAINED
from gern.rooms.protect.erasure.services import plan_of
from gern.rooms.protect.models import Firm, Purpose, Sealed
from tests.web.test_customers import people, said  # noqa: F401
from tests.web.test_protect import news  # noqa: F401


def _told(shop, name: str, ago: int, person: str = "k-1", **properties: str) -> datetime:
    noon = datetime.now(UTC).replace(
        hour=12, minute=0, second=0, microsecond=0
    )  # one day everywhere
    ts = noon - timedelta(days=ago)
    shop.log.append([Event(source="crm", id=f"{name} {person} {ago} {properties}", name=name, ts=ts,
                           customer=person, properties=properties)])  # fmt: skip
    return ts


def _until(shop) -> date | None:
    proof = calls.due(shop, "k-1", real_today(shop))
    return proof and proof.until


@pytest.mark.parametrize(("last", "end"), [
    (date(2024, 2, 29), date(2029, 2, 28)), (date(2023, 3, 1), date(2028, 3, 1)), (date(2020, 12, 31), date(2025, 12, 31)),
])  # fmt: skip
def test_the_five_years_end_on_their_day(last: date, end: date) -> None:
    assert calls.until(last) == end


def test_they_run_from_the_consent_and_from_each_use(news) -> None:
    shop = current_shop()
    assert _until(shop) is None
    _told(shop, "Consent Given", 10, purpose="news", channel="email", evidence="form 1")
    assert _until(shop) is None  # that was e-mail
    _told(shop, "Call Made", 2900, purpose="news")  # a call before there was a consent
    _told(shop, "Consent Given", 2500, purpose="news", channel=" Telefon ", evidence="tape 7")
    assert _until(shop) is None  # over for longer than five years
    used = _told(shop, "Call Made", 800, purpose="news")
    assert _until(shop) == calls.until(used.date())
    _told(shop, "Consent Withdrawn", 700, channel="phone")
    assert _until(shop) == calls.until(used.date())  # it is proof of the calls made before
    _told(shop, "Call Made", 3)  # nothing they consented to any more
    assert _until(shop) == calls.until(used.date())
    again = _told(shop, "Consent Given", 2, purpose="news", channel="phone", evidence="tape 9")
    assert _until(shop) == calls.until(again.date())
    later = _told(shop, "Call Made", 1)
    assert _until(shop) == calls.until(later.date())


def test_a_call_a_contract_needs_is_no_advertising(news) -> None:
    shop = current_shop()
    Purpose.objects.create(id="delivery", name="Delivery", kind="service", called="L\u00fcftung")
    _told(shop, "Consent Given", 10, purpose="Lu\u0308ftung", channel="phone", evidence="form 1")
    assert _until(shop) is None


def test_erased_the_proof_is_sealed_once_opened_with_a_reason_and_goes(news, anna: Client, ben: Client) -> None:  # fmt: skip
    shop = current_shop()
    Firm.objects.create(pk=1, name="Teehaus", address="Am Markt 1", keeps_documents=False)
    given = _told(shop, "Consent Given", 40, purpose="news", channel="phone", evidence="tape 7")
    _told(
        shop, "Consent Given", 40, person="k-2", purpose="news", channel="phone", evidence="tape 8"
    )
    end = calls.until(given.date())
    planned = [r for r in plan_of(shop, "k-1").rows if r.place == "call proofs"]
    assert [(r.records, r.fate, r.norm, r.until) for r in planned] == [
        (1, RETAINED, calls.NORM, str(end))
    ]
    assert "Proof of consents to calls (sealed)" in ben.get(reverse("erasure_plan"), {"customer": "k-1"}).content.decode()  # fmt: skip
    erase_customers(["k-1"])
    one = Sealed.objects.get()
    assert (one.kind, one.until, one.records) == ("calls", end, 1)
    assert "tape 7" not in one.content
    assert not news.query("SELECT 1 FROM events WHERE json_extract_string(properties, '$.evidence') = 'tape 7'")  # fmt: skip
    content = json.loads(anna.post(reverse("sealed_open", args=[one.pk]), {"why": "a complaint"}).content)  # fmt: skip
    assert [record["said"]["evidence"] for record in content["calls"]] == ["tape 7"]
    assert "k-2" not in json.dumps(content)
    assert "proof of consents to calls" in anna.get(reverse("erasures")).content.decode()
    again = [r for r in plan_of(shop, "k-1").rows if r.place == "protect.Sealed"]
    assert [(r.norm, r.until) for r in again] == [(calls.NORM, str(end))]
    sealed.forget_over(end + timedelta(days=1))
    assert not Sealed.objects.exists()


def test_who_never_consented_costs_no_question_of_their_own(news, monkeypatch) -> None:
    shop, asked = current_shop(), []
    _told(shop, "Consent Given", 10, purpose="news", channel="phone", evidence="tape 7")
    monkeypatch.setattr(
        sealed, "seal", lambda _shop, _erasure, person, _names: asked.append(person)
    )
    sealed.seal_before_erasing(shop, ["k-1", "k-2", "k-3"])
    assert "k-1" in asked
    assert "k-2" not in asked
