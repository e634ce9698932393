"""Page of bots and internal traffic."""

from __future__ import annotations

from datetime import UTC, datetime

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from gern.core.collect.traffic import KINDS
from gern.core.errors import BadInput
from gern.kit.access import allow, may
from gern.kit.errors import said
from gern.kit.shop import current_shop
from gern.rooms.collect.models import TrafficRule
from gern.rooms.collect.traffic import services


@allow("editor")
@require_safe
def traffic(request: HttpRequest) -> HttpResponse:
    """The rules, and what was recognised."""
    return _page(request)


@allow("admin")
@require_POST
def rule_addition(request: HttpRequest) -> HttpResponse:
    """Add a rule."""
    data = request.POST
    try:
        services.add_rule(
            data.get("kind", ""), data.get("value", ""), data.get("mark", ""), request.user
        )
    except BadInput as error:
        return _page(request, said(error))
    messages.success(request, _("It holds for what arrives from now on (within two seconds)."))
    return redirect("traffic")


@allow("admin")
@require_POST
def rule_removal(request: HttpRequest, pk: int) -> HttpResponse:
    """Take a rule out; what it has marked stays marked."""
    get_object_or_404(TrafficRule, pk=pk).delete()
    messages.success(request, _("The rule is gone. What it has marked stays marked."))
    return redirect("traffic")


def _page(request: HttpRequest, problem: str = "") -> HttpResponse:
    shop = current_shop()
    context = {
        "rules": [(rule, KINDS.get(rule.kind)) for rule in TrafficRule.objects.all()],
        "recognised": services.recognised(shop, datetime.now(UTC)),
        "kinds": KINDS.items(), "problem": problem, "days": services.DAYS,
        "admin": may(request.user, "admin", "collect"), "zone": shop.zone,
        "typed": request.POST, "section": "sources", "tab": "traffic",
    }  # fmt: skip
    return render(request, "collect/traffic.html", context, status=422 if problem else 200)
