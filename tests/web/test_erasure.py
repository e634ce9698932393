"""The erasure registry: nothing with personal data outside of it, and what it says works."""

from __future__ import annotations

import io
from datetime import date, timedelta

import pytest
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.apps import apps
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from gern.core.log import identifications, quarantine
from gern.core.log.arrivals import Arrived
from gern.core.log.quarantine import Refused
from gern.kit.api import keys
from gern.kit.erasing import erase_customers, erase_user
from gern.kit.mail.models import Letter, Mail, MailSetup
from gern.kit.outbox.models import Waiting
from gern.kit.registry import Store, stores
from gern.rooms.collect.jobs import import_run
from gern.rooms.collect.models import Feed, ImportRun, Source, TrafficRule
from gern.rooms.customers.files.services import add_file
from gern.rooms.customers.lists.services import change_tag
from gern.rooms.customers.models import (
    Audience,
    AudienceChange,
    CustomerOwner,
    DuplicatePair,
    Listed,
    Relation,
    SavedList,
    Task,
)
from gern.rooms.customers.person.services import add_note, give_tag
from gern.rooms.insights.models import (
    Alarm,
    AlarmReader,
    Band,
    ContestedScore,
    Dashboard,
    Department,
    Look,
    Report,
    SavedPattern,
    SharedLink,
    Target,
    TimeNote,
    Watch,
)
from gern.rooms.protect.erasure.sealed import seal
from gern.rooms.protect.models import (
    CustomerLook,
    DataLink,
    Erasure,
    Firm,
    Hold,
    Package,
    Request,
    Restriction,
    Signup,
    SignupForm,
    Transfer,
)
from gern.rooms.protect.preferences.services import make_link
from gern.rooms.protect.requests.delivery import build
from gern.rooms.protect.transfers.services import digests_of
from gern.shell.accounts.models import User


def unregistered(models, folders) -> set[str]:
    names = {m._meta.label for m in models} | {f"home/{p.name}" for p in folders}
    return names - stores().keys()


def test_every_model_and_every_folder_is_registered(own_home) -> None:
    models = apps.get_models(include_auto_created=True)
    folders = [*own_home.home.folders(), own_home.home.manifest]
    assert unregistered(models, folders) == set()


def test_one_that_is_not_would_be_found(own_home) -> None:
    class Diary:
        class _meta:
            label = "someroom.Diary"

    assert unregistered([Diary], [own_home.home.path / "diaries"]) == {
        "someroom.Diary", "home/diaries"
    }  # fmt: skip


def test_personal_data_without_exporter_or_eraser_cannot_be_declared() -> None:
    with pytest.raises(ValueError, match="exporter, an eraser and a retention"):
        Store("someroom.Diary", True, "what people write", "for ever")


