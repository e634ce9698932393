"""The nine kinds of engagement on made-up logs against plain Python."""

from __future__ import annotations

import tempfile
from collections import defaultdict
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from hypothesis import HealthCheck, given, settings

import gern
from gern.core.collect.defaults import DEFAULTS
from gern.core.log.event import Event
from tests.core.made_up import BEGIN, as_event, logs


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(log=logs)
def test_made_up_logs_equal_plain_python(log) -> None:
    start, end = date(2024, 3, 22), date(2024, 4, 5)
    said = {"Mention Received": ("offer", "third_party"), "Page Viewed": ("activity", "")}
    acts: dict[tuple[str, str], list] = defaultdict(list)
    for e in log:
        # Berlin: midnight is 23:00 UTC in winter, 22:00 in summer
        inside = datetime(2024, 3, 21, 23) <= e["ts"] < datetime(2024, 4, 4, 22)
        if inside and e["traffic"] is None and e["name"] != "Page Engaged":
            usual = DEFAULTS.get(e["name"])
            kind = said.get(e["name"]) or ((usual.form, usual.initiator) if usual else ("", ""))
            acts[kind if all(kind) else ("", "")].append(e)
    with tempfile.TemporaryDirectory() as folder:
        shop = gern.create_shop(Path(folder) / "home", zone="Europe/Berlin", currency="EUR")
        shop.log.append([as_event(e) for e in log])
        found = shop.nine_kinds(start, end, said)
    assert len(found.cells) == 9
    for kind, cell in [*found.cells.items(), (("", ""), found.unclear)]:
        own = acts[kind]
        assert cell.acts == len(own), kind
        assert cell.people == len({e["person"] for e in own}), kind
        assert cell.negative == sum(e["sign"] == -1 for e in own), kind
        assert cell.positive == sum(e["sign"] == 1 for e in own), kind
        assert set(cell.examples) <= {e["name"] for e in own}


def test_an_act_says_itself_who_set_it_off(shop: gern.Shop) -> None:
    """A review asked for is set off by the company, an unasked one by the customer."""
    at = (BEGIN + timedelta(days=1)).replace(tzinfo=UTC)
    usual = {"source": "s", "ts": at, "customer": "anna", "name": "Product Reviewed"}
    shop.log.append([
        Event(id="1", **usual), Event(id="2", sign=-1, initiator="company", **usual),
    ])  # fmt: skip
    found = shop.nine_kinds("2024-03-20", "2024-03-25").cells
    assert found["offer", "customer"].acts == 1
    assert (found["offer", "company"].acts, found["offer", "company"].negative) == (1, 1)
