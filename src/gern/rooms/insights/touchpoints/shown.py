"""The page of touchpoints by phase: how many come, how many go on, how fast."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from gern.core.patterns.phases import Met, Phase
from gern.core.shop import Shop
from gern.kit import formats
from gern.kit.access import allow
from gern.kit.exports import as_table
from gern.kit.shop import current_shop
from gern.rooms.insights.patterns.asked import state_of
from gern.rooms.insights.patterns.funnel import took


@dataclass(frozen=True)
class ShownPhase:
    """A phase with its touchpoints: (name, met), and the share of people that went on, in percent."""

    number: int
    name: str
    phase: Phase
    met: list[tuple[str, Met]]
    went_on: float | None
    took: str

    @property
    def lost(self) -> float | None:
        """Who did not go on, in percent."""
        return None if self.went_on is None else 100 - self.went_on


@allow("viewer", people=False)
@require_safe
def touchpoints(request: HttpRequest) -> HttpResponse:
    """Where customers meet us, by phase; how many go on, and how fast."""
    shop = current_shop()
    state = state_of(request, shop)
    shown = _phases(shop, request)
    context = {
        "state": state, "phases": shown, "section": "patterns", "page": "touchpoints",
        "usual": not shop.setting("touchpoints").value,
        "weakest": min((p for p in shown if p.went_on is not None),
                       key=lambda p: p.went_on or 0, default=None),
        "people": any(p.phase.people for p in shown), "any_points": any(p.met for p in shown),
    }  # fmt: skip
    return render(request, "insights/touchpoints.html", context)


@allow("viewer", people=False)
@require_safe
def phases_export(request: HttpRequest, kind: str) -> HttpResponse:
    """Phases and touchpoints, as CSV or XLSX."""
    head = ["phase", "people", "window_over", "went_on", "median_seconds", "thin", "touchpoint",
            "name", "contacts", "people_there"]  # fmt: skip
    rows: list[list[Any]] = []
    for one in _phases(current_shop(), request):
        phase = [one.name, one.phase.people, one.phase.over,
                 None if one.went_on is None else one.phase.passed, one.phase.median_seconds, one.phase.thin]  # fmt: skip
        rows += [[*phase, m.point.key, name, m.contacts, m.people] for name, m in one.met] or [
            [*phase, None, None, None, None]
        ]
    return as_table(kind, "touchpoints", head, rows)


def _phases(shop: Shop, request: HttpRequest) -> list[ShownPhase]:
    period = state_of(request, shop).period
    found = shop.phases(period.start, period.end).phases
    return [
        ShownPhase(
            number, formats.text(one.name), one, [(formats.text(m.point.name), m) for m in one.met],
            None if one.went_on is None else 100 * one.went_on,
            took(one.median_seconds),
        )
        for number, one in enumerate(found, start=1)
    ]  # fmt: skip
