"""Durable ingest: batches of 100 events over HTTP, load client on the same two cores.

In one interleaved run: the collection API as served; the same server that does all but store (it
decodes and checks every event and answers 200); one that only reads the body; a plain Django view
with pydantic that stores one row an event. ``python -m bench.collect``.
"""

from __future__ import annotations

import asyncio
import json
import multiprocessing
import os
import subprocess
import tempfile
import time
from pathlib import Path
from statistics import median

from bench.serving import serve_uvicorn
from tests.servers import free_port, run

BATCH = 100
SECONDS = 6.0
ROUNDS = 3
CONNECTIONS = 16
LONG_SECONDS = 105.0
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


SERVERS = {
    "stored": "gern.shell.asgi:application",
    "all_but_stored": "bench.serving:all_but_stored",
    "body_read_only": "bench.serving:answers_200",
    "plain_django": "bench.plain_django:application",
}


def measure() -> dict[str, object]:
    """Events a second of each server (best of the rounds), p99, memory of ours before and after."""
    rates: dict[str, list[float]] = {name: [] for name in SERVERS}
    slow: list[float] = []
    with tempfile.TemporaryDirectory(prefix="gern-bench-") as folder:
        home = Path(folder) / "home"
        run("init", "--currency", "EUR", home=home)
        key = run("source", "add", "bench", "--server", home=home).strip()
        env = {**os.environ, "GERN_HOME": str(home), "BENCH_DB": str(Path(folder) / "peer.sqlite3")}
        ports = {name: free_port() for name in SERVERS}
        servers = {n: serve_uvicorn(app, ports[n], env) for n, app in SERVERS.items()}
        try:
            for name in SERVERS:
                measured(ports[name], key, 1, 999)
            before = memory_mb(servers["stored"])
            for turn in range(ROUNDS):
                for name, found in rates.items():
                    rate, p99 = measured(ports[name], key, SECONDS, turn)
                    found.append(rate)
                    slow += [p99] if name == "stored" else []
            after = memory_mb(servers["stored"])
            rate, _ = measured(ports["stored"], key, LONG_SECONDS, ROUNDS)
            long = {"events": round(rate * LONG_SECONDS), "mb": round(memory_mb(servers["stored"]))}
        finally:
            for server in servers.values():
                server.kill()
                server.wait()
    best = {name: max(found) for name, found in rates.items()}
    return {
        "batch": BATCH,
        "connections": CONNECTIONS,
        "events_per_second": {name: round(rate) for name, rate in best.items()},
        "share_of_all_but_stored": round(best["stored"] / best["all_but_stored"], 3),
        "share_of_body_read_only": round(best["stored"] / best["body_read_only"], 3),
        "times_plain_django": round(best["stored"] / best["plain_django"], 1),
        "p99_ms": round(median(slow), 1),
        "memory_mb": {"before": round(before), "after": round(after), "after_long": long},
        "limits": {"share_of_all_but_stored": LIMIT_SHARE, "events_per_second": ORIENTATION,
                   "p99_ms": LIMIT_P99_MS},
    }  # fmt: skip


if __name__ == "__main__":
    print(json.dumps(measure(), indent=1))
