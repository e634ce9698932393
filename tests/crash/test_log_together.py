"""Two writers, the upkeep, a notebook and an erasure at once."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

import gern
from gern.core.engines.question import Question
from tests.crash.together import ERASABLE, seed_people
from tests.soak_notes import note

KINDS = ("writer", "writer", "keeper", "reader", "eraser")


def together(home: Path, seconds: float) -> dict[str, dict]:
    shop = gern.create_shop(home, currency="EUR")
    seed_people(shop)
    processes = [
        subprocess.Popen(
            [sys.executable, "-m", "tests.crash.together", kind, str(home), str(seconds), str(n)],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )
        for n, kind in enumerate(KINDS)
    ]  # fmt: skip
    results = {}
    for n, process in enumerate(processes):
        out, err = process.communicate()
        assert process.returncode == 0, err
        results[f"{KINDS[n]} {n}"] = json.loads(out)
    shop = gern.open(home)
    written = sum(results[f"writer {n}"]["done"] for n in (0, 1)) * 50
    erased = min(results["eraser 4"]["done"], ERASABLE)
    found = shop.door.ask(Question("SELECT count(*) AS n FROM lines", {}, "test"))[0]["n"]
    assert found == written + 2 * (ERASABLE - erased)
    assert results["keeper 2"]["failures"] == []
    assert shop.log.check().problems == []
    return results


def test_everybody_at_once_for_some_seconds(tmp_path: Path) -> None:
    results = together(tmp_path / "home", 6)
    assert all(r.get("longest_wait", 0) < 30 for r in results.values()), results
    assert results["eraser 4"]["done"] >= 3


@pytest.mark.soak
def test_everybody_at_once_for_ten_minutes(tmp_path: Path) -> None:
    results = together(tmp_path / "home", 600)
    note("log: two writers, upkeep, reader, eraser for ten minutes", results)
    assert all(results[f"writer {n}"]["longest_wait"] < 5 for n in (0, 1)), results
    assert results["reader 3"]["longest_wait"] < 20, results
