"""The pages of patterns: numbers as the library says them, people behind them, state in the address."""

from __future__ import annotations

import csv
import html
import io
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from urllib.parse import quote

import pytest
from django.urls import reverse

from gern.core.errors import BadInput
from gern.core.figures.periods import add_months
from gern.core.log.event import Event, Line
from gern.kit.shop import current_shop
from gern.rooms.customers.models import Audience, Listed
from gern.rooms.insights.dashboards.content import content
from gern.rooms.insights.dashboards.services import add_pattern, placed
from gern.rooms.insights.models import Dashboard, SavedPattern, Tile
from gern.rooms.insights.patterns.asked import link_of
from gern.rooms.insights.patterns.chart import SPECS
from gern.shell.accounts.models import OwnRole, User
from tests.web.test_customers import said

JANUARY = {"from": "2024-01-01", "to": "2024-03-31"}


@pytest.fixture
def people(own_home):
    """anna buys in January and February, ben in January only; zoe looks and buys a day later, cem looks."""
    shop = current_shop()
    shop.change_setting("currency", "EUR", "test")

    def did(who: str, name: str, day: datetime, **more):
        lines = (Line(amount=Decimal(10), quantity=1),) if "order" in more else ()
        return Event(source="s", id=f"{who}{name}{day:%m%d}", name=name, customer=who, ts=day,
                     channel="web", currency="EUR", lines=lines, **more)  # fmt: skip

    january, february = datetime(2024, 1, 10, 12, tzinfo=UTC), datetime(2024, 2, 10, 12, tzinfo=UTC)
    shop.log.append([
        said("anna", at=january, name="Anna Amsel"), said("ben", at=january, name="Ben Bussard"),
        said("cem", at=january, name="Cem Condor"),
        did("anna", "Order Completed", january, order="1"), did("anna", "Order Completed", february, order="2"),
        did("ben", "Order Completed", january, order="3"),
        did("zoe", "Product Viewed", january), did("zoe", "Order Completed", january + timedelta(days=1), order="4"),
        did("cem", "Product Viewed", january), did("late", "Other", datetime(2024, 4, 5, tzinfo=UTC)),
    ])  # fmt: skip
    return shop


def listed(client, pattern: str) -> str:
    return client.get(f"{reverse('customers')}?pattern={quote(pattern)}").content.decode()


def test_cohorts_open_down_to_the_people(people, ben, cem) -> None:
    text = ben.get(reverse("patterns"), JANUARY).content.decode()
    january = {**JANUARY, "begin": "Order Completed", "back": "Order Completed", "every": "month",
               "mode": "in", "first": "first-ever", "cohort": "2024-01-01"}  # fmt: skip
    back = link_of("cohort", {**{k: january[k] for k in ("begin", "back", "every", "mode", "first", "from", "to", "cohort")}, "k": "1"})  # fmt: skip
    assert f"pattern={quote(back, safe='')}" in text
    assert "33.3" in text
    shown = listed(ben, back)
    assert "Anna Amsel" in shown
    assert "Ben Bussard" not in shown
    assert "came back in step 1" in shown
    gone = listed(ben, link_of("cohort", {**january, "k": "1", "back_or_not": "not"}))
    assert "Ben Bussard" in gone
    assert "Anna Amsel" not in gone
    viewer = cem.get(reverse("patterns"), JANUARY).content.decode()
    assert "pattern=" not in viewer
    assert "33.3" in viewer
    assert cem.get(f"{reverse('customers')}?pattern={quote(back)}").status_code == 403


def test_who_fell_out_becomes_an_audience(people, ben) -> None:
    asked = {**JANUARY, "step1": "Product Viewed", "step2": "Order Completed", "window": "7d"}
    text = ben.get(reverse("funnel"), asked).content.decode()
    assert "50.0" in text
    pattern = link_of("funnel", {**asked, "order": "any", "after": "1"})
    shown = listed(ben, pattern)
    assert "Cem Condor" in shown
    assert "zoe" not in shown
    ben.post(reverse("audience_of_list"), {"query": f"pattern={quote(pattern)}", "name": "Lookers"})
    audience = Audience.objects.get(name="Lookers")
    assert list(Listed.objects.filter(audience=audience).values_list("person", flat=True)) == [
        "cem"
    ]


def test_a_role_that_hides_fields_gets_nobody(people, ben, cast) -> None:
    rooms = {"customers": "editor", "insights": "editor"}
    role = OwnRole.objects.create(name="No money", rooms=rooms, hidden=["revenue"])
    cast["ben"].own_role = role
    cast["ben"].save()
    shown = listed(ben, link_of("funnel", {**JANUARY, "step1": "Product Viewed", "step2": "Order Completed", "after": "1"}))  # fmt: skip
    assert "Cem Condor" not in shown
    assert "rests on what your role does not show" in shown
    page = ben.get(reverse("patterns"), {**JANUARY, "revenue": "1"}).content.decode()
    assert 'name="revenue"' not in page
    head = ben.get(
        reverse("cohorts_export", args=["csv"]), {**JANUARY, "revenue": "1"}
    ).content.decode()
    assert "revenue" not in head.splitlines()[0]


