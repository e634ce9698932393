"""What binds each customer and how engaged they are, worked out once a day, so that their pages
have it at once."""

from __future__ import annotations

from datetime import timedelta

from django.utils.translation import gettext_lazy

from gern.core.people import engaged, listing
from gern.core.people.plane import MOVED_DAYS, prepare
from gern.kit.jobs import every, job
from gern.kit.shop import current_shop


@job(
    gettext_lazy("Working out what binds customers and how engaged they are"),
    queue="long",
    attempts=1,
)
def work_out() -> None:
    """Nothing to do when it was done today."""
    shop = current_shop()
    today = shop.today()
    prepare(shop, (today - timedelta(days=MOVED_DAYS), today))
    engaged.prepare(shop, today)
    listing.prepare(shop.door, today)


every("customers_binding", work_out, seconds=1800)
