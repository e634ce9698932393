"""The retention schedule: rules, what the coming night would do, what the last nights did."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from gern.kit.access import allow
from gern.kit.shop import current_shop, real_today
from gern.rooms.protect.models import Retention, RetentionRun
from gern.rooms.protect.record.services import places
from gern.rooms.protect.retention import services

SAMPLE = 20
USUAL = {Retention.Whom.CUSTOMERS: 36, Retention.Whom.VISITORS: 14}
"""Months that are proposed."""


class RetentionForm(forms.ModelForm[Retention]):
    """One rule."""

    class Meta:
        model = Retention
        fields = ["months", "why", "on"]
        labels = {
            "months": gettext_lazy("Months since they were last heard of"),
            "why": gettext_lazy("Why so long"), "on": gettext_lazy("Erase by night"),
        }  # fmt: skip


@allow("editor")
@require_safe
def retention(request: HttpRequest) -> HttpResponse:
    """Both rules with how many are over the time now, and the places with a time of their own."""
    shop, found = current_shop(), []
    known = {rule.whom: rule for rule in Retention.objects.all()}
    for whom, name in Retention.Whom.choices:
        rule = known.get(whom)
        found.append((whom, name, rule, services.how_many(shop, rule, real_today(shop)) if rule else None))  # fmt: skip
    context = {"stale": services.is_stale(shop), "rules": found, "runs": RetentionRun.objects.all()[:30], "places": places(), "section": "protect"}  # fmt: skip
    return render(request, "protect/retention.html", context)


@allow("admin")
@require_http_methods(["GET", "HEAD", "POST"])
def retention_edit(request: HttpRequest, whom: str) -> HttpResponse:
    """Change a rule, with whom it would erase."""
    if whom not in Retention.Whom.values:
        raise Http404
    shop, known = current_shop(), Retention.objects.filter(whom=whom).first()
    rule = known or Retention(whom=whom, months=USUAL[Retention.Whom(whom)])
    form = RetentionForm(request.POST or None, instance=rule)
    valid = request.method == "POST" and form.is_valid()
    if valid and request.POST.get("do") == "save":
        form.instance.by = request.user
        form.save()
        messages.success(request, _("Saved."))
        return redirect("retention")
    shown = form.instance if valid else rule
    if form.errors:
        shown = Retention(whom=whom, months=USUAL[Retention.Whom(whom)])
    context = {
        "form": form, "rule": shown, "name": Retention.Whom(whom).label, "known": known,
        "many": services.how_many(shop, shown, real_today(shop)), "before": services.last_day(shown, real_today(shop)),
        "sample": services.unheard(shop, shown, real_today(shop), limit=SAMPLE), "section": "protect",
    }  # fmt: skip
    return render(request, "protect/retention_edit.html", context, status=422 if form.errors else 200)  # fmt: skip