def test_downloads_have_every_number(people, ben) -> None:
    got = ben.get(reverse("cohorts_export", args=["csv"]), {**JANUARY, "revenue": "1"})
    rows = list(csv.DictReader(io.StringIO(got.content.decode("utf-8-sig"))))
    assert [(r["cohort"], r["size"], r["step"], r["came_back"]) for r in rows[:3]] == [
        ("2024-01-01", "3", "0", "3"), ("2024-01-01", "3", "1", "1"), ("2024-01-01", "3", "2", "0"),
    ]  # fmt: skip
    funnel = ben.get(
        reverse("funnel_export", args=["csv"]),
        {**JANUARY, "step1": "Product Viewed", "step2": "Order Completed"},
    )
    rows = list(csv.DictReader(io.StringIO(funnel.content.decode("utf-8-sig"))))
    assert [(r["step"], r["people"], r["median_seconds"]) for r in rows] == [
        ("Product Viewed", "2", ""), ("Order Completed", "1", "86400.0"),
    ]  # fmt: skip
    staying = ben.get(reverse("staying_export", args=["csv"]), JANUARY).content.decode("utf-8-sig")
    assert staying.splitlines()[0] == "group,days,at_risk,left,staying,low,high"
    for name in ("cohorts", "funnel", "staying"):
        asked = {**JANUARY, "step1": "Product Viewed", "step2": "Order Completed"}
        svg = ben.get(reverse("pattern_chart", args=[name, "svg"]), asked)
        assert svg["Content-Type"] == "image/svg+xml", name
        assert svg.content.startswith(b"<svg"), name
    assert ben.get(reverse("pattern_chart", args=["x", "svg"])).status_code == 404
    assert ben.get(reverse("pattern_chart", args=["funnel", "exe"])).status_code == 404


@pytest.mark.parametrize("asked", [
    {"from": "x"}, {"every": "eon", "mode": "?", "first": "'"}, {"begin": "'; DROP TABLE x; --", "back": "<b>"},
    {"every": "day", "from": "2000-01-01", "to": "2024-01-01"}, {"begin": "\x00"},
])  # fmt: skip
def test_nonsense_is_told_and_breaks_nothing(people, ben, asked) -> None:
    for name in ("patterns", "funnel", "staying"):
        steps = {f"step{i}": value for i, value in enumerate(["A", *asked.values()], start=1)}
        answer = ben.get(reverse(name), {**asked, **steps, "window": "9y", "without": "'"})
        assert answer.status_code in (200, 422)
        assert "<b>" not in answer.content.decode()


@pytest.mark.parametrize(
    "pattern",
    [
        "",
        "x",
        "cohort:",
        "cohort:cohort=2024-01-01",
        "funnel:after=9",
        "funnel:after=x&step1=A",
        "cohort:from=2024-01-01&to=2024-03-31&cohort=2024-01-02&k=1",
        "cohort:from=2024-01-01&to=9999-12-31&cohort=2024-01-01",
        "funnel:" + "a&" * 1100,
        "funnel:" + "x" * 30_000,
    ],
)
def test_a_pattern_that_is_none_shows_nobody(people, ben, pattern) -> None:
    shown = ben.get(reverse("customers"), {"pattern": pattern}).content.decode()
    assert ("Anna Amsel" in shown) == (pattern == "")


def test_an_empty_shop_says_what_to_do(own_home, ben) -> None:
    for name in ("patterns", "funnel", "staying"):
        assert reverse("imports") in ben.get(reverse(name)).content.decode(), name


def test_how_long_they_stay(people, ben) -> None:
    people.change_setting("window_days", 40, "test")
    text = ben.get(reverse("staying"), {**JANUARY, "by": "country"}).content.decode()
    assert "Half of the customers are gone after" in text


def test_charts_write_numbers_as_the_reader_does(people, ben, cast) -> None:
    cast["ben"].language = "de"
    cast["ben"].save()
    for name in ("patterns", "funnel", "staying"):
        asked = {**JANUARY, "step1": "Product Viewed", "step2": "Order Completed"}
        text = html.unescape(ben.get(reverse(name), asked).content.decode())
        assert '"decimal": ","' in text, name


@pytest.fixture
def ways_in(people):
    """Anna and Ben hear of it, Ben by hand and without a purchase after; zoe looks at a product."""
    at = datetime(2024, 1, 9, tzinfo=UTC)
    people.log.append([
        Event(source="s", id="m1", name="Email Link Clicked", customer="anna", ts=at),
        Event(source="s", id="m2", name="Contact Noted", customer="cem", ts=at,
              properties={"touchpoint": "poster"}),
    ])  # fmt: skip
    people.change_setting("touchpoints", {"phases": ["hear", "look", "buy"], "points": [
        {"key": "poster", "name": {"de": "Plakat", "en": "Poster"}, "phase": 0},
        {"key": "mail", "name": "Mail", "phase": 0,
         "when": {"type": "compare", "field": "name", "op": "is", "value": "Email Link Clicked"}},
        {"key": "product", "name": "Product page", "phase": 1,
         "when": {"type": "compare", "field": "name", "op": "is", "value": "Product Viewed"}},
    ]}, "test")  # fmt: skip
    return people


