"""The spine says what SQL says: as it was made, with newer events, joins and merged files on top;
and it says nothing where it cannot know."""

from __future__ import annotations

import random
from datetime import date, datetime, timedelta

import pytest

import gern
from gern.core.engines import compiled, spine
from gern.core.engines.spine import Spines
from gern.core.figures.catalogue import FIGURES

WALKED = {f.primitive.id: f.id for f in FIGURES.values() if f.primitive.walked}.values()
"""One figure of each kind."""
BEGIN = datetime(2024, 3, 20, 9)
ASKED = (
    (date(2024, 3, 10), date(2024, 5, 1), "month"),
    (date(2024, 3, 31), date(2024, 4, 2), "day"),
)
"""Seven weeks, and the day of the change of the clocks with the next."""


@pytest.fixture(autouse=True, params=["numpy", "compiled"])
def small(monkeypatch, request) -> None:
    kernels = [request.getfixturevalue("kernels")] if request.param == "compiled" else []
    monkeypatch.setattr(compiled, "_loaded", kernels)
    monkeypatch.setattr(spine, "WORTH_ROWS", 0)
    monkeypatch.setattr(spine, "FEW_ROWS", 10_000)
    monkeypatch.setattr(spine, "_AT_ONCE", 37)  # sorted in several parts


@pytest.fixture
def shop(tmp_path):
    return gern.create_shop(tmp_path / "home", zone="Europe/Berlin", currency="EUR")


@pytest.fixture
def browse(send):
    """Sends ``n`` events of few visitors in bursts, over five weeks."""
    made = iter(range(10_000))

    def browse(n: int, seed: int) -> None:
        luck = random.Random(seed)
        for _ in range(n):
            id = luck.choice(["anna", "ben", "cem", "v1", "v2", "v3", "daily:x", "daily:y"])
            ids = {"customer" if id in ("anna", "ben", "cem") else "visitor": id}
            kind, name, channel = luck.choice(
                [("page", "Page Viewed", "web")] * 4 + [("track", "Product Viewed", "app"),
                 ("track", "Page Engaged", "web"), ("track", "Email Opened", None),
                 ("track", "Order Completed", "web"), ("track", "Something Else", None)]
            )  # fmt: skip
            ts = BEGIN + timedelta(days=luck.randrange(35), minutes=luck.choice([0, 1, 10, 29, 31]) * luck.randrange(30))  # fmt: skip
            traffic = luck.choice([None] * 9 + ["bot"])
            send(id=f"b{next(made)}", kind=kind, name=name, channel=channel, ts=ts, traffic=traffic, **ids)  # fmt: skip

    return browse


def said(shop: gern.Shop) -> dict:
    """Every figure of visits, alone and as a series."""
    found = {}
    shop.door.forget()
    for id in WALKED:
        for start, end, every in ASKED:
            alone = shop.figure(id, start, end, now=BEGIN)
            points = shop.series(id, start, end, every, now=BEGIN)
            found[id, start, end] = (
                {**alone.to_dict(), "query": None, "persons": alone.persons},
                [{**point.to_dict(), "persons": point.persons} for point in points],
            )
    return found


def has_spine(shop: gern.Shop) -> bool:
    return shop.door._spines.at(shop.door._states.now()) is not None


def agree(shop: gern.Shop, *, spine_there: bool = True) -> None:
    """The spine and SQL say the same; and whether there is one at all."""
    assert has_spine(shop) == spine_there
    walked = said(shop)
    at, Spines.at = Spines.at, lambda self, state: None
    try:
        asked = said(shop)
        assert {k: v for k, v in walked.items() if v != asked[k]} == {}
    finally:
        Spines.at = at


def test_as_it_was_made(shop, browse) -> None:
    browse(300, seed=1)
    shop.log.compact()
    assert shop.door.prepare()
    agree(shop)
    assert not shop.door.prepare()  # nothing to do
    assert any(figures[0]["value"] for figures in said(shop).values())


