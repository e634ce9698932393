"""The record of processing: page, PDF, CSV."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from gern.kit.access import allow
from gern.kit.documents import as_pdf
from gern.kit.exports import PDF, as_csv, attachment
from gern.kit.shop import current_shop
from gern.rooms.protect.models import Firm
from gern.rooms.protect.record import services


@allow("editor", people=False)
@require_safe
def record(request: HttpRequest) -> HttpResponse:
    """What is done with personal data, for whom, for how long, and how it is kept safe."""
    shop, firm = current_shop(), Firm.known()
    context = {
        "firm": firm, "activities": services.activities(shop), "recipients": services.recipients(firm),
        "measures": services.measures(shop), "places": services.places(), "section": "protect",
    }  # fmt: skip
    return render(request, "protect/record.html", context)


@allow("editor", people=False)
@require_safe
def record_export(request: HttpRequest, kind: str) -> HttpResponse:
    """As PDF for the authority, as CSV (the processings) for other tools."""
    if kind not in ("pdf", "csv"):
        raise Http404
    shop = current_shop()
    if kind == "csv":
        head = [_("Processing"), _("Purpose"), _("Legal basis"), _("Whose data"), _("Which data"), _("For how long")]  # fmt: skip
        rows = [(a.name, a.purpose, a.basis, a.people, a.data, a.until) for a in services.activities(shop)]  # fmt: skip
        return as_csv("record", head, rows)
    made = as_pdf(_("Record of processing (Art. 30 GDPR)"), services.blocks(shop), get_language() or "en")  # fmt: skip
    return attachment(made, "record.pdf", PDF)
