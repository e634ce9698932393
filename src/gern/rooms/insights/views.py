"""Pages of the briefing and the figures. Thin: read the state, ask the library, render."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from gern.core.errors import BadInput
from gern.core.figures.answer import Answer
from gern.core.figures.asking import TRAIT, Granularity
from gern.core.figures.definition import Figure
from gern.core.figures.explained import explained
from gern.core.figures.periods import Period
from gern.core.shop import Shop
from gern.kit.access import allow, hidden_from, may_open
from gern.kit.charts import Spec
from gern.kit.errors import said
from gern.kit.exports import as_drawn, as_table
from gern.kit.handing_out import handed_out
from gern.kit.shop import current_shop
from gern.rooms.insights import briefing as sentences
from gern.rooms.insights import news, pictures, queries, tables
from gern.rooms.insights.access import dimensions, may_see, sees_people
from gern.rooms.insights.changes import changes
from gern.rooms.insights.dashboards import content
from gern.rooms.insights.models import Band, Target
from gern.rooms.insights.predict import briefed as predicted
from gern.rooms.insights.state import STEPS, PageState, presets, read_state
from gern.rooms.insights.targets.progress import all_progress
from gern.rooms.insights.watching.sentences import all_said, one_message
from gern.rooms.insights.watching.services import is_watched, notes_of, open_alarms

AT_ONCE, WHOLE = 1.0, 3600.0
"""Seconds the figures page computes before it leaves the rest to be fetched."""


@allow("viewer")
@require_safe
def briefing(request: HttpRequest) -> HttpResponse:
    """What matters today."""
    shop = current_shop()
    if shop.span() is None:
        return render(request, "insights/welcome.html")
    facts = queries.briefing(shop)
    request.told_here = (reverse("alarms"),)  # type: ignore[attr-defined]
    sees = partial(may_see, request.user)
    alarms = all_said(shop, open_alarms()[:40], sees)
    behind = [p for p in all_progress(shop, sees) if p.light in ("behind", "missed")]
    more = [news.alarm_finding(one_message(alarms)), news.target_finding(behind)]
    if may_open(request.user, reverse("risk"), "editor"):
        more += predicted.found(shop)
    found = sentences.findings(facts, sees_people(request.user), more)
    context = {"findings": found, "period": facts.period, "whole": "whole" in request.GET}
    return render(
        request, "insights/briefing.html", context | _changed(request, shop, facts.period)
    )


@allow("viewer")
@require_safe
def briefing_changes(request: HttpRequest) -> HttpResponse:
    """What has changed over all figures: the part of the briefing that takes longer."""
    shop = current_shop()
    if shop.span() is None:
        return HttpResponse()
    context = _changed(request, shop, shop.usual_period(), now=True)
    return render(request, "insights/briefing_changes.html", context)


@allow("viewer")
@require_safe
def figures(request: HttpRequest) -> HttpResponse:
    """Every figure with trend and comparison. What takes longer is fetched by the page, tile by tile
    (without JavaScript: ``?whole``)."""
    shop = current_shop()
    if shop.span() is None:
        return render(request, "insights/welcome.html")
    state = read_state(request, shop)
    seen = [figure for figure in queries.ready(shop) if may_see(request.user, figure)]
    context = {
        "state": state,
        "families": queries.families(
            shop, state.period, seen, WHOLE if "whole" in request.GET else AT_ONCE
        ),
        "missing": queries.missing(shop),
        "presets": presets(shop, state.period),
    }
    return render(request, "insights/figures.html", context)


@allow("viewer")
@require_safe
def figure_tile(request: HttpRequest, id: str) -> HttpResponse:
    """One tile of that page."""
    shop, definition = current_shop(), figure_seen(request, id)
    found = queries.tile(shop, definition, read_state(request, shop).period)
    return render(request, "insights/tile.html", {"tile": found})


@allow("viewer")
@require_safe
def figure(request: HttpRequest, id: str) -> HttpResponse:
    """One figure: number, trend, parts, breakdown, explanation."""
    shop, definition = current_shop(), figure_seen(request, id)
    state = read_state(request, shop)
    by = broken_by(request, definition, state)
    tile = queries.tile(shop, definition, state.period)
    answer, few = _answer_for(request, definition, state, by)
    shown = _development(shop, answer, state)
    context = {
        "state": state,
        "by": by,
        "figure": definition,
        "answer": answer,
        "tile": tile,
        "presets": presets(shop, state.period),
        "trend": shown.spec,
        "points": shown.rows,
        "every": shown.every,
        "problem": shown.problem,
        "steps": STEPS.items(),
        "facts": explained(definition, shop.terms()),
        "waits_for": shop.waits_for(definition),
        "few": few,
        "bars": pictures.bars(answer) if by else None,
        "parts": [(part, answer.parts[part.id]) for part in definition.parts],
        "dimensions": [
            (id, tables.dimension_name(id)) for id in dimensions(request.user, definition)
        ],
        "shown_groups": answer.groups[:200],
        "time_notes": notes_of(definition),
        "band": Band.objects.filter(figure=definition.id).first(),
        "watched": is_watched(definition),
        "targets": Target.objects.filter(figure=definition.id),
        "section": "figures",
    }
    return render(request, "insights/figure.html", context)


@allow("viewer")
@require_safe
def figure_export(request: HttpRequest, id: str, kind: str) -> HttpResponse:
    """The figure, its parts, groups and trend as CSV or XLSX. Groups by what was said of people can
    name them: then it counts as a file about them."""
    shop, definition = current_shop(), figure_seen(request, id)
    state = read_state(request, shop)
    by = broken_by(request, definition, state)
    answer, _few = _answer_for(request, definition, state, by)
    shown = _development(shop, answer, state)
    if by and by.startswith(TRAIT):
        found = shop.people(definition.id, state.period.start, state.period.end, limit=None)
        handed_out(request, f"{id}.{kind}", [row.person for row in found.rows])
    return as_table(kind, id, *tables.figure_table(answer, shown.found))


@allow("viewer")
@require_safe
def figure_chart(request: HttpRequest, id: str, kind: str) -> HttpResponse:
    """The trend, or the breakdown, as SVG or PNG."""
    shop, definition = current_shop(), figure_seen(request, id)
    state = read_state(request, shop)
    if by := broken_by(request, definition, state):
        spec = pictures.bars(queries.answer(shop, definition, state.period, by))
    else:
        answer = queries.answer(shop, definition, state.period, None)
        spec = _development(shop, answer, state).spec
    return as_drawn(kind, id, spec)


def _changed(
    request: HttpRequest, shop: Shop, period: Period, *, now: bool = False
) -> dict[str, Any]:
    """Changes, if they are asked for now (without JavaScript: ``?whole``)."""
    if not now and "whole" not in request.GET:
        return {}
    people = sees_people(request.user)
    found = changes(shop, period)
    seen = [change for change in found.found if may_see(request.user, change.figure)]
    return {
        "changes": [news.change_finding(change, people) for change in seen],
        "nothing": "" if seen else news.nothing_unusual(found.looked),
    }


def figure_seen(request: HttpRequest, id: str) -> Figure:
    """The figure, if there is one and this reader may see it; else 404."""
    try:
        found = current_shop().figure_named(id)
    except BadInput as error:
        raise Http404 from error
    if not may_see(request.user, found):
        raise Http404
    return found


def broken_by(request: HttpRequest, definition: Figure, state: PageState) -> str | None:
    """The breakdown asked for, if there is one for this reader."""
    return state.by if state.by in dimensions(request.user, definition) else None


def _answer_for(
    request: HttpRequest, definition: Figure, state: PageState, by: str | None
) -> tuple[Answer, str]:
    """(the answer, what was left out of it): somebody from whom it is hidden what single customers
    spend sees no group of a few of them."""
    answer = queries.answer(current_shop(), definition, state.period, by)
    left = content.hidden(answer.groups) if "revenue" in hidden_from(request.user) else set()
    groups = [group for n, group in enumerate(answer.groups) if n not in left]
    return replace(answer, groups=groups), content.too_few() if left else ""


@dataclass(frozen=True)
class Shown:
    """A development as the page shows it. ``every``: its step of time, None: periods of the same
    length; ``problem``: what was asked for in vain."""

    spec: Spec
    rows: list[dict[str, Any]]
    found: queries.Development
    every: Granularity | None
    problem: str | None


def _development(shop: Shop, answer: Answer, state: PageState) -> Shown:
    figure, problem = answer.figure, None
    notes = notes_of(figure)
    every = state.every or (None if state.by_periods else queries.usual_step(figure, state.period))
    if every:
        try:
            points = queries.points(shop, figure, state.period, every)
            band = Band.objects.filter(figure=figure.id, step=every).first()
            ends = (band.low, band.high) if band else None
            spec = pictures.series(points, answer, band=ends, notes=notes)
            return Shown(spec, pictures.series_points(points, answer.unit), [*points], every, None)
        except BadInput as error:
            problem = said(error)
    found = queries.trend(shop, figure, state.period)
    spec = pictures.trend(found, answer, notes=notes)
    return Shown(spec, pictures.trend_points(found), found, None, problem)
