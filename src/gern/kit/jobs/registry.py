"""Which jobs there are, how often they are tried, which run on schedule."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django_tasks import task
from django_tasks.base import Task

ATTEMPTS = 5


@dataclass(frozen=True)
class Kind:
    """``label``: what people read; ``attempts``: so often it is tried before it lies in *failed*."""

    path: str
    label: str | Promise
    attempts: int


@dataclass(frozen=True)
class Plan:
    """A job that runs every so many seconds."""

    name: str
    task: Task[Any, Any]
    seconds: int


_kinds: dict[str, Kind] = {}
_plans: dict[str, Plan] = {}


def job(
    label: str | Promise, *, attempts: int = ATTEMPTS, queue: str = "default"
) -> Callable[[Callable[..., Any]], Task[Any, Any]]:
    """Make a function a job. ``queue``: ``long`` for what takes minutes, ``steady`` for what is to run every few
    seconds, so that neither waits for the other nor short ones for them."""

    def declare(function: Callable[..., Any]) -> Task[Any, Any]:
        found = task(queue_name=queue)(function)
        _kinds[found.module_path] = Kind(found.module_path, label, attempts)
        return found

    return declare


def every(name: str, found: Task[Any, Any], *, seconds: int) -> None:
    """Run this job every so many seconds, one process of all."""
    _plans[name] = Plan(name, found, seconds)


def kind_of(path: str) -> Kind:
    """The kind of a queued job; one whose code has gone is tried once."""
    return _kinds.get(path) or Kind(path, path.rpartition(".")[2], 1)


def plans() -> list[Plan]:
    """All schedules."""
    return list(_plans.values())
