"""Duplicates are looked for every night, and when somebody asks for it."""

from __future__ import annotations

from django.utils.translation import gettext_lazy

from gern.kit.jobs import every, job
from gern.kit.shop import current_shop
from gern.rooms.customers.duplicates.services import look_for_duplicates


@job(gettext_lazy("Looking for duplicates"), queue="long", attempts=2)
def find_duplicates() -> None:
    """All pairs anew."""
    look_for_duplicates(current_shop())


every("customers_duplicates", find_duplicates, seconds=24 * 3600)
