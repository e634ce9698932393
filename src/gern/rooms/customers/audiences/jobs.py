"""Audiences are brought up to date every 20 seconds."""

from __future__ import annotations

from django.utils.translation import gettext_lazy

from gern.kit.jobs import every, job
from gern.rooms.customers.audiences.passes import bring_current


@job(gettext_lazy("Bringing audiences up to date"), queue="steady", attempts=1)
def keep_current() -> None:
    """Who came in and who left since last time."""
    bring_current()


every("customers_audiences", keep_current, seconds=20)
