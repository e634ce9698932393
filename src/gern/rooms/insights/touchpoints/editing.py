"""Naming touchpoints: which events happen there, and the phases they lie in."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST
from django_htmx.http import HttpResponseClientRedirect

from gern.core.conditions.nodes import All, Compare, Condition, Not
from gern.core.conditions.nodes import Any as Any_
from gern.core.conditions.sql import event_sql
from gern.core.conditions.tree import check, check_names_nobody
from gern.core.conditions.words import said as words_of
from gern.core.engines.question import Question
from gern.core.errors import BadInput, GernError
from gern.core.shop import Shop
from gern.core.text import Text
from gern.core.touchpoints.journey import PHASES, Journey, Touchpoint
from gern.kit import conditions as editor
from gern.kit import formats
from gern.kit.access import allow
from gern.kit.errors import said
from gern.kit.shop import current_shop
from gern.rooms.insights.touchpoints import services

_START = All((Compare("name"),))
LOOKED_AT = timedelta(days=90)


class PointForm(forms.Form):
    """A touchpoint but for its rule."""

    name_de = forms.CharField(label=gettext_lazy("Name in German"), max_length=80)
    name_en = forms.CharField(label=gettext_lazy("Name in English"), max_length=80)
    phase = forms.TypedChoiceField(label=gettext_lazy("Phase"), coerce=int)
    by_hand = forms.BooleanField(
        label=gettext_lazy("Only contacts that name it: noted by hand or imported"), required=False
    )

    def __init__(self, *args: Any, journey: Journey, **options: Any) -> None:
        super().__init__(*args, **options)
        phases = enumerate(formats.text(name) for name in journey.phases)
        self.fields["phase"].choices = list(phases)  # type: ignore[attr-defined]


@allow("editor", shows=("contact", "revenue"))
@require_http_methods(["GET", "HEAD", "POST"])
def phases_edit(request: HttpRequest) -> HttpResponse:
    """Which phases there are, and the touchpoints in the order they are looked at."""
    shop = current_shop()
    journey = shop.journey()
    problem, names = None, list(map(formats.text, journey.phases))
    if request.method == "POST":
        names = [
            line.strip() for line in request.POST.get("names", "").splitlines() if line.strip()
        ]
        try:
            services.keep(
                shop,
                services.with_phases(
                    journey, request.POST.get("division", ""), names, get_language() or "en"
                ),
                str(request.user),
            )
            messages.success(request, _("Saved."))
            return redirect("phases_edit")
        except GernError as error:
            problem = said(error)
    divisions = [(id, " – ".join(map(formats.text, phases))) for id, phases in PHASES.items()]
    context = {
        "journey": journey, "divisions": divisions, "problem": problem, "section": "patterns",
        "names": "\n".join(names),
        "points": [
            (one, formats.text(one.name), formats.text(journey.phases[one.phase]),
             "" if one.when is None else formats.text(words_of(one.when)))
            for one in journey.points
        ],
        "usual": not shop.setting("touchpoints").value,
    }  # fmt: skip
    return render(
        request, "insights/touchpoints_edit.html", context, status=422 if problem else 200
    )


@allow("editor", shows=("contact", "revenue"))
@require_http_methods(["GET", "HEAD", "POST"])
def touchpoint_new(request: HttpRequest) -> HttpResponse:
    """One more touchpoint."""
    return _page(request, None)


@allow("editor", shows=("contact", "revenue"))
@require_http_methods(["GET", "HEAD", "POST"])
def touchpoint(request: HttpRequest, name: str) -> HttpResponse:
    """Change a touchpoint."""
    return _page(request, _named(name))


@allow("editor", shows=("contact", "revenue"))
@require_POST
def touchpoint_place(request: HttpRequest, name: str) -> HttpResponse:
    """Look at it earlier or later: an event is at the first touchpoint it fits."""
    shop, step = current_shop(), -1 if request.POST.get("to") == "earlier" else 1
    services.keep(shop, services.moved(shop.journey(), _named(name).key, step), str(request.user))
    return redirect("phases_edit")


@allow("editor", shows=("contact", "revenue"))
@require_POST
def touchpoint_removal(request: HttpRequest, name: str) -> HttpResponse:
    """It is no touchpoint any more; its events stay."""
    shop = current_shop()
    services.keep(shop, services.without_point(shop.journey(), _named(name).key), str(request.user))
    messages.success(request, _("The touchpoint is gone; its contacts stay in the log."))
    return redirect("phases_edit")


@allow("editor", shows=("contact", "revenue"))
@require_POST
def touchpoints_usual(request: HttpRequest) -> HttpResponse:
    """Back to those of usual events."""
    current_shop().change_setting("touchpoints", None, str(request.user))
    messages.success(request, _("The touchpoints of usual events hold again."))
    return redirect("phases_edit")


def _page(request: HttpRequest, point: Touchpoint | None) -> HttpResponse:
    shop = current_shop()
    journey = shop.journey()
    problem, status, fits = None, 200, None
    if request.method == "POST":
        form = PointForm(request.POST, journey=journey)
        part = editor.posted(request.POST, "events")
        saving = "do" not in request.POST
        try:
            when = _rule(part, request, saving)
            if saving and form.is_valid():
                kept = _made(journey, form, point, when)
                services.keep(shop, services.with_point(journey, kept), str(request.user))
                messages.success(request, _("Saved."))
                if request.htmx:  # type: ignore[attr-defined]
                    return HttpResponseClientRedirect(reverse("phases_edit"))
                return redirect("phases_edit")
            fits = _fits(shop, when)
        except GernError as error:
            problem = said(error)
        status = 422 if saving and not request.htmx else 200  # type: ignore[attr-defined]
    else:
        initial = {"phase": 0}
        if point:
            initial = {"name_de": point.name.de, "name_en": point.name.en, "phase": point.phase,
                       "by_hand": point.when is None}  # type: ignore[dict-item]  # fmt: skip
        form = PointForm(initial=initial, journey=journey)
        part = editor.shown(point.when if point and point.when is not None else _START, "events")
        fits = _fits(shop, point.when) if point else None
    context = {
        "point": point, "form": form, "part": part, "problem": problem, "fits": fits,
        "name": formats.text(point.name) if point else "", "by_hand": bool(form["by_hand"].value()),
        "days": LOOKED_AT.days, "section": "patterns", **editor.proposals(shop),
    }  # fmt: skip
    return render(request, "insights/touchpoint.html", context, status=status)


def _rule(part: editor.Part, request: HttpRequest, saving: bool) -> Condition | None:
    if request.POST.get("by_hand"):
        return None
    if saving:
        editor.check_whole(part)
    when = editor.condition_of(part)
    if when is None or _is_empty(when):
        if not saving:
            return None
        raise BadInput(
            "Say which events happen there, or that only contacts count that name it.",
            param="events",
            german="Legen Sie fest, welche Ereignisse dort geschehen, oder dass nur Kontakte zählen,"
            " die ihn nennen.",
        )
    check(when, people=False)
    check_names_nobody(when)  # also before it is tried: a count tells whether a value is there
    return when


def _is_empty(when: Condition) -> bool:
    """Whether a group in it has no parts: it would fit every event, or none."""
    if isinstance(when, All | Any_):
        return not when.of or any(map(_is_empty, when.of))
    return isinstance(when, Not) and _is_empty(when.of)


def _made(
    journey: Journey, form: PointForm, point: Touchpoint | None, when: Condition | None
) -> Touchpoint:
    said = form.cleaned_data
    key = point.key if point else services.free_key(journey, said["name_de"])
    return Touchpoint(key, Text(said["name_de"], said["name_en"]), said["phase"], when)


def _fits(shop: Shop, when: Condition | None) -> int | None:
    """How many events of the last 90 days fit the rule."""
    if when is None:
        return None
    period = shop.period(shop.today() - LOOKED_AT, shop.today())
    sql = (
        "SELECT count(*) AS n FROM events WHERE traffic IS NULL AND person IS NOT NULL"
        f" AND ts >= $since AND ts < $until AND {event_sql(when)}"
    )
    values = {"since": period.since, "until": period.until}
    question = Question(sql, values, "rule of a touchpoint", period.since, period.until)
    return int(shop.door.ask(question)[0]["n"])


def _named(key: str) -> Touchpoint:
    found = current_shop().journey().named(key)
    if found is None:
        raise Http404
    return found
