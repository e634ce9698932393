"""Predictions as plain numbers and texts, for the command line and the API."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from datetime import date, timedelta
from typing import Any

import numpy as np

from gern.core.engines.names import Array
from gern.core.predict.backtest import BackTest
from gern.core.predict.coming import Coming, Foreseen
from gern.core.predict.contracts import ContractCheck, ContractValue
from gern.core.predict.effect_steps import EffectShown
from gern.core.predict.fitting import Fit
from gern.core.predict.forecast import ForecastShown
from gern.core.predict.holdout import Error, HoldOut
from gern.core.predict.horizon import Horizon
from gern.core.predict.kept import NextCard
from gern.core.predict.scores import Reason
from gern.core.predict.spread import Spread
from gern.core.predict.uplift import Difference, Uplift
from gern.core.predict.value import Model, Worth


def fit_told(fit: Fit, language: str = "en") -> dict[str, Any]:
    """A fitted model."""
    found = {"model": fit.model, "params": dict(fit.params), "se": dict(fit.se),
             "log_likelihood": fit.log_likelihood, "n": fit.n, "converged": fit.converged}  # fmt: skip
    return found | ({"why": fit.why.in_language(language)} if fit.why else {})


def model_told(model: Model, language: str = "en") -> dict[str, Any]:
    """What predicts value."""
    return {
        "until": model.until.isoformat(),
        "upper_bound": model.bound,
        "buying": fit_told(model.buying, language),
        "spend": fit_told(model.spend, language) if model.spend else None,
        "mean_spend": model.mean_spend,
        "not_taken": [fit_told(one, language) for one in model.tried],
    }


def check_told(check: HoldOut) -> dict[str, Any]:
    """How good it was on a time it did not know."""
    return {
        "since": check.since.isoformat(), "days": check.days, "customers": check.customers,
        "purchases": {"expected": check.expected, "happened": check.happened, "mean_error": check.error},
        "revenue": {"expected": check.expected_revenue, "happened": check.revenue,
                    "mean_error": check.value_error, "mean_error_as_before": check.value_against},
        "against": [
            _against_told(one, "mean_error") for one in check.against
        ],
        "groups": [
            {"customers": one.customers, "expected": one.expected, "happened": one.happened}
            for one in check.groups
        ],
        "by_group": [asdict(one) for one in check.parts],
    }  # fmt: skip


def customer_told(person: str, worth: Worth, spread: Spread, i: int) -> dict[str, Any]:
    """One customer: entry ``i``."""
    return {
        "customer": person, "alive": float(worth.alive[i]), "purchases": float(worth.purchases[i]),
        "purchases_low": int(spread.low_purchases[i]), "purchases_high": int(spread.high_purchases[i]),
        "spend": float(worth.spend[i]), "value": float(worth.value[i]),
        "low": float(spread.low_value[i]), "high": float(spread.high_value[i]),
    }  # fmt: skip


def totals_told(worth: Worth, horizon: Horizon, margin: float, discount: float) -> dict[str, Any]:
    """All customers together."""
    n = len(worth.value)
    return {
        "horizon": horizon.text, "margin": margin, "discount": discount, "customers": n,
        "value": float(worth.value.sum()), "mean": float(worth.value.mean()) if n else 0.0,
        "purchases": float(worth.purchases.sum()), "alive": float(worth.alive.sum()),
    }  # fmt: skip


def back_test_told(check: BackTest) -> dict[str, Any]:
    """How good the risk would have been."""
    return {
        "days": [day.isoformat() for day in check.days], "customers": check.rows, "left": check.left,
        "taken": check.taken, "ways": [asdict(one) for one in check.ways],
        "caught": [asdict(one) for one in check.caught], "calibration": [asdict(one) for one in check.bins],
        "by_group": [asdict(one) for one in check.parts],
    }  # fmt: skip


def at_risk_told(
    person: str, risk: float, patience: float, facts: dict[str, float], reasons: list[Reason]
) -> dict[str, Any]:
    """One customer, with the facts their risk stands on."""
    return {
        "customer": person, "risk": risk, "patience_days": int(patience),
        "reasons": [{"respect": one.respect, "weight": one.weight} for one in reasons],
        "facts": {name: None if value != value else value for name, value in facts.items()},  # noqa: PLR0124
    }  # fmt: skip


def effect_told(shown: EffectShown) -> dict[str, Any]:
    """What a change did to a figure."""
    found = shown.effect
    expected = [None] * shown.before + list(found.forecast)
    return {
        "happened": found.happened, "expected": found.expected, "effect": found.effect, "low": found.low,
        "high": found.high, "relative": found.relative, "p": found.p, "sure": found.sure,
        "forecast": found.by, "placebos": len(found.placebos), "placebos_apart": found.apart,
        "steps": [
            {"from": day.isoformat(), "value": value, "expected": said}
            for day, value, said in zip(shown.days, shown.values, expected, strict=True)
        ],
    }  # fmt: skip


def best(worth: Worth, count: int) -> Array:
    """Entries of the most valuable customers, the first first."""
    return np.argsort(-worth.value, kind="stable")[:count]


def next_checks_told(found: Foreseen | NextCard) -> dict[str, Any]:
    """How good days and products were on a time they did not know."""
    day, products = found.day_check, found.product_check
    return {
        "day": day and {
            "since": day.since.isoformat(), "days": day.days, "customers": day.customers, "mean_error": day.error,
            "expected": day.expected, "bought": day.bought, "auc": day.auc, "log_loss": day.loss,
            "log_loss_same_for_all": day.loss_same, "against": [_against_told(day.against, "mean_error")],
        },
        "products": products and {
            "since": products.since.isoformat(), "days": products.days, "customers": products.customers,
            "hit": products.hit, "found": products.found,
            "against": [_against_told(one, "found") | {"hit": products.hits[one.name]} for one in products.against],
        },
    }  # fmt: skip


def _against_told(one: Error, what: str) -> dict[str, Any]:
    return {
        "baseline": one.name,
        what: one.purchases,
        "better_by": one.better,
        "low": one.low,
        "high": one.high,
    }


def coming_told(coming: Coming, i: int) -> dict[str, Any]:
    """One customer: entry ``i``. ``days``: 1 is the day itself; null: not within a year."""
    ahead, low, high = (int(x) if np.isfinite(x) else None for x in (coming.ahead[i], coming.low[i], coming.high[i]))  # fmt: skip
    expected = coming.day + timedelta(days=ahead - 1) if ahead else None
    return next_told({
        "person": coming.person[i], "ahead": ahead, "low": low, "high": high, "soon": float(coming.soon[i]),
        "products": coming.products[i], "becauses": coming.because[i], "froms": coming.from_[i],
    }, expected)  # fmt: skip


def next_told(row: Mapping[str, Any], expected: date | None) -> dict[str, Any]:
    """One customer: a row of the file of next purchases."""
    return {
        "customer": row["person"], "expected": expected.isoformat() if expected else None, "days": row["ahead"],
        "days_low": row["low"], "days_high": row["high"], "chance_30_days": row["soon"],
        "products": [
            {"product": product, "because": because, "from": from_ or None}
            for product, because, from_ in zip(row["products"], row["becauses"], row["froms"], strict=True)
            if product
        ],
    }  # fmt: skip


def difference_told(found: Difference) -> dict[str, Any]:
    """Contacted against held out."""
    return {**asdict(found), "low": found.low, "high": found.high, "p": found.p}


def uplift_told(found: Uplift) -> dict[str, Any]:
    """What contact did, and whether it can be told to whom."""
    return {
        "average": difference_told(found.average),
        "told_apart": {"effect": found.told_apart, "se": found.se, "interval": found.interval, "sure": found.sure},
        "first": [{"share": one.share, **difference_told(one.difference)} for one in found.first],
        "uplift_below_0": difference_told(found.driven_away) if found.driven_away else None,
        "matters": [{"feature": name, "weight": weight} for name, weight in found.matters],
    }  # fmt: skip


def forecast_told(shown: ForecastShown) -> dict[str, Any]:
    """What is to be expected of a figure."""
    found = shown.forecast
    return {
        "forecast": found.by, "usually_misses": found.miss, "tried": found.tried, "times": found.times,
        "times_apart": found.apart,
        "ahead": [
            {"from": day.isoformat(), **asdict(one)}
            for day, one in zip(shown.next_days, found.ahead, strict=True)
        ],
        "past": [
            {"from": day.isoformat(), "value": value}
            for day, value in zip(shown.days, shown.values, strict=True)
        ],
    }  # fmt: skip


def contracts_told(found: ContractValue, check: ContractCheck | None, top: int) -> dict[str, Any]:
    """What customers under contract will still pay."""
    return {
        "customers": len(found.person), "value": float(found.value.sum()),
        "mean": float(found.value.mean()) if len(found.value) else 0.0, "stay": float(found.stays.sum()),
        "model": {"kind": "survival", "customers": found.curve.n, "left": found.curve.left,
                  "median_days": found.curve.median, "beyond_what_was_seen": found.beyond},
        "check": check and {
            **asdict(check), "since": check.since.isoformat(), "against": [_against_told(check.against, "error")],
        },
        "top": [
            {"customer": found.person[i], "days": int(found.days[i]), "monthly": float(found.monthly[i]),
             "stays": float(found.stays[i]), "months": float(found.months[i]), "value": float(found.value[i])}
            for i in range(min(top, len(found.person)))
        ],
    }  # fmt: skip
