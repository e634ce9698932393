"""A real ``gern serve`` on a port of its own, for browsers and benchmarks."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

EMAIL, PASSWORD = "anna@example.org", "correct-horse-battery"
GERN = [sys.executable, "-m", "gern.shell.cli"]


@contextmanager
def serving(kind: str, home: Path | None = None) -> Iterator[str]:
    """``kind``: ``demo`` or ``empty``. Gives the address; Anna is admin there."""
    with tempfile.TemporaryDirectory(prefix="gern-") as folder:
        home = home or Path(folder) / "home"
        if kind == "demo":
            run("demo", "--no-serve", home=home)
        elif not home.exists():
            run("init", "--zone", "Europe/Berlin", "--language", "en", home=home)
        run("user", "add", EMAIL, "--role", "admin", "--password-stdin", home=home, text=PASSWORD)
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
            yield base
        finally:
            process.terminate()
            process.wait(20)


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
