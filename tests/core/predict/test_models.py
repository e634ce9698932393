"""Models of buying: published numbers, the papers' formulas again, and customers made to measure."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy.special import roots_sh_jacobi

from gern.core.errors import BadInput
from gern.core.predict import bgnbd, gamma_gamma, nbd, pareto
from gern.core.predict.fitting import Fit
from gern.core.predict.histories import Histories
from tests.core.predict import plain

CDNOW = Path(__file__).parents[4] / "shared" / "data" / "cdnow"
cdnow = pytest.mark.skipif(not CDNOW.exists(), reason="the data set may not be copied")


def _given(model: str, **params: float) -> Fit:
    return Fit(model, params, {}, 0.0, 0, True)


PUBLISHED = _given("bgnbd", r=0.2425982, alpha=4.4136842, a=0.7929899, b=2.4261667)


def test_expectations_as_printed() -> None:
    """BTYD vignette and Fader, Hardie, Lee (2005), at the printed parameters."""
    assert bgnbd.expected_new(PUBLISHED, [52.0])[0] == pytest.approx(1.444004, rel=1e-6)
    alive = bgnbd.alive(PUBLISHED, [26], [30.857142857], [31])[0]
    assert round(alive, 6) == 0.968852
    found = alive * bgnbd.expected_if_alive(PUBLISHED, [52.0], [26], [31])[0, 0]
    assert found == pytest.approx(25.75659, rel=1e-5)  # its parameters are printed rounded
    paper = _given("bgnbd", r=0.243, alpha=4.414, a=0.793, b=2.426)
    found = bgnbd.alive(paper, [2], [30.43], [38.86])[0] * bgnbd.expected_if_alive(paper, [39.0], [2], [38.86])[0, 0]  # fmt: skip
    assert round(found, 3) == 1.226
    top = _given("pareto-nbd", r=0.5532771, alpha=10.5776847, s=0.6062399, beta=11.6687315)
    assert round(pareto.expected_new(top, [52.0])[0], 6) == 1.473434  # at the top of the likelihood
    alive = pareto.alive(top, [26], [30.857142857], [31])[0]
    assert alive == pytest.approx(0.997874, rel=1e-5)
    found = alive * pareto.expected_if_alive(top, [52.0], [26], [31])[0, 0]
    assert found == pytest.approx(
        25.45647, rel=1e-4
    )  # printed for a fit that ends a little below it


@pytest.fixture(scope="module")
def sample() -> dict[str, np.ndarray]:
    """The 2,357 customers of the papers, to 30 September 1997."""
    lines = pl.read_parquet(CDNOW / "cdnow_sample.parquet").with_columns(
        pl.col("date").cast(pl.Date), pl.col("amount").cast(float))  # fmt: skip
    days = lines.filter(pl.col("date") < pl.date(1997, 10, 1)).group_by("sample_id", "date").agg(pl.col("amount").sum())  # fmt: skip
    begun = days.with_columns(first=pl.col("date").min().over("sample_id"))
    found = begun.group_by("sample_id").agg(
        x=pl.len() - 1, t_x=(pl.col("date").max() - pl.col("first").min()).dt.total_days(),
        T=(pl.date(1997, 9, 30) - pl.col("first").min()).dt.total_days(),
        mean=pl.col("amount").filter(pl.col("date") > pl.col("first")).mean().fill_null(0),
    ).sort("sample_id")  # fmt: skip
    return {name: found[name].to_numpy().astype(float) for name in ("x", "t_x", "T", "mean")}


@cdnow
def test_fits_of_the_cdnow_sample(sample) -> None:
    histories = Histories.of(sample["x"], sample["t_x"] / 7, sample["T"] / 7)
    found = bgnbd.fit_bgnbd(histories)
    assert (found.n, found.converged) == (2357, True)
    assert [round(v, 3) for v in found.params.values()] == [0.243, 4.414, 0.793, 2.426]
    assert found.log_likelihood == pytest.approx(-9582.429, rel=1e-7)
    found = pareto.fit_pareto(histories)
    assert [round(v, 3) for v in found.params.values()] == [0.553, 10.578, 0.606, 11.669]
    assert found.log_likelihood == pytest.approx(-9594.976, rel=1e-7)
    found = gamma_gamma.fit_gamma_gamma(sample["x"], sample["mean"])
    assert [round(v, 2) for v in found.params.values()] == [6.25, 3.74, 15.44]
    assert (found.n, found.log_likelihood) == (946, pytest.approx(-4055.9177, rel=1e-8))
    first = gamma_gamma.expected_spend(found, sample["x"][:10], sample["mean"][:10])
    assert [round(v, 2) for v in first] == [24.65, 18.91, 35.17, 35.17, 35.17, 71.46, 18.91, 35.17, 27.28, 35.17]  # fmt: skip


def _histories(seed: int, n: int = 400) -> tuple[np.ndarray, ...]:
    return plain.drawn_bgnbd(seed, n, 0.4, 4.0, 0.8, 2.5)


@pytest.mark.parametrize("seed", range(3))
def test_likelihoods_are_those_of_the_papers(seed) -> None:
    x, t_x, T = _histories(seed)
    for module, fit, like in (
        (bgnbd, bgnbd.fit_bgnbd, plain.bgnbd_likelihood),
        (pareto, pareto.fit_pareto, plain.pareto_likelihood),
    ):
        found = fit(Histories.of(x, t_x, T))
        again = sum(like(found.params, *each) for each in zip(x, t_x, T, strict=True))
        assert found.log_likelihood == pytest.approx(again, rel=1e-9)
        for name in module.PARAMS:  # the top: nowhere near is it higher
            for factor in (0.98, 1.02):
                aside = dict(found.params) | {name: found[name] * factor}
                assert sum(like(aside, *each) for each in zip(x, t_x, T, strict=True)) < again


def test_spend_is_that_of_the_paper() -> None:
    draw = np.random.default_rng(3)
    x = draw.integers(1, 9, 500).astype(float)
    mean = draw.gamma(5 * x) / draw.gamma(4.0, 1 / 20, 500) / x
    found = gamma_gamma.fit_gamma_gamma(x, mean)
    again = sum(
        plain.gamma_gamma_likelihood(found.params, *each) for each in zip(x, mean, strict=True)
    )
    assert found.log_likelihood == pytest.approx(again, rel=1e-11)


def test_known_parameters_come_back() -> None:
    """Ten made-up worlds each: about a standard error away, not much more."""
    apart: dict[str, list[float]] = {}
    for seed in range(10):
        x, t_x, T = plain.drawn_bgnbd(seed, 1500, 0.5, 5.0, 1.2, 3.0)
        found = bgnbd.fit_bgnbd(Histories.of(x, t_x, T))
        for name, true in (("r", 0.5), ("alpha", 5.0)):
            apart.setdefault(name, []).append((found[name] - true) / found.se[name])
        x, t_x, T = plain.drawn_pareto(seed, 1500, 0.6, 5.0, 0.6, 8.0)
        found = pareto.fit_pareto(Histories.of(x, t_x, T))
        for name, true in (("r", 0.6), ("alpha", 5.0)):
            apart.setdefault(f"pareto {name}", []).append((found[name] - true) / found.se[name])
        draw = np.random.default_rng(seed)
        x = draw.integers(1, 9, 1500).astype(float)
        mean = draw.gamma(5 * x) / draw.gamma(4.0, 1 / 20, 1500) / x
        found = gamma_gamma.fit_gamma_gamma(x, mean)
        for name, true in (("p", 5.0), ("q", 4.0), ("gamma", 20.0)):
            apart.setdefault(name, []).append((found[name] - true) / found.se[name])
    for name, z in apart.items():
        assert 0.4 < np.sqrt(np.mean(np.square(z))) < 1.7, (name, z)


positive = st.floats(0.05, 10)


@given(
    r=positive,
    alpha=positive,
    a=positive,
    b=positive,
    x=st.integers(0, 60),
    T=st.floats(1, 80),
    share=st.floats(0.1, 1),
)
@settings(max_examples=150, deadline=None)
def test_quadrature_is_the_hypergeometric_function(r, alpha, a, b, x, T, share) -> None:
    if abs(a - 1) < 0.05:
        a = 1.1
    t_x = share * T if x else 0.0
    fit = _given("bgnbd", r=r, alpha=alpha, a=a, b=b)
    ours = (
        bgnbd.alive(fit, [x], [t_x], [T])[0] * bgnbd.expected_if_alive(fit, [26.0], [x], [T])[0, 0]
    )
    theirs = plain.bgnbd_expected(fit.params, 26.0, x, t_x, T)
    assume(np.isfinite(theirs))  # SciPy's function knows no value for some
    assert ours == pytest.approx(theirs, rel=2e-6, abs=1e-9)


@given(
    r=positive,
    alpha=positive,
    s=positive,
    beta=positive,
    x=st.integers(0, 60),
    T=st.floats(1, 80),
    share=st.floats(0.1, 1),
)
@settings(max_examples=150, deadline=None)
def test_the_integral_is_the_hypergeometric_function(r, alpha, s, beta, x, T, share) -> None:
    t_x = share * T if x else 0.0
    fit = _given("pareto-nbd", r=r, alpha=alpha, s=s, beta=beta)
    ours = pareto.alive(fit, [x], [t_x], [T])[0]
    assert ours == pytest.approx(plain.pareto_alive(fit.params, x, t_x, T), rel=2e-6, abs=1e-9)
    value, slope = pareto._bracket(
        np.array([r, alpha, s, beta]), *(np.array([v], dtype=float) for v in (x, t_x, T))
    )
    for i, (name, at) in enumerate(fit.params.items()):
        step = 1e-5 * at
        more, less = (
            pareto._bracket(
                np.array(list((dict(fit.params) | {name: at + d}).values())),
                *(np.array([v], dtype=float) for v in (x, t_x, T)),
            )[0][0]
            for d in (step, -step)
        )
        assert slope[i, 0] == pytest.approx((more - less) / (2 * step), rel=1e-4, abs=1e-6)
    assert np.isfinite(value).all()


def test_a_of_one_is_no_hole() -> None:
    around = [
        bgnbd.expected_new(_given("bgnbd", r=0.3, alpha=4, a=a, b=2), [52.0])[0]
        for a in (0.999, 1.0, 1.001)
    ]
    assert around[0] > around[1] > around[2]
    assert around[1] == pytest.approx((around[0] + around[2]) / 2, rel=1e-5)
    around = [
        pareto.expected_new(_given("pareto-nbd", r=0.3, alpha=4, s=s, beta=2), [52.0])[0]
        for s in (0.999, 1.0, 1.001)
    ]
    assert around[1] == pytest.approx((around[0] + around[2]) / 2, rel=1e-5)


def test_grouping_changes_nothing() -> None:
    x, t_x, T = _histories(7, 2000)
    t_x, T = t_x.round(), T.round() + 1
    whole = Histories.of(x, t_x, T)
    assert len(whole.grouped.x) < 2000 == whole.grouped.n
    rows = sorted(zip(x, t_x, T, strict=True))
    one = whole.grouped
    again = sorted(
        row
        for *row, n in zip(one.x, one.t_x, one.T, one.weight, strict=True)
        for _ in range(int(n))
    )
    assert [list(row) for row in rows] == again
    by_weight = bgnbd.fit_bgnbd(Histories.of(one.x, one.t_x, one.T, one.weight))
    assert by_weight.params == pytest.approx(bgnbd.fit_bgnbd(whole).params, rel=1e-6)


def test_the_unit_of_time_does_not_matter() -> None:
    x, t_x, T = _histories(11, 1500)
    weeks, days = (
        bgnbd.fit_bgnbd(Histories.of(x, t_x, T)),
        bgnbd.fit_bgnbd(Histories.of(x, t_x * 7, T * 7)),
    )
    assert days["alpha"] == pytest.approx(7 * weeks["alpha"], rel=1e-4)
    assert [days[n] for n in ("r", "a", "b")] == pytest.approx(
        [weeks[n] for n in ("r", "a", "b")], rel=1e-4
    )


@pytest.mark.parametrize("fit", [bgnbd.fit_bgnbd, pareto.fit_pareto, nbd.fit_nbd])
@pytest.mark.parametrize(
    ("x", "t_x", "T"),
    [
        ([3], [10], [20]),
        ([0] * 200, [0] * 200, [30] * 200),
        ([5] * 200, [20] * 200, [20] * 200),
        ([0] * 199 + [100_000], [0] * 199 + [30], [30] * 200),
        ([0] * 10, [0] * 10, [0] * 10),
    ],
    ids=["one buyer", "all once", "all alike to the last day", "one outlier", "first day"],
)  # fmt: skip
def test_data_that_tell_nothing_are_not_fitted_and_say_why(fit, x, t_x, T) -> None:
    found = fit(Histories.of(x, t_x, T))
    assert np.isfinite(found.log_likelihood)
    assert all(np.isfinite(v) for v in (*found.params.values(), *found.se.values()))
    assert found.converged == (found.why is None)
    if not found.converged:
        assert found.why.en
        assert found.why.de
        assert not found.se


@pytest.mark.parametrize("x", [[float("nan")], [-1], [0]])
def test_histories_that_cannot_be_are_refused(x) -> None:
    with pytest.raises(BadInput, match="0 ≤ t_x ≤ T"):
        Histories.of(x, [3], [10])
    with pytest.raises(BadInput):
        Histories.of([1], [11], [10])


def test_money_that_tells_nothing() -> None:
    none = gamma_gamma.fit_gamma_gamma(np.zeros(5), np.zeros(5))
    assert (none.converged, none.n) == (False, 0)
    same = gamma_gamma.fit_gamma_gamma(np.full(50, 2.0), np.full(50, 9.99))
    assert not same.converged
    assert np.isfinite(same.log_likelihood)


def test_very_frequent_customers_are_told_too() -> None:
    """A collective account that buys daily for years; and the points of the quadrature against SciPy's."""
    fit = _given("bgnbd", r=0.5, alpha=6.0, a=0.8, b=2.5)
    found = bgnbd.expected_if_alive(fit, [52.0], [900, 1021, 1022, 2000, 50_000], [170.0] * 5)[:, 0]
    assert np.isfinite(found).all()
    assert (np.diff(found) > 0).all()
    for a, b in ((0.8, 2.5), (0.05, 0.05), (0.4, 0.6), (3.0, 400.0), (1.0, 1.0)):
        p, weight = bgnbd._beta_points(20, a, b)
        peer, of_peer = roots_sh_jacobi(20, a + b - 1, a)
        assert p == pytest.approx(peer, rel=1e-9, abs=1e-12)
        assert weight == pytest.approx(of_peer / of_peer.sum(), rel=1e-8, abs=1e-12)