def test_moments_as_the_library_says_and_down_to_the_people(ways_in, ben, cem) -> None:
    asked = {**JANUARY, "which": "first", "look_back": "30d", "model": "linear"}
    text = ben.get(reverse("moments"), asked).content.decode()
    found = ways_in.attribution("2024-01-01", "2024-04-01", which="first")
    assert {m.point.key: (m.reached, m.lost) for m in found.moments} == {
        "mail": (1, 0), "product": (1, 1), "poster": (0, 1),
    }  # fmt: skip
    assert "The goal was reached 3 times." in text
    assert "1 of them had no contact before" in text
    about = {"goal": "Order Completed", "which": "first", "look_back": "30d", "model": "linear", "by": "touchpoint",
             "from": "2024-01-01", "to": "2024-03-31"}  # fmt: skip
    link = link_of("moment", {**about, "touchpoint": "mail"})
    assert f"pattern={quote(link, safe='')}" in text
    shown = listed(ben, link)
    assert "Anna Amsel" in shown
    assert "Ben Bussard" not in shown
    lost = listed(ben, link_of("moment", {**about, "touchpoint": "product", "lost": "1"}))
    assert "Cem Condor" in lost
    assert "Anna Amsel" not in lost
    assert "?pattern=" not in cem.get(reverse("moments"), asked).content.decode()
    assert listed(ben, link_of("moment", {**about, "touchpoint": "nowhere"}))  # said, not a crash
    table = ben.get(reverse("moments_export", args=["csv"]), asked).content.decode("utf-8-sig")
    rows = {row["key"]: row for row in csv.DictReader(io.StringIO(table))}
    assert float(rows["mail"]["linear"]) == 1
    assert ben.get(reverse("pattern_chart", args=["moments", "svg"]), asked).status_code == 200
    assert ben.get(reverse("moments"), {**asked, "goal": "Nothing"}).status_code == 200


def test_whatever_people_did_can_be_a_contact(ways_in, ben) -> None:
    asked = {**JANUARY, "which": "first", "look_back": "30d", "by": "event"}
    found = ways_in.attribution("2024-01-01", "2024-04-01", which="first", by="event")
    table = ben.get(reverse("moments_export", args=["csv"]), asked).content.decode("utf-8-sig")
    rows = {row["key"]: row for row in csv.DictReader(io.StringIO(table))}
    assert {m.point.key: str(m.reached) for m in found.moments} == {
        key: row["goals_with"] for key, row in rows.items()
    }
    assert "Product Viewed" in rows
    assert "Order Completed" not in rows
    about = {"goal": "Order Completed", "which": "first", "look_back": "30d", "model": "markov",
             "by": "event", "from": "2024-01-01", "to": "2024-03-31"}  # fmt: skip
    link = link_of("moment", {**about, "touchpoint": "Email Link Clicked"})
    assert f"pattern={quote(link, safe='')}" in ben.get(reverse("moments"), asked).content.decode()
    assert "Anna Amsel" in listed(ben, link)


def test_paths_from_touchpoint_to_touchpoint(ways_in, ben) -> None:
    asked = {**JANUARY, "by": "touchpoint", "gap": "never"}
    text = ben.get(reverse("ways"), asked).content.decode()
    table = ben.get(reverse("ways_export", args=["csv"]), asked).content.decode("utf-8-sig")
    keys = {key for row in csv.DictReader(io.StringIO(table)) for key in row["path"].split(" → ")}
    assert keys <= {point.key for point in ways_in.journey().points}
    assert "mail" in keys
    assert ways_in.journey().named("mail").name.en in text
    wrong = ben.get(reverse("ways"), {**asked, "anchor": "from", "event": "nowhere"})
    assert wrong.status_code == 422
    assert "nowhere" in wrong.content.decode()


def test_touchpoints_by_phase(ways_in, ben) -> None:
    text = ben.get(reverse("touchpoints"), JANUARY).content.decode()
    assert text.index(">Hear</h2>") < text.index(">Look</h2>") < text.index(">Buy</h2>")
    table = ben.get(reverse("phases_export", args=["csv"]), JANUARY).content.decode("utf-8-sig")
    rows = {row["touchpoint"]: row for row in csv.DictReader(io.StringIO(table))}
    assert (rows["poster"]["contacts"], rows["mail"]["people_there"]) == ("1", "1")
    assert (rows["product"]["people"], rows[""]["phase"]) == ("2", "buy")


