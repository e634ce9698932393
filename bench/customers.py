"""Customers one by one and in lists: a million of them with twenty million events, and what ten
times as many cost. ``python -m bench.customers``."""

from __future__ import annotations

import json
import tempfile
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path
from statistics import median
from typing import Any

import duckdb

import gern
from bench.figures import BIG, NOW, SMALL, _shop
from gern.core.people import listing
from gern.core.people.engaged import engagement_of, prepare
from gern.core.people.listing import Filter
from gern.core.people.plane import binding_of
from gern.core.people.plane import prepare as prepare_binding
from gern.core.people.worth import share_of, years_of

NAMES = """
SELECT 'crm' AS source, 'i' || CAST(i AS VARCHAR) AS event_id, 'c' || CAST(i AS VARCHAR) AS customer,
  NULL AS visitor, TIMESTAMP '2024-01-01' AS ts, 'Identify' AS name, 'identify' AS kind,
  'server' AS channel, '{{"firstName":"' || ['Anna','Jörg','Zoë','Émile','Björn'][1 + i % 5]
  || '","lastName":"' || ['Müller','Schmidt','Groß','Łukasz','García','Meyer','Öztürk'][1 + i % 7]
  || CAST(i % 5000 AS VARCHAR) || '","phone":"+49 171 ' || CAST(1000000 + i AS VARCHAR) || '","email":"c'
  || CAST(i AS VARCHAR) || '@example.org","address":{{"city":"Köln"}}}}' AS properties,
  NULL AS order_id, NULL AS line, NULL AS quantity, NULL AS amount, NULL AS currency
FROM range({people}) AS t(i)
"""
COLUMNS = ("name", "city", "country", "revenue", "purchases", "last_purchase", "due")
DAY = date(2026, 1, 2)
PEOPLE = ("c31", "c999", "c5000", "c31234", "c70000")


def measure() -> dict[str, Any]:
    """Seconds (median of five, nothing kept) at a million customers, and the ratio to a tenth."""
    with tempfile.TemporaryDirectory(prefix="gern-bench-") as name:
        small = _measured(_with_names(Path(name), SMALL))
        big = _measured(_with_names(Path(name), BIG))
        return {
            "customers": BIG // 20,
            "events": BIG,
            "seconds": big,
            "100 k to 1 M": {key: round(big[key] / small[key], 1) for key in big},
            "limit": {"person page": 0.15, "list": 0.3, "100 k to 1 M": 10},
        }


def _with_names(folder: Path, rows: int) -> gern.Shop:
    shop, _ = _shop(folder, rows)
    file = folder / "names.parquet"
    sql = NAMES.format(people=rows // 20)
    duckdb.connect().execute(f"COPY ({sql}) TO '{file}' (FORMAT parquet)")
    shop.log.load(file, NOW)
    file.unlink()
    return shop


def _measured(shop: gern.Shop) -> dict[str, float]:
    started = time.perf_counter()
    shop.door.prepare()
    found = {"roster, orders, lines, spine made": time.perf_counter() - started}
    started = time.perf_counter()
    prepare(shop, DAY)
    prepare_binding(shop, (DAY,))
    listing.prepare(shop.door, DAY)
    found["engagement and attachment of the day made"] = time.perf_counter() - started
    asked: dict[str, Callable[[str], object]] = {
        "person page": lambda person: _page(shop, person),
        "late: what they like": lambda person: shop.likes(person, DAY),
        "late: engagement": lambda person: (
            engagement_of(shop, person, DAY),
            shop.nine_kinds("2025-01-02", DAY, person=person),
        ),
        "late: what it has brought": lambda person: (
            years_of(shop, person, DAY),
            share_of(shop, person, DAY),
        ),
        "late: what binds them": lambda person: binding_of(shop, person, DAY),
        "list by revenue": lambda _: _list(shop, Filter(), "revenue"),
        "list by name": lambda _: _list(shop, Filter(), "name"),
        "list, filtered, by last purchase": lambda _: _list(
            shop, Filter(least_purchases=3, overdue=True), "last"
        ),
        "search for a name": lambda _: _list(shop, Filter(search="jörg müller77"), "revenue"),
        "search for a number": lambda _: _list(shop, Filter(search="0171 1000 500"), "revenue"),
        "search with a typing error": lambda _: _list(shop, Filter(search="Schmitd77"), "revenue"),
    }
    for name, ask in asked.items():
        times = []
        for person in PEOPLE:
            shop.door.forget()
            started = time.perf_counter()
            ask(person)
            times.append(time.perf_counter() - started)
        found[name] = median(times)
    return {name: round(seconds, 3) for name, seconds in found.items()}


def _page(shop: gern.Shop, person: str) -> None:
    """What the page of one customer asks of the log."""
    shop.ask_ahead(person)
    assert shop.customer(person)
    shop.counter_card(person, DAY)
    assert shop.timeline(person).counts
    shop.traits(person)
    shop.consents(person)


def _list(shop: gern.Shop, wanted: Filter, sort: str) -> None:
    found = shop.customers(wanted, columns=COLUMNS, sort=sort, today=DAY)
    assert found.total


if __name__ == "__main__":
    print(json.dumps(measure(), indent=2))