def test_what_the_home_holds_of_a_customer_is_exported_and_erased(
    own_home, cast, ben: Client, tmp_path
) -> None:
    path = tmp_path / "p.csv"
    path.write_text(
        "order,customer,date,amount\n1,anna-7,2024-01-05,5\n2,ben-8,2024-01-05,5\n3,anna-7,never,5\n"
    )
    own_home.import_file(path)
    with path.open("rb") as file:
        ben.post(reverse("imports"), {"file": file})
    own_home.log.identify("v-anna-7", "anna-7")
    Waiting.objects.create(event={"customer": "anna-7", "name": "Page Viewed"})
    TrafficRule.objects.create(kind="customer", value="anna-7")
    import_run.using(backend="database").enqueue("anna-7")
    add_note("anna-7", "likes tea", None)
    tag = give_tag("anna-7", "regular", None)
    change_tag(own_home, tag, ["ben-8"], added=True, by=None)
    change_tag(own_home, tag, ["anna-7", "ben-8"], added=False, by=None)
    give_tag("anna-7", "regular", None)
    Task.objects.create(person="anna-7", text="call", due=own_home.today())
    ContestedScore.objects.create(person="anna-7", why="moved")
    CustomerOwner.objects.create(person="anna-7", user=cast["ben"])
    Transfer.objects.create(what="x.csv", count=1, digests=digests_of(own_home.home, ["anna-7"]))
    audience = Audience.objects.create(name="Guests", kind="list")
    Listed.objects.create(audience=audience, person="anna-7")
    AudienceChange.objects.create(
        audience=audience, person="anna-7", entered=True, at=timezone.now()
    )
    Audience.objects.create(
        name="Query", kind="query", query="SELECT person FROM rows WHERE person = 'anna-7'"
    )
    DuplicatePair.objects.create(one="anna-7", other="ben-8", score=70)
    add_file(own_home, "anna-7", ["anna-7"], io.BytesIO(b"%PDF- anna-7"), "a.pdf", None)
    Relation.objects.create(person="ben-8", other="anna-7", kind="friend")
    Restriction.objects.create(person="anna-7", why="a dispute")
    make_link(own_home, "anna-7")
    yesterday = own_home.today() - timedelta(days=1)
    Hold.objects.create(person="anna-7", kind="tax", why="over", until=yesterday)
    asked = Request.objects.create(
        kind="access", way="email", received=yesterday, person="anna-7", identity="wrote anna-7",
        state="answered", closed=yesterday, name="anna-7",
    )  # fmt: skip
    build(own_home, Package.objects.create(request=asked), "en")
    form = SignupForm.objects.create(
        id="news", title="News", text="x", notice="https://x", language="de"
    )
    Signup.objects.create(
        form=form, form_version=1, shown={}, email="a@example.org", person="anna-7"
    )
    DataLink.objects.create(digest="x", person="anna-7")
    CustomerLook.objects.create(person="anna-7", user=User.objects.get(email="ben@example.org"))
    erasure = Erasure.objects.create(people=["anna-7"])
    Firm.objects.create(pk=1, name="x", keeps_documents=True)
    seal(own_home, erasure, "anna-7", ["anna-7"])
    item = b'{"type":"track","userId":"anna-7","event":"A","timestamp":"never"}'
    refused = Refused("bad_time", "no time", "A", item)
    own_home.log.inbox.take(
        Arrived("web", [], 1, [refused, refused._replace(item=b'{"userId":"x"}')])
    )
    with own_home.manifest.change() as db:
        identifications.said(db, "v9", "anna-7", "web", 1, believed=False)
    places = [s for s in stores().values() if s.personal and s.subject == "customer"]
    own = own_home.home.erasing / "x.json"
    own.write_text('{"people": ["anna-7"], "names": ["anna-7"]}')  # as while it is erased
    assert [s.name for s in places if not s.exporter("anna-7")] == []
    own.unlink()
    assert all(s.eraser("ben-9") == 0 for s in places if s.name != "home/uploads")
    report = erase_customers(["anna-7"])
    assert (report["log"]["rows"], report["log"]["ids"]) == (1, 2)
    assert report["places"] == {
        "home/rejects": 1, "outbox.Waiting": 1, "home/uploads": 1, "collect.TrafficRule": 1,
        "django_tasks_database.DBTaskResult": 1, "customers.Note": 1, "customers.Tagging": 1,
        "customers.CardChange": 3, "customers.Task": 1, "customers.Listed": 1,
        "customers.AudienceChange": 1, "customers.Audience": 1, "customers.DuplicatePair": 1,
        "home/files": 1, "customers.CustomerFile": 1, "customers.Relation": 1,
        "protect.Restriction": 1, "protect.PreferenceLink": 1, "protect.Hold": 1,
        "home/packages": 1, "protect.Package": 0, "protect.Request": 1, "protect.Erasure": 1,
        "protect.Sealed": 0, "protect.Signup": 1, "protect.DataLink": 1, "protect.CustomerLook": 1,
        "customers.CustomerOwner": 1, "protect.Transfer": 0, "insights.ContestedScore": 1,
    }  # fmt: skip
    with own_home.manifest.reading() as db:
        assert [kept.item for kept in quarantine.items(db)] == [b'{"userId":"x"}']
    assert [s.name for s in places if s.exporter("anna-7")] == [
        "protect.Sealed",
        "protect.Transfer",
    ]
    files = [p for p in own_home.home.path.rglob("*") if p.is_file()]
    assert not [p for p in files if b"anna-7" in p.read_bytes()]
    assert own_home.figure("orders", "2024-01-01", "2025-01-01").value == 1


