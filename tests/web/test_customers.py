"""The customers' room: found under whatever they are written, everything of them on one page, tags
for many with undo, notes and tasks; merged and split with all of it; nothing of a neighbour."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from urllib.parse import quote
from zoneinfo import ZoneInfo

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from gern.core.conditions.customer_fields import customer_field
from gern.core.log.event import Event, Line
from gern.core.people.listing import Filter
from gern.kit.erasing import erase_customers
from gern.kit.mail.models import Mail, MailSetup
from gern.kit.shop import current_shop
from gern.rooms.customers.history.services import forget_notes
from gern.rooms.customers.models import (
    CardChange,
    CustomerOwner,
    Note,
    SavedList,
    Tag,
    TagChange,
    Tagging,
    Task,
)
from gern.rooms.customers.person.owners import owner_of
from gern.rooms.customers.tasks.jobs import remind_on

TODAY = datetime.combine(datetime.now(ZoneInfo("Europe/Berlin")).date(), time(10), UTC)
"""Ten o'clock (UTC) of the day it is where the shop is."""


def said(customer: str, at: datetime = TODAY - timedelta(days=400), source: str = "crm", **traits):
    return Event(source=source, id=f"i-{customer}-{at:%j%H}-{source}", name="Identify", kind="identify",
                 customer=customer, ts=at, properties=traits)  # fmt: skip


def bought(customer: str, days_ago: int, *products: str, amount: str = "10"):
    id = f"o-{customer}-{days_ago}"
    return Event(source="shop", id=id, name="Order Completed", customer=customer, order=id, currency="EUR",
                 ts=TODAY - timedelta(days=days_ago),
                 lines=tuple(Line(amount=Decimal(amount), quantity=1, product=p, product_name=p.title()) for p in products))  # fmt: skip


def did(customer: str, name: str, days_ago: float, **properties):
    return Event(source="desk", id=f"{name}-{customer}-{days_ago}", name=name, customer=customer,
                 ts=TODAY - timedelta(days=days_ago), properties=properties or None)  # fmt: skip


@pytest.fixture
def people(own_home):
    """Müller buys tea every ten days and is late; Schmidt has no purchase; Groß lives in Zürich."""
    shop = current_shop()
    shop.change_setting("currency", "EUR", "test")
    shop.log.append([
        said("k-1", firstName="Jörg", lastName="Müller", email="joerg@example.org", phone="+49 (0)171 / 123 45",
             address={"city": "Köln", "postalCode": "50667"}, birthday=f"1980-{TODAY + timedelta(days=3):%m-%d}"),
        said("k-1", at=TODAY - timedelta(days=30), source="shop", email="mueller@example.org"),
        said("k-2", name="Anna Schmidt", Kartennummer="4006 381-3339"),
        said("k-3", name="Zoë Groß", Ort="Zürich", Land="CH"),
        *[bought("k-1", days, "tea", "milk" if days == 60 else "cup") for days in (90, 80, 70, 60, 50)],
        bought("k-3", 5, "cup", amount="500"),
    ])  # fmt: skip
    return shop


def page(client: Client, person: str, **more: str) -> str:
    query = "&".join(f"{k}={quote(v)}" for k, v in {"customer": person, **more}.items())
    response = client.get(f"{reverse('customer')}?{query}")
    assert response.status_code == 200
    return response.content.decode()


def found(client: Client, **query: str) -> list[str]:
    response = client.get(reverse("customers"), query)
    assert response.status_code == 200
    return [row["person"] for row in response.context["found"].rows]


SEARCHES = [
        ("Müller", ["k-1"]), ("mueller", ["k-1"]), ("JÖRG", ["k-1"]), ("joerg müller", ["k-1"]),
        ("0171 12345", ["k-1"]), ("+4917112345", ["k-1"]), ("171-123 45", ["k-1"]),
        ("mueller@example", ["k-1"]), ("joerg@example.org", []), ("koeln", ["k-1"]), ("50667", ["k-1"]),
        ("4006381", ["k-2"]), ("4006 381 3339", ["k-2"]), ("K1", ["k-1"]), ("k-1", ["k-1"]),
        ("gross", ["k-3"]), ("zoe", ["k-3"]), ("Zurich", ["k-3"]), ("Schmitt", ["k-2"]), ("Mueler", ["k-1"]),
        ("anna müller", []), ("' OR 1=1 --", []), ("%", []), ("", ["k-3", "k-1", "k-2"]),
]  # fmt: skip


