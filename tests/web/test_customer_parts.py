# ruff: noqa: F811 - the fixture of another module
"""What a customer's page knows beside the time line: likes, engagement, statements by hand, files,
and who they have to do with; all of it moves with a merge, and goes with an erasure."""

from __future__ import annotations

import os
import time
from dataclasses import replace
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from gern.core.people.engaged import engagement_of
from gern.core.people.portfolio import period_of
from gern.kit.erasing import erase_customers
from gern.kit.outbox.services import deliver
from gern.kit.shop import current_shop
from gern.rooms.customers.files.services import MOST_BYTES, sweep
from gern.rooms.customers.models import CustomerFile, Relation
from tests.web.test_customers import TODAY, bought, did, people, said  # noqa: F401
from tests.web.test_customers import page as page_of

PDF = b"%PDF-1.7\nan offer"


def page(client: Client, person: str) -> str:
    return page_of(client, person, whole="1")


def sent(client: Client, name: str, content: bytes, person: str = "k-1"):
    return client.post(
        reverse("customer_file"), {"customer": person, "file": SimpleUploadedFile(name, content)}
    )


def told(client: Client, key: str, value: str, person: str = "k-1", other: str = "") -> str:
    post = {"customer": person, "key": key, "value": value, "other_key": other}
    response = client.post(reverse("customer_trait"), post)
    deliver()  # what a commit does
    if response.status_code == 422:
        return response.content.decode()
    return client.get(response["Location"].split("#")[0] + "&whole=1").content.decode()


def likes(person: str) -> list[tuple[str, str]]:
    return [(like.what, like.why.en) for like in current_shop().likes(person, TODAY.date())]


def test_what_they_like_says_why_and_invents_nothing(people, ben) -> None:
    shop = current_shop()
    shop.log.append([
        did("k-2", "Product Reviewed", 4, product_name="Lamp", rating=5),
        did("k-2", "Product Reviewed", 5, product_name="Sofa", rating=2),
        did("k-2", "Product Added to Wishlist", 9, product_name="Rug"),
        did("k-2", "Product Added to Wishlist", 8, product_name="Vase"),
        did("k-2", "Product Removed from Wishlist", 7, product_name="Vase"),
        *[did("k-2", "Product Viewed", days, product_name="Chair") for days in (1, 2, 3)],
        *[did("k-2", "Product Viewed", days, product_name="Desk") for days in (1.1, 2.1)],
        *[did("k-2", "Product Viewed", 80 + days, product_name="Bed") for days in (12, 13, 14)],
        did("k-2", "Product Reviewed", 3, product_name="Mat", rating=1),
        did("k-2", "Product Reviewed", 9, product_name="Mat", rating=5),
        did("k-2", "Product Reviewed", 8, product_name="Tent", rating=80),
        did("k-2", "Product Added to Wishlist", 6, product_name="Pen", product_id="p9"),
        did("k-2", "Product Removed from Wishlist", 5, product_id="p9"),
        said("k-2", at=TODAY - timedelta(days=20), hobbies=["rowing", "chess"], jerseySize="M", dislikes="fish",
             likelihood_to_buy="high", interestRate=3.5, newsletterInterest=False, preferredLanguage="de",
             unlikely="x", favouriteTea="Assam"),
    ])  # fmt: skip
    assert likes("k-2") == [
        ("Assam", "said: favouriteTea"), ("rowing", "said: hobbies"), ("chess", "said: hobbies"), ("Lamp", "rated well (5)"), ("Rug", "on the wish list"),
        ("Chair", "looked at 3 times in 90 days, not bought"),
    ]  # fmt: skip
    html = page(ben, "k-2")
    shown = html[html.index('id="likes-title"') :]
    assert "rowing" in shown[: shown.index("</section>")]
    assert "Sofa" not in shown[: shown.index("</section>")]
    assert likes("k-3") == []
    assert "What they like" not in page(ben, "k-3")


