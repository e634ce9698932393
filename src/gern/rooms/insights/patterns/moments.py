"""The page of moments that matter: what touchpoints do for a goal."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from gern.core.collect.defaults import Meaning
from gern.core.errors import GernError
from gern.core.figures.periods import Period
from gern.core.patterns.attribution import MODELS, SURE, Attribution, Estimate, Model, Moment
from gern.core.shop import Shop
from gern.kit import formats
from gern.kit.access import allow
from gern.kit.charts import Spec, bars_chart
from gern.kit.errors import said
from gern.kit.exports import as_table
from gern.kit.meanings import event_name, meanings
from gern.kit.shop import current_shop
from gern.rooms.insights.patterns.asked import (
    BYS,
    WHICH,
    WINDOWS,
    MomentsAsked,
    builder,
    days_text,
    link_of,
    may_list,
    moments_asked,
    names_seen,
    shown,
    state_of,
)
from gern.rooms.insights.patterns.picks import Slot, check_may_ask

MODEL_NAMES: dict[Model, str | Promise] = {
    "markov": gettext_lazy("by what fails without it"),
    "first": gettext_lazy("all to the first contact"),
    "last": gettext_lazy("all to the last contact"),
    "linear": gettext_lazy("equally to all contacts"),
    "position": gettext_lazy("40 % first, 40 % last, the rest between"),
    "decay": gettext_lazy("the later the more"),
}


@dataclass(frozen=True)
class ShownMoment:
    """A row of the table. ``more``: its difference is more than chance; None: nobody can say.
    ``given``: the goals by each rule, in the order of the columns."""

    moment: Moment
    name: str
    rate: float | None
    rate_without: float | None
    more: bool | None
    removal: float
    credit: Estimate
    given: list[float]
    link: str
    lost_link: str


@allow("viewer", people=False)
@require_safe
def moments(request: HttpRequest) -> HttpResponse:
    """Which contacts stand before a goal, and what differs with and without them."""
    shop = current_shop()
    state = state_of(request, shop)
    check_may_ask(request.user, request.GET.dict())
    asked = moments_asked(request.GET.dict())
    found, problem = _found(shop, asked, state.period)
    context = {
        "state": state, "asked": asked, "problem": problem, "goal": Slot("goal", _("Goal"), asked.goal),
        "windows": WINDOWS.items(), "which": WHICH.items(), "bys": BYS.items(), "models": MODEL_NAMES.items(),
        "unknown": bool(asked.goal.name) and asked.goal.name not in names_seen(shop), "found": found, "section": "patterns", "page": "moments",
        "may_list": may_list(request.user), **builder(shop, request.user),
    }  # fmt: skip
    if found and found.conversions and found.moments:
        rows = _rows(found, asked, state.period)
        sure = [row for row in rows if row.more and _difference(row) > 0 and row.rate != 100]
        context |= {
            "rows": rows, "spec": _bars(rows, asked), "model": MODEL_NAMES[asked.model],
            "best": max(sure, key=_difference, default=None), "columns": MODEL_NAMES.values(),
        }  # fmt: skip
    return shown(request, "insights/patterns_moments.html", context)


@allow("viewer", people=False)
@require_safe
def moments_export(request: HttpRequest, kind: str) -> HttpResponse:
    """All rules and intervals, as CSV or XLSX."""
    shop = current_shop()
    check_may_ask(request.user, request.GET.dict())
    asked, known = moments_asked(request.GET.dict()), meanings()
    found, _problem = _found(shop, asked, state_of(request, shop).period)
    head = ["key", "touchpoint", "goals_with", "lost_journeys_with", "rate", "rate_without", "p",
            "removal", "removal_low", "removal_high",
            *(f"{model}{end}" for model in MODELS for end in ("", "_low", "_high"))]  # fmt: skip
    rows = [
        [one.point.key, _name(one, asked, known), one.reached, one.lost, one.rate, one.rate_without, one.p,
         *_ends(one.removal), *(x for model in MODELS for x in _ends(one.credits[model]))]
        for one in (found.moments if found else ())
    ]  # fmt: skip
    return as_table(kind, "moments", head, rows)


def moments_spec(query: Mapping[str, str], shop: Shop, period: Period) -> Spec | None:
    """The picture of the page; None: there is nothing to draw."""
    asked = moments_asked(query)
    found, _problem = _found(shop, asked, period)
    return _bars(_rows(found, asked, period), asked) if found and found.moments else None


def _found(
    shop: Shop, asked: MomentsAsked, period: Period
) -> tuple[Attribution | None, str | None]:
    try:
        return shop.attribution(
            period.start,
            period.end,
            goal=asked.goal.step,
            look_back=asked.look_back,
            which=asked.which,
            by=asked.by,
        ), None
    except GernError as error:
        return None, said(error)


def _rows(found: Attribution, asked: MomentsAsked, period: Period) -> list[ShownMoment]:
    about, known = {**asked.text, **days_text(period)}, meanings()
    rows = []
    for one in found.moments:
        link = {**about, "touchpoint": one.point.key}
        rows.append(ShownMoment(
            one, _name(one, asked, known), _percent(one.rate), _percent(one.rate_without),
            None if one.p is None else one.p < SURE, 100 * one.removal.value,
            one.credits[asked.model], [one.credits[model].value for model in MODEL_NAMES],
            link_of("moment", link), link_of("moment", {**link, "lost": "1"}),
        ))  # fmt: skip
    return sorted(rows, key=lambda row: (-row.credit.value, -row.moment.reached, row.name))


def _difference(row: ShownMoment) -> float:
    return (row.rate or 0) - (row.rate_without or 0)


def _percent(rate: float | None) -> float | None:
    return None if rate is None else 100 * rate


def _name(one: Moment, asked: MomentsAsked, known: Mapping[str, Meaning]) -> str:
    return event_name(one.point.key, known) if asked.by == "event" else formats.text(one.point.name)


def _ends(one: Estimate) -> tuple[float, float | None, float | None]:
    return one.value, one.low, one.high


def _bars(rows: list[ShownMoment], asked: MomentsAsked) -> Spec:
    """The goals, shared out by the rule that is asked for."""

    def text(value: float) -> str:
        return formats.number(value, 1)

    drawn = []
    for row in rows:
        c = row.credit
        interval = "" if c.low is None or c.high is None else f"{text(c.low)} – {text(c.high)}"
        drawn.append({"group": row.name, "value": c.value, "low": c.low, "high": c.high,
                      "shown": text(c.value), "interval": interval})  # fmt: skip
    return bars_chart(drawn, "count", _("goals"))
