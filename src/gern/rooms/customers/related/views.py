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
from gern.kit.people import page_of, posted_person
from gern.kit.shop import current_shop
from gern.rooms.customers.models import Relation
from gern.rooms.customers.person.naming import meant
from gern.rooms.customers.person.views import refused
from gern.rooms.customers.related.services import alike, relate


@allow("editor")
@require_POST
def customer_relation(request: HttpRequest) -> HttpResponse:
    """Write down what somebody is to the customer."""
    shop, person = current_shop(), posted_person(request)
    typed = one_line(request.POST.get("other", ""), 500)
    other = meant(shop, request.POST.get("chosen") or typed)
    if other.person is None:
        why = _("Which of them is it?") if other.choices else _("Nobody is found by “%(text)s”. A number, card, e-mail address or name is possible. Nothing was changed.") % {"text": typed}  # fmt: skip
        return refused(request, person, "relations", why, other.choices)
    note = one_line(request.POST.get("note", ""), 120)
    try:
        relate(shop, person, other.person, request.POST.get("kind", ""), note, request.user)
    except BadInput as error:
        return refused(request, person, "relations", said(error))
    messages.success(request, _("Saved."))
    return redirect(f"{page_of(person)}#related")


@allow("editor")
@require_POST
def customer_relation_removal(request: HttpRequest, pk: int) -> HttpResponse:
    """Take it away, for both."""
    person = posted_person(request)
    get_object_or_404(Relation, pk=pk).delete()
    return redirect(f"{page_of(person)}#related")


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
