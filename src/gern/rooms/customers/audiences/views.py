"""Pages of audiences: list, one of them, the editor, who is in it and why."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django import forms
from django.contrib import messages
from django.db.models import Count, Q
from django.db.models.functions import TruncDate
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from django_htmx.http import HttpResponseClientRedirect

from gern.core.audiences.asking import people_who_fit, size
from gern.core.audiences.rule import is_slow, resolved
from gern.core.audiences.why import Reason, why
from gern.core.conditions.nodes import All, Behind, Condition, Not
from gern.core.conditions.tree import from_json
from gern.core.conditions.words import Names
from gern.core.conditions.words import said as words_of
from gern.core.engines.door import Question
from gern.core.errors import BadInput, GernError
from gern.core.people.listing import Filter, Subset
from gern.core.shop import Shop
from gern.core.zones import zone_named
from gern.kit import conditions as editor
from gern.kit import formats
from gern.kit.access import allow
from gern.kit.errors import said
from gern.kit.inputs import one_line
from gern.kit.shop import current_shop
from gern.rooms.customers.audiences import services
from gern.rooms.customers.audiences.choices import choices
from gern.rooms.customers.audiences.members import members
from gern.rooms.customers.audiences.rules import in_words, listed, names, rules, with_lists
from gern.rooms.customers.lists.state import read_list
from gern.rooms.customers.models import Audience, AudienceChange

SAMPLE = 10
HISTORY_DAYS = 30
MOST_IN_FORM = 5000


class Definition(forms.Form):
    """Name and purpose; what it is, is beside it."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=80, required=False)
    note = forms.CharField(label=gettext_lazy("What it is for"), max_length=300, required=False)


@allow("editor")
@require_safe
def audiences(request: HttpRequest) -> HttpResponse:
    """All of them, with their size and what has moved in a week."""
    since = timezone.now() - timedelta(days=7)
    recent = AudienceChange.objects.filter(at__gte=since, quiet=False)
    moves = {(m["audience"], m["entered"]): m["n"] for m in
             recent.values("audience", "entered").order_by().annotate(n=Count("pk"))}  # fmt: skip
    found = [(one, moves.get((one.pk, True), 0), moves.get((one.pk, False), 0))
             for one in Audience.objects.all()]  # fmt: skip
    context = {"audiences": found, "section": "customers"}
    return render(request, "customers/audiences.html", context)


@allow("editor")
@require_safe
def audience(request: HttpRequest, pk: int) -> HttpResponse:
    """One audience: what it is, who is in it, who came and left, whom it shares with others."""
    shop, found = current_shop(), get_object_or_404(Audience, pk=pk)
    subset = _members_or_none(shop, found)
    sample = shop.customers(Filter(subsets=(subset,)), columns=("name", "value", "last_purchase"),
                            limit=SAMPLE) if subset else None  # fmt: skip
    known = rules(shop)
    condition = _condition(found)
    context = {
        "audience": found,
        "words": in_words(shop, condition) if condition else None,
        "slow": bool(found.query) or (condition is not None and _is_slow(condition, known)),
        "sample": sample,
        "total": shop.customers(Filter(), columns=(), limit=1).total,
        "days": _history(shop, found),
        "changes": found.changes.filter(quiet=False)[:20],
        "others": Audience.objects.exclude(pk=pk).exists(),
        "dependents": services.dependents(found),
        "reason": _reason(request, shop, condition),
        "asked": request.GET.get("customer", ""),
        "section": "customers",
    }
    return render(request, "customers/audience.html", context)


@allow("editor")
@require_safe
def audience_overlap(request: HttpRequest, pk: int) -> HttpResponse:
    """Whom it shares with others: a part of its page that is asked for when it is seen."""
    shop, found = current_shop(), get_object_or_404(Audience, pk=pk)
    subset = _members_or_none(shop, found)
    others = _overlap(shop, found, subset) if subset else []
    context = {"audience": found, "others": others, "section": "customers"}
    part = request.htmx  # type: ignore[attr-defined]
    template = "customers/audience_overlap.html" if part else "customers/audience_overlap_page.html"
    return render(request, template, context)


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


@allow("editor")
@require_POST
def audience_removal(request: HttpRequest, pk: int) -> HttpResponse:
    """It is gone; the customers are not."""
    found = get_object_or_404(Audience, pk=pk)
    try:
        services.remove(current_shop(), found)
    except BadInput as error:
        messages.error(request, said(error))
        return redirect("audience", pk=pk)
    messages.success(request, _("The audience is gone; the customers are not."))
    return redirect("audiences")


