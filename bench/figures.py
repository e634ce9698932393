"""Figures over 20 million events: through the library against DuckDB SQL written by hand over the
same files, interleaved, and what ten times as many events cost. ``python -m bench.figures``."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import duckdb
import pandas as pd

import gern

BIG, SMALL = 20_000_000, 2_000_000
NOW = datetime(2026, 1, 2)
FROM, TO = date(2025, 6, 1), date(2025, 7, 1)
YEAR = (date(2024, 1, 1), date(2026, 1, 1))
ROUNDS = 3
WINDOW = 90

ROWS = """
WITH made AS (
  SELECT random() AS what, random() AS who, random() AS known, random() AS moment, i FROM range({rows}) AS t(i)
), named AS (
  SELECT *, CASE WHEN what < .62 THEN 'Page Viewed' WHEN what < .72 THEN 'Product Viewed'
    WHEN what < .78 THEN 'Product Added' WHEN what < .86 THEN 'Email Delivered'
    WHEN what < .90 THEN 'Email Opened' WHEN what < .95 THEN 'Order Completed'
    WHEN what < .97 THEN 'Survey Answered' ELSE 'File Downloaded' END AS name
  FROM made
)
SELECT 'web' AS source, CAST(i AS VARCHAR) AS event_id,
  CASE WHEN known < .6 OR name IN ('Order Completed', 'Email Delivered', 'Email Opened')
    THEN 'c' || CAST(floor(power(who, 2) * {people}) AS BIGINT) END AS customer,
  'v' || CAST(floor(power(who, 2) * {people}) AS BIGINT) AS visitor,
  TIMESTAMP '2024-01-01' + to_microseconds(CAST(moment * 731 * 86400000 AS BIGINT) * 1000) AS ts,
  name, CASE WHEN name = 'Page Viewed' THEN 'page' ELSE 'track' END AS kind,
  CASE WHEN name IN ('Order Completed', 'Survey Answered') OR starts_with(name, 'Email')
    THEN 'server' ELSE 'web' END AS channel,
  CASE name WHEN 'Survey Answered' THEN '{{"question":"nps","score":' || CAST(floor(random() * 11) AS INTEGER) || '}}'
    WHEN 'Email Delivered' THEN '{{"campaign_id":"k' || CAST(floor(moment * 24) AS INTEGER) || '"}}'
    WHEN 'Email Opened' THEN '{{"campaign_id":"k' || CAST(floor(moment * 24) AS INTEGER) || '"}}' END AS properties,
  CASE WHEN name = 'Order Completed' THEN CAST(i AS VARCHAR) END AS order_id,
  CASE WHEN name = 'Order Completed' THEN 1 END AS line,
  CASE WHEN name = 'Order Completed' THEN CAST(1 AS DECIMAL(18,6)) END AS quantity,
  CASE WHEN name = 'Order Completed' THEN CAST(random() * 100 AS DECIMAL(18,6)) END AS amount,
  CASE WHEN name = 'Order Completed' THEN 'EUR' END AS currency
FROM named
"""

VISITS = """
WITH e AS (SELECT person, ts, kind = 'page' AS page,
    CASE WHEN ts > lag(ts) OVER (PARTITION BY person ORDER BY ts) + INTERVAL 30 MINUTE
      OR lag(ts) OVER (PARTITION BY person ORDER BY ts) IS NULL THEN 1 ELSE 0 END AS begins
  FROM rows WHERE channel IN ('web', 'app') AND traffic IS NULL
    AND ts >= $a - INTERVAL 30 MINUTE AND ts < $b + INTERVAL 1 DAY),
n AS (SELECT person, ts, page, sum(begins) OVER (PARTITION BY person ORDER BY ts) AS visit FROM e),
v AS (SELECT person, visit, min(ts) AS ts, count(*) AS events, count(*) FILTER (page) AS pages
  FROM n GROUP BY person, visit)
