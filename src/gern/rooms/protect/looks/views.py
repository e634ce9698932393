"""Who looked at whose page."""

from __future__ import annotations

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from gern.kit.access import allow
from gern.kit.inputs import one_line
from gern.kit.people import names_of
from gern.kit.shop import current_shop
from gern.rooms.protect.models import CustomerLook, Firm

A_PAGE = 100


@allow("admin")
@require_safe
def looks(request: HttpRequest) -> HttpResponse:
    """The newest first, of all or of one customer."""
    shop, person = current_shop(), one_line(request.GET.get("customer", ""), 500)
    found = CustomerLook.objects.select_related("user")
    if person:
        found = found.filter(person__in=names_of(shop, shop.log.person(person)))
    context = {
        "page": Paginator(found, A_PAGE).get_page(request.GET.get("page")), "person": person,
        "on": Firm.objects.filter(pk=1, logs_looks=True).exists(), "section": "protect",
    }  # fmt: skip
    return render(request, "protect/looks.html", context)
