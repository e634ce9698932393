"""The history on the customer's page."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.http import HttpRequest

from gern.kit.access import own_only, sees
from gern.rooms.customers.history.services import changes_of
from gern.rooms.customers.models import CardChange
from gern.rooms.customers.person.services import names_of_users

_SHOWN = 50


def history(request: HttpRequest, person: str, names: Sequence[str]) -> dict[str, Any] | None:
    """Who changed what; texts of notes only to those who may read notes."""
    found = changes_of(names)
    if not sees(request.user, "notes"):
        found = found.exclude(what=CardChange.NOTE)
    changes = list(found[:_SHOWN])
    if not changes:
        return None
    owners = [one for one in changes if one.what == CardChange.OWNER]
    users = names_of_users(id for one in owners for id in (one.before, one.after))
    for one in owners:
        one.before, one.after = (users.get(id, "") for id in (one.before, one.after))
    return {"changes": changes, "hands_on": not own_only(request.user), "owner": CardChange.OWNER}
