"""Files of other things than purchases: guessed, once, taken back, remembered."""

from __future__ import annotations

import gzip
import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

import gern
from gern.core.errors import BadInput
from gern.core.imports.remembered import remembered

SHARED = Path(__file__).parents[3] / "shared" / "data"
NOW = datetime(2026, 11, 25, 10)
shared = pytest.mark.skipif(not SHARED.is_dir(), reason="the shared data sets are not here")


@pytest.fixture
def events(shop: gern.Shop, tmp_path: Path):
    """``events("customer,…\\n…", "events")`` imports a text; the report."""

    def _events(text: str, kind: str, mapping=None, name="file.csv", now=NOW, **options):
        (tmp_path / name).write_text(text)
        return shop.import_events(tmp_path / name, kind, mapping, now=now, **options)

    return _events


def found(shop: gern.Shop) -> list[tuple]:
    rows = shop.query("SELECT name, person, ts, properties FROM events ORDER BY ts, person, name")
    return [(r["name"], r["person"], r["ts"], json.loads(r["properties"] or "null")) for r in rows]


def test_events_with_all_their_columns(events, shop) -> None:
    text = ("time;user;event;page;seconds\n24.11.2026 10:00;anna;Artikel angesehen;/tee;12,5\n"
            "24.11.2026 11:00;;Artikel angesehen;/tee;\n24.11.2026 11:30;ben;;x;\n")  # fmt: skip
    report = events(text, "events", {"time": "time", "customer": "user", "event": "event"})
    assert (report.rows, report.rows_new, report.rows_bad) == (3, 1, 2)
    assert report.reasons == {"event_missing": 1, "nobody": 1}
    assert found(shop) == [("Artikel angesehen", "anna", datetime(2026, 11, 24, 9),
                            {"page": "/tee", "seconds": "12,5"})]  # fmt: skip
    rejects = (shop.home.rejects / str(report.reject_file)).read_text()
    assert "neither customer nor visitor" in rejects


def test_the_same_file_again_changes_nothing_overlaps_do_not_double(events, shop) -> None:
    head, a, b, c = "time,customer,event\n", "2026-01-01,anna,A\n", "2026-01-01,anna,A\n", "2026-01-02,ben,B\n"  # fmt: skip
    assert events(head + a + b, "events").rows_new == 2  # two identical rows are two events
    assert events(head + a + b, "events").rows_new == 0
    again = events(head + a + b + c, "events")
    assert (again.rows_new, again.rows_known) == (1, 2)
    assert shop.log.check().problems == []


def test_an_id_column_recognises_a_row_whatever_else_it_says(events, shop) -> None:
    events("id,time,customer,event\n7,2026-01-01,anna,A\n", "events")
    assert events("id,time,customer,event\n7,2026-01-01,anna,B\n", "events").rows_new == 0


def test_days_stand_at_noon_and_zones_are_kept(events, shop) -> None:
    events("time,customer,event\n2026-03-29,a,A\n2026-03-29 02:30,b,B\n2026-10-25 02:30,c,C\n"
           "2026-01-01T10:00:00+05:00,d,D\n", "events")  # fmt: skip
    assert [(e[0], e[2]) for e in found(shop)] == [
        ("D", datetime(2026, 1, 1, 5)), ("B", datetime(2026, 3, 29, 1, 30)),
        ("A", datetime(2026, 3, 29, 10)), ("C", datetime(2026, 10, 25, 0, 30)),
    ]  # fmt: skip


def test_customers_become_traits_and_a_value_may_come_back(events, shop) -> None:
    for day, city in ((1, "Köln"), (2, "Bonn"), (3, "Köln"), (3, "Köln")):
        events(f"customer_id,city,age\n7,{city},\n", "customers", now=datetime(2026, 5, day))
    assert [(e[0], e[1], e[3]) for e in found(shop)] == [
        ("Customer Imported", "7", {"city": "Köln"}),
        ("Customer Imported", "7", {"city": "Bonn"}),
        ("Customer Imported", "7", {"city": "Köln"}),
    ]
    assert shop.query("SELECT kind FROM events LIMIT 1") == [{"kind": "identify"}]


