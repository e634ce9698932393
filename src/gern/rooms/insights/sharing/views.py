"""The links of a dashboard, and what an outsider sees behind one."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from gern.kit.access import allow, may
from gern.kit.charts import as_picture
from gern.kit.outside import framed_by, sites
from gern.kit.shop import current_shop, local
from gern.rooms.insights.dashboards.content import content
from gern.rooms.insights.dashboards.services import (
    SPANS,
    answers_for,
    changeable,
    may_change,
    period_of,
    placed,
)
from gern.rooms.insights.models import Report, SharedLink
from gern.rooms.insights.reports.rendering import contents_for_outsiders
from gern.rooms.insights.reports.views import LANGUAGES
from gern.rooms.insights.sharing import services


class LinkForm(forms.Form):
    """For whom, until when, embedded where."""

    for_whom = forms.CharField(label=gettext_lazy("For whom"), max_length=100)
    expires = forms.DateField(
        label=gettext_lazy("Holds until"),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    language = forms.ChoiceField(label=gettext_lazy("Language"), choices=LANGUAGES)
    frames = forms.CharField(
        label=gettext_lazy("Sites that may embed it"), required=False, max_length=500,
        widget=forms.TextInput(attrs={"placeholder": "https://intranet.example.org"}),
    )  # fmt: skip

    def clean_expires(self) -> Any:
        """A day to come, within a year."""
        day, today = self.cleaned_data["expires"], local_today()
        if not today <= day <= services.last_day(today):
            raise forms.ValidationError(_("Choose a day within the next twelve months."))
        return day

    def clean_frames(self) -> str:
        """Sites, with spaces between."""
        return sites(self.cleaned_data["frames"])


@allow("editor", people=False)
@require_http_methods(["GET", "HEAD", "POST"])
def links(request: HttpRequest, pk: int) -> HttpResponse:
    """The links of a dashboard, and a new one; its address is shown once."""
    one = changeable(request.user, pk)
    in_a_month = local_today() + timedelta(days=30)
    start = {"language": translation.get_language(), "expires": in_a_month}
    form = LinkForm(request.POST or None, initial=start)
    address = None
    if request.method == "POST" and form.is_valid():
        _link, token = services.make(one, by=request.user, **form.cleaned_data)
        address = request.build_absolute_uri(reverse("shared", args=[token]))
        form = LinkForm(initial=start)
    context = {
        "dashboard": one,
        "form": form,
        "address": address,
        "links": [(link, answers_for(link.by)) for link in one.links.select_related("by")],
        "today": local_today(),
        "section": "dashboards",
    }
    return render(request, "insights/links.html", context, status=422 if form.errors else 200)


@allow("editor", people=False)
@require_POST
def link_end(request: HttpRequest, pk: int) -> HttpResponse:
    """It opens nothing any more, from now on."""
    link = get_object_or_404(SharedLink.objects.select_related("dashboard"), pk=pk)
    mine = may_change(request.user, link.dashboard)
    if not mine and not may(request.user, "admin", "insights"):
        raise Http404
    link.revoked = link.revoked or timezone.now()
    link.save(update_fields=["revoked"])
    messages.success(request, _("The link opens nothing any more."))
    return redirect("links", pk=link.dashboard_id) if mine else redirect("outside")


@allow("admin")
@require_safe
def outside(request: HttpRequest) -> HttpResponse:
    """Everything that leaves the house by itself: all links and reports, also of others'
    dashboards."""
    all_links = SharedLink.objects.select_related("dashboard", "by")
    all_reports = Report.objects.select_related("dashboard", "by")
    context = {
        "links": [(link, answers_for(link.by)) for link in all_links],
        "reports": [(report, answers_for(report.by)) for report in all_reports],
        "today": local_today(),
        "section": "settings",
    }
    return render(request, "insights/outside.html", context)


@allow("public")
@require_safe
def shared(request: HttpRequest, token: str) -> HttpResponse:
    """The dashboard for an outsider: aggregates only."""
    link = _link(token)
    shop = current_shop()
    with translation.override(link.language):
        empty = shop.span() is None
        period = period_of(shop, link.dashboard.span)
        context = {
            "dashboard": link.dashboard,
            "contents": [] if empty else contents_for_outsiders(shop, link.dashboard, period),
            "token": token,
            "period": period,
            "span": SPANS.get(link.dashboard.span),
            "expires": link.expires,
            "is_demo": shop.demo is not None,
        }
        response = render(request, "insights/shared.html", context)
    return _outside(response, link)


@allow("public")
@require_safe
def shared_chart(request: HttpRequest, token: str, place: int) -> HttpResponse:
    """A tile's picture, for readers without JavaScript."""
    link = _link(token)
    shop = current_shop()
    tiles = placed(shop, link.dashboard)
    if place >= len(tiles) or shop.span() is None:
        raise Http404
    with translation.override(link.language):
        found = content(shop, tiles[place], period_of(shop, link.dashboard.span), None)
        if found.spec is None:
            raise Http404
        picture = as_picture(found.spec, "svg")
    return _outside(HttpResponse(picture, content_type="image/svg+xml"), link)


def local_today() -> date:
    """Today, where the shop is."""
    return local(current_shop(), timezone.now()).date()


def _link(token: str) -> SharedLink:
    link = services.find(token, local_today())
    if link is None:
        raise Http404
    return link


def _outside(response: HttpResponse, link: SharedLink) -> HttpResponse:
    """No search engine, no referrer, framed only where the link says so."""
    response["X-Robots-Tag"] = "noindex, nofollow"
    response["Referrer-Policy"] = "no-referrer"
    response["Cache-Control"] = "private, no-store"
    response["Content-Language"] = link.language
    framed_by(response, link.frames)
    return response
