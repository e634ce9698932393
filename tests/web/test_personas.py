"""Personas: what is measured of an audience, what is assumed; nobody real in it; one page as files."""

from __future__ import annotations

import io
import re
from collections import Counter
from dataclasses import replace
from datetime import timedelta
from random import Random

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from PIL import Image, PngImagePlugin

from gern.core.errors import BadInput
from gern.core.log.event import Event
from gern.core.people.listing import Subset
from gern.core.people.profile import LEAST, LEAST_MEMBERS, profile
from gern.kit.erasing import erase_customers
from gern.kit.shop import current_shop
from gern.kit.typeset import wrapped
from gern.rooms.customers.audiences.services import define, remove
from gern.rooms.customers.models import Persona, Statement
from gern.rooms.customers.personas.jobs import measure_old
from gern.rooms.customers.personas.page import Block, Line, Page, as_file, as_svg
from gern.rooms.customers.personas.portrait import LOOKS, drawn, look_of
from gern.rooms.customers.personas.services import measure
from tests.web.test_customers import TODAY, bought, did, said

EVERYBODY = Subset("SELECT person FROM customers")
HALF = Subset("SELECT person FROM customers WHERE city = 'Köln'")


def born(n: int) -> str:
    return f"{1950 + n}-06-15" if n % 2 else f"15.06.{1950 + n}"


@pytest.fixture
def crowd(own_home):
    """60 customers: every second one in Köln; what they said and did drawn from one dice."""
    shop, dice = current_shop(), Random(5)
    shop.change_setting("currency", "EUR", "test")
    events, facts = [], {}
    for n in range(60):
        person = f"p-{n}"
        facts[person] = {
            "city": "Köln" if n % 2 else "Bonn", "gender": dice.choice("mwd"), "born": born(n),
            "group": dice.choice(["tea", "coffee"]), "orders": dice.randrange(4), "ticket": n % 5 == 0,
        }  # fmt: skip
        one = facts[person]
        events.append(said(person, name=f"Kunde Nr{n}", Ort=one["city"], gender=one["gender"],
                           birthday=one["born"], nickname=f"nick{n}"))  # fmt: skip
        for k in range(one["orders"]):
            order = bought(person, 10 + 30 * k + n % 7, "cup")
            lines = tuple(replace(line, product_group=one["group"]) for line in order.lines)
            events.append(replace(order, lines=lines))
        if one["ticket"]:
            events.append(did(person, "Ticket Opened", 3, topic="delivery"))
    shop.log.append(events)
    return shop, facts


def measured(shop, members: Subset = EVERYBODY) -> dict[str, tuple[str, int]]:
    found = profile(shop, members, TODAY.date(), ["gender", "nickname"]).lines
    return {one.label.en: (one.value.en.replace("\u00a0", " "), one.n) for one in found}


def shown(n: int, known: int, n_all: int, known_all: int) -> str:
    """As `profile.asking.share` means it, written anew."""

    def percent(n: int, known: int) -> str:
        if 1 <= known - n <= 4:
            return "nearly all"
        return f"{round(100 * n / known)} %" if known >= 100 else f"{5 * round(20 * n / known)} %"

    own, every = percent(n, known), percent(n_all, known_all)
    few = 1 <= n_all - n <= 4 or 1 <= known_all - n_all <= 4
    return own if own == every or few else f"{own} (all: {every})"


