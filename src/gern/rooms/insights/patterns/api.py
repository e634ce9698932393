"""Patterns as JSON: what the pages, the command line and the library say."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from django.http import HttpRequest
from ninja import Query, Router, Schema
from pydantic import Field

from gern.core.patterns.steps import steps_of
from gern.core.patterns.told import cohorts_told, funnel_told, survival_told
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
