"""Erasure: unreadable at once, physically gone, and it does not come back."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

import gern
from gern.core.errors import TryLater
from gern.core.log import erasure, leases
from gern.core.log.backup import back_up, note_erasures, restore
from gern.core.log.event import Line

MARK = "Zwetschgenknoedel77"


def holds(home: Path, mark: str = MARK) -> list[str]:
    """Files that hold the mark anywhere: rows, free pages, WAL, temporary files."""
    found = []
    for path in home.rglob("*"):
        if path.is_file():
            data = path.read_bytes()
            if mark.encode() in data or (path.suffix == ".parquet" and _in_parquet(path, mark)):
                found.append(str(path.relative_to(home)))
    return found


def _in_parquet(path: Path, mark: str) -> bool:
    import duckdb

    return bool(
        duckdb.sql(
            f"SELECT 1 FROM (SELECT CAST(t AS VARCHAR) AS text FROM '{path}' AS t)"
            f" WHERE contains(text, '{mark}') LIMIT 1"
        ).fetchall()
    )


@pytest.fixture
def marked(shop: gern.Shop, send, bring):
    """A shop that holds the mark in the inbox, in segments, in an import and in who is who."""
    now = datetime.now(UTC)
    for n in range(30):
        send(id=f"{n}", customer=f"c{n}", visitor=f"v{n}", ts=now - timedelta(days=n))
    send(id="m1", customer=MARK, visitor="theirs", ts=now - timedelta(days=3),
         properties={"said": MARK}, lines=(Line(5, product_name=MARK),), currency="EUR")  # fmt: skip
    send(id="m2", visitor="theirs", ts=now - timedelta(days=40), store=MARK)
    send(id="m3", kind="identify", visitor="theirs", customer=MARK, ts=now)
    send(id="m4", customer="c1", visitor="theirs", ts=now)  # another customer, the same device
    shop.log.compact()
    send(id="m5", customer=MARK, ts=now, properties={"said": MARK})
    send(id="m6", visitor="theirs", ts=now)
    bring(
        f"order,customer,date,product,amount\n1,{MARK},2024-01-01,{MARK},5\n2,ben,2024-01-02,p,6\n"
    )
    return shop


def test_nothing_of_an_erased_person_is_left_in_any_file(marked: gern.Shop, ask) -> None:
    before = ask("SELECT count(*) FROM rows WHERE person <> $p", p=MARK)
    assert len(holds(marked.home.path)) >= 3
    done = marked.log.erase([MARK])
    assert (done.rows, done.inbox_events, done.ids, done.visitor_ids_blanked) == (4, 2, 2, 1)
    assert holds(marked.home.path) == []
    assert holds(marked.home.path, "theirs") == []
    assert ask("SELECT count(*) FROM rows WHERE person = $p", p=MARK) == [(0,)]
    assert ask("SELECT count(*) FROM rows") == before
    assert ask("SELECT visitor FROM rows WHERE event_id = 'm4'") == [(None,)]
    assert marked.log.check().problems == []


def test_every_alias_goes_along_whichever_is_named(marked: gern.Shop, ask) -> None:
    marked.log.merge(MARK, "c5")
    marked.log.erase(["visitor:theirs"])
    assert holds(marked.home.path) == []
    assert ask("SELECT count(*) FROM rows WHERE customer = 'c5'") == [(0,)]


def test_after_a_split_rows_that_lie_with_somebody_else_are_found(shop, send, ask) -> None:
    send(id="1", customer=MARK)
    send(id="2", customer="b")
    shop.log.merge(MARK, "b")
    shop.log.compact(fully=True)
    shop.log.split("customer", MARK)
    shop.log.erase([MARK])
    assert ask("SELECT customer, person FROM rows") == [("b", "b")]
    assert holds(shop.home.path) == []


def test_older_events_do_not_come_back_later_ones_do(marked: gern.Shop, send, ask, bring) -> None:
    earlier = datetime.now(UTC) - timedelta(days=1)
    marked.log.erase([MARK])
    send(id="m1", customer=MARK, ts=earlier)  # a retry
    send(id="m9", customer=MARK, ts=earlier)  # late, never seen before
    send(id="m10", kind="identify", visitor="theirs", customer=MARK, ts=earlier)
    report = bring(
        f"order,customer,date,amount\n1,{MARK},2024-01-01,5\n3,{MARK},never,5\n2,ben,2024-01-02,6\n",
        "x.csv",
    )
    assert (report.lines_erased, report.lines_bad) == (2, 0)
    assert ask("SELECT count(*) FROM rows WHERE customer = $p", p=MARK) == [(0,)]
    marked.log.compact()
    assert holds(marked.home.path) == []
    send(id="n1", customer=MARK, ts=datetime.now(UTC))
    send(id="m5", customer=MARK, ts=datetime.now(UTC))  # the id of an erased event
    assert ask("SELECT event_id FROM rows WHERE customer = $p", p=MARK) == [("n1",)]


def test_hidden_people_cannot_be_read_before_their_files_are_gone(marked: gern.Shop, ask) -> None:
    erasure.hide(marked.home, marked.manifest, [MARK], int(time.time() * 1e6))
    assert ask("SELECT count(*) FROM rows WHERE person = $p", p=MARK) == [(0,)]
    assert ask("SELECT count(*) FROM orders WHERE person = $p", p=MARK) == [(0,)]
    assert marked.log.stats()["erasing_ids"] == 2
    again = gern.open(marked.home.path)  # killed in between, taken up by the next
    assert again.log.finish_erasures().rows == 4
    assert holds(marked.home.path) == []
    assert again.log.finish_erasures() is None


def test_old_files_wait_for_their_readers_but_no_longer_than_a_lease(
    marked: gern.Shop, monkeypatch
) -> None:
    code = (
        "import sys, time, gern\n"
        f"shop = gern.open({str(marked.home.path)!r})\n"
        "with shop.door.leases.reading():\n    print('reading', flush=True)\n    time.sleep(60)\n"
    )
    reader = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    assert reader.stdout.readline() == "reading\n"
    monkeypatch.setattr(leases, "SECONDS", 2)
    started = time.monotonic()
    marked.log.erase([MARK])
    assert 0.5 < time.monotonic() - started < 5
    assert holds(marked.home.path) == []
    reader.kill()
    reader.communicate()


def test_the_lease_of_a_killed_reader_ends_at_once(marked: gern.Shop) -> None:
    code = (
        "import os, gern\n"
        f"shop = gern.open({str(marked.home.path)!r})\n"
        "with shop.door.leases.reading():\n    os.kill(os.getpid(), 9)\n"
    )
    subprocess.run([sys.executable, "-c", code], check=False)
    started = time.monotonic()
    marked.log.erase([MARK])
    assert time.monotonic() - started < 5


def test_a_reader_of_the_manifest_that_does_not_end_is_reported(marked, monkeypatch) -> None:
    other = sqlite3.connect(marked.home.manifest)
    other.execute("BEGIN")
    other.execute("SELECT count(*) FROM inbox").fetchone()
    monkeypatch.setattr(erasure.purge, "__defaults__", (1,))  # seconds
    with pytest.raises(TryLater, match="again"):
        marked.log.erase([MARK])
    other.rollback()
    other.close()
    erasure.purge(marked.home, marked.manifest)
    assert holds(marked.home.path) == []


def test_a_restored_backup_does_not_bring_them_back(marked: gern.Shop, tmp_path) -> None:
    into = tmp_path / "backups"
    made = back_up(marked.home, marked.manifest, into)
    assert len(holds(made.path)) >= 3
    marked.log.erase([MARK])
    note_erasures(marked.manifest)
    restored = restore(made.path, tmp_path / "restored")
    assert (restored.erased_again, restored.problems) == (2, [])
    # for the other places, which `prepare_database` clears before the home is served
    assert holds(tmp_path / "restored") == ["erased-again.json"]
    shop = gern.open(tmp_path / "restored")
    assert shop.query("SELECT count(*) AS n FROM rows") == marked.query(
        "SELECT count(*) AS n FROM rows"
    )
    assert {p.name for p in (tmp_path / "restored" / "keys").iterdir()} == {"erasure"}


def test_many_at_once_and_people_nobody_knows(marked: gern.Shop, ask) -> None:
    done = marked.log.erase([MARK, "c3", "c4", "nobody"])
    assert (done.people, done.rows) == (4, 6)
    assert marked.log.erase(["nobody"]).rows == 0
    assert marked.log.stats()["people_erased"] == 5


def test_two_erasures_at_once_both_end(marked: gern.Shop, ask) -> None:
    import threading

    errors: list[BaseException] = []

    def work(person: str) -> None:
        try:
            gern.open(marked.home.path).log.erase([person])
        except BaseException as error:
            errors.append(error)

    both = [threading.Thread(target=work, args=(p,)) for p in (MARK, "c7")]
    for thread in both:
        thread.start()
    for thread in both:
        thread.join()
    assert errors == []
    assert holds(marked.home.path) == []
    assert ask("SELECT count(*) FROM rows WHERE customer = 'c7'") == [(0,)]


def test_hidden_twice_it_is_still_looked_for_everywhere(shop, send, ask) -> None:
    send(id="1", customer=MARK)
    shop.log.merge(MARK, "b")
    shop.log.compact(fully=True)
    shop.log.split("customer", MARK)
    for n in (1, 2):
        erasure.hide(shop.home, shop.manifest, [MARK], int(time.time() * 1e6) + n)
    shop.log.finish_erasures()
    assert ask("SELECT count(*) FROM rows") == [(0,)]
    assert holds(shop.home.path) == []


def test_their_name_goes_from_rows_of_others_who_were_once_joined(shop, send, ask) -> None:
    send(id="1", visitor="v")
    send(id="2", kind="identify", visitor="v", customer=MARK)
    send(id="3", customer="b")
    shop.log.compact()
    shop.log.merge("b", MARK)
    shop.log.compact(fully=True)
    shop.log.split("visitor", "v")
    shop.log.split("customer", "b")
    shop.log.erase([MARK])
    assert holds(shop.home.path) == []
    assert ask("SELECT event_id, person FROM rows ORDER BY 1") == [("1", "visitor:v"), ("3", "b")]
    assert shop.log.check().problems == []


def test_files_of_killed_work_do_not_survive_them(marked: gern.Shop) -> None:
    import shutil

    segment = marked.home.log / marked.manifest.segments()[1][-1].file
    shutil.copy(segment, marked.home.log / "2024-01-stray.parquet")
    for name in ("backup-x", "import-y"):
        (marked.home.temporary / name / "log").mkdir(parents=True)
        (marked.home.temporary / name / ".lock").touch()
        shutil.copy(segment, marked.home.temporary / name / "log")
    marked.log.erase([MARK])
    assert holds(marked.home.path) == []


def test_a_reader_of_the_old_state_leaves_no_cache_behind(marked: gern.Shop) -> None:
    import threading

    door = gern.open(marked.home.path).door
    with door.leases.reading():
        state = door._states.now()
        eraser = threading.Thread(target=marked.log.erase, args=([MARK],))
        eraser.start()
        time.sleep(1)
        door._relations._orders.sql(state, "EUR")
    eraser.join()
    assert holds(marked.home.path) == []


def test_a_restore_clears_every_place(marked: gern.Shop, bring, tmp_path) -> None:
    bring(f"order,customer,date,amount\n9,{MARK},never,5\n", "bad.csv")
    (marked.home.uploads / "x.upload").write_text(MARK)
    marked.log.identify("onlyjoined", MARK)
    usb = tmp_path / "usb"
    made = marked.log.back_up(usb)
    marked.log.hide([MARK])  # killed right after
    note_erasures(marked.manifest)
    restore(made.path, tmp_path / "restored")
    # for the other places, which `prepare_database` clears before the home is served
    assert holds(tmp_path / "restored") == ["erased-again.json"]
    assert set(holds(tmp_path / "restored", "onlyjoined")) <= {"erased-again.json"}


def test_other_customers_rows_show_no_hidden_visitor(marked: gern.Shop, ask) -> None:
    marked.log.hide([MARK])
    assert ask("SELECT visitor FROM rows WHERE event_id = 'm4'") == [(None,)]
