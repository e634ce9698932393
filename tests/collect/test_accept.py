"""What becomes of an item: ids, times, names, what a key may say."""

from __future__ import annotations

import json
import time
from datetime import datetime
from decimal import Decimal

import pytest

from gern.core.collect import wire
from gern.core.collect.accept import proof_of
from gern.core.collect.traffic import Rules, rules_of
from gern.core.errors import BadInput
from gern.core.log.quarantine import items as quarantined
from gern.core.log.quarantine import mentioning

OLD = "2026-11-25T09:00:00Z"


def track(**more):
    return {"type": "track", "event": "Product Viewed", "userId": "anna", "messageId": "1", **more}


def test_a_wrong_clock_is_corrected(take, rows) -> None:
    take([track(timestamp="2026-11-25T11:00:00Z")], sent="2026-11-25T11:30:00Z")
    assert rows("ts, said, sent".replace("said, sent", "kind")) == [
        (datetime(2026, 11, 25, 9, 30), "track")
    ]


@pytest.mark.parametrize(
    ("timestamp", "ts"),
    [
        ("2026-11-25T09:00:00.123456Z", datetime(2026, 11, 25, 9, 0, 0, 123456)),
        ("2026-11-25T10:00:00+01:00", datetime(2026, 11, 25, 9)),
        ("2026-11-25T09:00:00", datetime(2026, 11, 25, 9)),
        ("2026-11-24", datetime(2026, 11, 24)),
        (1795597200, datetime(2026, 11, 25, 9)),
        (1795597200000, datetime(2026, 11, 25, 9)),
        ("2026-11-25T20:00:00Z", datetime(2026, 11, 25, 10)),  # ahead by less than a day: now
        (None, datetime(2026, 11, 25, 10)),
    ],
)
def test_times_people_send(take, rows, timestamp, ts) -> None:
    assert take([track(timestamp=timestamp)]).refused == []
    assert rows("ts") == [(ts,)]


@pytest.mark.parametrize(
    ("item", "code"),
    [
        (track(timestamp="1970-01-01T00:00:00Z"), "bad_time"),
        (track(timestamp="9999-12-31T23:59:59Z"), "bad_time"),
        (track(timestamp="yesterday"), "bad_time"),
        (track(timestamp={"a": 1}), "bad_time"),
        (track(userId=None), "no_id"),
        (track(userId="", anonymousId=""), "no_id"),
        (track(userId="visitor:v1"), "bad_id"),
        (track(anonymousId="daily:x"), "bad_id"),
        (track(userId="a\u0000b"), "bad_id"),
        (track(userId="x" * 501), "bad_id"),
        (track(messageId="x" * 501), "bad_id"),
        (track(event=None), "no_name"),
        (track(event="  "), "no_name"),
        (track(event={"a": 1}), "wrong_type"),
        (track(type="explode"), "wrong_type"),
        (track(properties=[1]), "wrong_type"),
        (track(properties="text"), "wrong_type"),
        (track(context=[1]), "wrong_type"),
        (track(properties={"text": "x" * 40_000}), "too_long"),
        (track(context={"text": "x" * 40_000}), "too_long"),
        (track(event="Order Completed", properties={"revenue": "many"}), "bad_money"),
        (track(event="Order Completed", properties={"revenue": 10**13}), "bad_money"),
        (track(event="Order Completed", properties={"revenue": 5, "currency": "euro!"}), "bad_money"),
        (track(event="Order Completed", properties={"products": [5]}), "bad_money"),
    ],
)  # fmt: skip
def test_what_cannot_be_used_is_kept_with_its_reason_and_harms_no_other(
    take, rows, shop, item, code
) -> None:
    batch = take([{**item, "messageId": item.get("messageId", "1")}, track(messageId="good")])
    assert [refused.code for refused in batch.refused] == [code]
    assert rows("event_id") == [("good",)]
    with shop.manifest.reading() as db:
        (kept,) = quarantined(db)
    assert (kept.source, kept.code) == ("web", code)
    assert json.loads(kept.item)["type"] == item["type"]


