"""The page of paths: which way they go."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from gern.core.errors import GernError
from gern.core.figures.periods import Period
from gern.core.patterns.paths import OTHER, Paths, Variant
from gern.core.shop import Shop
from gern.kit import formats
from gern.kit.access import allow
from gern.kit.errors import said
from gern.kit.exports import as_table
from gern.kit.meanings import event_name, meanings
from gern.kit.shop import current_shop
from gern.rooms.insights.patterns import sankey
from gern.rooms.insights.patterns.asked import (
    BYS,
    PathsAsked,
    names_seen,
    paths_asked,
    shown,
    state_of,
)

ANCHORS: dict[str, str | Promise] = {
    "": gettext_lazy("from the beginning of a visit"),
    "from": gettext_lazy("from this event on"),
    "to": gettext_lazy("up to this event"),
}
GAPS: dict[str, str | Promise] = {
    "": gettext_lazy("the pause that ends a visit"),
    "1d": gettext_lazy("a pause of a day"),
    "7d": gettext_lazy("a pause of 7 days"),
    "never": gettext_lazy("nothing"),
}
SHOWN, KINDS = 15, 15


@dataclass(frozen=True)
class Row:
    """Of the matrix: how often an event led to each other one, with its share in percent and how
    dark it is (0 to 4)."""

    name: str
    n: int
    cells: list[tuple[int, float, int]]


@allow("viewer", people=False)
@require_safe
def ways(request: HttpRequest) -> HttpResponse:
    """What people do one after the other."""
    shop = current_shop()
    state = state_of(request, shop)
    asked = paths_asked(request.GET.dict())
    found, problem = _paths(shop, asked, state.period)
    names = _names(shop, asked)
    context = {
        "state": state, "asked": asked, "problem": problem, "names": names, "bys": BYS.items(),
        "anchors": ANCHORS.items(), "gaps": GAPS.items(), "lengths": range(2, 11), "found": found,
        "section": "patterns", "page": "ways",
    }  # fmt: skip
    if found and found.trails:
        called = {**dict(names), OTHER: _("other events")}
        variants = [Variant(tuple(called.get(s, s) for s in v.steps), v.n) for v in found.variants]
        columns, rows = _matrix(Paths(found.trails, found.people, tuple(variants)))
        context |= {
            "sankey": sankey.drawn(variants, from_the_end=asked.anchor == "to"),
            "variants": [(v, 100 * v.n / found.trails) for v in variants[:SHOWN]],
            "more": max(0, len(variants) - SHOWN), "columns": columns, "rows": rows,
        }  # fmt: skip
    return shown(request, "insights/patterns_ways.html", context)


@allow("viewer", people=False)
@require_safe
def ways_export(request: HttpRequest, kind: str) -> HttpResponse:
    """All ways, as CSV or XLSX."""
    shop = current_shop()
    found, _problem = _paths(shop, paths_asked(request.GET.dict()), state_of(request, shop).period)
    rows = [
        [" → ".join(one.steps), len(one.steps), one.n, one.n / found.trails]
        for one in (found.variants if found else ())
    ]
    return as_table(kind, "paths", ["path", "events", "paths", "share"], rows)


def _paths(shop: Shop, asked: PathsAsked, period: Period) -> tuple[Paths | None, str | None]:
    if asked.anchor and not asked.event:
        return None, None
    try:
        return shop.paths(
            period.start, period.end, steps=asked.steps, kinds=KINDS,
            from_event=asked.event if asked.anchor == "from" else None,
            to_event=asked.event if asked.anchor == "to" else None,
            gap=None if asked.gap == "never" else asked.gap, by=asked.by,
        ), None  # fmt: skip
    except GernError as error:
        return None, said(error)


def _names(shop: Shop, asked: PathsAsked) -> list[tuple[str, str]]:
    """What can stand on a path, with what it is called."""
    if asked.by == "touchpoint":
        return [(point.key, formats.text(point.name)) for point in shop.journey().points]
    known = meanings()
    return [(name, event_name(name, known)) for name in names_seen(shop)]


def _matrix(found: Paths) -> tuple[list[str], list[Row]]:
    """The events by how often they take part, and from each to each."""
    hops = found.matrix()
    taking_part: Counter[str] = Counter()
    for (here, there), n in hops.items():
        taking_part[here] += n
        taking_part[there] += n
    names = [name for name, _n in sorted(taking_part.items(), key=lambda f: (-f[1], f[0]))]
    rows = []
    for here in names:
        sum_of = sum(hops.get((here, there), 0) for there in names)
        cells = []
        for there in names:
            n = hops.get((here, there), 0)
            share = 100 * n / sum_of if sum_of else 0.0
            cells.append((n, share, min(4, int(share // 20) + 1) if n else 0))
        rows.append(Row(here, sum_of, cells))
    return names, [row for row in rows if row.n]
