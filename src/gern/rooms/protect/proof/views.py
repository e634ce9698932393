"""Consents: how old they are; the proof of one customer's, to be printed."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from gern.core.consent.purpose import CHANNELS
from gern.kit import formats
from gern.kit.access import allow
from gern.kit.exports import PDF, attachment
from gern.kit.outside import private
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
    found: HttpResponse = private(attachment(proof_pdf(shop, person), "consent.pdf", PDF))
    return found
