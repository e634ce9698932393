"""``gern doctor``: is everything of this home as it should be?"""

from __future__ import annotations

import shutil
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import gern
from gern.core.log.changes import one_writer, sweep_temporary, unlisted_files
from gern.core.log.segments import checksum
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
    return [_disk(path), _keys(shop), _log(shop), _strays(shop), _window(shop), _database(shop)]


def _disk(path: Path) -> Check:
    free = shutil.disk_usage(path).free
    state: Literal["ok", "warn"] = "ok" if free > LOW_DISK_BYTES else "warn"
    return Check("disk", state, f"{free / 1e9:.1f} GB free")


def _keys(shop: Shop) -> Check:
    mode = stat.S_IMODE(shop.home.keys.stat().st_mode)
    if mode & 0o077:
        return Check("keys", "fail", f"{shop.home.keys} is open to others: chmod 700 it")
    return Check("keys", "ok", "readable by their owner only")


def _log(shop: Shop) -> Check:
    segments = shop.manifest.segments()[1]
    for segment in segments:
        file = shop.home.log / segment.file
        if not file.exists():
            return Check("log", "fail", f"{segment.file} is missing: restore it from a backup")
        if checksum(file) != segment.checksum:
            return Check("log", "fail", f"{segment.file} has changed on disk: restore it")
    rows = sum(s.rows for s in segments)
    return Check("log", "ok", f"{rows:,} events in {len(segments)} segments, all checksums right")


def _strays(shop: Shop) -> Check:
    with one_writer(shop.home):
        strays = unlisted_files(shop.home, shop.manifest)
        for file in strays:
            file.unlink()
    swept = sweep_temporary(shop.home)
    message = (
        f"{len(strays) + swept} files of interrupted work removed"
        if strays or swept
        else "no stray files"
    )
    return Check("strays", "ok", message)


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
