"""The list of those not to be contacted: addresses added and taken off by hand."""

from __future__ import annotations

from django.contrib import messages
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from gern.core.consent.purpose import CHANNELS
from gern.kit import formats
from gern.kit.access import allow
from gern.kit.inputs import one_line
from gern.kit.shop import current_shop
from gern.rooms.protect.models import Suppressed
from gern.rooms.protect.suppression import services

LISTED = tuple(channel for channel in CHANNELS if channel != "post")
MOST = 100_000


@allow("editor")
@require_http_methods(["GET", "HEAD", "POST"])
def suppression(request: HttpRequest) -> HttpResponse:
    """How many are on the list; more of them, or one fewer."""
    if request.method == "POST":
        _change(request)
        return redirect("suppression")
    counts = dict(Suppressed.objects.values_list("channel").annotate(n=Count("pk")))
    context = {
        "counts": [(formats.text(CHANNELS[c]), counts.get(c, 0)) for c in LISTED],
        "channels": [(c, formats.text(CHANNELS[c])) for c in LISTED],
        "section": "protect",
    }
    return render(request, "protect/suppression.html", context)


def _change(request: HttpRequest) -> None:
    shop, channel = current_shop(), request.POST.get("channel", "")
    if channel not in LISTED:
        messages.error(request, _("Choose a channel. Nothing was changed."))
    elif request.POST.get("do") == "release":
        if services.release(shop, channel, one_line(request.POST.get("address", ""), 500)):
            messages.success(request, _("The address is off the list."))
        else:
            messages.error(request, _("This address is not on the list."))
    else:
        lines = [one_line(line, 500) for line in request.POST.get("addresses", "").splitlines()]
        n = services.suppress(shop, channel, lines[:MOST], services.BY_HAND)
        messages.success(request, ngettext("%(n)d address added.", "%(n)d addresses added.", n) % {"n": n})  # fmt: skip
