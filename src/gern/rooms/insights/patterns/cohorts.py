"""The page of cohorts: who comes back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from gern.core.conditions.nodes import Compare
from gern.core.errors import GernError
from gern.core.figures.asking import Granularity
from gern.core.figures.periods import Period
from gern.core.patterns.cohorts import Cell, Cohort, CohortsAnswer
from gern.core.shop import Shop
from gern.kit import formats
from gern.kit.access import allow, sees
from gern.kit.charts import Spec, trend_chart
from gern.kit.errors import said
from gern.kit.exports import as_table
from gern.kit.shop import current_shop
from gern.rooms.insights.patterns.asked import (
    EVERY,
    FIRSTS,
    MODES,
    CohortsAsked,
    builder,
    cohorts_asked,
    days_text,
    link_of,
    may_list,
    shown,
    state_of,
)
from gern.rooms.insights.patterns.picks import Slot, check_may_ask

MOST_COHORTS_SHOWN = 60


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


@allow("viewer", people=False)
@require_safe
def cohorts(request: HttpRequest) -> HttpResponse:
    """Of those who began in a month, how many came back in the months after it."""
    shop = current_shop()
    state = state_of(request, shop)
    check_may_ask(request.user, request.GET.dict())
    asked = cohorts_asked(request.GET.dict(), revenue=sees(request.user, "revenue"))
    found, problem = _cohorts(shop, asked, state.period)
    context = {
        "state": state, "asked": asked, "problem": problem,
        "begin": Slot("begin", _("They begin with"), asked.begin),
        "back": Slot("back", _("and come back with"), asked.back), "modes": MODES.items(), "firsts": FIRSTS.items(),
        "every": EVERY.items(), "found": found, "section": "patterns", "page": "patterns",
        "may_list": may_list(request.user), "sees_revenue": sees(request.user, "revenue"),
        "said_values": _values(shop, asked.trait), **builder(shop, request.user),
    }  # fmt: skip
    if found and any(one.size for one in found.cohorts):
        rows = _rows(found, asked, state.period)
        longest = max(len(row.cells) for row in rows)
        context |= {
            "rows": rows,
            "means": [(float(100 * m.share), float(100 * m.median)) for m in found.means()[:longest]],
            "steps": range(longest), "spec": _means(found, asked.every),
            "cut_off": max(0, len(found.cohorts) - MOST_COHORTS_SHOWN),
        }  # fmt: skip
    return shown(request, "insights/patterns_cohorts.html", context)


@allow("viewer", people=False)
@require_safe
def cohorts_export(request: HttpRequest, kind: str) -> HttpResponse:
    """All cells, as CSV or XLSX."""
    shop = current_shop()
    check_may_ask(request.user, request.GET.dict())
    state = state_of(request, shop)
    asked = cohorts_asked(request.GET.dict(), revenue=sees(request.user, "revenue"))
    found, problem = _cohorts(shop, asked, state.period)
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


def _values(shop: Shop, trait: str) -> list[str]:
    """What was said of people by this trait, to choose from."""
    if not trait:
        return []
    whole, told = shop.whole_period(), Compare("kind", "is", "identify")
    try:
        return shop.values_seen(told, f"properties.{trait}", whole.start, whole.end)
    except GernError:
        return []


def cohorts_spec(query: Mapping[str, str], shop: Shop, period: Period) -> Spec | None:
    """The picture of the page; None: there is nothing to draw."""
    asked = cohorts_asked(query, revenue=False)
    found, _problem = _cohorts(shop, asked, period)
    return _means(found, asked.every) if found and len(found.means()) > 1 else None


def _cohorts(
    shop: Shop, asked: CohortsAsked, period: Period
) -> tuple[CohortsAnswer | None, str | None]:
    try:
        return shop.cohorts(
            asked.begin.step, asked.back.step, period.start, period.end, asked.every,
            mode=asked.mode, first=asked.first, revenue=asked.revenue, trait=asked.of_trait,
        ), None  # fmt: skip
    except GernError as error:
        return None, said(error)


def _rows(found: CohortsAnswer, asked: CohortsAsked, period: Period) -> list[ShownCohort]:
    about = {**asked.text, **days_text(period)}
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


def _means(found: CohortsAnswer, every: str) -> Spec:
    """The mean share that came back, by step after their own."""
    points = [
        {"label": str(one.k), "period": _("step %(k)s (%(every)s)") % {"k": one.k, "every": EVERY[every]},
         "value": float(100 * one.share), "shown": formats.value_of(float(100 * one.share), "percent")}
        for one in found.means()[1:]
    ]  # fmt: skip
    return trend_chart(points, "percent", _("came back"))
