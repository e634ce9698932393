"""Pages of duplicates: the pairs, what joining would do, joining, taking back."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST, require_safe

from gern.core.errors import BadInput
from gern.core.people.duplicates.score import SURE, TEXTS
from gern.core.people.listing import Filter, Subset
from gern.core.shop import Shop
from gern.kit import formats
from gern.kit.access import allow
from gern.kit.errors import said
from gern.kit.inputs import number, one_line
from gern.kit.people import page_of
from gern.kit.shop import current_shop
from gern.rooms.customers.duplicates import services
from gern.rooms.customers.duplicates.jobs import find_duplicates
from gern.rooms.customers.lists.columns import LABELS
from gern.rooms.customers.models import DuplicatePair

PAGE_ROWS = 20
MOST_AT_ONCE = 20_000
"""With more customers it is done in the background."""
PLACES = {
    "events": gettext_lazy("Events"), "purchases": gettext_lazy("Purchases"),
    "customers.Note": gettext_lazy("Notes"), "customers.Tagging": gettext_lazy("Tags"),
    "customers.Task": gettext_lazy("Tasks"), "customers.Listed": gettext_lazy("Fixed lists"),
    "customers.AudienceChange": gettext_lazy("Moves in audiences"),
    "customers.CustomerFile": gettext_lazy("Files"), "customers.Relation": gettext_lazy("Relations"),
}  # fmt: skip
"""What the places are called in which something of a customer lies."""
SHOWN = ("name", "company", "email", "phone", "street", "postcode", "city", "birthday", "card",
         "purchases", "last_purchase")  # fmt: skip


@allow("editor")
@require_safe
def duplicates(request: HttpRequest) -> HttpResponse:
    """Pairs with what they share, the surest first; and what was decided."""
    shop = current_shop()
    state = request.GET.get("state", DuplicatePair.OPEN)
    if state not in dict(DuplicatePair.STATES):
        state = DuplicatePair.OPEN
    rows = DuplicatePair.objects.filter(state=state)
    if state != DuplicatePair.OPEN:
        rows = rows.order_by("-at")
    total = rows.count()
    page = min(number(request.GET.get("page", "")) or 1, max(1, -(-total // PAGE_ROWS)))
    chosen = list(rows[(page - 1) * PAGE_ROWS : page * PAGE_ROWS])
    context = {
        "pairs": _shown(shop, chosen),
        "state": {"page": page, "state": state},
        "states": DuplicatePair.STATES,
        "total": total,
        "pages": max(1, -(-total // PAGE_ROWS)),
        "sure": services.sure_pairs().count(),
        "shown": ",".join(
            map(str, services.sure_pairs().values_list("pk", flat=True)[: 2 * services.AT_ONCE])
        ),
        "at_once": services.AT_ONCE,
        "section": "customers",
    }
    return render(request, "customers/duplicates.html", context)


@allow("editor")
@require_POST
def duplicates_look(request: HttpRequest) -> HttpResponse:
    """Look for them now."""
    shop = current_shop()
    if shop.customers(columns=(), limit=1).total > MOST_AT_ONCE:
        find_duplicates.enqueue()
        messages.success(
            request, _("They are being looked for; with many customers this takes minutes.")
        )
        return redirect("duplicates")
    n = services.look_for_duplicates(shop)
    found = ngettext("%(n)s pair is open.", "%(n)s pairs are open.", n)
    messages.success(request, found % {"n": formats.number(n)})
    return redirect("duplicates")


@allow("editor")
@require_safe
def merging(request: HttpRequest) -> HttpResponse:
    """What joining two customers would do; nothing is changed."""
    shop = current_shop()
    kept, gone = (shop.log.person(one_line(request.GET.get(k, ""), 510)) for k in ("kept", "gone"))
    problem, found = None, None
    try:
        found = services.preview(shop, kept, gone)
    except BadInput as error:
        problem = said(error)
    context = {
        "found": found, "problem": problem, "labels": LABELS, "kept": kept, "gone": gone,
        "reasons": _reasons([[r.code, r.points] for r in found.pair.reasons]) if found else [],
        "places": _places(found) if found else [], "section": "customers",
    }  # fmt: skip
    return render(request, "customers/merging.html", context)


@allow("editor")
@require_POST
def merge(request: HttpRequest) -> HttpResponse:
    """Join them."""
    shop = current_shop()
    kept, gone = (one_line(request.POST.get(k, ""), 510) for k in ("kept", "gone"))
    try:
        services.merge(shop, kept, gone, request.user)
    except BadInput as error:
        messages.error(request, said(error))
        return redirect("duplicates")
    messages.success(request, _("%(gone)s is now one with %(kept)s. It can be undone under “merged”.")
                     % {"gone": gone, "kept": kept})  # fmt: skip
    return redirect(page_of(kept))


@allow("editor")
@require_POST
def merge_sure(request: HttpRequest) -> HttpResponse:
    """Join the surest pairs, as the page has shown them."""
    shown = [number(one) for one in request.POST.get("pairs", "").split(",")]
    n = services.merge_sure(current_shop(), request.user, shown)
    joined = ngettext("%(n)s pair was joined.", "%(n)s pairs were joined.", n)
    messages.success(request, joined % {"n": formats.number(n)})
    return redirect("duplicates")


@allow("editor")
@require_POST
def duplicate_apart(request: HttpRequest, pk: int) -> HttpResponse:
    """They are two; the pair is not proposed again."""
    pair = get_object_or_404(DuplicatePair, pk=pk, state=DuplicatePair.OPEN)
    pair.state, pair.by = DuplicatePair.APART, request.user  # type: ignore[assignment]
    pair.save()
    messages.success(request, _("Kept apart; the pair is not proposed again."))
    return redirect("duplicates")


@allow("editor")
@require_POST
def duplicate_undo(request: HttpRequest, pk: int) -> HttpResponse:
    """Take a decision back."""
    pair = get_object_or_404(DuplicatePair, pk=pk)
    try:
        if pair.state == DuplicatePair.MERGED:
            services.undo(current_shop(), pair)
            messages.success(request, _("They are two again, and are not proposed again."))
        else:
            pair.state = DuplicatePair.OPEN
            pair.save()
            messages.success(request, _("Taken back."))
    except BadInput as error:
        messages.error(request, said(error))
    return redirect("duplicates")


def _shown(shop: Shop, pairs: list[DuplicatePair]) -> list[dict[str, Any]]:
    people = [name for pair in pairs for name in (pair.one, pair.other)]
    subset = Subset("SELECT unnest(CAST($pairs AS VARCHAR[])) AS person", {"pairs": people})
    rows = {row["person"]: row for row in shop.customers(
        Filter(subsets=(subset,)), columns=(*SHOWN, "first_seen"), limit=None).rows}  # fmt: skip
    found = []
    for pair in pairs:
        one, other = rows.get(pair.one), rows.get(pair.other)
        fields = [
            (LABELS[c], c, (one or {}).get(c), (other or {}).get(c))
            for c in SHOWN
            if (one or {}).get(c) is not None or (other or {}).get(c) is not None
        ]
        kept = services.better(one, other) if one and other else pair.one
        found.append({
            "pair": pair, "fields": fields, "reasons": _reasons(pair.reasons), "kept": kept,
            "gone": pair.other if kept == pair.one else pair.one, "sure": pair.score >= SURE,
        })  # fmt: skip
    return found


def _reasons(found: list[list[Any]]) -> list[tuple[str, int]]:
    return [(formats.text(TEXTS[code]), points) for code, points in found if code in TEXTS]


def _places(found: services.Merge) -> list[tuple[str, int, int]]:
    """(what, at the one who is kept, at the one who goes)."""
    keys = dict.fromkeys([*found.kept.has, *found.gone.has])
    return [
        (str(PLACES.get(key, key)), found.kept.has.get(key, 0), found.gone.has.get(key, 0))
        for key in keys
    ]
