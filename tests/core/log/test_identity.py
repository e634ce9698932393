"""Who is who: late identification, merging, splitting back; and the rule for conflicts."""

from __future__ import annotations

import pytest

import gern
from gern.core.errors import BadInput
from gern.core.log import compaction


def people(ask):
    return ask("SELECT person, count(*) FROM rows GROUP BY person ORDER BY person")


def test_earlier_events_follow_a_late_identification(shop: gern.Shop, send, ask) -> None:
    send(id="1", visitor="v1")
    shop.log.compact()
    send(id="2", visitor="v1")
    assert people(ask) == [("visitor:v1", 2)]
    send(id="3", kind="identify", visitor="v1", customer="anna")
    assert people(ask) == [("anna", 3)]
    shop.log.compact(fully=True)
    assert people(ask) == [("anna", 3)]
    assert shop.log.stats()["ids_to_rewrite"] == 0
    assert shop.log.check().problems == []


def test_two_devices_become_one_person(send, ask) -> None:
    send(id="1", visitor="phone")
    send(id="2", visitor="laptop")
    send(id="3", kind="identify", visitor="phone", customer="anna")
    send(id="4", kind="identify", visitor="laptop", customer="anna")
    assert people(ask) == [("anna", 4)]


def test_the_first_identification_of_a_device_stays(shop: gern.Shop, send, ask) -> None:
    send(id="1", visitor="shared")
    send(id="2", kind="identify", visitor="shared", customer="anna")
    send(id="3", kind="identify", visitor="shared", customer="ben")
    send(id="4", visitor="shared", customer="ben")
    assert people(ask) == [("anna", 2), ("ben", 2)]  # what was sent as Ben's is Ben's
    shop.log.identify("shared", "ben")  # somebody decides otherwise
    assert people(ask) == [("anna", 1), ("ben", 3)]


def test_merge_and_split_back(shop: gern.Shop, send, ask) -> None:
    for n, customer in enumerate(["anna", "anna2", "anna3"]):
        send(id=str(n), customer=customer)
    send(id="9", kind="identify", visitor="v", customer="anna3")
    send(id="10", visitor="v")
    shop.log.merge("anna3", "anna2")
    shop.log.merge("anna2", "anna")
    assert people(ask) == [("anna", 5)]
    shop.log.compact(fully=True)
    assert people(ask) == [("anna", 5)]
    shop.log.split("customer", "anna2")
    assert people(ask) == [("anna", 1), ("anna2", 4)]
    shop.log.split("customer", "anna3")
    shop.log.compact(fully=True)
    assert people(ask) == [("anna", 1), ("anna2", 1), ("anna3", 3)]
    with pytest.raises(BadInput, match="not joined"):
        shop.log.split("customer", "anna3")
    with pytest.raises(BadInput, match="one person already"):
        shop.log.merge("anna", "anna")


def test_what_was_split_by_hand_is_not_joined_again_by_a_retry(shop, send, ask) -> None:
    send(id="1", kind="identify", visitor="v", customer="anna")
    send(id="2", visitor="v")
    shop.log.split("visitor", "v")
    send(id="1", kind="identify", visitor="v", customer="anna")
    assert people(ask) == [("anna", 1), ("visitor:v", 1)]


def test_imported_lines_follow_a_merge(bring, shop: gern.Shop, ask) -> None:
    bring("order,customer,date,amount\n1,a1,2024-01-01,5\n2,a2,2024-01-02,6\n")
    shop.log.merge("a2", "a1")
    assert ask("SELECT person, sum(balance) FROM orders GROUP BY person") == [("a1", 11)]
    bring("order,customer,date,amount\n3,a2,2024-02-01,7\n", "later.csv")
    assert ask("SELECT person, sum(balance) FROM orders GROUP BY person") == [("a1", 18)]
    assert shop.figure("orders", "2024-01-01", "2024-03-01").value == 3
    assert shop.log.check().problems == []


def test_a_long_chain_of_merges(shop: gern.Shop, send, ask) -> None:
    for n in range(60):
        send(id=str(n), customer=f"c{n}")
    for n in range(59):
        shop.log.merge(f"c{n}", f"c{n + 1}")
    assert people(ask) == [("c59", 60)]
    shop.log.split("customer", "c30")
    assert people(ask) == [("c30", 31), ("c59", 29)]


def test_only_files_with_joined_people_are_rewritten(shop: gern.Shop, send) -> None:
    from tests.core.conftest import NOW

    for month in range(1, 6):
        send(id=str(month), customer=f"c{month}", ts=NOW.replace(month=month))
        shop.log.compact()
    before = {s.file for s in shop.manifest.segments()[1]}
    shop.log.merge("c2", "c1")
    assert compaction.squash(shop.home, shop.manifest) == 1
    assert len(before & {s.file for s in shop.manifest.segments()[1]}) == 4
