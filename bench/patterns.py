"""Patterns over 20 million events: one pass over the spine against DuckDB SQL over the same files,
interleaved; pages once everything is loaded; the spine against DuckDB's own sorting.
``python -m bench.patterns``."""

from __future__ import annotations

import json
import shutil
import tempfile
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import duckdb

import gern
from bench.figures import BIG, SMALL, _shop
from gern.core.engines import compiled
from gern.core.engines.spine import Spines

FROM, TO, TODAY = date(2025, 1, 1), date(2025, 7, 1), date(2026, 1, 1)
STEPS = ["Product Viewed", "Product Added", "Order Completed"]
ROUNDS = 3
ASKED: dict[str, Callable[[gern.Shop], Any]] = {
    "funnel, three steps in 7 days, six months": lambda shop: shop.funnel(STEPS, FROM, TO, window="7d"),
    "monthly cohorts of two years": lambda shop: shop.cohorts(
        "Order Completed", "Order Completed", "2024-01-01", "2026-01-01", today=TODAY),
    "paths of five events, six months": lambda shop: shop.paths(FROM, TO),
    "weekly cohorts of two years": lambda shop: shop.cohorts(
        "Product Viewed", "Product Viewed", "2024-01-01", "2026-01-01", "week", today=TODAY),
}  # fmt: skip


def measure() -> dict[str, Any]:
    """Seconds by SQL and by the spine, ten times as many events, and the spine itself."""
    with tempfile.TemporaryDirectory(prefix="gern-bench-") as name:
        folder = Path(name)
        small, big = _shop(folder, SMALL)[0], _shop(folder, BIG)[0]
        compiled.load(big.home)
        return {
            "events": BIG,
            "by the spine, against SQL": {id: _against(big, work) for id, work in ASKED.items()},
            "2 M to 20 M": {id: round(_once(big, w) / _once(small, w), 1) for id, w in ASKED.items()},
            "asked again, seconds": {id: _again(big, work) for id, work in ASKED.items()},
            "attribution of six months, by SQL, seconds": round(
                _once(big, lambda s: s.attribution(FROM, TO)), 2),
            "phases of six months, by SQL, seconds": round(_once(big, lambda s: s.phases(FROM, TO)), 2),
            "survival, seconds": round(_once(big, lambda s: s.survival(FROM, TO, today=TODAY)), 2),
            "spine, against ORDER BY": against_order_by(big),
            "limit": {"funnel or cohort, warm": 0.3, "2 M to 20 M": 16, "spine": 2},
        }  # fmt: skip


def _timed(work: Callable[[], Any]) -> tuple[float, Any]:
    started = time.perf_counter()
    found = work()
    return time.perf_counter() - started, found


def _once(shop: gern.Shop, work: Callable[[gern.Shop], Any]) -> float:
    """The fastest of some; no answer is kept between them."""
    times = []
    for _ in range(ROUNDS):
        shop.door.forget()
        times.append(_timed(lambda: work(shop))[0])
    return min(times)


def _again(shop: gern.Shop, work: Callable[[gern.Shop], Any]) -> float:
    """While the log does not change, answers are kept."""
    work(shop)
    return round(min(_timed(lambda: work(shop))[0] for _ in range(ROUNDS)), 4)


def _against(shop: gern.Shop, work: Callable[[gern.Shop], Any]) -> dict[str, float]:
    at, spine, sql = Spines.at, [], []
    for _ in range(ROUNDS):
        shop.door.forget()
        seconds, walked = _timed(lambda: work(shop))
        spine.append(seconds)
        shop.door.forget()
        Spines.at = lambda self, state: None  # type: ignore[assignment, method-assign]
        try:
            seconds, asked = _timed(lambda: work(shop))
        finally:
            Spines.at = at  # type: ignore[method-assign]
        sql.append(seconds)
        assert walked == asked
    return {"spine": round(min(spine), 3), "SQL": round(min(sql), 2),
            "times faster": round(min(sql) / min(spine), 1)}  # fmt: skip


def against_order_by(shop: gern.Shop) -> dict[str, float]:
    """How long making the spine takes, and DuckDB's sorting of the same columns."""
    for folder in shop.home.cache.glob("spine-*"):
        shutil.rmtree(folder)
    ours = _timed(lambda: shop.door._spines.make(shop.door._states.now()))[0]
    files = [str(p) for p in shop.home.log.glob("*.parquet")]
    con = duckdb.connect()
    theirs = _timed(lambda: con.execute(
        f"CREATE TABLE sorted AS SELECT person, ts, name FROM read_parquet({files!r}) ORDER BY person, ts"
    ))[0]  # fmt: skip
    return {"ours": round(ours, 1), "ORDER BY": round(theirs, 1), "ratio": round(ours / theirs, 2)}


if __name__ == "__main__":
    print(json.dumps(measure(), indent=2))
