"""Homes for tests that need a new one: each kind is made once a run, then copied."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
from pathlib import Path

from tests.home import ROOT

GERN = [sys.executable, "-m", "gern.shell.cli"]


def new_home(home: Path, *arguments: str) -> None:
    """What ``gern --home HOME init`` with these arguments makes."""
    made = ROOT / "made" / hashlib.blake2b(repr(arguments).encode(), digest_size=8).hexdigest()
    if not made.exists():
        made.parent.mkdir(exist_ok=True)
        command = [*GERN, "--home", str(made), "init", *arguments]
        subprocess.run(command, capture_output=True, text=True, check=True)
    shutil.copytree(made, home)