def test_what_was_bought_is_no_longer_wished_for(people, ben) -> None:
    shop = current_shop()
    shop.log.append([
        did("k-3", "Product Added to Wishlist", 20, product_name="Cup"),
        *[did("k-3", "Product Viewed", days, product_name="Cup") for days in (6, 7, 8)],
        did("k-3", "Product Added to Wishlist", 1, product_name="Rug"),
        did("k-3", "Product Added to Wishlist", 500, product_name="Pot"), bought("k-3", 450, "pot"),
        did("k-3", "Product Added to Wishlist", 9, product_name="The cup", product_id="cup"),
    ])  # fmt: skip
    assert likes("k-3") == [("Rug", "on the wish list")]


def test_a_product_group_is_liked_from_three_purchases_on(people, ben) -> None:
    shop = current_shop()
    assert "k-1" in [row["person"] for row in shop.customers().rows]
    assert [what for what, _ in likes("k-1")] == ["Tea", "Cup"]  # no groups were sent
    orders = [bought("k-2", days, "tea") for days in (30, 20, 10)]
    shop.log.append([
        replace(o, lines=tuple(replace(line, product_group="Tee") for line in o.lines)) for o in orders
    ])  # fmt: skip
    assert likes("k-2") == [("Tee", "in 3 of 3 purchases of the last twelve months")]
    shop.change_setting("fees", ["tea"], "test")  # a fee is nothing to like
    assert likes("k-2") == []


def test_engagement_is_that_of_the_figure(people, ben) -> None:
    shop = current_shop()
    shop.log.append([did("k-1", "Complaint Filed", 3), did("k-1", "Email Opened", 2)])
    assert "How engaged they are" in page(ben, "k-1")
    late = ben.get(reverse("customer_part", args=["engagement"]), {"customer": "k-1"})
    assert "How engaged they are" in late.content.decode()
    assert "How engaged they are" not in page_of(ben, "k-1")  # it is fetched
    assert ben.get(reverse("customer_part", args=["likes"]), {"customer": "k-3"}).content == b""
    for id, person in (("engagement", "nobody"), ("nothing", "k-1")):
        assert ben.get(reverse("customer_part", args=[id]), {"customer": person}).status_code == 404
    shop.change_setting("window_days", 60, "test")
    period = period_of(shop.today(), shop.zone)
    levels = [engagement_of(shop, person, shop.today()) for person in ("k-1", "k-2", "k-3")]
    assert [one is None for one in levels] == [False, True, False]  # k-2 has bought nothing
    assert levels[0].negative
    whole = shop.figure("engagement_level", period.start, period.end, now=period.until)
    known = [one.level for one in levels if one]
    assert whole.value == pytest.approx(sum(known) / len(known))
    acts = shop.nine_kinds(period.start, period.end, person="k-1")
    everybody = shop.nine_kinds(period.start, period.end)
    assert 0 < acts.acts < everybody.acts


def test_a_statement_by_hand_has_origin_and_history(people, ben) -> None:
    shop = current_shop()
    html = told(ben, "email", "new@example.org")
    assert "new@example.org" in html
    assert "mueller@example.org" in html
    assert shop.customer("k-1")["email"] == "new@example.org"
    trait = next(t for t in shop.traits("k-1") if t.key == "email")
    assert (trait.now.source, len(trait.history)) == ("gern", 2)
    told(ben, "…", "blue", other="favourite colour")
    assert ("blue", "said: favourite colour") in likes("k-1")
    for key, value, other in (
        ("email", "no address", ""), ("birthday", "31.02.1980", ""), ("birthday", "2180-01-01", ""),
        ("…", "x", ""), ("email", "", ""), ("…", "x", '"$.x'),
    ):  # fmt: skip
        assert "Nothing was changed" in told(ben, key, value, other=other)
    told(ben, "birthday", "31.12.1980")
    assert shop.customer("k-1")["birthday"] == "1980-12-31"