def test_everything_measured_is_what_plain_python_counts(crowd) -> None:
    shop, facts = crowd
    found = measured(shop, HALF)
    inside = {p: f for p, f in facts.items() if f["city"] == "Köln"}
    ages = sorted(TODAY.year - int(re.search(r"\d{4}", f["born"])[0])
                  - ((TODAY.month, TODAY.day) < (6, 15)) for f in inside.values())  # fmt: skip
    assert found["Age"] == (f"{ages[14]} years; the middle half {ages[7]}–{ages[22]}", 30)
    assert found["Town"] == ("Köln 100 % (all: 50 %)", 30)
    genders, all_genders = (Counter(f["gender"] for f in some.values()) for some in (inside, facts))
    parts = [f"{g} {shown(n, 30, all_genders[g], 60)}"
             for g, n in sorted(genders.items(), key=lambda one: (-one[1], one[0])) if n >= 5]  # fmt: skip
    assert found["gender"] == ("; ".join(parts), 30)
    buyers, all_buyers = ([f for f in some.values() if f["orders"]] for some in (inside, facts))
    assert found["Bought in twelve months"] == (shown(len(buyers), 30, len(all_buyers), 60), 30)
    middle = [
        sorted(f["orders"] for f in some)[(len(some) - 1) // 2] for some in (buyers, all_buyers)
    ]
    assert found["Purchases a year (median)"] == (f"{middle[0]} (all: {middle[1]})", len(buyers))
    assert found["Basket (median, EUR)"] == ("10 (all: 10)", len(buyers))
    tickets, all_tickets = (sum(f["ticket"] for f in some.values()) for some in (inside, facts))
    assert found["Had a service request"] == (shown(tickets, 30, all_tickets, 60), 30)
    assert found["What it is about"] == ("delivery 100 %", 6)
    groups, all_groups = (Counter(f["group"] for f in some) for some in (buyers, all_buyers))
    (top, n), *_ = sorted(groups.items(), key=lambda one: (-one[1], one[0]))
    assert found["Buys above all"][0].startswith(
        f"{top} {shown(n, len(buyers), all_groups[top], len(all_buyers))}"
    )


def test_one_big_buyer_is_not_told_of(crowd) -> None:
    """Their own hours, baskets and revenue stay theirs."""
    shop, _ = crowd
    night = (TODAY - timedelta(days=9)).replace(hour=1)
    shop.log.append([
        replace(bought("p-1", 5, "gold", amount="90000"), id=f"n{n}", order=f"n{n}",
                ts=night - timedelta(weeks=n)) for n in range(45)
    ])  # fmt: skip
    after = measured(shop, HALF)
    for label in (
        "Basket (median, EUR)",
        "Revenue a year (median, EUR)",
        "Time of day of purchases",
        "Buys most often",
    ):
        assert "night" not in after.get(label, ("", 0))[0]
        assert "90" not in after.get(label, ("", 0))[0]
    assert "gold" not in " ".join(value for value, _ in after.values())


def test_fees_are_nothing_they_buy(crowd) -> None:
    shop, _ = crowd
    assert "Cup" in measured(shop)["Most frequent products"][0]
    shop.change_setting("fees", ["cup"], "test")
    found = measured(shop)
    assert "Most frequent products" not in found
    assert "Buys above all" not in found


@pytest.mark.parametrize(
    ("n", "said"), [(20, "100"), (19, "nearly all"), (16, "nearly all"), (15, "75"), (5, "25")]
)
def test_all_but_a_few_are_not_told_of(own_home, ben, n: int, said: str) -> None:
    shop = current_shop()
    shop.log.append([  # a trait that n of 20 have, and that is said of everybody
        Event(source="s", id=f"i{k}", name="Identify", kind="identify", customer=f"r-{k}", ts=TODAY,
              properties={"health": "good" if k < n else f"h{k}"}) for k in range(20)
    ])  # fmt: skip
    value = {
        m.label.en: m.value.en
        for m in profile(shop, EVERYBODY, TODAY.date() + timedelta(days=1), ["health"]).lines
    }
    assert said in value["health"]


def test_nobody_can_be_recognised(crowd) -> None:
    shop, _ = crowd
    values = " ".join(value for value, _ in measured(shop).values())
    assert "nick" not in values  # a value of one person each
    assert "Kunde" not in values
    shop.log.append([said(f"p-{n}", at=TODAY - timedelta(days=1), Ort="Trier") for n in range(LEAST - 1)])  # fmt: skip
    assert "Trier" not in measured(shop)["Town"][0]
    few = Subset(f"SELECT unnest({[f'p-{n}' for n in range(LEAST_MEMBERS - 1)]}) AS person")
    with pytest.raises(BadInput, match="20 customers or more"):
        profile(shop, few, TODAY.date())


def test_an_audience_that_did_nothing_has_nothing_made_up(own_home, ben) -> None:
    shop = current_shop()
    shop.log.append([said(f"q-{n}") for n in range(30)])
    assert measured(shop) == {}


@pytest.fixture
def audience(crowd, ben):
    shop, _ = crowd
    return define(shop, name="Alle", note="", by=None, people=[f"p-{n}" for n in range(60)])


def form(audience, **more: object) -> dict[str, object]:
    return {"name": "Rosa Laden", "audience": audience.pk, "kind": "b2c", "quote": "Bei euch gern",
            "character": "S", "hair": "bun", "glasses": "yes", **more}  # fmt: skip


def test_drawn_measured_filled_and_printed(audience, ben, cem) -> None:
    response = ben.post(reverse("persona_new"), form(audience))
    one = Persona.objects.get()
    assert response["Location"] == reverse("persona", args=[one.pk])
    assert one.measured_of == 60
    assert one.look["hair"] == "bun"
    ben.post(reverse("persona_statement", args=[one.pk]),
             {"section": "goals", "text": "Will Zeit sparen", "source": "8 Gespräche"})  # fmt: skip
    html = cem.get(reverse("persona", args=[one.pk])).content.decode()  # a viewer may read it
    for text in (
        "Rosa Laden",
        "Will Zeit sparen",
        "8 Gespräche",
        "measured, n = 60",
        "assumed",
        "steady",
    ):
        assert text in html
    assert "Add an assumption" not in html
    pdf = cem.get(reverse("persona_file", args=[one.pk, "pdf"])).content
    assert pdf.startswith(b"%PDF")
    assert pdf.count(b"/Type /Page\n") + pdf.count(b"/Type /Page/") + pdf.count(b"/Type/Page/") <= 1
    png = Image.open(io.BytesIO(cem.get(reverse("persona_file", args=[one.pk, "png"])).content))
    assert (png.format, png.width) == ("PNG", 1588)
    assert cem.get(reverse("persona_file", args=[one.pk, "exe"])).status_code == 404
    statement = Statement.objects.get()
    ben.post(reverse("persona_statement_removal", args=[statement.pk]))
    assert not Statement.objects.exists()


def test_it_names_nobody(audience, ben) -> None:
    current_shop().log.append([
        said("x-1", name="Dr. Anna Klein"), said("x-2", name="Müller, Jürgen"), said("x-3", name="Eva  Lang"),
        said("x-4", firstName="Hans-Peter", lastName="Maier"), said("x-5", company="Blumen Huber GmbH"),
        said("K-1234", name="Sean O'Brien", phone="0171 2345678"),
    ])  # fmt: skip
    for name in ("Anna Klein", "Jürgen Müller", "Mueller Juergen", "Eva Lang", "Hans Peter Maier",
                 "Blumen Huber", "Sean O’Brien", "Jurgen Muller", "wie K1234 eben", "Ruf 0171/234 56 78 an"):  # fmt: skip
        assert ben.post(reverse("persona_new"), form(audience, name=name)).status_code == 400, name
    for name in ("Kunde Nr7", "kunde NR7", "Nr7 Kunde", ""):
        response = ben.post(reverse("persona_new"), form(audience, name=name))
        assert response.status_code == 400
    ben.post(reverse("persona_new"), form(audience))
    assert ben.post(reverse("persona_new"), form(audience, name="ROSA LADEN")).status_code == 400
    one = Persona.objects.get()
    for text in ("so wie Kunde Nr8, nur jünger", "mail an a@example.org", "  "):
        ben.post(reverse("persona_statement", args=[one.pk]), {"section": "goals", "text": text})
    ben.post(reverse("persona_statement", args=[one.pk]), {"section": "nowhere", "text": "x"})
    assert not Statement.objects.exists()


def picture(kind: str = "PNG", size: tuple[int, int] = (640, 300)) -> SimpleUploadedFile:
    out = io.BytesIO()
    image = Image.new("RGB", size, "#228844")
    exif = image.getexif()
    exif[0x010E] = "Anna at home"
    notes = PngImagePlugin.PngInfo()
    notes.add_text("comment", "Anna at home")
    image.save(out, kind, exif=exif, pnginfo=notes)
    return SimpleUploadedFile("x.png", out.getvalue())


def test_a_picture_is_made_anew_and_needs_the_word_that_it_shows_nobody(audience, ben) -> None:
    assert ben.post(reverse("persona_new"), form(audience, picture=picture())).status_code == 400
    broken = SimpleUploadedFile("x.png", b"\x89PNG\r\n\x1a\nbroken")
    assert (
        ben.post(reverse("persona_new"), form(audience, picture=broken, nobody="1")).status_code
        == 400
    )
    assert ben.post(reverse("persona_new"), {**form(audience), "audience": "0"}).status_code == 400
    assert not Persona.objects.exists()
    ben.post(reverse("persona_new"), form(audience, picture=picture(), nobody="1"))
    one = Persona.objects.get()
    given = ben.get(reverse("persona_picture", args=[one.pk]))
    assert given["Content-Disposition"] == "attachment"
    image = Image.open(io.BytesIO(given.content))
    assert (image.format, image.size) == ("JPEG", (480, 480))
    assert b"Anna at home" not in given.content
    assert ben.get(reverse("persona_file", args=[one.pk, "png"])).status_code == 200
    edit = reverse("persona_edit", args=[one.pk])
    for bad in (b"<svg/>", b"", b"\x89PNG\r\n\x1a\nbroken", b"GIF89a"):
        file = SimpleUploadedFile("x.png", bad) if bad else SimpleUploadedFile("x.png", b" ")
        assert (
            ben.post(edit, form(audience, name="Other", picture=file, nobody="1")).status_code
            == 400
        )
        assert Persona.objects.get().name == "Rosa Laden"  # nothing was changed
    ben.post(edit, form(audience, drawn="1"))
    assert Persona.objects.get().picture is None
    assert ben.get(reverse("persona_picture", args=[one.pk])).status_code == 404


def test_it_outlives_its_audience_and_says_so(audience, ben) -> None:
    ben.post(reverse("persona_new"), form(audience))
    remove(current_shop(), audience)
    one = Persona.objects.get()
    assert one.audience is None
    assert one.measured  # what was measured then
    ben.post(reverse("persona_measure", args=[one.pk]))
    one.refresh_from_db()
    assert one.measured
    assert one.problem in ben.get(reverse("persona", args=[one.pk])).content.decode()
    assert "Zielgruppe" in one.problem


def test_it_is_measured_anew_when_it_is_old(audience, ben) -> None:
    ben.post(reverse("persona_new"), form(audience))
    one = Persona.objects.get()
    measure_old.call()
    assert Persona.objects.get().measured_at == one.measured_at
    Persona.objects.update(measured_at=one.measured_at - timedelta(days=8), measured=[])
    measure_old.call()
    assert Persona.objects.get().measured == one.measured
    long_ago = one.created - timedelta(hours=1)
    Persona.objects.update(measured_at=None, measured=[], created=long_ago)  # the first one died
    measure_old.call()
    assert Persona.objects.get().measured == one.measured


def test_a_measuring_that_comes_late_changes_nothing(audience, ben) -> None:
    """The audience was changed, or the persona removed, while it was measured."""
    ben.post(reverse("persona_new"), form(audience))
    shop, stale = current_shop(), Persona.objects.get()
    other = define(shop, name="Halb", note="", by=None, people=[f"p-{n}" for n in range(30)])
    ben.post(reverse("persona_edit", args=[stale.pk]), form(other))
    now = Persona.objects.get()
    assert now.measured_of == 30
    measure(shop, stale)
    assert Persona.objects.get().measured_of == 30
    Persona.objects.all().delete()
    measure(shop, stale)
    assert not Persona.objects.exists()


def test_a_customer_who_comes_later_is_noticed(audience, ben) -> None:
    ben.post(reverse("persona_new"), form(audience))
    one = Persona.objects.get()
    current_shop().log.append([said("late", name="Rosa Laden")])
    measure(current_shop(), one)
    one.refresh_from_db()
    assert "Rosa Laden" in one.problem
    assert one.measured == []


def test_what_cannot_be_printed_breaks_no_page(audience, ben, cem) -> None:
    current_shop().log.append([
        said(f"p-{n}", at=TODAY - timedelta(days=2), Ort="K\x0boeln\uffff") for n in range(40)
    ])  # fmt: skip
    ben.post(reverse("persona_new"), form(audience))
    pk = Persona.objects.get().pk
    for kind in ("pdf", "png"):
        assert cem.get(reverse("persona_file", args=[pk, kind])).status_code == 200


def test_erasing_everybody_leaves_too_few(audience, ben) -> None:
    ben.post(reverse("persona_new"), form(audience))
    erase_customers([f"p-{n}" for n in range(50)])
    one = Persona.objects.get()
    ben.post(reverse("persona_measure", args=[one.pk]))
    one.refresh_from_db()
    assert one.measured == []
    assert "20" in one.problem


def test_every_look_can_be_drawn(ben) -> None:
    for key, (_name, choices) in LOOKS.items():
        for choice in choices:
            assert drawn({key: choice}).startswith("<rect")
    assert look_of({"hair": '"/><script>'}) == look_of({})
    assert ben.get(reverse("persona_portrait"), {"hair": "<script>"}).status_code == 200


LONG = [Block(f"Abschnitt {n}", [Line("Wörter " * 30, "angenommen", False)] * 4) for n in range(12)]


def test_one_page_stays_one_and_says_what_it_leaves_out() -> None:
    page = Page("<b>&", "„“", ["x"], drawn({}), LONG, "foot")
    svg = as_svg(page)
    assert "&lt;b&gt;&amp;" in svg
    shown = svg.count('r="2.6"')
    left = int(re.search(r"(\d+) statements are only", svg)[1])
    assert shown + left == 48
    places = [float(y) for y in re.findall(r'<text x="[\d.]+" y="([\d.]+)"', svg)]
    assert max(places) <= 1123
    assert as_file(page, "pdf").startswith(b"%PDF")


def test_lines_are_as_wide_as_they_may_be() -> None:
    assert wrapped("", 10, 100) == []
    assert " ".join(wrapped("aa bb cc dd", 10, 40)) == "aa bb cc dd"
    assert "".join(wrapped("x" * 100, 10, 50)) == "x" * 100
