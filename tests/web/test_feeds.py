"""Files that come by themselves."""

from __future__ import annotations

import os
import threading
import time
from http.server import ThreadingHTTPServer
from pathlib import Path

import pytest
from django.test import Client
from django.urls import reverse

from gern.core.errors import BadInput
from gern.rooms.collect.feeds.services import add_feed, check, check_due
from gern.rooms.collect.models import Feed, ImportRun
from tests.web.test_fetch import Shop

TEXT = "time,customer,event\n2026-01-01,anna,A\n"


@pytest.fixture
def folder(settings, tmp_path: Path) -> Path:
    found = tmp_path / "exports"
    found.mkdir()
    settings.WATCH_ROOTS = [str(tmp_path)]
    return found


def lay(folder: Path, name: str, text: str, seconds_ago: float = 60) -> None:
    path = folder / name
    path.write_text(text)
    os.utime(path, (time.time() - seconds_ago,) * 2)


def test_new_files_of_a_folder_are_imported_once(own_home, cast, folder: Path) -> None:
    feed = add_feed("folder", str(folder), "crm", 5)
    lay(folder, "a.csv", TEXT)
    lay(folder, "b.csv", TEXT.replace("anna", "ben"))
    lay(folder, ".hidden.csv", TEXT.replace("anna", "cem"))
    lay(folder, "growing.csv", TEXT.replace("anna", "dora"), seconds_ago=1)
    os.symlink("/etc/passwd", folder / "link.csv")
    assert check_due() == 2
    assert check_due() == 0  # not due yet
    feed.refresh_from_db()
    assert check(feed) == 0
    people = own_home.query("SELECT person, source FROM events ORDER BY person")
    assert [(p["person"], p["source"]) for p in people] == [("anna", "crm"), ("ben", "crm")]
    lay(folder, "a.csv", TEXT + "2026-01-02,anna,B\n", seconds_ago=30)
    assert check(feed) == 1
    assert own_home.query("SELECT count(*) AS n FROM events") == [{"n": 3}]
    assert (feed.files, feed.problem) == (3, "")


def test_a_file_that_cannot_be_read_is_said_and_the_others_come(own_home, cast, folder) -> None:
    feed = add_feed("folder", str(folder), "crm", 5)
    lay(folder, "a.bin", "\x00\x01")
    lay(folder, "b.csv", TEXT)
    assert check(feed) == 1
    assert "a.bin" in feed.problem
    assert ImportRun.objects.get().state == "done"


def test_a_folder_that_has_gone_is_said(own_home, cast, folder) -> None:
    feed = add_feed("folder", str(folder), "crm", 5)
    folder.rmdir()
    assert check(feed) == 0
    assert "No such file" in feed.problem


@pytest.mark.parametrize("place", ["relative", "/etc", "/nothing/here", ""])
def test_other_folders_cannot_be_watched(own_home, cast, folder, place) -> None:
    with pytest.raises(BadInput):
        add_feed("folder", place, "crm", 5)


def test_no_link_leads_out_of_the_allowed_folders(own_home, cast, folder) -> None:
    os.symlink("/etc", folder / "etc")
    with pytest.raises(BadInput, match="outside"):
        add_feed("folder", str(folder / "etc"), "crm", 5)


def test_gerns_own_home_cannot_be_watched(own_home, cast, settings) -> None:
    settings.WATCH_ROOTS = ["/"]
    with pytest.raises(BadInput, match="own home"):
        add_feed("folder", str(own_home.home.uploads), "crm", 5)


def test_an_address_is_imported_when_it_has_changed(own_home, cast, monkeypatch) -> None:
    monkeypatch.setenv("GERN_FETCH_PRIVATE", "1")
    server = ThreadingHTTPServer(("127.0.0.1", 0), Shop)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    feed = add_feed("address", f"http://localhost:{server.server_port}/file.csv", "crm", 5)
    assert (check(feed), check(feed)) == (1, 0)
    server.shutdown()
    assert own_home.query("SELECT person FROM events") == [{"person": "anna"}]
    assert not list(own_home.home.uploads.iterdir())


def test_feeds_on_the_page(own_home, anna: Client, folder: Path) -> None:
    sent = {"kind": "folder", "place": str(folder), "source": "crm", "every_minutes": "30"}
    anna.post(reverse("feed_addition"), sent)
    feed = Feed.objects.get()
    assert (feed.every_minutes, feed.by.email) == (30, "anna@example.org")
    assert str(folder) in anna.get(reverse("imports")).content.decode()
    lay(folder, "a.csv", TEXT)
    anna.post(reverse("feed_check", args=[feed.pk]))
    assert ImportRun.objects.get().state == "done"
    page = anna.post(reverse("feed_addition"), {**sent, "source": "a b"}, follow=True).content.decode()  # fmt: skip
    assert "no name of a system" in page
    anna.post(reverse("feed_removal", args=[feed.pk]))
    assert not Feed.objects.exists()
