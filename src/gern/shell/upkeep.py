"""What a served shop does by itself: upkeep of the log, the outbox, erasures and backup at night."""

from __future__ import annotations

import threading
from datetime import UTC, datetime
from pathlib import Path

import structlog
from django.db import connection

from gern.core.log.backup import back_up
from gern.core.log.keeper import Keeper
from gern.core.shop import Shop
from gern.core.zones import zone_named
from gern.kit.erasing import erase_customers
from gern.kit.outbox.services import deliver
from gern.kit.shop import current_shop

log = structlog.get_logger("gern.upkeep")
DONE = "night_done"


def start_upkeep() -> threading.Event:
    """Start it in the background; setting the event that comes back ends it."""
    stop = threading.Event()
    shop = current_shop()
    keeper = Keeper(shop.home, shop.manifest, lambda: _due(shop))
    threading.Thread(target=_run, args=(keeper, stop), name="upkeep", daemon=True).start()
    return stop


def _run(keeper: Keeper, stop: threading.Event) -> None:
    try:
        keeper.run(stop, lambda error: log.error("upkeep_failed", error=repr(error)))
    finally:
        connection.close()


def _due(shop: Shop) -> bool:
    return deliver() > 0 or by_night(shop, datetime.now(UTC))


def by_night(shop: Shop, now: datetime) -> bool:
    """Once a day, after ``backup_hour`` in the business zone: erase who waits for it, then back
    up. Whether it was due."""
    local = now.astimezone(zone_named(shop.zone))
    done = shop.manifest.setting(DONE)
    if local.hour < int(shop.setting("backup_hour").value):
        return False
    if done is not None and done.value == local.date().isoformat():
        return False
    shop.manifest.set(DONE, local.date().isoformat(), "upkeep")
    if people := shop.log.waiting_erasures():
        report = erase_customers(people)
        log.info("erased", people=report["people"], rows=report["log"]["rows"])
    if folder := shop.setting("backup_folder").value:
        keep = int(shop.setting("backup_keep").value)
        made = back_up(shop.home, shop.manifest, Path(folder), keep=keep)
        log.info("backed_up", files=made.files, bytes=made.bytes)
    return True
