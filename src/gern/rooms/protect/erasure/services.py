"""Erasing one customer with proof: begun on the web, done by a job, certified."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db import transaction
from django.utils import timezone

from gern.core.errors import BadInput
from gern.core.shop import Shop
from gern.kit.erasing import any_under_way, erase_customers, finish_erasures
from gern.kit.people import names_of
from gern.kit.registry import held
from gern.rooms.protect.erasure import sealed
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
    found = plan_of(shop, person)
    with transaction.atomic():
        made = Erasure.objects.create(people=[person], plan=found.to_dict(), by=by, request=request)
        transaction.on_commit(lambda: erase.enqueue(str(made.pk)))
    return made


def carry_out(shop: Shop, erasure: Erasure) -> None:
    """Do it, or what is left of it: every step may have been done before."""
    firm = Firm.objects.filter(pk=1).first()
    for person in erasure.people:
        if firm and firm.keeps_documents:
            sealed.seal(shop, erasure, person, names_of(shop, person))
    if erasure.people:
        erase_customers(erasure.people)
    if any_under_way(shop):  # an attempt before this one was broken off
        finish_erasures()
    Erasure.objects.filter(pk=erasure.pk).update(people=[])
    erasure.refresh_from_db()
    erasure.people, erasure.state, erasure.done = [], Erasure.State.DONE, timezone.now()
    erasure.certificate, erasure.hash = certify(shop, erasure, firm)
    erasure.save()


def running(person: str) -> Erasure | None:
    """The erasure of this customer that is under way."""
    going = Erasure.objects.filter(state=Erasure.State.RUNNING)
    return next((one for one in going if person in one.people), None)


def tidy(today: date) -> None:
    """What the night does: records whose time is over."""
    sealed.forget_over(today)
