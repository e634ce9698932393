"""Erasing one customer with proof: begun on the web, done by a job, certified."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.utils import timezone

from gern.core.errors import BadInput
from gern.core.shop import Shop
from gern.kit.erasing import erase_customers
from gern.kit.registry import held
from gern.rooms.protect.erasure.certificate import certify
from gern.rooms.protect.erasure.plan import Plan, plan
from gern.rooms.protect.models import Erasure, Firm, Request
from gern.rooms.protect.suppression.services import objected


def plan_of(shop: Shop, person: str) -> Plan:
    """What erasing this customer would do."""
    return plan(shop, person, bool(objected(shop, person)))


def begin(shop: Shop, person: str, by: Any, request: Request | None = None) -> Erasure:
    """Have somebody erased. ``BadInput``: they must not be now, or somebody else is at it."""
    from gern.rooms.protect.erasure.jobs import erase

    if reasons := held([person]):
        why = reasons[person]
        raise BadInput(f"They must not be erased now: {why}.", param="customer",
                       german=f"Jetzt darf nicht gelöscht werden: {why}.")  # fmt: skip
    if going := running(person):
        return going
    found = plan_of(shop, person)
    with transaction.atomic():
        made = Erasure.objects.create(people=[person], plan=found.to_dict(), by=by, request=request)
        transaction.on_commit(lambda: erase.enqueue(str(made.pk)))
    return made


def carry_out(shop: Shop, erasure: Erasure) -> None:
    """Do it, or what is left of it: every step may have been done before. `TryLater`: another process
    is at it; it is certified when every place is done."""
    mark = erasure.pk.hex
    if erasure.people or (shop.home.erasing / f"{mark}.json").exists():
        try:
            erase_customers(erasure.people, mark)
        except BadInput:
            why = next(iter(held(erasure.people).values()), "")
            Erasure.objects.filter(pk=erasure.pk).update(
                state=Erasure.State.FAILED,
                people=[],
                why=why[:300],
                plan={**erasure.plan, "years": []},
            )
            return
    erasure.refresh_from_db()
    erasure.people, erasure.state, erasure.done = [], Erasure.State.DONE, timezone.now()
    erasure.plan["years"] = []  # what one person bought is about that person
    erasure.certificate, erasure.hash = certify(shop, erasure, Firm.known())
    erasure.save()


def running(person: str) -> Erasure | None:
    """The erasure of this customer that is under way."""
    going = Erasure.objects.filter(state=Erasure.State.RUNNING)
    return next((one for one in going if person in one.people), None)
