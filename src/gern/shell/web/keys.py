"""Keys of the JSON API: made, ended."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from gern.kit.access import allow
from gern.kit.api import keys
from gern.kit.api.models import ApiKey


class KeyForm(forms.Form):
    """What for, how far it reaches, until when."""

    name = forms.CharField(label=gettext_lazy("What for"), max_length=100)
    scopes = forms.MultipleChoiceField(
        label=gettext_lazy("What it may ask for"), choices=list(keys.SCOPES.items()),
        widget=forms.CheckboxSelectMultiple, initial=["figures"],
    )  # fmt: skip
    expires = forms.DateField(
        label=gettext_lazy("Holds until (empty: until you end it)"), required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )  # fmt: skip


@allow("owner")
@require_http_methods(["GET", "HEAD", "POST"])
def api_keys(request: HttpRequest) -> HttpResponse:
    """All keys, and a new one; it is shown once."""
    form = KeyForm(request.POST or None)
    key = None
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        _row, key = keys.make(data["name"], data["scopes"], data["expires"], request.user)
        form = KeyForm()
    today = timezone.now().date()
    context = {
        "form": form,
        "key": key,
        "keys": [(row, row.holds(today)) for row in ApiKey.objects.select_related("by")],
        "section": "settings",
    }
    return render(request, "shell/keys.html", context, status=422 if form.errors else 200)


@allow("owner")
@require_POST
def api_key_end(request: HttpRequest, pk: int) -> HttpResponse:
    """It opens nothing any more."""
    if keys.end(pk):
        messages.success(request, _("The key opens nothing any more."))
    return redirect("api_keys")
