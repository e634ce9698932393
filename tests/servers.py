"""A real ``gern serve`` on a port of its own, for browsers and benchmarks."""

from __future__ import annotations

import base64
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

EMAIL, PASSWORD = "anna@example.org", "correct-horse-battery"
GERN = [sys.executable, "-m", "gern.shell.cli"]


@contextmanager
def serving(kind: str, home: Path | None = None) -> Iterator[str]:
    """``kind``: ``demo`` or ``empty``. Gives the address; Anna is admin there."""
    with tempfile.TemporaryDirectory(prefix="gern-") as folder:
        home = home or Path(folder) / "home"
        if kind == "demo":
            made = getattr(sys.modules.get("tests.home"), "UNTOUCHED", None)
            if made:  # in a test run
                shutil.copytree(made, home)
            else:
                run("demo", "--no-serve", home=home)
        elif not home.exists():
            run("init", "--zone", "Europe/Berlin", "--language", "en", home=home)
        run("user", "add", EMAIL, "--role", "admin", "--password-stdin", home=home, text=PASSWORD)
        if kind == "demo":
            lay_down(home)
        port = free_port()
        process = subprocess.Popen(
            [*GERN, "--home", str(home), "serve", "--port", str(port)],
            env={**os.environ, "GERN_DEVELOPMENT": "1"},
            stdout=subprocess.DEVNULL,
            stderr=(home / "server.log").open("w"),
        )
        base = f"http://localhost:{port}"
        try:
            _wait(base, process)
            if kind == "demo":
                send_some(base, home)
            yield base
        finally:
            process.terminate()
            process.wait(20)


def lay_down(home: Path) -> None:
    """Targets, dashboards, notes, alarms."""
    root = Path(__file__).parents[1]
    subprocess.run([sys.executable, "-m", "tests.lay_down"], cwd=root, check=True,
                   env={**os.environ, "GERN_HOME": str(home), "GERN_DEVELOPMENT": "1"})  # fmt: skip


def send_some(base: str, home: Path) -> None:
    """Contacts of a few visitors and customers, so that the pages of Collect have something."""
    keys = {
        "web": run("source", "add", "web", home=home).strip(),
        "backend": run("source", "add", "backend", "--server", home=home).strip(),
    }
    page = {"page": {"url": "https://shop.example/tea?utm_source=nl", "title": "Tea"}}
    sent = {
        "backend": [
            *({"type": "track", "event": name, "userId": f"K{n % 7}", "messageId": f"{name}-{n}",
               "properties": {"product_id": f"P{n % 5}", "price": 19.9, "name": "Grüner Tee"}}
              for n in range(12) for name in ("Product Viewed", "Product Added")),
            {"type": "track", "event": "Broken", "userId": "K1", "timestamp": "yesterday"},
            {"type": "track", "event": "Broken", "properties": {"text": "x" * 300}},
            {"type": "identify", "anonymousId": "v1", "userId": "K1", "messageId": "i1"},
            {"type": "identify", "anonymousId": "v1", "userId": "K2", "messageId": "i2"},
        ],
        "web": [
            *({"type": "page", "anonymousId": f"v{n % 4}", "messageId": f"p{n}", "context": page} for n in range(9)),
            *({"type": "identify", "anonymousId": f"v{n}", "userId": f"K{n}", "messageId": f"c{n}"} for n in (2, 3)),
        ],
    }  # fmt: skip
    for name, items in sent.items():
        body = json.dumps(
            {
                "batch": items,
                "writeKey": keys[name],
                "context": {"library": {"name": "example", "version": "1.0"}},
            }
        )
        request = urllib.request.Request(f"{base}/v1/batch", body.encode(), method="POST")
        urllib.request.urlopen(request, timeout=10).read()


class Served:
    """One home, served; can be killed -9 and started again on the same port."""

    def __init__(self, home: Path):
        self.home = home
        self.port = free_port()
        self.base = f"http://127.0.0.1:{self.port}"
        self.process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Served:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self.process:
            self.process.terminate()
            self.process.wait(20)

    def start(self) -> None:
        self.process = subprocess.Popen(
            [*GERN, "--home", str(self.home), "serve", "--port", str(self.port)],
            stdout=subprocess.DEVNULL, stderr=(self.home / "server.log").open("a"),
        )  # fmt: skip
        _wait(self.base, self.process)

    def kill(self) -> None:
        assert self.process
        self.process.send_signal(signal.SIGKILL)
        self.process.wait(20)

    def post(self, path: str, body: Any, key: str = "", **headers: str) -> tuple[int, Any]:
        """(status, the JSON that came back). ``body``: bytes, or what becomes JSON."""
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        if key:
            headers["Authorization"] = "Basic " + base64.b64encode(f"{key}:".encode()).decode()
        headers = {name.replace("_", "-"): value for name, value in headers.items()}
        request = urllib.request.Request(self.base + path, data, headers, method="POST")
        try:
            with urllib.request.urlopen(request, timeout=30) as reply:
                return reply.status, json.load(reply)
        except urllib.error.HTTPError as error:
            return error.code, json.load(error)


def run(*arguments: str, home: Path, text: str = "") -> str:
    """One ``gern`` command; its standard output."""
    done = subprocess.run(
        [*GERN, "--home", str(home), *arguments],
        input=text,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait(base: str, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        assert process.poll() is None, "the server has ended"
        try:
            urllib.request.urlopen(f"{base}/readyz", timeout=2).read()
            return
        except OSError:
            time.sleep(0.1)
    raise AssertionError("the server did not come up")
