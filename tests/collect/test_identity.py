"""Who is who: what sources say, conflicts, decisions, and the catalogue's example of visits."""

from __future__ import annotations

import pytest

import gern
from gern.core.errors import BadInput
from gern.core.log import identifications
from gern.core.log.identifications import decide
from gern.core.log.profile import profile
from gern.rooms.collect.identity import services

VISITS = """
WITH web AS (
  SELECT person, ts, ts > lag(ts) OVER w + INTERVAL 30 MINUTE AS later,
    row_number() OVER w = 1 AS first
  FROM events WHERE channel = 'web' AND traffic IS NULL WINDOW w AS (PARTITION BY person ORDER BY ts)
), numbered AS (
  SELECT person, ts, sum(CASE WHEN later OR first THEN 1 ELSE 0 END)
    OVER (PARTITION BY person ORDER BY ts) AS visit FROM web
), visits AS (
  SELECT person, visit, min(ts) AS begin, max(ts) AS ended, count(*) AS n FROM numbered
  GROUP BY person, visit
), firsts AS (SELECT person, min(begin) AS first FROM visits GROUP BY person)
SELECT count(*) AS visits, count(DISTINCT person) AS visitors,
  count(DISTINCT CASE WHEN first >= $since THEN person END) AS new_visitors,
  sum(CASE WHEN n > 1 THEN epoch_us(ended) - epoch_us(begin) ELSE 0 END) / 1000000 AS seconds,
  sum(CASE WHEN n = 1 THEN 1 ELSE 0 END) AS single
FROM visits JOIN firsts USING (person) WHERE begin >= $since AND begin < $until
"""
"""Visits as the catalogue defines them: gaps of at most 30 minutes, whole on the day they began."""


def page(id: str, at: str, visitor: str, **more):
    return {"type": "page", "messageId": id, "anonymousId": visitor, "timestamp": f"2026-11-{at}Z",
            "context": {"page": {"url": "https://s.example/"}}, **more}  # fmt: skip


def figures(shop: gern.Shop) -> tuple:
    values = {"since": "2026-11-24 00:00:00", "until": "2026-11-25 00:00:00"}
    (row,) = shop.query(VISITS.replace("$since", "CAST($since AS TIMESTAMP)").replace("$until", "CAST($until AS TIMESTAMP)"), values)  # fmt: skip
    return (row["visits"], row["visitors"], row["new_visitors"], row["seconds"], row["single"])


def test_visits_before_and_after_two_devices_become_one_person(take, shop) -> None:
    """Phone: yesterday's first visit and two today; laptop: one today that overlaps."""
    take([
        page("1", "10T08:00:00", "phone"),
        page("2", "24T10:00:00", "phone"), page("3", "24T10:29:00", "phone"),
        page("4", "24T11:00:00", "phone"),
        page("5", "24T10:40:00", "laptop"), page("6", "24T10:50:00", "laptop"),
    ])  # fmt: skip
    # apart: 10:00–10:29, 11:00 (alone), 10:40–10:50; the phone is known since the 10th
    assert figures(shop) == (3, 2, 1, 29 * 60 + 10 * 60, 1)
    take([{"type": "identify", "anonymousId": "phone", "userId": "anna", "messageId": "7",
           "timestamp": "2026-11-24T12:00:00Z"}])  # fmt: skip
    assert figures(shop) == (3, 2, 1, 29 * 60 + 10 * 60, 1)  # known by name, still two people
    take([{"type": "identify", "anonymousId": "laptop", "userId": "anna", "messageId": "8",
           "timestamp": "2026-11-24T12:00:00Z"}])  # fmt: skip
    # one person: 10:00 … 11:00 without a gap over 30 minutes; nobody is new
    assert figures(shop) == (1, 1, 0, 60 * 60, 0)
    shop.log.compact(fully=True)
    assert figures(shop) == (1, 1, 0, 60 * 60, 0)


def test_a_cookieless_visitor_is_new_every_day_and_never_joined(take, shop, rows) -> None:
    for day, daily in (("23", "daily:a"), ("24", "daily:b")):
        item = page(day, f"{day}T10:00:00", "x")
        del item["anonymousId"]
        take([item], believed=False, daily=daily)
    assert figures(shop) == (1, 1, 1, 0, 1)  # the catalogue: for such traffic "new" means nothing
    assert rows("person") == [("visitor:daily:a",), ("visitor:daily:b",)]


def said(shop: gern.Shop, what: str) -> list[tuple]:
    return [(i.visitor, i.customer, i.owner) for i in services.listed(shop, what, "")]


def identify(id: str, visitor: str, customer: str):
    return {"type": "identify", "anonymousId": visitor, "userId": customer, "messageId": id}


