"""Who got data about customers, and to whom they handed them on."""

from __future__ import annotations

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from gern.kit import formats
from gern.kit.access import allow, may
from gern.kit.exports import as_table
from gern.kit.inputs import one_line
from gern.kit.people import guard, names_of
from gern.kit.shop import current_shop
from gern.rooms.protect.models import Transfer
from gern.rooms.protect.transfers.services import of_person

A_PAGE = 100


@allow("editor", people=False)
@require_safe
def transfers(request: HttpRequest) -> HttpResponse:
    """The newest first; of all or of one customer."""
    shop, person = current_shop(), ""
    sees_customers = may(request.user, "editor", "customers")
    if sees_customers:
        person = shop.log.person(one_line(request.GET.get("customer", ""), 500))
        guard(request, person)
    found = (
        of_person(names_of(shop, person))
        if person
        else Transfer.objects.select_related("by").defer("digests")
    )
    context = {
        "page": Paginator(found, A_PAGE).get_page(request.GET.get("page")), "person": person,
        "sees_customers": sees_customers, "section": "protect",
    }  # fmt: skip
    return render(request, "protect/transfers.html", context)


@allow("editor", people=False)
@require_safe
def transfers_export(request: HttpRequest, kind: str) -> HttpResponse:
    """All of them, as CSV or XLSX."""
    header = [_("Day"), _("What"), _("Customers"), _("Got by"), _("Handed on to")]
    rows = [
        [one.day, one.what, one.count, one.by.email if one.by else "", one.recipient]
        for one in Transfer.objects.select_related("by").defer("digests")
    ]
    return as_table(kind, "transfers", header, rows)


@allow("editor", people=False)
@require_POST
def transfer_recipient(request: HttpRequest, pk: int) -> HttpResponse:
    """Say to whom a file was handed on."""
    one = get_object_or_404(Transfer.objects.exclude(count=None), pk=pk)
    one.recipient = one_line(request.POST.get("recipient", ""), 200)
    one.save(update_fields=["recipient"])
    said = _("Saved: %(n)s customers are told so if they ask.") % {"n": formats.number(one.count)}
    messages.success(request, said)
    return redirect("transfers")
