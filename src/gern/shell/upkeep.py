"""What a served shop does by itself: upkeep of the log, the outbox, erasures and backup at night."""

from __future__ import annotations

import threading
from datetime import UTC, datetime
from pathlib import Path

import structlog
from django.db import close_old_connections, connection

from gern.core.log.backup import back_up
from gern.core.log.keeper import Keeper
from gern.core.shop import Shop
from gern.kit.erasing import erase_customers, take_up
from gern.kit.outbox.services import deliver
from gern.kit.registry import held
from gern.kit.shop import current_shop, local

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
    """The outbox, then the night's work; neither waits for the other to succeed."""
    close_old_connections()
    delivered = 0
    try:
        delivered = deliver()
    except Exception as error:
        log.error("outbox_failed", error=repr(error))
    try:
        take_up()
    except Exception as error:
        log.error("erasure_not_finished", error=repr(error))
    return by_night(shop, datetime.now(UTC)) or delivered > 0


def by_night(shop: Shop, now: datetime) -> bool:
    """Once a day, after ``backup_hour`` in the business zone: erase who waits for it, then back
    up. Whether it was due."""
    here = local(shop, now)
    done = shop.manifest.setting(DONE)
    if here.hour < int(shop.setting("backup_hour").value):
        return False
    if done is not None and done.value == here.date().isoformat():
        return False
    shop.manifest.set(DONE, here.date().isoformat(), "upkeep")
    for work in (_erase_waiting, _back_up):
        try:
            work(shop)
        except Exception as error:
            log.error("night_failed", work=work.__name__, error=repr(error))
    return True


def _erase_waiting(shop: Shop) -> None:
    waiting = shop.log.waiting_erasures()
    kept = held(waiting, unattended=True)
    if people := [one for one in waiting if one not in kept]:
        report = erase_customers(people)
        log.info("erased", people=report["people"], rows=report["log"]["rows"])


def _back_up(shop: Shop) -> None:
    if folder := shop.setting("backup_folder").value:
        keep = int(shop.setting("backup_keep").value)
        made = back_up(shop.home, shop.manifest, Path(folder), keep=keep)
        log.info("backed_up", files=made.files, bytes=made.bytes)
