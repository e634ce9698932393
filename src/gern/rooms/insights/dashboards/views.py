"""Pages of the dashboards. Tiles come one by one, so that the first is there at once."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from gern.core.errors import BadInput
from gern.core.shop import Shop
from gern.kit import formats
from gern.kit.access import allow, may
from gern.kit.errors import said
from gern.kit.inputs import number, one_line
from gern.kit.shop import current_shop
from gern.rooms.insights import queries
from gern.rooms.insights.access import dimensions, may_see
from gern.rooms.insights.dashboards import services
from gern.rooms.insights.dashboards.content import UNNAMED, content
from gern.rooms.insights.dashboards.services import SPANS, Placed, changeable, may_change, visible
from gern.rooms.insights.models import Dashboard, Department, Tile
from gern.rooms.insights.patterns.chart import SPECS
from gern.rooms.insights.patterns.saved import askable, may_see_pattern, readable
from gern.rooms.insights.state import STEPS, PageState, presets, read_state
from gern.rooms.insights.tables import dimension_name


@allow("viewer")
@require_safe
def dashboards(request: HttpRequest) -> HttpResponse:
    """The standard dashboard, and the list of all others."""
    shop = current_shop()
    if shop.span() is None:
        return render(request, "insights/welcome.html")
    state = _state(request, shop, services.standard_span(shop))
    tiles = services.standard(shop)
    return _page(request, "insights/dashboard.html", shop, None, tiles, state)


@allow("viewer")
@require_safe
def dashboard(request: HttpRequest, pk: int) -> HttpResponse:
    """One of them."""
    shop, one = current_shop(), _seen(request, pk)
    state = _state(request, shop, one.span)
    return _page(request, "insights/dashboard.html", shop, one, services.placed(shop, one), state)


@allow("viewer")
@require_safe
def dashboard_show(request: HttpRequest, pk: int) -> HttpResponse:
    """Presentation: nothing but the tiles, large, renewed every five minutes. 0: the standard one."""
    shop, one, tiles = current_shop(), None, []
    if pk:
        one = _seen(request, pk)
        tiles = services.placed(shop, one)
    elif shop.span() is not None:
        tiles = services.standard(shop)
    state = _state(request, shop, one.span if one else services.standard_span(shop))
    return _page(request, "insights/dashboard_show.html", shop, one, tiles, state)


@allow("viewer")
@require_safe
def dashboard_tile(request: HttpRequest, pk: int, place: int) -> HttpResponse:
    """One tile, by its place: what the page loads piece by piece."""
    shop = current_shop()
    if pk:
        one = _seen(request, pk)
        tiles, span = services.placed(shop, one), one.span
    else:
        tiles, span = services.standard(shop), services.standard_span(shop)
    if place >= len(tiles):
        raise Http404
    state = _state(request, shop, span)
    context = {
        "content": content(shop, tiles[place], state.period, request.user),
        "state": state,
    }
    return render(request, "insights/dashboard_tile.html", context)


@allow("viewer")
@require_POST
def dashboard_addition(request: HttpRequest) -> HttpResponse:
    """A dashboard of one's own: empty, or a copy of one that can be seen."""
    shop, name = current_shop(), one_line(request.POST.get("name", ""), 100)
    source = request.POST.get("copy_of", "")
    tiles: list[Placed] = []
    span = "3m"
    if source == "0":
        tiles, span = services.standard(shop), services.standard_span(shop)
    elif source:
        one = _seen(request, number(source))
        tiles, span = services.placed(shop, one), one.span
    made = services.copy(shop, tiles, name or _("My dashboard"), request.user, span)
    return redirect("dashboard_edit", pk=made.pk)