def test_customers_are_found_however_they_are_written(people, ben) -> None:
    for search, who in SEARCHES:
        assert found(ben, search=search) == who, search


def test_who_is_only_alike_is_said_to_be(people, ben) -> None:
    assert "alike" in ben.get(reverse("customers"), {"search": "Schmitt"}).content.decode()
    assert "alike" not in ben.get(reverse("customers"), {"search": "Schmidt"}).content.decode()


def test_filters_columns_and_orders(people, ben) -> None:
    assert found(ben, purchases="2") == ["k-1"]
    assert found(ben, revenue="100,50") == ["k-3"]
    assert found(ben, value="100,50") == ["k-3"]  # as saved lists called it before
    assert customer_field("value") is customer_field("revenue")
    assert found(ben, since="10") == ["k-3"]
    assert found(ben, silent="10") == ["k-1"]
    assert found(ben, overdue="1") == ["k-1"]
    assert found(ben, country="CH") == ["k-3"]
    assert found(ben, sort="name") == ["k-2", "k-1", "k-3"]
    assert found(ben, sort="customer", page="2") == []
    shown = ben.get(
        reverse("customers"), {"columns": ["email"], "sort": "nonsense", "revenue": "x"}
    )
    text = shown.content.decode()
    assert "mueller@example.org" in text
    assert "Zürich" not in text.split("<tbody>")[1]
    assert "“x” is no number" in text


def test_the_list_is_exported_as_it_is_shown(people, ben) -> None:
    response = ben.get(reverse("customers_export", args=["csv"]), {"columns": ["email", "revenue"], "silent": "10"})  # fmt: skip
    lines = response.content.decode("utf-8-sig").splitlines()
    assert lines == ["Customer,E-mail,Revenue", "k-1,mueller@example.org,100.000000"]
    assert ben.get(reverse("customers_export", args=["pdf"])).status_code == 404


def test_the_page_of_a_customer_tells_what_is_known(people, ben) -> None:
    text = page(ben, "k-1")
    assert "Jörg Müller" in text
    assert 'href="tel:+4917112345"' in text
    assert "mueller@example.org" in text
    assert "1 earlier value" in text
    assert "joerg@example.org" in text
    assert "Zürich" not in text
    assert "Schmidt" not in text
    assert page(ben, "k-2").count("Purchases") >= 1
    assert ben.get(reverse("customer"), {"customer": "k-9"}).status_code == 404
    assert ben.get(reverse("customer")).status_code == 404


def test_the_counter_card(people, ben) -> None:
    shop = people
    shop.log.append([
        did("k-1", "Ticket Opened", 20, ticket="7", subject="Cup broken"),
        did("k-1", "Survey Answered", 10, question="nps", score=3, comment="slow"),
        did("k-1", "Consent Withdrawn", 5, purpose="newsletter", channel="email"),
    ])  # fmt: skip
    lines = {line.about: line for line in shop.counter_card("k-1")}
    assert lines["usual"].text.en == "Tea (5×), Cup (4×)"
    assert lines["due"].text.en.startswith("comes about every 10 days; was expected on")
    assert "40 days ago" in lines["due"].text.en
    assert lines["due"].good is False
    assert "offer" not in lines  # given up: more than three gaps ago
    assert lines["trouble"].text.en.startswith("ticket “Cup broken” of")
    assert "still open" in lines["trouble"].text.en
    assert lines["said"].text.en == "3 of 10: “slow”"
    assert lines["said"].good is False
    assert "birthday" in lines["day"].text.en
    wont = [line.text.en for line in shop.counter_card("k-1") if line.about == "not"]
    assert len(wont) == 2
    assert "newsletter, email" in wont[0]
    assert "while something is open" in wont[1]
    text = page(ben, "k-1")
    assert "Cup broken" in text
    assert "At the counter" in text
    shop.log.append([did("k-1", "Ticket Solved", 1, ticket="7")])
    assert (
        "settled on" in {line.about: line for line in shop.counter_card("k-1")}["trouble"].text.en
    )
    alone = ben.get(reverse("customer_card"), {"customer": "k-1"})
    assert "Tea (5×)" in alone.content.decode()


