"""Our own tracker in a real browser, on a page of another origin."""

from __future__ import annotations

import gzip
import json
import threading
import time
import uuid
from functools import partial
from http.server import ThreadingHTTPServer
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

import gern
from tests.e2e.screenshots import CHROMIUM, FLAGS
from tests.homes import new_home
from tests.sdks.test_sdks import Quiet
from tests.servers import Served, run

AGENT = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0 Safari/537.36"
PAGE = """<!doctype html><html lang="de"><meta charset="utf-8"><title>{title}</title>
<script defer src="{base}/gern.js" data-key="{key}"></script>
<a id="out" href="https://elsewhere.example/x?secret=1">out</a> <a id="file" href="/liste.pdf">pdf</a>
<a id="in" href="/two.html">two</a> <button data-gern="Coupon Opened">Gutschein</button>
<form name="contact" action="/two.html"><input name="mail" value="a@b.de"><button id="send">go</button></form>"""


@pytest.fixture(scope="module")
def browser():
    with sync_playwright() as playwright:
        # by a flag: what is overridden later is not said in beacons
        found = playwright.chromium.launch(
            executable_path=CHROMIUM, args=[*FLAGS, f"--user-agent={AGENT}"]
        )
        yield found
        found.close()


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    home = tmp_path_factory.mktemp("tracker") / "home"
    new_home(home, "--zone", "Europe/Berlin")
    with Served(home) as found:
        yield found


@pytest.fixture
def site(served: Served, tmp_path: Path):
    """(address of the shop's pages, source): a key of its own for each test."""
    source = f"s{uuid.uuid4().hex[:12]}"
    key = run("source", "add", source, home=served.home).strip()
    for name in ("index", "two"):
        (tmp_path / f"{name}.html").write_text(PAGE.format(title=name, base=served.base, key=key))
    (tmp_path / "liste.pdf").write_bytes(b"%PDF")
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(tmp_path)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}", source
    server.shutdown()


def visit(browser: Browser, **options):
    return browser.new_context(**options).new_page()


def seen(served: Served, source: str, at_least: int, seconds: float = 15) -> list[dict]:
    shop = gern.open(served.home)
    deadline = time.monotonic() + seconds
    while True:
        rows = shop.query(
            "SELECT name, person, visitor, properties, context, traffic FROM events"
            " WHERE source = $s ORDER BY ts, event_id", {"s": source},
        )  # fmt: skip
        if len(rows) >= at_least or time.monotonic() > deadline:
            return [{**r, "properties": json.loads(r["properties"] or "{}"),
                     "context": json.loads(r["context"] or "{}")} for r in rows]  # fmt: skip
        time.sleep(0.2)


def names(rows: list[dict]) -> list[str]:
    return [row["name"] for row in rows]


def test_the_tracker_is_small_and_cached() -> None:
    from gern.rooms.collect.ingest.tracker import FILE

    assert len(gzip.compress(FILE.read_bytes())) <= 5 * 1024


def test_a_visit_without_a_cookie(browser, served, site) -> None:
    base, source = site
    page = visit(browser)
    page.goto(f"{base}/index.html?utm_source=nl&utm_campaign=may&mail=a@b.de")
    assert len(seen(served, source, 1)) == 1
    page.wait_for_timeout(1300)
    page.click("[data-gern]")
    page.evaluate(
        "document.getElementById('out').addEventListener('click', (e) => e.preventDefault())"
    )
    page.click("#out")
    page.evaluate(
        "document.getElementById('file').addEventListener('click', (e) => e.preventDefault())"
    )
    page.click("#file")
    page.evaluate("history.pushState({}, '', '/index.html?s=tee')")
    page.wait_for_timeout(1300)  # longer than what counts as engaged, on a fast machine too
    page.click("#send")
    page.wait_for_url("**/two.html**")
    rows = seen(served, source, 10)
    assert sorted(names(rows)) == sorted([
        "Page Viewed", "Coupon Opened", "Outbound Link Clicked", "File Downloaded", "Page Engaged",
        "Page Viewed", "Products Searched", "Form Submitted", "Page Engaged", "Page Viewed",
    ])  # fmt: skip
    by_name = {row["name"]: row for row in rows}
    assert by_name["Outbound Link Clicked"]["properties"] == {"url": "https://elsewhere.example/x"}
    assert by_name["File Downloaded"]["properties"]["url"].endswith("/liste.pdf")
    assert by_name["Products Searched"]["properties"] == {"query": "tee"}
    assert by_name["Page Engaged"]["properties"]["seconds"] >= 1
    assert by_name["Form Submitted"]["properties"] == {"form": "contact", "path": "/two.html"}
    first = next(r for r in rows if r["name"] == "Page Viewed")
    assert first["context"]["campaign"] == {"source": "nl", "name": "may"}
    assert first["context"]["device"] == "computer"
    assert {row["person"][:14] for row in rows} == {"visitor:daily:"}
    assert len({row["visitor"] for row in rows}) == 1
    assert "a@b.de" not in json.dumps(rows)
    assert page.evaluate("[localStorage.length, document.cookie]") == [0, ""]
    page.context.close()


