"""Pages of the schema."""

from __future__ import annotations

from datetime import UTC, datetime

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from gern.core.errors import BadInput
from gern.kit.access import allow, may
from gern.kit.errors import said
from gern.kit.meanings import FORMS, INITIATORS
from gern.kit.shop import current_shop
from gern.rooms.collect.models import EventKind, PropertyRule
from gern.rooms.collect.schema import queries, services


class Description(forms.ModelForm):
    """What people say of a kind of event."""

    form = forms.ChoiceField(
        required=False, label=gettext_lazy("Form"), choices=[("", gettext_lazy("as usual")), *FORMS.items()]
    )  # fmt: skip
    initiator = forms.ChoiceField(
        required=False, label=gettext_lazy("Set off"), choices=[("", gettext_lazy("as usual")), *INITIATORS.items()]
    )  # fmt: skip

    class Meta:
        model = EventKind
        fields = ("name_de", "name_en", "meaning", "form", "initiator")
        labels = {
            "name_de": gettext_lazy("Name in German"),
            "name_en": gettext_lazy("Name in English"),
            "meaning": gettext_lazy("What it means"),
        }


@allow("editor")
@require_safe
def schema(request: HttpRequest) -> HttpResponse:
    """Every kind of event."""
    found = queries.kinds(current_shop(), datetime.now(UTC))
    context = {
        "kinds": [(k, FORMS.get(k.said.form), INITIATORS.get(k.said.initiator)) for k in found],
        "changes": [change for kind in found for change in kind.changes],
        "zone": current_shop().zone, "section": "sources", "tab": "schema",
    }  # fmt: skip
    return render(request, "collect/schema.html", context)


@allow("editor")
@require_safe
def event(request: HttpRequest) -> HttpResponse:
    """One kind of event: meaning, properties, examples."""
    return _page(request, _named(request.GET.get("event", "")))


@allow("admin")
@require_POST
def description(request: HttpRequest) -> HttpResponse:
    """Keep what people say of it."""
    found = _named(request.POST.get("event", ""))
    form = Description(request.POST, instance=found.own or EventKind(name=found.kind.name))
    if not form.is_valid():
        return _page(request, found, form, status=422)
    services.describe(found.kind.name, **form.cleaned_data)
    messages.success(request, _("Saved."))
    return redirect(_address(found.kind.name))


@allow("admin")
@require_POST
def treatment(request: HttpRequest) -> HttpResponse:
    """Block or hash a property from now on."""
    name = request.POST.get("event", "")
    try:
        services.treat(
            name, request.POST.get("property", ""), request.POST.get("treatment", ""), request.user
        )
    except BadInput as error:
        messages.error(request, said(error))
    else:
        messages.success(request, _("It holds for what arrives from now on (within two seconds)."))
    return redirect(_address(name))


def _address(name: str) -> str:
    return f"{reverse('schema_event')}?{urlencode({'event': name})}"


def _named(name: str) -> queries.Described:
    for kind in queries.kinds(current_shop(), datetime.now(UTC)):
        if kind.kind.name == name:
            return kind
    raise Http404


def _page(
    request: HttpRequest, found: queries.Described, form: Description | None = None,
    status: int = 200,
) -> HttpResponse:  # fmt: skip
    shop = current_shop()
    context = {
        "found": found,
        "fields": queries.fields(shop, found.kind, datetime.now(UTC)),
        "form": form or Description(instance=found.own),
        "treatments": [("", _("stored as it comes")), *PropertyRule.Treatment.choices],
        "admin": may(request.user, "admin", "collect"),
        "zone": shop.zone, "section": "sources", "tab": "schema",
    }  # fmt: skip
    return render(request, "collect/event.html", context, status=status)
