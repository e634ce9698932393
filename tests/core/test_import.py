"""Files into the log: once, exactly, and nothing lost."""

from __future__ import annotations

import csv
import gzip
import hashlib
import json
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import duckdb
import openpyxl
import polars as pl
import pytest

import gern
from gern.core.engines.question import Question
from gern.core.log.ids import line_id_sql

BASE = """order;customer;date;product;quantity;price
100;anna;2024-03-01 10:00;tea;2;4,50
100;anna;2024-03-01 10:00;tea;2;4,50
101;ben;2024-03-02 11:00;cup;1;9,00
"""


def revenue(shop: gern.Shop) -> Decimal:
    answer = shop.figure("revenue", "2000-01-01", "2026-01-01", with_interval=False)
    return Decimal(str(answer.value))


def lines(shop: gern.Shop) -> int:
    return sum(s.rows for s in shop.manifest.segments()[1])


def test_identical_lines_of_an_order_all_count(bring, shop: gern.Shop) -> None:
    report = bring(BASE)
    assert (report.lines_new, report.orders, report.purchases) == (3, 2, 2)
    assert revenue(shop) == 27


def test_the_same_file_twice_changes_nothing(bring, shop: gern.Shop) -> None:
    bring(BASE)
    before = shop.manifest.segments()[1]
    again = bring(BASE)
    assert (again.lines_new, again.lines_known, again.orders_changed) == (0, 3, 0)
    assert shop.manifest.segments()[1] == before


def test_the_same_purchases_in_another_format_are_known(bring, shop: gern.Shop, tmp_path) -> None:
    bring(BASE)
    rows = list(csv.DictReader(BASE.splitlines(), delimiter=";"))
    for row in rows:
        row["price"] = row["price"].replace(",", ".")
        row["date"] = row["date"][8:10] + "." + row["date"][5:7] + ".2024 " + row["date"][11:]
    bring("\n".join(json.dumps(row) for row in rows), "again.jsonl")
    book = openpyxl.Workbook()
    book.active.append(list(rows[0]))
    for row in rows:
        book.active.append([int(row["order"]), row["customer"], row["date"], row["product"],
                            int(row["quantity"]), float(row["price"])])  # fmt: skip
    book.save(tmp_path / "again.xlsx")
    report = shop.import_file(tmp_path / "again.xlsx")
    assert (report.lines_new, report.lines_known) == (0, 3)
    assert lines(shop) == 3


def test_overlapping_exports_do_not_double(bring, shop: gern.Shop) -> None:
    bring(BASE)
    report = bring(BASE.replace("100;anna;2024-03-01 10:00;tea;2;4,50\n", "")
                   + "102;cem;2024-03-03 09:00;pot;1;30,00\n", "later.csv")  # fmt: skip
    assert (report.lines_new, report.lines_known, report.orders_new) == (1, 1, 1)
    assert revenue(shop) == 57


def test_a_changed_order_is_reported_and_replaced_only_on_request(bring, shop: gern.Shop) -> None:
    bring(BASE)
    changed = BASE.replace("cup;1;9,00", "cup;2;9,00")
    report = bring(changed, "changed.csv")
    assert (report.lines_new, report.orders_changed, report.changed_orders) == (0, 1, ["101"])
    assert revenue(shop) == 27
    report = bring(changed, "changed.csv", replace=True)
    assert (report.orders_replaced, report.lines_new) == (1, 1)
    assert (revenue(shop), lines(shop)) == (36, 3)
    assert bring(changed, "changed.csv").orders_changed == 0


def test_an_order_that_lost_a_line_is_changed_too(bring, shop: gern.Shop) -> None:
    bring(BASE)
    shorter = BASE.replace("100;anna;2024-03-01 10:00;tea;2;4,50\n", "", 1)
    assert bring(shorter, "shorter.csv").orders_changed == 1
    bring(shorter, "shorter.csv", replace=True)
    assert revenue(shop) == 18