@allow("editor")
@require_POST
def audience_of_list(request: HttpRequest) -> HttpResponse:
    """Keep everybody on the list of customers as a fixed list."""
    shop = current_shop()
    query = QueryDict(request.POST.get("query", ""))
    state = read_list(query, shop)
    found = shop.customers(
        state.wanted, columns=(), sort="customer", limit=services.MOST_LISTED + 1
    )
    if found.like or state.problems:
        messages.error(request, _("The list is not what it was asked for. Nothing was changed."))
        return redirect(f"{reverse('customers')}?{query.urlencode()}")
    try:
        made = services.define(
            shop, name=one_line(request.POST.get("name", ""), 80), note="", by=request.user,
            people=[row["person"] for row in found.rows],
        )  # fmt: skip
    except BadInput as error:
        messages.error(request, said(error))
        return redirect(f"{reverse('customers')}?{query.urlencode()}")
    return redirect("audience", pk=made.pk)


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
        start = _condition(found) if found else _start(request)
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
    everybody = shop.customers(Filter(), columns=(), limit=1).total
    words = None
    if kind == Audience.LIST:
        if people is None:
            return None
        subset = Subset("SELECT unnest(CAST($some AS VARCHAR[])) AS person", {"some": list(people.people)})  # fmt: skip
        n = len(people.people)
    else:
        condition: Condition | None = None
        known = rules(shop)
        if kind == Audience.QUERY:
            if not query.strip():
                return None
            inner = services.people_of_query(query)
            sql, values = f"SELECT person FROM customers WHERE person IN ({inner})", {}
        else:
            editor.check_whole(part)
            condition = editor.condition_of(part) or All()
            services.check_rule(condition)
            known = with_lists(shop, known, condition)
            words = words_of(condition, names(shop))
            question = people_who_fit(shop, resolved(condition, known), known, shop.today())
            sql, values = question.sql, question.values
            n = size(shop, resolved(condition, known), known, shop.today())
        if condition is None:
            count = Question(f"SELECT count(*) AS n FROM ({sql})", values, "size of an audience")
            n = int(shop.door.ask(count)[0]["n"])
        few = Question(f"SELECT person FROM ({sql}) LIMIT {SAMPLE}", values, "some of an audience")
        some = [row["person"] for row in shop.door.ask(few)]
        subset = Subset("SELECT unnest(CAST($some AS VARCHAR[])) AS person", {"some": some})
    sample = shop.customers(Filter(subsets=(subset,)), columns=("name", "value", "last_purchase"), limit=SAMPLE)  # fmt: skip
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


def _condition(audience: Audience) -> Condition | None:
    """Its rule; None: it has none, or none that can be read."""
    try:
        return from_json(audience.condition) if audience.condition else None
    except BadInput:
        return None


def _listed(audience: Audience) -> list[str] | None:
    """Its customers for the form; None: too many to be changed there."""
    people = audience.listed.order_by("person").values_list("person", flat=True)
    return list(people) if people.count() <= MOST_IN_FORM else None


def _members_or_none(shop: Shop, audience: Audience) -> Subset | None:
    try:
        return members(shop, audience)
    except BadInput:
        return None


def _is_slow(condition: Condition, known: Any) -> bool:
    try:
        return is_slow(resolved(condition, known), known)
    except BadInput:
        return False


def _history(shop: Shop, audience: Audience) -> list[dict[str, Any]]:
    """(day, came, left) of the last days on which something moved, newest first."""
    since = timezone.now() - timedelta(days=HISTORY_DAYS)
    rows = AudienceChange.objects.filter(audience=audience, at__gte=since, quiet=False)
    rows = (
        rows.annotate(day=TruncDate("at", tzinfo=zone_named(shop.zone)))
        .values("day")
        .annotate(
            came=Count("pk", filter=Q(entered=True)), left=Count("pk", filter=Q(entered=False))
        )
        .order_by("-day")
    )
    return list(rows)


def _overlap(shop: Shop, audience: Audience, subset: Subset) -> list[tuple[Audience, int, int]]:
    """(other, members in both, members of the other), the most shared first."""
    parts, values, others = [], dict(subset.values), {}
    for other in Audience.objects.exclude(pk=audience.pk)[:100]:
        theirs = _members_or_none(shop, other)
        if theirs is not None:
            others[other.pk] = other
            values |= theirs.values
            parts.append(f"SELECT {other.pk} AS id, count(*) AS n FROM own SEMI JOIN ({theirs.sql}) USING (person)")  # fmt: skip
    if not parts:
        return []
    sql = f"WITH own AS MATERIALIZED ({subset.sql}) {' UNION ALL '.join(parts)}"
    rows = shop.door.ask(Question(sql, values, "overlap of audiences"))
    found = [(others[row["id"]], int(row["n"]), others[row["id"]].size) for row in rows]
    return sorted(found, key=lambda one: -one[1])


def _reason(
    request: HttpRequest, shop: Shop, condition: Condition | None
) -> dict[str, Any] | str | None:
    """Why a customer is in it, or not; in words when that cannot be said."""
    name = one_line(request.GET.get("customer", ""), 500)
    if not name or condition is None:
        return None
    found = services.matched(shop, [name]).people
    person = shop.log.person(found[0] if found else name)
    known = rules(shop)
    try:
        return _worded(why(shop, condition, known, person, shop.today()), names(shop))
    except BadInput as error:
        return said(error)


def _worded(reason: Reason, called: Names) -> dict[str, Any]:
    """The reason with its words, for the template. What is negated stands in one line with what was
    found of it."""
    inner = reason.parts[0] if isinstance(reason.condition, Not) else None
    plain = inner is not None and not inner.parts
    return {
        "words": formats.text(words_of(reason.condition, called)),
        "fits": reason.fits,
        "found": inner.found if plain and inner else reason.found,
        "parts": [] if plain else [_worded(part, called) for part in reason.parts],
    }