def test_files_are_kept_and_given_back_as_they_were(people, ben) -> None:
    sent(ben, "offer.pdf", PDF)
    file = CustomerFile.objects.get()
    assert (file.person, file.name, file.kind, file.size) == ("k-1", "offer.pdf", "application/pdf", len(PDF))  # fmt: skip
    assert "offer.pdf" in page(ben, "k-1")
    assert "offer.pdf" not in page(ben, "k-2")
    long = ("x" * 300 + ".pdf", PDF), ("unicode.csv", "a;ä".encode("utf-16"))
    for name, content in long:
        sent(ben, name, content)
        kept = CustomerFile.objects.first()
        assert (len(kept.name) <= 200, kept.name[-4:]) == (True, name[-4:])
        ben.post(reverse("customer_file_removal", args=[kept.pk]))
    given = ben.get(reverse("customer_file_content", args=[file.pk]))
    assert b"".join(given.streaming_content) == PDF
    assert given["Content-Disposition"].startswith("attachment")
    assert given["X-Content-Type-Options"] == "nosniff"
    ben.post(reverse("customer_file_removal", args=[file.pk]))
    assert not CustomerFile.objects.exists()
    assert not list(current_shop().home.files.iterdir())


@pytest.mark.parametrize(
    ("name", "content"),
    [("a.html", b"<script>"), ("a.svg", b"<svg/>"), ("a.pdf", b"MZ"), ("a.png", PDF), ("a.exe", b"MZ"),
     ("a.txt", b"a\0b"), ("x" * 300 + ".exe", b"MZ"), ("a.txt", b""), ("a.txt", b"x" * (MOST_BYTES + 1)), ("../../x", b"MZ")],
)  # fmt: skip
def test_what_is_not_kept_is_said(people, ben, name: str, content: bytes) -> None:
    response = sent(ben, name, content)
    assert response.status_code == 422
    said_ = "Nothing was stored" if content else 'role="alert"'
    assert said_ in response.content.decode()
    assert not CustomerFile.objects.exists()
    assert not list(current_shop().home.files.iterdir())


def test_a_file_without_a_customer_is_swept_after_a_day(people, ben) -> None:
    home = current_shop().home
    (home.files / "folder").mkdir()
    for name, age in (("old", 2 * 86400), ("new", 60)):
        (home.files / name).write_bytes(b"x")
        os.utime(home.files / name, (time.time() - age,) * 2)
    assert sweep(current_shop()) == 1
    assert sorted(path.name for path in home.files.iterdir()) == ["folder", "new"]


def related_to(client: Client, person: str) -> str:
    html = page(client, person)
    return html[html.index('id="related"') : html.index("Add somebody")]


def test_relations_are_told_from_both_sides(people, ben) -> None:
    post = {"customer": "k-1", "other": "4006 381-3339", "kind": "firm", "note": "since 2020"}
    ben.post(reverse("customer_relation"), post)
    ben.post(reverse("customer_relation"), post)  # twice is once
    ben.post(
        reverse("customer_relation"), {"customer": "k-2", "other": "k-1", "kind": "contact"}
    )  # the same
    assert Relation.objects.count() == 1
    assert "the firm they work for" in related_to(ben, "k-1")
    assert "Anna Schmidt" in related_to(ben, "k-1")
    assert "works there" in related_to(ben, "k-2")
    assert "Jörg Müller" in related_to(ben, "k-2")
    assert "Anna Schmidt" not in related_to(ben, "k-3")
    for wrong in ({"other": "nobody"}, {"other": "k-1"}, {"other": ""}, {"kind": "enemy"}):
        assert ben.post(reverse("customer_relation"), {**post, **wrong}).status_code == 422
    assert Relation.objects.count() == 1
    pk = Relation.objects.get().pk
    ben.post(reverse("customer_relation_removal", args=[pk]), {"customer": "k-2"})
    assert not Relation.objects.exists()


