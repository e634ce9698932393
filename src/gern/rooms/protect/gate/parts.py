"""The part of the customer's page about contacting them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.http import HttpRequest
from django.urls import reverse

from gern.core.consent.purpose import CHANNELS
from gern.kit import formats
from gern.kit.shop import current_shop
from gern.rooms.protect.gate.services import decisions
from gern.rooms.protect.gate.words import BASES, LABELS, why
from gern.rooms.protect.models import Restriction
from gern.rooms.protect.notices.given import given_of
from gern.rooms.protect.notices.services import current
from gern.rooms.protect.preferences.services import link_of


def contact(request: HttpRequest, person: str, names: Sequence[str]) -> dict[str, Any] | None:
    """For every purpose by which channel they may be contacted, and why or why not; None: there is
    no customer, or no purpose."""
    shop = current_shop()
    if shop.customer(person) is None:
        return None
    found = [
        (purpose, [
            {"channel": formats.text(CHANNELS[one.channel]), "allowed": one.allowed,
             "label": LABELS[one.code], "why": why(one), "basis": BASES.get(one.code, "")}
            for one in said
        ])
        for purpose, said in decisions(shop, person)
    ]  # fmt: skip
    if not found:
        return None
    token = link_of(shop, person)
    return {
        "purposes": found,
        "channels": [(id, formats.text(label)) for id, label in CHANNELS.items()],
        "locked": Restriction.objects.filter(person__in=names).first(),
        "notice": given_of(shop, person, names),
        "current": current(),
        "zone": shop.zone,
        "link": request.build_absolute_uri(reverse("choices", args=[token])) if token else None,
    }
