"""Writing down that many customers were given a notice."""

from __future__ import annotations

from datetime import date

from django.utils.translation import gettext_lazy as _

from gern.core.people.listing import Subset
from gern.kit.jobs import job
from gern.kit.shop import current_shop
from gern.kit.subsets import named_subset

EVERYBODY = "SELECT person FROM customers"


@job(_("Writing down who was given a privacy notice"), queue="long")
def write_given(audience: str, version: str, how: str, day: str, first: bool) -> None:
    """``audience``: its id, "" everybody; ``first``: only who has been given none."""
    from gern.rooms.protect.notices.given import write_down

    shop = current_shop()
    who = named_subset(shop, audience) if audience else Subset(EVERYBODY)
    write_down(shop, who, version, how, date.fromisoformat(day), first=first)
