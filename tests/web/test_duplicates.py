"""Duplicates on the web: shown with reasons, joined either way after a preview, taken back; never by
themselves; every place moves along and comes back."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from django.urls import reverse

from gern.kit.erasing import erase_customers
from gern.kit.registry import stores
from gern.kit.shop import current_shop
from gern.rooms.customers.audiences.services import define
from gern.rooms.customers.duplicates.services import (
    look_for_duplicates,
    merge,
    merge_sure,
    preview,
    undo,
)
from gern.rooms.customers.models import DuplicatePair, Task
from gern.rooms.customers.person.services import add_note, give_tag, tags_of
from tests.web.test_customers import TODAY, bought, did, page, said

pytestmark = pytest.mark.django_db


@pytest.fixture
def people(own_home, db):
    """k-1 and x-9 are one; k-2 lives with k-1; k-3 is somebody else."""
    shop = current_shop()
    shop.change_setting("currency", "EUR", "test")
    home = {"address": {"street": "Hauptstraße 5", "city": "Köln", "postalCode": "50667"}}
    shop.log.append([
        said("k-1", firstName="Jörg", lastName="Müller", email="joerg@example.org", phone="+49 171 1234567", **home),
        said("x-9", TODAY - timedelta(days=9), name="Mueller, Joerg", telefon="0171/1234567", Strasse="Hauptstr. 5", PLZ="50667", Ort="Koeln"),
        said("k-2", firstName="Petra", lastName="Müller", phone="+49 171 1234567", **home),
        said("k-3", name="Anna Schmidt", email="anna@example.org"),
        bought("k-1", 40, "tea"), bought("k-1", 20, "tea"), bought("x-9", 5, "cup"), did("x-9", "Call Received", 3),
    ])  # fmt: skip
    add_note("k-1", "likes tea", None)
    add_note("x-9", "likes cups", None)
    give_tag("x-9", "regular", None)
    Task.objects.create(person="x-9", text="call", due=shop.today())
    define(shop, name="Gäste", note="", by=None, people=["x-9"])
    look_for_duplicates(shop)
    return shop


def exports(person: str) -> str:
    """All that the registry gives of somebody."""
    places = [s for s in stores().values() if s.personal and s.subject == "customer" and s.name != "customers.DuplicatePair"]  # fmt: skip
    return json.dumps({s.name: s.exporter(person) for s in places}, default=str, sort_keys=True)


def test_only_who_is_one_is_shown_and_nothing_is_joined_by_itself(people, ben) -> None:
    assert list(DuplicatePair.objects.values_list("one", "other")) == [("k-1", "x-9")]
    html = ben.get(reverse("duplicates")).content.decode()
    assert "same phone number" in html
    assert "k-2" not in html
    assert people.log.person("x-9") == "x-9"
    assert "Compare with x-9" in page(ben, "k-1")


def test_the_preview_says_what_moves_and_changes_nothing(people, ben) -> None:
    before = exports("x-9")
    found = preview(people, "k-1", "x-9")
    assert found.kept.has["purchases"] == 2
    assert (found.gone.has["purchases"], found.gone.has["customers.Note"]) == (1, 1)
    assert found.gone.has["customers.Task"] == found.gone.has["customers.Tagging"] == 1
    html = ben.get(reverse("merging"), {"kept": "k-1", "gone": "x-9"}).content.decode()
    assert "What moves along" in html
    assert "Hauptstr. 5" in html
    other = ben.get(reverse("merging"), {"kept": "x-9", "gone": "k-1"}).content.decode()
    assert "x-9 (is kept)" in other
    assert exports("x-9") == before


@pytest.mark.parametrize(("kept", "gone"), [("k-1", "x-9"), ("x-9", "k-1")])
def test_joined_either_way_and_taken_back_byte_for_byte(people, ben, kept: str, gone: str) -> None:
    before = {person: exports(person) for person in ("k-1", "x-9", "k-2")}
    rows = people.customers(limit=None, sort="customer").rows
    assert ben.post(reverse("merge"), {"kept": kept, "gone": gone}).status_code == 302
    assert people.customer(gone) is None
    assert people.customer(kept)["purchases"] == 3
    html = page(ben, kept)
    assert "likes tea" in html
    assert "likes cups" in html
    assert tags_of([kept, gone])
    assert ben.get(reverse("customer"), {"customer": gone}).status_code == 302
    pair = DuplicatePair.objects.get(state="merged")
    assert (pair.kept, pair.gone) == (kept, gone)
    assert gone in ben.get(reverse("duplicates"), {"state": "merged"}).content.decode()
    ben.post(reverse("duplicate_undo", args=[pair.pk]))
    assert {person: exports(person) for person in ("k-1", "x-9", "k-2")} == before
    assert people.customers(limit=None, sort="customer").rows == rows


def test_kept_apart_is_not_proposed_again(people, ben) -> None:
    pair = DuplicatePair.objects.get()
    ben.post(reverse("duplicate_apart", args=[pair.pk]))
    assert look_for_duplicates(people) == 0
    ben.post(reverse("duplicate_undo", args=[pair.pk]))
    assert DuplicatePair.objects.get().state == "open"


def test_the_sure_ones_at_once_and_each_taken_back(people, ben) -> None:
    pair = DuplicatePair.objects.get()
    assert pair.score >= 100
    ben.post(reverse("merge_sure"), {"pairs": "999"})  # not what the page has shown
    assert people.customer("x-9") is not None
    ben.post(reverse("merge_sure"), {"pairs": f"{pair.pk},x"})
    assert people.customer("x-9") is None  # k-1 bought more often
    assert merge_sure(people, None) == 0
    undo(people, DuplicatePair.objects.get())
    assert people.customer("x-9")["purchases"] == 1
    assert look_for_duplicates(people) == 0  # who was parted by hand stays two
    assert merge_sure(people, None) == 0


def test_kept_apart_stays_so_under_another_name(people) -> None:
    DuplicatePair.objects.update(state="apart")
    people.log.merge("x-9", "k-3")
    look_for_duplicates(people)
    assert not DuplicatePair.objects.filter(state="open", one="k-1", other="k-3").exists()


def test_a_merge_that_was_killed_half_way_is_mended(people) -> None:
    DuplicatePair.objects.update(state="merged", kept="k-1")  # noted, but never done
    assert look_for_duplicates(people) == 1
    assert people.customer("x-9") is not None


def test_bad_orders_say_so_and_change_nothing(people, ben) -> None:
    for kept, gone in (("k-1", "k-1"), ("k-1", "nobody"), ("", "k-1")):
        html = ben.get(reverse("merging"), {"kept": kept, "gone": gone}).content.decode()
        assert 'role="alert"' in html
        ben.post(reverse("merge"), {"kept": kept, "gone": gone})
    merge(people, "k-1", "x-9", None)
    ben.post(reverse("merge"), {"kept": "k-1", "gone": "x-9"})  # pressed twice
    assert DuplicatePair.objects.filter(state="merged").count() == 1
    people.log.split("customer", "x-9")
    response = ben.post(
        reverse("duplicate_undo", args=[DuplicatePair.objects.get().pk]), follow=True
    )
    assert "not joined" in response.content.decode()


def test_the_erased_are_in_no_pair(people) -> None:
    assert erase_customers(["x-9"])["places"]["customers.DuplicatePair"] == 1
    assert not DuplicatePair.objects.exists()
