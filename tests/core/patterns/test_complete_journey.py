"""Complete Journey, a year of 2,469 households' baskets: cohorts, funnels and survival as a plain count
of the file says. Where the data are not at hand it is left out (they may not be copied into the project)."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from statistics import median

import polars as pl
import pytest
from statsmodels.duration.survfunc import SurvfuncRight

import gern
from tests.core.patterns import plain
from tests.core.patterns.plain import Did

FILE = Path(__file__).parents[4] / "shared" / "data" / "complete_journey" / "transactions.parquet"
pytestmark = pytest.mark.skipif(not FILE.exists(), reason="Complete Journey is not here")
FROM, TO = date(2017, 1, 1), date(2018, 1, 1)
BUYING = "Order Completed"


@pytest.fixture(scope="module")
def journey(tmp_path_factory):
    shop = gern.create_shop(tmp_path_factory.mktemp("journey") / "home", zone="UTC", currency="USD")
    shop.import_file(FILE)
    return shop


@pytest.fixture(scope="module")
def baskets() -> list[Did]:
    """One entry a basket: at the time of its first line."""
    found = (
        pl.read_parquet(FILE, columns=["household_id", "basket_id", "transaction_timestamp", "quantity"])
        .filter(pl.col("quantity") > 0)
        .group_by("household_id", "basket_id").agg(pl.col("transaction_timestamp").min())
    )  # fmt: skip
    return [Did(str(who), ts.replace(tzinfo=UTC), BUYING)
            for who, ts in found.select("household_id", "transaction_timestamp").iter_rows()
            if ts.date() < TO]  # fmt: skip


def test_cohorts(journey, baskets) -> None:
    for every, mode in (("month", "in"), ("week", "in"), ("month", "in-or-after")):
        found = journey.cohorts(BUYING, BUYING, FROM, TO, every, mode=mode, today=TO)
        weeks = defaultdict(set)
        for one in baskets:
            weeks[one.person].add(plain.bucket_of(one.ts, every, "UTC"))
        sizes: Counter = Counter(min(days) for days in weeks.values())
        cells: Counter = Counter()
        for days in weeks.values():
            start = min(days)
            for cohort in found.cohorts:
                if cohort.start == start:
                    for cell in cohort.cells:
                        at = plain.after(start, cell.k, every)
                        back = at in days if mode == "in" else any(day >= at for day in days)
                        cells[start, cell.k] += back
        assert {c.start: c.size for c in found.cohorts if c.size} == dict(sizes)
        for cohort in found.cohorts:
            for cell in cohort.cells:
                assert cell.n == cells[cohort.start, cell.k], (every, mode, cohort.start, cell.k)


def test_funnels(journey, baskets) -> None:
    since, until = datetime(2017, 3, 1, tzinfo=UTC), datetime(2017, 5, 1, tzinfo=UTC)
    for steps, days in ((2, 7), (4, 30)):
        furthest = []
        for own in plain.by_person(baskets).values():
            times = sorted({one.ts for one in own})
            ways = [
                [t for t in times[i : i + steps] if t - times[i] <= timedelta(days=days)]
                for i in range(len(times))
                if since <= times[i] < until
            ]
            if ways:
                most = max(map(len, ways))
                furthest.append(next(way for way in ways if len(way) == most))
        found = journey.funnel([BUYING] * steps, since.date(), until.date(), window=f"{days}d")
        for k, one in enumerate(found.steps):
            took = [(way[k] - way[k - 1]).total_seconds() for way in furthest if 0 < k < len(way)]
            assert one.n == sum(len(way) > k for way in furthest)
            assert one.median_seconds == (median(took) if took else None)


def test_survival(journey, baskets) -> None:
    window = journey.window_days
    days = defaultdict(set)
    for one in baskets:
        days[one.person].add(one.ts.date())
    lives, gone = [], []
    for mine in days.values():
        bought = sorted(mine)
        pauses = [(b - a).days for a, b in zip(bought, [*bought[1:], TO], strict=True)]
        last = next(
            (day for day, pause in zip(bought, pauses, strict=True) if pause > window), None
        )
        gone.append(last is not None)
        end = last + timedelta(days=window) if last else TO
        lives.append((end - bought[0]).days)
    theirs = SurvfuncRight(lives, gone)
    found = journey.survival(FROM, TO, today=TO).curve
    assert (found.n, found.left) == (len(lives), sum(gone))
    for time, share in zip(theirs.surv_times, theirs.surv_prob, strict=True):
        assert found.at(time) == pytest.approx(share, abs=1e-12)
