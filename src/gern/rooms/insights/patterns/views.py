"""The pages of patterns: cohorts, funnel, how long customers stay."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import pairwise
from typing import Any, Literal

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from gern.core.errors import GernError
from gern.core.figures.asking import Granularity
from gern.core.patterns.cohorts import Cell, Cohort, CohortsAnswer
from gern.core.patterns.funnel import FunnelAnswer, Reached
from gern.core.patterns.lifetimes import Survival
from gern.core.shop import Shop
from gern.kit import formats
from gern.kit.access import allow, hidden_from, may_open, sees
from gern.kit.charts import Spec, as_picture
from gern.kit.errors import said
from gern.kit.exports import as_table
from gern.kit.meanings import event_name, meanings
from gern.kit.shop import current_shop
from gern.rooms.insights.patterns import pictures
from gern.rooms.insights.patterns.asked import (
    EVERY,
    FIRSTS,
    MODES,
    WINDOWS,
    CohortsAsked,
    FunnelAsked,
    cohorts_asked,
    days_text,
    funnel_asked,
    link_of,
    named,
    names_seen,
    usual_steps,
)
from gern.rooms.insights.state import PageState, presets, read_state

MOST_COHORTS_SHOWN = 60
PICTURES: dict[Literal["svg", "png"], str] = {"svg": "image/svg+xml", "png": "image/png"}


@dataclass(frozen=True)
class ShownCell:
    """A cell with its share of the cohort in percent, how dark it is (0 to 4), its people, and what
    each of the cohort spent in it."""

    cell: Cell
    share: float | None
    heat: int
    link: str
    each: Decimal | None


@dataclass(frozen=True)
class ShownCohort:
    """A row of the table."""

    cohort: Cohort
    label: str
    link: str
    cells: list[ShownCell]


@dataclass(frozen=True)
class ShownStep:
    """A step of the funnel: share of those who entered, and of those of the step before, in
    percent; ``fell_out``: who did not go on, with the link to them."""

    reached: Reached
    label: str
    share: float | None
    of_before: float | None
    took: str
    fell_out: int | None
    link: str


@allow("viewer", people=False)
@require_safe
def cohorts(request: HttpRequest) -> HttpResponse:
    """Of those who began in a month, how many came back in the months after it."""
    shop = current_shop()
    state = _state(request, shop)
    asked = cohorts_asked(request.GET.dict(), revenue=sees(request.user, "revenue"))
    found, problem = _cohorts(shop, asked, state)
    context = {
        "state": state, "presets": presets(shop, state.period), "asked": asked, "problem": problem,
        "names": named(names_seen(shop)), "modes": MODES.items(), "firsts": FIRSTS.items(),
        "every": EVERY.items(), "found": found, "section": "patterns", "page": "patterns",
        "may_list": _may_list(request.user), "sees_revenue": sees(request.user, "revenue"),
    }  # fmt: skip
    if found and any(one.size for one in found.cohorts):
        rows = _rows(found, asked, state)
        shown = max(len(row.cells) for row in rows)
        context |= {
            "rows": rows, 
            "means": [(float(100 * m.share), float(100 * m.median)) for m in found.means()[:shown]],
            "steps": range(shown), "spec": pictures.means(found, asked.every),
            "cut_off": max(0, len(found.cohorts) - MOST_COHORTS_SHOWN),
        }  # fmt: skip
    return render(
        request, "insights/patterns_cohorts.html", context, status=422 if problem else 200
    )


@allow("viewer", people=False)
@require_safe
def cohorts_export(request: HttpRequest, kind: str) -> HttpResponse:
    """All cells, as CSV or XLSX."""
    shop = current_shop()
    state = _state(request, shop)
    asked = cohorts_asked(request.GET.dict(), revenue=sees(request.user, "revenue"))
    found, problem = _cohorts(shop, asked, state)
    head = [
        "cohort",
        "size",
        "step",
        "came_back",
        "complete",
        *(["revenue"] if asked.revenue else []),
    ]
    rows = [
        [one.start, one.size, c.k, c.n, c.complete, *([c.revenue] if asked.revenue else [])]
        for one in (found.cohorts if found and not problem else ())
        for c in one.cells
    ]
    return as_table(kind, "cohorts", head, rows)


@allow("viewer", people=False)
@require_safe
def funnel(request: HttpRequest) -> HttpResponse:
    """How many take one step after the other, and where they fall out."""
    shop = current_shop()
    state = _state(request, shop)
    asked = _funnel_asked(request, shop, state)
    found, problem = _funnel(shop, asked, state)
    context = {
        "state": state, "presets": presets(shop, state.period), "asked": asked, "problem": problem,
        "names": named(names_seen(shop)), "windows": WINDOWS.items(), "found": found, "section": "patterns",
        "page": "funnel", "slots": [*enumerate([*asked.steps, *[""] * max(1, 3 - len(asked.steps))], start=1)][:12],
        "may_list": _may_list(request.user),
    }  # fmt: skip
    if found and found.steps[0].n:
        steps = _steps(found, asked, state)
        context |= {"steps": steps, "spec": pictures.funnel(steps), "worst": _worst(steps)}
    return render(request, "insights/patterns_funnel.html", context, status=422 if problem else 200)


@allow("viewer", people=False)
@require_safe
def funnel_export(request: HttpRequest, kind: str) -> HttpResponse:
    """The steps, as CSV or XLSX."""
    shop = current_shop()
    state = _state(request, shop)
    found, problem = _funnel(shop, _funnel_asked(request, shop, state), state)
    head = ["step", "people", "median_seconds", "median_seconds_from_start"]
    rows = [
        [one.name, one.n, one.median_seconds, one.median_from_start]
        for one in (found.steps if found and not problem else ())
    ]
    return as_table(kind, "funnel", head, rows)


@allow("viewer", people=False)
@require_safe
def staying(request: HttpRequest) -> HttpResponse:
    """How long customers stay."""
    shop = current_shop()
    state = _state(request, shop)
    by = "country" if request.GET.get("by") == "country" else None
    found = shop.survival(state.period.start, state.period.end, by=by)
    context = {
        "state": state, "presets": presets(shop, state.period), "found": found, "by": by,
        "section": "patterns", "page": "staying", "window_days": shop.window_days,
        "contracts": shop.terms().contracts, **_shown_survival(found),
    }  # fmt: skip
    return render(request, "insights/patterns_staying.html", context)


@allow("viewer", people=False)
@require_safe
def staying_export(request: HttpRequest, kind: str) -> HttpResponse:
    """Every point of the curve, as CSV or XLSX."""
    shop = current_shop()
    state = _state(request, shop)
    found = shop.survival(state.period.start, state.period.end)
    head = ["days", "at_risk", "left", "staying", "low", "high"]
    points = found.curve.points if found.curve else ()
    rows = [[p.time, p.at_risk, p.left, p.survival, p.low, p.high] for p in points]
    return as_table(kind, "staying", head, rows)


@allow("viewer", people=False)
@require_safe
def pattern_chart(request: HttpRequest, name: str, kind: str) -> HttpResponse:
    """The picture of a page as SVG or PNG."""
    drawn = next((one for one in PICTURES if one == kind), None)
    if name not in _SPECS or drawn is None:
        raise Http404
    shop = current_shop()
    spec = _SPECS[name](request, shop, _state(request, shop))
    if spec is None:
        raise Http404
    response = HttpResponse(as_picture(spec, drawn), content_type=PICTURES[drawn])
    response["Content-Disposition"] = f'inline; filename="{name}.{kind}"'
    return response


def _cohorts_spec(request: HttpRequest, shop: Shop, state: PageState) -> Spec | None:
    asked = cohorts_asked(request.GET.dict(), revenue=False)
    found, _problem = _cohorts(shop, asked, state)
    return pictures.means(found, asked.every) if found and len(found.means()) > 1 else None


def _funnel_spec(request: HttpRequest, shop: Shop, state: PageState) -> Spec | None:
    asked = _funnel_asked(request, shop, state)
    found, _problem = _funnel(shop, asked, state)
    return pictures.funnel(_steps(found, asked, state)) if found and found.steps[0].n else None


def _staying_spec(request: HttpRequest, shop: Shop, state: PageState) -> Spec | None:
    curve = shop.survival(state.period.start, state.period.end).curve
    return pictures.staying(curve) if curve else None


_SPECS = {"cohorts": _cohorts_spec, "funnel": _funnel_spec, "staying": _staying_spec}


def _may_list(user: Any) -> bool:
    """Whether the list of customers shows them who is behind a number."""
    return may_open(user, reverse("customers"), "editor") and not hidden_from(user)


def _state(request: HttpRequest, shop: Shop) -> PageState:
    return read_state(request, shop, usual=pictures.usual_period(shop))


def _cohorts(
    shop: Shop, asked: CohortsAsked, state: PageState
) -> tuple[CohortsAnswer | None, str | None]:
    period = state.period
    try:
        return shop.cohorts(
            asked.begin, asked.back, period.start, period.end, asked.every, mode=asked.mode,
            first=asked.first, revenue=asked.revenue,
        ), None  # fmt: skip
    except GernError as error:
        return None, said(error)


def _rows(found: CohortsAnswer, asked: CohortsAsked, state: PageState) -> list[ShownCohort]:
    about = {**asked.text, **days_text(state.period)}
    rows = []
    for one in found.cohorts[-MOST_COHORTS_SHOWN:]:
        cohort = {**about, "cohort": str(one.start)}
        cells = []
        for cell in one.cells:
            share = 100 * cell.n / one.size if one.size else None
            heat = min(4, int((share or 0) // 20) + 1) if cell.n else 0
            each = None if cell.revenue is None or not one.size else cell.revenue / one.size
            link = link_of("cohort", {**cohort, "k": str(cell.k)})
            cells.append(ShownCell(cell, share, heat, link, each))
        rows.append(
            ShownCohort(one, bucket_name(one.start, asked.every), link_of("cohort", cohort), cells)
        )
    return rows


def bucket_name(day: date, every: Granularity) -> str:
    """What a day, week, month … is called."""
    if every == "year":
        return f"{day:%Y}"
    if every == "quarter":
        return _("Q%(quarter)s %(year)s") % {"quarter": (day.month + 2) // 3, "year": day.year}
    if every == "month":
        return formats.month(day)
    if every == "week":
        return _("week of %(day)s") % {"day": formats.day(day)}
    return formats.day(day)


def _funnel_asked(request: HttpRequest, shop: Shop, state: PageState) -> FunnelAsked:
    given = request.GET.dict()
    return funnel_asked(given, () if "step1" in given else usual_steps(shop, state.period))


def _funnel(
    shop: Shop, asked: FunnelAsked, state: PageState
) -> tuple[FunnelAnswer | None, str | None]:
    if len(asked.steps) < 2:
        return None, None
    period = state.period
    try:
        return shop.funnel(
            asked.steps, period.start, period.end, window=asked.window, strict=asked.strict,
            without=asked.without or None,
        ), None  # fmt: skip
    except GernError as error:
        return None, said(error)


def _steps(found: FunnelAnswer, asked: FunnelAsked, state: PageState) -> list[ShownStep]:
    about, known = {**asked.text, **days_text(state.period)}, meanings()
    entered, shown = found.steps[0].n, []
    for i, one in enumerate(found.steps):
        before = found.steps[i - 1] if i else None
        after = found.steps[i + 1] if i + 1 < len(found.steps) else None
        shown.append(ShownStep(
            one, event_name(one.name, known), 100 * one.n / entered,
            100 * one.n / before.n if before and before.n else None,
            _took(one.median_seconds),
            one.n - after.n if after else None,
            link_of("funnel", {**about, "after": str(i + 1)}),
        ))  # fmt: skip
    return shown


def _took(seconds: float | None) -> str:
    """As people say it: from two days on in days."""
    if seconds is None:
        return ""
    days = seconds / 86_400
    return formats.duration(seconds / 3600) if days < 2 else _("%(n)s days") % {"n": formats.number(days, 1)}  # fmt: skip


def _worst(steps: list[ShownStep]) -> tuple[ShownStep, ShownStep] | None:
    """Between which two steps the largest share falls out."""
    pairs = [(a, b) for a, b in pairwise(steps) if b.of_before is not None]
    return min(pairs, key=lambda pair: pair[1].of_before or 0) if pairs else None


def _shown_survival(found: Survival) -> dict[str, Any]:
    if found.curve is None:
        return {}
    curves = dict(found.groups) or {"": found.curve}
    marks = [days for days in (30, 90, 180, 365, 730, 1095) if days <= found.curve.longest]
    rows = [
        (name, curve,
         [None if (s := curve.at(d)) is None else 100 * s for d in marks])
        for name, curve in curves.items()
    ]  # fmt: skip
    return {"marks": marks, "rows": rows, "spec": pictures.staying(found.curve)}
