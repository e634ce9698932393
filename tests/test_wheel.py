"""The wheel installs and runs outside of the clone, with the demo data and translations in it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

ROOT = Path(__file__).parents[1]


def uv() -> str:
    return shutil.which("uv") or str(ROOT / ".tools" / "bin" / "uv")


def test_installed_elsewhere_it_makes_the_demo_shop(tmp_path: Path) -> None:
    clean = {k: v for k, v in os.environ.items() if not k.startswith(("GERN", "PYTHON", "VIRTUAL"))}

    def run(*command: str | Path) -> str:
        done = subprocess.run(
            command, cwd=tmp_path, env=clean, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    run(uv(), "build", "-q", "--wheel", "--out-dir", tmp_path / "dist", ROOT)
    wheel = next((tmp_path / "dist").glob("*.whl"))
    names = zipfile.ZipFile(wheel).namelist()
    assert "gern/demo/SOURCE.txt" in names
    assert "gern/locale/de/LC_MESSAGES/django.mo" in names
    assert not [n for n in names if "__pycache__" in n or n.startswith("tests/")]
    run(uv(), "venv", "-q", "--python", sys.executable, "env")
    python = tmp_path / "env" / "bin" / "python"
    run(uv(), "pip", "install", "-q", "--python", python, "--require-hashes", "-r",
        ROOT / "requirements.lock")  # fmt: skip
    run(uv(), "pip", "install", "-q", "--python", python, "--no-deps", wheel)
    gern = tmp_path / "env" / "bin" / "gern"
    made = json.loads(run(gern, "--home", "shop", "demo", "--no-serve", "--json"))
    assert made["login"]["email"] == "admin@gern.local"
    answer = json.loads(run(gern, "--home", "shop", "figure", "orders", "--json"))
    assert answer["value"] > 1000
    assert json.loads(run(gern, "--home", "shop", "cohort", "--json"))["cohorts"]  # without numba
    assert "gern" in run(python, "-c", "import gern; print(gern.__file__)")
    size = sum(f.stat().st_size for f in (tmp_path / "env").rglob("*") if f.is_file())
    assert size < 600_000_000  # SciPy and scikit-learn, see ADR 37