def test_touchpoints_are_named_changed_and_taken_away(people, ben, cem) -> None:
    usual = [p.key for p in people.journey().points]
    assert usual == ["product", "purchase"]
    page = reverse("touchpoint_new")
    form = {"name_de": "Saal & Plätze", "name_en": "Hall", "phase": "2", "by_hand": "on",
            "events:type": "all"}  # fmt: skip
    assert cem.post(page, form).status_code == 403
    assert ben.post(page, form).status_code == 302
    made = people.journey().named("saal-plaetze")
    assert (made.name.en, made.phase, made.when) == ("Hall", 2, None)
    rule = {**form, "events-0:type": "compare", "events-0:field": "name", "events-0:op": "is",
            "events-0:value": "Order Completed"}  # fmt: skip
    del rule["by_hand"]
    tried = ben.post(page, {**rule, "do": "try"}).content.decode()
    assert '<p class="hero-value">4</p>' in tried
    assert len(people.journey().points) == 3
    edit = reverse("touchpoint", args=["saal-plaetze"])
    assert ben.post(edit, {**rule, "events-0:value": ""}).status_code == 422
    assert ben.post(edit, rule).status_code == 302
    assert people.journey().named("saal-plaetze").when is not None
    assert ben.post(page, rule).status_code == 302  # the same name once more
    assert people.journey().points[-1].key == "saal-plaetze-2"
    ben.post(reverse("touchpoint_place", args=["saal-plaetze"]), {"to": "earlier"})
    assert [p.key for p in people.journey().points] == ["product", "saal-plaetze", "purchase", "saal-plaetze-2"]  # fmt: skip
    ben.post(reverse("touchpoint_removal", args=["purchase"]))
    assert people.journey().named("purchase") is None
    assert ben.post(reverse("touchpoint_removal", args=["purchase"])).status_code == 404
    one = ben.post(reverse("phases_edit"), {"division": "", "names": "only one"})
    assert one.status_code == 422
    assert "only one</textarea>" in one.content.decode()
    assert (
        ben.post(reverse("phases_edit"), {"division": "", "names": "see\nbuy\n"}).status_code == 302
    )
    assert [p.de for p in people.journey().phases] == ["see", "buy"]
    assert max(p.phase for p in people.journey().points) == 1
    people.change_setting("touchpoints", {"phases": [{"de": "hören", "en": "hear"}, "buy"]}, "test")
    ben.post(reverse("phases_edit"), {"division": "", "names": "buy\nhear"})
    assert [(p.de, p.en) for p in people.journey().phases] == [("buy", "buy"), ("hören", "hear")]
    ben.post(reverse("phases_edit"), {"division": "five"})
    assert people.journey().division == "five"
    assert "intent to purchase – conversion" in ben.get(reverse("phases_edit")).content.decode()
    ben.post(reverse("touchpoints_usual"))
    assert [p.key for p in people.journey().points] == usual


def test_a_touchpoint_without_a_rule_is_refused_unless_it_is_meant_so(people, ben) -> None:
    form = {"name_de": "x", "name_en": "x", "phase": "0", "events:type": "all"}
    nested = {**form, "events-0:type": "all"}
    for wrong in (form, nested):
        response = ben.post(reverse("touchpoint_new"), wrong)
        assert response.status_code == 422
        assert "only contacts count that name it" in response.content.decode()
    assert people.journey().named("x") is None


def test_a_role_with_hidden_fields_tries_no_conditions(people, ben, cast) -> None:
    """A count would tell whether somebody has this value."""
    role = OwnRole.objects.create(
        name="no contacts", rooms={"insights": "editor"}, hidden=["contact"]
    )
    User.objects.filter(email="ben@example.org").update(own_role=role)
    for name in ("touchpoint_new", "phases_edit"):
        assert ben.get(reverse(name)).status_code == 403
    assert ben.get(reverse("touchpoints")).status_code == 200


def test_a_rule_that_names_somebody_is_refused(people, ben) -> None:
    rule = {"name_de": "x", "name_en": "x", "phase": "0", "events:type": "all",
            "events-0:type": "compare", "events-0:field": "properties.email", "events-0:op": "is",
            "events-0:value": "anna@example.org"}  # fmt: skip
    response = ben.post(reverse("touchpoint_new"), rule)
    assert response.status_code == 422
    assert "single person" in response.content.decode()
    tried = ben.post(reverse("touchpoint_new"), {**rule, "do": "try"}).content.decode()
    assert "single person" in tried
    assert "hero-value" not in tried


def test_why_they_fall_out(people, ben) -> None:
    at = datetime(2024, 1, 10, 13, tzinfo=UTC)
    people.log.append([
        Event(source="s", id="o1", name="Payment Failed", customer="cem", ts=at, channel="web"),
    ])  # fmt: skip
    asked = {**JANUARY, "step1": "Product Viewed", "step2": "Order Completed", "window": "7d"}
    text = ben.get(reverse("funnel"), asked).content.decode()
    assert "What those did who fell out after “Product Viewed”" in text
    assert text.count("Payment Failed") >= 2  # what they did next, and an obstacle
    assert "Obstacles on the way" in text
    none = ben.get(
        reverse("funnel"), {**asked, "step1": "Order Completed", "step2": "Payment Failed"}
    )
    assert "No obstacle was sent" in none.content.decode()


def test_paths_and_affinity(people, ben) -> None:
    text = ben.get(reverse("ways"), {**JANUARY, "gap": "never"}).content.decode()
    assert "<svg" in text
    assert "Product Viewed → Order Completed" in text
    assert "Product Viewed" in ben.get(reverse("ways"), {**JANUARY, "anchor": "to", "event": "Order Completed", "gap": "7d"}).content.decode()  # fmt: skip
    assert ben.get(reverse("ways"), {**JANUARY, "anchor": "from"}).status_code == 200
    table = ben.get(reverse("ways_export", args=["csv"]), {**JANUARY, "gap": "never"})
    rows = list(csv.DictReader(io.StringIO(table.content.decode("utf-8-sig"))))
    found = people.paths("2024-01-01", "2024-04-01", gap=None)
    assert [(r["path"], int(r["paths"])) for r in rows] == [(" → ".join(v.steps), v.n) for v in found.variants]  # fmt: skip
    empty = ben.get(reverse("affinity"), JANUARY).content.decode()
    assert "Nothing goes together 20 times" in empty


