"""Loading many events from Parquet obeys the same rules as events that arrive one by one."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest

from gern.core.errors import BadInput
from gern.core.log import bulk, segments

DAY = datetime(2026, 3, 1)


def parquet(path: Path, rows: list[dict], **columns) -> Path:
    usual = {"source": "old", "name": "Page Viewed", "ts": DAY, "customer": "anna"}
    pl.DataFrame([{**usual, **row} for row in rows], **columns).write_parquet(path)
    return path


def test_what_is_known_or_comes_twice_counts_once(shop, send, ask, tmp_path) -> None:
    send(id="1", source="old", customer="ben", ts=DAY)
    shop.log.compact()
    file = parquet(tmp_path / "e.parquet", [{"event_id": i} for i in ("1", "2", "3", "2")])
    loaded = shop.log.load(file)
    assert (loaded.rows, loaded.rows_new, loaded.rows_known) == (4, 2, 2)
    again = shop.log.load(file)
    assert (again.rows_new, again.rows_known) == (0, 4)
    send(id="3", source="old", customer="anna")
    assert ask("SELECT person, count(*) FROM rows GROUP BY person ORDER BY 1") == [
        ("anna", 2),
        ("ben", 1),
    ]
    assert shop.log.check().problems == []


def test_order_lines_share_their_event(shop, ask, tmp_path) -> None:
    lines = [
        {"event_id": "o", "line": n, "order_id": "7", "amount": Decimal(n), "currency": "EUR",
         "quantity": Decimal(1), "name": "Order Completed"} for n in (1, 2, 3)
    ]  # fmt: skip
    assert shop.log.load(parquet(tmp_path / "o.parquet", lines)).rows_new == 3
    assert shop.log.load(tmp_path / "o.parquet").rows_new == 0
    assert ask("SELECT lines, balance FROM orders") == [(3, 6)]
    assert ask("SELECT count(*) FROM events") == [(1,)]


def test_erased_and_joined_people(shop, send, ask, tmp_path) -> None:
    send(id="x", kind="identify", visitor="v", customer="ben")
    shop.log.merge("cem", "ben")
    shop.log.erase(["anna", "visitor:w"])
    later = (datetime.now(UTC) + timedelta(hours=1)).replace(tzinfo=None)
    rows = [
        {"event_id": "1"}, {"event_id": "2", "customer": None, "visitor": "v"},
        {"event_id": "3", "customer": "cem", "visitor": "w"}, {"event_id": "4", "ts": later},
        {"event_id": "5", "customer": None, "visitor": "w"},
    ]  # fmt: skip
    file = parquet(tmp_path / "e.parquet", rows, schema_overrides={"visitor": pl.String})
    assert shop.log.load(file).rows_erased == 2
    found = ask("SELECT event_id, person, visitor FROM rows WHERE source = 'old' ORDER BY 1")
    assert found == [("2", "ben", "v"), ("3", "ben", None), ("4", "anna", None)]


def test_a_big_file_is_split_by_month_and_person(shop, ask, tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(bulk, "IN_MEMORY_ROWS", 10)
    monkeypatch.setattr(bulk, "HASHES_AT_ONCE", 50)
    monkeypatch.setattr(segments, "WHOLE_ROWS", 20)
    monkeypatch.setattr(segments, "BUCKET_ROWS", 10)
    rows = [
        {"event_id": str(n), "customer": f"c{n % 37}", "ts": DAY - timedelta(days=n % 90)}
        for n in range(400)
    ]
    assert shop.log.load(parquet(tmp_path / "e.parquet", rows)).rows_new == 400
    found = shop.manifest.segments()[1]
    assert {s.buckets for s in found} == {1, 8}
    assert shop.log.check().problems == []
    assert ask("SELECT count(*), count(DISTINCT person) FROM rows") == [(400, 37)]
    assert shop.log.load(tmp_path / "e.parquet").rows_known == 400


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([{"event_id": None}], "no source, event_id, name or ts"),
        ([{"event_id": "1", "customer": None}], "neither customer nor visitor"),
        ([{"event_id": "1", "customer": "visitor:1"}], "begins with visitor:"),
        ([{"event_id": "1", "ts": datetime(2999, 1, 1)}], "day ahead"),
        ([{"event_id": "1", "line": 1}], "without amount"),
        (
            [
                {
                    "event_id": "1",
                    "line": 0,
                    "amount": Decimal(1),
                    "currency": "EUR",
                    "order_id": "1",
                }
            ],
            "without a line 1",
        ),
        ([{"id": "1"}], "lacks event_id"),
        ([{"event_id": "1", "amount": "much"}], "cannot be read"),
    ],
)
def test_what_cannot_be_used_is_refused_whole(shop, ask, tmp_path, rows, said) -> None:
    file = parquet(tmp_path / "e.parquet", rows, schema_overrides={"customer": pl.String})
    with pytest.raises(BadInput, match=said):
        shop.log.load(file)
    (tmp_path / "no.parquet").write_text("no")
    with pytest.raises(BadInput, match="no Parquet"):
        shop.log.load(tmp_path / "no.parquet")
    assert ask("SELECT count(*) FROM rows") == [(0,)]


def test_identifications_in_the_file_join_and_the_inbox_was_first(
    shop, send, ask, tmp_path
) -> None:
    send(id="2", source="old", customer="ben", name="First")
    rows = [
        {"event_id": "1", "customer": None, "visitor": "v"}, {"event_id": "2", "visitor": None},
        {"event_id": "3", "kind": "identify", "visitor": "v", "customer": "cem"},
        {"event_id": "4", "kind": "identify", "visitor": "v", "customer": "dora"},
    ]  # fmt: skip
    rows = [{"kind": "track", **row} for row in rows]
    shop.log.load(parquet(tmp_path / "e.parquet", rows, schema_overrides={"visitor": pl.String}))
    assert ask("SELECT event_id, person, name FROM rows ORDER BY 1") == [
        ("1", "cem", "Page Viewed"), ("2", "ben", "First"), ("3", "cem", "Page Viewed"),
        ("4", "dora", "Page Viewed"),
    ]  # fmt: skip
    shop.log.compact(fully=True)
    assert shop.log.check().problems == []


def test_an_order_line_without_a_quantity_is_one_piece(shop, ask, tmp_path) -> None:
    rows = [{"event_id": str(n), "line": 1, "order_id": str(n), "amount": Decimal(n), "currency": "EUR"}
            for n in (5, -2)]  # fmt: skip
    shop.log.load(parquet(tmp_path / "e.parquet", rows))
    assert ask("SELECT order_id, purchase, value FROM orders ORDER BY 1") == [
        ("-2", False, 0),
        ("5", True, 5),
    ]
