"""kill -9 while importing, and two imports at once: nothing lost, nothing doubled."""

from __future__ import annotations

import random
import subprocess
import sys
import time
from pathlib import Path

import pytest

import gern
from gern.demo import DATA
from tests.homes import new_home
from tests.servers import GERN
from tests.soak_notes import note

LINES, REVENUE = 541_909, 9747747.934


def start(home: Path, file: Path) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [*GERN, "--home", str(home), "import", str(file), "--zone", "Europe/London"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def assert_whole(home: Path) -> None:
    shop = gern.open(home)
    segments = shop.manifest.segments()[1]
    assert sum(s.rows for s in segments) in (0, LINES)
    value = shop.figure("revenue", "2010-01-01", "2012-01-01", with_interval=False).value
    assert value in (0, REVENUE)


def rounds(tmp_path: Path, count: int, seed: int) -> None:
    dice = random.Random(seed)
    for number in range(count):
        home = tmp_path / f"home-{number}"
        new_home(home, "--zone", "Europe/London")
        process = start(home, DATA)
        time.sleep(dice.uniform(0.1, 1.1))
        process.kill()
        process.wait()
        assert_whole(home)
        assert start(home, DATA).wait() == 0
        assert_whole(home)
        assert gern.open(home).span() is not None
        assert subprocess.run([*GERN, "--home", str(home), "doctor"], check=False).returncode == 0


def test_killed_while_importing(tmp_path: Path) -> None:
    rounds(tmp_path, 4, seed=1)


@pytest.mark.soak
def test_killed_while_importing_many_times(tmp_path: Path) -> None:
    rounds(tmp_path, 60, seed=2)
    note("import: kill -9 while importing Online Retail", {"rounds": 60, "lost": 0, "doubled": 0})


def test_two_processes_importing_the_same_file_at_once(tmp_path: Path) -> None:
    home = tmp_path / "home"
    gern.create_shop(home, zone="Europe/London")
    both = [start(home, DATA) for _ in range(2)]
    assert [p.wait() for p in both] == [0, 0]
    assert_whole(home)


def test_reading_while_orders_are_replaced(tmp_path: Path) -> None:
    """A reader whose list of files is gone takes the new one; it sees before or after."""
    home = tmp_path / "home"
    shop = gern.create_shop(home)
    file = tmp_path / "p.csv"
    script = (
        "import gern, sys\n"
        f"shop = gern.open({str(home)!r})\n"
        "for n in range(40):\n"
        "    text = 'order,customer,date,amount\\n' + ''.join(f'{i},a,2024-01-0{i%9+1},{n % 2 + 1}\\n' for i in range(50))\n"
        f"    open({str(file)!r}, 'w').write(text)\n"
        f"    shop.import_file({str(file)!r}, replace=True)\n"
    )
    writer = subprocess.Popen([sys.executable, "-c", script])
    seen = set()
    while writer.poll() is None:
        seen.add(shop.figure("revenue", "2024-01-01", "2024-02-01", with_interval=False).value)
    assert writer.returncode == 0
    assert seen <= {0, 50, 100}
    assert {50, 100} <= seen


@pytest.mark.soak
def test_a_300_mb_file_within_its_memory(tmp_path: Path) -> None:
    import psutil

    file = tmp_path / "big.csv"
    with file.open("w") as out:
        out.write("order;customer;date;product;description;quantity;price\n")
        for n in range(4_600_000):
            out.write(f"{n // 7};k{n // 35 % 90000};{n % 28 + 1:02}.{n % 12 + 1:02}.2023 {n % 24:02}:15;"
                      f"p{n % 4000};Some product number {n % 4000};{n % 5 + 1};{n % 90},{n % 10}9\n")  # fmt: skip
    assert file.stat().st_size > 300_000_000
    home = tmp_path / "home"
    gern.create_shop(home)
    process, peak = start(home, file), 0
    watched = psutil.Process(process.pid)
    while process.poll() is None:
        try:
            peak = max(peak, watched.memory_info().rss)
        except psutil.Error:
            break
        time.sleep(0.05)
    assert process.wait() == 0
    assert sum(s.rows for s in gern.open(home).manifest.segments()[1]) == 4_600_000
    note("import: a 300 MB file", {"rows": 4_600_000, "peak_mb": round(peak / 1e6)})
    assert peak < 1_400_000_000
