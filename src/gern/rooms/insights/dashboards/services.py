"""Dashboards: who sees which, and changing them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.db import transaction
from django.db.models import Q
from django.http import Http404
from django.shortcuts import get_object_or_404
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from gern.core.errors import BadInput
from gern.core.figures.definition import Figure
from gern.core.figures.periods import Period, add_months, in_range
from gern.core.shop import Shop
from gern.kit.access import may
from gern.rooms.insights import queries
from gern.rooms.insights.models import Dashboard, SavedPattern, Tile

MOST_TILES = 40
WIDEST = 4
SPANS: dict[str, str | Promise] = {
    "last_week": _("last week"), "last_month": _("last month"), "30d": _("30 days"),
    "3m": _("3 months"), "6m": _("6 months"), "12m": _("12 months"), "24m": _("24 months"),
}  # fmt: skip
STANDARD = (
    ("orders", "number", 1), ("average_order_value", "number", 1),
    ("repeat_purchase_rate", "number", 1), ("regulars_rate", "number", 1),
    ("revenue", "trend", 2), ("retention_rate_strict", "trend", 2), ("churn_rate", "number", 1),
    ("purchase_frequency", "number", 1), ("revenue_per_customer", "number", 1),
    ("relationship_length", "number", 1), ("visits", "trend", 2), ("conversion_rate", "number", 1),
    ("open_rate", "number", 1), ("csat_mean", "number", 1), ("nps", "number", 1),
    ("first_response_time", "number", 1), ("engagement_level", "number", 1),
    ("loyalty_streak", "number", 1),
)  # fmt: skip
"""The dashboard every shop begins with: the first twelve of these that have data, what is quickly
computed first."""
STANDARD_TILES = 12


@dataclass(frozen=True)
class Placed:
    """A tile as it is drawn: of a dashboard, or of the standard one (``pk`` 0)."""

    pk: int
    figure: Figure | None
    kind: str
    step: str
    by: str
    width: int
    pattern: SavedPattern | None = None
    """In place of a figure."""


def visible(user: Any) -> list[Dashboard]:
    """One's own and the shared ones."""
    if isinstance(user, AnonymousUser):
        return []
    return list(Dashboard.objects.filter(Q(owner=user) | Q(shared=True)).select_related("owner"))


def may_change(user: Any, one: Dashboard | SavedPattern) -> bool:
    """Its owner; a shared one also every editor."""
    return one.owner_id == user.pk or (one.shared and may(user, "editor", "insights"))


def changeable(user: Any, pk: int) -> Dashboard:
    """One that this user may change; 404 for all others."""
    one = get_object_or_404(Dashboard, pk=pk)
    if not may_change(user, one):
        raise Http404
    return one


def answers_for(user: Any) -> bool:
    """Whether what somebody sends out still stands: they work here, and may see what they send."""
    return user is not None and may(user, "editor", "insights")


def standard(shop: Shop) -> list[Placed]:
    """The tiles of the standard dashboard."""
    figures = {f.id: f for f in queries.ready(shop)}
    found = [
        Placed(0, figures[id], kind, "month" if kind == "trend" else "", "", width)
        for id, kind, width in STANDARD if id in figures
    ]  # fmt: skip
    return found[:STANDARD_TILES]


def standard_span(shop: Shop) -> str:
    """As long as can still be compared with the time before."""
    days = shop.span()
    for span in ("24m", "12m", "3m"):
        period = in_range(period_of(shop, span).before)
        if days and period and period.start >= days[0]:
            return span
    return "30d"


def placed(shop: Shop, dashboard: Dashboard) -> list[Placed]:
    """Its tiles in order; those whose figure is gone are left out."""
    figures = {f.id: f for f in shop.figures()}
    return [
        Placed(t.pk, figures.get(t.figure), t.kind, t.step, t.by, t.width, t.pattern)
        for t in dashboard.tiles.select_related("pattern") if t.pattern or t.figure in figures
    ]  # fmt: skip


def copy(shop: Shop, tiles: list[Placed], name: str, user: Any, span: str = "3m") -> Dashboard:
    """A dashboard of one's own with these tiles."""
    with transaction.atomic():
        made = Dashboard.objects.create(name=name[:100], owner=user, by=user, span=span)
        Tile.objects.bulk_create(
            Tile(dashboard=made, position=n, figure=t.figure.id if t.figure else "",
                 pattern=t.pattern, kind=t.kind, step=t.step, by=t.by, width=t.width)
            for n, t in enumerate(tiles)
        )  # fmt: skip
    return made


def add_pattern(dashboard: Dashboard, pattern: SavedPattern) -> Tile:
    """A saved pattern as the last tile. ``BadInput`` when there are too many."""
    return Tile.objects.create(
        dashboard=dashboard, position=_next_place(dashboard), pattern=pattern,
        kind=Tile.Kind.PATTERN, width=2,
    )  # fmt: skip


def _next_place(dashboard: Dashboard) -> int:
    if dashboard.tiles.count() >= MOST_TILES:
        raise BadInput(
            f"A dashboard has at most {MOST_TILES} tiles. Remove one first.",
            german=f"Ein Dashboard hat höchstens {MOST_TILES} Kacheln. Bitte erst eine entfernen.",
        )
    last = dashboard.tiles.last()
    return last.position + 1 if last else 0


def add_tile(dashboard: Dashboard, figure: Figure, kind: str, step: str, by: str) -> Tile:
    """At the end. ``BadInput`` when there are too many, or a breakdown has no dimension."""
    if kind == Tile.Kind.GROUPS and not by:
        raise BadInput(
            "Choose by what the figure is broken down.",
            german="Bitte wählen, wonach die Kennzahl aufgeteilt wird.",
        )
    return Tile.objects.create(
        dashboard=dashboard, position=_next_place(dashboard), figure=figure.id, kind=kind,
        step=(step or "month") if kind == Tile.Kind.TREND else "",
        by=by if kind == Tile.Kind.GROUPS else "", width=1 if kind == Tile.Kind.NUMBER else 2,
    )  # fmt: skip


def arrange(dashboard: Dashboard, order: list[int]) -> None:
    """Tiles in this order; those not named keep theirs behind."""
    with transaction.atomic():
        tiles = list(dashboard.tiles.select_for_update())
        place = {pk: n for n, pk in enumerate(order)}
        tiles.sort(key=lambda t: place.get(t.pk, len(place)))
        for position, tile in enumerate(tiles):
            tile.position = position
        Tile.objects.bulk_update(tiles, ["position"])


def move(tile: Tile, steps: int) -> None:
    """Earlier (−1) or later (1)."""
    order = [t.pk for t in tile.dashboard.tiles.all()]
    at = order.index(tile.pk)
    to = min(max(at + steps, 0), len(order) - 1)
    order.insert(to, order.pop(at))
    arrange(tile.dashboard, order)


def widen(tile: Tile, steps: int) -> None:
    """Wider (1) or narrower (−1)."""
    tile.width = min(max(tile.width + steps, 1), WIDEST)
    tile.save(update_fields=["width"])


def period_of(shop: Shop, span: str) -> Period:
    """The period a dashboard shows when nothing else is asked for."""
    today = shop.today()
    if span == "last_week":
        monday = today - timedelta(days=today.weekday())
        return shop.period(monday - timedelta(days=7), monday)
    if span == "last_month":
        first = today.replace(day=1)
        return shop.period(add_months(first, -1), first)
    if span.endswith("d"):
        return shop.period(today - timedelta(days=int(span[:-1])), today)
    return shop.period(add_months(today, -int(span[:-1])), today)
