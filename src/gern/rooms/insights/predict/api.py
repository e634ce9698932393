"""Predictions as JSON: what the pages say, by the model cards in force."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Any

from django.http import HttpRequest
from ninja import Query, Router, Schema
from pydantic import Field

from gern.core.errors import BadInput
from gern.core.predict.coming import SOON, soonest
from gern.core.predict.next_day import FARTHEST
from gern.core.predict.spread import spread
from gern.core.predict.told import (
    at_risk_told,
    back_test_told,
    check_told,
    customer_told,
    model_told,
    next_checks_told,
    next_told,
    totals_told,
)
from gern.core.shop import Shop
from gern.core.shop_predict import DISCOUNT, Value
from gern.kit.api.keys import need
from gern.kit.shop import current_shop
from gern.rooms.insights.predict.contested import left_out
from gern.rooms.insights.predict.value import listed

router = Router()
Horizon = Annotated[str, Query(description="How far ahead: `90d`, `26w`, `12m`, `2y`.")]
Margin = Annotated[float | None, Query(description="Contribution margin, 0 to 1; left out: the setting `profit`, else 1.")]  # fmt: skip
Discount = Annotated[float, Query(description="A year, 0 to 1.")]
Limit = Annotated[int, Query(ge=1, le=1_000)]
Offset = Annotated[int, Query(ge=0, le=10**9)]


class ValueOf(Schema):
    """What all customers together will be worth."""

    horizon: str
    margin: float
    discount: float
    currency: str
    customers: int
    value: float
    mean: float
    purchases: float
    alive: float = Field(description="Customers still there, expected.")


class WorthOf(Schema):
    """One customer; ``low`` and ``high``: four of five times it lies between them."""

    customer: str
    alive: float
    purchases: float
    purchases_low: int
    purchases_high: int
    spend: float
    value: float
    low: float
    high: float


class WorthsOf(Schema):
    """The most valuable first; customers who contest their scores are left out."""

    total: int
    currency: str
    customers: list[WorthOf]


class ReasonOf(Schema):
    """In which respect; ``weight``: by how much it raises the log-odds."""

    respect: str
    weight: float


class AtRiskOf(Schema):
    """The chance of no purchase in ``patience_days``, with reasons and facts."""

    customer: str
    risk: float
    patience_days: int
    reasons: list[ReasonOf]
    facts: dict[str, float | None]


class RiskOf(Schema):
    """Those most at risk first; customers who contest their scores are left out."""

    day: str
    total: int
    customers: list[AtRiskOf]


class NextProductOf(Schema):
    """``because``: ``again``, ``due``, ``popular``, or ``with`` the product ``from`` they have."""

    product: str
    because: str
    from_: str | None = Field(alias="from")


class NextOf(Schema):
    """``days``: within so many they buy as likely as not, 1 is the day learned; null: not within a year."""

    customer: str
    expected: str | None
    days: int | None
    days_low: int | None
    days_high: int | None
    chance_30_days: float
    products: list[NextProductOf]


class NextsOf(Schema):
    """Those expected soonest first; customers who contest their scores are left out."""

    day: str
    total: int
    customers: list[NextOf]


class ModelsOf(Schema):
    """All model cards; null: nothing was learned yet."""

    value: dict[str, Any] | None
    risk: dict[str, Any] | None
    next: dict[str, Any] | None


@router.get("/value", response=ValueOf, tags=["predict"])
def value(
    request: HttpRequest, horizon: Horizon = "12m", margin: Margin = None, discount: Discount = DISCOUNT
) -> dict[str, Any]:  # fmt: skip
    """What all customers together will be worth."""
    need(request, "figures")
    here = current_shop()
    found = _value(here, horizon, margin, discount)
    totals = totals_told(found.worth, found.horizon, found.margin, found.discount)
    return {**totals, "currency": here.currency}


@router.get("/value/customers", response=WorthsOf, tags=["predict"])
def value_customers(
    request: HttpRequest, horizon: Horizon = "12m", margin: Margin = None, discount: Discount = DISCOUNT,
    limit: Limit = 100, offset: Offset = 0,
) -> dict[str, Any]:  # fmt: skip
    """What each customer will be worth. Needs the scope ``people``."""
    need(request, "people")
    here = current_shop()
    found = _value(here, horizon, margin, discount)
    order = listed(here, found)
    shown = order[offset : offset + limit]
    some, worth = found.buyers.only(shown), found.worth.only(shown)
    wide = spread(found.model, some, worth, found.horizon, margin=found.margin)
    people = [customer_told(some.person[i], worth, wide, i) for i in range(len(some))]
    return {"total": len(order), "currency": here.currency, "customers": people}


@router.get("/risk", response=RiskOf, tags=["predict"])
def risk(request: HttpRequest, limit: Limit = 100, offset: Offset = 0) -> dict[str, Any]:
    """Who is about to leave, and why. Needs the scope ``people``."""
    need(request, "people")
    here = current_shop()
    scores = here.risk_scores()
    if scores is None:
        raise _nothing()
    scores = scores.without(left_out(here))
    people = [
        at_risk_told(scores.person[i], float(scores.risk[i]), scores.patience[i], scores.facts(i), scores.reasons(i))
        for i in range(offset, min(offset + limit, len(scores.person)))
    ]  # fmt: skip
    return {"day": scores.day.isoformat(), "total": len(scores.person), "customers": people}


@router.get("/next", response=NextsOf, by_alias=True, tags=["predict"])
def next_purchases(
    request: HttpRequest, within: Annotated[int, Query(ge=1, le=FARTHEST, description="Days.")] = SOON,
    limit: Limit = 100, offset: Offset = 0,
) -> dict[str, Any]:  # fmt: skip
    """Who is expected to buy within so many days, and what. Needs the scope ``people``."""
    need(request, "people")
    here = current_shop()
    day = here.next_day()
    if day is None:
        raise _nothing()
    total, rows = soonest(here.door, left_out(here), within=within, limit=limit, offset=offset)
    people = [next_told(row, row["day"] + timedelta(days=row["ahead"] - 1)) for row in rows]
    return {"day": day.isoformat(), "total": total, "customers": people}


@router.get("/models", response=ModelsOf, tags=["predict"])
def models(request: HttpRequest) -> dict[str, Any]:
    """What was learned from what, and how good it is on data not seen."""
    need(request, "figures")
    here = current_shop()
    worth, leaving, coming = here.value_card(), here.risk_card(), here.next_card()
    return {
        "value": worth and {
            **model_told(worth.model), "trained": worth.trained.isoformat(), "customers": worth.customers,
            "check": check_told(worth.check) if worth.check else None,
        },
        "risk": leaving and {
            "trained": leaving.trained.isoformat(), "rows": leaving.rows, "left": leaving.left,
            "taken": leaving.taken, "window_days": leaving.window_days,
            "check": back_test_told(leaving.check) if leaving.check else None,
        },
        "next": coming and {
            "trained": coming.trained.isoformat(), "pauses": coming.ended, "weights": coming.weights,
            "check": next_checks_told(coming),
        },
    }  # fmt: skip


def _value(here: Shop, horizon: str, margin: float | None, discount: float) -> Value:
    card = here.value_card()
    if card is None:
        raise _nothing()
    return here.value(horizon, margin=margin, discount=discount, model=card.model)


def _nothing() -> BadInput:
    return BadInput(
        "Nothing has been learned yet: gern predict train, or wait for the next hour.", param="model",
        german="Noch ist nichts gelernt: gern predict train, oder die nächste Stunde abwarten.",
    )  # fmt: skip
