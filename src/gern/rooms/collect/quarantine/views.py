"""Pages of the quarantine."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from gern.core.collect.reasons import REASONS
from gern.core.text import Text
from gern.kit.access import allow
from gern.kit.shop import current_shop
from gern.rooms.collect.quarantine import services

SHOWN = 50


@allow("editor")
@require_safe
def quarantine(request: HttpRequest) -> HttpResponse:
    """What could not be used, by source and reason; the items of one of them."""
    shop = current_shop()
    source, code = request.GET.get("source", ""), request.GET.get("code", "")
    items = services.listed(shop, source or None, code or None, limit=SHOWN) if source else []
    context = {
        "groups": [
            (name, reason, _reason(reason), n, at) for name, reason, n, at in services.counts(shop)
        ],
        "source": source, "code": code, "zone": shop.zone, "shown": SHOWN,
        "items": [(kept, services.as_text(kept.item)) for kept in items],
        "section": "sources", "tab": "quarantine",
    }  # fmt: skip
    return render(request, "collect/quarantine.html", context)


@allow("editor")
@require_POST
def replay(request: HttpRequest) -> HttpResponse:
    """Try items again."""
    done = services.replay(
        current_shop(), source=request.POST.get("source") or None,
        code=request.POST.get("code") or None,
    )  # fmt: skip
    entered = ngettext(
        "%(n)d item has entered the log.", "%(n)d items have entered the log.", done.accepted
    ) % {"n": done.accepted}
    stay = ngettext(
        "%(n)d stays here: its reason still holds.", "%(n)d stay here: their reason still holds.",
        done.still_refused,
    ) % {"n": done.still_refused}  # fmt: skip
    messages.success(request, f"{entered} {stay}" if done.still_refused else entered)
    return redirect("quarantine")


@allow("editor")
@require_POST
def removal(request: HttpRequest) -> HttpResponse:
    """Throw the items of a source and reason away."""
    gone = services.throw_away(
        current_shop(), request.POST.get("source", ""), request.POST.get("code", "")
    )
    messages.success(
        request, ngettext("%(n)d item thrown away.", "%(n)d items thrown away.", gone) % {"n": gone}
    )
    return redirect("quarantine")


def _reason(code: str) -> Text:
    return REASONS.get(code) or Text("Anderer Grund", "Another reason")
