"""What people must notice on whatever page they are: a source that has fallen silent, say.

A room registers a function; its answers are kept for a minute.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

import structlog
from django.utils.functional import Promise

from gern.kit.access import Access

KEPT_SECONDS = 60
log = structlog.get_logger("gern.alerts")


@dataclass(frozen=True)
class Alert:
    """One sentence, where it leads, and who may see it."""

    text: str | Promise
    url: str
    access: Access = "editor"


_providers: list[Callable[[], list[Alert]]] = []
_kept: dict[str, tuple[float, list[Alert]]] = {}


def add_alerts(provider: Callable[[], list[Alert]]) -> None:
    """Called from a room's ``AppConfig.ready``."""
    if provider not in _providers:
        _providers.append(provider)


def alerts() -> list[Alert]:
    """Everything that wants attention now."""
    at, found = _kept.get("now", (float("-inf"), []))
    if time.monotonic() - at >= KEPT_SECONDS:
        found = [alert for provider in _providers for alert in _asked(provider)]
        _kept["now"] = (time.monotonic(), found)
    return found


def _asked(provider: Callable[[], list[Alert]]) -> list[Alert]:
    """One that fails must not take every page with it."""
    try:
        return provider()
    except Exception:
        log.exception("alerts_failed")
        return []


def forget_alerts() -> None:
    """Ask again next time: something was just done about one."""
    _kept.clear()
