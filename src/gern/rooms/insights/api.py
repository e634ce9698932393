"""The figures as JSON: the same answers as the pages, the command line and the library give."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal

from django.http import HttpRequest
from ninja import Query, Router, Schema
from pydantic import Field

from gern.core.errors import BadInput
from gern.core.figures.asking import TRAIT
from gern.core.figures.catalogue import FIGURES
from gern.core.figures.definition import Figure
from gern.core.figures.people import SORTS
from gern.core.shop import Shop
from gern.kit.api.keys import may, need
from gern.kit.shop import current_shop
from gern.rooms.insights import queries
from gern.rooms.insights.access import is_aggregate
from gern.rooms.insights.models import Alarm
from gern.rooms.insights.targets.progress import all_progress

MOST_PEOPLE = 1000
router = Router()
Number = int | float
Words = dict[Literal["de", "en"], str]
From = Annotated[
    date, Query(alias="from", description="First local day that counts.", examples=["2026-01-01"])
]
To = Annotated[
    date, Query(description="First local day that no longer counts.", examples=["2026-04-01"])
]


class PartOf(Schema):
    """A count or sum shown beside a figure; people can be listed by it."""

    id: str
    label: Words
    unit: str


class Definition(Schema):
    """One figure of the catalogue, or of the shop's own."""

    id: str
    name: Words
    words: Words = Field(description="What it says, in a sentence.")
    formula: Words
    unit: str = Field(
        description="percent, points, count, ratio, days, duration (hours) or the currency."
    )
    family: str
    good: Literal["up", "down"] | None = Field(description="Whether more of it is better.")
    parts: list[PartOf]
    dimensions: list[str] = Field(description="What it can be broken down by.")
    waits_for: list[Words] = Field(description="What the log lacks; empty: nothing.")


class Result(Schema):
    """One number with its origin. ``value`` null: undefined, never 0."""

    value: float | None
    numerator: Number
    denominator: Number | None
    parts: dict[str, Number]
    n: int = Field(description="Persons, or orders without one, it rests on.")
    interval: list[float] | None = Field(description="95 %: low, high.")
    reliable: bool = Field(description="Whether n is at least 30.")


class GroupOf(Result):
    """The result for one value of the breakdown; an empty group: not known."""

    group: str


class Days(Schema):
    """``[from, to)`` in local days of ``zone``."""

    from_: date = Field(alias="from")
    to: date
    zone: str


class NoteOf(Schema):
    """What one must know to read the number rightly."""

    code: str
    de: str
    en: str


class AnswerOf(Result):
    """A figure over a period."""

    figure: str
    unit: str
    period: Days
    window_days: int | None = Field(description="The inactivity window W, where it is used.")
    left_out: dict[str, Number] = Field(description="What does not count, and how much of it.")
    notes: list[NoteOf]
    name: Words
    words: Words
    formula: Words
    query: str = Field(description="The SQL that ran.")
    by: str | None = None
    groups: list[GroupOf] | None = None


class PointOf(Result):
    """One step of time; ``whole`` false: cut off by the ends of the period."""

    from_: date = Field(alias="from")
    to: date
    whole: bool


class SeriesOf(Schema):
    """A figure by steps of time. Steps before the data reach back far enough are left out."""

    figure: str
    unit: str
    every: str
    points: list[PointOf]


class Person(Schema):
    """A customer behind a figure. ``measure``: their share in it."""

    person: str
    measure: Number
    purchases: int
    revenue: Number
    first: str | None = Field(description="First purchase, UTC.")
    last: str | None = Field(description="Last purchase, UTC.")
    country: str | None


class PeopleOf(Schema):
    """A page of the customers, and how many there are."""

    figure: str
    total: int
    people: list[Person]


class ShopOf(Schema):
    """What all figures rest on."""

    currency: str
    zone: str
    window_days: int
    first_day: date | None
    last_day: date | None
    today: date = Field(description="The day figures are looked at from.")


class TargetOf(Schema):
    """A target and how far it is."""

    figure: str
    sense: str
    value: float
    due: date
    span: str
    start: date
    start_value: float | None
    now: float | None
    due_now: float | None
    state: str
    department: str | None


class AlarmOf(Schema):
    """Something out of the ordinary."""

    figure: str = Field(description="Empty: there are no data at all since the day.")
    step: str
    day: date
    kind: str
    value: float | None
    expected: float | None
    low: float | None
    high: float | None
    seen: bool


@router.get("/shop", response=ShopOf, tags=["shop"])
def shop(request: HttpRequest) -> dict[str, Any]:
    """Currency, zone, inactivity window, days with data."""
    need(request, "figures")
    here = current_shop()
    days = here.span()
    return {
        "currency": here.currency, "zone": here.zone, "window_days": here.window_days,
        "first_day": days and days[0], "last_day": days and days[1], "today": here.today(),
    }  # fmt: skip


@router.get("/figures", response=list[Definition], tags=["figures"])
def figures(request: HttpRequest) -> list[dict[str, Any]]:
    """Every figure there is, the shop's own last."""
    need(request, "figures")
    here = current_shop()
    return [_defined(here, f) for f in here.figures() if is_aggregate(f) or may(request, "people")]


