"""The nightly run."""

from __future__ import annotations

from datetime import UTC, datetime

from django.utils.translation import gettext_lazy as _

from gern.kit.jobs import every, job
from gern.kit.shop import current_shop, local

HOURS = range(1, 5)
"""Local hours in which it may begin."""


@job(_("Retention: erasing who is over the time"), queue="long")
def keep_no_longer() -> None:
    """Erase them; each rule once a night, as the list of runs tells."""
    from gern.rooms.protect.retention.services import by_night

    shop = current_shop()
    now = local(shop, datetime.now(UTC))
    if now.hour in HOURS:
        by_night(shop, now.date())


every("protect_retention", keep_no_longer, seconds=3600)
