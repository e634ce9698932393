"""``gern doctor --security``: is this installation closed where it should be?"""

from __future__ import annotations

import os
import stat
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Literal

import gern
from gern.core.log.backup import backups_in, folders
from gern.core.shop import Shop
from gern.shell.doctor import Check

OLD_DAYS = 365
UNUSED_DAYS = 180


def examine_security(path: Path) -> list[Check]:
    """All checks."""
    from gern.shell.start import prepare_database

    shop = gern.open(path)
    prepare_database(shop.home)
    return [*_files(shop), *_address(), *_users(), *_api_keys(), _lockouts(), _secrets(shop)]


def _files(shop: Shop) -> Iterator[Check]:
    places = [
        shop.home.path,
        shop.home.keys,
        *(p for f in folders(shop.manifest) for p in backups_in(f)),
    ]
    for place in places:
        mode = stat.S_IMODE(place.stat().st_mode)
        others = mode & (0o077 if place == shop.home.keys else 0o007)
        if others:
            state: Literal["fail", "warn"] = "fail" if place == shop.home.keys else "warn"
            yield Check(
                "files", state, f"{place} is open to other users of this machine: chmod go-rwx it"
            )
            return
    yield Check("files", "ok", "home, keys and backups are closed to other users of this machine")


def _address() -> Iterator[Check]:
    hosts = os.environ.get("GERN_ALLOWED_HOSTS", "localhost,127.0.0.1,[::1]").split(",")
    outside = [h.strip() for h in hosts if h.strip() not in ("localhost", "127.0.0.1", "[::1]")]
    tls = os.environ.get("GERN_BEHIND_TLS") == "1"
    if "*" in outside:
        yield Check(
            "hosts", "fail", "GERN_ALLOWED_HOSTS is *: links in mails can be forged; name the hosts"
        )
    if outside and not tls:
        yield Check(
            "tls",
            "fail",
            "served as " + ", ".join(outside) + " without GERN_BEHIND_TLS=1: cookies travel openly",
        )
    else:
        yield Check("tls", "ok", "behind TLS" if tls else "served on this machine only")
    if os.environ.get("GERN_DEVELOPMENT") == "1":
        yield Check("development", "fail", "GERN_DEVELOPMENT=1 shows errors with their data")


def _users() -> Iterator[Check]:
    from django.utils import timezone

    from gern.shell.accounts.models import User
    from gern.shell.accounts.second_factor import has_one

    users = list(User.objects.filter(is_active=True).select_related("own_role"))
    admins = [user for user in users if user.role == "admin"]
    bare = [user.email for user in admins if not has_one(user)]
    if bare:
        yield Check("factor", "warn", f"admins without a second factor: {', '.join(sorted(bare))}")
    else:
        yield Check("factor", "ok", f"all {len(admins)} admins have a second factor")
    before = timezone.now() - timedelta(days=UNUSED_DAYS)
    unused = [u.email for u in users if (u.last_login or u.created) < before]
    if unused:
        yield Check(
            "unused", "warn", f"not logged in for {UNUSED_DAYS} days: {', '.join(sorted(unused))}"
        )


def _api_keys() -> Iterator[Check]:
    from django.utils import timezone

    from gern.kit.api.models import ApiKey

    now = timezone.now()
    held = [key for key in ApiKey.objects.all() if key.holds(now.date())]
    endless = [key.name for key in held if key.expires is None]
    old = [key.name for key in held if key.created < now - timedelta(days=OLD_DAYS)]
    if endless:
        yield Check("api keys", "warn", f"hold without an end: {', '.join(sorted(endless))}")
    if old:
        yield Check("api keys", "warn", f"older than a year: {', '.join(sorted(old))}")
    if not endless and not old:
        yield Check("api keys", "ok", f"{len(held)} hold, none without an end or older than a year")


def _lockouts() -> Check:
    from axes.models import AccessAttempt
    from django.conf import settings

    locked = AccessAttempt.objects.filter(failures_since_start__gte=settings.AXES_FAILURE_LIMIT)
    if count := locked.count():
        return Check(
            "lockouts", "warn", f"{count} times somebody was locked out after wrong passwords"
        )
    return Check("lockouts", "ok", "nobody is locked out")


def _secrets(shop: Shop) -> Check:
    days = (time.time() - (shop.home.keys / "django").stat().st_mtime) / 86400
    if days > OLD_DAYS:
        return Check(
            "secrets", "warn", f"the key of sessions is {days:.0f} days old: gern key renew"
        )
    return Check("secrets", "ok", f"the key of sessions is {days:.0f} days old")
