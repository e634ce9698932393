"""The temporary home of a test run, made before Django reads its settings (pytest's ``-p``)."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

ROOT = Path(tempfile.mkdtemp(prefix="gern-tests-"))
os.environ["GERN_HOME"] = str(ROOT / "demo")

from gern.demo import make_demo

make_demo(ROOT / "demo")


def pytest_sessionfinish() -> None:
    shutil.rmtree(ROOT, ignore_errors=True)