def test_the_card_claims_nothing_it_cannot_know(people) -> None:
    shop = people

    def trouble() -> list[str]:
        return [line.text.en for line in shop.counter_card("k-2") if line.about == "trouble"]

    shop.log.append([did("k-2", "Ticket Opened", 9), did("k-2", "Ticket Opened", 8), did("k-2", "Ticket Solved", 7)])  # fmt: skip
    (unnumbered,) = trouble()
    assert "open" not in unnumbered
    assert "settled" not in unnumbered
    shop.log.append([
        did("k-2", "Ticket Opened", 6, ticket="17"),
        Event(source="chat", id="c1", name="Ticket Solved", customer="k-2", ts=TODAY, properties={"ticket": "17"}),
    ])  # fmt: skip
    assert "still open" in trouble()[0]  # the other tool's 17 is another
    day = TODAY - timedelta(days=5)
    for id, name in (
        ("b", "Complaint Filed"),
        ("a", "Complaint Settled"),
    ):  # a day only: same instant
        shop.log.append([Event(source="erp", id=id, name=name, customer="k-3", ts=day, properties={"complaint": "1"})])  # fmt: skip
    (settled,) = [line.text.en for line in shop.counter_card("k-3") if line.about == "trouble"]
    assert "settled" in settled
    shop.log.append([did("k-3", "Survey Answered", 1, question="nps", score=97), did("k-3", "Unsubscribed", 1)])  # fmt: skip
    about = [line.about for line in shop.counter_card("k-3")]
    assert "said" not in about
    assert "not" in about
    shop.log.append([said("k-3", birthday="05/06/1980"), said("k-2", at=TODAY, dob=f"1980-{TODAY + timedelta(days=2):%m-%d}")])  # fmt: skip
    assert not [line for line in shop.counter_card("k-3") if "birthday" in line.text.en]
    assert [line for line in shop.counter_card("k-2") if "birthday" in line.text.en]


def test_what_was_cancelled_or_names_no_product_is_counted_rightly(people, tmp_path) -> None:
    day = people.today()
    rows = [f"{n},k-7,{day - timedelta(days=n)},5,tea" for n in range(3)]
    rows += [f"{n},k-7,{day - timedelta(days=n)},5," for n in range(3, 16)]
    path = tmp_path / "p.csv"
    path.write_text("order,customer,date,amount,product\n" + "\n".join(rows))
    people.import_file(path, source="till")
    assert not [line for line in people.counter_card("k-7") if line.about == "usual"]  # 3 of 16


def test_the_list_and_the_card_mean_the_same_day(people, ben, tmp_path) -> None:
    path = tmp_path / "p.csv"
    path.write_text("order,customer,date,amount\n" + "\n".join(f"{n},k-8,2025-10-{day:02},5" for n, day in enumerate((3, 10, 17, 24))))  # fmt: skip
    people.import_file(path, source="till")
    (row,) = people.customers(Filter(search="k-8"), columns=("due",)).rows
    assert row["due"] == date(2025, 10, 31)  # over the end of summer time
    (due,) = [
        line for line in people.counter_card("k-8", date(2025, 10, 30)) if line.about == "due"
    ]
    assert "31 Oct 2025" in due.text.en


def test_odd_things_said_break_nothing(people, ben) -> None:
    shop = people
    shop.log.append([said("k-5", **{"e-mail\\": "x", 'na"me': "y", "e.mail": "z"}),
                     said("k-6", company={"employees": 5}, name=["a", "b"], **{"address.city": "Bonn"}),
                     said("김", name="김민수")])  # fmt: skip
    assert found(ben, search="bonn") == ["k-6"]
    assert shop.customer("k-6")["name"] is None
    assert found(ben, search="김민수") == ["김"]
    assert found(ben, search="Mu\u0308ller") == ["k-1"]
    page(ben, "k-5")
    shop.log.append([Event(source="x", id="odd", name="A", customer="<b>\"'/?&", ts=TODAY)])
    assert "<b>&quot;" not in page(ben, "<b>\"'/?&")
    for query in ({"page": "9" * 4400}, {"tag": "\x00"}, {"columns": ["x"]}, {"revenue": "1e9999"}):
        assert ben.get(reverse("customers"), query).status_code == 200
    assert ben.post(reverse("task_addition"), {"customer": "k-1", "text": "x", "due": "2026-01-01", "owner": "abc"}).status_code == 302  # fmt: skip
    ben.post(reverse("customer_note"), {"customer": "k-1", "text": "a\x00b\nc"})
    assert Note.objects.get().text == "ab\nc"


