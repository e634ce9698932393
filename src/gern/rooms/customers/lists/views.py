"""The list of customers: found, shown, exported, tagged, saved."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe
from django.views.decorators.vary import vary_on_headers

from gern.core.shop import Shop
from gern.core.zones import local_day, zone_named
from gern.kit import formats
from gern.kit.access import allow
from gern.kit.exports import as_table
from gern.kit.handing_out import handed_out
from gern.kit.inputs import one_line
from gern.kit.shop import current_shop
from gern.rooms.customers.lists.columns import LABELS
from gern.rooms.customers.lists.services import MOST, change_tag, last_change, undo
from gern.rooms.customers.lists.state import KEPT, PAGE_ROWS, for_user, read_request
from gern.rooms.customers.models import Audience, SavedList, Tag, TagChange, Task
from gern.rooms.customers.person.services import tag_named
from gern.rooms.customers.person.sight import hidden_columns


@allow("editor", shows=(), own=True)
@require_safe
@vary_on_headers("HX-Request")
def customers(request: HttpRequest) -> HttpResponse:
    """Search and list."""
    shop = current_shop()
    state = read_request(request, shop)
    found = shop.customers(
        state.wanted, columns=state.columns, sort=state.sort, limit=PAGE_ROWS, offset=state.offset
    )
    context = {
        "state": state,
        "found": found,
        "labels": [(column, LABELS[column]) for column in state.columns],
        "all_columns": {k: v for k, v in LABELS.items() if k not in hidden_columns(request.user)},
        "pages": max(1, -(-found.total // PAGE_ROWS)),
        "section": "customers",
    }
    htmx = request.htmx  # type: ignore[attr-defined]
    if htmx and not htmx.history_restore_request:
        return render(request, "customers/list_found.html", context)
    context |= {
        "countries": shop.countries_of_customers(),
        "tags": Tag.objects.all(),
        "audiences": () if hidden_columns(request.user) else Audience.objects.all(),
        "lists": _lists(request),
        "tasks": Task.objects.filter(done=None, owner=request.user, due__lte=shop.today()).count(),
        "nobody": not found.total and state.wanted.is_empty,
        "change": last_change(request.user),
    }
    return render(request, "customers/list.html", context)


@allow("editor", shows=(), own=True)
@require_safe
def customers_export(request: HttpRequest, kind: str) -> HttpResponse:
    """All of them, as CSV or XLSX, in the columns on show."""
    shop = current_shop()
    state = read_request(request, shop)
    found = shop.customers(state.wanted, columns=state.columns, sort=state.sort, limit=None)
    header = [_("Customer"), *(str(LABELS[column]) for column in state.columns)]
    rows = [[row["person"], *(_cell(row[c], shop) for c in state.columns)] for row in found.rows]
    handed_out(request, f"customers.{kind}", [row["person"] for row in found.rows])
    return as_table(kind, "customers", header, rows)


@allow("editor", shows=(), own=True)
@require_safe
def customers_tagging(request: HttpRequest) -> HttpResponse:
    """What giving a tag to everybody found, or taking it, would do: a preview."""
    shop = current_shop()
    state = read_request(request, shop)
    found = shop.customers(state.wanted, columns=("name",), sort=state.sort, limit=10)
    context = {
        "state": state,
        "found": found,
        "most": MOST,
        "tags": Tag.objects.all(),
        "query": request.GET.urlencode(),
        "section": "customers",
    }
    return render(request, "customers/tagging.html", context)


@allow("editor", shows=(), own=True)
@require_POST
def customers_tag(request: HttpRequest) -> HttpResponse:
    """Give the tag to everybody found, or take it from them."""
    shop = current_shop()
    query = QueryDict(request.POST.get("query", ""))
    back = f"{reverse('customers')}?{query.urlencode()}"
    name = one_line(request.POST.get("tag", ""), 60)
    if not name:
        messages.error(request, _("A tag needs a name. Nothing was changed."))
        return redirect(f"{reverse('customers_tagging')}?{query.urlencode()}")
    state = for_user(request.user, query, shop)
    found = shop.customers(state.wanted, columns=(), sort="customer", limit=MOST + 1)
    if found.like or found.total > MOST or state.problems:
        messages.error(request, _("Too many, or only found by likeness. Nothing was changed."))
        return redirect(back)
    added = request.POST.get("how") != "take"
    tag = tag_named(name, request.user) if added else Tag.objects.filter(name__iexact=name).first()
    if tag is None:
        messages.error(request, _("There is no tag “%(tag)s”.") % {"tag": name})
        return redirect(back)
    people = [row["person"] for row in found.rows]
    n = change_tag(shop, tag, people, added=added, by=request.user).count
    said = (
        ngettext("%(n)s customer now has the tag “%(tag)s”.", "%(n)s customers now have the tag “%(tag)s”.", n)
        if added
        else ngettext("%(n)s customer lost the tag “%(tag)s”.", "%(n)s customers lost the tag “%(tag)s”.", n)
    )  # fmt: skip
    messages.success(request, said % {"n": formats.number(n), "tag": tag.name})
    return redirect(back)


@allow("editor", shows=(), own=True)
@require_POST
def tag_change_undo(request: HttpRequest, pk: int) -> HttpResponse:
    """Take it back."""
    change = get_object_or_404(TagChange, pk=pk, by=request.user)
    if undo(change):
        n = change.count
        said = ngettext("Undone for %(n)s customer.", "Undone for %(n)s customers.", n)
        messages.success(request, said % {"n": formats.number(n)})
    return redirect("customers")


@allow("editor", people=False)
@require_POST
def list_save(request: HttpRequest) -> HttpResponse:
    """Keep the list under a name; not the words searched for, which may be somebody's name."""
    query = QueryDict(request.POST.get("query", ""))
    kept = urlencode([(k, v) for k in KEPT for v in query.getlist(k) if v])
    name = one_line(request.POST.get("name", ""), 80)
    if name and len(kept) <= 1500:
        shared = request.POST.get("shared") == "1"
        SavedList.objects.create(name=name, query=kept, shared=shared, by=request.user)
        messages.success(request, _("The list is saved."))
    else:
        messages.error(
            request, _("A list needs a name, and not too many columns. Nothing was saved.")
        )
    return redirect(f"{reverse('customers')}?{kept}")


@allow("editor", people=False)
@require_POST
def list_removal(request: HttpRequest, pk: int) -> HttpResponse:
    """One's own saved list is gone."""
    found = SavedList.objects.filter(pk=pk).filter(Q(by=request.user) | Q(by=None)).first()
    if found is None:
        raise Http404
    found.delete()
    messages.success(request, _("The saved list is gone; the customers are not."))
    return redirect("customers")


def _lists(request: HttpRequest) -> Any:
    return SavedList.objects.filter(Q(by=request.user) | Q(shared=True))


def _cell(value: Any, shop: Shop) -> Any:
    return local_day(value, zone_named(shop.zone)) if isinstance(value, datetime) else value
