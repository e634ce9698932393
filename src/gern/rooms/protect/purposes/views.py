"""What customers are contacted for: all purposes with how many may be contacted, and one of them."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from gern.core.consent.gate import ALLOWED
from gern.core.consent.purpose import ADVERTISING, CHANNELS
from gern.kit import formats
from gern.kit.access import allow
from gern.kit.shop import current_shop, real_today
from gern.rooms.protect.gate.services import counted
from gern.rooms.protect.models import Purpose, Restriction, Suppressed
from gern.rooms.protect.requests.services import open_requests


class PurposeForm(forms.ModelForm[Purpose]):
    """A purpose; its id stays what it is."""

    class Meta:
        model = Purpose
        fields = ["id", "name", "text", "called", "kind", "needs_proof", "own_goods", "told_since"]
        widgets = {
            "told_since": forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
            "text": forms.Textarea(attrs={"rows": 3}),
            "called": forms.Textarea(attrs={"rows": 2}),
        }
        labels = {
            "id": gettext_lazy("Short name, as consents carry it"), "name": gettext_lazy("Name"),
            "text": gettext_lazy("What is sent, in the customer’s words"),
            "called": gettext_lazy("Other names of it in your data, one a line"),
            "kind": gettext_lazy("Kind"),
            "needs_proof": gettext_lazy("A consent without evidence does not count"),
            "own_goods": gettext_lazy("Own goods, similar to those bought, to addresses that customers gave with a purchase (§ 7(3) UWG)"),
            "told_since": gettext_lazy("At every sale, customers are told that they can object, since"),
        }  # fmt: skip

    def __init__(self, *args: Any, **options: Any):
        super().__init__(*args, **options)
        if self.instance.pk:
            self.fields["id"].disabled = True

    def clean(self) -> dict[str, Any]:
        """§ 7(3) needs all its conditions; a new purpose no taken name."""
        data = super().clean() or {}
        names = {
            n.strip().lower()
            for n in (data.get("id") or "", *(data.get("called") or "").splitlines())
        }
        for other in Purpose.objects.exclude(pk=self.instance.pk):
            if taken := sorted(names & set(other.terms().names)):
                self.add_error("called", _("“%(name)s” is called “%(taken)s” already.") % {"name": other.name, "taken": taken[0]})  # fmt: skip
        if data.get("own_goods") and not data.get("told_since"):
            self.add_error("told_since", _("Without this day § 7(3) UWG allows nothing."))
        if data.get("own_goods") and data.get("kind") != ADVERTISING:
            self.add_error("own_goods", _("§ 7(3) UWG is about advertising."))
        return data


@allow("editor", people=False)
@require_safe
def protect(request: HttpRequest) -> HttpResponse:
    """Every purpose, and by which channel how many may be contacted."""
    shop = current_shop()
    found = []
    for purpose in Purpose.objects.all():
        by = {channel: counted(shop, purpose, channel) for channel in CHANNELS}
        cells = [
            (channel, sum(n for code, n in codes.items() if code in ALLOWED), sum(codes.values()))
            for channel, codes in by.items()
        ]
        found.append((purpose, cells))
    waiting = open_requests(real_today(shop))
    context = {
        "open_requests": len(waiting),
        "next_deadline": next(iter(waiting), None),
        "purposes": found,
        "channels": [formats.text(label) for label in CHANNELS.values()],
        "suppressed": Suppressed.objects.count(),
        "restricted": Restriction.objects.count(),
        "section": "protect",
    }
    return render(request, "protect/protect.html", context)


@allow("admin", people=False)
@require_http_methods(["GET", "HEAD", "POST"])
def purpose_new(request: HttpRequest) -> HttpResponse:
    """A new purpose."""
    return _edit(request, None)


@allow("admin", people=False)
@require_http_methods(["GET", "HEAD", "POST"])
def purpose_edit(request: HttpRequest, pk: str) -> HttpResponse:
    """Change a purpose."""
    return _edit(request, get_object_or_404(Purpose, pk=pk))


@allow("admin", people=False)
@require_POST
def purpose_removal(request: HttpRequest, pk: str) -> HttpResponse:
    """It is gone: nobody may be contacted for it any more. The consents stay in the log."""
    get_object_or_404(Purpose, pk=pk).delete()
    messages.success(request, _("The purpose is gone; consents for it stay in the log."))
    return redirect("protect")


def _edit(request: HttpRequest, purpose: Purpose | None) -> HttpResponse:
    form = PurposeForm(request.POST or None, instance=purpose)
    if request.method == "POST" and form.is_valid():
        form.instance.by = request.user
        form.save()
        messages.success(request, _("Saved."))
        return redirect("protect")
    context = {"form": form, "purpose": purpose, "section": "protect"}
    return render(request, "protect/purpose.html", context, status=422 if form.errors else 200)
