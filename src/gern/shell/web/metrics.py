"""``/metrics`` for Prometheus, with the token of ``GERN_METRICS_TOKEN``; without one there is none.

Computed when asked, so that every process says the same.
"""

from __future__ import annotations

import hmac
import os
import time
from collections.abc import Iterator

from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_safe
from prometheus_client import CONTENT_TYPE_LATEST
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.exposition import generate_latest
from prometheus_client.registry import Collector, CollectorRegistry

from gern.core.log import arrivals, quarantine
from gern.core.log.arrivals import HOUR
from gern.kit.access import allow
from gern.kit.jobs.queries import counts
from gern.kit.shop import current_shop


@allow("public")
@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """All numbers, in Prometheus' text format."""
    token = os.environ.get("GERN_METRICS_TOKEN", "")
    given = request.headers.get("Authorization", "").removeprefix("Bearer ")
    if not token or not hmac.compare_digest(token.encode(), given.encode(errors="replace")):
        raise Http404
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Numbers())
    return HttpResponse(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)


class _Numbers(Collector):
    def collect(self) -> Iterator[Metric]:
        shop = current_shop()
        stats = shop.log.stats()
        oldest = stats["inbox_oldest"]
        age = max(0.0, time.time() - oldest / 1e6) if oldest else 0.0
        for name, help_, value in (
            ("inbox_events", "Events waiting to be moved into segments (the tail)", stats["inbox_events"]),
            ("inbox_age_seconds", "Age of the oldest of them", age),
            ("log_rows", "Rows in segments", stats["rows"]),
            ("log_segments", "Segments", stats["segments"]),
            ("log_bytes", "Bytes of all segments", stats["bytes"]),
            ("log_version", "Grows with every compaction, merge, erasure", stats["version"]),
            ("dedupe_runs", "Runs of event id hashes", stats["dedupe_runs"]),
            ("ids_to_rewrite", "Ids joined later than their rows were written", stats["ids_to_rewrite"]),
            ("files_waiting_for_readers", "Files that left the log", stats["files_waiting_for_readers"]),
            ("erasing_ids", "Ids being erased", stats["erasing_ids"]),
        ):  # fmt: skip
            yield GaugeMetricFamily(f"gern_{name}", help_, value=value)
        yield from _by_source()
        jobs = GaugeMetricFamily("gern_jobs", "Background jobs", labels=["state"])
        for state, n in counts().items():
            jobs.add_metric([state.lower()], n)
        yield jobs


def _by_source() -> Iterator[Metric]:
    shop = current_shop()
    present = time.time_ns() // 1000 // HOUR
    with shop.manifest.reading() as db:
        hours = arrivals.hours(db, present - 23)
        kept = quarantine.summary(db)
    quarantined = GaugeMetricFamily(
        "gern_quarantine_items", "Items in quarantine", labels=["source", "reason"]
    )
    for source, code, n, _ in kept:
        quarantined.add_metric([source, code], n)
    yield quarantined
    for what, help_ in (
        ("events", "Events that arrived in the last 24 hours"),
        ("refused", "Items that went to quarantine in the last 24 hours"),
        ("bots", "Events of bots in the last 24 hours"),
    ):
        family = GaugeMetricFamily(f"gern_{what}_24h", help_, labels=["source"])
        for source in sorted({h.source for h in hours}):
            family.add_metric([source], sum(getattr(h, what) for h in hours if h.source == source))
        yield family
    last = GaugeMetricFamily(
        "gern_source_last_seen_seconds", "When it last sent, since 1970", labels=["source"]
    )
    for source in sorted({h.source for h in hours}):
        last.add_metric([source], max(h.last for h in hours if h.source == source) / 1e6)
    yield last
