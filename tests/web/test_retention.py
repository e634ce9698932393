# ruff: noqa: F811 - the fixture of another module
"""The retention schedule: who is over the time, seen before, erased by night."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.urls import reverse

from gern.core.figures.periods import add_months
from gern.core.log.event import Event
from gern.rooms.protect.models import Hold, Retention, RetentionRun
from gern.rooms.protect.retention.jobs import keep_no_longer
from gern.rooms.protect.retention.services import by_night, how_many, unheard
from tests.web.test_customers import TODAY, did, people, said  # noqa: F401


@pytest.fixture
def old(people):
    """k-1 bought fifty days ago, k-3 five; long ago: k-8 visited, k-9 was only ever written to."""
    ago = TODAY - timedelta(days=800)
    people.log.append([
        said("k-8", at=ago, name="Old Eight"), said("k-9", at=ago, name="Old Nine"),
        did("k-8", "Ticket Opened", 790), did("k-9", "Email Delivered", 2), did("k-9", "Audience Entered", 1),
        Event(source="web", id="v1", name="Page Viewed", visitor="v-old", ts=TODAY - timedelta(days=500)),
        Event(source="web", id="v2", name="Page Viewed", visitor="v-new", ts=TODAY - timedelta(days=3)),
    ])  # fmt: skip
    return people


def rule(whom: str, months: int, **more) -> Retention:
    return Retention.objects.create(whom=whom, months=months, why="x", **more)


def test_what_we_do_ourselves_keeps_nobody(old, db) -> None:
    today = old.today()
    found = [row["person"] for row in unheard(old, rule("customers", 24), today)]
    assert found == ["k-9", "k-8"]  # the longest first; k-2 was heard of 400 days ago
    assert [row["person"] for row in unheard(old, rule("visitors", 12), today)] == ["visitor:v-old"]
    assert how_many(old, Retention(whom="customers", months=12), today) == 3
    assert how_many(old, Retention(whom="customers", months=240), today) == 0


def test_the_time_ends_at_midnight_of_the_day(own_home, db) -> None:
    today, last = own_home.today(), add_months(own_home.today(), -2)
    noon = datetime(last.year, last.month, last.day, 12, tzinfo=UTC)
    own_home.log.append([
        Event(source="a", id="1", name="Page Viewed", customer="on the day", ts=noon),
        Event(source="a", id="2", name="Page Viewed", customer="before", ts=noon - timedelta(days=1)),
    ])  # fmt: skip
    found = unheard(own_home, Retention(whom="customers", months=2), today)
    assert [row["person"] for row in found] == ["before"]


def test_seen_before_then_erased_by_night_but_for_who_is_held(old, anna, ben) -> None:
    edit = reverse("retention_edit", args=["customers"])
    assert ben.get(edit).status_code == 403
    assert "1 would be erased" not in anna.get(edit).content.decode()
    sent = {
        "months": "24",
        "why": "three years after the last purchase nothing can be claimed",
        "on": "on",
    }
    seen = anna.post(edit, {**sent, "do": "look"}).content.decode()
    assert "2 would be erased" in seen
    assert "k-9" in seen
    assert Retention.objects.count() == 0
    assert anna.post(edit, {**sent, "months": "0", "do": "save"}).status_code == 422
    assert anna.post(edit, {**sent, "why": "", "do": "save"}).status_code == 422
    anna.post(edit, {**sent, "do": "save"})
    rule("visitors", 12)  # off
    Hold.objects.create(person="k-8", kind="dispute", why="a claim")
    assert by_night(old, old.today()) == 1
    assert old.customer("k-9") is None
    assert old.customer("k-8")
    assert old.customer("k-1")
    assert old.customer("k-2")
    run = RetentionRun.objects.get()
    assert (run.whom, run.months, run.people, run.held) == ("customers", 24, 1, 1)
    assert old.query("SELECT count(*) AS n FROM events WHERE visitor = 'v-old'")[0]["n"] == 1
    Retention.objects.update(on=True)
    Hold.objects.all().delete()
    assert by_night(old, old.today()) == 1  # of each rule once a night: the visitors'
    RetentionRun.objects.update(day=old.today() - timedelta(days=1))
    assert by_night(old, old.today()) == 1
    assert old.query("SELECT count(*) AS n FROM events WHERE visitor = 'v-old'")[0]["n"] == 0
    assert by_night(old, old.today()) == 0
    page = ben.get(reverse("retention")).content.decode()
    assert "Erased by night after 24 months." in page
    assert anna.get(reverse("retention_edit", args=["cats"])).status_code == 404


def test_what_the_firm_set_off_keeps_nobody_whatever_it_is_called(old, db) -> None:
    old.log.append([
        Event(source="crm", id="g", name="Gift Offered", customer="k-9", ts=TODAY, form="offer", initiator="company"),
        did("k-9", "Letter Sent", 1), did("k-9", "Message Sent", 1),
    ])  # fmt: skip
    assert "k-9" in [row["person"] for row in unheard(old, rule("customers", 24), old.today())]
    old.log.append([did("k-9", "Call Received", 1)])
    assert "k-9" not in [row["person"] for row in unheard(old, Retention(whom="customers", months=24), old.today())]  # fmt: skip


def test_a_log_that_has_fallen_silent_erases_nobody(own_home, anna) -> None:
    own_home.log.append([said("k-1", at=TODAY - timedelta(days=1500))])
    rule("customers", 36, on=True)
    assert by_night(own_home, TODAY.date()) == 0
    assert RetentionRun.objects.count() == 0
    assert "sources that are silent" in anna.get(reverse("retention")).content.decode()
    assert "1 would be erased" in anna.get(reverse("retention_edit", args=["customers"])).content.decode()  # fmt: skip


def test_the_job_works_by_night(old, db, monkeypatch) -> None:
    rule("customers", 24, on=True)
    nights = []
    monkeypatch.setattr(
        "gern.rooms.protect.retention.services.by_night", lambda *a: nights.append(a)
    )
    for hour, done in ((0, 0), (2, 1), (3, 2), (14, 2)):
        at = TODAY.replace(hour=hour)
        monkeypatch.setattr("gern.rooms.protect.retention.jobs.local", lambda shop, now, at=at: at)
        keep_no_longer.func()
        assert len(nights) == done
