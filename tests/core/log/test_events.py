"""What an event becomes: ids, clocks, money, orders; before and after it is moved."""

from __future__ import annotations

import tempfile
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import gern
from gern.core.errors import BadInput
from gern.core.log.event import Event, Line
from gern.core.log.log import EventLog
from tests.core.conftest import NOW
from tests.effort import examples


def both_ways(shop, ask, sql: str, **values):
    """The answer from the inbox, and again from the segments; they must be the same."""
    before = ask(sql, **values)
    shop.log.compact()
    assert sorted(ask(sql, **values), key=repr) == sorted(before, key=repr)
    return before


def test_a_retry_counts_once_wherever_the_first_is(shop: gern.Shop, send, ask) -> None:
    send(id="a", customer="anna")
    send(id="a", customer="anna")
    assert ask("SELECT count(*) FROM rows") == [(1,)]
    shop.log.compact()
    send(id="a", customer="anna", ts=NOW - timedelta(days=70))  # another month
    assert ask("SELECT count(*) FROM rows") == [(1,)]
    assert shop.log.compact().duplicates == 1
    assert ask("SELECT ts FROM rows") == [(NOW.replace(tzinfo=None),)]


def test_the_same_id_of_another_source_is_another_event(send, ask) -> None:
    send(id="a", source="web", customer="anna")
    send(id="a", source="till", customer="anna")
    assert ask("SELECT count(*) FROM rows") == [(2,)]


def test_a_wrong_clock_is_corrected_and_what_it_said_is_kept(shop: gern.Shop, ask) -> None:
    received = datetime(2026, 6, 15, 12, tzinfo=UTC)
    log = EventLog(shop.home, shop.manifest, lambda: int(received.timestamp() * 1_000_000))
    wrong = timedelta(days=400)
    sent = received - wrong
    log.append([Event(source="s", id="1", name="n", ts=sent - timedelta(minutes=5), sent=sent, customer="a"),
                Event(source="s", id="2", name="n", ts=received + timedelta(hours=3), customer="a")])  # fmt: skip
    rows = both_ways(shop, ask, "SELECT event_id, ts, said, received FROM rows ORDER BY event_id")
    at = received.replace(tzinfo=None)
    assert rows == [
        ("1", at - timedelta(minutes=5), at - wrong - timedelta(minutes=5), at),
        ("2", at, at + timedelta(hours=3), at),  # the future becomes now
    ]


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"customer": None}, "needs customer or visitor"),
        ({"customer": "visitor:7"}, "may begin with"),
        ({"customer": "a\x00b"}, "control characters"),
        ({"customer": "\ud800"}, "control characters"),
        ({"id": ""}, "1 to 500"),
        ({"ts": datetime(1999, 12, 31)}, "from 2000"),
        ({"ts": datetime(2999, 1, 1)}, "day ahead"),
        ({"kind": "sing"}, "Allowed: track"),
        ({"sign": 2}, "Allowed: -1, 0, 1"),
        ({"amount": 1.5}, "not exact"),
        ({"amount": Decimal("0.0000001")}, "six decimal places"),
        ({"amount": Decimal("NaN")}, "exactly"),
        ({"amount": Decimal("NaN"), "order": "1", "currency": "EUR"}, "exactly"),
        ({"amount": Decimal(10) ** 12}, "below"),
        ({"order": "1", "amount": 5}, "needs a currency"),
        ({"currency": "EUR", "lines": (Line(1),) * 10_001}, "10,000"),
        ({"properties": {"x": object()}}, "no JSON"),
        ({"properties": {"x": "y" * 100_000}}, "100,000"),
    ],
)
def test_what_cannot_be_used_is_refused_with_its_batch(shop, ask, fields, said) -> None:
    good = {"source": "s", "id": "1", "name": "n", "ts": NOW, "customer": "a"}
    with pytest.raises(BadInput, match=said) as error:
        shop.log.append([Event(**{**good, "id": "0"}), Event(**{**good, **fields})])
    assert str(error.value).startswith("event 2:")
    assert "None of the 2 events was stored" in str(error.value)
    assert ask("SELECT count(*) FROM rows") == [(0,)]