def test_the_first_customer_of_a_device_stays_and_the_second_is_shown(take, shop, rows) -> None:
    take([page("0", "24T10:00:00", "tablet"), identify("1", "tablet", "anna"),
          identify("2", "tablet", "ben"), page("3", "24T11:00:00", "tablet", userId="ben")])  # fmt: skip
    assert rows() == [("0", "anna"), ("1", "anna"), ("2", "ben"), ("3", "ben")]
    assert said(shop, "conflict") == [("tablet", "ben", "anna")]
    services.decide(shop, "tablet", "ben", "accepted")
    assert rows() == [("0", "ben"), ("1", "anna"), ("2", "ben"), ("3", "ben")]
    assert said(shop, "conflict") == [("tablet", "anna", "ben")]


def test_a_claim_is_decided_and_the_decision_can_be_changed(take, shop, rows) -> None:
    take([page("1", "24T10:00:00", "v1", userId="anna")], believed=False)
    assert services.counts(shop) == {"open": 1, "accepted": 0, "refused": 0, "conflict": 0}
    services.decide(shop, "v1", "anna", "accepted")
    assert rows() == [("1", "anna")]
    services.decide(shop, "v1", "anna", "refused")
    assert rows() == [("1", "visitor:v1")]
    take([page("2", "24T10:00:00", "v1", userId="anna"), identify("3", "v1", "anna")], believed=False)  # fmt: skip
    assert rows("person", "event_id <> '3'") == [("visitor:v1",), ("visitor:v1",)]
    assert said(shop, "refused") == [("v1", "anna", None)]


def test_a_whole_sources_claims_are_accepted_at_once(take, shop, rows) -> None:
    take([identify(f"{n}", f"v{n}", f"c{n}") for n in range(4)], believed=False)
    take([identify("x", "other", "cx")], believed=False, source="app")
    assert services.accept_all(shop, "web") == 4
    assert rows("person", "source = 'web'") == [(f"c{n}",) for n in range(4)]
    assert said(shop, "open") == [("other", "cx", None)]


def test_an_alias_joins_customers_and_can_be_taken_back(take, shop, rows) -> None:
    take([{"type": "track", "event": "A", "userId": "old", "messageId": "1"}])
    alias = {"type": "alias", "previousId": "old", "userId": "anna", "messageId": "2"}
    take([alias])
    assert rows("person", "event_id = '1'") == [("anna",)]
    assert [(m.customer, m.person, m.by_hand) for m in services.merged(shop, "")] == [("old", "anna", False)]  # fmt: skip
    services.split(shop, "old")
    take([{**alias, "messageId": "3"}])  # said again: what a person decided stays
    assert rows("person", "event_id = '1'") == [("old",)]


def test_aliases_in_a_circle_end(take, shop, rows) -> None:
    take([{"type": "track", "event": "A", "userId": c, "messageId": c} for c in "abc"])
    take([{"type": "alias", "previousId": p, "userId": u, "messageId": f"{p}{u}"}
          for p, u in (("a", "b"), ("b", "c"), ("c", "a"), ("a", "a"))])  # fmt: skip
    assert len({person for (person,) in rows("person", "name = 'A'")}) == 1
    assert shop.log.check().problems == []


def test_erased_people_leave_what_was_said_of_them(take, shop) -> None:
    take([identify("1", "v1", "anna"), identify("2", "v2", "ben")])
    shop.log.erase(["anna"])
    assert said(shop, "all") == [("v2", "ben", "ben")]
    take([identify("1", "v1", "anna")])  # the retry of an old event, clock as then
    with shop.manifest.reading() as db:
        assert [i.customer for i in identifications.list_of(db)] == ["ben"]


def test_deciding_about_nobody_is_refused(take, shop) -> None:
    with pytest.raises(BadInput, match="Nobody has said"), shop.manifest.change() as db:
        decide(db, "nobody", "no one", "accepted")
    assert said(shop, "all") == []


def test_a_flood_of_claims_and_names_is_bounded(take, shop, rows, monkeypatch) -> None:
    monkeypatch.setattr(identifications, "MOST_OPEN", 3)
    monkeypatch.setattr("gern.core.log.inbox.ROOM_SECONDS", -1)
    monkeypatch.setattr("gern.core.log.profile.MOST_KINDS", 3)
    for n in range(6):
        item = {"type": "track", "event": f"E{n}", "properties": {"a": 1}, "messageId": str(n)}
        take([{**item, "anonymousId": f"v{n}", "userId": f"c{n}"}], believed=False)
    assert services.counts(shop)["open"] == 3
    assert len(rows()) == 6
    shop.log.compact()
    assert sum(kind.events for kind in profile(shop.manifest)) == 6
    assert profile(shop.manifest)[0].name == "…"
    with shop.manifest.change(version=False) as db:
        identifications.forget_old(db, 2 * 10**15)
    assert services.counts(shop)["open"] == 0
