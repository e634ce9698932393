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

from gern.core.log.event import Event, Line
from gern.kit.shop import current_shop
from gern.rooms.customers.models import Audience, Listed
from gern.rooms.insights.patterns.asked import link_of
from gern.shell.accounts.models import OwnRole
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
    assert staying.splitlines()[0] == "days,at_risk,left,staying,low,high"
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