def test_affinity_of_the_demo_shop(ben) -> None:
    period = current_shop().usual_period()
    asked = {"from": str(period.start), "to": str(period.last_day)}
    text = ben.get(reverse("affinity"), asked).content.decode()
    pairs = current_shop().affinity(period.start, period.end)
    assert len(pairs) > 50
    assert html.escape(pairs[0].a_name) in text
    table = ben.get(reverse("affinity_export", args=["csv"]), asked).content.decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(table)))
    assert [(r["a"], r["b"], int(r["with_both"])) for r in rows] == [(p.a, p.b, p.n) for p in pairs]
    assert ben.get(reverse("pattern_chart", args=["affinity", "svg"]), asked).status_code == 200


def test_streams_are_as_thick_as_they_are_many() -> None:
    from gern.core.patterns.paths import Variant
    from gern.rooms.insights.patterns.sankey import HEIGHT, drawn

    variants = [Variant(("A", "B", "C"), 6), Variant(("A", "C"), 3), Variant(("B",), 1)]
    found = drawn(variants)
    heights = {(n.name, n.x): n.height for n in found.nodes}
    assert heights["A", 0] == pytest.approx(9 * heights["B", 0])
    assert max(n.y + n.height for n in found.nodes) <= HEIGHT + 0.001
    widths = {(b.here, b.there): b.width for b in found.bands}
    assert widths["A", "B"] == pytest.approx(2 * widths["A", "C"])
    at_end = drawn(variants[:2], from_the_end=True)
    assert [n.name for n in at_end.nodes if n.x == 0] == ["A"]
    assert {n.name for n in at_end.nodes if n.last} == {"C"}
    assert drawn(variants[2:]) is None


def test_a_contact_is_noted_by_hand_and_counts_at_its_touchpoint(
    ways_in, ben, cem, django_capture_on_commit_callbacks
) -> None:
    page = ben.get(f"{reverse('customer')}?customer=ben").content.decode()
    assert '<option value="poster">Poster</option>' in page
    form = {"customer": "ben", "touchpoint": "poster", "day": "2024-01-09"}
    assert cem.post(reverse("customer_contact"), form).status_code == 403
    with django_capture_on_commit_callbacks(execute=True):
        assert ben.post(reverse("customer_contact"), form).status_code == 302
    found = ways_in.attribution("2024-01-01", "2024-04-01", which="first")
    poster = next(m for m in found.moments if m.point.key == "poster")
    assert (poster.reached, poster.lost) == (1, 1)
    assert "Contact Noted" in ben.get(f"{reverse('customer')}?customer=ben").content.decode()
    for wrong in (
        {"touchpoint": "nowhere"},
        {"day": "2999-01-01"},
        {"day": "soon"},
        {"day": "1999-01-01"},
    ):
        response = ben.post(reverse("customer_contact"), {**form, **wrong})
        assert response.status_code == 422
        assert 'id="slip"' in response.content.decode()
    after = ways_in.attribution("2024-01-01", "2024-04-01", which="first")
    assert after == found
    ways_in.change_setting("touchpoints", None, "test")
    assert "noted-title" not in ben.get(f"{reverse('customer')}?customer=ben").content.decode()


def test_what_a_customer_may_want_next_and_because_of_what(ben) -> None:
    shop = current_shop()
    today = shop.today()
    part = reverse("customer_part", args=["next"])
    text = html.unescape(ben.get(part, {"customer": "12748"}).content.decode())
    pairs = shop.next_products("12748", add_months(today, -12), today)
    assert len(pairs) == 5
    for pair in pairs:
        assert pair.b_name in text
        assert f"because they have “{pair.a_name}”" in text
    assert ben.get(part, {"customer": "nobody"}).status_code == 404


