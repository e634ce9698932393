"""The demo shop: a real shop's year, moved to end yesterday; only the names are made up."""

from __future__ import annotations

import uuid
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from gern.core.engines import duckdb
from gern.core.errors import BadInput
from gern.core.shop import DEMO_SOURCE, Shop, create_shop, open_shop
from gern.core.zones import local_day, zone_named
from gern.demo.made_up import make_up

DATA = Path(__file__).parent / "online_retail.parquet"
LAST_DAY = date(2011, 12, 9)
ZONE = "Europe/London"
CURRENCY = "GBP"
FEES = ["POST", "DOT", "C2", "M", "D", "S", "B", "BANK CHARGES", "AMAZONFEE", "CRUK"]
"""Product numbers of postage, discounts, bank charges and corrections in that shop."""


def make_demo(path: Path, *, now: datetime | None = None) -> tuple[Shop, bool]:
    """(the demo shop in this home, whether anything was done).

    Made when missing, moved on when it no longer ends yesterday. ``BadInput`` when the home
    holds data of one's own.
    """
    today = local_day(now or datetime.now(UTC).replace(tzinfo=None), zone_named(ZONE))
    yesterday = today - timedelta(days=1)
    if (path / "home.json").exists():
        shop = open_shop(path)
        if shop.demo is None and shop.span() is not None:
            raise BadInput(
                f"{path} holds data of your own; the demo shop needs a home of its own:"
                " gern --home gern-demo demo. Nothing was changed."
            )
        if shop.demo and shop.demo["last_day"] == yesterday.isoformat() and shop.span():
            return shop, False
        shop.drop_demo()
    else:
        shop = create_shop(path)
    for name, value in (("zone", ZONE), ("currency", CURRENCY), ("fees", FEES)):
        shop.change_setting(name, value, DEMO_SOURCE)
    shifted = shop.home.temporary / f"{uuid.uuid4().hex}.parquet"
    days = (yesterday - LAST_DAY).days
    with_dates_moved(shifted, days, shop.home.temporary)
    try:
        shop.change_setting(
            "demo", {"moved_days": days, "last_day": yesterday.isoformat()}, DEMO_SOURCE
        )  # first, so that a home interrupted here is known as a demo; it is made again
        shop.import_file(
            shifted, source=DEMO_SOURCE, zone=ZONE, currency=CURRENCY, name="Online Retail", now=now
        )
    finally:
        shifted.unlink(missing_ok=True)
    make_up(shop)
    return shop, True


def with_dates_moved(target: Path, days: int, temporary: Path) -> None:
    """Write the data set with every date moved by ``days``."""
    con = duckdb.connect(allowed=[DATA, target], temporary=temporary)
    con.execute(
        f"COPY (SELECT * REPLACE (invoice_date + INTERVAL {days} DAY AS invoice_date)"
        f" FROM read_parquet({duckdb.literal(str(DATA))}))"
        f" TO {duckdb.literal(str(target))} (FORMAT parquet, COMPRESSION zstd)"
    )
    con.close()