@router.get("/figures/{id}", response=AnswerOf, by_alias=True, exclude_none=False, tags=["figures"])
def figure(
    request: HttpRequest, id: str, from_: From, to: To,
    by: Annotated[str | None, Query(description="Break it down, as `country` or `trait:plan`.")] = None,
    inactive_after: Annotated[int | None, Query(description="Another window W, in days.", ge=1, le=3660)] = None,
) -> dict[str, Any]:  # fmt: skip
    """One figure over a period, with its interval, parts, left-outs and query."""
    here, definition = _asked(request, id, by)
    answer = here.figure(definition.id, from_, to, by=by, inactive_after=inactive_after)
    return answer.to_dict()


@router.get("/figures/{id}/series", response=SeriesOf, by_alias=True, tags=["figures"])
def series(
    request: HttpRequest, id: str, from_: From, to: To,
    every: Annotated[Literal["day", "week", "month", "quarter", "year"], Query()] = "month",
) -> dict[str, Any]:  # fmt: skip
    """One figure by day, week, month, quarter or year."""
    here, definition = _asked(request, id, None)
    points = queries.points(here, definition, here.period(from_, to), every)
    return {
        "figure": id,
        "unit": here.unit(id),
        "every": every,
        "points": [p.to_dict() for p in points],
    }


@router.get("/figures/{id}/people", response=PeopleOf, tags=["people"])
def people(
    request: HttpRequest, id: str, from_: From, to: To,
    part: Annotated[str | None, Query(description="A part of the figure, such as `lost`.")] = None,
    by: str | None = None, group: str | None = None, search: str = "",
    sort: Annotated[str, Query(description=f"One of {', '.join(SORTS)}.")] = "revenue",
    limit: Annotated[int, Query(ge=1, le=MOST_PEOPLE)] = 100,
    offset: Annotated[int, Query(ge=0, le=10**9)] = 0,
) -> dict[str, Any]:  # fmt: skip
    """The customers behind a figure or one of its parts. Needs the scope ``people``."""
    need(request, "people")
    here, definition = _asked(request, id, by)
    if part is not None:
        definition.part_named(part)
    if sort not in SORTS:
        raise BadInput(f"sort {sort!r} is not allowed. Allowed: {', '.join(SORTS)}.", param="sort")
    found = here.people(
        definition.id, from_, to, part=part, by=by, group=group if by else None, search=search,
        sort=sort, limit=limit, offset=offset,
    )  # fmt: skip
    rows = [
        {"person": p.person, "measure": float(p.measure), "purchases": p.purchases,
         "revenue": float(p.revenue), "first": p.first and p.first.isoformat(),
         "last": p.last and p.last.isoformat(), "country": p.country}
        for p in found.rows
    ]  # fmt: skip
    return {"figure": id, "total": found.total, "people": rows}


@router.get("/targets", response=list[TargetOf], tags=["steering"])
def targets(request: HttpRequest) -> list[dict[str, Any]]:
    """All targets and how far they are."""
    need(request, "figures")
    here = current_shop()
    return [
        {"figure": p.figure.id, "sense": p.target.sense, "value": float(p.target.value),
         "due": p.target.due, "span": p.target.span, "start": p.target.start,
         "start_value": p.target.start_value, "now": p.answer.value,
         "due_now": p.due_now, "state": p.light,
         "department": p.target.department and p.target.department.name}
        for p in all_progress(here, lambda f: is_aggregate(f) or may(request, "people"))
    ]  # fmt: skip


@router.get("/alerts", response=list[AlarmOf], tags=["steering"])
def alerts(request: HttpRequest) -> list[dict[str, Any]]:
    """The last hundred alerts, newest first."""
    need(request, "figures")
    here = current_shop()
    known = {f.id: f for f in here.figures()}
    return [
        {"figure": a.figure, "step": a.step, "day": a.day, "kind": a.kind, "value": a.value,
         "expected": a.expected, "low": a.low, "high": a.high, "seen": a.seen is not None}
        for a in Alarm.objects.all()[:100]
        if not a.figure or (
            a.figure in known and (is_aggregate(known[a.figure]) or may(request, "people"))
        )
    ]  # fmt: skip


def _asked(request: HttpRequest, id: str, by: str | None) -> tuple[Shop, Figure]:
    """The figure, if this key may ask for it: what can name somebody needs the scope people."""
    need(request, "figures")
    here = current_shop()
    definition = here.figure_named(id)
    if not is_aggregate(definition) or (by or "").startswith(TRAIT):
        need(request, "people")
    return here, definition


def _defined(here: Shop, figure: Figure) -> dict[str, Any]:
    return {
        "id": figure.id, "name": figure.name._asdict(), "words": figure.words._asdict(),
        "formula": figure.formula._asdict(), "unit": here.unit(figure.id), "family": figure.family,
        "good": figure.good, "dimensions": list(figure.dimensions),
        "parts": [{"id": p.id, "label": p.label._asdict(), "unit": p.unit} for p in figure.parts],
        "waits_for": [text._asdict() for text in here.waits_for(figure)],
    }  # fmt: skip


def described() -> str:
    """The catalogue for the description of the API: generated, never written twice."""
    lines = [f"* `{f.id}`: {f.words.en} {f.formula.en}" for f in FIGURES.values()]
    return "\n".join(["**Figures**", "", *lines])
