"""Finding customers, figures, pages and actions from anywhere."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe
from django.views.decorators.vary import vary_on_headers

from gern.kit.access import Access, allow, may
from gern.kit.finders import Hit, add_finder, find, fits
from gern.kit.inputs import one_line
from gern.kit.navigation import entries

ACTIONS: list[tuple[str, object, str, Access]] = [
    ("audience_new", gettext_lazy("Make a new audience"), "plus", "editor"),
    ("own_figure_new", gettext_lazy("Define a figure"), "plus", "editor"),
    ("target_new", gettext_lazy("Set a target"), "plus", "editor"),
    ("imports", gettext_lazy("Bring in a file"), "upload", "editor"),
    ("portfolio", gettext_lazy("Portfolio"), "chart-pie", "editor"),
    ("audiences", gettext_lazy("Audiences"), "users-round", "editor"),
    ("duplicates", gettext_lazy("Duplicates"), "copy", "editor"),
    ("tasks", gettext_lazy("Tasks"), "list-checks", "editor"),
    ("leaving", gettext_lazy("About to leave"), "log-out", "editor"),
    ("quarantine", gettext_lazy("Quarantine"), "shield-alert", "editor"),
    ("mail", gettext_lazy("Set up mail"), "mail", "admin"),
    ("api_keys", gettext_lazy("API keys"), "key-round", "admin"),
    ("account", gettext_lazy("Your account"), "circle-user-round", "user"),
]
"""Pages without an entry in the menu, and what one can begin: route, name, icon, who may."""


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
    known = [(e.route, e.label, e.icon, e.access) for e in entries()] + ACTIONS
    return [
        Hit(str(label), reverse(route), icon)
        for route, label, icon, access in known
        if may(request.user, access) and fits(text, str(label))
    ]


add_finder(30, gettext_lazy("Pages and actions"), _pages)
