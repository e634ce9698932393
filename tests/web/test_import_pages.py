"""A file of one's own on the web: drop, look, correct, import, see the figures."""

from __future__ import annotations

import re
import socket

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django_tasks_db.models import DBTaskResult

from gern.kit.jobs.worker import Worker, recover
from gern.rooms.collect import services
from gern.rooms.collect.jobs import import_run
from gern.rooms.collect.models import ImportRun

CSV = b"""Beleg;Kunde;Datum;Artikel;Menge;Preis
1;Anna;3.12.2023;Tee;2;4,50
2;Ben;5.12.2023;Kanne;1;29,00
3;Cem;irgendwann;Tee;1;4,50
"""


def hand_in(client: Client, content: bytes = CSV, name: str = "kasse.csv"):
    return client.post(reverse("imports"), {"file": SimpleUploadedFile(name, content)})


def choice(run: ImportRun, **changes: str) -> dict[str, str]:
    chosen = {f"column:{column}": field for field, column in run.mapping.items()}
    return {**chosen, "zone": "Europe/Berlin", "currency": "EUR", "source": "kasse", **changes}


def text(response) -> str:
    return re.sub(r"[ \n\t]+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


def test_the_whole_way(own_home, ben: Client) -> None:
    response = hand_in(ben)
    run = ImportRun.objects.get()
    page = text(ben.get(response["Location"]))
    assert "2 are good" in page
    assert "1 cannot be used" in page
    assert "Row 3: time cannot be read" in page
    assert own_home.span() is None
    response = ben.post(reverse("import_start", args=[run.pk]), choice(run))
    page = text(ben.get(response["Location"]))
    assert "2 new lines are in" in page
    assert "1 × time cannot be read" in page
    rejects = ben.get(reverse("import_rejects", args=[run.pk]))
    body = b"".join(rejects.streaming_content)
    assert b"irgendwann" in body
    assert "attachment" in rejects["Content-Disposition"]
    assert not any(own_home.home.uploads.iterdir())
    fixed = body.replace(b"irgendwann", b"2023-12-09")
    hand_in(ben, fixed, "korrigiert.csv")
    again = ImportRun.objects.first()
    ben.post(reverse("import_start", args=[again.pk]), choice(again))
    again.refresh_from_db()
    assert again.report["lines_new"] == 1
    assert own_home.figure("revenue", "2023-12-01", "2024-01-01").value == 42.5
    assert "Briefing" in text(ben.get("/"))


def test_the_proposal_can_be_corrected_and_is_shown_at_once(own_home, ben: Client) -> None:
    hand_in(ben)
    run = ImportRun.objects.get()
    changed = choice(run) | {"column:Artikel": "name"}
    response = ben.post(
        reverse("import_mapping", args=[run.pk]), changed, headers={"HX-Request": "true"}
    )
    assert b"<html" not in response.content
    assert "chosen by you" in text(response)
    run.refresh_from_db()
    assert run.mapping["name"] == "Artikel"
    twice = ben.post(
        reverse("import_start", args=[run.pk]), choice(run) | {"column:Beleg": "customer"}
    )
    assert twice.status_code == 422
    assert "Two columns are marked as customer" in text(twice)
    without = {k: v for k, v in choice(run).items() if v != "time"}
    assert "which column says when" in text(
        ben.post(reverse("import_start", args=[run.pk]), without)
    )
    run.refresh_from_db()
    assert run.state == "uploaded"


@pytest.mark.parametrize(
    ("content", "words"),
    [(b"\x89PNG\x00\x00", "binary"), (b"words only", "only one column"), (b" ", "empty")],
)
def test_a_file_that_cannot_be_read_is_refused_and_not_kept(own_home, ben, content, words) -> None:
    page = hand_in(ben, content)
    assert page.status_code == 422
    assert words in text(page)
    assert not any(own_home.home.uploads.iterdir())
    assert not ImportRun.objects.exists()


def test_a_hostile_name_goes_nowhere(own_home, ben: Client) -> None:
    hand_in(ben, CSV, "../../../etc/<script>alert(1)</script>.csv")
    run = ImportRun.objects.get()
    assert "/" not in run.stored
    assert "<script>alert" not in ben.get(reverse("import_run", args=[run.pk])).content.decode()


def test_changed_orders_wait_for_a_word(own_home, ben: Client) -> None:
    for content in (CSV, CSV.replace(b"29,00", b"31,00")):
        hand_in(ben, content)
        run = ImportRun.objects.first()
        ben.post(reverse("import_start", args=[run.pk]), choice(run))
    page = text(ben.get(reverse("import_run", args=[run.pk])))
    assert "1 order has changed" in page
    assert own_home.figure("revenue", "2023-12-01", "2024-01-01").value == 38
    ben.post(reverse("import_replacement", args=[run.pk]))
    run.refresh_from_db()
    assert run.report["orders_replaced"] == 1
    assert own_home.figure("revenue", "2023-12-01", "2024-01-01").value == 40
    assert not any(own_home.home.uploads.iterdir())


def test_throwing_a_file_away(own_home, ben: Client) -> None:
    hand_in(ben)
    ben.post(reverse("import_removal", args=[ImportRun.objects.get().pk]))
    assert not ImportRun.objects.exists()
    assert not any(own_home.home.uploads.iterdir())


@pytest.mark.django_db(transaction=True)
def test_an_interrupted_import_is_taken_up_again(own_home, ben: Client) -> None:
    hand_in(ben)
    ImportRun.objects.update(state="running", percent=60)
    found = ImportRun.objects.get()
    queued = import_run.using(backend="database").enqueue(found.pk)
    rows = DBTaskResult.objects.filter(pk=queued.id)
    rows.update(status="RUNNING", worker_ids=[f"{socket.gethostname()[:30]}:gone"])
    assert services.end_abandoned() == 0  # it is still queued
    assert recover(own_home.home) == 1
    worker = Worker("here:1", ["long"])
    worker.backend_name, worker.batch = "database", True
    worker.run()
    found.refresh_from_db()
    assert (found.state, found.report["lines_new"]) == ("done", 2)


def test_an_import_whose_every_attempt_was_interrupted_says_so(own_home, ben: Client) -> None:
    hand_in(ben)
    ImportRun.objects.update(state="running")
    assert services.end_abandoned() == 1
    assert "interrupted" in ben.get(reverse("import_run", args=[ImportRun.objects.get().pk])).content.decode()  # fmt: skip


def test_a_running_import_shows_how_far_it_is(own_home, ben: Client) -> None:
    hand_in(ben)
    run = ImportRun.objects.get()
    ImportRun.objects.update(state="running", stage="writing", percent=75)
    page = ben.get(reverse("import_progress", args=[run.pk])).content.decode()
    assert 'value="75"' in page
    assert "hx-trigger" in page
    started = ben.post(reverse("import_start", args=[run.pk]), choice(run))
    assert started.status_code == 404  # not twice


def test_what_goes_wrong_in_the_middle_is_said(own_home, ben: Client, monkeypatch) -> None:
    hand_in(ben)
    run = ImportRun.objects.get()

    def broken(*_: object, **__: object) -> None:
        raise OSError("disk full: /secret/path")

    monkeypatch.setattr("gern.core.imports.run.write_months", broken)
    ben.post(reverse("import_start", args=[run.pk]), choice(run))
    page = text(ben.get(reverse("import_run", args=[run.pk])))
    assert "Nothing was changed" in page
    assert "/secret/path" not in page
    assert own_home.span() is None


def test_fees_that_were_ticked_are_kept(own_home, ben: Client) -> None:
    content = b"order,customer,date,sku,description,amount\n1,a,2024-01-05,POST,POSTAGE,5\n1,a,2024-01-05,T,Tea,4\n"
    hand_in(ben, content)
    run = ImportRun.objects.get()
    assert "POST · POSTAGE" in text(ben.get(reverse("import_run", args=[run.pk])))
    ben.post(reverse("import_start", args=[run.pk]), choice(run) | {"fees": ["POST"]})
    assert own_home.fees == ["POST"]


def test_looking_at_a_file_that_is_gone_changes_nothing(own_home, ben: Client) -> None:
    hand_in(ben)
    run = ImportRun.objects.get()
    run.path.unlink()
    assert ben.get(reverse("import_run", args=[run.pk])).status_code == 302
    assert "no longer here" in text(ben.get(reverse("imports")))
    assert ImportRun.objects.exists()


def test_old_uploads_are_forgotten(own_home, ben: Client) -> None:
    hand_in(ben)
    services.forget_old_uploads()
    assert ImportRun.objects.exists()
    from datetime import timedelta

    from django.utils import timezone

    ImportRun.objects.update(created=timezone.now() - timedelta(days=8))
    services.forget_old_uploads()
    assert not ImportRun.objects.exists()
    assert not any(own_home.home.uploads.iterdir())