def test_consents_and_withdrawals(events, shop) -> None:
    report = events("kunde;datum;einwilligung;zweck;kanal;formular\nanna;1.5.2026;ja;Newsletter;E-Mail;Kasse\n"
                    "ben;2.5.2026;widerrufen;Newsletter;E-Mail;\n", "consents")  # fmt: skip
    assert report.events == {"Consent Given": 1, "Consent Withdrawn": 1}
    assert [(e[0], e[1], e[3]) for e in found(shop)] == [
        ("Consent Given", "anna", {"purpose": "Newsletter", "channel": "E-Mail", "formular": "Kasse"}),
        ("Consent Withdrawn", "ben", {"purpose": "Newsletter", "channel": "E-Mail"}),
    ]  # fmt: skip


def test_answers_with_numbers_and_comments(events, shop) -> None:
    report = events("customer,date,question,score,comment\nanna,2026-05-01,nps,9,Danke!\n"
                    "ben,2026-05-01,nps,many,\n", "answers")  # fmt: skip
    assert report.reasons == {"score_invalid": 1}
    assert found(shop)[0][3] == {"question": "nps", "score": 9.0, "comment": "Danke!"}


@pytest.mark.parametrize(
    ("head", "name", "kind"),
    [
        ("date,customer,amount", "x.csv", "purchases"),
        ("timestamp,user_id,event", "x.csv", "events"),
        ("customer,date,question,score", "x.csv", "answers"),
        ("customer,purpose,consent", "x.csv", "consents"),
        ("customer,city", "x.csv", "customers"),
        ("household_id,campaign_id", "campaigns.csv", "events"),
        ("kunde,ort", "kunden.csv", "customers"),
    ],
)
def test_what_a_file_holds_is_seen_by_its_columns(shop, tmp_path, head, name, kind) -> None:
    values = {"date": "2026-01-01", "timestamp": "2026-01-01 10:00", "amount": "5", "score": "5"}
    (tmp_path / name).write_text(head + "\n" + ",".join(values.get(c, "x") for c in head.split(",")))  # fmt: skip
    assert shop.kind_of(tmp_path / name) == kind


def test_what_is_missing_is_said(events, shop) -> None:
    with pytest.raises(BadInput, match="--map customer=COLUMN"):
        events("time,event\n2026-01-01,A\n", "events")
    with pytest.raises(BadInput, match="no field here"):
        events("time,customer\n2026-01-01,a\n", "events", {"customer": "customer", "amount": "time"})  # fmt: skip
    with pytest.raises(BadInput, match="no column 'nobody'"):
        events("time,customer\n2026-01-01,a\n", "events", {"customer": "nobody"})
    assert found(shop) == []


def test_an_import_is_taken_back_and_can_come_again(events, bring, shop) -> None:
    first = bring("order,customer,date,amount\n1,anna,2026-01-05,5\n")
    second = events("time,customer,event\n2026-01-01,anna,A\n2026-01-01,ben,B\n", "events")
    assert shop.undo_import(second.import_id).rows == 2
    assert [name for name, *_ in found(shop)] == ["Order Completed"]
    with pytest.raises(BadInput, match="taken back already"):
        shop.undo_import(second.import_id)
    with pytest.raises(BadInput, match="no import 99"):
        shop.undo_import(99)
    assert events("time,customer,event\n2026-01-01,anna,A\n", "events").rows_new == 1
    assert shop.undo_import(first.import_id).rows == 1
    assert shop.figure("revenue", "2026-01-01", "2027-01-01").value == 0
    assert bring("order,customer,date,amount\n1,anna,2026-01-05,5\n").lines_new == 1
    assert shop.log.check().problems == []


