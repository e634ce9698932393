"""Pages of the reports of a dashboard."""

from __future__ import annotations

from datetime import UTC, datetime

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.http import content_disposition_header
from django.utils.translation import get_language, gettext_lazy, ngettext
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from gern.kit.access import allow, may
from gern.kit.mail.services import setup
from gern.kit.shop import current_shop, local
from gern.rooms.insights.dashboards.services import SPANS, answers_for, changeable, may_change
from gern.rooms.insights.models import Report
from gern.rooms.insights.reports.rendering import render as rendered
from gern.rooms.insights.reports.services import addresses, last_due, send

LANGUAGES = [("de", "Deutsch"), ("en", "English")]


class ReportForm(forms.ModelForm[Report]):
    """To whom, how often, in which language."""

    recipients = forms.CharField(
        label=gettext_lazy("To (addresses)"),
        widget=forms.Textarea(attrs={"rows": 2, "placeholder": "a@example.org, b@example.org"}),
    )
    hour = forms.IntegerField(label=gettext_lazy("from hour"), min_value=0, max_value=23, initial=7)
    language = forms.ChoiceField(label=gettext_lazy("Language"), choices=LANGUAGES)

    class Meta:
        model = Report
        fields = ["recipients", "rhythm", "hour", "language"]
        labels = {"rhythm": gettext_lazy("How often")}

    def clean_recipients(self) -> list[str]:
        """As a list."""
        return addresses(self.cleaned_data["recipients"])


@allow("editor", people=False)
@require_http_methods(["GET", "HEAD", "POST"])
def reports(request: HttpRequest, pk: int) -> HttpResponse:
    """The reports of a dashboard, and a new one."""
    shop, one = current_shop(), changeable(request.user, pk)
    form = ReportForm(request.POST or None, initial={"language": get_language()})
    if request.method == "POST" and form.is_valid():
        report = form.save(commit=False)
        report.dashboard, report.by = one, request.user
        report.last = last_due(report, local(shop, datetime.now(UTC)))
        report.save()
        messages.success(request, _("The report will be sent as planned."))
        return redirect("reports", pk=one.pk)
    context = {
        "dashboard": one,
        "form": form,
        "reports": [(r, answers_for(r.by)) for r in one.reports.select_related("by")],
        "mail_works": setup() is not None,
        "span": SPANS.get(one.span),
        "section": "dashboards",
    }
    return render(request, "insights/reports.html", context, status=422 if form.errors else 200)


@allow("editor", people=False)
@require_safe
def report_pdf(request: HttpRequest, pk: int) -> HttpResponse:
    """The dashboard as a PDF, as it would be enclosed."""
    pdf = rendered(current_shop(), changeable(request.user, pk), get_language() or "en").files[-1]
    response = HttpResponse(pdf.content, content_type=pdf.type)
    response["Content-Disposition"] = content_disposition_header(False, pdf.name) or "inline"
    return response


@allow("editor", people=False)
@require_safe
def report_look(request: HttpRequest, pk: int) -> HttpResponse:
    """The mail as it would be sent, to look at."""
    import base64

    found = rendered(current_shop(), changeable(request.user, pk), get_language() or "en")
    html = found.html
    for file in found.files:
        if file.cid:
            shown = base64.b64encode(file.content).decode()
            html = html.replace(f'cid:{file.cid}"', f'data:{file.type};base64,{shown}"')
    response = HttpResponse(html)
    # styles stand in the elements: mails know nothing else; and nothing else may run here
    nothing = ["'none'"]
    response._csp_replace = {  # type: ignore[attr-defined]
        "script-src": nothing, "connect-src": nothing, "form-action": nothing,
        "style-src": ["'unsafe-inline'"], "img-src": ["data:"],
    }  # fmt: skip
    return response


@allow("editor", people=False)
@require_POST
def report_sending(request: HttpRequest, pk: int) -> HttpResponse:
    """Send a report now, beside its schedule."""
    report = get_object_or_404(Report.objects.select_related("dashboard"), pk=pk)
    one, shop = changeable(request.user, report.dashboard_id), current_shop()
    if setup() is None or shop.span() is None:
        messages.error(
            request, _("Nothing was sent: mail is not set up, or there are no data yet.")
        )
    else:
        now = datetime.now(UTC)
        put = send(shop, report, now.date(), again=f":{now:%H%M%S}")
        said = ngettext("On its way to %(n)s address.", "On its way to %(n)s addresses.", put)
        messages.success(request, said % {"n": put})
    return redirect("reports", pk=one.pk)


@allow("editor", people=False)
@require_POST
def report_removal(request: HttpRequest, pk: int) -> HttpResponse:
    """It is sent no more."""
    report = get_object_or_404(Report.objects.select_related("dashboard"), pk=pk)
    mine = may_change(request.user, report.dashboard)
    if not mine and not may(request.user, "admin", "insights"):
        raise Http404
    report.delete()
    messages.success(request, _("The report is gone."))
    return redirect("reports", pk=report.dashboard_id) if mine else redirect("outside")
