"""``gern doctor``: is everything of this home as it should be?"""

from __future__ import annotations

import shutil
import stat
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import gern
from gern.core.engines import compiled
from gern.core.log.backup import backups_in, folders
from gern.core.log.changes import sweep_temporary
from gern.core.shop import Shop

LOW_DISK_BYTES = 1_000_000_000


@dataclass(frozen=True)
class Check:
    """One thing looked at. ``warn`` wants attention, ``fail`` must be mended."""

    name: str
    state: Literal["ok", "warn", "fail"]
    message: str


def examine(path: Path) -> list[Check]:
    """All checks, cheap first."""
    shop = gern.open(path)
    sweep_temporary(shop.home)
    return [_disk(path), _keys(shop), *_log(shop), _erasures(shop), _window(shop),
            _database(shop), _backups(shop), _patterns(shop)]  # fmt: skip


def _disk(path: Path) -> Check:
    free = shutil.disk_usage(path).free
    state: Literal["ok", "warn"] = "ok" if free > LOW_DISK_BYTES else "warn"
    return Check("disk", state, f"{free / 1e9:.1f} GB free")


def _keys(shop: Shop) -> Check:
    mode = stat.S_IMODE(shop.home.keys.stat().st_mode)
    if mode & 0o077:
        return Check("keys", "fail", f"{shop.home.keys} is open to others: chmod 700 it")
    return Check("keys", "ok", "readable by their owner only")


def _log(shop: Shop) -> list[Check]:
    found = shop.log.check(deep=False)
    if found.problems:
        return [Check("log", "fail", problem) for problem in found.problems]
    whole = f"{found.rows:,} rows in {found.segments} segments, all checksums right"
    mended = "; ".join(found.mended) or "no stray files"
    return [Check("log", "ok", whole), Check("strays", "ok", mended)]


def _patterns(shop: Shop) -> Check:
    if compiled.installed() or not shop.door.has_spine():
        return Check("patterns", "ok", "as quick as they can be")
    slow = "cohorts and funnels take seconds in a log of this size: install gern[fast]"
    return Check("patterns", "warn", slow)


def _backups(shop: Shop) -> Check:
    newest = [path for folder in folders(shop.manifest) for path in backups_in(folder)]
    if not newest:
        return Check("backups", "warn", "there is none: gern setting backup_folder /srv/backups")
    days = (time.time() - max(path.stat().st_mtime for path in newest)) / 86400
    state: Literal["ok", "warn"] = "ok" if days < 2 else "warn"
    return Check("backups", state, f"the newest of {len(newest)} is {days:.0f} days old")


def _erasures(shop: Shop) -> Check:
    stats = shop.log.stats()
    if stats["erasing_ids"]:
        return Check("erasures", "fail", "one was interrupted: gern erase --finish")
    if under_way := len(list(shop.home.erasing.glob("*.json"))):
        return Check("erasures", "warn", f"{under_way} under way; if nobody works on them: gern erase --finish")  # fmt: skip
    waiting = len(shop.log.waiting_erasures())
    return Check("erasures", "ok", f"{stats['people_erased']} people erased, {waiting} waiting")


def _window(shop: Shop) -> Check:
    found = shop.setting("window_days")
    if found.value is None:
        return Check("window", "warn", "inactivity window not set yet: nobody has bought twice")
    return Check("window", "ok", f"inactivity window {found.value} days (set by {found.set_by})")


def _database(shop: Shop) -> Check:
    from gern.shell.start import set_up

    set_up(shop.home)
    from django.db import connection
    from django.db.migrations.executor import MigrationExecutor

    executor = MigrationExecutor(connection)
    pending = len(executor.migration_plan(executor.loader.graph.leaf_nodes()))
    if pending:
        return Check("database", "fail", f"{pending} migrations are missing: run gern upgrade")
    return Check("database", "ok", f"{connection.vendor}, up to date")
