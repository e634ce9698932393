"""Scores that are contested: a person looks at them, and until then they are in no list."""

from __future__ import annotations

from collections.abc import Sequence

from django.contrib import messages
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from gern.core.shop import Shop
from gern.kit.access import allow
from gern.kit.locked import locked_ids
from gern.kit.people import guard, names_of, page_of, posted_person
from gern.kit.shop import current_shop
from gern.rooms.insights.models import ContestedScore


@allow("editor", shows=("revenue",))
@require_POST
def score_contesting(request: HttpRequest) -> HttpResponse:
    """A customer says that their scores are wrong."""
    person, why = posted_person(request), request.POST.get("why", "").strip()[:2000]
    if not why:
        messages.error(request, _("Please write down what the customer says; nothing was changed."))
    else:
        ContestedScore.objects.create(person=person, why=why, by=request.user)
        messages.success(request, _("Noted. Until somebody has decided, no list has their scores."))
    return redirect(page_of(person))


@allow("editor", shows=("revenue",))
@require_POST
def score_decision(request: HttpRequest, pk: int) -> HttpResponse:
    """What a person found when they looked at it."""
    one = get_object_or_404(ContestedScore, pk=pk, decided=None)
    person, said = (
        current_shop().log.person(one.person),
        request.POST.get("decision", "").strip()[:2000],
    )
    guard(request, person)
    if not said:
        messages.error(request, _("Please say what was found and decided; nothing was changed."))
    else:
        one.decision, one.decided, one.decided_by = said, timezone.now(), request.user  # type: ignore[assignment]
        one.upheld = request.POST.get("upheld") == "1"
        one.save(update_fields=["decision", "decided", "decided_by", "upheld"])
        messages.success(request, _("Decided."))
    return redirect(page_of(person))


def left_out(shop: Shop) -> set[str]:
    """Customers, by every id they have or had, whose scores wait for a decision or are not to be used, or
    whose data are locked."""
    found = ContestedScore.objects.filter(Q(decided=None) | Q(upheld=True))
    people = {*found.values_list("person", flat=True), *locked_ids()}
    return {name for one in people for name in [one, *names_of(shop, shop.log.person(one))]}


def contests_of(names: Sequence[str]) -> list[ContestedScore]:
    """All of one customer, the newest first."""
    return list(ContestedScore.objects.filter(person__in=names).select_related("by", "decided_by"))
