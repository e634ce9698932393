"""Files that cannot hold a row of the time are not opened, and no figure changes by that."""

from __future__ import annotations

import tempfile
from datetime import date, timedelta
from itertools import groupby
from pathlib import Path

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

import gern
from gern.core.engines import door
from tests.core.made_up import BEGIN, as_event, logs
from tests.effort import examples


@settings(
    max_examples=examples(3), deadline=None, phases=(Phase.explicit, Phase.reuse, Phase.generate),
    suppress_health_check=list(HealthCheck),
)  # fmt: skip
@given(log=logs, first=st.integers(0, 15), days=st.sampled_from((1, 2, 7)))
def test_a_file_for_each_day_or_one_for_all(log, first: int, days: int) -> None:
    start = BEGIN.date() + timedelta(days=first)
    ask = {"inactive_after": 5, "now": BEGIN + timedelta(days=30), "with_interval": False}
    with tempfile.TemporaryDirectory() as folder:
        whole = gern.create_shop(Path(folder) / "whole", zone="Europe/Berlin", currency="EUR")
        apart = gern.create_shop(Path(folder) / "apart", zone="Europe/Berlin", currency="EUR")
        made = sorted((as_event(e) for e in log), key=lambda e: e.ts)
        whole.log.append(made)
        for _, day in groupby(made, key=lambda e: e.ts.date()):
            apart.log.append(list(day))
            apart.log.compact()
        for figure in whole.figures():
            expected = whole.figure(figure.id, start, start + timedelta(days=days), **ask)
            found = apart.figure(figure.id, start, start + timedelta(days=days), **ask)
            assert (found.exact, found.parts) == (expected.exact, expected.parts), figure.id


def test_what_lies_elsewhere_is_not_opened(shop: gern.Shop, send, monkeypatch) -> None:
    for n in range(60):
        send(id=f"e{n}", name="Page Viewed", visitor="v", kind="page", channel="web",
             ts=BEGIN + timedelta(days=n))  # fmt: skip
        shop.log.compact()
    opened: list[int] = []
    kept = door._pruned

    def counted(state, question):
        found = kept(state, question)
        opened.append(len(found))
        return found

    monkeypatch.setattr(door, "_pruned", counted)
    assert shop.figure("page_views", date(2024, 4, 1), date(2024, 5, 1)).value == 30
    assert len(shop.door._states.now().segments) == 60
    assert min(opened) <= 31
