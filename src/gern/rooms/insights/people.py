"""Pages of the people behind the figures; for who may see people."""

from __future__ import annotations

from functools import partial

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from gern.core.figures.definition import Figure
from gern.core.figures.people import People
from gern.core.people.listing import Filter
from gern.core.shop import Shop
from gern.kit.access import allow
from gern.kit.exports import as_table
from gern.kit.handing_out import handed_out
from gern.kit.shop import current_shop
from gern.rooms.insights import tables
from gern.rooms.insights.state import PAGE_ROWS, read_state
from gern.rooms.insights.views import broken_by, figure_seen


@allow("editor", shows=("revenue",))
@require_safe
def people(request: HttpRequest, id: str) -> HttpResponse:
    """The customers behind a figure or one of its parts."""
    definition = figure_seen(request, id)
    found, context = _people(request, definition)
    context["pages"] = max(1, -(-found.total // PAGE_ROWS))
    template = "insights/people_rows.html" if request.htmx else "insights/people.html"  # type: ignore[attr-defined]
    return render(request, template, context)


@allow("editor", shows=("revenue",))
@require_safe
def people_export(request: HttpRequest, id: str, kind: str) -> HttpResponse:
    """All of them, as CSV or XLSX."""
    found, _context = _people(request, figure_seen(request, id), all_rows=True)
    handed_out(request, f"{id}-people.{kind}", [row.person for row in found.rows])
    return as_table(kind, f"{id}-people", *tables.people_table(found, current_shop()))


@allow("editor", shows=("revenue",))
@require_safe
def leaving(request: HttpRequest) -> HttpResponse:
    """Customers about to leave, most valuable first."""
    shop = current_shop()
    state = read_state(request, shop)
    day = shop.today()
    found = shop.people_leaving(
        day, search=state.search, sort=state.sort, limit=PAGE_ROWS, offset=state.offset
    )
    among = Filter(among=tuple(person.person for person in found.rows))
    rows = shop.customers(
        among, columns=("name", "phone", "email", "rhythm_days", "due"), limit=None
    ).rows
    known = {
        row["person"]: {**row, "late": (day - row["due"]).days if row["due"] else None}
        for row in rows
    }
    context = {
        "state": state,
        "found": found,
        "people": [(person, known.get(person.person)) for person in found.rows],
        "today": day,
        "pages": max(1, -(-found.total // PAGE_ROWS)),
        "leaving": shop.leaving(day),
        "window_days": shop.window_days,
        "origin": "leaving",
        "section": "briefing",
    }
    template = "insights/leaving_rows.html" if request.htmx else "insights/leaving.html"  # type: ignore[attr-defined]
    return render(request, template, context)


@allow("editor", shows=("revenue",))
@require_safe
def leaving_export(request: HttpRequest, kind: str) -> HttpResponse:
    """All of them, as CSV or XLSX."""
    shop = current_shop()
    state = read_state(request, shop)
    found = shop.people_leaving(shop.today(), search=state.search, sort=state.sort, limit=None)
    handed_out(request, f"leaving.{kind}", [row.person for row in found.rows])
    return as_table(kind, "leaving", *tables.people_table(found, shop))


def _people(
    request: HttpRequest, definition: Figure, *, all_rows: bool = False
) -> tuple[People, dict[str, object]]:
    shop = current_shop()
    state = read_state(request, shop)
    part = state.part if state.part in {p.id for p in definition.parts} else None
    by = broken_by(request, definition, state)
    ask = partial(
        shop.people,
        definition.id,
        state.period.start,
        state.period.end,
        part=part,
        by=by,
        group=state.group if by else None,
    )
    found = ask(
        search=state.search,
        sort=state.sort,
        limit=None if all_rows else PAGE_ROWS,
        offset=0 if all_rows else state.offset,
    )
    context = {
        "state": state,
        "figure": definition,
        "part": definition.part_named(part) if part else None,
        "by": by,
        "dimension": tables.dimension_name(by) if by else "",
        "found": found,
        "total": ask(limit=0).total if state.search else found.total,
        "people": found.rows,
        "measured": any(p.measure != 1 for p in found.rows),
        "measure_unit": _unit(definition, part, shop),
        "origin": definition.id,
        "section": "figures",
    }
    return found, context


def _unit(definition: Figure, part: str | None, shop: Shop) -> str:
    unit = definition.part_named(part).unit if part else "count"
    return shop.currency if unit == "money" else unit