def test_what_is_due_is_offered_and_nothing_is_invented(people, ben) -> None:
    people.log.append([bought("k-4", days, "soap") for days in (61, 41, 21)])
    (line,) = [one for one in people.counter_card("k-4") if one.about == "offer"]
    assert line.text.en.startswith("Soap: buys it about every 20 days")
    assert people.counter_card("k-2") == []
    assert "stays empty rather than guess" in page(ben, "k-2")


def test_the_time_line_is_filtered_and_goes_back(people, ben) -> None:
    text = page(ben, "k-1", group="purchases")
    assert text.count("timeline-icon") == 5
    day = f"{TODAY - timedelta(days=75):%Y-%m-%d}"
    assert page(ben, "k-1", group="purchases", before=day).count("timeline-icon") == 2
    assert "is no day" in page(ben, "k-1", before="tomorrow")
    order = page(ben, "k-1", order="o-k-1-60", source="shop")
    assert "Milk" in order
    assert "Order o-k-1-60" in order
    people.log.append([did("k-2", "Page Viewed", n / 24) for n in range(130)])
    first = ben.get(reverse("customer"), {"customer": "k-2"})
    assert len(first.context["contacts"]) == 50
    assert first.context["line"].more
    seen = [c.ts for c in first.context["contacts"]]
    while first.context["line"].more:
        first = ben.get(reverse("customer"), {"customer": "k-2", "skip": first.context["older"]})
        seen += [c.ts for c in first.context["contacts"]]
    assert len(seen) == 131  # and what was said of her


def test_events_of_one_instant_are_all_reached(people, ben) -> None:
    for n in range(120):
        people.log.append([Event(source="till", id=f"n{n}", name="Product Viewed", customer="k-2",
                                 ts=TODAY - timedelta(days=1))])  # fmt: skip
    pages = [
        ben.get(reverse("customer"), {"customer": "k-2", "skip": skip}) for skip in (0, 50, 100)
    ]
    assert [len(page.context["contacts"]) for page in pages] == [50, 50, 21]


def test_notes_tags_and_tasks(people, ben, cast) -> None:
    ben.post(reverse("customer_note"), {"customer": "k-1", "text": "likes <b>strong</b> tea"})
    ben.post(reverse("customer_tag"), {"customer": "k-1", "tag": "regular"})
    ben.post(reverse("customer_tag"), {"customer": "k-2", "tag": "Regular"})
    ben.post(reverse("task_addition"), {"customer": "k-1", "text": "call", "due": "2026-01-05", "owner": cast["ben"].pk})  # fmt: skip
    text = page(ben, "k-1")
    assert "likes &lt;b&gt;strong&lt;/b&gt; tea" in text
    assert "regular" in text
    assert "call" in text
    assert Tag.objects.count() == 1
    assert found(ben, tag="regular") == ["k-1", "k-2"]
    assert "call" in ben.get(reverse("tasks")).content.decode()
    task = Task.objects.get()
    ben.post(reverse("task_done", args=[task.pk]))
    assert "call" not in ben.get(reverse("tasks")).content.decode()
    ben.post(reverse("task_addition"), {"customer": "k-1", "text": "no day", "due": ""})
    assert Task.objects.count() == 1
    assert ben.post(reverse("customer_note"), {"customer": "k-9", "text": "x"}).status_code == 404
    ben.post(reverse("customer_note_removal", args=[Note.objects.get().pk]))
    assert not Note.objects.exists()
    ben.post(reverse("customer_tag_removal", args=[Tag.objects.get().pk]), {"customer": "k-1"})
    assert found(ben, tag="regular") == ["k-2"]


