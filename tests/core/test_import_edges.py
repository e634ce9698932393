"""Edges of the import that once went wrong, or could."""

from __future__ import annotations

import csv
import threading
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest

import gern


def balance(shop: gern.Shop, order: str, person: str = "a") -> Decimal:
    return next(o["balance"] for o in shop.orders_of(person) if o["order_id"] == order)


def rejects_of(shop: gern.Shop, report) -> tuple[Path, list[dict[str, str]]]:
    path = shop.home.rejects / report.reject_file
    return path, list(csv.DictReader(path.read_text().splitlines()))


def write(path: Path, rows: list[dict[str, str]]) -> Path:
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, rows[0].keys())
        writer.writeheader()
        writer.writerows(rows)
    return path


@pytest.mark.parametrize(
    "header", ["order_id", "reason", "row_number", "given_id", "code", "text", "name", "group",
               "select", "GERN_ROW", "place", 'a "quoted" one', "ts", "local", "line_id"],
)  # fmt: skip
def test_any_header_can_stand_in_a_file_with_bad_rows(bring, shop: gern.Shop, header: str) -> None:
    quoted = '"' + header.replace('"', '""') + '"'
    report = bring(f"{quoted},who,date,amount\n1,a,2024-01-01,x\n2,a,2024-01-02,5\n",
                   mapping={"order": header, "customer": "who", "time": "date", "amount": "amount"})  # fmt: skip
    assert (report.lines_new, report.lines_bad) == (1, 1)
    rows = rejects_of(shop, report)[1]
    assert [row[header] for row in rows] == ["1"]


def test_line_breaks_inside_cells(bring, shop: gern.Shop) -> None:
    report = bring(
        'order,customer,date,name,amount\n1,a,2024-01-01,"tea\nwith milk",5\n2,a,2024-01-02,cup,7\n'
    )
    assert (report.lines_new, report.lines_bad) == (2, 0)


def test_empty_lines_before_the_header(bring) -> None:
    assert bring("\n\r\n\norder,customer,date,amount\n1,a,2024-01-01,5\n").lines_new == 1


def test_headers_that_repeat_become_different(bring) -> None:
    report = bring("order,customer,date,price,price,price (2)\n1,a,2024-01-01,5,6,7\n")
    assert report.amount == 5


def test_replacing_never_drops_a_good_line_for_a_bad_row(bring, shop: gern.Shop) -> None:
    bring(
        "order,customer,date,product,price\n1,a,2024-01-01,x,5\n1,a,2024-01-01,y,2\n2,a,2024-01-02,x,1\n"
    )
    report = bring("order,customer,date,product,price\n1,a,2024-01-01,x,5\n1,a,2024-01-01,y,oops\n"
                   "2,a,2024-01-02,x,9\n", "new.csv", replace=True)  # fmt: skip
    assert (report.orders_changed, report.orders_replaced, report.lines_bad) == (2, 1, 1)
    assert balance(shop, "1") == 7
    assert balance(shop, "2") == 9


def test_a_corrected_file_is_read_as_the_first_one_was(bring, shop: gern.Shop, tmp_path) -> None:
    """The decimal comma and the month-first dates were proved by rows that are not in it."""
    report = bring("order;customer;date;quantity;price\n1;a;12/31/2024;1;2,5\n2;a;03/04/2024;one;1,234\n",
                   source="till:1")  # fmt: skip
    rows = rejects_of(shop, report)[1]
    rows[0]["quantity"] = "1"
    report = shop.import_file(write(tmp_path / "corrected.csv", rows))
    assert (report.source, report.lines_new) == ("till:1", 1)
    assert balance(shop, "2") == Decimal("1.234")
    assert report.first.isoformat() == "2024-03-04T11:00:00"


def test_lines_that_could_not_be_split_come_back_readable(bring, shop, tmp_path) -> None:
    report = bring(b"order;customer;date;amount\r\n1;a;01.02.2025;5,00\r\n2;b;02.02.2025;2,00;1;1\r\n"
                   b"3;c;never;2,00\r\n")  # fmt: skip
    rows = sorted(rejects_of(shop, report)[1], key=lambda row: row["gern_line"])
    assert [row["gern_line"] for row in rows] == ["", "2;b;02.02.2025;2,00;1;1"]
    rows[1] |= {"order": "2", "customer": "b", "date": "2025-02-02", "amount": "2.00"}
    again = shop.import_file(write(tmp_path / "half.csv", rows))
    assert (again.lines_new, again.lines_bad) == (1, 1)
    third = rejects_of(shop, again)[1]
    assert third[0]["date"] == "never"


def test_corrections_of_several_sources_are_refused(bring, shop: gern.Shop) -> None:
    with pytest.raises(gern.BadInput, match="several sources"):
        bring("order,customer,date,amount,gern_id\n1,a,2024-01-01,5,x:1\n2,a,2024-01-01,5,y:2\n")


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("2024-06-01 10:00:00 UTC", "2024-06-01T10:00:00"),
        ("2024-06-01 10:00:00 GMT", "2024-06-01T10:00:00"),
        ("2024-06-01 10:00:00 +0200", "2024-06-01T08:00:00"),
        ("2024-06-01T10:00+02", "2024-06-01T08:00:00"),
        ("2024-06-01 10:00 PM", "2024-06-01T20:00:00"),
        ("2024-06-01 10:00:00 America/New_York", None),
        ("2024-06-01 and then some", None),
    ],
)
def test_what_stands_behind_a_time_counts(bring, shop, value: str, expected: str | None) -> None:
    report = bring(f"order,customer,date,amount\n1,a,{value},5\n",
                   mapping={"order": "order", "customer": "customer", "time": "date",
                            "amount": "amount"})  # fmt: skip
    assert (report.first and report.first.isoformat()) == expected


