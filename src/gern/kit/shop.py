"""The shop this server works on."""

from __future__ import annotations

import threading
from datetime import UTC, date, datetime
from functools import partial

from django.conf import settings

from gern.core.shop import Shop, open_shop
from gern.core.zones import zone_named
from gern.kit.scored import left_out_of_scores

_lock = threading.Lock()
_open: dict[str, Shop] = {}


def local(shop: Shop, instant: datetime) -> datetime:
    """An instant as the shop's clocks show it."""
    return instant.astimezone(zone_named(shop.zone))


def real_today(shop: Shop) -> date:
    """The day it is where the shop is, however old its data are: for deadlines and duties."""
    return local(shop, datetime.now(UTC)).date()


def current_shop() -> Shop:
    """The shop in the home of the settings, opened once per process."""
    path = str(settings.HOME.path)
    with _lock:
        if path not in _open:
            shop = _open[path] = open_shop(path)
            shop.left_out_of_scores = partial(left_out_of_scores, shop)  # type: ignore[method-assign]
        return _open[path]
