"""Survival: the published numbers, statsmodels as a second opinion, and lifetimes by hand."""

from __future__ import annotations

import csv
import gzip
import random
from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest
from scipy.stats import chi2
from statsmodels.duration.survfunc import SurvfuncRight, survdiff

from gern.core.errors import BadInput
from gern.core.log.event import Event
from gern.core.patterns.survival import chi2_above, kaplan_meier, log_rank


@pytest.fixture(scope="module")
def telco() -> list[dict[str, str]]:
    with gzip.open("tests/data/patterns/telco_churn.csv.gz", "rt") as file:
        return list(csv.DictReader(file))


def test_telco_to_six_digits(telco) -> None:
    curve = kaplan_meier([float(r["tenure"]) for r in telco], [r["Churn"] == "Yes" for r in telco])
    published = [0.945961, 0.843200, 0.788736, 0.748545, 0.708840, 0.664404, 0.592790]
    assert [round(curve.at(t), 6) for t in (1, 12, 24, 36, 48, 60, 72)] == published
    assert (curve.n, curve.left, curve.longest, curve.median) == (7043, 1869, 72, None)
    assert curve.at(73) is None


def test_intervals_and_log_rank_as_statsmodels(telco) -> None:
    months = np.array([float(r["tenure"]) for r in telco])
    gone = np.array([r["Churn"] == "Yes" for r in telco])
    contract = np.array([r["Contract"] for r in telco])
    curve, peer = kaplan_meier(months, gone), SurvfuncRight(months, gone)
    assert np.allclose([p.survival for p in curve.points], peer.surv_prob, rtol=1e-12)
    at = [i for i, p in enumerate(curve.points) if 0 < p.survival < 1]
    greenwood = [p.survival for p in curve.points]
    for i in at:
        p = curve.points[i]
        theta = 1.959963984540054 * peer.surv_prob_se[i] / (greenwood[i] * np.log(greenwood[i]))
        assert np.isclose(p.low, p.survival ** np.exp(-theta), rtol=1e-9)
        assert np.isclose(p.high, p.survival ** np.exp(theta), rtol=1e-9)
    groups = {
        name: (months[contract == name], gone[contract == name]) for name in sorted(set(contract))
    }
    ours, theirs = log_rank(groups), survdiff(months, gone, contract)
    assert np.isclose(ours.chi2, theirs[0], rtol=1e-9)
    assert ours.degrees == 2
    assert ours.p == pytest.approx(theirs[1], abs=1e-12)


@pytest.mark.parametrize("seed", range(20))
def test_any_data_as_statsmodels(seed) -> None:
    luck = random.Random(seed)
    n = luck.choice([1, 2, 3, 10, 200])
    times = np.array([luck.choice([0, 1, 1, 2, 5, 9.5]) for _ in range(n)], dtype=float)
    gone = np.array([luck.random() < 0.6 for _ in range(n)])
    curve = kaplan_meier(times, gone)
    if not gone.any():
        assert curve.points == ()
        assert curve.at(times.max()) == 1
        return
    peer = SurvfuncRight(times, gone)
    assert [p.time for p in curve.points] == peer.surv_times.tolist()
    assert np.allclose([p.survival for p in curve.points], peer.surv_prob)
    assert [p.at_risk for p in curve.points] == peer.n_risk.tolist()
    assert all(0 <= p.low <= p.survival <= p.high <= 1 for p in curve.points)
    group = np.array([luck.random() < 0.5 for _ in range(n)])
    if len(set(group)) == 2:
        ours = log_rank({str(g): (times[group == g], gone[group == g]) for g in (False, True)})
        try:
            theirs = survdiff(times, gone, group)[0]
        except np.linalg.LinAlgError:  # nobody left while there was somebody to compare with
            theirs = 0.0
        assert np.isclose(ours.chi2, theirs, equal_nan=True) or (np.isnan(theirs) and ours.p == 1)


def test_no_data_is_refused() -> None:
    for times, gone in (([], []), ([1], []), ([-1], [True]), ([float("nan")], [True])):
        with pytest.raises(BadInput):
            kaplan_meier(times, gone)
    with pytest.raises(BadInput):
        log_rank({"a": ([1], [True])})
    assert log_rank({"a": ([1], [True]), "b": ([0.5], [False])}).p == 1


def test_tail_of_chi2_as_scipy() -> None:
    for degrees in range(1, 12):
        for x in (0, 0.1, 1, 5, 40, 500):
            assert np.isclose(chi2_above(x, degrees), chi2.sf(x, degrees), rtol=1e-9, atol=1e-300)


def bought(customer: str, *days: str, country: str | None = None):
    return "".join(f"{customer}-{d};{customer};{d} 12:00;5;{country or ''}\n" for d in days)


def lives(curve) -> list[tuple[float, int]]:
    return [(p.time, p.left) for p in curve.points]


def test_how_long_customers_stayed_by_hand(shop, bring) -> None:
    """W = 30. anna: three purchases, the last gap too long; ben still there; cem back after a gap;
    dora bought once, 30 days ago: still a customer; emil 31 days ago: gone."""
    bring("order;customer;date;amount;country\n"
          + bought("anna", "2024-01-01", "2024-01-21", "2024-02-10", country="DE")
          + bought("ben", "2024-03-01", "2024-03-25", country="AT")
          + bought("cem", "2024-01-01", "2024-03-20", country="DE")
          + bought("dora", "2024-03-01", country="DE") + bought("emil", "2024-02-29", country="AT"))  # fmt: skip
    found = shop.survival("2024-01-01", "2025-01-01", inactive_after=30, today=date(2024, 3, 31))
    assert (found.curve.n, found.curve.left) == (5, 3)
    assert lives(found.curve) == [(30, 2), (70, 1)]
    assert found.curve.points[0].at_risk == 5
    by = shop.survival(
        "2024-01-01", "2025-01-01", by="country", inactive_after=30, today=date(2024, 3, 31)
    )
    assert {name: (c.n, c.left) for name, c in by.groups.items()} == {"DE": (3, 2), "AT": (2, 1)}
    assert by.differ is not None
    later = shop.survival("2024-02-01", "2025-01-01", inactive_after=30, today=date(2024, 3, 31))
    assert later.curve.n == 3
    assert shop.survival("2026-01-01", "2027-01-01").curve is None


def test_contracts_stay_until_the_last_has_ended(shop) -> None:
    shop.change_setting("business", "contracts", "test")
    at = datetime(2024, 1, 1, 12, tzinfo=UTC)
    said = [("anna", "1", "Contract Started", 0), ("anna", "1", "Contract Ended", 40),
            ("ben", "1", "Contract Started", 0), ("ben", "2", "Contract Started", 10), ("ben", "1", "Contract Ended", 20),
            ("cem", "1", "Contract Started", 5), ("cem", "1", "Contract Ended", 15), ("cem", "1", "Contract Started", 25)]  # fmt: skip
    shop.log.append([Event(source="s", id=f"{i}", name=name, customer=who, ts=at + timedelta(days=day),
                           properties={"contract": contract}) for i, (who, contract, name, day) in enumerate(said)])  # fmt: skip
    found = shop.survival("2024-01-01", "2025-01-01", today=date(2024, 4, 1))
    assert (found.curve.n, lives(found.curve)) == (3, [(40, 1)])
