"""Add, check and remove feeds; they are listed on the page of the imports."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from gern.core.errors import BadInput
from gern.kit.access import allow
from gern.kit.errors import said
from gern.rooms.collect.feeds import services
from gern.rooms.collect.jobs import check_feed
from gern.rooms.collect.models import Feed


@allow("admin")
@require_POST
def feed_addition(request: HttpRequest) -> HttpResponse:
    """Watch a folder or an address from now on."""
    data = request.POST
    minutes = data.get("every_minutes", "60")
    try:
        services.add_feed(
            data.get("kind", ""), data.get("place", ""), data.get("source", ""),
            int(minutes) if minutes.isdecimal() else 60, data.get("holds", ""), request.user,
        )  # fmt: skip
        messages.success(request, _("It is watched from now on."))
    except BadInput as error:
        messages.error(request, said(error))
    return redirect("imports")


@allow("admin")
@require_POST
def feed_check(request: HttpRequest, pk: int) -> HttpResponse:
    """Look now."""
    check_feed.enqueue(get_object_or_404(Feed, pk=pk).pk)
    messages.success(request, _("It is being looked at."))
    return redirect("imports")


@allow("admin")
@require_POST
def feed_removal(request: HttpRequest, pk: int) -> HttpResponse:
    """Watch it no more; what has come stays."""
    get_object_or_404(Feed, pk=pk).delete()
    messages.success(request, _("It is watched no more. What has come stays."))
    return redirect("imports")