def test_a_question_is_kept_found_again_and_put_on_a_dashboard(people, ben, cem, anna) -> None:
    funnel = {**JANUARY, "step1": "Product Viewed", "step2": "Order Completed", "window": "30d"}
    query = ben.get(reverse("funnel"), funnel).request["QUERY_STRING"]
    form = {"page": "funnel", "query": query, "name": "Viewed, then bought", "shared": "yes"}
    response = ben.post(reverse("pattern_saving"), form)
    one = SavedPattern.objects.get()
    assert (one.page, one.owner.email, one.shared) == ("funnel", "ben@example.org", True)
    assert "2024" not in one.query
    address = response["Location"]
    for reader in (ben, cem):
        page = html.unescape(reader.get(reverse("funnel")).content.decode())
        assert address in page
    assert 'value="Product Viewed"' in cem.get(address).content.decode()
    mine = {**form, "name": "Only mine", "shared": "yes"}
    cem.post(reverse("pattern_saving"), mine)  # a viewer shares nothing
    own = SavedPattern.objects.get(name="Only mine")
    assert not own.shared
    assert "Only mine" not in ben.get(reverse("funnel")).content.decode()
    assert ben.post(reverse("pattern_removal", args=[own.pk])).status_code == 404
    assert cem.post(reverse("pattern_removal", args=[one.pk])).status_code == 404

    board = Dashboard.objects.create(name="Ours", owner=User.objects.get(email="ben@example.org"), shared=True)  # fmt: skip
    edit = reverse("dashboard_edit", args=[board.pk])
    assert "Viewed, then bought" in ben.get(edit).content.decode()
    ben.post(edit, {"do": "add_pattern", "pattern": one.pk})
    assert ben.post(edit, {"do": "add_pattern", "pattern": own.pk}).status_code == 404
    tile = reverse("dashboard_tile", args=[board.pk, 0])
    text = html.unescape(cem.get(tile, JANUARY).content.decode())
    found = people.funnel(
        ["Product Viewed", "Order Completed"], "2024-01-01", "2024-04-01", window="30d"
    )
    assert f"({found.steps[1].n})" in text
    assert "data-chart" in text
    assert "from=2024-01-01" in text
    assert content(people, placed(people, board)[0], people.usual_period(), None).spec is None
    assert ben.get(reverse("dashboard", args=[board.pk])).status_code == 200
    copied = cem.post(reverse("dashboard_addition"), {"copy_of": board.pk, "name": "Mine"})
    assert copied.status_code == 302
    assert Tile.objects.filter(pattern=one).count() == 2
    assert "usual period" in ben.get(reverse("funnel")).content.decode()
    assert ben.post(reverse("pattern_saving"), {**form, "name": " "}).status_code == 302
    assert ben.post(reverse("pattern_saving"), {**form, "page": "x"}).status_code == 404
    assert SavedPattern.objects.count() == 2
    ben.post(reverse("pattern_removal", args=[one.pk]))
    assert not Tile.objects.filter(dashboard=board).exists()


def test_every_kind_of_pattern_is_a_tile(people, ben) -> None:
    user = User.objects.get(email="ben@example.org")
    board = Dashboard.objects.create(name="All", owner=user)
    period = people.period("2024-01-01", "2024-04-01")
    for page in SPECS:
        one = SavedPattern.objects.create(name=page, page=page, owner=user)
        tile = add_pattern(board, one)
        shown = content(people, placed(people, board)[-1], period, user)
        assert (shown.title, tile.kind) == (page, "pattern")
        assert bool(shown.spec) == bool(shown.rows) == (not shown.problem)
    assert {p.pattern.page for p in placed(people, board)} == set(SPECS)


@pytest.fixture
def sorts(own_home):
    """Teas and coffees looked at; gold customers buy. anna: tea, buys; ben: coffee, buys; cem: tea."""
    shop = current_shop()
    day = datetime(2024, 1, 10, 12, tzinfo=UTC)

    def did(who: str, name: str, after: int, **more):
        return Event(source="s", id=f"{who}{name}{after}", name=name, customer=who, channel="web",
                     ts=day + timedelta(hours=after), **more)  # fmt: skip

    shop.log.append([
        said("anna", at=day - timedelta(days=20), plan="gold", name="Anna Amsel"),
        said("ben", at=day - timedelta(days=20), plan="gold", name="Ben Bussard"),
        said("cem", at=day - timedelta(days=20), plan="basic", name="Cem Condor"),
        did("anna", "Product Viewed", 0, properties={"category": "tea"}),
        did("anna", "Order Completed", 1, order="1", currency="EUR",
            lines=(Line(amount=Decimal(10), quantity=1),)),
        did("ben", "Product Viewed", 0, properties={"category": "coffee"}),
        did("ben", "Order Completed", 1, order="2", currency="EUR",
            lines=(Line(amount=Decimal(10), quantity=1),)),
        did("cem", "Product Viewed", 0, properties={"category": "tea"}),
        did("late", "Other", 24 * 90),
    ])  # fmt: skip
    return shop


TEA = {"step1": "Product Viewed", "step1.field1": "properties.category", "step1.op1": "is",
       "step1.value1": "tea", "step2": "Order Completed", "window": "7d"}  # fmt: skip


def steps_of_export(client, asked: dict[str, str]) -> list[tuple[str, str, str, str]]:
    text = client.get(reverse("funnel_export", args=["csv"]), {**JANUARY, **asked}).content
    return [(r["by"], r["group"], r["step"], r["people"])
            for r in csv.DictReader(io.StringIO(text.decode("utf-8-sig")))]  # fmt: skip


