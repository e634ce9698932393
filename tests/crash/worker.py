"""One process that does one kind of work on a log, again and again, until it is killed.

``python -m tests.crash.worker KIND HOME OUT SEED``: what is acknowledged is written to OUT, a line each.
"""

from __future__ import annotations

import random
import shutil
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import gern
from gern.core.log import compaction
from gern.core.log.backup import back_up, backups_in, restore
from gern.core.log.event import Event, Line

BATCH = 7
NOW = datetime(2026, 6, 15, tzinfo=UTC)


def batch(number: int, dice: random.Random) -> list[Event]:
    """Seven events; their ids tell the batch, so that one can see whether it is whole."""
    return [
        Event(
            source="crash",
            id=f"{number}:{i}",
            name="Order Completed" if i == 0 else "Page Viewed",
            ts=NOW - timedelta(minutes=dice.randrange(90 * 24 * 60)),
            customer=f"c{dice.randrange(50)}" if i % 2 else None,
            visitor=f"v{dice.randrange(80)}",
            kind="identify" if i == 3 and dice.random() < 0.2 else "track",
            lines=(Line(1, product="a"), Line(2, product="b")) if i == 0 else (),
            currency="EUR" if i == 0 else None,
        )
        for i in range(BATCH)
    ]


def main() -> None:
    kind, home, out, seed = sys.argv[1:]
    dice = random.Random(int(seed))
    shop = gern.open(home)
    said = open(out, "a", buffering=1)  # noqa: SIM115 - ends with the process
    compaction.MERGE_AT, compaction.SPLIT_ROWS = 2, 300
    said.write("ready\n")
    number = int(seed) * 1_000_000
    while True:
        number += 1
        if kind == "append":
            said.write(f"try {number}\n")
            shop.log.append(batch(number, dice))
            said.write(f"ack {number}\n")
            continue
        if kind in ("compact", "merge", "squash"):
            said.write(f"try {number}\n")
            shop.log.append(batch(number, dice))
            said.write(f"ack {number}\n")
        if kind == "compact":
            shop.log.compact()
        elif kind == "merge":
            shop.log.compact()
            compaction.merge_some(shop.home, shop.manifest)
        elif kind == "squash":
            shop.log.identify(f"v{dice.randrange(80)}", f"c{dice.randrange(50)}")
            shop.log.compact(fully=True)
        elif kind == "erase":
            person = f"erase{dice.randrange(10**6)}"
            event = Event(
                source="gone", id=f"{person}", name="Page Viewed", ts=NOW, customer=person
            )
            shop.log.append([event])
            if dice.random() < 0.5:
                shop.log.compact()
            said.write(f"erasing {person}\n")
            shop.log.erase([person])
            said.write(f"erased {person}\n")
        elif kind == "backup":
            back_up(shop.home, shop.manifest, Path(home).parent / "backups", keep=2)
        elif kind == "restore":
            target = Path(home).parent / "restored"
            if target.exists():  # away in one step: what is there must be whole
                target.rename(old := target.with_name(f"old-{number}"))
                shutil.rmtree(old)
            restore(backups_in(Path(home).parent / "backups")[-1], target)


if __name__ == "__main__":
    main()