def test_bad_rows_come_back_as_a_file_that_can_be_corrected(
    bring, shop: gern.Shop, tmp_path: Path
) -> None:
    bad = BASE + (
        "101;ben;2024-03-02 11:00;pot;one;30,00\n"
        "103;=cmd|calc;someday;tea;1;4,50\n"
        ";dora;2024-03-02;tea;1;4,50\n"
        "104;dora;2024-03-02;tea;1;\n"
        "105;dora;2999-03-02;tea;1;4,50\n"
        "106;dora;2024-03-02;tea;1;4,50;surplus;fields\n"
    )
    report = bring(bad)
    assert report.lines == 3
    assert report.lines_bad == 6
    assert report.reasons == {
        "amount_missing": 1, "order_missing": 1, "quantity_invalid": 1, "time_invalid": 1,
        "time_out_of_range": 1, "line_unreadable": 1,
    }  # fmt: skip
    path = shop.home.rejects / report.reject_file
    text = path.read_text()
    assert "'=cmd|calc" in text
    rows = list(csv.DictReader(text.splitlines()))
    assert all(row["gern_reason"] and row["gern_id"] for row in rows)
    fixed = [row for row in rows if row["customer"] in ("ben", "'=cmd|calc")]
    fixed[0 if fixed[0]["customer"] == "ben" else 1]["quantity"] = "1"
    fixed[1 if fixed[0]["customer"] == "ben" else 0]["date"] = "2024-03-09"
    corrected = tmp_path / "corrected.csv"
    with corrected.open("w", newline="") as file:
        writer = csv.DictWriter(file, rows[0].keys())
        writer.writeheader()
        writer.writerows(fixed)
    report = shop.import_file(corrected)
    assert (report.lines_new, report.orders_changed, report.lines_bad) == (2, 0, 0)
    assert revenue(shop) == Decimal("61.5")
    people = {p.person for p in shop.people("orders", "2024-01-01", "2025-01-01").rows}
    assert "=cmd|calc" in people
    assert shop.import_file(corrected).lines_new == 0
    again = bring(bad)  # the original once more: the corrected rows are known, the rest still bad
    assert (again.lines_new, again.orders_changed, again.lines_bad) == (0, 0, 4)


def test_without_an_order_column_customer_and_time_make_an_order(bring, shop: gern.Shop) -> None:
    report = bring("customer,date,cds,amount\n1,1997-01-01,1,11.77\n1,1997-01-01,2,20\n"
                   "2,1997-01-01,1,5\n,1997-01-02,1,7\n,1997-01-02,1,7\n")  # fmt: skip
    assert report.mapping == {
        "time": "date", "customer": "customer", "quantity": "cds", "amount": "amount"
    }  # fmt: skip
    assert (report.orders, report.purchases, report.lines_without_customer) == (4, 4, 2)


def test_a_shop_whose_orders_all_begin_with_c_has_no_cancellations(bring) -> None:
    assert bring(BASE.replace("\n10", "\nC10")).cancellations == 0


def test_a_cancellation_mark_once_found_stays(bring) -> None:
    first = bring("order,customer,date,quantity,price\n1,a,2024-01-01,1,5\nC2,a,2024-01-02,-1,5\n")
    assert first.cancelled_mark == "C"
    assert bring("order,customer,date,quantity,price\nC3,a,2024-02-02,1,5\n").cancellations == 1


