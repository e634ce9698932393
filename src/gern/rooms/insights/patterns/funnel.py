"""The page of funnels: where they fall out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from gern.core.errors import GernError
from gern.core.figures.periods import Period
from gern.core.patterns.funnel import FEWEST, MOST, FunnelAnswer, Reached
from gern.core.shop import Shop
from gern.kit import formats
from gern.kit.access import allow
from gern.kit.charts import Spec, bars_chart
from gern.kit.errors import said
from gern.kit.exports import as_table
from gern.kit.meanings import event_name, meanings
from gern.kit.shop import current_shop
from gern.rooms.insights.patterns.asked import (
    WINDOWS,
    FunnelAsked,
    days_text,
    funnel_asked,
    link_of,
    may_list,
    named,
    names_seen,
    state_of,
    usual_steps,
)


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
def funnel(request: HttpRequest) -> HttpResponse:
    """How many take one step after the other, and where they fall out."""
    shop = current_shop()
    state = state_of(request, shop)
    asked = _asked(request.GET.dict(), shop, state.period)
    found, problem = _funnel(shop, asked, state.period)
    context = {
        "state": state, "asked": asked, "problem": problem,
        "names": named(names_seen(shop)), "windows": WINDOWS.items(), "found": found, "section": "patterns",
        "page": "funnel", "slots": _slots(asked),
        "may_list": may_list(request.user),
    }  # fmt: skip
    if found and found.steps[0].n:
        steps = _steps(found, asked, state.period)
        context |= {"steps": steps, "spec": _bars(steps), "worst": _worst(steps)}
        context |= _why(shop, asked, state.period, steps)
    return render(request, "insights/patterns_funnel.html", context, status=422 if problem else 200)


@allow("viewer", people=False)
@require_safe
def funnel_export(request: HttpRequest, kind: str) -> HttpResponse:
    """The steps, as CSV or XLSX."""
    shop = current_shop()
    state = state_of(request, shop)
    found, problem = _funnel(shop, _asked(request.GET.dict(), shop, state.period), state.period)
    head = ["step", "people", "median_seconds", "median_seconds_from_start"]
    rows = [
        [one.name, one.n, one.median_seconds, one.median_from_start]
        for one in (found.steps if found and not problem else ())
    ]
    return as_table(kind, "funnel", head, rows)


def funnel_spec(query: Mapping[str, str], shop: Shop, period: Period) -> Spec | None:
    """The picture of the page; None: there is nothing to draw."""
    asked = _asked(query, shop, period)
    found, _problem = _funnel(shop, asked, period)
    return _bars(_steps(found, asked, period)) if found and found.steps[0].n else None


def _asked(query: Mapping[str, str], shop: Shop, period: Period) -> FunnelAsked:
    return funnel_asked(query, () if "step1" in query else usual_steps(shop, period))


def _funnel(
    shop: Shop, asked: FunnelAsked, period: Period
) -> tuple[FunnelAnswer | None, str | None]:
    if len(asked.steps) < FEWEST:
        return None, None
    try:
        return shop.funnel(
            asked.steps, period.start, period.end, window=asked.window, strict=asked.strict,
            without=asked.without or None,
        ), None  # fmt: skip
    except GernError as error:
        return None, said(error)


def _steps(found: FunnelAnswer, asked: FunnelAsked, period: Period) -> list[ShownStep]:
    about, known = {**asked.text, **days_text(period)}, meanings()
    entered, shown = found.steps[0].n, []
    for i, one in enumerate(found.steps):
        before = found.steps[i - 1] if i else None
        after = found.steps[i + 1] if i + 1 < len(found.steps) else None
        shown.append(ShownStep(
            one, event_name(one.name, known), 100 * one.n / entered,
            100 * one.n / before.n if before and before.n else None,
            took(one.median_seconds),
            one.n - after.n if after else None,
            link_of("funnel", {**about, "after": str(i + 1)}),
        ))  # fmt: skip
    return shown


def _why(shop: Shop, asked: FunnelAsked, period: Period, steps: list[ShownStep]) -> dict[str, Any]:
    """What those did next who fell out at the worst place, and the obstacles they met."""
    worst = _worst(steps)
    if worst is None or not worst[0].fell_out:
        return {}
    found = shop.falling(
        asked.steps, period.start, period.end, steps.index(worst[0]) + 1, window=asked.window,
        strict=asked.strict, without=asked.without or None,
    )  # fmt: skip
    known = meanings()
    followed = [
        (event_name(name, known), n, 100 * n / found.fell_out) for name, n in found.followed
    ]
    return {
        "followed": followed, "nothing": (found.nothing, 100 * found.nothing / found.fell_out),
        "obstacles": [
            (event_name(one.name, known), one.fell_out, 100 * one.fell_out / found.fell_out,
             100 * one.went_on / found.went_on if found.went_on else None)
            for one in found.obstacles
        ],
    }  # fmt: skip


def _slots(asked: FunnelAsked) -> list[tuple[int, str]]:
    """The fields of the form: three at least, and an empty one at the end."""
    empty = [""] * max(1, 3 - len(asked.steps))
    return [*enumerate([*asked.steps, *empty], start=1)][:MOST]


def took(seconds: float | None) -> str:
    """As people say it: from two days on in days."""
    if seconds is None:
        return ""
    days = seconds / 86_400
    return formats.duration(seconds / 3600) if days < 2 else _("%(n)s days") % {"n": formats.number(days, 1)}  # fmt: skip


def _worst(steps: list[ShownStep]) -> tuple[ShownStep, ShownStep] | None:
    """Between which two steps the largest share falls out."""
    pairs = [(a, b) for a, b in pairwise(steps) if b.of_before is not None]
    return min(pairs, key=lambda pair: pair[1].of_before or 0) if pairs else None


def _bars(steps: Sequence[ShownStep]) -> Spec:
    """How many of those who entered came as far."""
    rows = [
        {"group": f"{i}. {one.label}", "value": one.share, "low": None, "high": None,
         "shown": f"{formats.value_of(one.share, 'percent')} ({formats.number(one.reached.n)})"}
        for i, one in enumerate(steps, start=1)
    ]  # fmt: skip
    return bars_chart(rows, "percent", _("came as far"))
