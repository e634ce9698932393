"""What stands below an event picker: how many people had the event in the period, and which fields
and values came with it, to choose from."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from gern.core.conditions.fields import COLUMNS, NUMBERS, SHORT
from gern.core.errors import GernError
from gern.core.figures.periods import Period
from gern.core.log.profile import profile
from gern.core.patterns.steps import window_of
from gern.core.shop import Shop
from gern.kit.access import allow
from gern.kit.errors import said
from gern.kit.shop import current_shop
from gern.rooms.insights import queries
from gern.rooms.insights.access import sees_people
from gern.rooms.insights.patterns.asked import WINDOWS, state_of
from gern.rooms.insights.patterns.picks import ASKED_BY_ALL, Pick, check_may_ask, picked

MOST_FIELDS = 200


@allow("viewer", people=False)
@require_safe
def pattern_count(request: HttpRequest) -> HttpResponse:
    """Of the event in the slot that is named: people, events, fields and values."""
    shop, query = current_shop(), request.GET.dict()
    check_may_ask(request.user, query)
    slot = query.get("slot", "")[:50]
    pick, period = picked(query, slot), state_of(request, shop).period
    context: dict[str, Any] = {"slot": slot, "pick": pick}
    try:
        context["seen"] = _seen(shop, pick, query, period) if pick else None
        whole = sees_people(request.user)
        context["fields"] = _fields(shop, pick) if whole else sorted(ASKED_BY_ALL)
        context["values"] = _values(shop, pick, period) if whole else []
    except GernError as error:
        context["problem"] = said(error)
    return render(request, "insights/pick_about.html", context)


def _seen(shop: Shop, pick: Pick, query: Mapping[str, str], period: Period) -> Any:
    window = query["window"] if query.get("window") in WINDOWS else "7d"
    across_days = window_of(window) > timedelta(days=1)
    key = ("seen", pick, period, across_days)
    return queries.once(
        shop, key, lambda: shop.seen(pick.step, period.start, period.end, across_days=across_days)
    )


def _fields(shop: Shop, pick: Pick) -> list[str]:
    """What came with this event first, then what every event has."""
    kinds = [kind for kind in profile(shop.manifest) if not pick.name or kind.name == pick.name]
    sent = sorted({f"properties.{one.name}" for kind in kinds for one in kind.properties})
    return [*sent[:MOST_FIELDS], *SHORT, *(c for c in COLUMNS if c != "name"), *NUMBERS]


def _values(shop: Shop, pick: Pick, period: Period) -> list[tuple[int, list[str]]]:
    """(number of the condition, what the event says in its field)."""
    found = []
    for i, one in enumerate(pick.filters, start=1):
        others = Pick(pick.name, tuple(other for other in pick.filters if other is not one))
        if one.field and others:
            values = shop.values_seen(others.step, one.field, period.start, period.end)
            found.append((i, values))
    return found