def test_a_step_with_a_condition_is_as_the_library_says(sorts, ben) -> None:
    rows = steps_of_export(ben, TEA)
    assert [row[3] for row in rows] == ["2", "1"]
    assert "properties.category is “tea”" in rows[0][2]
    text = ben.get(reverse("funnel"), {**JANUARY, **TEA}).content.decode()
    assert 'value="properties.category"' in text
    link = link_of(
        "funnel",
        {
            **{k: v for k, v in TEA.items() if k != "window"},
            **JANUARY,
            "after": "1",
            "window": "7d",
        },
    )
    shown = listed(ben, link)
    assert "Cem Condor" in shown
    assert "Anna Amsel" not in shown
    half = {**TEA, "step1.value1": ""}
    assert [row[3] for row in steps_of_export(ben, half)] == ["3", "2"]  # not whole: not asked
    any_event = {**TEA, "step1": ""}
    assert [row[3] for row in steps_of_export(ben, any_event)] == ["2", "1"]
    wrong = ben.get(reverse("funnel"), {**JANUARY, **TEA, "step1.field1": "no field"})
    assert wrong.status_code == 422
    assert "no field" in wrong.content.decode()


def test_a_funnel_by_group_and_over_time(sorts, ben) -> None:
    asked = {
        "step1": "Product Viewed",
        "step2": "Order Completed",
        "by": "trait:plan",
        "every": "month",
    }
    rows = steps_of_export(ben, asked)
    assert [r[1:] for r in rows if r[0] == "group"] == [
        ("gold", "Product Viewed", "2"), ("gold", "Order Completed", "2"),
        ("basic", "Product Viewed", "1"), ("basic", "Order Completed", "0"),
    ]  # fmt: skip
    assert [r[1:] for r in rows if r[0] == "time"] == [
        ("2024-01-01", "Product Viewed", "3"), ("2024-01-01", "Order Completed", "2"),
    ]  # fmt: skip
    text = ben.get(reverse("funnel"), {**JANUARY, **asked}).content.decode()
    assert "gold" in text
    assert "Over time" in text


def test_cohorts_of_people_of_whom_something_was_said(sorts, ben) -> None:
    asked = {
        **JANUARY,
        "begin": "Product Viewed",
        "back": "Order Completed",
        "trait": "plan",
        "said": "gold",
    }
    found = ben.get(reverse("cohorts_export", args=["csv"]), asked).content.decode("utf-8-sig")
    first = next(csv.DictReader(io.StringIO(found)))
    assert (first["size"], first["came_back"]) == ("2", "2")
    text = ben.get(reverse("patterns"), asked).content.decode()
    assert '<option value="basic">' in text
    cell = {"begin": "Product Viewed", "back": "Order Completed", "every": "month", "mode": "in", "first": "first-ever",
            "trait": "plan", "said": "gold", **JANUARY, "cohort": "2024-01-01"}  # fmt: skip
    assert quote(link_of("cohort", cell), safe="") in text
    shown = listed(ben, link_of("cohort", cell))
    assert "Anna Amsel" in shown
    assert "Cem Condor" not in shown


def test_curves_by_what_was_said(sorts, ben) -> None:
    asked = {**JANUARY, "by": "trait:plan"}
    text = ben.get(reverse("staying_export", args=["csv"]), asked).content.decode("utf-8-sig")
    assert {r["group"] for r in csv.DictReader(io.StringIO(text))} <= {"", "gold"}
    assert "gold" in ben.get(reverse("staying"), asked).content.decode()


def test_below_a_picker_stands_how_many(sorts, ben) -> None:
    def about(**more) -> str:
        return ben.get(
            reverse("pattern_count"), {**JANUARY, **TEA, "slot": "step1", **more}
        ).content.decode()

    assert "2 people," in about()
    assert "2 times" in about()
    assert '<option value="coffee">' in about()
    assert '<option value="properties.category">' in about()
    assert "Nobody in this period" in about(**{"step1.value1": "milk"})
    assert "no field" in about(**{"step1.field1": "no field"})
    assert "people," not in about(slot="step9")


def test_who_may_not_see_people_asks_nothing_that_can_name_them(sorts, ben, cem) -> None:
    refused = [
        ("funnel", TEA), ("patterns", {"trait": "plan", "said": "gold"}),
        ("patterns", {"begin.field1": "properties.category", "begin.value1": "tea"}),
        ("staying", {"by": "trait:plan"}), ("funnel", {"by": "trait:plan"}),
        ("moments", {"goal": "Product Viewed", "goal.field1": "order_id", "goal.value1": "1"}),
        ("pattern_count", {**TEA, "slot": "step1"}),
    ]  # fmt: skip
    for route, asked in refused:
        assert cem.get(reverse(route), {**JANUARY, **asked}).status_code == 403, (route, asked)
        assert ben.get(reverse(route), {**JANUARY, **asked}).status_code == 200, (route, asked)
    for route, asked in (("funnel_export", TEA), ("cohorts_export", {"trait": "plan", "said": "gold"}),
                         ("staying_export", {"by": "trait:plan"}),
                         ("moments_export", {"goal.field1": "order_id", "goal.value1": "1"})):  # fmt: skip
        assert cem.get(reverse(route, args=["csv"]), {**JANUARY, **asked}).status_code == 403
    assert (
        cem.get(reverse("pattern_chart", args=["funnel", "svg"]), {**JANUARY, **TEA}).status_code
        == 403
    )
    for spaced in ({"by": " trait:plan"}, {"trait": "plan ", "said": " gold"}, {**TEA, "step1.field1": " properties.category"},
                   {**TEA, "step1.field1": "amount", "step1.op1": "more_than", "step1.value1": "5"}):  # fmt: skip
        for route in ("funnel", "patterns", "staying"):
            assert cem.get(reverse(route), {**JANUARY, **spaced}).status_code == 403
    safe = {**JANUARY, **TEA, "step1.field1": "channel", "step1.value1": "web"}
    assert cem.get(reverse("funnel"), safe).status_code == 200
    seen = cem.get(reverse("pattern_count"), {**safe, "slot": "step1"}).content.decode()
    assert "3 people," in seen
    assert "properties.category" not in seen
    assert 'value="web"' not in seen.replace('value="channel"', "")
    assert "trait:plan" not in cem.get(reverse("staying"), JANUARY).content.decode()
    kept = {
        "page": "funnel",
        "name": "Tea",
        "query": "step1=A&step1.field1=properties.x&step1.value1=y&step2=B",
    }
    assert cem.post(reverse("pattern_saving"), kept).status_code == 403


