"""Durable ingest: batches of 100 events over HTTP, load client on the same two cores.

In one interleaved run: the collection API as served; the same server and route that reads the
body and answers 200 without looking at or storing it; a plain Django view with pydantic that
stores one row an event. `python -m bench collect`.
"""

from __future__ import annotations

import asyncio
import json
import multiprocessing
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from bench.serving import serve_uvicorn
from tests.servers import free_port, run

BATCH = 100
SECONDS = 6.0
ROUNDS = 3
CONNECTIONS = 16
LIMIT_SHARE, ORIENTATION, LIMIT_P99_MS = 0.35, 100_000, 100


def bodies(count: int, key: str, seed: int) -> list[bytes]:
    """Requests as bytes; every event has an id of its own."""
    found = []
    for n in range(count):
        items = [
            {
                "type": "track", "event": "Product Viewed", "userId": f"u{(n * 7 + i) % 5000}",
                "anonymousId": None, "messageId": f"{seed}-{n}-{i}-b8c1d2e3f4a5",
                "timestamp": "2026-11-25T10:00:00.123000+00:00", "integrations": {},
                "context": {"library": {"name": "analytics-python", "version": "2.4.0"}},
                "properties": {"product_id": f"p{i}", "price": 19.99, "category": "Tee"},
            }
            for i in range(BATCH)
        ]  # fmt: skip
        body = json.dumps({"writeKey": key, "sentAt": "2026-11-25T10:00:05+00:00", "batch": items})
        head = (
            f"POST /v1/batch HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
            f"Content-Length: {len(body)}\r\n\r\n"
        )
        found.append((head + body).encode())
    return found


def load(port: int, key: str, seconds: float, seed: int, out: multiprocessing.Queue) -> None:
    """Send for a while over several connections; (events a second, p99 in ms) comes back."""
    import uvloop

    requests = bodies(400, key, seed)
    times: list[float] = []

    async def one(number: int) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        at, end = number * 17, time.perf_counter() + seconds
        while time.perf_counter() < end:
            started = time.perf_counter()
            writer.write(requests[at % len(requests)])
            head = await reader.readuntil(b"\r\n\r\n")
            assert b" 200 " in head[:20], head
            _, named, length = head.lower().partition(b"content-length: ")
            if named:
                await reader.readexactly(int(length.split(b"\r\n")[0]))
            else:
                await reader.readuntil(b"0\r\n\r\n")
            times.append(time.perf_counter() - started)
            at += 1
        writer.close()

    async def all_of_them() -> None:
        await asyncio.gather(*(one(n) for n in range(CONNECTIONS)))

    started = time.perf_counter()
    uvloop.run(all_of_them())
    spent = time.perf_counter() - started
    times.sort()
    out.put((len(times) * BATCH / spent, times[int(len(times) * 0.99)] * 1000))


def measured(port: int, key: str, seconds: float, seed: int) -> tuple[float, float]:
    out: multiprocessing.Queue = multiprocessing.Queue()
    process = multiprocessing.Process(target=load, args=(port, key, seconds, seed, out))
    process.start()
    found = out.get(timeout=seconds + 60)
    process.join()
    return found


def memory_mb(process: subprocess.Popen) -> float:
    import psutil

    return psutil.Process(process.pid).memory_full_info().uss / 1e6


def main() -> dict:
    """All figures of the comparison."""
    found: dict = {"batch": BATCH, "connections": CONNECTIONS}
    rates: dict[str, list[float]] = {"stored": [], "not_stored": [], "django": []}
    p99: list[float] = []
    with tempfile.TemporaryDirectory(prefix="gern-bench-") as folder:
        home = Path(folder) / "home"
        run("init", "--currency", "EUR", home=home)
        key = run("source", "add", "bench", "--server", home=home).strip()
        ports = {name: free_port() for name in rates}
        env = {**os.environ, "GERN_HOME": str(home), "BENCH_DB": str(Path(folder) / "peer.sqlite3")}
        servers = {
            "stored": serve_uvicorn("gern.shell.asgi:application", ports["stored"], env),
            "not_stored": serve_uvicorn("bench.serving:answers_200", ports["not_stored"], env),
            "django": serve_uvicorn("bench.plain_django:application", ports["django"], env),
        }
        try:
            for name in rates:
                measured(ports[name], key, 1, 999)
            before = memory_mb(servers["stored"])
            for turn in range(ROUNDS):
                for name in rates:
                    rate, slow = measured(ports[name], key, SECONDS, turn)
                    rates[name].append(rate)
                    if name == "stored":
                        p99.append(slow)
            found["memory_mb_before"], found["memory_mb_after"] = (
                before,
                memory_mb(servers["stored"]),
            )
        finally:
            for server in servers.values():
                server.kill()
                server.wait()
    best = {name: max(values) for name, values in rates.items()}
    found |= {
        "events_per_second": {k: round(v) for k, v in best.items()},
        "share_of_not_stored": round(best["stored"] / best["not_stored"], 3),
        "times_plain_django": round(best["stored"] / best["django"], 1),
        "p99_ms": round(statistics.median(p99), 1),
        "limits": {"share": LIMIT_SHARE, "events_per_second": ORIENTATION, "p99_ms": LIMIT_P99_MS},
    }
    return found


if __name__ == "__main__":
    print(json.dumps(main(), indent=1), file=sys.stdout)
