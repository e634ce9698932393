"""Erasure registry: arguments of jobs. Ours are keys of records; who is named all the same goes."""

from __future__ import annotations

import re
from typing import Any

from django_tasks_db.models import DBTaskResult

from gern.kit.registry import Store, register


def _mentioning(person: str) -> list[DBTaskResult]:
    return [row for row in DBTaskResult.objects.all()
            if _names(row.args_kwargs, person) or _said(person, row.traceback)]  # fmt: skip


def _said(person: str, text: str) -> bool:
    """Whether the text of an error names them, as a word of its own."""
    return person in text and bool(re.search(rf"(?<!\w){re.escape(person)}(?!\w)", text))


def _names(value: Any, person: str) -> bool:
    if isinstance(value, dict):
        return any(_names(v, person) for v in value.values())
    if isinstance(value, list):
        return any(_names(v, person) for v in value)
    return value == person


def _export(person: str) -> list[dict[str, Any]]:
    return [{"job": row.task_path, "queued": row.enqueued_at} for row in _mentioning(person)]


def _erase(person: str) -> int:
    rows = _mentioning(person)
    DBTaskResult.objects.filter(pk__in=[row.pk for row in rows]).delete()
    return len(rows)


register(Store(
    "django_tasks_database.DBTaskResult", True, "arguments and errors of background jobs",
    "seven days after they went well; failed ones until somebody decides",
    exporter=_export, eraser=_erase,
))  # fmt: skip
register(Store("jobs.Schedule", False, "when a job is due", ""))
