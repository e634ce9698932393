"""The page of engagement: in which ways, on whose initiative, how much."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.functional import Promise
from django.views.decorators.http import require_safe

from gern.core.figures.catalogue import FIGURES
from gern.core.figures.nine_kinds import Cell
from gern.kit.access import allow
from gern.kit.meanings import FORMS, INITIATORS, event_name, meanings
from gern.kit.shop import current_shop
from gern.rooms.insights import queries
from gern.rooms.insights.state import presets, read_state


@dataclass(frozen=True)
class Shown:
    """A cell with the share of all acts and its examples in the reader's language."""

    cell: Cell
    share: float
    examples: list[str]


@dataclass(frozen=True)
class Row:
    """One form over the three initiators."""

    name: str | Promise
    cells: list[Shown]


@allow("viewer")
@require_safe
def engagement(request: HttpRequest) -> HttpResponse:
    """How engaged our customers are, in which ways, and on whose initiative."""
    shop = current_shop()
    state = read_state(request, shop)
    known = meanings()
    kinds = {name: (m.form, m.initiator) for name, m in known.items()}
    found = shop.nine_kinds(state.period.start, state.period.end, kinds)

    def shown(cell: Cell) -> Shown:
        names = [event_name(name, known) for name in cell.examples]
        return Shown(cell, 100 * cell.acts / found.acts if found.acts else 0, names)

    level = FIGURES["engagement_level"]
    context = {
        "state": state,
        "presets": presets(shop, state.period),
        "rows": [Row(FORMS[f], [shown(found.cells[f, i]) for i in INITIATORS]) for f in FORMS],
        "initiators": [INITIATORS[i] for i in INITIATORS],
        "by_initiator": [
            (INITIATORS[i], sum(found.cells[f, i].acts for f in FORMS)) for i in INITIATORS
        ],
        "acts": found.acts,
        "unclear": shown(found.unclear),
        "level": queries.answer(shop, level, state.period, None),
        "figure": level,
        "section": "engagement",
    }
    return render(request, "insights/engagement.html", context)
