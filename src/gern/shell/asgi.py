"""ASGI entry point: the collection API by itself, everything else through Django."""

import os
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "gern.shell.settings")
django = get_asgi_application()

from gern.rooms.collect.ingest.app import application as collect  # noqa: E402 - needs settings
from gern.rooms.collect.ingest.tracker import PATH  # noqa: E402

Scope = MutableMapping[str, Any]


async def application(
    scope: Scope,
    receive: Callable[[], Awaitable[Scope]],
    send: Callable[[Scope], Awaitable[None]],
) -> None:
    """One request."""
    path = scope.get("path", "")
    if scope["type"] == "http" and (path.startswith("/v1/") or path == PATH):
        await collect(scope, receive, send)
    else:
        await django(scope, receive, send)