@allow("viewer")
@require_http_methods(["GET", "HEAD", "POST"])
def dashboard_edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Arrange it: add, move, widen, remove tiles; name, period, sharing."""
    shop, one = current_shop(), changeable(request.user, pk)
    if request.method == "POST":
        try:
            _change(request, shop, one, request.POST)
        except BadInput as error:
            messages.error(request, said(error))
        if request.htmx and request.POST.get("do") == "arrange":  # type: ignore[attr-defined]
            return HttpResponse(status=204)
        return redirect("dashboard_edit", pk=one.pk)
    ready = [f for f in queries.ready(shop) if may_see(request.user, f)]
    figures = sorted(((f.id, formats.text(f.name)) for f in ready), key=lambda f: f[1].casefold())
    known = {id: dimension_name(id) for f in ready for id in dimensions(request.user, f)}
    context = {
        "dashboard": one,
        "tiles": [(tile, _title(request.user, tile)) for tile in services.placed(shop, one)],
        "figures": figures,
        "patterns": [one for one in askable(request.user) if one.page in SPECS],
        "dimensions": sorted(known.items(), key=lambda d: d[1].casefold()),
        "steps": STEPS.items(),
        "spans": SPANS.items(),
        "departments": Department.objects.all(),
        "may_share": may(request.user, "editor", "insights"),
        "section": "dashboards",
    }
    return render(request, "insights/dashboard_edit.html", context)


@allow("viewer")
@require_POST
def dashboard_removal(request: HttpRequest, pk: int) -> HttpResponse:
    """It is gone, with its reports and links."""
    changeable(request.user, pk).delete()
    messages.success(request, _("The dashboard is gone."))
    return redirect("dashboards")


def _change(request: HttpRequest, shop: Shop, one: Dashboard, data: QueryDict) -> None:
    do = data.get("do", "")
    tile = one.tiles.filter(pk=number(data.get("tile", ""))).first()
    if do == "arrange":
        services.arrange(one, [number(n) for n in data.get("order", "").split(",")[:1000]])
    elif do == "add":
        figure = shop.figure_named(data.get("figure", ""))
        kind = data.get("kind", "")
        by, step = data.get("by", ""), data.get("step", "month")
        if not may_see(request.user, figure) or kind not in Tile.Kind.values or step not in STEPS:
            raise Http404
        if kind == Tile.Kind.GROUPS and by and by not in dimensions(request.user, figure):
            raise BadInput(
                "This figure cannot be broken down so. Choose another breakdown.",
                german="Diese Kennzahl lässt sich so nicht aufteilen. Bitte anders aufteilen.",
            )
        services.add_tile(one, figure, kind, step, by)
    elif do == "add_pattern":
        pattern = readable(request.user, number(data.get("pattern", "")))
        if not may_see_pattern(request.user, pattern):
            raise Http404
        services.add_pattern(one, pattern)
    elif do == "name":
        one.name = one_line(data.get("name", ""), 100) or one.name
        one.span = data["span"] if data.get("span") in SPANS else one.span
        if may(request.user, "editor", "insights"):
            _share(request, one, bool(data.get("shared")))
            one.department = Department.objects.filter(
                pk=number(data.get("department", ""))
            ).first()
        one.save()
    elif tile is not None and do in ("earlier", "later"):
        services.move(tile, -1 if do == "earlier" else 1)
    elif tile is not None and do in ("wider", "narrower"):
        services.widen(tile, 1 if do == "wider" else -1)
    elif tile is not None and do == "remove":
        tile.delete()


def _share(request: HttpRequest, one: Dashboard, shared: bool) -> None:
    """Everybody who may change it may share it; only its owner and admins take that back."""
    if one.shared and not shared:
        if one.owner_id is None:
            one.owner = request.user  # type: ignore[assignment]
        if one.owner_id != request.user.pk and not may(request.user, "admin", "insights"):
            raise BadInput(
                "Only its owner or an admin can stop sharing it.",
                german="Nur wem es gehört oder die Administration kann das Teilen beenden.",
            )
    one.shared = shared


def _page(
    request: HttpRequest, template: str, shop: Shop, one: Dashboard | None, tiles: list[Placed],
    state: PageState,
) -> HttpResponse:  # fmt: skip
    context: dict[str, Any] = {
        "dashboard": one,
        "number": one.pk if one else 0,
        "tiles": [(one, _title(request.user, one)) for one in tiles],
        "state": state,
        "presets": presets(shop, state.period),
        "all": visible(request.user),
        "may_change": bool(one) and may_change(request.user, one),
        "section": "dashboards",
    }
    return render(request, template, context)


def _title(user: Any, tile: Placed) -> str:
    if tile.pattern is not None:
        return str(tile.pattern) if may_see_pattern(user, tile.pattern) else UNNAMED
    if tile.figure is None:
        return UNNAMED
    if not may_see(user, tile.figure):
        return UNNAMED
    return formats.text(tile.figure.name)


def _state(request: HttpRequest, shop: Shop, span: str) -> PageState:
    return read_state(request, shop, services.period_of(shop, span))


def _seen(request: HttpRequest, pk: int) -> Dashboard:
    one = get_object_or_404(Dashboard, pk=pk)
    if one.owner_id != request.user.pk and not one.shared:
        raise Http404
    return one