def test_names_and_properties_of_every_call(take, rows) -> None:
    take([
        {"type": "identify", "userId": "anna", "traits": {"plan": "gold"}, "messageId": "1"},
        {"type": "identify", "userId": "anna", "context": {"traits": {"plan": "tin"}}, "messageId": "2"},
        {"type": "page", "userId": "anna", "name": "Home", "category": "Shop", "messageId": "3"},
        {"type": "page", "userId": "anna", "name": "x", "properties": {"name": "own"}, "messageId": "4"},
        {"type": "screen", "userId": "anna", "name": "Start", "messageId": "5"},
        {"type": "group", "userId": "anna", "groupId": "g1", "traits": {"size": 5}, "messageId": "6"},
        {"type": "alias", "userId": "anna", "previousId": "old", "messageId": "7"},
        {"type": "track", "userId": 4711, "event": 5, "messageId": "8"},
    ])  # fmt: skip
    assert [(k, n, json.loads(p) if p else None) for k, n, p in rows("kind, name, properties")] == [
        ("identify", "Identify", {"plan": "gold"}),
        ("identify", "Identify", {"plan": "tin"}),
        ("page", "Page Viewed", {"name": "Home", "category": "Shop"}),
        ("page", "Page Viewed", {"name": "own"}),
        ("screen", "Screen Viewed", {"name": "Start"}),
        ("group", "Group", {"groupId": "g1", "size": 5}),
        ("identify", "Alias", {"previousId": "old"}),
        ("track", "5", None),
    ]
    assert rows("customer", "event_id = '8'") == [("4711",)]


def test_without_a_message_id_the_content_is_the_id_whenever_it_is_sent(take, rows) -> None:
    item = {"type": "track", "event": "A", "userId": "anna", "timestamp": OLD}
    take([{**item, "sentAt": "2026-11-25T09:00:01Z", "writeKey": "k"}])
    take([{**item, "sentAt": "2026-11-25T09:59:01Z"}])
    take([{**item, "event": "B"}])
    assert len(rows()) == 2


def test_the_context_is_kept_without_address_browser_or_query(take, rows) -> None:
    page = {
        "url": "https://s.example/tea?mail=a@b.de#x",
        "title": "Tea",
        "referrer": "https://g.example/?q=1",
    }
    agent = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) Mobile/15E148"
    take([track(context={"ip": "203.0.113.7", "userAgent": agent, "page": page, "locale": "de",
                         "campaign": {"source": "nl", "name": "may", "odd": 1}})])  # fmt: skip
    ((context, channel),) = rows("context, channel")
    assert json.loads(context) == {
        "page": {"url": "https://s.example/tea", "path": "/tea", "title": "Tea",
                 "referrer": "https://g.example/"},
        "campaign": {"source": "nl", "name": "may"}, "device": "phone", "locale": "de",
    }  # fmt: skip
    assert channel == "web"


def test_the_context_of_the_batch_goes_into_the_items(take, rows) -> None:
    body = json.dumps({"batch": [track(context={"locale": "de"})],
                       "context": {"locale": "en", "library": {"name": "x", "version": "1"}}})  # fmt: skip
    batch = take(body.encode())
    assert json.loads(rows("context")[0][0]) == {"locale": "de", "library": "x"}
    assert batch.library == ("x", "1")


# -- a public key


def test_a_public_key_sends_behaviour_but_no_revenue(take, rows, shop) -> None:
    order = track(event="Order Completed", userId=None, anonymousId="v1",
                  properties={"order_id": "1", "revenue": 99, "currency": "EUR"})  # fmt: skip
    take([order], believed=False)
    assert rows("name, person, amount") == [("Order Completed", "visitor:v1", None)]
    assert shop.query("SELECT count(*) AS n FROM lines") == [{"n": 0}]
    assert shop.figure("revenue", "2026-01-01", "2027-01-01").value == 0


@pytest.mark.parametrize("name", ["Consent Given", "Newsletter Subscribed", "Unsubscribed", "Einwilligung erteilt"])  # fmt: skip
def test_a_public_key_gives_no_consent(take, rows, name) -> None:
    batch = take([track(event=name, userId=None, anonymousId="v1")], believed=False)
    assert [r.code for r in batch.refused] == ["public_consent"]
    assert take([track(event=name)], believed=True).refused == []


