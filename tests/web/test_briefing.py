"""The briefing: what has changed by more than chance and season, alarms, targets, or nothing."""

from __future__ import annotations

import re
from datetime import date, timedelta
from fractions import Fraction

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone, translation

from gern.core.figures.answer import Answer
from gern.core.figures.catalogue import FIGURES
from gern.core.figures.periods import Period
from gern.rooms.insights.changes import Change, changes, compare, is_large
from gern.rooms.insights.models import Alarm, Look, Target

TODAY = date(2024, 7, 1)


def answer(value: float | None, width: float | None, id: str = "orders") -> Answer:
    """An answer with ``width`` either side."""
    return Answer(
        numerator=Fraction(value or 0), denominator=None if value is not None else Fraction(0), factor=1,
        offset=0, parts={}, n=100, interval=None if width is None else (value - width, value + width),
        figure=FIGURES[id], period=Period(date(2024, 1, 1), date(2024, 2, 1), "UTC"), window_days=None,
        currency="EUR", by=None, groups=[], left_out=[], notes=[], query="",
    )  # fmt: skip


def test_a_change_is_measured_against_the_noise_of_both() -> None:
    found = compare(FIGURES["orders"], answer(150, 19.6), answer(100, 19.6), None)
    assert found.sigmas == pytest.approx(50 / (10 * 2**0.5))
    assert is_large(found, 1)
    assert is_large(found, 100)
    small = compare(FIGURES["orders"], answer(125, 19.6), answer(100, 19.6), None)
    assert not is_large(small, 1)


def test_what_the_season_does_is_no_change() -> None:
    years = (answer(200, 5), answer(100, 5))
    december = compare(FIGURES["orders"], answer(300, 15), answer(150, 10), years)
    assert (december.expected, december.by_year) == (300, True)
    assert not is_large(december, 1)
    weak = compare(FIGURES["orders"], answer(170, 15), answer(150, 10), years)
    assert weak.sigmas < -5
    assert is_large(weak, 50)
    shares = (answer(40, 1, "conversion_rate"), answer(30, 1, "conversion_rate"))
    share = compare(FIGURES["conversion_rate"], answer(60, 1, "conversion_rate"), answer(50, 1, "conversion_rate"), shares)  # fmt: skip
    assert share.expected == 60  # by points, not by a factor


def test_a_sure_but_small_change_is_not_worth_a_sentence() -> None:
    assert not is_large(
        compare(FIGURES["orders"], answer(104_000, 100), answer(100_000, 100), None), 1
    )
    rate = compare(FIGURES["conversion_rate"], answer(5.5, 0.01, "conversion_rate"), answer(5, 0.01, "conversion_rate"), None)  # fmt: skip
    assert not is_large(rate, 1)  # half a point
    assert is_large(compare(FIGURES["orders"], answer(106_000, 100), answer(100_000, 100), None), 1)


def test_what_is_undefined_is_not_compared() -> None:
    assert compare(FIGURES["orders"], answer(None, None), answer(1, 1), None) is None
    assert compare(FIGURES["orders"], answer(1, 1), answer(1, None), None) is None


def test_worth_and_size_rank() -> None:
    churn = Change(FIGURES["churn_rate"], answer(1, 1), answer(1, 1), 1, 4, False)
    views = Change(FIGURES["page_views"], answer(1, 1), answer(1, 1), 1, 30, False)
    assert churn.score > views.score
    assert (
        churn.better,
        Change(FIGURES["visits"], answer(1, 1), answer(1, 1), 1, 4, False).better,
    ) == (False, True)


@pytest.fixture
def shop(own_home, tmp_path, monkeypatch):
    """Half a year of orders in two countries; ``france``: how many a day since April."""

    def fill(france: int):
        rows, n = [], 0
        for back in range(190, 0, -1):
            day = TODAY - timedelta(days=back)
            for country, count in (("Germany", 4), ("France", france if day.month >= 4 else 4)):
                for i in range(count):
                    n += 1
                    rows.append(f"{n},{country}-{back % 91}-{i},{day} 12:00,10,{country}")
        path = tmp_path / "p.csv"
        path.write_text("order,customer,date,amount,country\n" + "\n".join(rows))
        own_home.import_file(path)
        monkeypatch.setattr(type(own_home), "today", lambda self, now=None: TODAY)
        return own_home

    return fill


def test_nothing_unusual_is_said_when_it_is_so(shop, db, cem: Client) -> None:
    shop(4)
    page = cem.get(reverse("briefing_changes")).content.decode()
    assert re.search(r"[1-9]\d* figures compared with the period before: nothing unusual\.", page)
    assert "finding" not in page


def test_a_change_comes_with_where_it_comes_from_and_its_people(
    shop, db, ben: Client, cem: Client
) -> None:
    home = shop(1)
    found = changes(home, home.usual_period()).found
    orders = next(c for c in found if c.figure.id == "orders")
    assert orders.sigmas < -4
    assert orders.driver == ("France", 91 - 4 * 91)
    page = ben.get(reverse("briefing_changes")).content.decode()
    assert "Orders: <b>455</b>, −37.5" in page
    assert "Most of it: France (−273)" in page
    assert "by=country" in page
    assert "/people/" in page
    assert "/people/" not in cem.get(reverse("briefing_changes")).content.decode()
    whole = cem.get(reverse("briefing") + "?whole=1").content.decode()
    assert "Most of it: France" in whole


def test_german(shop, cast, ben: Client) -> None:
    shop(1)
    cast["ben"].language = "de"
    cast["ben"].save()
    with translation.override("de"):
        page = ben.get(reverse("briefing_changes")).content.decode()
    assert "Käufe: <b>455</b>" in page
    assert "Zufall" in page


def test_names_in_sentences_are_escaped(own_home, tmp_path, monkeypatch, db, ben: Client) -> None:
    rows = []
    for back in range(190, 0, -1):
        day = TODAY - timedelta(days=back)
        for n in range(5 if day.month >= 4 else 1):
            rows.append(f"{day}-{n},c{back % 90}-{n},{day} 12:00,10,<script>x</script>")
        rows.append(f"{day}-x,d{back % 90},{day} 13:00,10,B")
    path = tmp_path / "p.csv"
    path.write_text("order,customer,date,amount,country\n" + "\n".join(rows))
    own_home.import_file(path)
    monkeypatch.setattr(type(own_home), "today", lambda self, now=None: TODAY)
    page = ben.get(reverse("briefing_changes")).content.decode()
    assert "&lt;script&gt;" in page
    assert "<script>x" not in page


def test_alarms_and_targets_behind_are_in_the_briefing(shop, cast, cem: Client) -> None:
    shop(4)
    page = cem.get(reverse("briefing")).content.decode()
    assert 'id="finding-alarms"' not in page
    assert 'id="finding-targets"' not in page
    made = Look.objects.create(day=TODAY, figures=1, unknown=0, at=timezone.now())
    Alarm.objects.create(figure="orders", step="day", day=TODAY, kind="above", value=99, expected=8,
                         low=1, high=20, look=made)  # fmt: skip
    Target.objects.create(figure="orders", sense="at_least", value=5000, span="quarter", start=TODAY,
                          start_value=728, due=TODAY - timedelta(days=1), owner=cast["ben"])  # fmt: skip
    page = cem.get(reverse("briefing")).content.decode()
    assert "Orders: 99 on 1 Jul 2024" in page
    assert "<b>1 target</b> is behind." in page


def test_an_empty_shop_has_no_changes(own_home, db, cem: Client) -> None:
    assert cem.get(reverse("briefing_changes")).content == b""
    assert cem.get(reverse("briefing")).status_code == 200
