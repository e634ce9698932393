"""A funnel, paths and visits over five million events from Parquet, loading and sorting included: one pass
over the spine, the same questions as DuckDB SQL, and retentioneering 5.2.4; each in a process of its own,
interleaved. Then ten times as many events, and a day's events added. ``python -m bench.spine``."""

from __future__ import annotations

import json
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from datetime import date
from pathlib import Path
from typing import Any

import duckdb

from bench.figures import NOW, ROWS, _shop
from bench.patterns import against_order_by

ROOT = Path(__file__).parents[1]
PEER = ROOT / ".tools" / "retentioneering"
EVENTS = 5_000_000
DAY = 70_000
ROUNDS = 3
FROM, TO = date(2024, 1, 1), date(2026, 1, 1)
STEPS = ["Product Viewed", "Product Added", "Order Completed"]


def measure() -> dict[str, Any]:
    """Seconds and memory of the three; the spine at ten times as many."""
    if not PEER.exists():
        uv = ROOT / ".tools" / "bin" / "uv"
        subprocess.run([uv, "venv", "-q", "--python", sys.executable, PEER], check=True)
        subprocess.run([uv, "pip", "install", "-q", "--python", PEER / "bin" / "python", "retentioneering==5.2.4"], check=True)  # fmt: skip
    with tempfile.TemporaryDirectory(prefix="gern-bench-") as name:
        folder = Path(name)
        small = _shop(folder, EVENTS)[0].home.path
        _run([sys.executable, "-m", "bench.spine", "compile", str(small)])
        file = _for_peer(folder, small)
        found: dict[str, list[dict[str, Any]]] = {
            "spine": [],
            "DuckDB SQL": [],
            "retentioneering": [],
        }
        for _ in range(ROUNDS):
            found["spine"].append(_run([sys.executable, "-m", "bench.spine", "spine", str(small)]))
            found["DuckDB SQL"].append(
                _run([sys.executable, "-m", "bench.spine", "sql", str(small)])
            )
            found["retentioneering"].append(_run([str(PEER / "bin" / "python"), str(ROOT / "bench" / "spine_peer.py"), str(file)]))  # fmt: skip
        best = {
            who: min(runs, key=lambda run: run["load and sort"] + run["asked"])
            for who, runs in found.items()
        }
        whole = {who: run["load and sort"] + run["asked"] for who, run in best.items()}
        big = _shop(folder, 10 * EVENTS)[0].home.path
        shutil.copytree(
            small / "cache" / "compiled", big / "cache" / "compiled", dirs_exist_ok=True
        )
        ten = _run([sys.executable, "-m", "bench.spine", "spine", str(big)])
        built = _run([sys.executable, "-m", "bench.spine", "built", str(big)])
        return {
            "events": EVENTS, "each": best, "whole": {who: round(s, 2) for who, s in whole.items()},
            "times faster than retentioneering": round(whole["retentioneering"] / whole["spine"], 1),
            "of DuckDB's time": round(whole["spine"] / whole["DuckDB SQL"], 2),
            "memory of retentioneering's": round(best["spine"]["mb"] / best["retentioneering"]["mb"], 2),
            "asked, times faster than SQL": round(best["DuckDB SQL"]["asked"] / best["spine"]["asked"], 1),
            "50 M": ten, "50 M, built against ORDER BY": built, "5 M to 50 M, asked": round(ten["asked"] / best["spine"]["asked"], 1),
            "a day added to 50 M, seconds": _run([sys.executable, "-m", "bench.spine", "day", str(big)])["seconds"],
            "limit": {"retentioneering": 8, "DuckDB": 1.2, "memory": 0.25, "SQL": 20, "50 M": 16, "50 M, mb": 3000, "built": 2, "day": 2},
        }  # fmt: skip


def _for_peer(folder: Path, home: Path) -> Path:
    """The same events as retentioneering wants them."""
    file = folder / "peer.parquet"
    log = f"{home}/log/*.parquet"
    duckdb.connect().execute(
        f"COPY (SELECT coalesce(customer, visitor) AS user_id, coalesce(name, kind) AS event, ts AS timestamp"
        f" FROM read_parquet('{log}') WHERE kind IN ('track', 'page')) TO '{file}' (FORMAT parquet, COMPRESSION zstd)"
    )  # fmt: skip
    return file


def _run(command: list[str]) -> dict[str, Any]:
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=False)
    if done.returncode:
        raise RuntimeError(done.stderr[-2000:])
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def work(what: str, home: str) -> dict[str, Any]:
    """Ours, in this process."""
    import gern
    from gern.core.engines import compiled
    from gern.core.engines.spine import Spines

    shop = gern.open(home)
    if what == "built":
        return against_order_by(shop)
    if what == "compile":
        compiled.load(shop.home)
        return {}
    if what == "day":
        compiled.load(shop.home)
        shop.door.prepare()
        return {"seconds": _day(shop)}
    loaded = 0.0
    if what == "spine":
        for folder in shop.home.cache.glob("spine-*"):
            shutil.rmtree(folder)
        compiled.load(shop.home)
        started = time.perf_counter()
        assert shop.door._spines.make(shop.door._states.now())
        loaded = time.perf_counter() - started
    else:
        Spines.at = lambda self, state: None  # type: ignore[assignment, method-assign]
    started = time.perf_counter()
    funnel = shop.funnel(STEPS, FROM, TO, window="365d")
    ways = shop.paths(FROM, TO)
    visits = shop.figure("visits", FROM, TO, with_interval=False, now=NOW)
    asked = time.perf_counter() - started
    return {
        "load and sort": loaded, "asked": asked, "visits": visits.value, "trails": ways.trails,
        "funnel": [one.n for one in funnel.steps],
        "mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }  # fmt: skip


def _day(shop: Any) -> float:
    """How long until the spine knows a day's events more."""
    file = shop.home.temporary / "day.parquet"
    sql = ROWS.format(rows=DAY, people=EVENTS // 2).replace(
        "TIMESTAMP '2024-01-01'", "TIMESTAMP '2026-01-01'"
    )
    sql = sql.replace("* 731 *", "* 1 *").replace(
        "CAST(i AS VARCHAR) AS event_id", "'d' || CAST(i AS VARCHAR) AS event_id"
    )
    duckdb.connect().execute(f"COPY ({sql}) TO '{file}' (FORMAT parquet, COMPRESSION zstd)")
    shop.log.load(file, NOW)
    started = time.perf_counter()
    assert shop.door.has_spine()
    return time.perf_counter() - started


if __name__ == "__main__":
    print(
        json.dumps(
            work(*sys.argv[1:3]) if len(sys.argv) > 1 else measure(),
            indent=None if len(sys.argv) > 1 else 2,
        )
    )