def test_a_public_key_sends_no_contact_data(take, rows) -> None:
    item = {"type": "identify", "anonymousId": "v1", "messageId": "1",
            "traits": {"email": "a@b.de", "First Name": "Anna", "phone_number": "1", "plan": "gold"}}  # fmt: skip
    batch = take([item], believed=False)
    assert json.loads(rows("properties")[0][0]) == {"plan": "gold"}
    assert batch.trimmed == 3


def test_contact_data_is_found_in_german_deep_inside_and_by_its_look(take, rows) -> None:
    traits = {
        "Nachname": "A",
        "contact": {"emailAddress": "x", "size": 5},
        "note": "an a@b.de",
        "title": "Dr.",
    }
    take([{"type": "identify", "anonymousId": "v1", "messageId": "1", "traits": traits},
          {"type": "track", "event": "Signed Up", "anonymousId": "v1", "messageId": "2",
           "properties": {"email": "a@b.de", "name": "Green Tea", "plan": "x", "search_term": "tea"}},
    ], believed=False)  # fmt: skip
    first, second = (json.loads(p) for (p,) in rows("properties"))
    assert first == {"contact": {"size": 5}, "title": "Dr."}
    assert second == {"name": "Green Tea", "plan": "x", "search_term": "tea"}
    take([track(messageId="3", properties={"email": "a@b.de"})])  # a server may
    assert json.loads(rows("properties", "event_id = '3'")[0][0]) == {"email": "a@b.de"}


def test_addresses_of_pages_lose_what_comes_after_the_question_mark(take, rows) -> None:
    page = {
        "type": "page",
        "userId": "anna",
        "messageId": "1",
        "properties": {
            "url": "https://s.example/reset?token=SECRET",
            "referrer": "https://g.example/?q=1",
            "search": "?token=SECRET",
        },
    }
    take([page, {**page, "messageId": "2", "properties": {"search": "green tea"}}])
    assert [json.loads(p) for (p,) in rows("properties")] == [
        {"url": "https://s.example/reset", "referrer": "https://g.example/"},
        {"search": "green tea"},
    ]


@pytest.mark.parametrize("text", ["{ }", "{\n}", "{}", "null", ""])
@pytest.mark.parametrize("kind", ["page", "group", "alias", "track", "identify"])
def test_empty_properties_however_they_are_written(take, shop, text, kind) -> None:
    field = "traits" if kind in ("group", "identify") else "properties"
    part = f',"{field}":{text}' if text else ""
    body = f'{{"batch":[{{"type":"{kind}","userId":"anna","name":"N","event":"E","groupId":"g","previousId":"p"{part}}}]}}'
    assert take(body.encode()).refused == []
    shop.log.compact()
    (row,) = shop.query("SELECT properties FROM events")
    assert row["properties"] is None or isinstance(json.loads(row["properties"]), dict)


@pytest.mark.parametrize("url", ["https://[bad", "https://a\u2100b.c/", "x" * 3000, 5, None])
def test_an_address_that_is_none_is_left_out(take, rows, url) -> None:
    assert take([track(context={"page": {"url": url, "path": "/x"}})]).refused == []
    assert json.loads(rows("context")[0][0])["page"]["path"] == "/x"


@pytest.mark.parametrize("sent", ["", "yesterday", 5, [], "2024-01-01T00:00:00+01:00:30", None])
def test_a_batch_with_a_senseless_clock_is_taken_uncorrected(take, rows, sent) -> None:
    body = json.dumps({"batch": [track(timestamp=OLD)], "sentAt": sent})
    assert take(body.encode()).refused == []
    assert len(rows()) == 1


def test_our_own_fault_costs_one_item_only(take, rows, monkeypatch) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("gern.core.collect.accept.orders.order_of", broken)
    batch = take([track(event="Order Completed"), track(messageId="2")])
    assert [r.code for r in batch.refused] == ["unexpected"]
    assert rows("event_id") == [("2",)]


def test_what_may_not_be_stored_is_not_in_quarantine_either(take, shop) -> None:
    item = track(userId=None, anonymousId="v1", event="Consent Given",
                 context={"ip": "203.0.113.7", "userAgent": "secret browser"},
                 properties={"email": "a@b.de", "card": "4711", "ok": 1})  # fmt: skip
    rules = {"treatments": {"Consent Given": {"card": "block"}}}
    take([item], believed=False, sender=rules)
    with shop.manifest.reading() as db:
        (kept,) = quarantined(db)
    assert json.loads(kept.item)["properties"] == {"ok": 1}
    assert b"203.0.113.7" not in kept.item
    assert b"secret browser" not in kept.item


