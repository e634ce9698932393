"""A home of format 1, kept as it was written: refused until upgraded, then read like any other."""

from __future__ import annotations

import json
import shutil
from decimal import Decimal
from pathlib import Path

import pytest

import gern
from gern.core.errors import HomeTooNew, HomeTooOld
from gern.core.home import FORMAT, Home
from gern.core.log.profile import profile
from gern.core.log.upgrade import upgrade

OLD = Path(__file__).parents[2] / "data" / "home-v1"


@pytest.fixture
def old(tmp_path: Path) -> Home:
    return Home(Path(shutil.copytree(OLD, tmp_path / "old")))


def test_it_is_refused_with_the_way_out(old: Home) -> None:
    with pytest.raises(HomeTooOld, match=r"upgrade.*backup first"):
        gern.open(old.path)


def test_upgraded_it_means_what_it_meant(old: Home, tmp_path: Path) -> None:
    backup, found, now = upgrade(old)
    assert (found, now) == (1, FORMAT)
    assert (backup / "log.sqlite3").exists()
    shop = gern.open(old.path)
    assert {s.schema for s in shop.manifest.segments()[1]} == {1}
    assert shop.query("SELECT count(*) AS n, count(person) AS p, sum(amount) AS a FROM lines") == [
        {"n": 7, "p": 6, "a": Decimal("39.000000")}
    ]
    assert shop.figure("orders", "2024-01-01", "2025-01-01").value == 4
    file = tmp_path / "again.csv"
    file.write_text("order,customer,date,product,name,quantity,price,country\n"
                    "2,ben,2024-01-15 10:00:00,P1,Tea,1,3.50,Austria\n"
                    "9,ben,2024-05-01 10:00:00,P1,Tea,1,3.50,Austria\n")  # fmt: skip
    report = shop.import_file(file)
    assert (report.lines_known, report.lines_new) == (1, 1)
    shop.log.merge("ben", "anna")
    assert shop.query("SELECT count(*) AS n FROM lines WHERE person = 'anna'") == [{"n": 7}]
    assert shop.log.check().problems == []
    shop.log.compact(fully=True)
    assert {s.schema for s in shop.manifest.segments()[1]} == {3}
    assert shop.query("SELECT count(*) AS n, sum(amount) AS a FROM lines") == [
        {"n": 8, "a": Decimal("42.500000")}
    ]


def test_one_person_of_an_old_segment_is_erased(old: Home) -> None:
    upgrade(old)
    shop = gern.open(old.path)
    assert shop.log.erase(["anna"]).rows == 4
    assert not [p for p in old.path.rglob("*") if p.is_file() and b"anna" in p.read_bytes()
                and "before-upgrade" not in str(p)]  # fmt: skip


def test_an_upgrade_may_be_killed_and_run_again(old: Home) -> None:
    upgrade(old)
    old.mark(1)  # as if killed before the last step
    assert upgrade(old)[1:] == (1, FORMAT)
    assert upgrade(old)[1:] == (FORMAT, FORMAT)
    assert len(list(old.backups.iterdir())) == 3
    assert upgrade(old)[0].exists()
    assert len(list(old.backups.iterdir())) == 3


def test_a_home_newer_than_this_gern_is_refused(old: Home) -> None:
    old.marker.write_text(json.dumps({"format": FORMAT + 1}))
    for attempt in (lambda: gern.open(old.path), lambda: upgrade(old)):
        with pytest.raises(HomeTooNew, match="newer Gern"):
            attempt()


def test_a_home_of_format_2_means_what_it_meant(tmp_path: Path) -> None:
    """It has events in a segment and one in the inbox, written without context and traffic."""
    home = Home(Path(shutil.copytree(OLD.with_name("home-v2"), tmp_path / "old")))
    with pytest.raises(HomeTooOld):
        gern.open(home.path)
    assert upgrade(home)[1:] == (2, FORMAT)
    shop = gern.open(home.path)
    assert {s.schema for s in shop.manifest.segments()[1]} == {2}
    for _ in range(2):
        rows = shop.query("SELECT event_id, person, context, traffic FROM events ORDER BY event_id")
        assert [tuple(row.values()) for row in rows] == [
            ("1", "anna", None, None), ("2", "ben", None, None), ("3", "ben", None, None),
            ("4", "ben", None, None),
        ]  # fmt: skip
        assert [(k.name, k.events) for k in profile(shop.manifest)] == [
            ("Page Viewed", 2), ("Identify", 1), ("Order Completed", 1)
        ]  # fmt: skip
        shop.log.compact(fully=True)
    assert {s.schema for s in shop.manifest.segments()[1]} == {3}
    assert shop.figure("revenue", "2024-01-01", "2025-01-01").value == 9
    assert shop.log.check().problems == []
