"""Import of Online Retail against DuckDB reading, sorting and writing it, and how it grows."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

import duckdb

import gern
from gern.demo import DATA

ROUNDS = 9


def peer(folder: Path, file: Path) -> float:
    """Seconds DuckDB takes to read, sort by (customer, time) and write the file, zstd."""
    con = duckdb.connect()
    started = time.perf_counter()
    con.execute(
        f"COPY (SELECT * FROM '{file}' ORDER BY customer_id, invoice_date)"
        f" TO '{folder / 'peer.parquet'}' (FORMAT parquet, COMPRESSION zstd)"
    )
    return time.perf_counter() - started


def ours(folder: Path, file: Path, number: str) -> float:
    """Seconds the import into an empty shop takes, until it is durable."""
    shop = gern.create_shop(folder / f"home-{number}", zone="Europe/London", currency="GBP")
    started = time.perf_counter()
    shop.import_file(file)
    return time.perf_counter() - started


def ten_times(folder: Path) -> Path:
    """The data ten times over, ten years of it, with other order and customer numbers."""
    target = folder / "ten.parquet"
    duckdb.execute(
        "COPY (SELECT * REPLACE (invoice || n AS invoice, customer_id * 10 + n AS customer_id,"
        " invoice_date - to_years(n::INTEGER) AS invoice_date)"
        f" FROM '{DATA}', range(10) t(n)) TO '{target}' (FORMAT parquet)"
    )
    return target


def peak_memory() -> float:
    """Peak resident memory (VmHWM) of a process that only imports, in MB."""
    code = (
        "import gern, tempfile\n"
        "from gern.demo import DATA\n"
        "with tempfile.TemporaryDirectory() as d:\n"
        "    gern.create_shop(d + '/h').import_file(DATA)\n"
        "print(next(x for x in open('/proc/self/status') if x.startswith('VmHWM')).split()[1])\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return float(done.stdout) / 1024


def as_commands(folder: Path) -> tuple[float, float]:
    """The same as somebody at a shell waits for it: (DuckDB in Python, ``gern import``)."""
    copy = (
        f"import duckdb; duckdb.execute(\"COPY (SELECT * FROM '{DATA}' ORDER BY customer_id,"
        f" invoice_date) TO '{folder / 'c.parquet'}' (FORMAT parquet, COMPRESSION zstd)\")"
    )
    times: dict[str, list[float]] = {"peer": [], "gern": []}
    for number in range(ROUNDS):
        home = str(folder / f"command-{number}")
        gern.create_shop(home, zone="Europe/London", currency="GBP")
        for name, command in (
            ("peer", [sys.executable, "-c", copy]),
            ("gern", [sys.executable, "-m", "gern.shell.cli", "--home", home, "import", str(DATA)]),
        ):
            started = time.perf_counter()
            subprocess.run(command, check=True, capture_output=True)
            times[name].append(time.perf_counter() - started)
    return median(times["peer"]), median(times["gern"])


def measure() -> dict[str, object]:
    """Medians of interleaved rounds; the limit is 3 times the peer and 1 GB."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        peers, own = [], []
        for number in range(ROUNDS):
            peers.append(peer(folder, DATA))
            own.append(ours(folder, DATA, str(number)))
        command_peer, command_own = as_commands(folder)
        big = ten_times(folder)
        peer_big, own_big = peer(folder, big), ours(folder, big, "ten")
    return {
        "lines": 541_909,
        "peer_seconds": round(median(peers), 3),
        "import_seconds": round(median(own), 3),
        "ratio": round(median(own) / median(peers), 2),
        "ratio_of_minima": round(min(own) / min(peers), 2),
        "limit": 3,
        "as_commands": {
            "peer_seconds": round(command_peer, 2),
            "import_seconds": round(command_own, 2),
            "ratio": round(command_own / command_peer, 2),
        },
        "ten_times_peer_seconds": round(peer_big, 2),
        "ten_times_import_seconds": round(own_big, 2),
        "ten_times_ratio": round(own_big / peer_big, 2),
        "peak_mb": round(peak_memory()),
        "peak_limit_mb": 1000,
    }