def test_a_short_number_is_not_found_inside_other_words(take, shop) -> None:
    take(
        [
            track(userId="kunde-15", messageId="55", timestamp="never"),
            track(userId=5, timestamp="never"),
        ]
    )
    with shop.manifest.reading() as db:
        assert len(mentioning(db, [("customer", "5")])) == 1
    shop.log.erase(["5"])
    take([track(userId="5", timestamp="never")])  # of somebody erased: not even kept
    with shop.manifest.reading() as db:
        assert [json.loads(k.item)["userId"] for k in quarantined(db)] == ["kunde-15"]


def test_a_hashed_currency_does_not_stop_orders(take, shop) -> None:
    rules = {"treatments": {"Order Completed": {"currency": "hash", "products": "block"}}}
    order = {
        "order_id": "1",
        "revenue": 9,
        "currency": "EUR",
        "products": [{"sku": "secret", "price": 9}],
    }
    take([track(event="Order Completed", properties=order)], sender={**rules, "secret": b"k"})
    assert shop.query("SELECT product, amount, currency FROM lines") == [
        {"product": None, "amount": Decimal(9), "currency": "EUR"}
    ]


@pytest.mark.parametrize("previous", ["visitor:x", "daily:x", "x" * 900])
def test_an_alias_of_a_reserved_id_is_refused(take, previous) -> None:
    item = {"type": "alias", "userId": "anna", "anonymousId": "v", "previousId": previous}
    assert [r.code for r in take([item]).refused] == ["bad_id"]


def test_two_that_were_kept_apart_stay_apart_whoever_says_so(take, shop, rows) -> None:
    take([{"type": "track", "event": "A", "userId": c, "messageId": c} for c in "ab"])
    shop.log.merge("b", "a")
    shop.log.split("customer", "b")
    take([{"type": "alias", "previousId": "a", "userId": "b", "messageId": "1"}])
    assert rows("person", "name = 'A'") == [("a",), ("b",)]


def test_a_late_alias_of_somebody_erased_joins_nobody(take, shop) -> None:
    take([{"type": "track", "event": "A", "userId": "anna", "messageId": "1"}])
    shop.log.erase(["anna"])
    take(
        [
            {
                "type": "alias",
                "previousId": "anna",
                "userId": "ben",
                "messageId": "2",
                "timestamp": OLD,
            }
        ],
        received=shop.log.clock(),
        sent="2026-11-25T10:00:00Z",
    )
    with shop.manifest.reading() as db:
        assert db.execute(
            "SELECT count(*) FROM identity WHERE id = 'anna' AND kind = 'customer'"
        ).fetchone() in ((0,), (1,))


def test_a_string_that_never_ends_is_no_trouble() -> None:
    started = time.perf_counter()
    for body in (
        b'{"' + b'\\"' * 1_000_000,
        b'{"batch":["' + b'\\"' * 1_000_000 + b"\\",
        b'{"batch":[' + b"," * 3_000_000,
    ):
        with pytest.raises(BadInput):
            wire.decode(body, "batch")
    with pytest.raises(BadInput, match="more than 20,000 items"):
        wire.decode(b'{"batch":[' + b"{}," * 400_000 + b"{}]}", "batch")
    assert time.perf_counter() - started < 15


def test_what_a_public_key_says_of_who_somebody_is_is_a_claim(take, rows, shop) -> None:
    take([
        {"type": "identify", "anonymousId": "v1", "userId": "anna", "messageId": "1"},
        track(messageId="2", anonymousId="v1"),
        {"type": "alias", "previousId": "ben", "userId": "anna", "messageId": "3"},
    ], believed=False)  # fmt: skip
    assert rows("person") == [("visitor:v1",), ("visitor:v1",), ("visitor:ben",)]
    take([{"type": "track", "event": "Known", "userId": "ben", "messageId": "4"}])
    assert rows("person", "event_id = '4'") == [("ben",)]


