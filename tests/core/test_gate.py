"""The contact gate against plain Python written from the rules, on made-up lives of customers."""

from __future__ import annotations

import json
import random
from collections import Counter
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

import gern
from gern.core.consent.gate import CODES, Terms, decided, gate_sql, may_contact
from gern.core.consent.purpose import CALLED, SERVICE, Purpose
from gern.core.engines.question import Question
from gern.core.errors import BadInput
from gern.core.log.event import Event, Line

AT = datetime(2026, 3, 1, 12)
NEWS = Purpose("news", ("Newsletter",))
KNOWN = {"news", "newsletter", "surveys", "order", "orders"}
PEOPLE = [f"c{n}" for n in range(300)]


def life(dice: random.Random, person: str) -> list[Event]:
    common = {"source": dice.choice(("crm", "gern")), "customer": person}

    def at() -> datetime:
        days = dice.choice((1, 5, 20, 200, 800, 1500))
        return AT.replace(tzinfo=UTC) - timedelta(days=days, minutes=dice.randint(0, 3))

    def event(name: str, **properties: Any) -> Event:
        said = {key: value for key, value in properties.items() if value is not None}
        return Event(id=f"{person}-{dice.random()}", name=name, ts=at(), properties=said, **common)

    purposes = ("Newsletter", "news", "NEWS\t", "surveys", "what?", None)
    channels = ("email", "E-Mail", "phone", "all", None)
    found = []
    for _ in range(dice.randint(0, 6)):
        what = dice.choice(
            ("give", "give", "take", "unsubscribe", "pause", "every", "sent", "sent", "buy")
        )
        purpose, channel = dice.choice(purposes), dice.choice(channels)
        if what == "give":
            found.append(event("Consent Given", purpose=purpose, channel=channel,
                               evidence=dice.choice((None, "", "form 3, box ticked")),
                               method=dice.choice((None, "double_opt_in"))))  # fmt: skip
        elif what == "take":
            found.append(event("Consent Withdrawn", purpose=purpose, channel=channel))
        elif what == "unsubscribe":
            found.append(event("Unsubscribed", purpose=purpose))
        elif what == "pause":
            found.append(event("Contact Paused", until=dice.choice(("2026-02-28", "2026-03-02", "soon", "28.02.2026", "99999-12-31"))))  # fmt: skip
        elif what == "every":
            found.append(event("Contact Frequency Chosen", purpose=purpose, days=dice.choice((7, 30, "x", 2147483647))))  # fmt: skip
        elif what == "sent":
            found.append(event("Email Sent", purpose=purpose))
        else:
            found.append(replace(event("Order Completed"), order=f"o{dice.random()}", currency="EUR",
                                 lines=(Line(5),)))  # fmt: skip
    if dice.random() < 0.85:
        found.append(Event(id=f"{person}-who", name="Identify", kind="identify", ts=at(),
                           properties={"email": f"{person}@example.org"}, **common))  # fmt: skip
    return found or [event("Page Viewed")]


def expected(
    events: list[dict[str, Any]], purpose: Purpose, channel: str, *, restricted: bool,
    suppressed: datetime | None,
) -> str:  # fmt: skip
    """The code, from the rules."""
    names = {n.lower().strip() for n in (purpose.id, *purpose.called)}
    last, pause, every, mails = None, None, None, []
    address, orders = None, []
    for e in sorted(events, key=lambda e: (e["ts"], e["event_id"])):
        said = e["props"]
        about = str(said.get("purpose") or "").strip().lower()
        by = str(said.get("channel") or "").strip().lower()
        if e["name"] == "Unsubscribed":
            by = "email"
        others = {n for id, known in CALLED.items() if id != channel for n in known}
        ours = not (about in KNOWN and about not in names) and by not in others
        if e["name"] == "Consent Given" and about in names and by in CALLED[channel]:
            if last is None or not (last["ts"] == e["ts"] and last["name"] != "Consent Given"):
                last = e
        elif e["name"] in ("Consent Withdrawn", "Unsubscribed") and ours:
            last = e
        elif e["name"] == "Contact Paused" and ours:
            pause = said.get("until")
        elif e["name"] == "Contact Frequency Chosen" and ours:
            every = said.get("days")
        elif e["name"] == "Email Sent" and channel == "email" and about in names:
            mails.append(e["ts"])
        elif e["name"] == "Identify":
            address = said.get("email")
        elif e["name"] == "Order Completed":
            orders.append(e["ts"])
    given = last is not None and last["name"] == "Consent Given"
    since = purpose.told_since
    own = (
        bool(purpose.own_goods and since and orders) and min(orders).date() >= since
        and AT - max(orders) <= timedelta(days=730)
    )  # fmt: skip
    sure = given and last["props"].get("method") == "double_opt_in"
    if restricted:
        return "restricted"
    if channel == "post" or (channel == "phone") or address is None:  # nobody has these here
        return "no_address"
    if purpose.kind == SERVICE:
        return "contract"
    if last is not None and not given:
        return "withdrawn"
    if suppressed and not (sure and last["ts"] > suppressed):
        return "suppressed"
    if pause in ("soon", "2026-03-02", "99999-12-31"):
        return "paused"  # nobody can tell how long the first lasts
    if every not in (None, "x", 2147483647) and mails and mails[-1] + timedelta(days=every) > AT:
        return "too_often"
    if given:
        proved = sure or bool(str(last["props"].get("evidence") or "").strip())
        if proved or not purpose.needs_proof:
            return "consent"
    if own:
        return "own_customer"
    return "no_proof" if given else "no_consent"


