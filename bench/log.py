"""The event log at 20 million events: bulk load, size, the door, one person, one erasure.

Each figure is a ratio against DuckDB doing the same by hand in the same run, or against the limit.
"""

from __future__ import annotations

import random
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median

import duckdb

import gern
from gern.core.engines.question import Question
from gern.core.log.event import Event

BIG, SMALL = 20_000_000, 1_000_000
DAYS = 730  # 24 months
START = datetime(2024, 1, 1)
NOW = datetime(2026, 1, 2)
ORDER = "ORDER BY person, ts, event_id"

ROWS = """
SELECT 'web' AS source, CAST(uuid() AS VARCHAR) AS event_id,
  CASE WHEN random() < 0.7 THEN 'c' || CAST(floor(power(random(), 2) * 1000000) AS BIGINT) END
    AS customer,
  'v' || CAST(floor(power(random(), 2) * 1500000) AS BIGINT) AS visitor,
  TIMESTAMP '2024-01-01' + to_microseconds(CAST(random() * {days} * 86400000 AS BIGINT) * 1000)
    AS ts,
  ['Page Viewed', 'Product Viewed', 'Product Added', 'Order Completed', 'Email Opened']
    [1 + CAST(floor(random() * 5) AS INTEGER)] AS name,
  'track' AS kind, ['web', 'mail', 'app'][1 + CAST(floor(random() * 3) AS INTEGER)] AS channel,
  '{{"path":"/p/' || CAST(floor(random() * 5000) AS INTEGER) || '"}}' AS properties,
  CASE WHEN random() < 0.15 THEN CAST(random() * 100 AS DECIMAL(18,6)) END AS amount,
  'EUR' AS currency,
FROM range({rows})
"""

QUESTIONS = {
    "events by name": "SELECT name, count(*) AS n FROM rows WHERE ts >= $a GROUP BY name",
    "people by month": "SELECT date_trunc('month', ts) AS m, count(DISTINCT person) AS n FROM rows"
    " WHERE ts >= $a GROUP BY m",
    "revenue by channel": "SELECT channel, sum(amount) AS s FROM rows WHERE ts >= $a GROUP BY channel",
    "frequency": "SELECT n, count(*) AS people FROM (SELECT person, count(*) AS n FROM rows"
    " WHERE name = 'Order Completed' AND ts >= $a GROUP BY person) GROUP BY n",
}


def made(folder: Path, rows: int) -> Path:
    """A Parquet file with so many events."""
    path = folder / f"{rows}.parquet"
    sql = ROWS.format(days=DAYS, rows=rows)
    duckdb.connect().execute(f"COPY ({sql}) TO '{path}' (FORMAT parquet, COMPRESSION zstd)")
    return path


def peer(folder: Path, file: Path) -> tuple[float, int]:
    """(seconds, bytes) of DuckDB reading, sorting and writing the rows as one zstd file."""
    target = folder / "peer.parquet"
    con = duckdb.connect()
    con.execute(f"SET temp_directory = '{folder / 'peer-spill'}'")
    started = time.perf_counter()
    con.execute(
        "COPY (SELECT *, coalesce(customer, 'visitor:' || visitor) AS person"
        f" FROM '{file}' {ORDER}) TO '{target}' (FORMAT parquet, COMPRESSION zstd)"
    )
    seconds = time.perf_counter() - started
    con.close()
    size = target.stat().st_size
    target.unlink()
    return seconds, size


def ours(folder: Path, file: Path) -> tuple[float, gern.Shop]:
    """(seconds, shop) of loading the file into a new log, durable, with ids compared."""
    shop = gern.create_shop(folder / f"home-{file.stem}-{time.monotonic_ns()}", currency="EUR")
    started = time.perf_counter()
    shop.log.load(file, NOW)
    return time.perf_counter() - started, shop


def by_hand(shop: gern.Shop) -> dict[str, float]:
    """Through the door against hand-written SQL over the same files: median ratios."""
    files = [str(p) for p in shop.home.log.glob("*.parquet")]
    con = duckdb.connect()
    con.execute(f"CREATE VIEW rows AS SELECT * FROM read_parquet({files!r})")
    ratios = {}
    for name, sql in QUESTIONS.items():
        hand, door = [], []
        for n in range(6):
            values = {"a": START - timedelta(days=1, seconds=n)}
            started = time.perf_counter()
            expected = con.execute(sql, values).fetchall()
            hand.append(time.perf_counter() - started)
            started = time.perf_counter()
            found = shop.door.ask(Question(sql, values, "bench"))
            door.append(time.perf_counter() - started)
            assert sorted(map(tuple, (r.values() for r in found)), key=repr) == sorted(
                expected, key=repr
            )
        ratios[name] = round(median(door[1:]) / median(hand[1:]), 2)
    con.close()
    return ratios


