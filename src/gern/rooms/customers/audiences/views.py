"""Pages of audiences: all of them, one of them with who is in it and why, overlap, removal."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.db.models import Count, Q
from django.db.models.functions import TruncDate
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from gern.core.audiences.rule import is_slow, resolved
from gern.core.audiences.why import Reason, why
from gern.core.conditions.nodes import Condition, Not
from gern.core.conditions.words import Names
from gern.core.conditions.words import said as words_of
from gern.core.engines.question import Question
from gern.core.errors import BadInput
from gern.core.people.listing import Filter, Subset
from gern.core.shop import Shop
from gern.core.zones import zone_named
from gern.kit import formats
from gern.kit.access import allow
from gern.kit.errors import said
from gern.kit.inputs import one_line
from gern.kit.shop import current_shop
from gern.rooms.customers.audiences import services
from gern.rooms.customers.audiences.members import members
from gern.rooms.customers.audiences.rules import in_words, names, readable, rules
from gern.rooms.customers.lists.state import read_list
from gern.rooms.customers.models import Audience, AudienceChange
from gern.rooms.customers.person.naming import meant

SAMPLE = 10
HISTORY_DAYS = 30


@allow("editor", people=False)
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
    sample = shop.customers(Filter(subsets=(subset,)), columns=("name", "revenue", "last_purchase"),
                            limit=SAMPLE) if subset else None  # fmt: skip
    known = rules(shop)
    condition = readable(found)
    context = {
        "audience": found,
        "words": in_words(shop, condition) if condition else None,
        "slow": bool(found.query) or (condition is not None and _is_slow(condition, known)),
        "sample": sample,
        "total": shop.customers(Filter(), columns=(), limit=1).total,
        "days": _history(shop, found),
        "changes": found.changes.filter(quiet=False)[:20],
        "others": Audience.objects.exclude(pk=pk).exists(),
        "personas": found.personas.all(),
        "dependents": services.dependents(found),
        "looked": _reason(request, shop, condition),
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


def _reason(request: HttpRequest, shop: Shop, condition: Condition | None) -> dict[str, Any]:
    """Why a customer is in it, or not: ``reason`` with ``of``; or the ``choices`` whom may be
    meant; or the ``problem`` in words."""
    name = one_line(request.GET.get("customer", ""), 500)
    if not name or condition is None:
        return {}
    found = meant(shop, name)
    if found.choices:
        return {"choices": found.choices}
    person = found.person or shop.log.person(name)
    known = rules(shop)
    try:
        reason = why(shop, condition, known, person, shop.today())
    except BadInput as error:
        return {"problem": said(error)}
    of = (shop.customer(person) or {}).get("name") or person
    return {"reason": _worded(reason, names(shop)), "of": of, "person": person}


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
