"""Pages of the figures people define themselves."""

from __future__ import annotations

import re

import msgspec
from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from django_htmx.http import HttpResponseClientRedirect

from gern.core.conditions.nodes import All, Compare
from gern.core.conditions.tree import check
from gern.core.errors import GernError
from gern.core.figures.answer import Answer
from gern.core.figures.compute import compute
from gern.core.figures.own import OwnFigure, figure_of, own_figures, read, versions
from gern.core.shop import Shop
from gern.kit import conditions as editor
from gern.kit.access import allow
from gern.kit.errors import said
from gern.kit.shop import current_shop

KINDS = [
    ("count", gettext_lazy("number of events")), ("people", gettext_lazy("number of persons")),
    ("sum", gettext_lazy("sum of a field")), ("mean", gettext_lazy("mean of a field")),
    ("rate", gettext_lazy("rate: events of events")),
    ("people_rate", gettext_lazy("rate: persons of persons")),
]  # fmt: skip


_START = All((Compare("name"),))


class Definition(forms.Form):
    """Everything of an own figure but its conditions."""

    name_de = forms.CharField(label=gettext_lazy("Name in German"), max_length=100)
    name_en = forms.CharField(label=gettext_lazy("Name in English"), max_length=100)
    kind = forms.ChoiceField(
        label=gettext_lazy("What is measured"), choices=KINDS,
        widget=forms.Select(attrs={  # another kind asks for other things
            "hx-post": "", "hx-trigger": "change", "hx-vals": '{"do": "look"}',
            "hx-target": "#own-form", "hx-select": "#own-form", "hx-swap": "outerHTML",
        }),
    )  # fmt: skip
    value = forms.CharField(
        label=gettext_lazy("Field (sum and mean)"), required=False,
        widget=forms.TextInput(attrs={"list": "condition-fields", "placeholder": "properties.score"}),
    )  # fmt: skip
    money = forms.BooleanField(label=gettext_lazy("It is money"), required=False)
    good = forms.ChoiceField(
        label=gettext_lazy("Better is"), required=False,
        choices=[("up", gettext_lazy("more")), ("down", gettext_lazy("less")),
                 ("", gettext_lazy("neither"))],
    )  # fmt: skip


@allow("editor", shows=("contact", "revenue"))
@require_safe
def own_list(request: HttpRequest) -> HttpResponse:
    """All own figures."""
    shop = current_shop()
    found = [shop.figure_named(id) for id in own_figures(shop.manifest)]
    return render(request, "insights/own_list.html", {"figures": found, "section": "figures"})


@allow("editor", shows=("contact", "revenue"))
@require_http_methods(["GET", "HEAD", "POST"])
def own_new(request: HttpRequest) -> HttpResponse:
    """Define one."""
    return _page(request, None)


@allow("editor", shows=("contact", "revenue"))
@require_http_methods(["GET", "HEAD", "POST"])
def own_edit(request: HttpRequest, id: str) -> HttpResponse:
    """A new version of one."""
    own = own_figures(current_shop().manifest).get(id)
    if own is None:
        raise Http404
    return _page(request, own)


@allow("editor", shows=("contact", "revenue"))
@require_POST
def own_removal(request: HttpRequest, id: str) -> HttpResponse:
    """It is no figure any more; its versions stay."""
    shop = current_shop()
    if id not in own_figures(shop.manifest):
        raise Http404
    shop.take_figure_away(id, str(request.user))
    messages.success(request, _("The figure is gone; its versions are kept."))
    return redirect("own_figures")


def _page(request: HttpRequest, own: OwnFigure | None) -> HttpResponse:
    shop = current_shop()
    problem, preview, status = None, None, 200
    if request.method == "POST":
        form = Definition(request.POST)
        parts = {
            name: editor.posted(request.POST, name, people=name == "people")  # type: ignore[arg-type]
            for name in ("events", "of", "people")
        }
        saving = "do" not in request.POST
        try:
            found = _definition(shop, form, parts, own, saving)
            if saving and found is not None:
                shop.keep_figure(found, str(request.user))
                messages.success(request, _("Saved."))
                if request.htmx:  # type: ignore[attr-defined]
                    return HttpResponseClientRedirect(reverse("figure", args=[found.id]))
                return redirect("figure", id=found.id)
            if found is not None:
                preview = _tried(shop, found)
        except GernError as error:
            problem = said(error)
        status = 422 if saving and not request.htmx else 200  # type: ignore[attr-defined]
    else:
        initial = {name: getattr(own, name) or "" for name in Definition.base_fields} if own else {}
        form = Definition(initial={"kind": "count", "good": "up", **initial})
        parts = {
            "events": editor.shown(own.events if own else _START, "events"),
            "of": editor.shown(own.of if own else None, "of"),
            "people": editor.shown(own.people if own else None, "people", people=True),
        }
        preview = _tried(shop, own) if own else None
    context = {
        "own": own, "form": form, "parts": parts, "problem": problem, "preview": preview,
        "summing": form["kind"].value() in ("sum", "mean"),
        "rate": form["kind"].value() in ("rate", "people_rate"),
        "versions": versions(shop.manifest, own.id) if own else [], "section": "figures",
        **editor.proposals(shop),
    }  # fmt: skip
    return render(request, "insights/own.html", context, status=status)


def _definition(
    shop: Shop, form: Definition, parts: dict[str, editor.Part], own: OwnFigure | None, saving: bool
) -> OwnFigure | None:
    """What the form says; None while it is not whole and nobody wants to save it."""
    valid = form.is_valid()
    if not valid and saving:
        return None
    kind = form.data.get("kind", "count")
    if saving:
        for part in parts.values():
            editor.check_whole(part)
    of = editor.condition_of(parts["of"]) if kind in ("rate", "people_rate") else None
    people = editor.condition_of(parts["people"])
    if people is not None:
        check(people, people=True)
    found = OwnFigure(
        id=own.id if own else _new_id(shop, form.data.get("name_en", "")),
        name_de=form.data.get("name_de", "").strip() or "–",
        name_en=form.data.get("name_en", "").strip() or "–",
        kind=kind,
        events=editor.condition_of(parts["events"]) or All(),
        of=of if of is not None or kind not in ("rate", "people_rate") else All(),
        value=form.data.get("value", "").strip() or None if kind in ("sum", "mean") else None,
        people=people,
        money="money" in form.data,
        good=form.data.get("good") or None,  # type: ignore[arg-type]
    )
    return read(msgspec.to_builtins(found))


def _new_id(shop: Shop, name: str) -> str:
    stem = "own_" + (re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_")[:30] or "figure")
    taken = {n for n, _ in shop.manifest.setting_history()}
    number, id = 1, stem
    while f"figure:{id}" in taken:
        number += 1
        id = f"{stem}_{number}"
    return id


def _tried(shop: Shop, own: OwnFigure) -> Answer:
    """What it is in the usual period."""
    return compute(
        shop.door, figure_of(own), shop.usual_period(), shop.terms(), with_interval=False
    )
