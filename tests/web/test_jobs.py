"""Background jobs: tried again, taken up after a crash, on schedule once, seen."""

from __future__ import annotations

import socket
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from gern.core.errors import BadInput, GernError
from gern.kit.jobs import every, job
from gern.kit.jobs.models import Schedule
from gern.kit.jobs.worker import Worker, forget_done, queue_due, recover

ran: list[int] = []


@job("A test", attempts=3)
def counted(n: int) -> int:
    ran.append(n)
    return n


@job("It fails", attempts=3)
def failing() -> None:
    raise GernError("the network is away")


@job("It cannot work", attempts=3)
def wrong() -> None:
    raise BadInput("no such thing")


@pytest.fixture(autouse=True)
def _queue(settings, transactional_db) -> None:
    ran.clear()
    settings.TASKS = {
        "default": {
            "BACKEND": "django_tasks_db.DatabaseBackend",
            "QUEUES": ["default", "steady", "long"],
        }
    }


def work() -> None:
    worker = Worker("here:1", ["default", "steady", "long"])
    worker.batch = True
    worker.run()


def test_a_job_runs_once(own_home) -> None:
    counted.enqueue(5)
    work()
    work()
    assert ran == [5]
    assert DBTaskResult.objects.get().status == "SUCCESSFUL"


def test_a_failed_one_is_tried_again_later_each_time_and_then_waits(own_home) -> None:
    failing.enqueue()
    waits = []
    for _ in range(3):
        work()
        row = DBTaskResult.objects.get()
        waits.append(round((row.run_after - timezone.now()).total_seconds()))
        DBTaskResult.objects.update(run_after=timezone.now())
    assert waits[:2] == [15, 60]
    assert (row.status, len(row.worker_ids)) == ("FAILED", 3)
    work()
    assert len(DBTaskResult.objects.get().worker_ids) == 3


def test_what_can_never_work_is_not_tried_again(own_home) -> None:
    wrong.enqueue()
    work()
    row = DBTaskResult.objects.get()
    assert (row.status, len(row.worker_ids)) == ("FAILED", 1)


def test_one_whose_process_has_died_is_taken_up_one_that_lives_is_not(own_home) -> None:
    import fcntl

    host = socket.gethostname()[:30]
    (own_home.home.leases / "worker-dead.lock").touch()
    with (own_home.home.leases / "worker-alive.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        for name in ("dead", "alive", "dead", "dead"):
            made = counted.enqueue(1)
            DBTaskResult.objects.filter(pk=made.id).update(
                status="RUNNING", started_at=timezone.now(), worker_ids=[f"{host}:{name}"]
            )
        last = DBTaskResult.objects.filter(worker_ids=[f"{host}:dead"]).first()
        last.worker_ids *= 3
        last.save()
        assert recover(own_home.home) == 3
    states = sorted(DBTaskResult.objects.values_list("status", flat=True))
    assert states == ["FAILED", "READY", "READY", "RUNNING"]
    assert not (own_home.home.leases / "worker-dead.lock").exists()


def test_a_schedule_is_queued_once_for_all_processes(own_home, monkeypatch) -> None:
    monkeypatch.setattr("gern.kit.jobs.registry._plans", {})
    every("test", counted_daily, seconds=3600)
    assert [queue_due(), queue_due()] == [1, 0]
    Schedule.objects.update(due=timezone.now() - timedelta(seconds=1))
    assert queue_due() == 0  # the one before has not run yet
    work()
    Schedule.objects.update(due=timezone.now() - timedelta(seconds=1))
    assert queue_due() == 1


@job("Every day")
def counted_daily() -> None:
    ran.append(0)


def test_what_went_well_is_forgotten_after_a_week(own_home) -> None:
    counted.enqueue(1)
    work()
    DBTaskResult.objects.update(finished_at=timezone.now() - timedelta(days=8))
    assert forget_done() == 1


def test_the_page_shows_failures_and_starts_them_again(own_home, anna: Client) -> None:
    wrong.enqueue()
    work()
    page = anna.get(reverse("jobs")).content.decode()
    assert "It cannot work" in page
    assert "no such thing" in page
    row = DBTaskResult.objects.get()
    anna.post(reverse("job_restart", args=[row.pk]))
    row.refresh_from_db()
    assert (row.status, row.worker_ids) == ("READY", [])
    work()
    anna.post(reverse("job_removal", args=[row.pk]))
    assert not DBTaskResult.objects.exists()
    assert "On schedule" in anna.get(reverse("jobs")).content.decode()