def test_midnights_are_the_same_line_in_every_file(bring, shop: gern.Shop) -> None:
    bring("customer,date,amount\nd,2024-01-01 00:00:00,5\n")
    report = bring(
        "customer,date,amount\nd,2024-01-01 00:00:00,5\nd,2024-01-02 10:00:00,6\n", "b.csv"
    )
    assert (report.lines_new, report.lines_known) == (1, 1)


def test_the_currency_of_the_first_import_counts_whatever_was_set_before(bring, shop) -> None:
    fresh = gern.create_shop(shop.home.path.parent / "fresh")
    fresh.change_setting("window_days", 180, "anna")
    path = shop.home.path.parent / "p.csv"
    path.write_text("order,customer,date,amount\n1,a,2024-01-01,5\n")
    fresh.import_file(path, currency="GBP")
    assert fresh.currency == "GBP"
    assert fresh.figure("revenue", "2024-01-01", "2024-02-01").value == 5
    again = fresh.import_file(path, currency="USD")
    assert "other_currency_before" in again.notes


@pytest.mark.parametrize("code", ["A/B", "<B>", "eur", "XXY", "EURO", ""])
def test_what_is_no_currency_is_refused(bring, shop: gern.Shop, code: str) -> None:
    with pytest.raises(gern.BadInput, match="ISO 4217"):
        shop.change_setting("currency", code, "anna")


def test_everybody_of_an_order_with_several_customers_is_listed(bring, shop: gern.Shop) -> None:
    report = bring(
        "order,customer,date,amount\n1,a,2024-01-01,1\n1,b,2024-01-01,2\n2,,2024-01-02,3\n2,b,2024-01-02,3\n"
    )
    assert report.orders_of_several_customers == 1
    people = shop.people("revenue", "2024-01-01", "2024-02-01")
    assert {p.person: p.measure for p in people.rows} == {"a": 1, "b": 5}
    assert (people.total, people.measure_sum, people.orders_without_customer) == (2, 6, 1)


def test_types_of_parquet(shop: gern.Shop, tmp_path: Path) -> None:
    frame = pl.DataFrame(
        {
            "order": [1, 2, 3],
            "customer": [7.0, None, 8.0],
            "at": pl.Series(["2024-01-01T10:00:00+02:00"] * 3).str.to_datetime(time_zone="UTC"),
            "price": [1.5, float("nan"), float("inf")],
            "file_row_number": [1, 1, 1],
        }
    )
    frame.drop("file_row_number").write_parquet(tmp_path / "p.parquet")
    report = shop.import_file(tmp_path / "p.parquet")
    assert (report.lines_new, report.reasons) == (1, {"amount_missing": 1, "price_invalid": 1})
    assert [p.person for p in shop.people("orders", "2024-01-01", "2024-01-02").rows] == ["7"]
    assert report.first.isoformat() == "2024-01-01T08:00:00"


def test_wrong_arguments_of_the_library(shop: gern.Shop) -> None:
    for call in (
        lambda: shop.figure("orders", "2024-01-01", "2024-02-01", inactive_after=0),
        lambda: shop.figure("orders", "2024-01-01", "2024-02-01", inactive_after=10**7),
        lambda: shop.people("orders", "2024-01-01", "2024-02-01", by="country) , (SELECT 1"),
        lambda: shop.people("orders", "2024-01-01", "2024-02-01", sort="1; DROP TABLE"),
        lambda: shop.change_setting("fees", "POST", "anna"),
        lambda: shop.change_setting("weather", "fine", "anna"),
    ):
        with pytest.raises(gern.BadInput):
            call()


def test_many_readers_after_every_change(bring, shop: gern.Shop, tmp_path: Path) -> None:
    """Several processes make the same roll-up at once: nobody reads a file being swapped."""
    failures: list[BaseException] = []

    def read() -> None:
        own = gern.open(shop.home.path)
        try:
            while not done.is_set():
                own.figure("orders", "2024-01-01", "2024-02-01", with_interval=False)
        except BaseException as error:
            failures.append(error)

    done = threading.Event()
    bring("order,customer,date,amount\n1,a,2024-01-01,5\n")
    readers = [threading.Thread(target=read) for _ in range(3)]
    for reader in readers:
        reader.start()
    for n in range(2, 14):
        bring(f"order,customer,date,amount\n{n},a,2024-01-01,5\n", f"{n}.csv")
    done.set()
    for reader in readers:
        reader.join()
    assert failures == []


def test_working_files_go(bring, shop: gern.Shop) -> None:
    from gern.core.log.changes import drop_source, sweep_temporary

    bring("order,customer,date,amount\n1,a,2024-01-01,5\n")
    drop_source(shop.home, shop.manifest, "shop")
    left = [p for p in shop.home.temporary.iterdir() if not p.name.startswith("query-")]
    assert left == []  # that of the open shop goes when the process ends
    killed = shop.home.temporary / "left-by-a-killed-import"
    killed.mkdir()
    (killed / "customers.csv").write_text("anna")
    assert sweep_temporary(shop.home) == 0  # may be in use
    assert sweep_temporary(shop.home, older_than_seconds=-1) == 1
    assert [p.name[:6] for p in shop.home.temporary.iterdir()] == ["query-"]  # the open shop's
    assert not killed.exists()