def test_a_claim_is_joined_once_a_server_says_the_same(take, rows) -> None:
    take([track(messageId="1", anonymousId="v1")], believed=False)
    take(
        [{"type": "identify", "anonymousId": "v1", "userId": "anna", "messageId": "2"}],
        source="srv",
    )
    take([track(messageId="3", anonymousId="v1")], believed=False)
    take([track(messageId="4", anonymousId="v1", userId="cem")], believed=False)
    assert rows() == [("1", "anna"), ("2", "anna"), ("3", "anna"), ("4", "anna")]
    assert rows("customer", "event_id = '3'") == [("anna",)]
    assert rows("customer", "event_id = '4'") == [(None,)]  # cem is only a claim


def test_a_signed_id_is_believed_a_forged_one_is_not(take, rows) -> None:
    good = proof_of(b"secret", "anna")
    options = {"believed": False, "sender": {"proof_secret": b"secret"}}
    item = {"type": "identify", "userId": "anna"}
    take([{**item, "anonymousId": "v1", "messageId": "1", "context": {"proof": good}}], **options)
    take(
        [{**item, "anonymousId": "v2", "messageId": "2", "context": {"proof": "0" * 64}}], **options
    )
    take([{**item, "userId": "ben", "anonymousId": "v3", "messageId": "3", "context": {"proof": good}}], **options)  # fmt: skip
    assert rows() == [("1", "anna"), ("2", "visitor:v2"), ("3", "visitor:v3")]


def test_a_public_key_cannot_speak_for_a_customer_without_a_visitor(take) -> None:
    batch = take([track()], believed=False)
    assert [r.code for r in batch.refused] == ["public_customer"]


# -- bots, internal traffic, cookieless visitors, blocked properties


BOT = "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"
PHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) Version/17.0 Mobile Safari/604.1"
ON_PAGE = {"page": {"url": "https://staging.s.example/tea", "path": "/tea"}}


@pytest.mark.parametrize(
    ("rule", "agent", "address", "mark"),
    [
        (None, BOT, "203.0.113.7", "bot"),
        (None, PHONE, "203.0.113.7", None),
        (("address", "203.0.113.0/24", "internal"), PHONE, "203.0.113.7", "internal"),
        (("address", "203.0.113.0/24", "internal"), PHONE, "203.0.114.7", None),
        (("address", "2001:db8::/32", "internal"), PHONE, "2001:db8::5", "internal"),
        (("host", "staging.s.example", "internal"), PHONE, "", "internal"),
        (("path", "/tea", "internal"), PHONE, "", "internal"),
        (("agent", "iphone", "bot"), PHONE, "", "bot"),
        (("customer", "anna", "internal"), PHONE, "", "internal"),
        (("customer", "ben", "internal"), PHONE, "", None),
    ],
)
def test_bots_and_internal_traffic_are_marked_and_stay(
    take, rows, rule, agent, address, mark
) -> None:
    rules = rules_of([rule]) if rule else Rules()
    batch = take([track(context=ON_PAGE)], agent=agent, address=address, sender={"rules": rules})
    assert rows("traffic") == [(mark,)]
    assert (batch.bots, batch.internal) == (int(mark == "bot"), int(mark == "internal"))


def test_revenue_of_internal_traffic_is_in_no_figure(take, shop) -> None:
    rules = rules_of([("customer", "anna", "internal")])
    order = track(event="Order Completed", properties={"order_id": "1", "revenue": 9})
    take([order, {**order, "userId": "ben", "messageId": "2", "properties": {"order_id": "2", "revenue": 5}}],
         sender={"rules": rules})  # fmt: skip
    assert shop.figure("revenue", "2026-01-01", "2027-01-01").exact == 5
    assert shop.query("SELECT count(*) AS n FROM events") == [{"n": 2}]
    assert shop.query("SELECT count(*) AS n FROM orders") == [{"n": 1}]


def test_a_visitor_without_a_cookie_is_nobody_for_ever(take, rows) -> None:
    page = {"type": "page", "messageId": "1"}
    take([page, {"type": "identify", "userId": "anna", "messageId": "2"}], believed=False, daily="daily:abc")  # fmt: skip
    assert rows("visitor, person", "event_id = '1'") == [("daily:abc", "visitor:daily:abc")]
    take([{"type": "identify", "userId": "anna", "anonymousId": "daily:abc", "messageId": "3"}])
    assert rows("person", "event_id = '1'") == [("visitor:daily:abc",)]


