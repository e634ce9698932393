"""Questions of the pages of patterns, kept by name."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl, urlencode

from django.contrib import messages
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from gern.core.errors import BadInput
from gern.core.figures.periods import Period
from gern.kit.access import allow, may
from gern.kit.errors import said
from gern.kit.inputs import one_line
from gern.rooms.insights.dashboards.services import may_change
from gern.rooms.insights.models import SavedPattern
from gern.rooms.insights.patterns.asked import days_text
from gern.rooms.insights.patterns.picks import check_may_ask, check_may_be_kept, may_ask

ROUTES = {"cohorts": "patterns"}
"""Of the pages that are not called as their route."""
MOST = 200


def saved_patterns(user: Any) -> QuerySet[SavedPattern]:
    """One's own and the shared ones."""
    return SavedPattern.objects.filter(Q(owner=user) | Q(shared=True))


def askable(user: Any) -> list[SavedPattern]:
    """Those of them this user may ask (`picks.may_ask`)."""
    return [one for one in saved_patterns(user) if may_see_pattern(user, one)]


def may_see_pattern(user: Any, one: SavedPattern) -> bool:
    """Whether they may ask it (`picks.may_ask`), and so may read its name."""
    return may_ask(user, dict(parse_qsl(one.query)))


def readable(user: Any, pk: int) -> SavedPattern:
    """One that this user may see; 404 for all others."""
    return get_object_or_404(saved_patterns(user), pk=pk)


def address_of(one: SavedPattern, period: Period | None = None) -> str:
    """The page that asks it, in the usual period or in this one."""
    query = dict(parse_qsl(one.query)) | (days_text(period) if period else {})
    return f"{reverse(ROUTES.get(one.page, one.page))}?{urlencode(query)}"


@allow("viewer", people=False)
@require_POST
def pattern_saving(request: HttpRequest) -> HttpResponse:
    """Keep the question of a page under a name, for oneself or for all."""
    page, name = request.POST.get("page", ""), one_line(request.POST.get("name", ""), 100)
    if page not in SavedPattern.Page.values:
        raise Http404
    asked = [(k, v) for k, v in parse_qsl(request.POST.get("query", "")[:4000])
             if k not in ("from", "to")]  # fmt: skip
    check_may_ask(request.user, dict(asked))
    shared = bool(request.POST.get("shared")) and may(request.user, "editor", "insights")
    if problem := _problem(request.user, name, dict(asked)):
        messages.error(request, problem)
        return redirect(f"{reverse(ROUTES.get(page, page))}?{urlencode(asked)}")
    made = SavedPattern.objects.create(
        name=name, page=page, query=urlencode(asked)[:4000], owner=request.user, by=request.user,
        shared=shared,
    )  # fmt: skip
    messages.success(request, _("Saved. It can be put on a dashboard, too."))
    return redirect(address_of(made))


def _problem(user: Any, name: str, asked: dict[str, str]) -> str:
    """Why it cannot be kept; empty: it can."""
    if saved_patterns(user).count() >= MOST:
        return _("There are too many; remove some first.")
    if not name:
        return _("Give the question a name.")
    try:
        check_may_be_kept(asked)
    except BadInput as error:
        return said(error)
    return ""


@allow("viewer", people=False)
@require_POST
def pattern_removal(request: HttpRequest, pk: int) -> HttpResponse:
    """It is gone, from all dashboards too."""
    one = readable(request.user, pk)
    if not may_change(request.user, one):
        raise Http404
    address = address_of(one)
    one.delete()
    messages.success(request, _("The question is gone."))
    return redirect(address)
