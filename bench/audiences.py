"""Audiences over a million customers and twenty million events: sized while editing, beside the same
question to PostgreSQL with indexes; fifty kept current while 2,000 events a second come in.

``python tests/postgres/private.py python -m bench.audiences`` (without PostgreSQL: ``python -m bench.audiences``)
"""

from __future__ import annotations

import json
import os
import random
import subprocess
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import gern
from bench.figures import BIG, NOW, SMALL, _shop
from gern.core.audiences.asking import size_and_some, which_fit
from gern.core.conditions.nodes import All, Bought, Compare, Condition, Did
from gern.core.engines.question import Question
from gern.core.log.event import Event

ROUNDS = 3
SECONDS, A_SECOND = 20, 2000
NAMES = ("Product Viewed", "Product Added", "Email Opened", "Survey Answered", "File Downloaded")
THREE = All((
    Did(Compare("name", "is", "Product Viewed"), 2, None, 90),
    Bought("pieces", "2", None, None, None, 365),
    Did(Compare("name", "is", "Email Opened"), 0, 0, 60),
))  # fmt: skip
BY_HAND = """
SELECT count(*) FROM customers c WHERE
  (SELECT count(*) FROM event e WHERE e.person = c.person AND e.name = 'Product Viewed' AND e.ts >= '{day90}') >= 2
  AND (SELECT coalesce(sum(quantity), 0) FROM event e WHERE e.person = c.person
    AND e.name = 'Order Completed' AND e.ts >= '{day365}') >= 2
  AND NOT EXISTS (SELECT 1 FROM event e WHERE e.person = c.person AND e.name = 'Email Opened' AND e.ts >= '{day60}')
"""
GROUPED = """
SELECT count(*) FROM
  (SELECT person FROM event WHERE name = 'Product Viewed' AND ts >= '{day90}' GROUP BY person HAVING count(*) >= 2) v
  JOIN (SELECT person FROM event WHERE name = 'Order Completed' AND ts >= '{day365}' GROUP BY person
    HAVING sum(quantity) >= 2) b USING (person)
  JOIN customers USING (person)
  LEFT JOIN (SELECT DISTINCT person FROM event WHERE name = 'Email Opened' AND ts >= '{day60}') o USING (person)
WHERE o.person IS NULL
"""
"""The same in two ways: customer by customer over the index, and grouped."""


def measure() -> dict[str, Any]:
    """Seconds; the median of three where nothing else is said."""
    with tempfile.TemporaryDirectory(prefix="gern-bench-") as name:
        folder = Path(name)
        small, big = _shop(folder, SMALL)[0], _shop(folder, BIG)[0]
        beside = _postgres(big, folder) if os.environ.get("GERN_DATABASE_URL") else {}
        one, ten = _sized(small), _sized(big)
        return {
            "events": BIG, "customers": BIG // 20,
            "size of three behavioural conditions": ten, "100 k to 1 M": round(ten / one, 1),
            "the same in PostgreSQL": beside,
            **_kept_current(big),
            "limit": {"size": 1.5, "100 k to 1 M": 10, "fresh": 60},
        }  # fmt: skip


