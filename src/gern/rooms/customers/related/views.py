"""Who a customer has to do with: written down, taken away; others of the same company or address."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from gern.core.errors import BadInput
from gern.kit.access import allow
from gern.kit.errors import said
from gern.kit.inputs import one_line
from gern.kit.shop import current_shop
from gern.rooms.customers.models import Relation
from gern.rooms.customers.person.views import address, posted_person
from gern.rooms.customers.related.services import alike, relate


@allow("editor")
@require_POST
def customer_relation(request: HttpRequest) -> HttpResponse:
    """Write down what somebody is to the customer."""
    person = posted_person(request)
    try:
        relate(
            current_shop(), person, one_line(request.POST.get("other", ""), 500),
            request.POST.get("kind", ""), one_line(request.POST.get("note", ""), 120), request.user,
        )  # fmt: skip
    except BadInput as error:
        messages.error(request, said(error))
    else:
        messages.success(request, _("Saved."))
    return redirect(address(person))


@allow("editor")
@require_POST
def customer_relation_removal(request: HttpRequest, pk: int) -> HttpResponse:
    """Take it away, for both."""
    person = posted_person(request)
    get_object_or_404(Relation, pk=pk).delete()
    return redirect(f"{address(person)}#related")


@allow("editor")
@require_safe
def customer_alike(request: HttpRequest) -> HttpResponse:
    """Customers of the same company or address, to be put into the customer's page."""
    shop, person = current_shop(), request.GET.get("customer", "")
    if shop.customer(person) is None:
        raise Http404
    found, more = alike(shop, person)
    context = {"alike": found, "more": more, "person": person, "section": "customers"}
    page = "customers/alike.html" if request.htmx else "customers/alike_page.html"  # type: ignore[attr-defined]
    return render(request, page, context)
