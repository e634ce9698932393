"""The editor of audiences: by a rule, a fixed list or a query; how many it would be, while editing."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods
from django_htmx.http import HttpResponseClientRedirect

from gern.core.audiences.asking import size_and_some
from gern.core.audiences.rule import Rule, condition_of
from gern.core.conditions.nodes import All, Behind, Condition
from gern.core.conditions.words import said as words_of
from gern.core.errors import GernError
from gern.core.people.listing import Filter, Subset
from gern.core.shop import Shop
from gern.kit import conditions as editor
from gern.kit.access import allow
from gern.kit.errors import said
from gern.kit.inputs import one_line
from gern.kit.shop import current_shop
from gern.rooms.customers.audiences import services
from gern.rooms.customers.audiences.choices import choices
from gern.rooms.customers.audiences.rules import listed, names, readable, rules
from gern.rooms.customers.models import Audience

SAMPLE = 10
NEW = 0
"""The id of the audience that is being edited, among those there are."""
MOST_IN_FORM = 5000
"""A longer list is not changed in a form."""


class Definition(forms.Form):
    """Name and purpose; what it is, is beside it."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=80, required=False)
    note = forms.CharField(label=gettext_lazy("What it is for"), max_length=300, required=False)


@allow("editor")
@require_http_methods(["GET", "HEAD", "POST"])
def audience_new(request: HttpRequest) -> HttpResponse:
    """Make one."""
    return _page(request, None)


@allow("editor")
@require_http_methods(["GET", "HEAD", "POST"])
def audience_edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Change one."""
    return _page(request, get_object_or_404(Audience, pk=pk))


def _page(request: HttpRequest, found: Audience | None) -> HttpResponse:
    shop = current_shop()
    kind = found.kind if found else request.GET.get("kind", Audience.RULE)
    problem, preview, status = None, None, 200
    people: services.Matched | None = None
    if request.method == "POST":
        form = Definition(request.POST)
        part = editor.posted(request.POST, "people", people=True, now=True)  # type: ignore[arg-type]
        saving = "do" not in request.POST
        try:
            if kind == Audience.LIST and "people" in request.POST:
                people = services.matched(shop, request.POST.get("people", "").splitlines())
            if saving:
                made = _save(request, shop, found, kind, part, people)
                if request.htmx:  # type: ignore[attr-defined]
                    return HttpResponseClientRedirect(reverse("audience", args=[made.pk]))
                return redirect("audience", pk=made.pk)
            preview = _preview(shop, kind, part, request.POST.get("query", ""), people)
        except GernError as error:
            problem = said(error)
        status = 422 if saving and not request.htmx else 200  # type: ignore[attr-defined]
    else:
        form = Definition(initial={"name": found.name, "note": found.note} if found else {})
        start = readable(found) if found else _start(request)
        part = editor.shown(start, "people", people=True, now=True)
        if start is not None or kind == Audience.QUERY:
            try:
                preview = _preview(shop, kind, part, found.query if found else "", None)
            except GernError as error:
                problem = said(error)
    context = {
        "audience": found, "form": form, "part": part, "problem": problem, "preview": preview,
        "kind": kind, "query": request.POST.get("query", found.query if found else ""),
        "lines": request.POST.get("people", _lines(found)),
        "section": "customers", **choices(shop, found, with_figures=_has(part, "behind")),
    }  # fmt: skip
    return render(request, "customers/audience_edit.html", context, status=status)


def _save(
    request: HttpRequest, shop: Shop, found: Audience | None, kind: str, part: editor.Part,
    people: services.Matched | None,
) -> Audience:  # fmt: skip
    condition = None
    if kind == Audience.RULE:
        editor.check_whole(part)
        condition = editor.condition_of(part) or All()
    made = services.define(
        shop, audience=found, by=request.user, condition=condition,
        name=one_line(request.POST.get("name", ""), 80),
        note=one_line(request.POST.get("note", ""), 300),
        query=request.POST.get("query", "").strip() if kind == Audience.QUERY else "",
        people=_people(shop, found, people) if kind == Audience.LIST else None,
    )  # fmt: skip
    messages.success(request, _("Saved."))
    if people is not None and people.unknown:
        messages.warning(
            request,
            _("Nobody, or more than one, was found for: %(lines)s")
            % {"lines": ", ".join(people.unknown[:20])},
        )
    return made


def _people(shop: Shop, found: Audience | None, people: services.Matched | None) -> tuple[str, ...]:
    """Who is to be on the list; as before when the form did not show them."""
    if people is not None:
        return people.people
    return listed(shop, found.pk) if found else ()


def _lines(found: Audience | None) -> str | None:
    """Its customers, one a line; None: the form does not show them."""
    people = _listed(found) if found and found.kind == Audience.LIST else []
    return None if people is None else "\n".join(people)


def _preview(
    shop: Shop, kind: str, part: editor.Part, query: str, people: services.Matched | None
) -> dict[str, Any] | None:
    """How many it would be, of how many, and some of them."""
    words = None
    if kind == Audience.LIST:
        if people is None:
            return None
        rule = Rule(people=people.people)
    elif kind == Audience.QUERY:
        if not query.strip():
            return None
        rule = Rule(sql=query)
    else:
        editor.check_whole(part)
        condition = editor.condition_of(part) or All()
        services.check_rule(condition)
        words = words_of(condition, names(shop))
        rule = Rule(condition)
    known = {**rules(shop, rule.condition), NEW: rule}
    n, some = size_and_some(shop, condition_of(NEW, known), known, shop.today(), SAMPLE)
    everybody = shop.customers(Filter(), columns=(), limit=1).total
    subset = Subset("SELECT unnest(CAST($some AS VARCHAR[])) AS person", {"some": some})
    sample = shop.customers(Filter(subsets=(subset,)), columns=("name", "revenue", "last_purchase"), limit=SAMPLE)  # fmt: skip
    return {"n": n, "everybody": everybody, "sample": sample, "words": words, "matched": people}


def _has(part: editor.Part, type_: str) -> bool:
    return part.type == type_ or any(_has(inner, type_) for inner in part.parts)


def _start(request: HttpRequest) -> Condition | None:
    """From the people behind a figure one comes with a condition."""
    figure = request.GET.get("figure", "")
    if figure not in {one.id for one in current_shop().figures()}:
        return None
    part = request.GET.get("part") or None
    try:
        condition = Behind(figure, min(max(int(request.GET.get("days", "90")), 1), 3660), part)
        current_shop().figure_named(figure)
        return All((condition,))
    except ValueError:
        return None


def _listed(audience: Audience) -> list[str] | None:
    """Its customers for the form; None: too many to be changed there."""
    people = audience.listed.order_by("person").values_list("person", flat=True)
    return list(people) if people.count() <= MOST_IN_FORM else None
