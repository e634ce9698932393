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
from PIL import Image

from gern.core.errors import BadInput
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
    found = profile(shop, members, TODAY.date(), ["gender", "nickname"])
    return {one.label.en: (one.value.en.replace("\u00a0", " "), one.n) for one in found}


def test_everything_measured_is_what_plain_python_counts(crowd) -> None:
    shop, facts = crowd
    found = measured(shop, HALF)
    inside = {p: f for p, f in facts.items() if f["city"] == "Köln"}
    ages = sorted(TODAY.year - int(re.search(r"\d{4}", f["born"])[0])
                  - ((TODAY.month, TODAY.day) < (6, 15)) for f in inside.values())  # fmt: skip
    assert found["Age"] == (f"{ages[14]} years; the middle half {ages[7]}–{ages[22]}", 30)
    assert found["Town"] == ("Köln 100 % (all: 50 %)", 30)
    genders, all_genders = (Counter(f["gender"] for f in some.values()) for some in (inside, facts))
    parts = []
    for gender, n in sorted(genders.items(), key=lambda one: (-one[1], one[0])):
        own, every = round(100 * n / 30), round(100 * all_genders[gender] / 60)
        parts.append(f"{gender} {own} %" + ("" if own == every else f" (all: {every} %)"))
    assert found["gender"] == ("; ".join(parts), 30)
    buyers = [f for f in inside.values() if f["orders"]]
    assert found["Bought in twelve months"] == (f"{round(100 * len(buyers) / 30)} %", 30)
    often, often_all = (sorted(f["orders"] for f in some if f["orders"])
                        for some in (inside.values(), facts.values()))  # fmt: skip
    middle = [some[(len(some) - 1) // 2] for some in (often, often_all)]
    assert found["Purchases a year (median)"] == (f"{middle[0]} (all: {middle[1]})", len(often))
    tickets = sum(f["ticket"] for f in inside.values())
    assert found["Had a service request"] == (f"{round(100 * tickets / 30)} %", 30)
    assert found["What it is about"] == ("delivery 100 %", 6)
    groups = Counter(f["group"] for f in buyers)
    assert found["Buys above all"][0].startswith(f"{groups.most_common(1)[0][0]} ")


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
    found = measured(shop)
    assert {label for label, _ in found.items()} <= {"Bought in twelve months"}
    assert found.get("Bought in twelve months", ("0 %", 30)) == ("0 %", 30)


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
    for name in ("Kunde Nr7", "kunde NR7", ""):
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
    image.save(out, kind, exif=exif)
    return SimpleUploadedFile("x.png", out.getvalue())


def test_a_picture_is_made_anew_and_needs_the_word_that_it_shows_nobody(audience, ben) -> None:
    assert ben.post(reverse("persona_new"), form(audience, picture=picture())).status_code == 400
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
        assert ben.post(edit, form(audience, picture=file, nobody="1")).status_code == 400
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
