"""The page of funnels: where they fall out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from gern.core.errors import GernError
from gern.core.figures.periods import Period
from gern.core.patterns.funnel import FEWEST, MOST, FunnelAnswer, Reached
from gern.core.shop import Shop
from gern.kit import formats
from gern.kit.access import allow
from gern.kit.charts import Spec, bars_chart, trend_chart
from gern.kit.errors import said
from gern.kit.exports import as_table
from gern.kit.meanings import event_name, meanings
from gern.kit.shop import current_shop
from gern.rooms.insights.patterns.asked import (
    WINDOWS,
    FunnelAsked,
    builder,
    days_text,
    funnel_asked,
    is_built,
    link_of,
    may_list,
    shown,
    state_of,
    usual_steps,
)
from gern.rooms.insights.patterns.cohorts import bucket_name
from gern.rooms.insights.patterns.picks import Pick, Slot, check_may_ask
from gern.rooms.insights.state import STEPS


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
    check_may_ask(request.user, request.GET.dict())
    asked = _asked(request.GET.dict(), shop, state.period)
    found, problem = _funnel(shop, asked, state.period)
    context = {
        "state": state, "asked": asked, "problem": problem, "windows": WINDOWS.items(),
        "every": STEPS.items(), "found": found, "section": "patterns", "page": "funnel",
        "slots": _slots(asked), "without": Slot("without", _("Without this event in between"), asked.without),
        "may_list": may_list(request.user), **builder(shop, request.user),
    }  # fmt: skip
    if found and found.steps[0].n:
        steps = _steps(found, asked, state.period)
        context |= {"steps": steps, "spec": _bars(steps), "worst": _worst(steps)}
        context |= {"groups": _groups(found), "over_time": _over_time(found, asked)}
        context |= _why(shop, asked, state.period, steps)
    return shown(request, "insights/patterns_funnel.html", context)


@allow("viewer", people=False)
@require_safe
def funnel_export(request: HttpRequest, kind: str) -> HttpResponse:
    """The steps, as CSV or XLSX."""
    shop = current_shop()
    check_may_ask(request.user, request.GET.dict())
    state = state_of(request, shop)
    found, problem = _funnel(shop, _asked(request.GET.dict(), shop, state.period), state.period)
    head = ["by", "group", "step", "people", "median_seconds", "median_seconds_from_start"]
    if found is None or problem:
        return as_table(kind, "funnel", head, [])
    rows: list[list[Any]] = [
        ["", "", one.name, one.n, one.median_seconds, one.median_from_start] for one in found.steps
    ]
    parts = [("group", name, n) for name, n in found.groups.items()]
    parts += [("time", str(day), n) for day, n in found.over_time.items()]
    for by, name, numbers in parts:
        rows += [[by, name, one.name, n, None, None]
                 for one, n in zip(found.steps, numbers, strict=True)]  # fmt: skip
    return as_table(kind, "funnel", head, rows)


def funnel_spec(query: Mapping[str, str], shop: Shop, period: Period) -> Spec | None:
    """The picture of the page; None: there is nothing to draw."""
    asked = _asked(query, shop, period)
    found, _problem = _funnel(shop, asked, period)
    return _bars(_steps(found, asked, period)) if found and found.steps[0].n else None


def _asked(query: Mapping[str, str], shop: Shop, period: Period) -> FunnelAsked:
    return funnel_asked(query, () if is_built(query) else usual_steps(shop, period))


def _funnel(
    shop: Shop, asked: FunnelAsked, period: Period
) -> tuple[FunnelAnswer | None, str | None]:
    if len(asked.steps) < FEWEST:
        return None, None
    try:
        return shop.funnel(
            start=period.start, end=period.end, by=asked.by or None, every=asked.every,
            **asked.question,
        ), None  # fmt: skip
    except GernError as error:
        return None, said(error)


def _steps(found: FunnelAnswer, asked: FunnelAsked, period: Period) -> list[ShownStep]:
    about, known = {**asked.text, **days_text(period)}, meanings()
    entered, rows = found.steps[0].n, []
    for i, one in enumerate(found.steps):
        before = found.steps[i - 1] if i else None
        after = found.steps[i + 1] if i + 1 < len(found.steps) else None
        rows.append(ShownStep(
            one, asked.steps[i].called(known), 100 * one.n / entered,
            100 * one.n / before.n if before and before.n else None,
            took(one.median_seconds),
            one.n - after.n if after else None,
            link_of("funnel", {**about, "after": str(i + 1)}),
        ))  # fmt: skip
    return rows


def _why(shop: Shop, asked: FunnelAsked, period: Period, steps: list[ShownStep]) -> dict[str, Any]:
    """What those did next who fell out at the worst place, and the obstacles they met."""
    worst = _worst(steps)
    if worst is None or not worst[0].fell_out:
        return {}
    found = shop.falling(
        start=period.start, end=period.end, after=steps.index(worst[0]) + 1, **asked.question
    )
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


def _slots(asked: FunnelAsked) -> list[Slot]:
    """The fields of the form: three at least, and an empty one at the end."""
    empty = [Pick("")] * max(1, 3 - len(asked.steps))
    return [
        Slot(f"step{i}", _("Step %(i)s") % {"i": i}, one)
        for i, one in enumerate([*asked.steps, *empty], start=1)
    ][:MOST]


def _groups(found: FunnelAnswer) -> list[tuple[str, list[tuple[int, float | None]]]]:
    """By group: people at each step, with their share of those who entered in percent."""
    return [(name, _shares(n)) for name, n in found.groups.items()]


def _over_time(found: FunnelAnswer, asked: FunnelAsked) -> dict[str, Any]:
    """The same by when they entered, with a picture of the share that came through."""
    if not found.over_time or asked.every is None:
        return {}
    rows = [
        (bucket_name(day, asked.every), _shares(n)) for day, n in sorted(found.over_time.items())
    ]
    points = [
        {"label": name, "period": name, "value": numbers[-1][1],
         "shown": formats.value_of(numbers[-1][1], "percent")}
        for name, numbers in rows
    ]  # fmt: skip
    spec = trend_chart(points, "percent", _("came through")) if len(points) > 1 else None
    return {"rows": rows, "spec": spec}


def _shares(numbers: Sequence[int]) -> list[tuple[int, float | None]]:
    return [(n, 100 * n / numbers[0] if numbers[0] else None) for n in numbers]


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
