"""What the room does in the background."""

from __future__ import annotations

import time
from datetime import UTC, datetime

from django.utils.translation import gettext_lazy as _

from gern.core.collect.daily import forget_salts
from gern.core.log import arrivals, identifications, quarantine
from gern.core.zones import local_day, zone_named
from gern.kit.jobs import every, job
from gern.kit.shop import current_shop

REJECTS_DAYS = 90
"""Bad rows of imports hold customer numbers: they do not lie about for ever."""


@job(_("Import of a file"), queue="long", attempts=3)
def import_run(pk: int) -> None:
    """Carry out an import; interrupted, it begins again and recognises what it has written."""
    from gern.rooms.collect.services import carry_out

    carry_out(pk)


@job(_("Tidying: old uploads, salts, counters"))
def tidy() -> None:
    """Forget what has had its time."""
    from gern.rooms.collect.services import end_abandoned, forget_old_uploads

    forget_old_uploads()
    end_abandoned()
    shop = current_shop()
    now = datetime.now(UTC)
    forget_salts(shop.home, local_day(now.replace(tzinfo=None), zone_named(shop.zone)))
    for path in shop.home.rejects.iterdir():
        if time.time() - path.stat().st_mtime > REJECTS_DAYS * 86_400:
            path.unlink(missing_ok=True)
    with shop.manifest.change(version=False) as db:
        quarantine.forget_old(db, shop.log.clock())
        arrivals.forget_old(db, shop.log.clock())
        identifications.forget_old(db, shop.log.clock())


@job(_("Watched folders and addresses"), queue="long")
def check_feeds() -> None:
    """Import what is new in them."""
    from gern.rooms.collect.feeds.services import check_due

    check_due()


@job(_("A watched folder or address"), queue="long", attempts=1)
def check_feed(pk: int) -> None:
    """Look at one now."""
    from gern.rooms.collect.feeds.services import check
    from gern.rooms.collect.models import Feed

    if feed := Feed.objects.filter(pk=pk).first():
        check(feed)


every("collect_feeds", check_feeds, seconds=60)
every("collect_tidy", tidy, seconds=3600)
