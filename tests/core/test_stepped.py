"""Who was a customer at each end of a row of buckets: one query equals each bucket asked alone."""

from __future__ import annotations

import random
import tempfile
from datetime import date, datetime, timedelta
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import gern
from tests.effort import examples

FIGURES = ("retention_rate_strict", "churn_rate")


@settings(max_examples=examples(25), deadline=None, suppress_health_check=list(HealthCheck))
@given(
    seed=st.integers(0, 2**32),
    orders=st.integers(0, 60),
    granularity=st.sampled_from(("day", "week", "month", "quarter")),
    first=st.integers(0, 110),
    days=st.integers(1, 60),
    window=st.sampled_from((1, 3, 10, 30, 45)),
)
def test_one_query_equals_each_bucket_alone(seed, orders, granularity, first, days, window) -> None:
    dice = random.Random(seed)
    start = date(2024, 1, 30) + timedelta(days=first)  # over leap day and the change of the clocks
    end = start + timedelta(days=days)
    with tempfile.TemporaryDirectory() as folder:
        shop = gern.create_shop(Path(folder) / "home", zone="Europe/Berlin", currency="EUR")
        shop.log.append(
            [
                gern.Event(source="s", id=f"e{n}", name="Order Completed", customer=dice.choice("abcde"), order=f"o{n}",
                           ts=datetime(2024, 1, 29, 22, 30) + timedelta(hours=dice.randrange(24 * 120)),
                           currency="EUR", lines=(gern.Line(10),))
                for n in range(orders)
            ]
        )  # fmt: skip
        ask = {"inactive_after": window, "now": datetime(2024, 12, 31)}
        for id in FIGURES:
            for point in shop.series(id, start, end, granularity, **ask):
                days_of = point.period
                alone = shop.figure(id, days_of.start, days_of.end, with_interval=False, **ask)
                for what in ("numerator", "denominator", "parts", "n", "persons"):
                    assert getattr(point, what) == getattr(alone, what), (id, what, days_of)


def test_two_years_by_day(online_retail) -> None:
    points = online_retail.series("churn_rate", "2010-01-01", "2012-01-01", "day")
    assert len(points) == 730
