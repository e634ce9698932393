"""Add a source, rotate its key, change what it may. A new key is shown once."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from django.db import transaction
from django.utils import timezone

from gern.core.collect.keys import PUBLIC, SERVER, digest, new_key, shown
from gern.core.errors import BadInput
from gern.kit.alerts import forget_alerts
from gern.rooms.collect.models import Key, Source

OVERLAP_HOURS = 24
PER_MINUTE = {PUBLIC: 60_000, SERVER: 0}
"""How many events a minute a new source may send; 0: no limit."""
TAKEN = ("demo", "gern")


def add_source(
    name: str, kind: str = PUBLIC, *, origins: list[str] | None = None, user: Any = None
) -> tuple[Source, str]:
    """(the source, its write key). ``BadInput`` when the name is taken or cannot be used."""
    if not re.fullmatch(r"[a-z0-9][a-z0-9_-]{0,59}", name):
        raise BadInput(
            f"{name!r} is no name for a source. Allowed: small letters, digits, - and _, up to 60.",
            param="name",
            german=f"„{name}“ geht nicht als Name. Erlaubt: Kleinbuchstaben, Ziffern, - und _,"
            " höchstens 60.",
        )
    if name in TAKEN or Source.objects.filter(name=name).exists():
        raise BadInput(
            f"There is a source {name!r} already. Choose another name, or rotate its key:"
            f" gern source rotate {name}",
            param="name",
            german=f"Eine Quelle „{name}“ gibt es schon.",
        )
    with transaction.atomic():
        source = Source.objects.create(
            name=name, kind=kind, origins=checked_origins(origins or []), by=user,
            per_minute=PER_MINUTE[kind],
        )  # fmt: skip
        key = _issue(source)
    return source, key


def rotate_key(source: Source, *, overlap_hours: float = OVERLAP_HOURS) -> str:
    """A new key; the old ones keep working for ``overlap_hours``, so that senders can be changed
    one after the other."""
    ends = timezone.now() + timedelta(hours=overlap_hours)
    with transaction.atomic():
        source.keys.filter(expires=None).update(expires=ends)
        source.keys.filter(expires__gt=ends).update(expires=ends)
        return _issue(source)


def change_source(
    source: Source, *, origins: list[str], per_minute: int, trusted: bool, active: bool
) -> None:
    """Set what the source may. A server's key is believed in any case and has no origins."""
    source.origins = [] if source.kind == SERVER else checked_origins(origins)
    source.per_minute = per_minute
    source.trusted = trusted and source.kind == PUBLIC
    source.active = active
    source.save()
    forget_alerts()  # one that was switched off is silent on purpose


def source_named(name: str) -> Source:
    """``BadInput`` when there is none."""
    found = Source.objects.filter(name=name).first()
    if found is None:
        names = ", ".join(Source.objects.values_list("name", flat=True)) or "none yet"
        raise BadInput(f"There is no source {name!r}. There are: {names}.", param="name")
    return found


def checked_origins(origins: list[str]) -> list[str]:
    """``https://shop.example`` without path, each once."""
    found = []
    for origin in (o.strip().rstrip("/").lower() for o in origins):
        if not origin:
            continue
        parts = urlsplit(origin)
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.path or parts.query:
            raise BadInput(
                f"{origin!r} is no origin. Allowed: https://shop.example, without a path.",
                param="origins",
                german=f"„{origin}“ ist keine Herkunft. Möglich: https://shop.example, ohne Pfad.",
            )
        found.append(origin)
    return list(dict.fromkeys(found))


def public_key_of(source: Source) -> str:
    """The key that stands in a page; empty for a server's, which nobody can show any more."""
    if source.kind == SERVER:
        return ""
    key = source.keys.filter(expires=None).first()
    return key.shown if key else ""


def _issue(source: Source) -> str:
    key = new_key(source.kind)
    Key.objects.create(source=source, digest=digest(key), shown=shown(key, source.kind))
    return key
