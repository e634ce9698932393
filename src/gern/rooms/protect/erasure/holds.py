"""What keeps somebody from being erased for now."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from django.db.models import Q, QuerySet

from gern.core.shop import Shop
from gern.kit.people import names_of
from gern.kit.shop import current_shop, real_today
from gern.rooms.protect.models import Hold, Request, Restriction


def holds_of(names: Sequence[str], today: date) -> QuerySet[Hold]:
    """The holds of somebody of these ids that are in force."""
    return in_force(today).filter(person__in=names)


def in_force(today: date) -> QuerySet[Hold]:
    """All holds that are in force on a day."""
    return Hold.objects.filter(Q(until=None) | Q(until__gte=today))


def hold(person: str, kind: str, why: str, until: date | None, by: Any) -> Hold:
    """Begin one."""
    return Hold.objects.create(person=person, kind=kind, why=why, until=until, by=by)


def why_held(people: Sequence[str]) -> dict[str, str]:
    """For `registry.add_holding`: who of these has a hold, under any id they ever had."""
    shop, found = current_shop(), {}
    names = dict(in_force(real_today(shop)).values_list("person", "why"))
    if not names:
        return {}
    for person in people:
        if reasons := [names[name] for name in _every_name(shop, person) if name in names]:
            found[person] = reasons[0]
    return found


def why_kept_by_night(people: Sequence[str]) -> dict[str, str]:
    """For `registry.add_holding`, unattended: whose data are locked (Art. 18), or who has asked for
    something that is not answered yet."""
    shop = current_shop()
    locked = set(Restriction.objects.values_list("person", flat=True))
    asking = Request.objects.filter(state=Request.State.OPEN).exclude(kind=Request.Kind.ERASURE)
    waiting = set(asking.exclude(person="").values_list("person", flat=True))
    found = {}
    for person in people if locked | waiting else ():
        names = set(_every_name(shop, person))
        if names & locked:
            found[person] = "data are locked (Art. 18)"
        elif names & waiting:
            found[person] = "a request is open"
    return found


def _every_name(shop: Shop, person: str) -> list[str]:
    return [person, *names_of(shop, shop.log.person(person))]
