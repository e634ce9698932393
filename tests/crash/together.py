"""Everybody at once: one process of each kind, for so many seconds.

``python -m tests.crash.together KIND HOME SECONDS SEED`` prints one JSON object: what was done and
the longest wait.
"""

from __future__ import annotations

import json
import random
import sys
import threading
import time
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import gern
from gern.core.engines.question import Question
from gern.core.log.event import Event, Line
from gern.core.log.keeper import Keeper

ERASABLE = 200


def events(seed: int, number: int, dice: random.Random) -> list[Event]:
    """Fifty events whose amounts add up to nothing, so that half a batch would show."""
    now = datetime.now(UTC)
    cents = [dice.randrange(1, 10_000) for _ in range(25)]
    values = [Decimal(c) / 100 for c in cents] + [Decimal(-c) / 100 for c in cents]
    dice.shuffle(values)
    return [
        Event(
            source=f"writer {seed}",
            id=f"{number}:{i}",
            name="Order Completed",
            ts=now,
            customer=f"c{dice.randrange(20_000)}",
            visitor=f"v{dice.randrange(20_000)}",
            kind="identify" if dice.random() < 0.01 else "track",
            lines=(Line(value),),
            currency="EUR",
        )
        for i, value in enumerate(values)
    ]


def seed_people(shop: gern.Shop) -> None:
    """People to erase: each one's amounts add up to nothing."""
    now = datetime.now(UTC)
    for n in range(ERASABLE):
        shop.log.append([
            Event(source="erasable", id=f"{n}:{value}", name="Order Completed", ts=now,
                  customer=f"erasable{n}", lines=(Line(value),), currency="EUR")
            for value in (n + 1, -n - 1)
        ])  # fmt: skip


def main() -> None:
    kind, home, seconds, seed = sys.argv[1], Path(sys.argv[2]), float(sys.argv[3]), int(sys.argv[4])
    shop, dice = gern.open(home), random.Random(seed)
    end, longest, done = time.monotonic() + seconds, 0.0, 0
    if kind == "keeper":
        stop, failures = threading.Event(), []
        threading.Timer(seconds, stop.set).start()
        Keeper(shop.home, shop.manifest).run(stop, failures.append)
        print(json.dumps({"kind": kind, "failures": [repr(f) for f in failures]}))
        return
    seen, rolled_up = 0, 0.0
    while time.monotonic() < end:
        started = time.monotonic()
        if kind == "writer":
            shop.log.append(events(seed, done, dice))
        elif kind == "reader":
            sql = "SELECT count(*) AS n, sum(amount) AS a FROM lines"
            row = shop.door.ask(Question(sql, {}, "test"))[0]
            assert row["a"] in (0, None), row
            assert row["n"] >= seen - 2 * ERASABLE, (row, seen)
            seen = max(seen, row["n"])
            longest = max(longest, time.monotonic() - started)
            started = time.monotonic()
            orders = shop.door.ask(
                Question("SELECT sum(balance) AS a FROM orders", {}, "test")
            )[0]  # fmt: skip
            assert orders["a"] in (0, None), orders
            rolled_up = max(rolled_up, time.monotonic() - started)
            done += 1
            continue
        elif kind == "eraser":
            if done < ERASABLE:
                shop.log.erase([f"erasable{done}"])
            time.sleep(min(seconds / 20, 3))
        done += 1
        longest = max(longest, time.monotonic() - started)
        if kind == "writer":  # a web server breathes too
            time.sleep(0.002)
    print(json.dumps({"kind": kind, "done": done, "longest_wait": round(longest, 3),
                      "longest_roll_up": round(rolled_up, 3)}))  # fmt: skip


if __name__ == "__main__":
    main()