def test_with_events_that_came_later(shop, browse) -> None:
    browse(200, seed=2)
    shop.log.compact()
    shop.door.prepare()
    browse(50, seed=3)  # in the inbox
    agree(shop)
    shop.log.compact()  # in files of their own
    browse(50, seed=4)
    agree(shop)
    shop.log.compact(fully=True)  # in files that took the place of those it covers
    agree(shop)


def test_merged_months_and_people_of_other_months(shop, send) -> None:
    def came(id: str, who: str, days: int) -> None:
        send(id=id, visitor=who, kind="page", channel="web", ts=BEGIN + timedelta(days=days))

    for n, (who, days) in enumerate((("a", 0), ("z", 20), ("b", 0))):
        came(f"e{n}", who, days)
    shop.log.compact()
    shop.door.prepare()
    came("later", "a", 1)
    shop.log.compact(fully=True)  # March is another file; whom it touches stands behind the others
    agree(shop)


def test_with_people_joined_since(shop, browse, send) -> None:
    browse(200, seed=5)
    shop.log.compact()
    shop.door.prepare()
    send(id="i1", kind="identify", visitor="v1", customer="anna", ts=BEGIN)
    send(id="i2", kind="identify", visitor="v2", customer="doro", ts=BEGIN)
    agree(shop)
    shop.log.merge("ben", "anna")
    shop.log.merge("anna", "emil")
    agree(shop)
    browse(50, seed=6)
    shop.log.compact(fully=True)
    agree(shop)


def test_not_after_somebody_was_taken_apart(shop, browse) -> None:
    browse(200, seed=7)
    shop.log.merge("ben", "anna")
    shop.log.compact()
    shop.door.prepare()
    agree(shop)
    shop.log.split("customer", "ben")
    agree(shop, spine_there=False)
    shop.log.merge("ben", "cem")  # again somebody else's: what was split is not forgotten
    agree(shop, spine_there=False)
    assert shop.door.prepare()
    agree(shop)


def test_an_erased_person_is_in_no_spine(shop, browse) -> None:
    browse(200, seed=8)
    shop.log.compact()
    shop.door.prepare()
    shop.log.erase(["anna"])
    assert not list(shop.home.cache.glob("spine-*"))
    agree(shop, spine_there=False)
    shop.door.prepare()
    agree(shop)
    (people,) = shop.home.cache.glob("spine-*/people.parquet")
    assert b"anna" not in people.read_bytes()


def test_not_with_too_much_on_top(shop, browse, monkeypatch) -> None:
    browse(100, seed=9)
    shop.log.compact()
    shop.door.prepare()
    monkeypatch.setattr(spine, "FEW_ROWS", 10)
    browse(60, seed=10)
    shop.log.compact()
    agree(shop, spine_there=False)
    assert shop.door.prepare()
    assert len(list(shop.home.cache.glob("spine-*"))) == 1
    agree(shop)


def test_a_small_log_needs_none(shop, browse, monkeypatch) -> None:
    monkeypatch.setattr(spine, "WORTH_ROWS", 1_000)
    browse(100, seed=11)
    shop.log.compact()
    assert not shop.door.prepare()
    assert not has_spine(shop)


def test_events_of_nobody_are_left_to_sql(shop, browse, monkeypatch) -> None:
    browse(50, seed=13)
    shop.log.compact()
    tried = []
    monkeypatch.setattr(Spines, "_write", lambda self, state, folder: tried.append(1))
    assert not shop.door.prepare()
    assert not shop.door.prepare()
    assert tried == [1]


def test_a_spine_that_was_deleted_meanwhile(shop, browse) -> None:
    browse(50, seed=14)
    shop.log.compact()
    shop.door.prepare()
    browse(20, seed=15)
    assert has_spine(shop)
    for file in shop.home.cache.glob("spine-*/*"):
        file.unlink()
    for folder in shop.home.cache.glob("spine-*"):
        folder.rmdir()
    agree(shop, spine_there=False)