def test_what_is_stored_of_a_user_is_exported_and_erased(own_home, cast, ben: Client) -> None:
    ImportRun.objects.create(name="x", zone="UTC", currency="EUR", by=cast["ben"])
    Source.objects.create(name="web", by=cast["ben"])
    Feed.objects.create(kind="folder", place="/srv", source="till", by=cast["ben"])
    Client().post(reverse("login"), {"login": "ben@example.org", "password": "wrong"})
    lay_down(cast["ben"])
    places = [s for s in stores().values() if s.personal and s.subject == "user"]
    assert {s.name for s in places if s.exporter("ben@example.org")} == {
        "accounts.User", "axes.AccessAttempt", "collect.ImportRun", "collect.Source",
        "collect.Feed", "sessions.Session", "mail.Mail", "mail.MailSetup", "api.ApiKey", "insights.Department",
        "insights.Target", "insights.Band", "insights.TimeNote", "insights.Watch", "insights.Alarm",
        "insights.AlarmReader", "insights.Dashboard", "insights.Report", "insights.SharedLink", "insights.SavedPattern",
        "customers.SavedList", "mfa.Authenticator", "usersessions.UserSession",
    }  # fmt: skip
    assert erase_user("ben@example.org") == {s.name: 1 for s in places}
    assert not any(s.exporter("ben@example.org") for s in places)
    assert ImportRun.objects.get().by is None
    assert Dashboard.objects.get().name == "shared"
    assert SavedPattern.objects.get().owner is None
    assert Report.objects.get().recipients == ["c@example.org"]
    assert Target.objects.get().owner is None


def lay_down(ben) -> None:
    """One of everything that remembers who made it."""
    day = date(2024, 1, 1)
    Department.objects.create(name="x", by=ben)
    Target.objects.create(figure="revenue", value=1, start=day, due=day, owner=ben)
    Band.objects.create(figure="revenue", step="day", low=1, by=ben)
    TimeNote.objects.create(day=day, text="x", by=ben)
    Watch.objects.create(figure="revenue", on=True, by=ben)
    look = Look.objects.create(day=day, figures=1, unknown=0, at=timezone.now())
    Alarm.objects.create(
        figure="revenue", step="day", day=day, kind="above", look=look, seen_by=ben
    )
    AlarmReader.objects.create(user=ben)
    shared = Dashboard.objects.create(name="shared", owner=ben, shared=True)
    Report.objects.create(
        dashboard=shared, language="en", recipients=["Ben@example.org", "c@example.org"]
    )
    SharedLink.objects.create(dashboard=shared, token_hash="x", for_whom="y", expires=day, by=ben)
    SavedList.objects.create(name="x", query="", by=ben)
    SavedPattern.objects.create(name="shared", page="funnel", owner=ben, shared=True)
    Authenticator.objects.create(user=ben, type="totp", data={"secret": "x"})
    UserSession.objects.create(user=ben, ip="127.0.0.1", user_agent="x", session_key="x")
    letter = Letter.objects.create(subject="x", text="y")
    Mail.objects.create(key="x", letter=letter, to="ben@example.org")
    MailSetup.objects.create(pk=1, sender="s@example.org", by=ben)
    keys.make("x", ["figures"], None, ben)