def test_money_is_exact(shop: gern.Shop, send, ask) -> None:
    for n in range(10):
        send(id=str(n), customer="a", order=str(n), amount=Decimal("0.100001"), currency="EUR")
    assert both_ways(shop, ask, "SELECT sum(amount) FROM lines") == [(Decimal("1.000010"),)]


def test_an_order_is_its_lines_and_one_event(shop: gern.Shop, send, ask) -> None:
    lines = (
        Line(Decimal("7.00"), 2, Decimal("3.50"), "p1", "Tea", "drinks"),
        Line(-1, -1, product="p2"),
    )
    send(id="e1", customer="anna", name="Order Completed", order="o1", lines=lines, currency="EUR",
         properties={"coupon": "SUMMER"})  # fmt: skip
    send(
        id="e2",
        customer="anna",
        name="Order Refunded",
        order="o1",
        lines=(Line(-2, -1),),
        currency="EUR",
    )
    send(id="e3", visitor="v", name="Order Completed", amount=4, order="o2", currency="USD")
    sql = "SELECT order_id, person, lines, value, balance, purchase FROM orders"
    assert both_ways(shop, ask, sql) == [("o1", "anna", 3, 7, 4, True)]
    assert ask("SELECT event_id, name, properties FROM events ORDER BY event_id") == [
        ("e1", "Order Completed", '{"coupon":"SUMMER"}'), ("e2", "Order Refunded", None),
        ("e3", "Order Completed", None),
    ]  # fmt: skip
    assert ask("SELECT person, amount FROM foreign_lines") == [(None, 4)]


def test_orders_of_files_and_of_events_stand_side_by_side(bring, shop, send, ask) -> None:
    bring("order,customer,date,amount\n1,anna,2024-01-01,5\n1,anna,2024-01-01,6\n")
    send(id="1", source="shop", customer="anna", order="1", amount=7, currency="EUR")
    assert ask("SELECT source, lines, balance FROM orders") == [("shop", 3, 18)]
    assert ask("SELECT count(*) FROM events") == [(1,)]
    bring("order,customer,date,amount\n1,anna,2024-01-01,5\n1,anna,2024-01-01,6\n", "again.csv")
    assert ask("SELECT balance FROM orders") == [(18,)]


def test_replacing_an_order_of_a_file_leaves_the_events_of_others_alone(bring, send, ask) -> None:
    bring("order,customer,date,amount\n1001,anna,2024-01-01,5\n")
    send(id="shipped", source="shop", customer="anna", name="Order Shipped", order="1001")
    send(id="paid", source="shop", customer="anna", order="1001", amount=7, currency="EUR")
    report = bring("order,customer,date,amount\n1001,anna,2024-01-01,6\n", "new.csv", replace=True)
    assert report.orders_replaced == 1
    assert ask("SELECT event_id FROM rows WHERE event_id IS NOT NULL ORDER BY 1") == [
        ("paid",),
        ("shipped",),
    ]
    assert ask("SELECT balance FROM orders") == [(13,)]


def test_an_order_of_two_visitors_has_one_owner_before_and_after(shop, send, ask) -> None:
    send(id="1", visitor="v1", order="o", amount=1, currency="EUR")
    send(id="2", visitor="v2", order="o", amount=2, currency="EUR")
    send(id="3", kind="identify", visitor="v1", customer="anna")
    assert both_ways(shop, ask, "SELECT person, lines FROM orders") == [(None, 2)]
    shop.log.compact(fully=True)
    assert ask("SELECT person, lines FROM orders") == [(None, 2)]
    shop.log.identify("v2", "ben")
    assert ask("SELECT person, lines FROM orders") == [("ben", 2)]


