"""The worker: takes jobs from the queue, tries failed ones again, takes up those of the dead.

Every process that works holds a lock on a file in ``leases``; a running job whose process holds
it no more was interrupted and is queued again. After its last attempt a job stays as *failed*,
to be looked at and started again by hand (the page *Jobs*).
"""

from __future__ import annotations

import fcntl
import socket
import threading
import uuid
from datetime import timedelta
from typing import TextIO

import structlog
from django.db import close_old_connections, connection, transaction
from django.db.models import QuerySet
from django.utils import timezone
from django_tasks_db.management.commands.db_worker import Worker as Library
from django_tasks_db.models import DBTaskResult

from gern.core.errors import BadInput
from gern.core.home import Home
from gern.core.log.changes import is_held
from gern.kit.jobs.models import Schedule
from gern.kit.jobs.registry import kind_of, plans

INTERVAL = 0.5
TICK_SECONDS = 10
FIRST_WAIT_SECONDS = 15
KEPT_DAYS = 7
"""Jobs that went well are forgotten after this."""
ELSEWHERE = timedelta(hours=6)
"""A job that has been running on another machine for so long was interrupted."""
QUEUES = (["default"], ["steady"], ["long"])
log = structlog.get_logger("gern.jobs")


class Worker(Library):
    """One thread of a process. Runs what comes until ``stop``."""

    def __init__(self, name: str, queues: list[str]):
        super().__init__(
            queue_names=queues, interval=INTERVAL, batch=False, backend_name="default",
            startup_delay=False, max_tasks=None, worker_id=name, excluded_queue_names=[],
        )  # fmt: skip

    def run_task(self, db_task_result: DBTaskResult) -> None:
        """Once; a failure that may pass is queued again, later each time."""
        super().run_task(db_task_result)
        if db_task_result.status != "FAILED":
            return
        tried = len(db_task_result.worker_ids)
        given_up = tried >= kind_of(
            db_task_result.task_path
        ).attempts or db_task_result.exception_class_path.endswith(BadInput.__name__)
        log.error(
            "job_failed", job=db_task_result.task_path, attempt=tried, given_up=given_up,
            error=db_task_result.exception_class_path,
        )  # fmt: skip
        if not given_up:
            wait = timedelta(seconds=FIRST_WAIT_SECONDS * 4 ** (tried - 1))
            _queue_again(DBTaskResult.objects.filter(pk=db_task_result.pk), wait)

    def loop(self, stop: threading.Event) -> None:
        """`run`, whatever happens, until stopped."""
        while not stop.is_set():
            try:
                self.run()
            except Exception as error:  # the database was away, say
                log.error("worker_failed", error=repr(error))
                stop.wait(TICK_SECONDS)
            finally:
                connection.close()


def start_workers(home: Home) -> threading.Event:
    """Work in the background of this process; setting the event that comes back ends it."""
    stop = threading.Event()
    name = f"{socket.gethostname()[:30]}:{uuid.uuid4().hex[:16]}"
    lock = (home.leases / f"worker-{name.rpartition(':')[2]}.lock").open("w")
    fcntl.flock(lock, fcntl.LOCK_EX)
    for queues in QUEUES:
        worker = Worker(name, queues)
        threading.Thread(
            target=worker.loop, args=(stop,), name=f"jobs-{queues[0]}", daemon=True
        ).start()
    threading.Thread(
        target=_tick, args=(home, stop, lock), name="jobs-schedule", daemon=True
    ).start()
    return stop


def _tick(home: Home, stop: threading.Event, lock: TextIO) -> None:
    with lock:
        while not stop.is_set():
            try:
                close_old_connections()
                recover(home)
                queue_due()
                forget_done()
            except Exception as error:
                log.error("schedule_failed", error=repr(error))
            finally:
                connection.close()
            stop.wait(TICK_SECONDS)


def recover(home: Home) -> int:
    """Queue again what was running in a process that has ended; how many."""
    host = socket.gethostname()[:30]
    found = 0
    for row in DBTaskResult.objects.filter(status="RUNNING"):
        machine, _, process = (row.worker_ids or [":"])[-1].rpartition(":")
        path = home.leases / f"worker-{process}.lock"
        if machine == host or path.exists():
            alive = path.exists() and is_held(path)
        else:
            alive = row.started_at is None or timezone.now() - row.started_at < ELSEWHERE
        if alive:
            continue
        again = DBTaskResult.objects.filter(pk=row.pk, status="RUNNING")
        if len(row.worker_ids) >= kind_of(row.task_path).attempts:
            again.update(status="FAILED", finished_at=timezone.now(),
                         exception_class_path="interrupted", traceback="")  # fmt: skip
        else:
            _queue_again(again, timedelta(0))
        found += 1
    for path in home.leases.glob("worker-*.lock"):
        if not is_held(path):
            path.unlink(missing_ok=True)
    return found


def queue_due() -> int:
    """Queue every scheduled job that is due, once for all processes; how many."""
    queued = 0
    now = timezone.now()
    for plan in plans():
        with transaction.atomic():
            row, _ = Schedule.objects.select_for_update().get_or_create(
                name=plan.name, defaults={"due": now}
            )
            if row.due > now:
                continue
            row.due = now + timedelta(seconds=plan.seconds)
            row.save()
            waiting = DBTaskResult.objects.filter(task_path=plan.task.module_path)
            if not waiting.filter(status__in=("READY", "RUNNING")).exists():
                plan.task.enqueue()
                queued += 1
    return queued


def forget_done() -> int:
    """Delete jobs that went well a while ago; how many."""
    limit = timezone.now() - timedelta(days=KEPT_DAYS)
    return int(DBTaskResult.objects.filter(status="SUCCESSFUL", finished_at__lt=limit).delete()[0])


def _queue_again(rows: QuerySet[DBTaskResult], wait: timedelta) -> None:
    rows.update(status="READY", run_after=timezone.now() + wait, finished_at=None)
