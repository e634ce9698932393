"""The state of a page, read from its address: period, breakdown, part, search, page."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from django.http import HttpRequest
from django.utils.functional import Promise
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from gern.core.errors import BadInput
from gern.core.figures.asking import GRANULARITIES, Granularity
from gern.core.figures.people import SORTS
from gern.core.figures.periods import Period, add_months, parse_day
from gern.core.shop import Shop

PAGE_ROWS = 50
STEPS: dict[str, str | Promise] = {
    "day": gettext_lazy("by day"), "week": gettext_lazy("by week"),
    "month": gettext_lazy("by month"), "quarter": gettext_lazy("by quarter"),
    "year": gettext_lazy("by year"),
}  # fmt: skip
"""Steps of time as they are said."""


@dataclass(frozen=True)
class Preset:
    """A period one can pick. ``chosen``: it is the one on show."""

    label: str
    start: date
    end: date
    chosen: bool

    @property
    def last(self) -> date:
        """Its last day."""
        return self.end - timedelta(days=1)


@dataclass(frozen=True)
class PageState:
    """What the address says; ``problem`` says, in the reader's words, what it says wrongly."""

    period: Period
    by: str | None
    part: str | None
    group: str | None
    every: Granularity | None
    by_periods: bool
    search: str
    sort: str
    page: int
    problem: str | None

    @property
    def offset(self) -> int:
        """Rows before this page."""
        return (self.page - 1) * PAGE_ROWS


def read_state(request: HttpRequest, shop: Shop, usual: Period | None = None) -> PageState:
    """Unknown or wrong values fall back to the usual ones and are reported, never an error page.

    In the address ``to`` is the last day that counts, as people say it.
    """
    usual = usual or shop.usual_period()
    period, problem = usual, None
    query = request.GET
    try:
        if query.get("from") or query.get("to"):
            start = parse_day(query["from"], "from") if query.get("from") else usual.start
            last = parse_day(query["to"], "to") if query.get("to") else usual.last_day
            period = shop.period(start, last + timedelta(days=1))
    except (BadInput, OverflowError) as error:
        german = (get_language() or "").startswith("de")
        text = error.german if isinstance(error, BadInput) and german else str(error)
        problem = _("%(problem)s The usual period is shown instead.") % {"problem": text}
    number = query.get("page", "1")
    return PageState(
        period=period,
        by=query.get("by") or None,
        part=query.get("part") or None,
        group=query.get("group"),
        every=next((step for step in GRANULARITIES if step == query.get("every")), None),
        by_periods=query.get("every") == "periods",
        search=query.get("search", "").strip()[:200],
        sort=query["sort"] if query.get("sort") in SORTS else "revenue",
        page=int(number) if number.isdecimal() and 0 < int(number) < 1_000_000 else 1,
        problem=problem,
    )


def presets(shop: Shop, period: Period) -> list[Preset]:
    """Periods people ask for, up to today (or to the end of old data)."""
    today = shop.today()
    this_month = today.replace(day=1)
    choices = [
        (_("30 days"), today - timedelta(days=30), today),
        (_("3 months"), add_months(today, -3), today),
        (_("6 months"), add_months(today, -6), today),
        (_("12 months"), add_months(today, -12), today),
        (_("24 months"), add_months(today, -24), today),
        (_("Last month"), add_months(this_month, -1), this_month),
        (_("This year"), today.replace(month=1, day=1), today),
    ]
    return [
        Preset(label, start, end, (start, end) == (period.start, period.end))
        for label, start, end in choices
        if start < end
    ]