def test_a_merge_moves_what_is_written_and_a_split_gives_it_back(people, ben) -> None:
    for person in ("k-1", "k-2"):
        ben.post(reverse("customer_note"), {"customer": person, "text": f"about {person}"})
        ben.post(reverse("customer_tag"), {"customer": person, "tag": person})
    people.log.merge("k-2", "k-1")
    assert ben.get(reverse("customer"), {"customer": "k-2"}).url.endswith("customer=k-1")
    text = page(ben, "k-1")
    assert "about k-1" in text
    assert "about k-2" in text
    assert "Also known as" in text
    assert found(ben, search="4006381") == ["k-1"]
    assert found(ben, tag="k-2") == ["k-1"]
    people.log.split("customer", "k-2")
    assert "about k-2" not in page(ben, "k-1")
    assert "about k-2" in page(ben, "k-2")
    assert found(ben, search="4006381") == ["k-2"]


def test_a_tag_there_is_not_is_nobodys(people, ben) -> None:
    assert found(ben, tag="gone") == []
    assert "There is no tag" in ben.get(reverse("customers"), {"tag": "gone"}).content.decode()
    ben.post(reverse("customers_tag"), {"query": "tag=gone", "tag": "new"})
    assert not Tagging.objects.exists()
    ben.post(reverse("customers_tag"), {"query": "", "tag": "typo", "how": "take"})
    assert not Tag.objects.filter(name="typo").exists()


def test_a_tag_is_taken_also_from_who_was_merged(people, ben) -> None:
    ben.post(reverse("customer_tag"), {"customer": "k-1", "tag": "summer"})
    people.log.merge("k-1", "k-3")
    ben.post(reverse("customers_tag"), {"query": "", "tag": "summer", "how": "take"})
    assert not Tagging.objects.exists()
    ben.post(reverse("tag_change_undo", args=[TagChange.objects.get().pk]))
    assert Tagging.objects.get().person == "k-1"


def test_what_a_live_search_shows_is_what_is_exported(people, ben, anna) -> None:
    fragment = ben.get(reverse("customers"), {"search": "zoe"}, headers={"hx-request": "true"})
    text = fragment.content.decode()
    assert "<html" not in text
    assert "export.csv?search=zoe" in text
    assert 'value="search=zoe"' in text
    back = {"hx-request": "true", "hx-history-restore-request": "true"}
    assert "<html" in ben.get(reverse("customers"), headers=back).content.decode()
    ben.post(reverse("customers_tag"), {"query": "", "tag": "all"})
    assert (
        anna.post(reverse("tag_change_undo", args=[TagChange.objects.get().pk])).status_code == 404
    )


def test_a_note_finds_who_was_merged_meanwhile(people, ben) -> None:
    people.log.merge("k-2", "k-1")
    ben.post(reverse("customer_note"), {"customer": "k-2", "text": "x"})
    assert Note.objects.get().person == "k-1"
    assert ben.get(reverse("customer_card"), {"customer": "k-2"}).status_code == 302


def test_viewers_own_no_tasks(people, ben, cast) -> None:
    ben.post(reverse("task_addition"), {"customer": "k-1", "text": "x", "due": "2026-01-01", "owner": cast["cem"].pk})  # fmt: skip
    assert Task.objects.get().owner == cast["ben"]


def test_a_customer_of_another_currency_has_a_page(people, ben) -> None:
    people.change_setting("currency", "USD", "test")
    assert page(ben, "k-3")


def test_a_tag_for_everybody_found_and_back(people, ben, anna) -> None:
    ben.post(reverse("customer_tag"), {"customer": "k-1", "tag": "summer"})
    preview = ben.get(reverse("customers_tagging"), {"purchases": "1"}).content.decode()
    assert "2 customers fit the list" in preview
    assert not TagChange.objects.exists()
    ben.post(reverse("customers_tag"), {"query": "purchases=1", "tag": "summer"})
    assert found(ben, tag="summer", sort="customer") == ["k-1", "k-3"]
    change = TagChange.objects.get()
    assert [row.person for row in change.rows.all()] == ["k-3"]
    ben.post(reverse("tag_change_undo", args=[change.pk]))
    ben.post(reverse("tag_change_undo", args=[change.pk]))  # twice is once
    assert found(ben, tag="summer") == ["k-1"]
    ben.post(reverse("customers_tag"), {"query": "", "tag": "summer", "how": "take"})
    assert not Tagging.objects.exists()
    ben.post(reverse("customers_tag"), {"query": "search=Schmitt", "tag": "alike"})
    assert not Tagging.objects.exists()  # found by likeness only


