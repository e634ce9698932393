"""Servers for the comparisons, each a process of its own."""

from __future__ import annotations

import subprocess
import sys
import time
import urllib.error
import urllib.request


def serve_uvicorn(app: str, port: int, env: dict[str, str]) -> subprocess.Popen:
    """The same server for all: uvicorn with uvloop and httptools."""
    process = subprocess.Popen(
        [sys.executable, "-m", "uvicorn", app, "--port", str(port), "--loop", "uvloop", "--http",
         "httptools", "--lifespan", "off", "--no-access-log", "--log-level", "error"], env=env,
    )  # fmt: skip
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/v1/nothing", timeout=1)
        except urllib.error.HTTPError:
            return process
        except OSError:
            time.sleep(0.1)
        else:
            return process
    raise AssertionError(f"{app} did not come up")


async def answers_200(scope, receive, send) -> None:
    """Reads the body and answers; looks at nothing, stores nothing."""
    more = True
    while more:
        more = (await receive()).get("more_body", False)
    body = b'{"success":true}'
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})


async def all_but_stored(scope, receive, send) -> None:
    """The collection API itself, without the last step."""
    from gern.rooms.collect.ingest import app
    from gern.shell.asgi import application

    async def nothing(self, batch, size) -> None:
        pass

    app.Collector._store = nothing
    await application(scope, receive, send)
