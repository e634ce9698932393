# ruff: noqa: F811 - the fixture of another module
"""Who was given which privacy notice (Art. 13, 14), and who answers for the data jointly (Art. 26)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client
from django.urls import reverse

from gern.core.errors import BadInput
from gern.core.log.event import Event
from gern.core.people.listing import Subset
from gern.kit.shop import current_shop, real_today
from gern.rooms.protect.models import Firm, Purpose, Signup, SignupForm
from gern.rooms.protect.notices.given import given_of, given_to, uninformed, write_down
from gern.rooms.protect.notices.jobs import write_given
from gern.rooms.protect.notices.services import publish
from gern.rooms.protect.requests.package import own_page
from tests.web.test_customers import people, said  # noqa: F401
from tests.web.test_protect import news  # noqa: F401

EVERYBODY = Subset("SELECT person FROM customers")


def _customers(shop) -> int:
    return len(shop.customers(columns=(), limit=None).rows)


def _active(shop) -> list[object]:
    end = real_today(shop) + timedelta(days=1)
    ids = (
        "engagement_level",
        "active_members",
        "visits",
        "visitors",
        "contact_density",
        "stickiness",
    )
    return [shop.figure(id, end - timedelta(days=400), end).value for id in ids]


def test_given_by_hand_it_is_told_on_the_page_and_in_the_package(news, ben: Client, cem: Client) -> None:  # fmt: skip
    publish("Hinweis", "", None)
    shop, url = current_shop(), reverse("notice_given")
    assert "Privacy notice: none is known" in ben.get(reverse("customer") + "?customer=k-1&whole=1").content.decode()  # fmt: skip
    given = {"customer": "k-1", "version": "1", "how": "letter of May"}
    assert cem.post(url, given).status_code == 403
    ben.post(url, {**given, "how": " "})
    assert given_of(shop, "k-1", ["k-1"]) is None
    for _ in range(2):  # twice is once
        assert ben.post(url, given).status_code == 302
    assert given_to(shop) == {"1": 1}
    page = ben.get(reverse("customer") + "?customer=k-1&whole=1").content.decode()
    assert "Privacy notice: version 1" in page
    assert "letter of May" in page
    assert given_of(shop, "k-2", ["k-2"]) is None
    told = own_page(shop, "k-1", "en")
    assert any(("version", "1") in one.details for one in told["contacts"])


def test_many_are_written_down_once_and_who_was_told_before_is_left_out(news, anna: Client, ben: Client) -> None:  # fmt: skip
    shop = current_shop()
    everybody, today = _customers(shop), real_today(shop)
    assert uninformed(shop).customers == everybody
    before = _active(news)
    assert write_down(shop, Subset("SELECT 'k-1' AS person"), "1", "letter", today) == 1
    assert uninformed(shop).customers == everybody - 1
    ask = {"whom": "–", "version": "2", "how": "e-mail of the order", "day": str(today - timedelta(days=3))}  # fmt: skip
    url = reverse("notices_given")
    assert ben.post(url, ask).status_code == 403
    for wrong in ({"whom": "nobody"}, {"day": str(today + timedelta(days=2))}, {"day": "2005-05-25"}, {"version": ""}, {"how": ""}):  # fmt: skip
        assert anna.post(url, {**ask, **wrong}).status_code == 422, wrong
    for _ in range(2):
        write_given.call("", "2", "e-mail of the order", str(today - timedelta(days=3)), True)
        assert given_to(shop) == {"1": 1, "2": everybody - 1}
    assert uninformed(shop).customers == 0
    write_given.call("", "2", "e-mail of the order", str(today), False)
    assert given_to(shop)["2"] == everybody
    assert given_of(shop, "k-1", ["k-1"])["version"] == "2"
    assert "Of every customer a notice is known" in anna.get(reverse("notices")).content.decode()
    # telling somebody is our doing: it makes nobody active
    assert _active(news) == before
    with pytest.raises(BadInput, match="neither to come"):
        write_down(shop, EVERYBODY, "3", "letter", today + timedelta(days=1))


def test_who_read_it_at_a_sign_up_is_informed_and_who_is_known_longer_than_a_month_is_late(own_home, db) -> None:  # fmt: skip
    shop, now = current_shop(), datetime.now(UTC)
    shop.log.append([
        Event(source="crm", id=str(days), name="Identify", kind="identify", customer=f"c{days}",
              ts=now - timedelta(days=days), properties={"name": "x"})
        for days in (1, 20, 29, 32, 300)
    ])  # fmt: skip
    assert (uninformed(shop).customers, uninformed(shop).late) == (5, 2)
    Purpose.objects.create(id="news", name="News")
    form = SignupForm.objects.create(id="tea", title="Tee", text="Ja", language="de")
    for person, at in (("c300", now), ("c20", None)):
        one = Signup.objects.create(form=form, form_version=1, shown={"notice_version": "4"}, email="a@b.de",
                                    token=person, person=person)  # fmt: skip
        Signup.objects.filter(pk=one.pk).update(confirmed=at)
    assert (uninformed(shop).customers, uninformed(shop).late) == (4, 1)
    assert (given_of(shop, "c300", ["c300"])["version"], given_of(shop, "c20", ["c20"])) == (
        "4",
        None,
    )


def test_joint_controllers_are_told_wherever_people_read(news, anna: Client, ben: Client, nobody: Client) -> None:  # fmt: skip
    publish("Hinweis", "Notice", None)
    essence = "Buchhandlung Blatt, Bochum: runs the card with us; we answer requests."
    told = {"name": "Teehaus", "address": "Am Markt 1", "joint": essence}
    anna.post(reverse("protect_firm"), told)
    assert Firm.known().joint == essence
    publish("Hinweis 2", "Notice 2", None)
    assert (
        "Buchhandlung" not in nobody.get("/privacy-notice/1/").content.decode()
    )  # it stays as it was
    for client, address in ((ben, reverse("record")), (nobody, "/privacy-notice/")):
        assert "Buchhandlung Blatt" in client.get(address).content.decode(), address
    assert own_page(current_shop(), "k-1", "en")["firm"].joint == essence
    assert ben.get(reverse("record_export", args=["pdf"])).status_code == 200