def test_what_was_changed_of_a_customer_is_told_and_undone(people, ben, anna, cast) -> None:
    def rows() -> list[tuple[str, str, str, str]]:
        return [(c.what, c.before, c.after, c.by.email) for c in CardChange.objects.all()]

    def undo(nth: int, user=ben) -> int:
        change = CardChange.objects.all()[nth]
        return user.post(reverse("card_change_undo", args=[change.pk])).status_code

    of = {"customer": "k-1"}
    anna.post(reverse("customer_tag"), {**of, "tag": "summer"})
    anna.post(reverse("customer_tag"), {**of, "tag": "summer"})  # no change
    assert rows() == [("tag", "", "summer", "anna@example.org")]
    assert undo(0) == 302
    assert not Tagging.objects.exists()
    assert rows()[0] == ("tag", "summer", "", "ben@example.org")
    undo(0)
    assert Tagging.objects.get().tag.name == "summer"
    undo(2)  # was undone already: nothing
    assert (Tagging.objects.count(), CardChange.objects.count()) == (1, 3)

    one, other = str(cast["ben"].pk), str(cast["anna"].pk)
    ben.post(reverse("customer_owner"), {**of, "user": one})
    ben.post(reverse("customer_owner"), {**of, "user": other})
    ben.post(reverse("customer_owner"), {**of, "user": other})  # no change
    assert rows()[:2] == [("owner", one, other, "ben@example.org"), ("owner", "", one, "ben@example.org")]  # fmt: skip
    undo(0)
    assert CustomerOwner.objects.get().user == cast["ben"]
    shown = page(ben, "k-1")
    assert "<del>anna@example.org</del> → <ins>ben@example.org</ins>" in shown
    undo(2)
    assert not CustomerOwner.objects.exists()

    ben.post(reverse("customer_note"), {**of, "text": "likes <b>tea</b>"})
    anna.post(reverse("customer_note_removal", args=[Note.objects.get().pk]))
    assert not Note.objects.exists()
    assert "<del>likes &lt;b&gt;tea&lt;/b&gt;</del>" in page(ben, "k-1")
    undo(0)
    assert Note.objects.get().text == "likes <b>tea</b>"


def test_one_who_was_two_has_one_owner_again(people, ben, cast) -> None:
    for person, user in (("k-1", "ben"), ("k-3", "anna")):
        ben.post(reverse("customer_owner"), {"customer": person, "user": cast[user].pk})
    people.log.merge("k-3", "k-1")
    now = owner_of(["k-1", "k-3"])
    ben.post(reverse("customer_owner"), {"customer": "k-1", "user": now.pk})
    assert CustomerOwner.objects.get().user == now
    assert CardChange.objects.count() == 2  # nothing changed for those who look


def test_an_older_change_of_owner_does_not_take_the_newer_back(people, ben, cast) -> None:
    for user in ("ben", "anna"):
        ben.post(reverse("customer_owner"), {"customer": "k-1", "user": cast[user].pk})
    first = CardChange.objects.last()
    ben.post(reverse("card_change_undo", args=[first.pk]))
    assert CustomerOwner.objects.get().user == cast["anna"]
    assert not CardChange.objects.get(pk=first.pk).undone


def test_a_note_comes_back_as_it_was(people, ben, anna, cast) -> None:
    anna.post(reverse("customer_note"), {"customer": "k-1", "text": "tea"})
    then = timezone.now() - timedelta(days=100)
    Note.objects.update(created=then)
    ben.post(reverse("customer_note_removal", args=[Note.objects.get().pk]))
    ben.post(reverse("card_change_undo", args=[CardChange.objects.get().pk]))
    note = Note.objects.get()
    assert (note.text, note.by, note.created) == ("tea", cast["anna"], then)