def test_a_file_with_the_same_columns_is_read_as_the_last(events, shop) -> None:
    events("wer,wann,was\nanna,2026-01-01,A\n", "events",
           {"customer": "wer", "time": "wann", "event": "was"}, source="crm")  # fmt: skip
    known = remembered(shop.manifest, ["was", "wer", "wann"])
    assert known is not None
    assert (known.kind, known.mapping["customer"], known.source) == ("events", "wer", "crm")
    assert remembered(shop.manifest, ["wer", "wann"]) is None


def test_erased_people_do_not_come_back_by_a_file(events, shop) -> None:
    text = "time,customer,event\n2026-01-01,anna,A\n2026-01-01,ben,B\n"
    events(text, "events")
    shop.log.erase(["anna"])
    assert (events(text, "events").rows_erased, len(found(shop))) == (1, 1)


LINE = '203.0.113.7 - - [24/Nov/2026:10:0{n}:00 +0100] "GET {path} HTTP/1.1" 200 512 "https://g.example/?q=x" "{agent}"\n'  # fmt: skip
PHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_0) Version/17.0 Mobile Safari/604.1"


def test_an_access_log_becomes_page_views_without_addresses(events, shop) -> None:
    text = (LINE.format(n=1, path="/tea?mail=a@b.de", agent=PHONE)
            + LINE.format(n=2, path="/style.css", agent=PHONE)
            + LINE.format(n=3, path="/", agent="Googlebot/2.1") + "this is no line\n")  # fmt: skip
    report = events(text, "events", name="access.log")
    assert (report.rows_new, report.bots, report.reasons) == (3, 1, {"line_unreadable": 1})
    rows = shop.query("SELECT name, kind, channel, traffic, visitor FROM events ORDER BY ts")
    assert [(r["name"], r["kind"], r["channel"], r["traffic"]) for r in rows] == [
        ("Page Viewed", "page", "web", None), ("Request", "track", "web", None),
        ("Page Viewed", "page", "web", "bot"),
    ]  # fmt: skip
    assert rows[0]["visitor"] == rows[1]["visitor"] != rows[2]["visitor"]
    assert all(r["visitor"].startswith("daily:") for r in rows)
    whole = b"".join(p.read_bytes() for p in shop.home.log.iterdir())
    assert b"203.0.113.7" not in whole
    assert "a@b.de" not in str(found(shop))
    assert events(text, "events", name="access.log").rows_new == 0


@shared
def test_real_files_are_read_as_they_come(shop) -> None:
    counts = {}
    for file in ("apache_logs/apache_access.log.gz", "retentioneering_ecom/ecom.csv.gz",
                 "complete_journey/campaigns.parquet", "complete_journey/coupon_redemptions.parquet"):  # fmt: skip
        kind = shop.kind_of(SHARED / file)
        report = shop.import_events(SHARED / file, kind, source=file.split("/")[0], now=NOW)
        counts[file.split("/")[1].split(".")[0]] = (kind, report.rows_new, report.people)
    assert counts == {
        "apache_access": ("events", 10_000, 2144),
        "ecom": ("events", 31_106, 600),
        "campaigns": ("events", 6_589, 1_559),
        "coupon_redemptions": ("events", 2_102, 410),
    }
    with gzip.open(SHARED / "apache_logs" / "apache_access.log.gz", "rt") as log:
        lines = log.read().splitlines()
    addresses_and_days = {(x.split()[0], x.split("[")[1][:11], x.rsplit('"', 2)[1]) for x in lines}
    assert len(addresses_and_days) == 2144  # worked out apart, from the text


@shared
@pytest.mark.parametrize(
    ("file", "lines", "customers", "orders", "amount"),
    [
        ("complete_journey/transactions.parquet", 1_469_307, 2_469, 155_848, "4596039.58"),
        ("cdnow/cdnow_master.parquet", 69_659, 23_570, None, "2500315.63"),
    ],
)
def test_real_purchases_have_their_totals(shop, file, lines, customers, orders, amount) -> None:
    report = shop.import_file(SHARED / file, now=NOW.replace(tzinfo=UTC).replace(tzinfo=None))
    assert (report.lines, report.customers) == (lines, customers)
    assert orders in (None, report.orders)
    assert f"{report.amount:.2f}" == amount
