"""Take back what somebody changed of a customer."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from gern.kit.access import allow, own_only, sees
from gern.kit.people import guard, names_of, page_of
from gern.kit.shop import current_shop
from gern.rooms.customers.history.undo import undo
from gern.rooms.customers.models import CardChange


@allow("editor", shows=(), own=True)
@require_POST
def card_change_undo(request: HttpRequest, pk: int) -> HttpResponse:
    """What held before holds again."""
    shop, change = current_shop(), get_object_or_404(CardChange, pk=pk)
    person = shop.log.person(change.person)
    guard(request, person)
    hidden = change.what == CardChange.NOTE and not sees(request.user, "notes")
    if hidden or (change.what == CardChange.OWNER and own_only(request.user)):
        raise Http404
    if undo(change, names_of(shop, person), request.user):
        messages.success(request, _("Undone."))
    else:
        messages.error(request, _("This cannot be undone any more. Nothing was changed."))
    return redirect(f"{page_of(person)}#history")
