"""How fast the pages of the demo shop answer: over HTTP, one after the other, interleaved."""

from __future__ import annotations

import http.cookiejar
import time
import urllib.parse
import urllib.request
from statistics import median

from tests.servers import EMAIL, PASSWORD, serving

PAGES = {
    "briefing": "/",
    "figures": "/figures/",
    "figure": "/figures/retention_rate/",
    "figure by country": "/figures/revenue/?by=country",
    "people": "/figures/retention_rate/people/?part=lost",
    "leaving": "/leaving/",
    "purchases": "/purchases/?customer=17850",
    "imports": "/import/",
}
ROUNDS = 25
LIMIT_MS = 100


def measure() -> dict[str, object]:
    """Per page: the first answer and the median, in milliseconds; size of the first load."""
    with serving("demo") as base:
        opener = _logged_in(base)
        first = {name: _ms(opener, base + address) for name, address in PAGES.items()}
        times: dict[str, list[float]] = {name: [] for name in PAGES}
        for _ in range(ROUNDS):
            for name, address in PAGES.items():
                times[name].append(_ms(opener, base + address))
        size = sum(
            len(opener.open(base + address).read())
            for address in ("/", "/static/kit/gern.css", "/static/kit/gern.js",
                            "/static/django_htmx/htmx-2.min.js")
        )  # fmt: skip
    return {
        "median_ms": {name: round(median(values), 1) for name, values in times.items()},
        "first_ms": {name: round(value, 1) for name, value in first.items()},
        "limit_ms": LIMIT_MS,
        "first_load_kb": round(size / 1000),
        "first_load_limit_kb": 150,
    }


def _logged_in(base: str) -> urllib.request.OpenerDirector:
    jar = http.cookiejar.CookieJar()
    opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(jar))
    opener.open(f"{base}/login/").read()
    token = next(c.value for c in jar if c.name == "csrftoken")
    form = {"username": EMAIL, "password": PASSWORD, "csrfmiddlewaretoken": token}
    opener.open(f"{base}/login/", urllib.parse.urlencode(form).encode()).read()
    return opener


def _ms(opener: urllib.request.OpenerDirector, address: str) -> float:
    started = time.perf_counter()
    opener.open(address).read()
    return (time.perf_counter() - started) * 1000
