"""Targets: the way, the lights, who may see and change them."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.test import Client
from django.urls import reverse

from gern.kit.shop import current_shop
from gern.rooms.insights.models import Department, Target
from gern.rooms.insights.targets import progress as module
from gern.rooms.insights.targets.progress import baseline, measured_over, progress


@pytest.fixture
def sales(bring_in):
    """Ten orders of 10 € each month from January to June 2024, by ten customers."""
    rows = [
        f"{m}-{n},c{n},2024-{m:02}-10,10" for m in range(1, 7) for n in range(10)
    ]  # fmt: skip
    return bring_in("order,customer,date,amount\n" + "\n".join(rows))


@pytest.fixture
def bring_in(own_home, tmp_path, monkeypatch):
    def bring(text: str):
        path = tmp_path / "p.csv"
        path.write_text(text)
        own_home.import_file(path)
        monkeypatch.setattr(type(own_home), "today", lambda self, now=None: date(2024, 7, 1))
        return own_home

    return bring


def target(cast, **values) -> Target:
    given = {"figure": "revenue", "sense": "at_least", "value": 400, "span": "quarter",
             "start": date(2024, 4, 1), "start_value": 300.0, "due": date(2024, 10, 1),
             "owner": cast["ben"]}  # fmt: skip
    return Target.objects.create(**{**given, **values})


@pytest.mark.parametrize(
    ("values", "light"),
    [
        ({"value": 300}, "reached"),
        ({"value": 300, "sense": "at_most"}, "reached"),
        ({"value": 400, "start_value": 200.0}, "on_way"),  # 300 of the 300 due in the middle
        ({"value": 400, "start_value": 300.0}, "unsure"),  # 350 due, the interval holds it
        ({"value": 4000}, "behind"),
        ({"value": 4000, "start_value": None}, "unsure"),
        ({"value": 400, "due": date(2024, 7, 1)}, "missed"),
        ({"value": 100, "sense": "at_most", "due": date(2024, 6, 1)}, "missed"),
        (
            {"figure": "retention_rate_strict", "value": 90, "span": "year"},
            "unknown",
        ),  # history too short
    ],
)
def test_the_light_follows_the_target_and_not_the_mood(
    sales, cast, values, light, monkeypatch
) -> None:
    if light == "unsure" and values["start_value"]:
        monkeypatch.setattr(
            module.queries, "answer",
            lambda shop, f, p, by: type("A", (), {"value": 300.0, "notes": [], "interval": (240.0, 360.0)}),
        )  # fmt: skip
    found = progress(sales, target(cast, **values), sales.today())
    assert found is not None
    assert found.light == light


def test_the_way_is_straight(sales, cast) -> None:
    found = progress(sales, target(cast, value=500, start_value=200.0), date(2024, 7, 1))
    days = (date(2024, 7, 1) - date(2024, 4, 1)).days / (date(2024, 10, 1) - date(2024, 4, 1)).days
    assert found.due_now == pytest.approx(200 + 300 * days)
    assert found.share == pytest.approx((300 - 200) / 300)
    assert found.answer.value == 300


def test_a_target_is_measured_until_it_was_due_and_no_longer(sales, cast) -> None:
    done = target(cast, value=1, span="month", start=date(2024, 1, 1), due=date(2024, 3, 1))
    assert progress(sales, done, date(2024, 7, 1)).answer.period.end == date(2024, 3, 1)
    assert measured_over(sales, "year", date(2024, 2, 29)).start == date(2023, 2, 28)


def test_a_target_is_set_with_its_baseline(sales, cast, ben: Client) -> None:
    data = {"figure": "revenue", "sense": "at_least", "value": "500", "span": "month",
            "due": "2024-12-31", "owner": cast["cem"].pk, "why": "Plan"}  # fmt: skip
    assert ben.post(reverse("target_new"), data).status_code == 302
    made = Target.objects.get()
    assert (made.start, made.start_value, made.by) == (date(2024, 7, 1), 100.0, cast["ben"])
    page = ben.get(reverse("targets")).content.decode()
    assert "Revenue" in page
    assert "cem@example.org" in page
    # changed later: the baseline stays
    ben.post(reverse("target", args=[made.pk]), {**data, "value": "600"})
    made.refresh_from_db()
    assert (made.value, made.start_value) == (600, 100.0)
    assert 'value="600"' in ben.get(reverse("target", args=[made.pk])).content.decode()
    ben.post(reverse("target", args=[made.pk]), {**data, "span": "quarter"})
    made.refresh_from_db()
    assert made.start_value == 300.0


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"due": "2024-06-30"}, "Choose a day to come"),
        ({"value": "much"}, "Enter a number"),
        ({"figure": "nothing"}, "not one of the available choices"),
        ({"owner": ""}, "required"),
        ({"due": ""}, "required"),
    ],
)
def test_what_is_not_smart_is_said(sales, cast, ben: Client, change, said) -> None:
    data = {"figure": "revenue", "sense": "at_least", "value": "500", "span": "month",
            "due": "2024-12-31", "owner": cast["ben"].pk}  # fmt: skip
    response = ben.post(reverse("target_new"), {**data, **change})
    assert response.status_code == 422
    assert said in response.content.decode()
    assert not Target.objects.exists()


def test_a_department_shows_what_it_answers_for(sales, cast, ben: Client, cem: Client) -> None:
    ben.post(reverse("department_addition"), {"name": " Service  Nord "})
    ben.post(reverse("department_addition"), {"name": "Service Nord"})
    one = Department.objects.get()
    target(cast, department=one)
    target(cast, figure="orders", value=1)
    page = cem.get(reverse("department", args=[one.pk])).content.decode()
    assert page.count('class="card target') == 1
    assert "Service Nord" in page
    ben.post(reverse("department_removal", args=[one.pk]))
    assert Target.objects.filter(department=None).count() == 2


def test_a_target_of_a_figure_that_is_gone_is_not_shown(sales, cast, ben: Client) -> None:
    target(cast, figure="own_gone")
    assert progress(sales, Target.objects.get(), sales.today()) is None
    assert ben.get(reverse("targets")).status_code == 200


def test_targets_of_the_demo_shop_are_measured_as_the_figure_page_does(db, cast) -> None:
    shop = current_shop()
    figure, day = shop.figure_named("revenue"), shop.today()
    assert baseline(shop, figure, "quarter", day) == shop.figure("revenue", *_days(shop, day)).value
    assert (
        baseline(shop, shop.figure_named("churn_rate"), "year", day - timedelta(days=300)) is None
    )


def _days(shop, day):
    period = measured_over(shop, "quarter", day)
    return period.start, period.end
