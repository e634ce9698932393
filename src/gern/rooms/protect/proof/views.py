"""Consents: how old they are; the proof of one customer's, to be printed."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from gern.core.consent.purpose import CHANNELS
from gern.kit import formats
from gern.kit.access import allow
from gern.kit.shop import current_shop
from gern.rooms.protect.proof.services import ages, proof_pdf


@allow("editor")
@require_safe
def consent_ages(request: HttpRequest) -> HttpResponse:
    """How old the consents are that hold, and which were never used."""
    rows = [(one, formats.text(CHANNELS[one.channel])) for one in ages(current_shop())]
    return render(request, "protect/consent_ages.html", {"rows": rows, "section": "protect"})


@allow("editor")
@require_safe
def proof(request: HttpRequest) -> HttpResponse:
    """The proof of a customer's consents, as PDF."""
    shop = current_shop()
    person = shop.log.person(request.GET.get("customer", ""))
    if shop.customer(person) is None:
        raise Http404
    response = HttpResponse(proof_pdf(shop, person), content_type="application/pdf")
    response["Content-Disposition"] = 'attachment; filename="consent.pdf"'
    response["Cache-Control"] = "no-store"
    return response
