"""Where rooms add their routes of the API."""

from __future__ import annotations

from ninja import Router

_routers: list[tuple[str, Router]] = []


def add_router(prefix: str, router: Router) -> None:
    """Called from a room's ``AppConfig.ready``."""
    if (prefix, router) not in _routers:
        _routers.append((prefix, router))


def routers() -> list[tuple[str, Router]]:
    """All of them."""
    return list(_routers)
