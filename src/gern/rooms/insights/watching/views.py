"""Pages of the alarms; bands, notes and watches of a figure."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from gern.core.errors import BadInput
from gern.core.figures.definition import Figure
from gern.kit.access import allow
from gern.kit.alerts import forget_alerts
from gern.kit.inputs import number
from gern.kit.mail.services import setup
from gern.kit.shop import current_shop
from gern.rooms.insights.access import may_see
from gern.rooms.insights.models import Alarm, AlarmReader, Band, Look, TimeNote, Watch
from gern.rooms.insights.watching.sentences import all_said
from gern.rooms.insights.watching.services import AT_HOUR, look, watched_figures

SHOWN = 100
MOST = 1e12


class Bounded(forms.FloatField):
    """A number as figures have them."""

    def __init__(self, **options: object):
        super().__init__(**{**options, "min_value": -MOST, "max_value": MOST})  # type: ignore[arg-type]


class BandForm(forms.ModelForm[Band]):
    """At least one end."""

    class Meta:
        model = Band
        fields = ["step", "low", "high", "source"]
        field_classes = {"low": Bounded, "high": Bounded}
        labels = {
            "step": gettext_lazy("Value of"), "low": gettext_lazy("not below"),
            "high": gettext_lazy("not above"), "source": gettext_lazy("Where this comes from"),
        }  # fmt: skip

    def clean(self) -> dict[str, object]:
        """The lower end is not above the upper one."""
        data = super().clean() or {}
        low, high = data.get("low"), data.get("high")
        if low is None and high is None:
            raise forms.ValidationError(_("Say at least one end of the band."))
        if low is not None and high is not None and low > high:
            raise forms.ValidationError(_("The lower end is above the upper one."))
        return data


class NoteForm(forms.ModelForm[TimeNote]):
    """What happened, and when."""

    class Meta:
        model = TimeNote
        fields = ["day", "text"]
        labels = {"day": gettext_lazy("Day"), "text": gettext_lazy("What happened")}
        widgets = {"day": forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")}


@allow("viewer")
@require_safe
def alarms(request: HttpRequest) -> HttpResponse:
    """What was out of the ordinary, newest first; what is watched; who gets it by mail."""
    shop = current_shop()
    context = {
        "alarms": all_said(
            shop, Alarm.objects.select_related("seen_by")[:SHOWN], partial(may_see, request.user)
        ),
        "look": Look.objects.first(),
        "watched": [f for f in watched_figures(shop) if may_see(request.user, f)],
        "by_mail": AlarmReader.objects.filter(user=request.user).exists(),
        "mail_works": setup() is not None,
        "at_hour": AT_HOUR,
        "section": "alarms",
    }
    return render(request, "insights/alarms.html", context)


@allow("editor", people=False)
@require_POST
def look_now(request: HttpRequest) -> HttpResponse:
    """Look at everything now."""
    shop = current_shop()
    if shop.span() is not None:
        made = look(shop, timezone.now())
        if made.alarms.exists():
            messages.success(request, _("Looked at all watched figures."))
        else:
            messages.success(request, _("Looked at all watched figures: nothing unusual."))
    return redirect("alarms")


@allow("editor", people=False)
@require_POST
def alarm_seen(request: HttpRequest) -> HttpResponse:
    """One alarm, or all, are known and need not be shown any more."""
    found = Alarm.objects.filter(seen=None)
    if request.POST.get("all") != "yes":
        found = found.filter(pk=number(request.POST.get("alarm", "")))
    found.update(seen=timezone.now(), seen_by=request.user)
    forget_alerts()
    return redirect("alarms")


@allow("viewer")
@require_POST
def alarm_mail(request: HttpRequest) -> HttpResponse:
    """This user wants the alarms by mail, or no more."""
    if request.POST.get("on") == "yes":
        AlarmReader.objects.get_or_create(user=request.user)
        messages.success(request, _("You will get a mail on days with alerts: one for all."))
    else:
        AlarmReader.objects.filter(user=request.user).delete()
        messages.success(request, _("You get no more mails about alerts."))
    return redirect("alarms")


@allow("editor", people=False)
@require_POST
def watch(request: HttpRequest, id: str) -> HttpResponse:
    """Look after a figure, or no more."""
    figure = _figure(id)
    on = request.POST.get("on") == "yes"
    Watch.objects.update_or_create(figure=figure.id, defaults={"on": on, "by": request.user})
    return _back(request, figure.id)


@allow("editor", people=False)
@require_POST
def band(request: HttpRequest, id: str) -> HttpResponse:
    """Between what a figure shall lie; empty: the band is gone."""
    figure = _figure(id)
    known = Band.objects.filter(figure=figure.id).first()
    if not request.POST.get("low") and not request.POST.get("high"):
        if known:
            known.delete()
            messages.success(request, _("The band is gone."))
        return _back(request, figure.id)
    return _saved(request, BandForm(request.POST, instance=known or Band(figure=figure.id)),
                  figure.id, lambda: _("The band is set."))  # fmt: skip


@allow("editor", people=False)
@require_POST
def note_addition(request: HttpRequest, id: str) -> HttpResponse:
    """Something happened on a day; ``everywhere``: it is shown at all figures."""
    figure = _figure(id)
    where = "" if request.POST.get("everywhere") else figure.id
    form = NoteForm(request.POST, instance=TimeNote(figure=where))
    return _saved(request, form, figure.id, lambda: _("The note stands on the time line."))


@allow("editor", people=False)
@require_POST
def note_removal(request: HttpRequest, pk: int) -> HttpResponse:
    """A note is gone."""
    get_object_or_404(TimeNote, pk=pk).delete()
    messages.success(request, _("The note is gone."))
    return _back(request, "")


def _figure(id: str) -> Figure:
    try:
        return current_shop().figure_named(id)
    except BadInput as error:
        raise Http404 from error


def _saved(
    request: HttpRequest,
    form: forms.ModelForm,
    id: str,
    done: Callable[[], str],  # type: ignore[type-arg]
) -> HttpResponse:
    if form.is_valid():
        form.instance.by = request.user
        form.save()
        messages.success(request, done())
    else:
        for errors in form.errors.values():
            for error in errors:
                messages.error(request, str(error))
    return _back(request, id)


def _back(request: HttpRequest, id: str) -> HttpResponse:
    """To the page the form stands on."""
    asked = request.POST.get("next", "")
    if url_has_allowed_host_and_scheme(asked, {request.get_host()}, request.is_secure()):
        return redirect(asked)
    return redirect(reverse("figure", args=[id]) if id else "alarms")
