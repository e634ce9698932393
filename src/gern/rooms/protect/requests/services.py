"""Requests of people about their data: taken in, looked into, answered."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db import transaction

from gern.core.errors import BadInput
from gern.core.people.listing import Filter
from gern.core.people.traits import values_of
from gern.core.shop import Shop
from gern.kit.alerts import forget_alerts
from gern.rooms.protect.models import Request, Step
from gern.rooms.protect.requests.deadline import SOON_DAYS, due

CANDIDATES = 5


@dataclass(frozen=True)
class Deadline:
    """``days``: so many are left; below 0 it is over."""

    request: Request
    day: date
    days: int

    @property
    def soon(self) -> bool:
        """Whether it should be looked at now."""
        return self.days <= SOON_DAYS


def open_requests(today: date) -> list[Deadline]:
    """All that wait for an answer, the most urgent first."""
    found = [deadline(one, today) for one in Request.objects.filter(state=Request.State.OPEN)]
    return sorted(found, key=lambda one: (one.day, one.request.pk))


def deadline(request: Request, today: date) -> Deadline:
    """When this one must be answered."""
    day = due(request.received, extended=request.extended)
    return Deadline(request, day, (day - today).days)


def take_in(fields: dict[str, Any], by: Any) -> Request:
    """A new request."""
    with transaction.atomic():
        made = Request.objects.create(by=by, **fields)
        note(made, "received", "", by)
    forget_alerts()
    return made


def note(request: Request, what: str, text: str, by: Any) -> None:
    """Something was done for it. Of somebody who was erased nothing more is written down."""
    gone = Request.objects.filter(pk=request.pk, forgotten=True).exists()
    Step.objects.create(request=request, what=what, note="" if gone else text[:500], by=by)


def identify(request: Request, person: str, how: str, by: Any) -> None:
    """It is known who it is, and how that is known."""
    Request.objects.filter(pk=request.pk).update(person=person, identity=how)
    note(request, "identified", how, by)


def extend(request: Request, why: str, today: date, by: Any) -> None:
    """Two months more, which must be said with the reason within the first. ``BadInput``: too late."""
    if request.extended or today > due(request.received):
        raise BadInput(
            "The deadline can be extended once, within the first month.", param="extend",
            german="Die Frist kann einmal verlängert werden, innerhalb des ersten Monats.",
        )  # fmt: skip
    Request.objects.filter(pk=request.pk).update(extended=True)
    note(request, "extended", why, by)


def close(request: Request, state: str, why: str, today: date, by: Any) -> None:
    """It is answered, or refused with the reason."""
    Request.objects.filter(pk=request.pk).update(state=state, closed=today)
    # of somebody who was erased it is not needed any more where the answer went
    Request.objects.filter(pk=request.pk, forgotten=True).update(name="", contact="")
    forget_alerts()
    note(request, state, why, by)


def candidates(shop: Shop, request: Request) -> list[dict[str, Any]]:
    """Customers it could be: by the address given, then by the name."""
    found: dict[str, dict[str, Any]] = {}
    for text in (request.contact, request.name):
        if len(text) >= 3:
            hits = shop.customers(Filter(search=text), columns=("name", "email", "city"), limit=CANDIDATES)  # fmt: skip
            for row in hits.rows:
                found.setdefault(row["person"], row)
    return [
        {**row, "same_address": bool(row.get("email")) and _plain(row["email"]) == _plain(request.contact)}
        for row in list(found.values())[:CANDIDATES]
    ]  # fmt: skip


def forget_unlinked(shop: Shop, people: Sequence[str]) -> None:
    """Before an erasure: requests from an address of theirs of which it was never said whose they
    are. A closed one is forgotten at once, an open one when it is closed."""
    unlinked = list(Request.objects.filter(person="", forgotten=False))
    for person in people if unlinked else ():
        said = set(map(_plain, values_of(shop.traits(person), "email")))
        for one in unlinked:
            if _plain(one.contact) in said:
                forget(one)


def forget(request: Request) -> None:
    """Who asked is forgotten; that somebody asked, and when it was answered, stays. While the answer
    is still to be sent, where it goes stays too."""
    request.steps.update(note="")
    gone = {"person": "", "text": "", "identity": "", "forgotten": True}
    if request.state != Request.State.OPEN:
        gone |= {"name": "", "contact": ""}
    Request.objects.filter(pk=request.pk).update(**gone)


def forget_old(today: date) -> int:
    """Three years after its year of closing a request proves nothing any more (limitation of
    fines): who it was about and what was done is deleted; how many."""
    last = date(today.year - 3, 1, 1) - timedelta(days=1)
    return int(Request.objects.filter(closed__lte=last).delete()[1].get("protect.Request", 0))


def _plain(text: str) -> str:
    return text.strip().lower()
