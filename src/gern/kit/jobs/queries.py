"""What the page *Jobs* shows, and what can be done there."""

from __future__ import annotations

from datetime import datetime
from typing import Any, NamedTuple

from django.db.models import Count
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from gern.kit.jobs.models import Schedule
from gern.kit.jobs.registry import kind_of, plans

SHOWN = 50


class Shown(NamedTuple):
    """A job as people read it. ``attempts``: how often it has been begun."""

    id: str
    label: str
    state: str
    attempts: int
    queued: datetime
    begun: datetime | None
    ended: datetime | None
    due: datetime | None
    error: str


def counts() -> dict[str, int]:
    """How many wait, run, went well, failed."""
    rows = DBTaskResult.objects.values_list("status").annotate(n=Count("pk")).order_by()
    return {"READY": 0, "RUNNING": 0, "SUCCESSFUL": 0, "FAILED": 0, **dict(rows)}


def jobs(state: str) -> list[Shown]:
    """The newest jobs in this state."""
    rows = DBTaskResult.objects.filter(status=state).order_by("-enqueued_at")[:SHOWN]
    return [_shown(row) for row in rows]


def schedules() -> list[tuple[str, int, datetime | None]]:
    """(what, every so many seconds, when next)."""
    due = dict(Schedule.objects.values_list("name", "due"))
    return [(str(kind_of(p.task.module_path).label), p.seconds, due.get(p.name)) for p in plans()]


def run_again(id: Any) -> bool:
    """Queue a failed job once more, with all its attempts; whether there was one."""
    rows = DBTaskResult.objects.filter(pk=id, status="FAILED")
    return bool(
        rows.update(status="READY", run_after=timezone.now(), worker_ids=[], finished_at=None)
    )


def discard(id: Any) -> bool:
    """Forget a failed job; whether there was one."""
    return bool(DBTaskResult.objects.filter(pk=id, status="FAILED").delete()[0])


def _shown(row: DBTaskResult) -> Shown:
    said = row.traceback.strip().splitlines()
    later = row.run_after if row.status == "READY" and row.run_after > timezone.now() else None
    return Shown(
        str(row.id), str(kind_of(row.task_path).label), row.status, len(row.worker_ids),
        row.enqueued_at, row.started_at, row.finished_at,
        later if later and later.year < 9000 else None,
        said[-1][:300] if said else row.exception_class_path,
    )  # fmt: skip
