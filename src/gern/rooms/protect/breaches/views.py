"""The log of breaches (Art. 33(5)): list, one of them, export."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from gern.core.zones import zone_named
from gern.kit import formats
from gern.kit.access import allow
from gern.kit.alerts import forget_alerts
from gern.kit.documents import Heading, Rows, as_pdf
from gern.kit.exports import PDF, as_csv, attachment
from gern.kit.shop import current_shop
from gern.rooms.protect.breaches.services import HOURS, clocks
from gern.rooms.protect.models import Breach

MOMENTS = ("known", "told_authority", "told_people")


class BreachForm(forms.ModelForm[Breach]):
    """One breach; times are those of the shop."""

    class Meta:
        model = Breach
        fields = ["known", "what", "data", "people", "effects", "measures", "risk", "reason", "told_authority", "told_people"]  # fmt: skip
        widgets = {
            **{name: forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M") for name in MOMENTS},
            **{name: forms.Textarea(attrs={"rows": 3}) for name in ("what", "effects", "measures")},
        }  # fmt: skip
        labels = {
            "known": gettext_lazy("Known since"), "what": gettext_lazy("What happened"),
            "data": gettext_lazy("Which data"), "people": gettext_lazy("How many people, about"),
            "effects": gettext_lazy("Likely consequences"), "measures": gettext_lazy("What was done and will be done"),
            "risk": gettext_lazy("Risk for the people"),
            "reason": gettext_lazy("Why there is no risk, or why the authority was told later than in 72 hours"),
            "told_authority": gettext_lazy("The authority was told"), "told_people": gettext_lazy("The people were told"),
        }  # fmt: skip

    def clean(self) -> dict[str, Any]:
        """No time to come; what is late or without risk has its reason."""
        data = super().clean() or {}
        now = timezone.now()
        for name in MOMENTS:
            if data.get(name) and data[name] > now:
                self.add_error(name, _("This moment is still to come."))
        known, told = data.get("known"), data.get("told_authority")
        if known and told and told - known > timedelta(hours=HOURS) and not data.get("reason"):
            self.add_error("reason", _("Say why it took longer than 72 hours (Art. 33(1) GDPR)."))
        if data.get("risk") == Breach.Risk.NONE and not data.get("reason"):
            self.add_error("reason", _("Say why there is no risk: the authority may ask (Art. 33(5) GDPR)."))  # fmt: skip
        return data


@allow("admin", people=False)
@require_safe
def breaches(request: HttpRequest) -> HttpResponse:
    """All of them, with what is still to be done."""
    return render(request, "protect/breaches.html", {"clocks": clocks(timezone.now()), "section": "protect"})  # fmt: skip


@allow("admin", people=False)
@require_http_methods(["GET", "HEAD", "POST"])
def breach_new(request: HttpRequest) -> HttpResponse:
    """Write one down."""
    return _edit(request, None)


@allow("admin", people=False)
@require_http_methods(["GET", "HEAD", "POST"])
def breach_edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Add to it what has become known."""
    return _edit(request, get_object_or_404(Breach, pk=pk))


def _edit(request: HttpRequest, known: Breach | None) -> HttpResponse:
    with timezone.override(zone_named(current_shop().zone)):
        form = BreachForm(request.POST or None, instance=known)
        if request.method == "POST" and form.is_valid():
            form.instance.by = form.instance.by or request.user
            form.save()
            forget_alerts()
            messages.success(request, _("Saved."))
            return redirect("breaches")
        context = {"form": form, "known": known, "section": "protect"}
        return render(request, "protect/breach.html", context, status=422 if form.errors else 200)


@allow("admin", people=False)
@require_safe
def breaches_export(request: HttpRequest, kind: str) -> HttpResponse:
    """The log as CSV or PDF."""
    if kind not in ("pdf", "csv"):
        raise Http404
    fields = [(name, str(label)) for name, label in BreachForm.Meta.labels.items()]
    rows = [[str(one), *(_shown(one, name) for name, _label in fields)] for one in Breach.objects.all()]  # fmt: skip
    if kind == "csv":
        return as_csv("breaches", [_("Data breach"), *(label for _name, label in fields)], rows)
    blocks: list[Any] = []
    for row in rows:
        blocks += [Heading(row[0]), Rows((), [(label, text or "–") for (_name, label), text in zip(fields, row[1:], strict=True)], (1, 3))]  # fmt: skip
    made = as_pdf(_("Data breaches"), blocks or [_("None.")], get_language() or "en")
    return attachment(made, "breaches.pdf", PDF)


def _shown(one: Breach, name: str) -> str:
    if name == "risk":
        return str(one.get_risk_display())
    value = getattr(one, name)
    if isinstance(value, datetime):
        return formats.moment(value, current_shop().zone)
    return "" if value is None else str(value)