def test_a_removed_note_is_forgotten_after_30_days(people, ben) -> None:
    for text in ("old", "new"):
        ben.post(reverse("customer_note"), {"customer": "k-1", "text": text})
        ben.post(reverse("customer_note_removal", args=[Note.objects.get().pk]))
    ben.post(reverse("customer_tag"), {"customer": "k-1", "tag": "old"})
    before = timezone.now() - timedelta(days=31)
    CardChange.objects.exclude(before="new").update(created=before)
    assert forget_notes() == 1
    assert set(CardChange.objects.values_list("what", "before")) == {("note", "new"), ("tag", "")}


def test_a_tag_for_many_is_in_the_history_of_each(people, ben) -> None:
    ben.post(reverse("customers_tag"), {"query": "purchases=1", "tag": "summer"})
    assert CardChange.objects.count() == 2
    ben.post(reverse("card_change_undo", args=[CardChange.objects.get(person="k-1").pk]))
    assert [t.person for t in Tagging.objects.all()] == ["k-3"]
    ben.post(reverse("customer_tag"), {"customer": "k-1", "tag": "summer"})
    ben.post(reverse("tag_change_undo", args=[TagChange.objects.get().pk]))
    assert [t.person for t in Tagging.objects.all()] == ["k-1"]  # given by hand since


def test_a_saved_list_keeps_no_name_and_belongs_to_somebody(people, ben, anna) -> None:
    ben.post(reverse("list_save"), {"name": "Late", "query": "search=Müller&overdue=1&page=3"})
    assert SavedList.objects.get().query == "overdue=1"
    assert "Late" in ben.get(reverse("customers")).content.decode()
    assert "Late" not in anna.get(reverse("customers")).content.decode()
    assert anna.post(reverse("list_removal", args=[SavedList.objects.get().pk])).status_code == 404
    ben.post(reverse("list_save"), {"name": "All late", "query": "overdue=1", "shared": "1"})
    assert "All late" in anna.get(reverse("customers")).content.decode()
    ben.post(reverse("list_removal", args=[SavedList.objects.get(name="Late").pk]))
    assert SavedList.objects.count() == 1


def test_whose_task_is_due_is_told_once_a_day(people, ben, cast) -> None:
    day = people.today()
    for text, due in (("late", day - timedelta(days=3)), ("today", day), ("later", day + timedelta(days=1))):  # fmt: skip
        Task.objects.create(person="k-1", text=text, due=due, owner=cast["ben"])
    assert remind_on(day) == 0  # no way for mails
    MailSetup.objects.create(pk=1, sender="shop@example.org", host="localhost")
    assert remind_on(day) == 1
    assert remind_on(day) == 0
    letter = Mail.objects.get().letter
    assert letter.subject == "2 tasks are due"
    assert "- late\n- today" in letter.text
    assert "k-1" not in letter.text
    assert "Müller" not in letter.text


@pytest.mark.django_db(transaction=True)
def test_an_erased_customer_leaves_nothing_here(people, ben, cast) -> None:
    for person in ("k-1", "k-2"):
        ben.post(reverse("customer_note"), {"customer": person, "text": f"about {person}"})
        ben.post(
            reverse("task_addition"), {"customer": person, "text": "call", "due": "2026-01-05"}
        )
    ben.post(reverse("customers_tag"), {"query": "", "tag": "all"})
    found(ben)
    erase_customers(["k-1"])
    assert found(ben, sort="customer") == ["k-2", "k-3"]
    assert ben.get(reverse("customer"), {"customer": "k-1"}).status_code == 404
    assert set(Note.objects.values_list("person", flat=True)) == {"k-2"}
    assert "k-1" not in Tagging.objects.values_list("person", flat=True)
    assert "k-1" not in CardChange.objects.values_list("person", flat=True)
    assert not [
        p for p in people.home.cache.glob("**/*") if p.is_file() and b"ller" in p.read_bytes()
    ]


def test_an_empty_shop_says_what_to_do(own_home, ben) -> None:
    assert "Nobody is known yet" in ben.get(reverse("customers")).content.decode()
    assert found(ben, search="x") == []


def test_who_is_about_to_leave_is_named_with_a_reason(people, ben) -> None:
    people.change_setting("window_days", 60, "test")
    html = ben.get(reverse("leaving")).content.decode()
    for text in ("Jörg Müller", "comes about every 10 days, 40 days late", "+49 (0)171 / 123 45"):
        assert text in html
    assert "Zoë" not in html  # bought five days ago
