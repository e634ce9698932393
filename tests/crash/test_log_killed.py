"""kill -9 at random moments of everything that changes the log: nothing lost, nothing doubled."""

from __future__ import annotations

import random
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest

import gern
from gern.core.engines.question import Question
from gern.core.log.backup import back_up, backups_in, restore
from tests.crash.worker import BATCH
from tests.soak_notes import note

KINDS = ("append", "compact", "merge", "squash", "erase", "backup", "restore")
SILENT = ("backup", "restore")
"""They acknowledge nothing."""


def kill_one(kind: str, home: Path, out: Path, seed: int, dice: random.Random) -> None:
    command = [sys.executable, "-m", "tests.crash.worker", kind, str(home), str(out), str(seed)]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    while not out.exists() or "ready" not in out.read_text():
        assert process.poll() is None, process.stderr.read()
        time.sleep(0.01)
    whole = dice.randrange(3) if kind not in SILENT else 0  # a slow machine gets that far too
    while (
        sum(line.startswith(("ack ", "erased ")) for line in out.read_text().splitlines()) < whole
    ):
        assert process.poll() is None, process.stderr.read()
        time.sleep(0.01)
    time.sleep(dice.uniform(0.0, 0.5))
    assert process.poll() is None, process.stderr.read()
    process.kill()
    process.wait()
    process.stderr.close()


def rows_of(shop: gern.Shop, source: str) -> list[dict]:
    sql = "SELECT event_id, customer, coalesce(line, 1) AS line FROM rows WHERE source = $s"
    return shop.door.ask(Question(sql, {"s": source}, "test"))


def assert_whole(shop: gern.Shop, tried: set[str], acknowledged: set[str]) -> None:
    found = shop.log.check()
    assert found.problems == []
    rows = rows_of(shop, "crash")
    assert max(Counter((r["event_id"], r["line"]) for r in rows).values(), default=1) == 1
    batches = Counter(r["event_id"].split(":")[0] for r in rows)
    assert set(batches.values()) <= {BATCH + 1}  # the first event is an order of two lines
    assert acknowledged <= batches.keys() <= tried
    assert not shop.manifest.connection().in_transaction


def assert_erased(shop: gern.Shop, erased: set[str]) -> None:
    shop.log.finish_erasures()
    assert not {r["customer"] for r in rows_of(shop, "gone")} & erased


def rounds(folder: Path, count: int, seed: int) -> None:
    dice = random.Random(seed)
    home = folder / "home"
    shop = gern.create_shop(home, currency="EUR")
    back_up(shop.home, shop.manifest, folder / "backups")
    tried: set[str] = set()
    acknowledged: set[str] = set()
    erased: set[str] = set()
    for number in range(count):
        kind = KINDS[number % len(KINDS)]
        out = folder / f"out-{number}"
        kill_one(kind, home, out, seed * 1000 + number, dice)
        said = [line.split() for line in out.read_text().splitlines() if line.count(" ")]
        tried |= {word for verb, word in said if verb == "try"}
        acknowledged |= {word for verb, word in said if verb == "ack"}
        erased |= {word for verb, word in said if verb == "erased"}
        shop = gern.open(home)
        assert_whole(shop, tried, acknowledged)
        assert_erased(shop, erased)
        if kind == "restore" and (folder / "restored").exists():
            assert gern.open(folder / "restored").log.check().problems == []
    assert len(acknowledged) > count
    assert erased
    last = restore(backups_in(folder / "backups")[-1], folder / "last")
    assert last.problems == []
    assert {
        r["event_id"].split(":")[0] for r in rows_of(gern.open(folder / "last"), "crash")
    } <= tried


def test_killed_at_twenty_random_moments(tmp_path: Path) -> None:
    rounds(tmp_path, 21, seed=1)


@pytest.mark.soak
def test_killed_at_many_random_moments(tmp_path: Path) -> None:
    rounds(tmp_path, 210, seed=2)
    note("log: kill -9 during append, compaction, merge, squash, erasure, backup, restore",
         {"rounds": 210, "lost": 0, "doubled": 0})  # fmt: skip
