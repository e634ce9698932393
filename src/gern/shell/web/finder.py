"""Finding customers, figures, pages and actions from anywhere."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe
from django.views.decorators.vary import vary_on_headers

from gern.kit.access import allow, may_open
from gern.kit.finders import Hit, add_finder, add_place, find, fits, places
from gern.kit.inputs import one_line
from gern.kit.navigation import entries


@allow("user")
@require_safe
@vary_on_headers("HX-Request")
def finder(request: HttpRequest) -> HttpResponse:
    """What fits the words typed."""
    text = one_line(request.GET.get("q", ""), 200)
    context = {"text": text, "found": find(request, text) if text else []}
    part = request.htmx  # type: ignore[attr-defined]
    return render(request, "shell/found.html" if part else "shell/finder.html", context)


def _pages(request: HttpRequest, text: str) -> list[Hit]:
    return [
        Hit(str(place.label), reverse(place.route), place.icon)
        for place in [*entries(), *places()]
        if may_open(request.user, reverse(place.route), place.access)
        and fits(text, str(place.label))
    ]


add_finder(30, gettext_lazy("Pages and actions"), _pages)
add_place("mail", gettext_lazy("Set up mail"), "mail", "admin")
add_place("api_keys", gettext_lazy("API keys"), "key-round", "admin")
add_place("account", gettext_lazy("Your account"), "circle-user-round", "user")
