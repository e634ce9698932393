"""`gern log check` finds what is wrong, and mends what can be mended."""

from __future__ import annotations

import numpy as np
import pytest

import gern
from gern.core.log import compaction


@pytest.fixture
def full(shop: gern.Shop, send) -> gern.Shop:
    for n in range(30):
        send(id=str(n), customer=f"c{n % 5}")
        if n % 10 == 9:
            shop.log.compact()
    return shop


def problems(shop: gern.Shop) -> str:
    return "; ".join(shop.log.check().problems)


def test_a_whole_log(full: gern.Shop) -> None:
    found = full.log.check()
    assert (found.rows, found.problems, found.mended) == (30, [], [])


def test_a_changed_and_a_missing_file(full: gern.Shop) -> None:
    first, second = full.manifest.segments()[1][:2]
    path = full.home.log / first.file
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)
    (full.home.log / second.file).unlink()
    assert f"{first.file} has changed on disk" in problems(full)
    assert f"{second.file} is missing" in problems(full)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ("rows = rows + 1", "are expected"),
        ("month = '2020-01'", "rows of other months"),
        ("bucket = 1, buckets = 64", "belong elsewhere"),
    ],
)
def test_a_manifest_that_is_wrong(full: gern.Shop, change: str, said: str) -> None:
    with full.manifest.change() as db:
        db.execute(f"UPDATE segment SET {change} WHERE id = 1")
    assert said in problems(full)


def test_events_that_are_there_twice(full: gern.Shop) -> None:
    with full.manifest.change() as db:  # forget that they were moved, and move them again
        db.execute("DELETE FROM run")
    from gern.core.log.event import Event
    from tests.core.conftest import NOW

    full.log.append([Event(source="web", id="3", name="n", ts=NOW, customer="c3")])
    full.log.compact()
    assert "1 events are in the log twice" in problems(full)


def test_rows_out_of_order(full: gern.Shop, monkeypatch) -> None:
    from gern.core.log import segments

    monkeypatch.setattr(segments, "SORT_ORDER", ("event_id",))
    full.log.append([])
    compaction.compact_fully(full.home, full.manifest)
    monkeypatch.undo()
    assert "is not sorted" in problems(full)


def test_lost_dedupe_runs_are_made_again(full: gern.Shop, send) -> None:
    for path in full.home.runs.iterdir():
        path.unlink()
    assert full.log.check().mended == ["30 lost dedupe hashes made again"]
    send(id="3", customer="c3")
    assert full.log.compact().duplicates == 1
    assert full.log.check().mended == []


def test_files_of_interrupted_work_go(full: gern.Shop) -> None:
    (full.home.log / "2024-01-stray.parquet").write_bytes(b"x")
    (full.home.log / "2024-01-half.tmp").mkdir()
    (full.home.runs / "half.tmp").write_bytes(b"x")
    assert full.log.check().mended == ["3 files of interrupted work removed"]
    assert full.log.check().mended == []


def test_runs_find_every_hash_and_no_other() -> None:
    from gern.core.log.runs import found_in

    dice = np.random.default_rng(1)
    runs = [np.sort(dice.integers(0, 2**64, 1000, dtype=np.uint64)) for _ in range(3)]
    wanted = np.sort(
        np.concatenate([runs[0][::7], runs[2][::5], dice.integers(0, 2**64, 500, dtype=np.uint64)])
    )
    expected = np.isin(wanted, np.concatenate(runs))
    assert (found_in(runs, wanted) == expected).all()
    assert found_in(runs, wanted[:0]).tolist() == []
    assert found_in([], wanted[:3]).tolist() == [False] * 3
    edges = np.array([0, 2**64 - 1], dtype=np.uint64)
    assert found_in([edges], edges).all()


def test_a_merged_run_is_the_sorted_union(tmp_path) -> None:
    from gern.core.log.runs import merge_runs, open_runs, write_run

    dice = np.random.default_rng(2)
    parts = [np.sort(dice.integers(0, 2**64, n, dtype=np.uint64)) for n in (1, 10, 5000)]
    runs = [write_run(tmp_path, [part])[0] for part in parts]
    merged = merge_runs(tmp_path, runs)
    assert open_runs(tmp_path, [merged])[0].tolist() == sorted(np.concatenate(parts).tolist())
    assert write_run(tmp_path, [np.array([], dtype=np.uint64)]) == []


def test_a_long_lease_does_not_end_the_short_ones_of_its_process(
    full: gern.Shop, monkeypatch
) -> None:
    from gern.core.log import leases

    held = leases.Leases(full.home, full.manifest)
    clock = [1000.0]
    monkeypatch.setattr(leases, "boot_clock", lambda: clock[0])
    assert leases.lowest_version(full.home.leases) is None
    with held.reading():
        first = full.manifest.version()
        assert leases.lowest_version(full.home.leases) == first
        full.manifest.set("night_done", 1, "test")
        clock[0] += leases.SECONDS + 1
        with held.reading():
            assert leases.lowest_version(full.home.leases) == first + 1
        assert leases.lowest_version(full.home.leases) is None


def test_working_folders_in_use_stay_those_of_killed_work_go(full: gern.Shop) -> None:
    import os
    import subprocess
    import sys

    from gern.core.log.changes import sweep_temporary, workspace

    with workspace(full.home, "mine") as mine:
        code = (
            "import os, gern\nfrom gern.core.log.changes import workspace\n"
            f"shop = gern.open({str(full.home.path)!r})\n"
            "with workspace(shop.home, 'killed'):\n    os.kill(os.getpid(), 9)\n"
        )
        subprocess.run([sys.executable, "-c", code], check=False)
        os.utime(mine, (0, 0))
        assert len(list(full.home.temporary.glob("killed-*"))) == 1
        sweep_temporary(full.home)
        assert mine.exists()
        assert list(full.home.temporary.glob("killed-*")) == []
    assert not mine.exists()
