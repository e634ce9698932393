"""Which key belongs to which source, known in memory; looked up anew every few seconds, so that
a rotated or withdrawn key is noticed by every process."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import structlog

from gern.core.collect.accept import Sender
from gern.core.collect.keys import SERVER, digest
from gern.core.collect.traffic import rules_of
from gern.core.home import Home
from gern.core.shop import Shop
from gern.kit.shop import current_shop

if TYPE_CHECKING:
    from gern.rooms.collect.models import Source

FRESH_SECONDS = 2
log = structlog.get_logger("gern.collect")
PROPERTY_SECRET = "properties"  # noqa: S105 - names of keys, not keys
PROOF_SECRET = "identity"  # noqa: S105


@dataclass(frozen=True)
class Known:
    """A source as the collection API needs it."""

    sender: Sender
    server: bool
    origins: tuple[str, ...]
    per_minute: int
    zone: str
    expires: float | None

    def allows(self, origin: str) -> bool:
        """Whether pages of this origin may send with it."""
        return not self.server and (not self.origins or origin in self.origins)


class KeyRing:
    """All keys. ``find`` never blocks the event loop."""

    def __init__(self) -> None:
        self._known: dict[str, Known] = {}
        self._loaded = 0.0
        self._loading: asyncio.Task[None] | None = None

    async def find(self, key: str) -> Known | None:
        """The source of a key; None when there is none."""
        mark = digest(key)
        age = time.monotonic() - self._loaded
        if age > FRESH_SECONDS or (mark not in self._known and age > FRESH_SECONDS / 10):
            await self._refreshed()
        found = self._known.get(mark)
        if found and found.expires is not None and found.expires < time.time():
            return None
        return found

    async def allows_some(self, origin: str) -> bool:
        """Whether some source takes events from pages of this origin: a preflight names no key."""
        if time.monotonic() - self._loaded > FRESH_SECONDS:
            await self._refreshed()
        return any(known.allows(origin) for known in self._known.values())

    async def _refreshed(self) -> None:
        """Load the keys again, once for all who ask meanwhile."""
        if self._loading is None or self._loading.done():
            self._loading = asyncio.get_running_loop().create_task(self._load())
        await asyncio.shield(self._loading)

    async def _load(self) -> None:
        try:
            self._known = await asyncio.to_thread(_load_in_thread)
        except Exception:
            if not self._loaded:
                raise
            log.exception("keys_not_loaded")  # the ones we know serve on
        self._loaded = time.monotonic()


def _load_in_thread() -> dict[str, Known]:
    """`load`; the thread's connection to the database ends with it."""
    from django.db import connection

    try:
        return load()
    finally:
        connection.close()


def load() -> dict[str, Known]:
    """Every key that may still be used."""
    from django.db.models import Q

    from gern.rooms.collect.models import Key

    shop = current_shop()
    keys = Key.objects.select_related("source").filter(source__active=True)
    build = _builder(shop)
    found = {
        key.digest: Known(
            build(key.source), key.source.kind == SERVER, tuple(key.source.origins),
            key.source.per_minute, shop.zone, key.expires.timestamp() if key.expires else None,
        )
        for key in keys.filter(Q(expires=None) | Q(expires__gt=datetime.now(UTC)))
    }  # fmt: skip
    return found


def sender_of(shop: Shop, name: str) -> Sender | None:
    """What a source may say now; None when there is none of this name."""
    from gern.rooms.collect.models import Source

    source = Source.objects.filter(name=name).first()
    return _builder(shop)(source) if source else None


def _builder(shop: Shop) -> Callable[[Source], Sender]:
    from gern.rooms.collect.models import PropertyRule, TrafficRule

    secret = shop.home.secret(PROPERTY_SECRET).encode()
    currency = shop.currency
    rules = rules_of(list(TrafficRule.objects.values_list("kind", "value", "mark")))
    treatments: dict[str, dict[str, Any]] = {}
    for rule in PropertyRule.objects.all():
        treatments.setdefault(rule.event, {})[rule.name] = rule.treatment
    return lambda source: Sender(
        source.name, source.believed, currency, rules, treatments, secret,
        proof_secret(shop.home, source.name),
    )  # fmt: skip


def proof_secret(home: Home, source: str) -> bytes:
    """With which a shop's own server signs the ids of its customers for this source."""
    root = home.secret(PROOF_SECRET).encode()
    return hmac.digest(root, source.encode(), hashlib.sha256).hex().encode()
