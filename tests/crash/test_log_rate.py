"""Ingest and compaction together hold their rate, and the inbox stays short."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import pytest

import gern
from tests.soak_notes import note

WRITER = """
import itertools, random, sys, time
from datetime import UTC, datetime
import gern
from gern.core.log.event import Event

shop, seconds, rate, dice = gern.open(sys.argv[1]), float(sys.argv[2]), float(sys.argv[3]), random.Random(1)
started, sent = time.monotonic(), 0
while (passed := time.monotonic() - started) < seconds:
    if sent > passed * rate:
        time.sleep(0.001)
        continue
    now = datetime.now(UTC)
    shop.log.append([
        Event(source="w", id=f"{sent + n}-{dice.getrandbits(64):x}", name="Page Viewed", ts=now,
              customer=f"c{dice.randrange(200_000)}", visitor=f"v{dice.randrange(300_000)}",
              channel="web", properties={"path": f"/p/{dice.randrange(5000)}"})
        for n in range(100)
    ])
    sent += 100
print(sent)
"""
KEEPER = """
import sys, threading
import gern
from gern.core.log.keeper import Keeper

shop, stop = gern.open(sys.argv[1]), threading.Event()
threading.Timer(float(sys.argv[2]), stop.set).start()
failures = []
Keeper(shop.home, shop.manifest).run(stop, failures.append)
print(failures)
"""


def hold(home: Path, seconds: float, rate: float) -> dict[str, float]:
    """Write at this rate while the upkeep runs; what was reached and how long the inbox got."""
    shop = gern.create_shop(home, currency="EUR")
    keeper = subprocess.Popen([sys.executable, "-c", KEEPER, str(home), str(seconds + 2)],
                              stdout=subprocess.PIPE, text=True)  # fmt: skip
    writer = subprocess.Popen([sys.executable, "-c", WRITER, str(home), str(seconds), str(rate)],
                              stdout=subprocess.PIPE, text=True)  # fmt: skip
    longest, oldest = 0, 0.0
    while writer.poll() is None:
        time.sleep(0.25)
        stats = shop.log.stats()
        longest = max(longest, stats["inbox_events"])
        if stats["inbox_oldest"]:
            oldest = max(oldest, time.time() - stats["inbox_oldest"] / 1e6)
    sent = int(writer.communicate()[0])
    assert keeper.communicate()[0] == "[]\n"
    found = shop.query("SELECT count(*) AS n FROM rows")[0]["n"]
    assert found == sent
    return {"events_per_second": round(sent / seconds), "longest_inbox": longest,
            "oldest_seconds": round(oldest, 1), "segments": shop.log.stats()["segments"]}  # fmt: skip


def test_the_inbox_is_emptied_while_events_arrive(tmp_path: Path) -> None:
    reached = hold(tmp_path / "home", 5, 4000)
    assert reached["longest_inbox"] < 20_000, reached


@pytest.mark.soak
def test_twenty_thousand_events_a_second_for_ten_minutes(tmp_path: Path) -> None:
    reached = hold(tmp_path / "home", 600, 22_000)
    note("log: ten minutes of events with the upkeep", reached)
    assert reached["events_per_second"] >= 20_000, reached
    assert reached["longest_inbox"] < 200_000, reached
    assert gern.open(tmp_path / "home").log.check().problems == []
