"""The unchanged SDKs of others against a served shop that is killed -9 three times meanwhile.

1,000 calls each here, 10,000 in `make soak`. Afterwards every call the SDK believes delivered is
in the log exactly once, as the right person's, at the right time.
"""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import time
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

import gern
from tests.homes import new_home
from tests.sdks.calls import calls, person_of
from tests.servers import Served, run

HERE = Path(__file__).parent
MODULES = Path(__file__).parents[2] / ".stamps" / "sdks" / "node_modules"
DOUBT = timedelta(seconds=20)
"""Between the moment a call is made here and the moment its time is compared."""


def check(shop: gern.Shop, source: str, made: list[dict], sent: set[str], begun: datetime) -> None:
    """Everything sent is in the log once, right person, corrected time."""
    rows = shop.query(
        "SELECT event_id, count(*) AS n, min(person) AS person, min(ts) AS ts, min(kind) AS kind,"
        " min(name) AS name, min(properties) AS properties FROM events WHERE source = $s"
        " GROUP BY event_id", {"s": source},
    )  # fmt: skip
    found = {row["event_id"]: row for row in rows}
    assert sent <= set(found), f"{len(sent - set(found))} lost"
    assert set(found) == sent
    assert {row["n"] for row in rows} == {1}
    prefix = source
    wrong = [c["id"] for c in made if found[c["id"]]["person"] != person_of(c, prefix, made)]
    assert wrong == []
    ended = datetime.now(UTC)
    for c in made:
        ts = found[c["id"]]["ts"].replace(tzinfo=UTC)
        ago = timedelta(minutes=c["minutes"])
        assert begun - ago - DOUBT <= ts <= ended - ago + DOUBT, c
        if c["type"] == "track" and c["event"] != "Order Completed":
            said = json.loads(found[c["id"]]["properties"])
            assert said == c["properties"], c
    orders = {c["id"]: c for c in made if c["event"] == "Order Completed"}
    lines = shop.query(
        "SELECT count(*) AS n, sum(amount) AS amount FROM lines WHERE source = $s", {"s": source}
    )
    amount = Decimal("30.03") * len(orders) if orders else None
    assert lines == [{"n": 2 * len(orders), "amount": amount}]


def killed_thrice(served: Served, stop: threading.Event, rest: float) -> None:
    for _ in range(3):
        if stop.wait(rest):
            return
        served.kill()
        time.sleep(0.3)
        served.start()


def send(command: list[str], served: Served, rest: float) -> tuple[set[str], datetime]:
    """(ids the SDK could not deliver, when it began)."""
    stop = threading.Event()
    begun = datetime.now(UTC)
    killer = threading.Thread(target=killed_thrice, args=(served, stop, rest))
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    killer.start()
    out, err = process.communicate(timeout=500)
    killer.join()
    assert process.returncode == 0, err
    return set(json.loads(out.splitlines()[-1])["failed"]), begun


def commands(sdk: str, host: str, key: str, file: Path) -> list[str]:
    if sdk == "node":
        return [
            str(Path(sys.executable).with_name("node")),
            str(HERE / "send_node.mjs"),
            str(MODULES),
            host,
            key,
            str(file),
        ]
    package = {"segment": "segment", "rudder": "rudderstack"}[sdk]
    return [sys.executable, str(HERE / "send_python.py"), package, host, key, str(file)]


@pytest.fixture
def served(tmp_path: Path):
    home = tmp_path / "home"
    new_home(home, "--zone", "Europe/Berlin", "--currency", "EUR")
    with Served(home) as found:
        yield found


def of_server(sdk: str, count: int, served: Served, tmp_path: Path, rest: float) -> None:
    key = run("source", "add", sdk, "--server", home=served.home).strip()
    made = calls(count, sdk)
    file = tmp_path / "calls.json"
    file.write_text(json.dumps(made))
    failed, begun = send(commands(sdk, served.base, key, file), served, rest)
    assert failed == set()
    assert run("quarantine", "list", "--json", home=served.home).startswith('{"count": 0')
    shop = gern.open(served.home)
    check(shop, sdk, made, {c["id"] for c in made}, begun)
    shop.log.compact(fully=True)
    check(shop, sdk, made, {c["id"] for c in made}, begun)
    assert shop.log.check().problems == []


