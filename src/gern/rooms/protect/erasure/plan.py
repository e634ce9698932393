"""What an erasure would do: of each kind of record how many there are, and whether they are erased,
anonymised or kept by law; and what the figures of past years lose. Nothing is changed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from gern.core.shop import Shop
from gern.core.zones import local_day, zone_named
from gern.kit.erasing import IN_THE_LOG
from gern.kit.people import names_of
from gern.kit.registry import stores
from gern.rooms.protect.erasure import sealed
from gern.rooms.protect.models import Sealed

ERASED, ANONYMISED, RETAINED = "erased", "anonymised", "retained"
SUPPRESSED, BURIED = "Art. 21(3), 17(3)(b) GDPR", "Art. 17(1), 5(2) GDPR"
"""Rules by which fingerprints stay."""
TO_SEAL = {Sealed.Kind.ORDERS: "documents", Sealed.Kind.CALLS: "call proofs"}
"""What will be sealed → its place in a plan."""
LOG = "log:"
"""Before the groups of events, as places of a plan."""


@dataclass(frozen=True)
class Row:
    """``place``: name of a store, or `LOG` with a group of events. ``norm`` and ``until`` of what is
    kept; ``until`` None: as long as it is needed."""

    place: str
    records: int
    fate: str
    norm: str = ""
    until: str | None = None


@dataclass(frozen=True)
class Year:
    """What the figures of a year lose. ``revenue`` and ``all_revenue`` in the currency of the shop."""

    year: int
    orders: int
    all_orders: int
    revenue: float
    all_revenue: float


@dataclass(frozen=True)
class Plan:
    """``ids``: how many ids they had."""

    ids: int
    rows: list[Row]
    years: list[Year]

    def to_dict(self) -> dict[str, Any]:
        """Numbers only: it may be kept."""
        return asdict(self)


def plan(shop: Shop, person: str, objected: bool) -> Plan:
    """The plan for one customer. ``objected``: they took back a consent, or objected, some time."""
    names = names_of(shop, person)
    rows = [Row(LOG + group, n, ERASED) for group, n in _groups(shop, person).items()]
    for store in stores().values():
        if not (store.personal and store.subject == "customer"):
            continue
        if store.name in (*IN_THE_LOG, "protect.Sealed"):
            continue
        assert store.exporter is not None
        if n := sum(len(store.exporter(name)) for name in names):
            rows.append(Row(store.name, n, ANONYMISED if store.anonymised else ERASED))
    for duty in sealed.duties(shop, person):
        norm, until = sealed.KINDS[duty.kind], duty.until.isoformat()
        rows.append(Row(TO_SEAL[duty.kind], len(duty.records), RETAINED, norm, until))
    for one in {one.pk: one for name in names for one in sealed.of_person(shop, name)}.values():
        norm = sealed.KINDS[Sealed.Kind(one.kind)]
        rows.append(Row("protect.Sealed", one.records, RETAINED, norm, one.until.isoformat()))
    if objected:
        rows.append(Row("suppression", 1, RETAINED, SUPPRESSED))
    rows.append(Row("tombstones", len(names), RETAINED, BURIED))
    return Plan(len(names), rows, _years(shop, person))


def _groups(shop: Shop, person: str) -> dict[str, int]:
    return Counter(shop.timeline(person, limit=1).counts)


def _years(shop: Shop, person: str) -> list[Year]:
    here = zone_named(shop.zone)
    years = {local_day(order["ts"], here).year for order in shop.orders_of(person)}
    return [_year(shop, person, year) for year in sorted(years)]


def _year(shop: Shop, person: str, year: int) -> Year:
    start, end = date(year, 1, 1), date(year + 1, 1, 1)

    def of(id: str, among: Sequence[str] | None = None) -> float:
        found = shop.figure(id, start, end, with_interval=False, among=among)
        return float(found.value or 0)

    return Year(
        year, int(of("orders", [person])), int(of("orders")), of("revenue", [person]), of("revenue")
    )
