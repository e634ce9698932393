"""JSON API of the room: may somebody be contacted?"""

from __future__ import annotations

from typing import Annotated, Any

from django.http import HttpRequest
from ninja import Field, Query, Router, Schema

from gern.core.consent.gate import ALLOWED, CODES
from gern.core.consent.purpose import CHANNELS
from gern.kit.api.keys import need
from gern.kit.shop import current_shop
from gern.rooms.protect.gate.services import may_contact
from gern.rooms.protect.gate.words import BASES, why

router = Router()


class DecisionOf(Schema):
    """Whether a customer may be contacted, and why."""

    customer: str
    purpose: str
    channel: str
    allowed: bool
    code: str = Field(
        description=f"Allowed: {', '.join(ALLOWED)}. Not: {', '.join(c for c in CODES if c not in ALLOWED)}."
    )
    basis: str
    reason: str
    evidence: str | None
    since: str | None


@router.get("/customers/{customer}/may_contact", response=DecisionOf, tags=["people"])
def may_be_contacted(
    request: HttpRequest, customer: str,
    channel: Annotated[str, Query(description=f"One of {', '.join(CHANNELS)}.")],
    purpose: Annotated[str, Query(description="As on the page Privacy.")],
) -> dict[str, Any]:  # fmt: skip
    """The decision of the contact gate at this moment."""
    need(request, "people")
    found = may_contact(current_shop(), customer, channel, purpose)
    return {
        "customer": found.person, "purpose": purpose, "channel": channel, "allowed": found.allowed,
        "code": found.code, "basis": str(BASES.get(found.code, "")), "reason": why(found),
        "evidence": found.evidence, "since": found.ts.isoformat() if found.ts else None,
    }  # fmt: skip