@pytest.mark.parametrize("sdk", ["segment", "rudder", "node"])
def test_an_sdk_loses_and_doubles_nothing(sdk: str, served: Served, tmp_path: Path) -> None:
    of_server(sdk, 1000, served, tmp_path, 0.7)


@pytest.mark.soak
@pytest.mark.parametrize("sdk", ["segment", "rudder", "node"])
def test_ten_thousand_calls(sdk: str, served: Served, tmp_path: Path) -> None:
    of_server(sdk, 10_000, served, tmp_path, 2)


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        pass


def in_browser(count: int, served: Served, tmp_path: Path, rest: float) -> None:
    """Half of the calls are of visitors: those a page can send."""
    from playwright.sync_api import sync_playwright

    from tests.e2e.screenshots import launch

    site = tmp_path / "site"
    site.mkdir()
    (site / "index.html").write_bytes((HERE / "next.html").read_bytes())
    for script in (MODULES / "@segment" / "analytics-next" / "dist" / "umd").glob("*.js"):
        (site / script.name).write_bytes(script.read_bytes())
    handler = partial(Quiet, directory=str(site))
    other = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=other.serve_forever, daemon=True).start()
    origin = f"http://127.0.0.1:{other.server_port}"
    key = run("source", "add", "next", "--origin", origin, home=served.home).strip()
    made = [c for c in calls(count, "next") if c["type"] != "alias" and c["anonymous"]]
    host = served.base.removeprefix("http://")
    stop = threading.Event()
    killer = threading.Thread(target=killed_thrice, args=(served, stop, rest))
    with sync_playwright() as playwright:
        browser = launch(playwright)
        page = browser.new_page()
        page.goto(origin)
        # The SDK loads its settings once and gives up without: killed is what has begun to send.
        page.evaluate("([h, k]) => window.load(h, k)", [host, key])
        begun = datetime.now(UTC)
        killer.start()
        page.evaluate("(c) => { window.ended = window.run(c) }", made)
        killer.join()
        wanted = {c["id"] for c in made}
        shop = gern.open(served.home)
        deadline = time.monotonic() + 120
        while time.monotonic() < deadline:
            delivered = set(page.evaluate("() => window.delivered"))
            rows = shop.query("SELECT DISTINCT event_id FROM events WHERE source = 'next'")
            if wanted <= {row["event_id"] for row in rows}:
                break
            time.sleep(1)
        browser.close()
    other.shutdown()
    rows = shop.query("SELECT event_id, count(*) AS n, min(person) AS person FROM events"
                      " WHERE source = 'next' GROUP BY event_id")  # fmt: skip
    assert delivered <= {row["event_id"] for row in rows}
    assert {row["event_id"] for row in rows} == wanted
    assert {row["n"] for row in rows} == {1}
    # a public key's identify is a claim: nobody is joined …
    assert all(row["person"].startswith("visitor:") for row in rows)
    # … until a server says the same
    server = run("source", "add", "backend", "--server", home=served.home).strip()
    pairs = {(c["anonymous"], c["user"]) for c in made if c["type"] == "identify"}
    batch = [{"type": "identify", "userId": u, "anonymousId": a, "messageId": f"i-{a}"} for a, u in pairs]  # fmt: skip
    served.post("/v1/batch", {"batch": batch}, server)
    check(shop, "next", made, wanted, begun)


def test_a_browser_on_another_origin(served: Served, tmp_path: Path) -> None:
    in_browser(1000, served, tmp_path, 1.2)


@pytest.mark.soak
def test_ten_thousand_in_a_browser(served: Served, tmp_path: Path) -> None:
    in_browser(20_000, served, tmp_path, 5)