def test_after_consent_a_visitor_is_known_when_they_come_back(browser, served, site) -> None:
    base, source = site
    page = visit(browser)
    page.goto(f"{base}/index.html")
    page.wait_for_function("!!(window.gern && gern.consent)")
    page.evaluate("gern.consent(true); gern.track('First')")
    page.evaluate("gern.flush()")
    seen(served, source, 2)
    page.goto(f"{base}/two.html")
    page.wait_for_function("!!(window.gern && gern.consent)")
    page.evaluate("gern.consent(true); gern.track('Second'); gern.flush()")
    rows = {
        row["name"]: row for row in seen(served, source, 4) if row["name"] in ("First", "Second")
    }
    assert rows["First"]["visitor"] == rows["Second"]["visitor"]
    assert not rows["First"]["visitor"].startswith("daily:")
    page.evaluate("gern.consent(false)")
    assert page.evaluate("localStorage.length") == 0
    page.context.close()


def test_who_is_logged_in_is_believed_with_a_proof_only(browser, served, site) -> None:
    from gern.core.collect.accept import proof_of
    from gern.core.home import Home
    from gern.rooms.collect.ingest.keyring import proof_secret

    base, source = site
    proof = proof_of(proof_secret(Home(served.home), source), "K1")
    page = visit(browser)
    page.goto(f"{base}/index.html")
    page.wait_for_function("!!(window.gern && gern.consent)")
    page.evaluate("([p]) => { gern.consent(true); gern.identify('K1', {plan: 'gold', email: 'a@b.de'}, p); gern.track('Known'); gern.flush() }", [proof])  # fmt: skip
    rows = {row["name"]: row for row in seen(served, source, 3)}
    assert rows["Known"]["person"] == "K1"
    assert rows["Identify"]["properties"] == {"plan": "gold"}
    page.evaluate("gern.consent(false); gern.consent(true); gern.identify('K2'); gern.track('Claimed'); gern.flush()")  # fmt: skip
    rows = {row["name"]: row for row in seen(served, source, 5)}
    assert rows["Claimed"]["person"].startswith("visitor:")
    page.context.close()


@pytest.mark.parametrize("signal", ["Object.defineProperty(navigator, 'doNotTrack', {get: () => '1'})",
                                    "Object.defineProperty(navigator, 'globalPrivacyControl', {get: () => true})"])  # fmt: skip
def test_who_does_not_want_to_be_tracked_is_not(browser, served, site, signal) -> None:
    base, source = site
    page = visit(browser)
    page.add_init_script(signal)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(f"{base}/index.html")
    page.wait_for_function("window.gern")
    page.evaluate("gern.consent(true); gern.track('A'); gern.flush()")
    page.wait_for_timeout(1200)
    assert seen(served, source, 0) == []
    assert [url for url in asked if "/v1/" in url] == []
    assert page.evaluate("localStorage.length") == 0
    page.context.close()


def test_what_could_not_be_sent_is_sent_later_once(browser, served, site) -> None:
    base, source = site
    page = visit(browser)
    page.goto(f"{base}/index.html")
    seen(served, source, 1)
    served.kill()
    page.evaluate("for (let n = 0; n < 30; n++) gern.track('Held ' + n)")
    page.wait_for_timeout(1500)
    served.start()
    rows = seen(served, source, 31, 40)
    assert sorted(names(rows)) == sorted(["Page Viewed", *(f"Held {n}" for n in range(30))])
    page.context.close()


def test_a_headless_browser_is_recognised_as_one(browser, served, site) -> None:
    base, source = site
    page = browser.new_context(user_agent=AGENT.replace("Chrome", "HeadlessChrome")).new_page()
    page.goto(f"{base}/index.html")
    assert [row["traffic"] for row in seen(served, source, 1)] == ["bot"]
    page.context.close()
