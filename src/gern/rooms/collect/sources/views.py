"""Pages of the sources. Thin: check, call one service, render."""

from __future__ import annotations

from datetime import UTC, datetime

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from gern.core.errors import BadInput
from gern.kit.access import allow, may
from gern.kit.errors import said
from gern.kit.shop import current_shop
from gern.rooms.collect.ingest.keyring import proof_secret
from gern.rooms.collect.models import Source
from gern.rooms.collect.sources import health, live, services

STATES = {
    "new": gettext_lazy("nothing yet"),
    "ok": gettext_lazy("arriving"),
    "silent": gettext_lazy("silent"),
    "errors": gettext_lazy("many errors"),
    "off": gettext_lazy("switched off"),
}


class NewSource(forms.Form):
    """A name, and whether its key is for a page or a server."""

    name = forms.SlugField(max_length=60, label=gettext_lazy("Name"))
    kind = forms.ChoiceField(choices=Source.Kind.choices, label=gettext_lazy("Sends from"))


class SourceSettings(forms.Form):
    """What a source may."""

    origins = forms.CharField(
        required=False, label=gettext_lazy("Pages that may send (one address a line)"),
        widget=forms.Textarea(attrs={"rows": 3}),
    )  # fmt: skip
    per_minute = forms.IntegerField(
        min_value=0, max_value=100_000_000, label=gettext_lazy("Events a minute at most (0: no limit)")
    )  # fmt: skip
    trusted = forms.BooleanField(
        required=False, label=gettext_lazy("Believe what its pages say of revenue and of who somebody is"),
    )  # fmt: skip
    active = forms.BooleanField(required=False, label=gettext_lazy("Take events from it"))


@allow("editor")
@require_safe
def sources(request: HttpRequest) -> HttpResponse:
    """Every source and how it is doing."""
    return render(request, "collect/sources.html", _list(NewSource()))


@allow("admin")
@require_POST
def addition(request: HttpRequest) -> HttpResponse:
    """Add a source; its page shows the key."""
    form = NewSource(request.POST)
    if form.is_valid():
        try:
            made, key = services.add_source(
                form.cleaned_data["name"].lower(), form.cleaned_data["kind"], user=request.user
            )
            return _with_new_key(request, made, key)
        except BadInput as error:
            form.add_error("name", said(error))
    return render(request, "collect/sources.html", _list(form), status=422)


@allow("editor")
@require_safe
def source(request: HttpRequest, name: str) -> HttpResponse:
    """One source: key, snippet, health, what arrives."""
    return _page(request, get_object_or_404(Source, name=name))


@allow("editor")
@require_safe
def arriving(request: HttpRequest, name: str) -> HttpResponse:
    """The part of its page that is looked at again every few seconds."""
    found = get_object_or_404(Source, name=name)
    return render(request, "collect/arriving.html", _arriving(found))


@allow("editor")
@require_safe
def live_view(request: HttpRequest) -> HttpResponse:
    """What arrives from all sources."""
    shop = current_shop()
    context = {"events": live.recent(shop), "zone": shop.zone, "section": "sources", "tab": "live"}
    partial = request.headers.get("HX-Request") and not request.headers.get("HX-Boosted")
    template = "collect/live_rows.html" if partial else "collect/live.html"
    return render(request, template, context)


@allow("admin")
@require_POST
def rotation(request: HttpRequest, name: str) -> HttpResponse:
    """A new key; the old one works for a day."""
    found = get_object_or_404(Source, name=name)
    return _with_new_key(request, found, services.rotate_key(found))


@allow("admin")
@require_http_methods(["POST"])
def change(request: HttpRequest, name: str) -> HttpResponse:
    """Set what a source may."""
    found = get_object_or_404(Source, name=name)
    form = SourceSettings(request.POST)
    if form.is_valid():
        chosen = form.cleaned_data
        try:
            services.change_source(
                found, origins=chosen["origins"].split(), per_minute=chosen["per_minute"],
                trusted=chosen["trusted"], active=chosen["active"],
            )  # fmt: skip
        except BadInput as error:
            form.add_error("origins", said(error))
        else:
            messages.success(request, _("Saved. It holds within two seconds."))
            return redirect("source", name)
    return _page(request, found, form=form, status=422)


def _list(form: NewSource) -> dict[str, object]:
    shop = current_shop()
    found = health.all_health(shop, datetime.now(UTC))
    return {
        "found": [(one, STATES[one.state]) for one in found],
        "form": form, "section": "sources", "tab": "sources",
    }  # fmt: skip


def _with_new_key(request: HttpRequest, found: Source, key: str) -> HttpResponse:
    """Not a redirect: the key stands in this answer and nowhere else."""
    return _page(request, found, new_key=key, status=201)


def _page(
    request: HttpRequest, found: Source, *, new_key: str = "", form: SourceSettings | None = None,
    status: int = 200,
) -> HttpResponse:  # fmt: skip
    admin = may(request.user, "admin", "collect")
    context = {
        **_arriving(found),
        "base": request.build_absolute_uri("/").rstrip("/"),
        "key": new_key or services.public_key_of(found),
        "new_key": new_key,
        "keys": list(found.keys.all()),
        "now": datetime.now(UTC),
        "admin": admin,
        "proof_secret": proof_secret(current_shop().home, found.name).decode() if admin else "",
        "form": form or SourceSettings(initial={
            "origins": "\n".join(found.origins), "per_minute": found.per_minute,
            "trusted": found.trusted, "active": found.active,
        }),
    }  # fmt: skip
    response = render(request, "collect/source.html", context, status=status)
    response["Cache-Control"] = "no-store"
    return response


def _arriving(found: Source) -> dict[str, object]:
    shop = current_shop()
    state = health.health_of(shop, found, datetime.now(UTC))
    return {
        "source": found, "health": state, "state": STATES[state.state], "zone": shop.zone,
        "events": live.recent(shop, found.name, 10), "section": "sources", "tab": "sources",
    }  # fmt: skip
