"""Backups: consistent while the home is in use, shared, expiring, and restored whole or not."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest

import gern
from gern.core.errors import BadInput
from gern.core.log.backup import LABEL, back_up, backups_in, drill, restore


def count(shop: gern.Shop) -> int:
    return shop.query("SELECT count(*) AS n FROM rows")[0]["n"]


@pytest.fixture
def full(shop: gern.Shop, send, bring) -> gern.Shop:
    for n in range(20):
        send(id=str(n), customer=f"c{n % 5}", visitor=f"v{n}")
    shop.log.compact()
    send(id="waiting", customer="c1")
    bring("order,customer,date,amount\n1,a,2024-01-01,5\n2,b,never,5\n")
    shop.log.merge("c1", "c2")
    return shop


def test_a_restored_home_is_the_home(full: gern.Shop, tmp_path: Path) -> None:
    kept = {name: full.home.secret(name) for name in ("erasure", "suppression", "choices")}
    login = full.home.secret("django")
    made = back_up(full.home, full.manifest, tmp_path / "b")
    found = restore(made.path, tmp_path / "r")
    assert (found.rows, found.inbox_events, found.problems) == (21, 1, [])
    other = gern.open(tmp_path / "r")
    everything = "SELECT * FROM rows ORDER BY source, event_id, order_id"
    assert other.query(everything) == full.query(everything)
    assert [p.name for p in other.home.rejects.iterdir()] == [
        p.name for p in full.home.rejects.iterdir()
    ]
    assert other.zone == full.zone
    assert {name: other.home.secret(name) for name in kept} == kept
    assert other.home.secret("django") != login


def test_the_next_backup_shares_what_has_not_changed(full: gern.Shop, tmp_path: Path) -> None:
    first = back_up(full.home, full.manifest, tmp_path / "b")
    second = back_up(full.home, full.manifest, tmp_path / "b")
    assert second.bytes_new < first.bytes_new
    segment = full.manifest.segments()[1][0].file
    assert os.path.samefile(first.path / "log" / segment, second.path / "log" / segment)
    assert not os.path.samefile(full.home.log / segment, first.path / "log" / segment)


def test_old_ones_expire(full: gern.Shop, tmp_path: Path) -> None:
    made = [back_up(full.home, full.manifest, tmp_path / "b", keep=2) for _ in range(4)]
    assert backups_in(tmp_path / "b") == [m.path for m in made[2:]]
    assert made[3].expired == 1
    with pytest.raises(BadInput, match="At least one"):
        back_up(full.home, full.manifest, tmp_path / "b", keep=0)


def test_two_homes_do_not_share_a_folder(full: gern.Shop, tmp_path: Path) -> None:
    made = back_up(full.home, full.manifest, tmp_path / "b")
    other = gern.create_shop(tmp_path / "other")
    with pytest.raises(BadInput, match="another home"):
        back_up(other.home, other.manifest, tmp_path / "b", keep=1)
    restore(made.path, tmp_path / "again")
    same = gern.open(tmp_path / "again")
    assert back_up(same.home, same.manifest, tmp_path / "b").expired == 0


def test_a_file_that_rotted_in_the_backup_before_is_copied_anew(full, tmp_path: Path) -> None:
    first = back_up(full.home, full.manifest, tmp_path / "b")
    segment = next((first.path / "log").iterdir())
    segment.write_bytes(b"x" + segment.read_bytes()[1:])
    second = back_up(full.home, full.manifest, tmp_path / "b")
    assert drill(second.path, tmp_path / "b").problems == []


def test_a_damaged_backup_is_refused_and_nothing_is_made(full: gern.Shop, tmp_path: Path) -> None:
    made = back_up(full.home, full.manifest, tmp_path / "b")
    segment = next((made.path / "log").iterdir())
    segment.write_bytes(segment.read_bytes()[:-1] + b"x")
    with pytest.raises(BadInput, match=r"damaged.*older one"):
        restore(made.path, tmp_path / "r")
    with pytest.raises(BadInput, match="no backup made by Gern"):
        restore(tmp_path, tmp_path / "r")
    assert not (tmp_path / "r").exists()
    assert [p.name for p in tmp_path.glob("r*")] == []


def test_nothing_is_overwritten(full: gern.Shop, tmp_path: Path) -> None:
    made = back_up(full.home, full.manifest, tmp_path / "b")
    with pytest.raises(BadInput, match="not empty"):
        restore(made.path, full.home.path)
    label = made.path / LABEL
    label.write_text(label.read_text().replace('"format": 3', '"format": 99'))
    with pytest.raises(BadInput, match="newer one"):
        restore(made.path, tmp_path / "r")


def test_a_drill_leaves_nothing_behind(full: gern.Shop, tmp_path: Path) -> None:
    made = back_up(full.home, full.manifest, tmp_path / "b")
    assert drill(made.path, tmp_path / "b").rows == 21
    assert {p.name for p in (tmp_path / "b").iterdir()} == {made.path.name, "erased.jsonl"}


def test_while_events_arrive_and_move_a_backup_is_of_one_moment(shop, send, tmp_path) -> None:
    stop = threading.Event()

    def work() -> None:
        from gern.core.log.event import Event
        from tests.core.conftest import NOW

        n = 0
        while not stop.is_set():
            n += 1
            shop.log.append([
                Event(source="s", id=f"{n}:{i}", name="n", ts=NOW, customer="a") for i in range(10)
            ])  # fmt: skip
            if n % 5 == 0:
                shop.log.compact()

    worker = threading.Thread(target=work)
    worker.start()
    try:
        made = [back_up(shop.home, shop.manifest, tmp_path / "b") for _ in range(6)]
    finally:
        stop.set()
        worker.join()
    counts = []
    for number, backup in enumerate(made):
        assert restore(backup.path, tmp_path / f"r{number}").problems == []
        counts.append(count(gern.open(tmp_path / f"r{number}")))
    assert counts == sorted(counts)
    assert all(n % 10 == 0 for n in counts)
    assert counts[-1] > 0