def test_a_shared_question_that_can_name_somebody_is_not_for_all(sorts, ben, cem) -> None:
    query = "&".join(f"{name}={quote(value)}" for name, value in TEA.items())
    ben.post(
        reverse("pattern_saving"),
        {"page": "funnel", "name": "Tea lovers", "query": query, "shared": "yes"},
    )
    one = SavedPattern.objects.get(name="Tea lovers")
    assert "Tea lovers" in ben.get(reverse("funnel")).content.decode()
    assert "Tea lovers" not in cem.get(reverse("funnel")).content.decode()
    board = Dashboard.objects.create(
        name="All", owner=User.objects.get(email="ben@example.org"), shared=True
    )
    add_pattern(board, one)
    period = sorts.period("2024-01-01", "2024-04-01")
    page = f"{reverse('dashboard', args=[board.pk])}?from=2024-01-01&to=2024-03-31"
    assert "Tea lovers" in ben.get(page).content.decode()
    assert "Tea lovers" not in cem.get(page).content.decode()
    for name, sees in (("ben", True), ("cem", False)):
        shown = content(
            sorts, placed(sorts, board)[0], period, User.objects.get(email=f"{name}@example.org")
        )
        assert (shown.spec is not None) is sees
        assert ("Tea lovers" in shown.title) is sees


def test_a_question_that_names_one_person_is_not_kept(sorts, ben) -> None:
    query = "step1=A&step1.field1=properties.email&step1.value1=anna@example.org&step2=B"
    page = ben.post(
        reverse("pattern_saving"), {"page": "funnel", "name": "Anna", "query": query}, follow=True
    )
    assert "single person" in page.content.decode()
    trait = {"page": "cohorts", "name": "Anna", "query": "trait=email&said=anna@example.org"}
    ben.post(reverse("pattern_saving"), trait)
    assert not SavedPattern.objects.filter(name="Anna").exists()


@pytest.mark.parametrize(
    "trait", ['trait:a"b', "trait:", "trait:a.b.c.d.e", "trait:*", "trait:" + 300 * "x"]
)
def test_a_trait_there_cannot_be_is_told(sorts, ben, trait) -> None:
    for route, kind in (
        ("staying", []),
        ("funnel", []),
        ("staying_export", ["csv"]),
        ("funnel_export", ["csv"]),
    ):
        answer = ben.get(
            reverse(route, args=kind), {**JANUARY, "by": trait, "step1": "A", "step2": "B"}
        )
        assert answer.status_code in (200, 422)


def test_what_cannot_be_drawn_ends_no_process(sorts, ben) -> None:
    for bad in ("\x00", "\x01", "\uffff", "\ufffe"):
        asked = {**JANUARY, "step1": "Product Viewed", "step2": f"a{bad}b"}
        assert ben.get(reverse("pattern_chart", args=["funnel", "svg"]), asked).status_code == 200
        assert ben.get(reverse("pattern_chart", args=["funnel", "png"]), asked).status_code == 200
    with pytest.raises(BadInput):
        sorts.log.append([Event(source="s", id="bad", name="bad\uffff", customer="anna", channel="web",
                                ts=datetime(2024, 1, 10, tzinfo=UTC))])  # fmt: skip


def test_an_error_is_shown_where_the_page_is_changed(ways_in, ben) -> None:
    asked = {**JANUARY, "by": "touchpoint", "anchor": "from", "event": "nowhere"}
    answer = ben.get(reverse("ways"), asked, headers={"HX-Request": "true"})
    assert answer.status_code == 200
    assert "no touchpoint" in answer.content.decode()


def test_a_question_about_one_order_is_not_kept(sorts, ben) -> None:
    query = "built=1&step1=A&step1.field1=order_id&step1.op1=is&step1.value1=7&step2=B"
    page = ben.post(
        reverse("pattern_saving"), {"page": "funnel", "name": "One", "query": query}, follow=True
    )
    assert "single order" in page.content.decode()
    assert not SavedPattern.objects.filter(name="One").exists()


def test_all_steps_can_be_taken_away(sorts, ben) -> None:
    text = ben.get(reverse("funnel"), {**JANUARY, "built": "1"}).content.decode()
    assert "Name two steps at least" in text