def test_texts_of_all_kinds_survive(shop: gern.Shop, send, ask) -> None:
    names = ["Ünal 🐝", "O'Brien; DROP TABLE", 'a"b', "日本", "x" * 500, "{$p}", "--", "%s"]
    for name in names:
        send(id=name, customer=name, name=name, properties={"said": name, "deep": {"n": [1, None]}})
    rows = both_ways(shop, ask, "SELECT customer, person, event_id, name FROM rows")
    assert sorted(rows) == sorted((n, n, n, n) for n in names)


def test_a_clock_that_jumps_back_loses_and_doubles_nothing(shop: gern.Shop, ask) -> None:
    at = [int(NOW.timestamp() * 1e6)]
    log = EventLog(shop.home, shop.manifest, lambda: at[0])
    for n, jump in enumerate((0, -3600, 7200, -86400)):
        at[0] += jump * 1_000_000
        event = Event(source="s", id=str(n), name="n", customer="a",
                      ts=datetime.fromtimestamp(at[0] / 1e6, UTC))  # fmt: skip
        log.append([event, event])
        log.append([event])
        if n % 2:
            log.compact()
    assert ask("SELECT count(*), count(DISTINCT event_id) FROM rows") == [(4, 4)]
    assert shop.log.check().problems == []


def test_figures_count_events_at_once(shop: gern.Shop, send) -> None:
    assert shop.span() is None
    send(id="1", customer="anna", order="1", amount=Decimal("12.50"), currency="EUR")
    assert shop.figure("revenue", "2026-06-01", "2026-07-01").value == 12.5
    assert shop.span()[0].isoformat() == "2026-06-15"
    send(id="2", visitor="guest", order="2", amount=5, currency="EUR")
    assert shop.figure("revenue", "2026-06-01", "2026-07-01").value == 17.5
    people = shop.people("revenue", "2026-06-01", "2026-07-01")
    assert ([p.person for p in people.rows], people.orders_without_customer) == (["anna"], 1)
    shop.log.identify("guest", "ben")
    assert len(shop.people("revenue", "2026-06-01", "2026-07-01").rows) == 2


text = st.text(max_size=8)
money = st.one_of(st.none(), st.integers(), st.decimals(), st.floats())
anything = st.builds(
    dict,
    source=text, id=text, name=text, customer=st.none() | text, visitor=st.none() | text,
    ts=st.datetimes() | st.just(datetime(2026, 5, 1)), sent=st.none() | st.datetimes(),
    kind=st.sampled_from(["track", "identify", "page", "x"]), sign=st.sampled_from([None, 1, 0, -1]),
    channel=st.none() | text, store=st.none() | text, order=st.none() | text, amount=money,
    currency=st.none() | st.just("EUR"),
    lines=st.lists(st.builds(Line, amount=money, quantity=money, product=st.none() | text), max_size=2)
    .map(tuple),
    properties=st.none() | st.dictionaries(text, st.none() | st.integers() | text, max_size=2),
)  # fmt: skip


@settings(max_examples=examples(150), deadline=None, suppress_health_check=list(HealthCheck))
@given(drafts=st.lists(anything, min_size=1, max_size=4))
def test_whatever_is_taken_in_can_be_moved_and_read(drafts) -> None:
    """Nothing that passes the door may get stuck behind it."""
    with tempfile.TemporaryDirectory() as folder:
        shop = gern.create_shop(folder + "/home", currency="EUR")
        taken = {}
        for draft in drafts:
            try:
                shop.log.append([Event(**draft)])
            except BadInput:
                continue
            taken.setdefault((draft["source"], draft["id"]), draft)
        shop.log.compact()
        rows = shop.query("SELECT * FROM rows WHERE coalesce(line, 1) = 1")
        assert {(r["source"], r["event_id"]) for r in rows} == taken.keys()
        for row in rows:
            draft = taken[row["source"], row["event_id"]]
            assert (row["customer"], row["visitor"]) == (draft["customer"], draft["visitor"])
            if not draft["lines"]:
                assert row["amount"] == draft["amount"]
