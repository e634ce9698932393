"""Pages of who is who."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST, require_safe

from gern.core.errors import BadInput
from gern.kit.access import allow
from gern.kit.errors import said
from gern.kit.shop import current_shop
from gern.rooms.collect.identity import services

LABELS = {
    "open": gettext_lazy("To decide"),
    "conflict": gettext_lazy("Shared devices"),
    "accepted": gettext_lazy("Joined"),
    "refused": gettext_lazy("Refused"),
    "merged": gettext_lazy("Merged customers"),
}


@allow("editor")
@require_safe
def identities(request: HttpRequest) -> HttpResponse:
    """What sources said, by what came of it."""
    shop = current_shop()
    what = request.GET.get("show", "open")
    what = what if what in LABELS else "open"
    search = request.GET.get("q", "").strip()
    counts = services.counts(shop)
    context = {
        "what": what, "search": search, "zone": shop.zone,
        "tabs": [(key, label, counts.get(key)) for key, label in LABELS.items()],
        "rows": services.listed(shop, what, search) if what != "merged" else [],
        "merged": services.merged(shop, search) if what == "merged" else [],
        "section": "sources", "tab": "who",
    }  # fmt: skip
    return render(request, "collect/identities.html", context)


@allow("editor")
@require_POST
def decision(request: HttpRequest) -> HttpResponse:
    """Accept or refuse one claim, or accept all of a source."""
    shop, data = current_shop(), request.POST
    try:
        if data.get("source"):
            n = services.accept_all(shop, data["source"])
            messages.success(request, ngettext("%(n)d claim accepted.", "%(n)d claims accepted.", n) % {"n": n})  # fmt: skip
        else:
            services.decide(
                shop, data.get("visitor", ""), data.get("customer", ""), data.get("state", "")
            )
            messages.success(request, _("Decided. It can be changed any time."))
    except BadInput as error:
        messages.error(request, said(error))
    return redirect("identities")


@allow("editor")
@require_POST
def separation(request: HttpRequest) -> HttpResponse:
    """Take back that a customer was joined to another."""
    try:
        services.split(current_shop(), request.POST.get("customer", ""))
        messages.success(request, _("They are two again, with everything that was theirs."))
    except BadInput as error:
        messages.error(request, said(error))
    return redirect("identities")
