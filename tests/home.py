"""The temporary home of a test run, made before Django reads its settings (pytest's ``-p``)."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from pathlib import Path

ROOT = Path(tempfile.mkdtemp(prefix="gern-tests-"))
os.environ["GERN_HOME"] = str(ROOT / "demo")
os.environ.setdefault("OMP_NUM_THREADS", "1")  # workers share the cores already

from gern import create_shop
from gern.demo import make_demo

UNTOUCHED = ROOT / "untouched"
"""The demo shop as it was made; only for copies."""
if "PYTEST_XDIST_WORKER" in os.environ or "-n" not in sys.argv:
    make_demo(ROOT / "demo")
    shutil.copytree(ROOT / "demo", UNTOUCHED)
else:  # tests are only dealt out here
    create_shop(ROOT / "demo", zone="UTC", currency="EUR")


def pytest_sessionfinish() -> None:
    shutil.rmtree(ROOT, ignore_errors=True)