PURPOSES = [
    NEWS,
    replace(NEWS, needs_proof=False),
    replace(NEWS, own_goods=True, told_since=date(2022, 1, 1)),
    replace(NEWS, own_goods=True, told_since=date(2025, 6, 1)),
    replace(NEWS, own_goods=True),
    Purpose("order", ("orders",), kind=SERVICE),
]


def test_made_up_lives_equal_plain_python(shop: gern.Shop) -> None:
    dice = random.Random(7)
    shop.log.append([event for person in PEOPLE for event in life(dice, person)])
    rows = shop.query("SELECT person, ts, name, event_id, properties FROM events")
    events: dict[str, list[dict[str, Any]]] = {p: [] for p in PEOPLE}
    for row in rows:
        events[row["person"]].append({**row, "props": json.loads(row["properties"] or "{}")})
    listed = datetime(2025, 12, 1)
    terms = Terms(
        restricted=["c3"],
        others=sorted(KNOWN),
        suppressed_sql="CASE WHEN c.email IN ('c5@example.org', 'c6@example.org', 'c7@example.org',"
        " 'c8@example.org') THEN $listed END",
        values={"listed": listed},
    )
    seen: Counter[str] = Counter()
    for purpose in PURPOSES:
        for channel in ("email", "phone", "post"):
            wanted = {
                p: expected(events[p], purpose, channel, restricted=p == "c3",
                            suppressed=listed if p in ("c5", "c6", "c7", "c8") else None)
                for p in PEOPLE
            }  # fmt: skip
            sql, values = gate_sql(purpose, channel, AT, terms)
            codes = shop.door.ask(Question(f"SELECT person, code FROM ({sql})", values, "test"))
            assert {row["person"]: row["code"] for row in codes} == wanted, (purpose, channel)
            p = dice.choice(PEOPLE)
            one = may_contact(shop.door, p, purpose, channel, AT, terms)
            assert one is not None
            assert one.code == wanted[p]
            everybody = "SELECT person FROM customers"
            counts = decided(shop.door, everybody, {}, purpose, channel, AT, terms)
            assert counts == dict(Counter(wanted.values()))
            seen.update(counts)
    assert set(seen) == set(CODES) - {"interest"}


def test_edges(shop: gern.Shop) -> None:
    with pytest.raises(BadInput, match="Allowed: email, phone, sms, post"):
        may_contact(shop.door, "x", NEWS, "fax", AT)
    assert may_contact(shop.door, "nobody", NEWS, "email", AT) is None
    assert decided(shop.door, "SELECT person FROM customers", {}, NEWS, "email", AT) == {}
    common = {"source": "s", "customer": "anna"}
    ts = datetime(2020, 1, 1, tzinfo=UTC)
    shop.log.append([
        Event(id="1", name="Identify", kind="identify", ts=ts, properties={"email": "a@b.de", "street": "Weg 1"}, **common),
        Event(id="2", name="Consent Given", ts=ts, properties={"purpose": "news", "channel": "email", "evidence": "card"}, **common),
    ])  # fmt: skip
    found = may_contact(shop.door, "anna", NEWS, "email", AT)
    assert found is not None
    assert (found.allowed, found.code, found.evidence, found.stale) == (True, "consent", "card", True)  # fmt: skip
    letter = may_contact(shop.door, "anna", NEWS, "post", AT)
    assert letter is not None
    assert (letter.allowed, letter.code) == (True, "interest")
    before = may_contact(shop.door, "anna", NEWS, "email", datetime(2020, 1, 1))
    assert before is not None
    assert before.code == "no_consent"  # it was said at that instant, not before
    shop.log.append([Event(id="3", name="Unsubscribed", ts=ts, **common)])
    same = may_contact(shop.door, "anna", NEWS, "email", AT)
    assert same is not None
    assert same.code == "withdrawn"  # of two at the same moment the withdrawal
    assert may_contact(shop.door, "anna", NEWS, "post", AT).code == "interest"  # type: ignore[union-attr]


def test_a_consent_moves_with_a_merge(shop: gern.Shop) -> None:
    ts = datetime(2026, 1, 1, tzinfo=UTC)
    shop.log.append([
        Event(id="1", name="Identify", kind="identify", ts=ts, properties={"email": "a@b.de"}, source="s", customer="a"),
        Event(id="2", name="Consent Withdrawn", ts=ts, source="s", customer="b"),
        Event(id="3", name="Consent Given", ts=ts - timedelta(days=1), source="s", customer="a",
              properties={"purpose": "news", "channel": "email", "evidence": "x"}),
    ])  # fmt: skip
    assert may_contact(shop.door, "a", NEWS, "email", AT).code == "consent"  # type: ignore[union-attr]
    shop.log.merge("b", "a")
    assert may_contact(shop.door, "a", NEWS, "email", AT).code == "withdrawn"  # type: ignore[union-attr]