def _median(ask: Callable[[], Any]) -> float:
    times = []
    for _ in range(ROUNDS):
        started = time.perf_counter()
        ask()
        times.append(time.perf_counter() - started)
    return round(sorted(times)[ROUNDS // 2], 2)


def _sized(shop: gern.Shop) -> float:
    def ask() -> int:
        shop.door.forget()
        return size_and_some(shop, THREE, {}, shop.today())[0]

    ask()
    return _median(ask)


def _postgres(shop: gern.Shop, folder: Path) -> dict[str, Any]:
    """The same rows in a table with indexes that fit the question; the same count."""
    import psycopg

    file = folder / "rows.csv"
    con = shop.door._connection().cursor()
    state = shop.door._states.now()
    con.execute(
        f"COPY (SELECT person, ts, name, quantity FROM {state.rows(shop.home, state.segments)}"
        f" WHERE NOT starts_with(person, 'visitor:')) TO '{shop.home.cache / 'rows.csv'}' (HEADER false)"
    )
    (shop.home.cache / "rows.csv").rename(file)
    today = shop.today()
    days = {f"day{n}": today - timedelta(days=n - 1) for n in (60, 90, 365)}
    with psycopg.connect(os.environ["GERN_DATABASE_URL"].replace("postgres://", "postgresql://"), autocommit=True) as db:  # fmt: skip
        db.execute("CREATE TABLE event (person text, ts timestamp, name text, quantity numeric)")
        started = time.perf_counter()
        with (
            file.open("rb") as source,
            db.cursor().copy("COPY event FROM STDIN (FORMAT csv)") as copy,
        ):
            while chunk := source.read(1 << 20):
                copy.write(chunk)
        db.execute("CREATE TABLE customers AS SELECT DISTINCT person FROM event")
        db.execute("CREATE INDEX ON event (person, name, ts) INCLUDE (quantity)")
        db.execute("CREATE INDEX ON event (name, ts) INCLUDE (person, quantity)")
        db.execute("VACUUM ANALYZE")
        loaded = round(time.perf_counter() - started)
        db.execute("SET work_mem = '512MB'")
        found = {}
        for name, sql in (("customer by customer", BY_HAND), ("grouped", GROUPED)):
            asked = sql.format(**days)
            (n,) = db.execute(asked).fetchone()  # type: ignore[misc]
            assert n == size_and_some(shop, THREE, {}, today)[0], (name, n)
            found[name] = _median(lambda asked=asked: db.execute(asked).fetchone())
    return {"loaded and indexed": loaded, **found}


def _rules(dice: random.Random) -> list[Condition]:
    """Fifty of three behavioural conditions each."""
    return [
        All((
            Did(Compare("name", "is", dice.choice(NAMES)), dice.randint(1, 3), None, dice.choice((7, 30, 90, 180))),
            Bought("purchases", str(dice.randint(1, 3)), None, None, None, dice.choice((90, 180, 365))),
            Did(Compare("name", "is", dice.choice(NAMES)), 0, 0, dice.choice((14, 30, 60))),
        ))
        for _ in range(50)
    ]  # fmt: skip


def _kept_current(shop: gern.Shop) -> dict[str, Any]:
    """The job of a served shop: fifty audiences filled, then rounds of 20 seconds of events, then
    a new day."""
    os.environ |= {
        "DJANGO_SETTINGS_MODULE": "gern.shell.settings",
        "GERN_HOME": str(shop.home.path),
    }
    import django

    django.setup()
    from gern.kit.shop import current_shop
    from gern.rooms.customers.audiences.passes import bring_current
    from gern.rooms.customers.audiences.services import define
    from gern.rooms.customers.models import AudienceChange
    from gern.shell.start import prepare_database

    prepare_database(shop.home)
    shop = current_shop()
    # entries are events of the real day: the made-up one is the day after the made-up data
    days = [NOW.date() - timedelta(days=1)]
    type(shop).today = lambda _, now=None: days[-1]
    dice = random.Random(3)
    started = time.perf_counter()
    for number, rule in enumerate(_rules(dice)):
        define(shop, name=f"{number}", note="", by=None, condition=rule)
    filled = time.perf_counter() - started
    bring_current()
    last = shop.span()[1]  # type: ignore[index]
    passes, people = [], []
    for round_ in range(4):
        _arrive(shop, dice, round_, last)
        started = time.perf_counter()
        people.append(bring_current())
        passes.append(round(time.perf_counter() - started, 1))
    days.append(NOW.date())
    started = time.perf_counter()
    aged = bring_current()
    new_day = round(time.perf_counter() - started, 1)
    some = [row["person"] for row in shop.door.ask(
        Question("SELECT person FROM customers ORDER BY hash(person) LIMIT 20000", {}, "bench"))]  # fmt: skip
    _check(shop, some)
    return {
        "fifty audiences filled": round(filled, 1),
        "a pass after 20 s of 2,000 events/s": passes, "customers looked at": people,
        "a pass at the begin of a day": new_day, "for whom time went on": aged,
        "moves": AudienceChange.objects.count(),
    }  # fmt: skip


def _check(shop: gern.Shop, some: list[str]) -> None:
    """Who is in which audience is what the rules say, for twenty thousand of them."""
    from gern.core.audiences.rule import condition_of
    from gern.rooms.customers.audiences.members import people_in
    from gern.rooms.customers.audiences.rules import rules
    from gern.rooms.customers.models import Audience

    known, all_ = rules(shop), list(Audience.objects.all())
    fit = which_fit(shop, [condition_of(a.pk, known) for a in all_], known, shop.today(), some)
    for audience, expected in zip(all_, fit, strict=True):
        assert set(people_in(shop, audience)) & set(some) == expected, audience.name


def _arrive(shop: gern.Shop, dice: random.Random, round_: int, day: Any) -> None:
    noon = datetime(day.year, day.month, day.day, 12, tzinfo=UTC)
    events = [_event(dice, round_ * 10**6 + i, noon + timedelta(seconds=i / A_SECOND))
              for i in range(SECONDS * A_SECOND)]  # fmt: skip
    for start in range(0, len(events), 5000):
        shop.log.append(events[start : start + 5000])
    shop.log.compact()


def _event(dice: random.Random, number: int, ts: datetime) -> Event:
    return Event(source="live", id=f"n{number}", name=dice.choice(NAMES), ts=ts, channel="web",
                 customer=f"c{int(dice.random() ** 2 * BIG // 20)}")  # fmt: skip


if __name__ == "__main__":
    said = subprocess.run(["nproc"], capture_output=True, text=True, check=True).stdout.strip()
    print(json.dumps({"cores": said, **measure()}, indent=2))
