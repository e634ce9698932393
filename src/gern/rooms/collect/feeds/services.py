"""Add a feed; look whether it has something new; import that."""

from __future__ import annotations

import hashlib
import re
import shutil
import time
import uuid
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import structlog
from django.conf import settings
from django.db.models import F
from django.utils import timezone

from gern.core.errors import BadInput
from gern.core.imports.kinds import ALL
from gern.core.log.inbox import check_space
from gern.kit.fetch import check_url, fetch
from gern.kit.shop import current_shop
from gern.rooms.collect.models import Feed, ImportRun
from gern.rooms.collect.services import hand_in_path, start

STILL_SECONDS = 20
"""A file that has changed more recently may still be written."""
MOST_FILES = 50
MINUTES = (5, 7 * 24 * 60)
log = structlog.get_logger("gern.feeds")
Seen = dict[str, dict[str, str]]
"""Name → ``mark`` (what it was then) and ``problem`` (why it could not be read)."""


def add_feed(kind: str, place: str, source: str, every_minutes: int, holds: str = "",
             user: Any = None) -> Feed:  # fmt: skip
    """``BadInput`` when the folder is not there or the address may not be fetched."""
    place = place.strip()
    if kind == Feed.Kind.FOLDER:
        place = str(_folder(place))
    elif kind == Feed.Kind.ADDRESS:
        check_url(place)
    else:
        raise BadInput(f"{kind!r} is no kind of feed. Allowed: folder, address.", param="kind")
    if len(place) > 500:
        raise BadInput("The place is too long. Allowed: 500 letters.", param="place")
    if holds and holds not in ALL:
        raise BadInput(f"{holds!r} is not allowed. Allowed: {', '.join(ALL)}.", param="holds")
    if not re.fullmatch(r"[\w.-]{1,60}", source) or source == "demo":
        raise BadInput(
            f"{source!r} is no name of a system. Allowed: letters, digits, - and _.", param="source",
            german=f"„{source}“ geht nicht als Name des Systems. Erlaubt: Buchstaben, Ziffern, -"
            " und _.",
        )  # fmt: skip
    if Feed.objects.filter(place=place).exists():
        raise BadInput(
            f"{place} is watched already.", param="place",
            german=f"{place} wird schon beobachtet.",
        )  # fmt: skip
    return Feed.objects.create(
        kind=kind, place=place, source=source, holds=holds, by=user,
        every_minutes=min(max(every_minutes, MINUTES[0]), MINUTES[1]),
    )  # fmt: skip


def _folder(place: str) -> Path:
    path = Path(place)
    home = settings.HOME.path
    real = path.resolve()
    if not path.is_absolute() or not real.is_dir():
        raise BadInput(
            f"{place!r} is no folder of this machine. Allowed: an absolute one that exists, such as"
            " /srv/exports.",
            param="place",
            german=f"„{place}“ ist kein Ordner dieses Rechners. Möglich: ein bestehender mit"
            " vollem Pfad wie /srv/exporte.",
        )
    roots = [Path(root).resolve() for root in settings.WATCH_ROOTS]
    if not any(root == real or root in real.parents for root in roots):
        named = ", ".join(map(str, roots))
        raise BadInput(
            f"{place} is outside of the folders that may be watched ({named}; GERN_WATCH_ROOTS).",
            param="place",
            german=f"{place} liegt außerhalb der Ordner, die beobachtet werden dürfen ({named};"
            " GERN_WATCH_ROOTS).",
        )
    if real == home or home in real.parents or real in home.parents:
        raise BadInput(
            "Gern's own home cannot be watched.", param="place",
            german="Das Verzeichnis von Gern selbst kann nicht beobachtet werden.",
        )  # fmt: skip
    return real


def check_due() -> int:
    """Look at every feed whose time has come; how many files were begun."""
    begun = 0
    for feed in Feed.objects.filter(active=True):
        due = feed.checked is None or timezone.now() - feed.checked >= timedelta(minutes=feed.every_minutes)  # fmt: skip
        if due:
            begun += check(feed)
    return begun


def check(feed: Feed) -> int:
    """Look at one feed now; how many files were begun. What goes wrong is kept with the feed, as
    long as it is wrong."""
    begun, problem = 0, ""
    seen = dict(feed.seen)
    try:
        check_space(current_shop().home)
        look = _folder_files if feed.kind == Feed.Kind.FOLDER else _address_file
        begun = look(feed, seen)
        problem = next((f"{n}: {e['problem']}" for n, e in seen.items() if e["problem"]), "")
    except BadInput as error:
        problem = str(error)
    except Exception as error:  # one bad place must not keep the others from being looked at
        problem = f"{feed.place}: {getattr(error, 'strerror', None) or error}"
        log.warning("feed_failed", feed=feed.pk, error=repr(error))
    Feed.objects.filter(pk=feed.pk).update(  # an update: whoever removed it meanwhile is right
        checked=timezone.now(), problem=problem[:300], seen=seen, files=F("files") + begun
    )
    feed.refresh_from_db()
    return begun


def _folder_files(feed: Feed, seen: Seen) -> int:
    """Files that are new or have changed, and lie still. Known by size and time."""
    begun = 0
    there = {}
    for path in sorted(Path(feed.place).iterdir()):
        if path.name.startswith(".") or path.is_symlink() or not path.is_file():
            continue
        there[path.name] = path.stat()
    for gone in seen.keys() - there.keys():
        del seen[gone]
    for name, found in there.items():
        mark = f"{found.st_size}-{found.st_mtime_ns}"
        known = seen.get(name, {}).get("mark") == mark
        if known or begun >= MOST_FILES or time.time() - found.st_mtime < STILL_SECONDS:
            continue
        copy = _working_name()
        shutil.copyfile(Path(feed.place) / name, copy)
        problem = _bring(feed, copy, name)
        seen[name] = {"mark": mark, "problem": problem}
        begun += not problem
    return begun


def _address_file(feed: Feed, seen: Seen) -> int:
    copy = _working_name()
    try:
        fetch(feed.place, copy)
        with copy.open("rb") as file:
            mark = hashlib.file_digest(file, "blake2b").hexdigest()[:32]
        name = Path(unquote(urlsplit(feed.place).path)).name or "file"
        if seen.get(name, {}).get("mark") == mark:
            return 0
        problem = _bring(feed, copy, name)
        seen[name] = {"mark": mark, "problem": problem}
        return int(not problem)
    finally:
        if not ImportRun.objects.filter(stored=copy.name).exists():
            copy.unlink(missing_ok=True)


def _bring(feed: Feed, copy: Path, name: str) -> str:
    """Hand the file in as the feed says and start its import; what is wrong with it, or nothing."""
    try:
        run = hand_in_path(copy, name, source=feed.source, kind=feed.holds, user=feed.by)
    except BadInput as error:
        return str(error)[:250]
    start(run)
    return ""


def _working_name() -> Path:
    path: Path = settings.HOME.uploads / f"{uuid.uuid4().hex}.upload"
    return path
