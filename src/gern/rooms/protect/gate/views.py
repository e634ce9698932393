"""Who may be contacted: an audience, with why not the others; and what is written down by hand."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from gern.core.consent.gate import ALLOWED, CODES
from gern.core.consent.purpose import CHANNELS
from gern.core.errors import BadInput
from gern.core.people.listing import Filter, Subset
from gern.kit import formats
from gern.kit.access import allow
from gern.kit.errors import said
from gern.kit.inputs import one_line
from gern.kit.people import page_of, posted_person
from gern.kit.shop import current_shop
from gern.kit.subsets import named_subset, subsets
from gern.rooms.protect.gate.services import counted, lock, people_sql, say, unlock
from gern.rooms.protect.gate.words import BASES, LABELS
from gern.rooms.protect.models import Purpose, Restriction

SAMPLE = 50


@allow("editor")
@require_safe
def gate(request: HttpRequest) -> HttpResponse:
    """How many of an audience may be contacted for a purpose and by a channel, why not the others,
    and who they are."""
    shop = current_shop()
    purposes = list(Purpose.objects.all())
    purpose = next((p for p in purposes if p.pk == request.GET.get("purpose")), None)
    channel = request.GET.get("channel") if request.GET.get("channel") in CHANNELS else "email"
    audience, code = request.GET.get("audience", ""), request.GET.get("code", "")
    context = {
        "purposes": purposes, "purpose": purpose, "channel": channel, "audience": audience,
        "channels": [(id, formats.text(label)) for id, label in CHANNELS.items()],
        "audiences": subsets(), "section": "protect", "code": code if code in CODES else "",
    }  # fmt: skip
    if purpose:
        try:
            among = named_subset(shop, audience) if audience else Subset("SELECT person FROM customers")  # fmt: skip
        except BadInput as error:
            return render(request, "protect/gate.html", {**context, "problem": said(error)}, status=422)  # fmt: skip
        codes = counted(shop, purpose, channel, among.sql, among.values)
        context |= {
            "rows": [(id, LABELS[id], BASES.get(id, ""), id in ALLOWED, n) for id, n in codes.items()],
            "total": sum(codes.values()),
            "allowed": sum(n for id, n in codes.items() if id in ALLOWED),
        }  # fmt: skip
        if code in CODES:
            inside = Subset(*people_sql(shop, purpose, channel, code))
            context["found"] = shop.customers(Filter(subsets=(among, inside)), columns=("name", "city"), limit=SAMPLE)  # fmt: skip
    return render(request, "protect/gate.html", context)


@allow("editor")
@require_POST
def consent_said(request: HttpRequest) -> HttpResponse:
    """A customer consented or took it back, and told us."""
    person = posted_person(request)
    try:
        say(person, request.POST.get("given") == "yes", request.POST.get("purpose", ""),
            request.POST.get("channel", ""), one_line(request.POST.get("evidence", ""), 500))  # fmt: skip
    except BadInput as error:
        messages.error(request, said(error))
    else:
        messages.success(request, _("Saved."))
    return redirect(f"{page_of(person)}#contact")


@allow("editor")
@require_POST
def restriction(request: HttpRequest) -> HttpResponse:
    """Lock somebody's data."""
    person, why = posted_person(request), one_line(request.POST.get("why", ""), 300)
    if why:
        lock(current_shop(), person, why, request.user)
    else:
        messages.error(request, _("Say why the data are locked. Nothing was changed."))
    return redirect(f"{page_of(person)}#contact")


@allow("editor")
@require_POST
def restriction_end(request: HttpRequest, pk: int) -> HttpResponse:
    """Unlock them."""
    shop = current_shop()
    person = shop.log.person(get_object_or_404(Restriction, pk=pk).person)
    unlock(shop, person)
    return redirect(f"{page_of(person)}#contact")