def test_somebody_is_chosen_by_name(people, ben) -> None:
    current_shop().log.append([said("k-8", name="Anna Schmitt"), said("k-9", name="Anna Vogt")])
    post = {"customer": "k-1", "other": "schmidt", "kind": "friend", "note": "from school"}
    ben.post(reverse("customer_relation"), post)
    assert Relation.objects.get().other == "k-2"  # the only one of that name
    asked = ben.post(reverse("customer_relation"), {**post, "other": "Anna"})
    html = asked.content.decode()
    assert asked.status_code == 422
    assert all(f'name="chosen" value="{person}"' in html for person in ("k-2", "k-8", "k-9"))
    assert 'value="from school"' in html
    assert '<option value="friend" selected>' in html
    ben.post(reverse("customer_relation"), {**post, "other": "Anna", "chosen": "k-9"})
    assert set(Relation.objects.values_list("other", flat=True)) == {"k-2", "k-9"}
    # nearly a name is asked about, never taken
    assert "k-9" in ben.post(reverse("customer_relation"), {**post, "other": "Vogtt"}).content.decode()  # fmt: skip
    assert Relation.objects.count() == 2


def test_a_form_that_is_not_taken_keeps_what_was_written(people, ben) -> None:
    task = {"customer": "k-1", "text": "call <her>", "due": "soon"}
    asked = ben.post(reverse("task_addition"), task)
    assert asked.status_code == 422
    html = asked.content.decode()
    part = html[html.index('id="tasks"') :]
    part = part[: part.index("</section>")]
    assert 'value="call &lt;her&gt;"' in part
    assert 'role="alert"' in part
    assert html.count('role="alert"') == 1
    html = told(ben, "…", "at home", other="what (?)")
    assert 'value="what (?)"' in html
    assert 'value="at home"' in html
    assert sent(ben, "bad.exe", b"MZ").status_code == 422


def test_who_shares_company_or_address_is_proposed(people, ben) -> None:
    shop = current_shop()
    shop.log.append([
        said("f-1", company="Tee GmbH", street="Am Hof 1", postalCode="50667"),
        said("f-2", company="tee gmbh ", name="Eva"),
        said("f-3", name="Kai", street="am hof 1", postalCode="50667"),
        said("f-4", name="Ida", street="Am Hof 1", postalCode="10115"),
    ])  # fmt: skip

    def part(person: str) -> str:
        headers = {"HX-Request": "true"}
        return ben.get(
            reverse("customer_alike"), {"customer": person}, headers=headers
        ).content.decode()

    html = part("f-1")
    assert "Eva" in html
    assert "Kai" in html
    assert "Ida" not in html
    assert "<html" not in html
    assert "<html" in ben.get(reverse("customer_alike"), {"customer": "f-1"}).content.decode()
    ben.post(reverse("customer_relation"), {"customer": "f-1", "other": "f-2", "kind": "contact"})
    assert "Eva" not in part("f-1")
    assert ben.get(reverse("customer_alike"), {"customer": "nobody"}).status_code == 404


def test_files_and_relations_move_with_a_merge_and_back(people, ben) -> None:
    shop = current_shop()
    sent(ben, "offer.pdf", PDF, "k-2")
    ben.post(reverse("customer_relation"), {"customer": "k-2", "other": "k-3", "kind": "friend"})
    shop.log.merge("k-2", "k-1")
    assert "offer.pdf" in page(ben, "k-1")
    assert "Zoë Groß" in related_to(ben, "k-1")
    assert "Anna Schmidt" in related_to(ben, "k-3")  # what both are called now
    shop.log.split("customer", "k-2")
    assert "offer.pdf" not in page(ben, "k-1")
    assert "offer.pdf" in page(ben, "k-2")
    assert "Anna Schmidt" in related_to(ben, "k-3")


def test_an_erasure_takes_files_and_relations(people, ben) -> None:
    sent(ben, "offer.pdf", PDF)
    sent(ben, "other.pdf", PDF, "k-3")
    ben.post(reverse("customer_relation"), {"customer": "k-3", "other": "k-1", "kind": "friend"})
    erase_customers(["k-1"])
    assert [file.name for file in CustomerFile.objects.all()] == ["other.pdf"]
    assert len(list(current_shop().home.files.iterdir())) == 1
    assert not Relation.objects.exists()
