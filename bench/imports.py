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
    """Peak resident memory of a process that only imports, in MB."""
    code = (
        "import gern, resource, sys, tempfile\n"
        "from gern.demo import DATA\n"
        "with tempfile.TemporaryDirectory() as d:\n"
        "    gern.create_shop(d + '/h').import_file(DATA)\n"
        "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return float(done.stdout)


def measure() -> dict[str, object]:
    """Medians of interleaved rounds; the limit is 3 times the peer and 1 GB."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        peers, own = [], []
        for number in range(ROUNDS):
            peers.append(peer(folder, DATA))
            own.append(ours(folder, DATA, str(number)))
        big = ten_times(folder)
        peer_big, own_big = peer(folder, big), ours(folder, big, "ten")
    return {
        "lines": 541_909,
        "peer_seconds": round(median(peers), 3),
        "import_seconds": round(median(own), 3),
        "ratio": round(median(own) / median(peers), 2),
        "ratio_of_minima": round(min(own) / min(peers), 2),
        "limit": 3,
        "ten_times_peer_seconds": round(peer_big, 2),
        "ten_times_import_seconds": round(own_big, 2),
        "ten_times_ratio": round(own_big / peer_big, 2),
        "peak_mb": round(peak_memory()),
        "peak_limit_mb": 1000,
    }