def test_a_negative_total_without_a_quantity_is_a_return(bring, shop: gern.Shop) -> None:
    report = bring(
        "order,customer,date,amount\n1,a,2024-01-01 10:00,50\n2,a,2024-01-03 10:00,-20\n"
    )
    assert report.purchases == 1
    assert revenue(shop) == 30


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (["1.234,56", "7,5"], ["1234.56", "7.5"]),
        (["1,234.56", "7.5"], ["1234.56", "7.5"]),
        (["£ 2.55", "€3"], ["2.55", "3"]),
        (["2,55 €", "1.000 €"], ["2.55", "1000"]),
        (["(5.00)", "7.00-"], ["-5", "-7"]),
        (["0.125", "1e3"], ["0.125", "1000"]),
        (["12,345", "1,50"], ["12.345", "1.5"]),
        (["1.234.567,89", "1"], ["1234567.89", "1"]),
        (["-3", "+4"], ["-3", "4"]),
        (["abc", "1 234,5"], [None, "1234.5"]),
        (["999999999999", "99999999999999999"], ["999999999999", None]),
    ],
)
def test_numbers_of_many_countries(bring, shop: gern.Shop, values, expected) -> None:
    text = "order\tcustomer\tdate\tamount\n" + "".join(
        f"{n}\ta\t2024-01-0{n}\t{v}\n" for n, v in enumerate(values, start=1)
    )
    report = bring(text)
    found = {
        r["order_id"]: r["balance"] for r in shop.orders_of("a")
    }  # fmt: skip
    wanted = {str(n): Decimal(v) for n, v in enumerate(expected, start=1) if v is not None}
    assert found == wanted
    assert report.lines_bad == expected.count(None)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("2010-12-03 08:26:00", "2010-12-03T07:26:00"),
        ("2010-12-03T08:26:00Z", "2010-12-03T08:26:00"),
        ("2010-12-03T08:26:00.250+02:00", "2010-12-03T06:26:00.250000"),
        ("3.12.2010", "2010-12-03T11:00:00"),
        ("3.12.2010 08:26", "2010-12-03T07:26:00"),
        ("03.12.10, 08:26", "2010-12-03T07:26:00"),
        ("2010-12-03", "2010-12-03T11:00:00"),
        ("2010/12/03", "2010-12-03T11:00:00"),
        ("20101203", "2010-12-03T11:00:00"),
        ("23/12/2010", "2010-12-23T11:00:00"),
        ("12/23/2010 8:26", "2010-12-23T07:26:00"),
        ("12/23/2010 08:26 PM", "2010-12-23T19:26:00"),
        ("1291364760", "2010-12-03T08:26:00"),
        ("1291364760000", "2010-12-03T08:26:00"),
        ("40515.35138888889", "2010-12-03T07:26:00"),
        ("3 Dec 2010", "2010-12-03T11:00:00"),
        ("0302-13-45", None),
        ("31.02.2010", None),
    ],
)
def test_times_of_many_forms(bring, shop: gern.Shop, value: str, expected: str | None) -> None:
    report = bring(f"order|customer|when|amount\n1|a|{value}|5\n",
                   mapping={"order": "order", "customer": "customer", "time": "when",
                            "amount": "amount"})  # fmt: skip
    assert (report.first and report.first.isoformat()) == expected


def test_mixed_date_formats_in_one_column(bring) -> None:
    report = bring(
        "order;customer;date;amount\n1;a;3.12.2010;5\n2;a;2010-12-04;5\n3;a;5.12.2010 10:00;5\n"
    )
    assert (report.lines, report.lines_bad, report.times_day_only) == (3, 0, 2)


def test_clock_changes_are_shifted_taken_as_the_first_and_counted(bring, shop: gern.Shop) -> None:
    report = bring("order;customer;date;amount\n1;a;2024-03-31 02:30;5\n2;a;2024-10-27 02:30;5\n"
                   "3;a;2024-07-01 12:00;5\n")  # fmt: skip
    assert (report.times_skipped, report.times_doubled) == (1, 1)
    times = [o["ts"].isoformat() for o in shop.orders_of("a")]
    # 02:30 does not exist and becomes 03:30 summer time; 02:30 twice is the first, summer time
    assert times == ["2024-10-27T00:30:00", "2024-07-01T10:00:00", "2024-03-31T01:30:00"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "iso-8859-1", "cp1252", "utf-16"])
def test_encodings(bring, shop: gern.Shop, encoding: str) -> None:
    text = "Rechnungsnr;Kunde;Datum;Artikel;Menge;Preis\n1;Jörg Weiß;3.12.2023;Käse;2;1,50\n"
    report = bring(text.encode(encoding))
    assert report.mapping == {
        "time": "Datum", "customer": "Kunde", "order": "Rechnungsnr", "product": "Artikel",
        "quantity": "Menge", "price": "Preis",
    }  # fmt: skip
    assert [p.person for p in shop.people("orders", "2023-12-01", "2024-01-01").rows] == [
        "Jörg Weiß"
    ]