"""
BY_HAND = {
    "page_views": "SELECT count(*) FROM rows WHERE kind = 'page' AND traffic IS NULL AND ts >= $a AND ts < $b",
    "visits": VISITS + "SELECT count(*) FROM v WHERE ts >= $a AND ts < $b",
    "bounce_rate": VISITS + "SELECT 100.0 * count(*) FILTER (pages = 1 AND events = 1) / count(*)"
    " FROM v WHERE ts >= $a AND ts < $b",
    "revenue": "SELECT sum(amount) FROM rows WHERE line IS NOT NULL AND traffic IS NULL AND currency = 'EUR'"
    " AND ts >= $a AND ts < $b",
    "repeat_purchase_rate": "SELECT 100.0 * count(*) FILTER (n >= 2) / count(*) FROM (SELECT person,"
    " count(DISTINCT order_id) AS n FROM rows WHERE line IS NOT NULL AND quantity > 0 AND traffic IS NULL"
    " AND ts >= $a AND ts < $b GROUP BY person)",
    "retention_rate_strict": "WITH o AS (SELECT person, order_id, min(ts) AS ts FROM rows WHERE line IS NOT"
    " NULL AND quantity > 0 AND traffic IS NULL AND ts < $b GROUP BY person, order_id), p AS (SELECT person,"
    f" bool_or(ts >= $a - INTERVAL {WINDOW} DAY AND ts < $a) AS s, bool_or(ts >= $b - INTERVAL {WINDOW} DAY)"
    " AS e FROM o GROUP BY person) SELECT 100.0 * count(*) FILTER (s AND e) / count(*) FILTER (s) FROM p",
    "nps": "SELECT 100.0 * (count(*) FILTER (s >= 9) - count(*) FILTER (s <= 6)) / count(*) FROM (SELECT"
    " CAST(json_extract_string(properties, '$.score') AS INTEGER) AS s FROM rows WHERE name = 'Survey Answered'"
    " AND json_extract_string(properties, '$.question') = 'nps' AND traffic IS NULL AND ts >= $a AND ts < $b)",
    "open_rate": "SELECT 100.0 * count(*) FILTER (o) / count(*) FROM (SELECT person,"
    " json_extract_string(properties, '$.campaign_id') AS k, min(ts) FILTER (name = 'Email Delivered') AS d,"
    " bool_or(name = 'Email Opened') AS o FROM rows WHERE traffic IS NULL AND ts >= $a AND name IN"
    " ('Email Delivered', 'Email Opened') GROUP BY person, k) WHERE d >= $a AND d < $b",
}  # fmt: skip


def measure() -> dict[str, Any]:
    """Seconds by hand and ours, their ratio, series, and the cost of ten times as many."""
    with tempfile.TemporaryDirectory(prefix="gern-bench-") as name:
        folder = Path(name)
        small = _shop(folder, SMALL)
        big = _shop(folder, BIG)
        before = {id: _ours(small, id) for id in BY_HAND}
        return {
            "events": BIG,
            "kept files made, seconds": big[1],
            "one month, against DuckDB by hand": {id: _against(big[0], id) for id in BY_HAND},
            "2 M to 20 M": {id: round(_ours(big, id) / before[id], 1) for id in BY_HAND},
            "24 months by month, seconds": {id: _series(big[0], id, "month") for id in BY_HAND},
            "two years by day, seconds": {
                id: _series(big[0], id, "day") for id in ("page_views", "revenue", "visits")
            },
            "one month, against pandas": {id: _pandas(big[0], id) for id in BY_PANDAS},
            "standard dashboard, 24 months": _dashboard(big[0]),
            "limit": {
                "ratio": 1.2,
                "2 M to 20 M": 10,
                "pandas": 3,
                "dashboard": {"first": 1, "all": 2, "warm": 0.15},
            },
        }


def _shop(folder: Path, rows: int) -> tuple[gern.Shop, float]:
    file = folder / f"{rows}.parquet"
    sql = ROWS.format(rows=rows, people=rows // 20)
    duckdb.connect().execute(f"COPY ({sql}) TO '{file}' (FORMAT parquet, COMPRESSION zstd)")
    shop = gern.create_shop(folder / f"home-{rows}", zone="UTC", currency="EUR")
    shop.log.load(file, NOW)
    file.unlink()
    shop.change_setting("window_days", WINDOW, "bench")
    started = time.perf_counter()
    shop.door.prepare()  # as the job of a served shop does
    return shop, round(time.perf_counter() - started, 2)


def _once(shop: gern.Shop, id: str) -> tuple[float, float | None]:
    shop.door.forget()
    started = time.perf_counter()
    answer = shop.figure(id, FROM, TO, with_interval=False, now=NOW)
    return time.perf_counter() - started, answer.value


def _ours(shop: tuple[gern.Shop, float], id: str) -> float:
    return min(_once(shop[0], id)[0] for _ in range(ROUNDS))


def _against(shop: gern.Shop, id: str) -> dict[str, float]:
    files = [str(p) for p in shop.home.log.glob("*.parquet")]
    con = duckdb.connect()
    con.execute("SET TimeZone = 'UTC'")
    con.execute(f"CREATE VIEW rows AS SELECT * FROM read_parquet({files!r})")
    values = {"a": datetime(FROM.year, FROM.month, 1), "b": datetime(TO.year, TO.month, 1)}
    hand, ours = [], []
    for _ in range(ROUNDS):
        started = time.perf_counter()
        rows = con.execute(BY_HAND[id], values).fetchall()
        hand.append(time.perf_counter() - started)
        seconds, value = _once(shop, id)
        ours.append(seconds)
        assert abs(float(rows[0][0]) - float(value or 0)) < 1e-6 * max(1, float(rows[0][0])), id
    con.close()
    return {
        "hand": round(min(hand), 3),
        "ours": round(min(ours), 3),
        "ratio": round(min(ours) / min(hand), 2),
    }


def _visits(rows: Any) -> float:
    rows = rows.sort_values(["person", "ts"])
    gap = rows["ts"].diff() > pd.Timedelta(minutes=30)
    return float((gap | (rows["person"] != rows["person"].shift())).sum())


BY_PANDAS: dict[str, tuple[str, Callable[[Any], float]]] = {
    "page_views": (
        "kind, channel",
        lambda r: float(((r["kind"] == "page") & (r["channel"] == "web")).sum()),
    ),
    "revenue": (
        "line, amount",
        lambda r: float(r.loc[r["line"].notna(), "amount"].astype(float).sum()),
    ),
    "visits": ("person, channel", lambda r: _visits(r[r["channel"] == "web"])),
}
"""Columns beside ``ts``, and what is done with them."""


def _pandas(shop: gern.Shop, id: str) -> dict[str, float]:
    """The same files by ``pandas.read_parquet``, only the columns needed and the month pushed down."""
    files = sorted(str(p) for p in shop.home.log.glob("*.parquet"))
    columns, compute = BY_PANDAS[id]
    month = [("ts", ">=", pd.Timestamp(FROM)), ("ts", "<", pd.Timestamp(TO))]
    theirs, ours = [], []
    for _ in range(ROUNDS):
        started = time.perf_counter()
        found = compute(pd.read_parquet(files, columns=["ts", *columns.split(", ")], filters=month))
        theirs.append(time.perf_counter() - started)
        seconds, value = _once(shop, id)
        ours.append(seconds)
        assert abs(found - float(value or 0)) <= 1e-3 * max(1, found), (id, found, value)
    return {"pandas": round(min(theirs), 3), "ours": round(min(ours), 3),
            "times faster": round(min(theirs) / min(ours), 2)}  # fmt: skip


def _dashboard(shop: gern.Shop) -> dict[str, float]:
    """As a served shop: in a process of its own, which has loaded what a request needs."""
    asked = [sys.executable, "-m", "bench.figures", str(shop.home.path)]
    said = subprocess.run(asked, capture_output=True, text=True, check=True).stdout
    found: dict[str, float] = json.loads(said.splitlines()[-1])
    return found


def _tiles(home: Path) -> dict[str, float]:
    """Every tile of the standard dashboard one after the other, nothing kept; then again."""
    os.environ |= {"DJANGO_SETTINGS_MODULE": "gern.shell.settings", "GERN_HOME": str(home)}
    import altair  # noqa: F401 - a served process has loaded it
    import django

    django.setup()
    from gern.core.engines import compiled
    from gern.rooms.insights.dashboards.content import content
    from gern.rooms.insights.dashboards.services import period_of, standard

    shop = gern.open(home)
    shop.door.prepare()
    compiled.load(shop.home)
    admin = SimpleNamespace(is_active=True, role="admin", pk=1)
    period, tiles, times = period_of(shop, "24m"), standard(shop), []
    for _ in range(2):
        times.append([])
        for tile in tiles:
            started = time.perf_counter()
            content(shop, tile, period, admin)
            times[-1].append(time.perf_counter() - started)
    return {"tiles": len(tiles), "first": round(times[0][0], 2), "all": round(sum(times[0]), 1),
            "without visits": round(sum(t for t, tile in zip(times[0], tiles, strict=True)
                                        if "visit" not in tile.figure.primitive.id), 1),
            "warm": round(sum(times[1]), 3)}  # fmt: skip


def _series(shop: gern.Shop, id: str, every: str) -> float:
    shop.door.forget()
    started = time.perf_counter()
    points = shop.series(id, *YEAR, every, now=NOW)  # type: ignore[arg-type]
    assert len(points) >= 24
    return round(time.perf_counter() - started, 2)


if __name__ == "__main__":
    print(json.dumps(_tiles(Path(sys.argv[1])) if sys.argv[1:] else measure()))