def test_blocked_properties_are_never_stored_hashed_ones_only_as_a_fingerprint(take, rows) -> None:
    rules = {"treatments": {"Product Viewed": {"mail": "block", "card": "hash"}}, "secret": b"k"}
    take([track(properties={"mail": "a@b.de", "card": "4711", "x": 1})], sender=rules)
    take([track(messageId="2", properties={"card": "4711"})], sender=rules)
    take([track(messageId="3", properties={"mail": "only"})], sender=rules)
    first, second, third = (p for (p,) in rows("properties"))
    said = json.loads(first)
    assert set(said) == {"card", "x"}
    assert said["card"] == json.loads(second)["card"] != "4711"
    assert third is None


# -- orders


@pytest.mark.parametrize(
    ("properties", "lines"),
    [
        ({"revenue": 19.99}, [(None, 1, "19.99")]),
        ({"total": "19.99"}, [(None, 1, "19.99")]),
        ({"revenue": 10, "total": 15}, [(None, 1, "10")]),
        ({"products": [{"product_id": "A", "price": 0.1, "quantity": 3}]}, [("A", 3, "0.3")]),
        ({"products": [{"sku": "A", "price": 10}], "revenue": 12}, [("A", 1, "10"), (None, 1, "2")]),
        ({"products": [{"id": 7, "price": 10}], "revenue": 8}, [("7", 1, "10"), (None, 1, "-2")]),
        ({"revenue": 0.1 + 0.2}, [(None, 1, "0.3")]),
        ({"revenue": 3.3333333333}, [(None, 1, "3.333333")]),
        ({}, [(None, 1, "0")]),
    ],
)  # fmt: skip
def test_the_lines_of_an_order(take, shop, properties, lines) -> None:
    take([track(event="Order Completed", properties={"order_id": "1", **properties})])
    found = shop.query("SELECT product, quantity, amount FROM lines ORDER BY line")
    assert [(r["product"], r["quantity"], r["amount"]) for r in found] == [
        (p, Decimal(q), Decimal(a)) for p, q, a in lines
    ]


def test_a_refund_lowers_revenue_when_it_is_booked_and_leaves_the_purchase(take, shop) -> None:
    take([
        track(event="Order Completed", timestamp="2026-10-01T10:00:00Z", properties={"order_id": "1", "revenue": 30}),
        track(event="Order Refunded", messageId="2", timestamp="2026-11-02T10:00:00Z",
              properties={"order_id": "1", "total": 10}),
        track(event="Order Refunded", messageId="3", properties={"order_id": "1"}),
    ])  # fmt: skip
    assert shop.figure("revenue", "2026-10-01", "2026-11-01").exact == 30
    assert shop.figure("revenue", "2026-11-01", "2026-12-01").exact == -10
    assert shop.figure("orders", "2026-10-01", "2026-12-01").value == 1


def test_a_cancellation_is_an_event_of_its_own(take, shop) -> None:
    take([
        track(event="Order Completed", timestamp="2026-10-01T10:00:00Z", properties={"order_id": "1", "revenue": 30}),
        track(event="Order Cancelled", messageId="2", timestamp="2026-11-02T10:00:00Z",
              properties={"order_id": "1", "total": 30}),
    ])  # fmt: skip
    answer = shop.figure("orders", "2026-10-01", "2026-12-01")
    assert answer.value == 1
    assert shop.query("SELECT order_id, purchase, cancelled FROM orders ORDER BY order_id") == [
        {"order_id": "1", "purchase": True, "cancelled": False},
        {"order_id": "1/cancelled", "purchase": False, "cancelled": True},
    ]
    assert shop.figure("revenue", "2026-10-01", "2026-12-01").exact == 0


def test_the_shops_currency_is_meant_when_none_is_said(take, shop) -> None:
    take([track(event="Order Completed", properties={"revenue": 5})], sender={"currency": "CHF"})
    assert shop.query("SELECT currency FROM rows") == [{"currency": "CHF"}]
