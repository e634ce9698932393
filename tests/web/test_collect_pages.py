"""Pages of sources, quarantine, schema, who is who, traffic; metrics; health."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from statistics import median

import pytest
from django.test import Client
from django.urls import reverse

from gern.core.collect import wire
from gern.core.collect.accept import Request, accept
from gern.core.log.arrivals import HOUR
from gern.kit.alerts import forget_alerts
from gern.rooms.collect.ingest.keyring import load, sender_of
from gern.rooms.collect.models import EventKind, PropertyRule, Source, TrafficRule
from gern.rooms.collect.sources.health import health_of
from gern.rooms.collect.sources.services import add_source


@pytest.fixture(autouse=True)
def _alerts() -> None:
    forget_alerts()


def arrive(shop, source: str, items: list[dict], **options) -> None:
    sender = sender_of(shop, source)
    body = json.dumps({"batch": items, "context": {"library": {"name": "x", "version": "1"}}})
    request = Request(options.pop("received", shop.log.clock()), **options)
    shop.log.inbox.take(accept(wire.decode(body.encode(), "batch"), sender, request))


def view(id: str, **more):
    return {"type": "track", "event": "Product Viewed", "userId": "anna", "messageId": id,
            "properties": {"product_id": "P1"}, **more}  # fmt: skip


def text(response) -> str:
    return response.content.decode()


def test_a_source_is_added_its_secret_key_shown_once(own_home, anna: Client) -> None:
    made = anna.post(reverse("source_addition"), {"name": "backend", "kind": "server"})
    key = text(made).split('id="new-key">')[1].split("<")[0]
    assert made.status_code == 201
    assert made["Cache-Control"] == "no-store"
    assert load()[next(iter(load()))].sender.source == "backend"
    again = text(anna.get(reverse("source", args=["backend"])))
    assert key not in again
    assert key[:8] in again
    taken = anna.post(reverse("source_addition"), {"name": "backend", "kind": "server"})
    assert (taken.status_code, "already" in text(taken)) == (422, True)
    assert (
        anna.post(reverse("source_addition"), {"name": "Ä!", "kind": "server"}).status_code == 422
    )


def test_a_public_source_shows_its_snippet_and_its_first_event(own_home, anna: Client) -> None:
    _, key = add_source("web")
    page = text(anna.get(reverse("source", args=["web"])))
    assert f"data-key=&quot;{key}&quot;" in page or f'data-key="{key}"' in page
    assert "Waiting for the first event" in page
    arrive(own_home, "web", [{"type": "page", "anonymousId": "v1", "messageId": "1"}])
    part = text(anna.get(reverse("source_arriving", args=["web"]), headers={"HX-Request": "true"}))
    assert "Your first event has arrived" in part
    assert "visitor:v1" in part
    assert "Page Viewed" in text(anna.get(reverse("live")))


def test_what_a_source_may_is_changed(own_home, anna: Client) -> None:
    add_source("web")
    change = reverse("source_change", args=["web"])
    sent = {"origins": "https://Shop.example/\nhttps://b.example", "per_minute": "5", "trusted": "on"}  # fmt: skip
    assert anna.post(change, sent).status_code == 302
    source = Source.objects.get()
    assert source.origins == ["https://shop.example", "https://b.example"]
    assert (source.per_minute, source.trusted, source.active) == (5, True, False)
    assert load() == {}  # switched off
    wrong = anna.post(change, {**sent, "origins": "shop.example/path"})
    assert (wrong.status_code, "is no origin" in text(wrong)) == (422, True)


def test_a_rotation_shows_a_new_key(own_home, anna: Client) -> None:
    _, old = add_source("web")
    page = text(anna.post(reverse("source_rotation", args=["web"])))
    keys = [known.sender.source for known in load().values()]
    assert keys == ["web", "web"]
    assert old in page


def test_the_quarantine_is_seen_corrected_and_replayed(own_home, ben: Client) -> None:
    add_source("web")
    arrive(own_home, "web", [view("1", anonymousId=None), view("2", event="")])
    page = text(ben.get(reverse("quarantine") + "?source=web"))
    assert "anonymousId is missing" in page
    assert "&quot;messageId&quot;:&quot;1&quot;" in page
    Source.objects.update(trusted=True)  # the fix: the source is believed now
    done = text(ben.post(reverse("quarantine_replay"), {"source": "web"}, follow=True))
    assert "1 item has entered the log. 1 stays here" in done
    assert own_home.query("SELECT event_id, person FROM events") == [{"event_id": "1", "person": "anna"}]  # fmt: skip
    ben.post(reverse("quarantine_replay"), {"source": "web"})
    ben.post(reverse("quarantine_removal"), {"source": "web", "code": "no_name"})
    assert "The quarantine is empty" in text(ben.get(reverse("quarantine")))
    assert own_home.query("SELECT count(*) AS n FROM events") == [{"n": 1}]


def test_a_replayed_item_keeps_its_corrected_time(own_home, ben: Client) -> None:
    add_source("web")
    received = own_home.log.clock() - 3_600_000_000
    at = datetime.fromtimestamp(received / 1e6, UTC)
    item = view("1", anonymousId=None, timestamp=(at + timedelta(minutes=50)).isoformat(),
                sentAt=(at + timedelta(minutes=60)).isoformat())  # fmt: skip
    arrive(own_home, "web", [item], received=received)
    Source.objects.update(trusted=True)
    ben.post(reverse("quarantine_replay"), {"source": "web"})
    (row,) = own_home.query("SELECT ts FROM events")
    assert row["ts"].replace(tzinfo=UTC) == at - timedelta(minutes=10)


def test_the_schema_counts_names_and_shows_examples(own_home, anna: Client) -> None:
    add_source("srv", "server")
    arrive(own_home, "srv", [view("1"), view("2", properties={"product_id": "P2", "price": 1.5}),
                             view("3", properties={"price": "free", "nothing": None})])  # fmt: skip
    for _ in range(2):  # in the inbox, then in segments
        page = text(anna.get(reverse("schema_event") + "?event=Product+Viewed"))
        assert "P1" in page
        assert "66.7" in page
        assert "number, text" in page
        assert "nothing" not in page
        own_home.log.compact()
    anna.post(reverse("schema_description"), {"event": "Product Viewed", "name_en": "Looked at", "form": "demand", "initiator": "company"})  # fmt: skip
    listed = text(anna.get(reverse("schema")))
    assert "Looked at" in listed
    assert "by us" in listed
    assert EventKind.objects.get().form == "demand"
    bad = anna.post(reverse("schema_description"), {"event": "Product Viewed", "form": "x"})
    assert bad.status_code == 422
    assert anna.get(reverse("schema_event") + "?event=Nothing").status_code == 404


def test_a_duplicate_is_not_counted_in_the_schema(own_home, anna: Client) -> None:
    from gern.core.log.profile import profile

    add_source("srv", "server")
    for _ in range(3):
        arrive(own_home, "srv", [view("1")])
        own_home.log.compact()
    (kind,) = profile(own_home.manifest)
    assert (kind.events, kind.properties[0].filled) == (1, 1)


def test_a_blocked_property_is_stored_no_more(own_home, anna: Client) -> None:
    add_source("srv", "server")
    arrive(own_home, "srv", [view("1")])
    anna.post(reverse("schema_treatment"), {"event": "Product Viewed", "property": "product_id", "treatment": "block"})  # fmt: skip
    arrive(own_home, "srv", [view("2")])
    assert own_home.query("SELECT event_id FROM events WHERE properties IS NULL") == [{"event_id": "2"}]  # fmt: skip
    anna.post(reverse("schema_treatment"), {"event": "Product Viewed", "property": "product_id", "treatment": ""})  # fmt: skip
    assert not PropertyRule.objects.exists()


def test_a_known_event_that_changes_shape_is_noticed_everywhere(own_home, anna: Client) -> None:
    add_source("srv", "server")
    old = own_home.log.clock() - 20 * 24 * HOUR
    arrive(own_home, "srv", [view(f"o{n}", properties={"price": 5}) for n in range(3)], received=old)  # fmt: skip
    arrive(own_home, "srv", [view("n", properties={"price": "five", "colour": "red"})])
    forget_alerts()
    page = text(anna.get(reverse("schema")))
    assert "“price” is also text since" in page
    assert "“colour” is new since" in page
    assert "Known events have changed shape: Product Viewed" in text(anna.get(reverse("imports")))


def test_rules_for_internal_traffic(own_home, anna: Client) -> None:
    add = reverse("rule_addition")
    assert anna.post(add, {"kind": "address", "value": "10.0.0.0/8", "mark": "internal"}).status_code == 302  # fmt: skip
    wrong = anna.post(add, {"kind": "address", "value": "office", "mark": "internal"})
    assert (wrong.status_code, "is no address" in text(wrong)) == (422, True)
    add_source("web")
    arrive(own_home, "web", [{"type": "page", "anonymousId": "v", "messageId": "1"}], address="10.1.1.1", agent="x")  # fmt: skip
    page = text(anna.get(reverse("traffic")))
    assert "10.0.0.0/8" in page
    assert own_home.query("SELECT traffic FROM events") == [{"traffic": "internal"}]
    anna.post(reverse("rule_removal", args=[TrafficRule.objects.get().pk]))
    assert "None yet" in text(anna.get(reverse("traffic")))


def test_who_is_who_is_decided_on_the_page(own_home, ben: Client) -> None:
    add_source("web")
    arrive(own_home, "web", [{"type": "identify", "anonymousId": f"v{n}", "userId": f"c{n}", "messageId": str(n)} for n in range(3)])  # fmt: skip
    page = text(ben.get(reverse("identities")))
    assert "To decide (3)" in page
    decision = reverse("identity_decision")
    ben.post(decision, {"visitor": "v0", "customer": "c0", "state": "accepted"})
    ben.post(decision, {"visitor": "v1", "customer": "c1", "state": "refused"})
    ben.post(decision, {"visitor": "v1", "customer": "c1", "state": "nonsense"})
    ben.post(decision, {"source": "web"})
    assert "Joined (2)" in text(ben.get(reverse("identities") + "?show=accepted&q="))
    people = own_home.query("SELECT person FROM events ORDER BY person")
    assert [p["person"] for p in people] == ["c0", "c2", "visitor:v1"]
    own_home.log.merge("c2", "c0")
    assert "c2" in text(ben.get(reverse("identities") + "?show=merged"))
    ben.post(reverse("identity_separation"), {"customer": "c2"})
    ben.post(reverse("identity_separation"), {"customer": "nobody"})
    assert own_home.query("SELECT count(*) AS n FROM events WHERE person = 'c2'") == [{"n": 1}]


# -- health


def hours(shop, source: str, back: dict[int, int], now: datetime) -> None:
    present = int(now.timestamp() * 1e6) // HOUR
    with shop.manifest.change(version=False) as db:
        db.executemany(
            "INSERT INTO arrival VALUES (?, ?, ?, 0, 0, 0, 0, 0, ?)",
            [(source, present - b, n, (present - b) * HOUR + 5) for b, n in back.items() if n],
        )


def test_a_source_is_silent_when_it_should_have_been_heard(own_home, anna: Client) -> None:
    now = datetime.now(UTC)
    source, _ = add_source("web")
    hours(own_home, "web", dict.fromkeys(range(6, 24 * 10), 10), now)
    health = health_of(own_home, source, now)
    assert (health.state, health.silent_hours) == ("silent", 5)
    assert health.usual_24h == 24 * median([10])
    forget_alerts()
    assert "“web” has fallen silent" in text(anna.get(reverse("imports")))
    assert "silent" in text(anna.get(reverse("sources")))


@pytest.mark.parametrize(
    ("back", "state"),
    [
        ({}, "new"),
        ({0: 5}, "ok"),
        (dict.fromkeys(range(1, 240), 10), "ok"),  # the present hour is not over
        (dict.fromkeys(range(2, 240), 10), "ok"),  # ten missing events can be chance
        (dict.fromkeys(range(4, 240), 10), "silent"),
        (dict.fromkeys(range(10, 240), 1), "ok"),
        (dict.fromkeys(range(30, 60), 10), "ok"),  # too young to know what is usual
        # quiet at night, as always
        ({b: 10 for b in range(8, 24 * 20) if b % 24 >= 8}, "ok"),
    ],
)
def test_silence_is_told_from_a_quiet_night(own_home, db, back, state) -> None:
    now = datetime.now(UTC)
    source, _ = add_source("web")
    hours(own_home, "web", back, now)
    assert health_of(own_home, source, now).state == state


def test_many_errors_clocks_and_libraries_are_shown(own_home, anna: Client) -> None:
    source, _ = add_source("srv", "server")
    arrive(own_home, "srv", [view(str(n), event="" if n % 2 else "A") for n in range(20)])
    health = health_of(own_home, source, datetime.now(UTC))
    assert (health.state, health.refused_24h, health.in_quarantine) == ("errors", 10, 10)
    assert [(s.name, s.version, s.events) for s in health.libraries] == [("x", "1", 10)]
    late = {"batch": [view("late")], "sentAt": "2020-01-01T00:00:00Z"}
    batch = accept(wire.decode(json.dumps(late).encode(), "batch"), sender_of(own_home, "srv"), Request(own_home.log.clock()))  # fmt: skip
    own_home.log.inbox.take(batch)
    assert health_of(own_home, source, datetime.now(UTC)).clock_is_off


# -- metrics


def test_metrics_need_their_token(own_home, nobody: Client, monkeypatch) -> None:
    assert nobody.get("/metrics").status_code == 404
    monkeypatch.setenv("GERN_METRICS_TOKEN", "s3cret")
    assert nobody.get("/metrics", headers={"Authorization": "Bearer wrong"}).status_code == 404
    add_source("web")
    arrive(own_home, "web", [{"type": "page", "anonymousId": "v", "messageId": "1"}, {"type": "track"}])  # fmt: skip
    answer = nobody.get("/metrics", headers={"Authorization": "Bearer s3cret"})
    said = answer.content.decode()
    assert answer["Content-Type"].startswith("text/plain")
    for line in ("gern_inbox_events 1.0", 'gern_events_24h{source="web"} 1.0',
                 'gern_quarantine_items{reason="no_name",source="web"} 1.0', 'gern_jobs{state="failed"} 0.0'):  # fmt: skip
        assert line in said, said
    assert "gern_inbox_age_seconds" in said
