"""Patterns as JSON: what the pages, the command line and the library say."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from django.http import HttpRequest
from ninja import Query, Router, Schema
from pydantic import Field

from gern.core.patterns.affinity import LEAST, MOST, How, Of
from gern.core.patterns.journeys import Which
from gern.core.patterns.paths import FEWEST_STEPS, MOST_STEPS
from gern.core.patterns.steps import steps_of
from gern.core.patterns.told import (
    affinity_told,
    attribution_told,
    cohorts_told,
    funnel_told,
    paths_told,
    phases_told,
    survival_told,
)
from gern.core.shop_journeys import By
from gern.kit.api.keys import need
from gern.kit.shop import current_shop
from gern.rooms.insights.api import From, To

router = Router()
Every = Literal["day", "week", "month", "quarter", "year"]


class CellOf(Schema):
    """``n`` people of the cohort came back in step ``k``."""

    k: int
    n: int
    complete: bool = Field(description="False: the step is not over, or cut off by the period.")


class CohortOf(Schema):
    """Who began in the same step of time."""

    start: str
    size: int
    cells: list[CellOf]


class MeanOf(Schema):
    """Over the complete cells of step ``k``."""

    k: int
    n: int
    size: int
    share: float
    median: float


class CohortsOf(Schema):
    """Cohorts and their means."""

    every: str
    until: str = Field(description="The first day that was not looked at any more.")
    left_cookieless: int
    cohorts: list[CohortOf]
    means: list[MeanOf]


class StepOf(Schema):
    """How many people came as far; null: the first step takes no time."""

    name: str
    n: int
    median_seconds: float | None = Field(description="From the step before.")
    median_from_start: float | None


class StepsOfTime(Schema):
    """People by step of the funnel who entered in this step of time."""

    start: str
    n: list[int]


class FunnelOf(Schema):
    """A funnel."""

    steps: list[StepOf]
    under_way: int = Field(description="Who may still go on: their window is open.")
    left_cookieless: int
    over_time: list[StepsOfTime] | None = None


class PointOf(Schema):
    """After so many days, this share is still there."""

    days: float
    at_risk: int
    left: int
    survival: float
    low: float
    high: float


class SurvivalOf(Schema):
    """How long customers stay."""

    until: str
    n: int
    left: int
    median_days: float | None
    points: list[PointOf]


class EstimateOf(Schema):
    """A value with its 95 % interval; null: too few people stand behind it."""

    value: float
    low: float | None
    high: float | None


class MomentOf(Schema):
    """A touchpoint and what stands behind it."""

    key: str
    name: str
    conversions_with: int
    lost_journeys_with: int
    rate: float | None = Field(description="Share of the journeys with a contact that converted.")
    rate_without: float | None
    p: float | None = Field(description="Of the difference, corrected for their number (Holm).")
    removal: EstimateOf
    credits: dict[str, EstimateOf]


class AttributionOf(Schema):
    """The conversions of a period, shared out among touchpoints."""

    conversions: int
    without_contact: int
    journeys_without_conversion: int
    under_way: int
    people: int
    left_cookieless: int
    touchpoints: list[MomentOf]


class MetOf(Schema):
    """Contacts at a touchpoint."""

    key: str
    name: str
    contacts: int
    people: int


class PhaseOf(Schema):
    """A phase; ``passed`` is null where there is no later one."""

    name: str
    people: int
    window_over: int = Field(description="Of whom it is known whether they passed.")
    passed: int | None
    median_seconds: float | None
    thin: bool
    touchpoints: list[MetOf]


class PhasesOf(Schema):
    """The phases of the customer's way."""

    people: int
    phases: list[PhaseOf]


class VariantOf(Schema):
    """One way, taken by ``n`` paths."""

    steps: list[str]
    n: int
    share: float


class HopOf(Schema):
    """``n`` paths went from event to event at this place."""

    at: int
    from_: str = Field(alias="from")
    to: str
    n: int


class PathsOf(Schema):
    """Paths, the most frequent ways first."""

    trails: int
    people: int
    rest: int
    left_cookieless: int
    variants: list[VariantOf]
    hops: list[HopOf]


class PairOf(Schema):
    """Of the ``n_a`` with A, ``n`` also have B."""

    a: str
    b: str
    a_name: str
    b_name: str
    n: int
    n_a: int
    n_b: int
    of: int
    support: float
    confidence: float
    interval: list[float]
    lift: float


class AffinityOf(Schema):
    """What goes together, the surest pairs first."""

    pairs: list[PairOf]