def test_packed_and_parquet_files(shop: gern.Shop, tmp_path: Path) -> None:
    packed = tmp_path / "purchases.csv.gz"
    packed.write_bytes(gzip.compress(BASE.encode()))
    assert shop.import_file(packed).lines_new == 3
    pl.read_csv(BASE.replace(",", ".").encode(), separator=";", try_parse_dates=True).write_parquet(
        tmp_path / "p.parquet"
    )
    assert shop.import_file(tmp_path / "p.parquet").lines_known == 3


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "empty"),
        (b"   \n\n", "empty"),
        (b"just some words\nand more\n", "only one column"),
        (b"a,b\n1,2\n", "which column says when"),
        (b"date,amount\n2024-01-01,5\n", "customer"),
        (b"date,customer\n2024-01-01,5\n", "how much"),
        (b"\x89PNG\r\n\x1a\n\x00\x00\x00", "binary"),
        (b"PK\x03\x04 no zip at all", "no Excel"),
        (b"PAR1 not parquet", "cannot be read"),
        (b"\x1f\x8b broken", "cannot be unpacked"),
        (b'{"date": "2024-01-01", "amount"', "cannot be read|only one column|when"),
    ],
)
def test_what_is_no_purchases_file_is_refused_with_words(bring, shop, content, words) -> None:
    with pytest.raises(gern.BadInput, match=words) as caught:
        bring(content)
    assert caught.value.german
    assert shop.manifest.segments()[1] == []
    assert not any(shop.home.temporary.iterdir())


def test_a_header_alone_imports_nothing(bring, shop: gern.Shop) -> None:
    report = bring("order,customer,date,amount\n")
    assert (report.lines, report.lines_bad) == (0, 0)
    assert shop.span() is None


def test_content_decides_not_the_name(bring) -> None:
    assert bring(BASE, "purchases.xlsx").lines_new == 3


def test_repeated_and_empty_headers(bring) -> None:
    report = bring("order,customer,date,amount,amount,\n1,a,2024-01-01,5,7,x\n")
    assert report.mapping["amount"] == "amount"
    assert report.amount == 5


def test_wrong_mappings_say_what_is_allowed(bring) -> None:
    for mapping, words in (
        ({"whom": "customer"}, "Allowed: time, customer"),
        ({"time": "when"}, "It has: order, customer, date"),
    ):
        with pytest.raises(gern.BadInput, match=words):
            bring(BASE, mapping=mapping)


def test_segments_are_sorted_listed_and_checked(bring, shop: gern.Shop) -> None:
    bring(
        "order,customer,date,amount\n1,b,2024-01-31 23:30,5\n2,a,2024-02-10 10:00,5\n3,a,2024-02-01 10:00,5\n"
    )
    segments = shop.manifest.segments()[1]
    assert [(s.month, s.rows) for s in segments] == [("2024-01", 1), ("2024-02", 2)]
    rows = duckdb.sql(f"SELECT customer, ts FROM '{shop.home.log / segments[1].file}'").fetchall()
    assert rows == sorted(rows)


def test_line_ids_stay_what_they_are(bring, shop: gern.Shop) -> None:
    """The id of a line is part of the format: overlap with files imported years ago rests on it."""
    bring(BASE)
    ids = shop.door.ask(
        Question(f"SELECT {line_id_sql()} AS id FROM lines WHERE order_id = '101'", {}, "test")
    )
    micros = int(datetime(2024, 3, 2, 10, tzinfo=UTC).timestamp()) * 1_000_000
    said = "\x1f".join([str(micros), "ben", "cup", *[""] * 5, "1.000000", "9.000000", "9.000000"])
    digest = int.from_bytes(hashlib.md5(said.encode()).digest(), "little")
    assert ids == [{"id": digest >> 64}]


def test_fields_do_not_run_into_each_other(bring, shop: gern.Shop) -> None:
    bring("order,customer,date,product,name,amount\n1,a,2024-01-01,x,,5\n1,a,2024-01-01,,x,5\n")
    assert bring("order,customer,date,product,name,amount\n1,a,2024-01-01,x,,5\n1,a,2024-01-01,x,,5\n",
                 "other.csv").orders_changed == 1  # fmt: skip


def test_one_person_leaves_the_log_physically(bring, shop: gern.Shop) -> None:

    bring(BASE)
    shop.figure("orders", "2024-01-01", "2025-01-01")
    shop.log.erase(["anna"])
    assert revenue(shop) == 9
    for file in [p for folder in shop.home.folders() for p in folder.rglob("*") if p.is_file()]:
        assert b"anna" not in file.read_bytes()
