"""Who of the firm looks after a customer; who looks after some may see only these."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db import transaction
from django.http import Http404, HttpRequest

from gern.core.shop import Shop
from gern.kit.access import own_only
from gern.kit.people import names_of
from gern.kit.shop import current_shop
from gern.rooms.customers.history.services import wrote
from gern.rooms.customers.models import CardChange, CustomerOwner


def owner_of(names: Sequence[str]) -> Any:
    """The user; None. ``names``: every id of the customer, the present one first."""
    found = {one.person: one.user for one in _rows(names)}
    return next((found[name] for name in names if name in found), None)


def hand_to(names: Sequence[str], user: Any, by: Any) -> None:
    """From now on this user looks after them; None: nobody."""
    with transaction.atomic():
        before = owner_of(names)
        _rows(names).delete()  # all of them: two customers who are one now may have had two
        if user is not None:
            CustomerOwner.objects.create(person=names[0], user=user, by=by)
        if before == user:
            return
        ids = [str(one.pk) if one else "" for one in (before, user)]
        wrote(names[0], CardChange.OWNER, *ids, by)


def looked_after(shop: Shop, user: Any) -> tuple[str, ...]:
    """All customers of a user, as they are now."""
    rows = CustomerOwner.objects.filter(user=user).values_list("person", flat=True)
    return tuple(sorted(set(shop.log.people(rows))))


def only_own(request: HttpRequest, person: str) -> None:
    """``Http404`` for the customer of somebody else, to those who see only their own."""
    if own_only(request.user):
        owner = owner_of(names_of(current_shop(), person))
        if owner is None or owner.pk != request.user.pk:
            raise Http404


def _rows(names: Sequence[str]) -> Any:
    return CustomerOwner.objects.filter(person__in=names).select_related("user")