@router.get("/cohorts", response=CohortsOf, tags=["patterns"])
def cohorts(
    request: HttpRequest, from_: From, to: To, start: str = "Order Completed",
    back: Annotated[str, Query(alias="return")] = "Order Completed", every: Every = "month",
    mode: Literal["in", "in-or-after"] = "in",
    first: Literal["first-ever", "first-in-range"] = "first-ever",
) -> dict[str, Any]:  # fmt: skip
    """Of those who began in a step of time, how many came back in the ones after it."""
    need(request, "figures")
    shop = current_shop()
    return cohorts_told(shop.cohorts(start, back, from_, to, every, mode=mode, first=first), every)


@router.get("/funnel", response=FunnelOf, exclude_none=False, tags=["patterns"])
def funnel(
    request: HttpRequest, from_: From, to: To,
    steps: Annotated[str, Query(description="Names of events with commas between, 2 to 12; or a JSON list with conditions (these need the scope `people`).")],
    window: Annotated[str, Query(description="As `30m`, `12h`, `7d`.")] = "30d",
    order: Literal["any", "strict"] = "any", without: str | None = None, every: Every | None = None,
) -> dict[str, Any]:  # fmt: skip
    """How many people take one step after the other, and how long they need."""
    need(request, "figures")
    asked = steps_of(steps)
    if not all(one.by_name for one in asked):  # what was sent along can name somebody
        need(request, "people")
    return funnel_told(
        current_shop().funnel(
            asked, from_, to, window=window, strict=order == "strict", without=without, every=every
        )
    )


@router.get("/survival", response=SurvivalOf, tags=["patterns"])
def survival(
    request: HttpRequest, from_: From, to: To,
    inactive_after: Annotated[int | None, Query(ge=1, le=3660)] = None,
) -> dict[str, Any]:  # fmt: skip
    """How long customers stay who began in the period (Kaplan-Meier)."""
    need(request, "figures")
    return survival_told(current_shop().survival(from_, to, inactive_after=inactive_after))


@router.get("/attribution", response=AttributionOf, tags=["patterns"])
def attribution(
    request: HttpRequest, from_: From, to: To, goal: str = "Order Completed", which: Which = "all",
    look_back: Annotated[str, Query(description="As `30m`, `12h`, `7d`.")] = "30d",
    half_life: Annotated[str, Query(description="Of the model `decay`.")] = "7d",
    by: Annotated[By, Query(description="What counts as a contact; `event`: whatever people did.")] = "touchpoint",
) -> dict[str, Any]:  # fmt: skip
    """What each touchpoint did for the conversions, by six rules; names in English."""
    need(request, "figures")
    found = current_shop().attribution(
        from_, to, goal=goal, which=which, look_back=look_back, half_life=half_life, by=by
    )
    return attribution_told(found, "en")


@router.get("/phases", response=PhasesOf, tags=["patterns"])
def phases(
    request: HttpRequest, from_: From, to: To,
    window: Annotated[str, Query(description="They pass on within: `30m`, `12h`, `7d`.")] = "30d",
) -> dict[str, Any]:  # fmt: skip
    """Touchpoints by phase: how many come, how many go on, how fast; names in English."""
    need(request, "figures")
    return phases_told(current_shop().phases(from_, to, window=window), "en")


@router.get("/paths", response=PathsOf, by_alias=True, tags=["patterns"])
def paths(
    request: HttpRequest, from_: From, to: To, from_event: str | None = None, to_event: str | None = None,
    steps: Annotated[int, Query(ge=FEWEST_STEPS, le=MOST_STEPS)] = 5,
    gap: Annotated[str, Query(description="A longer break ends a path: `30m`, `7d`, `never`; empty: that of visits.")] = "",
    by: Annotated[By, Query(description="`touchpoint`: from touchpoint to touchpoint, all by their keys.")] = "event",
    limit: Annotated[int, Query(ge=1, le=10_000)] = 100,
) -> dict[str, Any]:  # fmt: skip
    """Which way people go: one event after the other."""
    need(request, "figures")
    found = current_shop().paths(
        from_, to, from_event=from_event, to_event=to_event, steps=steps,
        gap=None if gap == "never" else gap, by=by,
    )  # fmt: skip
    return paths_told(found, limit)


@router.get("/affinity", response=AffinityOf, tags=["patterns"])
def affinity(
    request: HttpRequest, from_: From, to: To, how: How = "together", of: Of = "product",
    least: Annotated[int, Query(ge=2, le=100_000)] = LEAST,
    limit: Annotated[int, Query(ge=1, le=MOST)] = 100,
) -> dict[str, Any]:  # fmt: skip
    """What is bought together, or after one another."""
    need(request, "figures")
    pairs = current_shop().affinity(from_, to, how=how, of=of, least=least)
    return {"pairs": affinity_told(pairs[:limit])}
