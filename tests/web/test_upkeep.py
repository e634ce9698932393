"""What a served shop does by itself, and what it says when the disk is full."""

from __future__ import annotations

import threading
from datetime import UTC, datetime

import pytest
from django.test import Client
from django.urls import reverse

from gern.core.log import inbox
from gern.core.log.backup import backups_in
from gern.core.log.changes import alone
from gern.core.log.event import Event
from gern.core.log.keeper import Keeper
from gern.shell.upkeep import by_night

NOW = datetime(2026, 6, 1, tzinfo=UTC)


def fill(home, events: int) -> None:
    home.log.append([
        Event(source="s", id=str(n), name="n", ts=NOW, customer=f"c{n % 7}") for n in range(events)
    ])  # fmt: skip


@pytest.mark.django_db
def test_a_long_inbox_is_emptied_a_short_one_waits(own_home) -> None:
    keeper = Keeper(own_home.home, own_home.manifest)
    fill(own_home, 100)
    assert keeper.step() is False
    assert own_home.log.stats()["inbox_events"] == 100
    fill(own_home, 6000)
    assert keeper.step() is True
    assert own_home.log.stats()["inbox_events"] == 0
    assert own_home.query("SELECT count(*) AS n FROM rows") == [{"n": 6000}]


@pytest.mark.django_db
def test_an_error_does_not_end_the_upkeep(own_home, monkeypatch) -> None:
    keeper, stop, errors = Keeper(own_home.home, own_home.manifest), threading.Event(), []
    monkeypatch.setattr(keeper, "step", lambda con: 1 / 0)

    def on_error(error: Exception) -> None:
        errors.append(error)
        stop.set()

    keeper.run(stop, on_error)
    assert isinstance(errors[0], ZeroDivisionError)


@pytest.mark.django_db
def test_only_one_process_does_it(own_home) -> None:
    other, stop, steps = Keeper(own_home.home, own_home.manifest), threading.Event(), []
    lock = own_home.home.path / "log.keeper"
    with alone(lock) as mine, alone(lock) as theirs:
        assert (mine, theirs) == (True, False)
    other.step = lambda con: bool(steps.append(stop.set()))
    other.run(stop, print)
    assert len(steps) == 1


@pytest.mark.django_db(transaction=True)
def test_at_night_who_waits_is_erased_and_a_backup_is_made(own_home, tmp_path) -> None:
    fill(own_home, 14)
    own_home.log.erase_tonight(["c3", "c4"])
    own_home.change_setting("backup_folder", str(tmp_path / "b"), "anna")
    own_home.change_setting("backup_hour", 2, "anna")
    own_home.change_setting("zone", "Europe/Berlin", "anna")
    before = datetime(2026, 6, 1, 23, 30, tzinfo=UTC)  # 1:30 in Berlin
    assert by_night(own_home, before) is False
    assert own_home.log.waiting_erasures() == ["c3", "c4"]
    due = datetime(2026, 6, 2, 0, 30, tzinfo=UTC)
    assert by_night(own_home, due) is True
    assert own_home.query("SELECT count(*) AS n FROM rows") == [{"n": 10}]
    assert own_home.log.waiting_erasures() == []
    assert len(backups_in(tmp_path / "b")) == 1
    assert by_night(own_home, due.replace(hour=5)) is False
    assert by_night(own_home, due.replace(day=3)) is True
    assert len(backups_in(tmp_path / "b")) == 2


def test_a_full_disk_is_a_503_that_says_when(
    own_home, cast, anna: Client, monkeypatch, tmp_path
) -> None:
    monkeypatch.setattr(inbox, "FREE_BYTES", 10**18)
    (tmp_path / "p.csv").write_text("order,customer,date,amount\n1,a,2024-01-01,5\n")
    for language, words in (("de", "Datenträger"), ("en", "nothing that was")):
        cast["anna"].language = language
        cast["anna"].save()
        with (tmp_path / "p.csv").open("rb") as file:
            answer = anna.post(reverse("imports"), {"file": file})
        assert answer.status_code == 503
        assert answer["Retry-After"] == "60"
        assert words in answer.content.decode()
    assert list(own_home.home.uploads.iterdir()) == []
