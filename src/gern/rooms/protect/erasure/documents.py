"""Booking documents: the orders of the years for which they must be kept (§ 147 AO, § 257 HGB)."""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from typing import Any

from gern.core.shop import Shop
from gern.core.zones import local_day, zone_named

YEARS = 8
NORM = "§ 147 AO, § 257 HGB; Art. 17(3)(b) GDPR"


def until(year: int) -> date:
    """The last day on which booking documents of this year must be kept: the period begins when
    the year ends (§ 147(4) AO)."""
    return date(year + YEARS, 12, 31)


def due(shop: Shop, person: str, today: date) -> dict[int, list[dict[str, Any]]]:
    """By year the orders that must still be kept, oldest first."""
    here, found = zone_named(shop.zone), defaultdict(list)
    for order in reversed(shop.orders_of(person)):
        year = local_day(order["ts"], here).year
        if until(year) >= today:
            found[year].append(order)
    return dict(found)