def overhead_ms(shop: gern.Shop) -> float:
    """What the door adds to the smallest question while 5,000 events wait in the inbox."""
    for batch in range(50):
        shop.log.append([
            Event(source="tail", id=f"{batch}:{n}", name="Page Viewed", ts=datetime.now(UTC),
                  customer=f"c{n}") for n in range(100)
        ])  # fmt: skip
    ask = shop.door.ask
    ask(Question("SELECT 0 AS n", {}, "bench"))
    values = []
    for n in range(1, 30):
        started = time.perf_counter()
        ask(Question(f"SELECT {n} AS n", {}, "bench"))
        values.append((time.perf_counter() - started) * 1000)
    shop.log.compact()
    return round(max(values), 1)


def person_ms(shop: gern.Shop) -> dict[str, float]:
    """The last 200 events of one person, of 150 people, heavy ones among them."""
    dice = random.Random(1)
    people = [f"c{int(dice.random() ** 2 * 1_000_000)}" for _ in range(140)] + [
        f"c{n}" for n in range(10)
    ]
    sql = "SELECT * FROM rows WHERE person = $p ORDER BY ts DESC LIMIT 200"
    values = []
    for person in people:
        started = time.perf_counter()
        shop.door.ask(Question(sql, {"p": person}, "bench", person=person))
        values.append((time.perf_counter() - started) * 1000)
    return {"median": round(median(values), 1), "worst": round(max(values), 1)}


def erasing(shop: gern.Shop) -> dict[str, object]:
    """One person with rows in every month: bytes rewritten, until unreadable, until gone."""
    from gern.core.log import erasure

    (row,) = shop.query(
        "SELECT person FROM rows WHERE customer IS NOT NULL GROUP BY person"
        " ORDER BY count(*) DESC, person LIMIT 1"
    )
    total = sum(s.bytes for s in shop.manifest.segments()[1])
    started = time.perf_counter()
    erasure.hide(shop.home, shop.manifest, [row["person"]], shop.log.clock())
    left = shop.query(f"SELECT count(*) AS n FROM rows WHERE person = '{row['person']}'")[0]["n"]
    unreadable = time.perf_counter() - started
    assert left == 0
    done = erasure.finish(shop.home, shop.manifest, people=1)
    gone = time.perf_counter() - started
    assert done is not None
    return {
        "rows": done.rows,
        "share_rewritten_percent": round(100 * done.bytes_rewritten / total, 2),
        "unreadable_seconds": round(unreadable, 2),
        "gone_seconds": round(gone, 2),
        "limits": "5 %, 3 s, lease (60 s) + 3 s",
    }


def measure() -> dict[str, object]:
    """Everything at 1 and 20 million events."""
    with tempfile.TemporaryDirectory(prefix="gern-bench-") as name:
        folder = Path(name)
        small, big = made(folder, SMALL), made(folder, BIG)
        ours(folder, small)  # warm
        rate_small = max(SMALL / ours(folder, small)[0] for _ in range(3))
        peer_times, own_times = [], []
        for _ in range(2):
            seconds, size = peer(folder, big)
            peer_times.append(seconds)
            seconds, shop = ours(folder, big)
            own_times.append(seconds)
        bytes_ = sum(s.bytes for s in shop.manifest.segments()[1])
        return {
            "events": BIG,
            "peer_seconds": round(min(peer_times), 1),
            "load_seconds": round(min(own_times), 1),
            "rate_of_peer": round(min(peer_times) / min(own_times), 2),
            "rate_of_peer_at_least": 0.5,
            "events_per_second": round(BIG / min(own_times)),
            "rate_at_20m_of_1m": round(BIG / min(own_times) / rate_small, 2),
            "rate_at_20m_of_1m_at_least": 0.8,
            "size_of_one_file": round(bytes_ / size, 3),
            "size_at_most": 1.15,
            "door_against_hand": by_hand(shop),
            "door_at_most": 1.2,
            "door_overhead_ms_worst": overhead_ms(shop),
            "door_overhead_at_most_ms": 20,
            "last_200_of_a_person_ms": person_ms(shop),
            "last_200_at_most_ms": {"median": 30, "worst": 80},
            "erasing_one": erasing(shop),
        }
