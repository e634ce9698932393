"""Dashboards: who sees which, arranging, tiles = figures; behind shared links; as reports."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from io import BytesIO
from zoneinfo import ZoneInfo

import pytest
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import reverse
from django.utils import translation
from hypothesis import given, settings
from hypothesis import strategies as st

import gern
from gern.core.figures.answer import Group
from gern.kit import formats
from gern.kit.mail.models import Letter, Mail, MailSetup
from gern.kit.shop import current_shop, real_today
from gern.rooms.insights.dashboards import services
from gern.rooms.insights.dashboards.content import FEWEST, content, hidden
from gern.rooms.insights.models import Dashboard, Report, SharedLink, Tile
from gern.rooms.insights.reports import services as reports
from gern.rooms.insights.reports.rendering import render
from gern.rooms.insights.sharing import services as sharing
from gern.shell.accounts.models import User

BERLIN = ZoneInfo("Europe/Berlin")
LINES = "order,customer,date,amount,country\n"


@pytest.fixture
def shop(own_home, tmp_path, monkeypatch):
    """12 buyers in Germany, 6 in France, 4 in Spain, 1 in Malta; one order of 10 € each a month."""
    rows, n = [], 0
    for month in range(1, 7):
        for country, buyers in (("Germany", 12), ("France", 6), ("Spain", 4), ("Malta", 1)):
            for buyer in range(buyers):
                n += 1
                rows.append(f"{n},{country}-{buyer},2024-{month:02}-10,10,{country}")
    path = tmp_path / "p.csv"
    path.write_text(LINES + "\n".join(rows))
    own_home.import_file(path)
    monkeypatch.setattr(type(own_home), "today", lambda self, now=None: date(2024, 7, 1))
    return own_home


@pytest.fixture
def board(shop, cast) -> Dashboard:
    one = Dashboard.objects.create(name="Leitung", owner=cast["ben"], shared=True, span="3m")
    for n, (figure, kind, by, step) in enumerate((
        ("revenue", "number", "", ""), ("orders", "trend", "", "month"),
        ("revenue", "groups", "country", ""), ("retention_rate_strict", "number", "", ""),
    )):  # fmt: skip
        Tile.objects.create(dashboard=one, position=n, figure=figure, kind=kind, by=by, step=step)
    return one


def test_the_standard_dashboard_has_twelve_figures_and_its_tiles_are_the_figures(
    db, cem: Client
) -> None:
    shop = current_shop()
    tiles = services.standard(shop)
    assert len(tiles) == 12
    page = cem.get(reverse("dashboards")).content.decode()
    assert page.count('hx-trigger="load') == 12
    period = services.period_of(shop, services.standard_span(shop))
    for place, tile in enumerate(tiles):
        shown = cem.get(reverse("dashboard_tile", args=[0, place])).content.decode()
        answer = shop.figure(tile.figure.id, period.start, period.end)
        assert f'<p class="tile-value">{formats.answer_value(answer)}</p>' in shown
    assert cem.get(reverse("dashboard_tile", args=[0, 12])).status_code == 404


def test_the_standard_span_can_be_compared(shop) -> None:
    assert services.standard_span(shop) == "30d"
    period = services.period_of(shop, services.standard_span(shop))
    assert period.before().start >= shop.span()[0]


@pytest.mark.parametrize(
    ("span", "first", "last"),
    [
        ("last_week", date(2024, 6, 24), date(2024, 6, 30)),
        ("last_month", date(2024, 6, 1), date(2024, 6, 30)),
        ("30d", date(2024, 6, 1), date(2024, 6, 30)),
        ("3m", date(2024, 4, 1), date(2024, 6, 30)),
        ("24m", date(2022, 7, 1), date(2024, 6, 30)),
    ],
)
def test_spans(shop, span, first, last) -> None:
    period = services.period_of(shop, span)
    assert (period.start, period.last_day) == (first, last)


def test_a_personal_dashboard_is_seen_by_its_owner_only(
    shop, cast, cem: Client, ben: Client, anna
) -> None:
    cem.post(reverse("dashboard_addition"), {"name": "Meins"})
    one = Dashboard.objects.get()
    for name in ("dashboard", "dashboard_show", "dashboard_edit"):
        assert cem.get(reverse(name, args=[one.pk])).status_code == 200
        assert ben.get(reverse(name, args=[one.pk])).status_code == 404
        assert anna.get(reverse(name, args=[one.pk])).status_code == 404
    assert ben.get(reverse("dashboard_tile", args=[one.pk, 0])).status_code == 404
    assert ben.post(reverse("dashboard_removal", args=[one.pk])).status_code == 404
    assert ben.post(reverse("dashboard_addition"), {"copy_of": one.pk}).status_code == 404
    assert "Meins" not in ben.get(reverse("dashboards")).content.decode()
    # a viewer cannot share
    cem.post(
        reverse("dashboard_edit", args=[one.pk]), {"do": "name", "name": "Meins", "shared": "yes"}
    )
    one.refresh_from_db()
    assert not one.shared


def test_a_shared_one_is_seen_by_all_and_changed_by_editors(
    board, cem: Client, anna: Client
) -> None:
    assert "Leitung" in cem.get(reverse("dashboards")).content.decode()
    assert cem.get(reverse("dashboard", args=[board.pk])).status_code == 200
    assert cem.get(reverse("dashboard_edit", args=[board.pk])).status_code == 404
    assert cem.get(reverse("dashboard_removal", args=[board.pk])).status_code == 405
    assert cem.post(reverse("dashboard_removal", args=[board.pk])).status_code == 404
    assert anna.get(reverse("dashboard_edit", args=[board.pk])).status_code == 200
    assert anna.get(reverse("links", args=[board.pk])).status_code == 200
    assert cem.get(reverse("links", args=[board.pk])).status_code == 403


def order(board: Dashboard) -> list[str]:
    return [f"{t.figure}/{t.kind}" for t in board.tiles.all()]


def test_arranging(board, ben: Client) -> None:
    edit = reverse("dashboard_edit", args=[board.pk])
    a, b, c, d = board.tiles.values_list("pk", flat=True)

    def now() -> list[int]:
        return list(board.tiles.values_list("pk", flat=True))

    ben.post(edit, {"do": "later", "tile": a})
    assert now() == [b, a, c, d]
    ben.post(edit, {"do": "earlier", "tile": b})
    assert now() == [b, a, c, d]
    ben.post(edit, {"do": "arrange", "order": f"{d},{c},999,x"})
    assert now() == [d, c, b, a]
    for _ in range(5):
        ben.post(edit, {"do": "wider", "tile": a})
    assert board.tiles.get(pk=a).width == 4
    for _ in range(5):
        ben.post(edit, {"do": "narrower", "tile": a})
    assert board.tiles.get(pk=a).width == 1
    ben.post(edit, {"do": "remove", "tile": b})
    assert now() == [d, c, a]
    ben.post(edit, {"do": "add", "figure": "orders", "kind": "groups", "by": "country"})
    assert order(board)[-1] == "orders/groups"
    ben.post(edit, {"do": "name", "name": "Neu", "span": "12m", "shared": "yes"})
    board.refresh_from_db()
    assert (board.name, board.span, board.shared) == ("Neu", "12m", True)


def test_a_tile_of_another_dashboard_cannot_be_reached_through_mine(
    board, cast, cem: Client
) -> None:
    mine = Dashboard.objects.create(name="x", owner=cast["cem"])
    tile = board.tiles.first()
    cem.post(reverse("dashboard_edit", args=[mine.pk]), {"do": "remove", "tile": tile.pk})
    cem.post(reverse("dashboard_edit", args=[mine.pk]), {"do": "arrange", "order": str(tile.pk)})
    assert board.tiles.count() == 4
    assert mine.tiles.count() == 0


def test_what_cannot_be_added_is_said(board, cast, ben: Client, cem: Client) -> None:
    edit = reverse("dashboard_edit", args=[board.pk])
    page = ben.post(
        edit, {"do": "add", "figure": "orders", "kind": "groups"}, follow=True
    ).content.decode()
    assert "Choose by what the figure is broken down" in page
    wrong = {"do": "add", "figure": "orders", "kind": "groups", "by": "colour"}
    page = ben.post(edit, wrong, follow=True).content.decode()
    assert "Choose another breakdown" in page
    assert ben.post(edit, {"do": "add", "figure": "orders", "kind": "pie"}).status_code == 404
    page = ben.post(
        edit, {"do": "add", "figure": "nothing", "kind": "number"}, follow=True
    ).content.decode()
    assert "nothing" in page
    for n in range(services.MOST_TILES):
        Tile.objects.create(dashboard=board, position=n, figure="orders")
    page = ben.post(
        edit, {"do": "add", "figure": "orders", "kind": "number"}, follow=True
    ).content.decode()
    assert "at most 40 tiles" in page


def test_figures_that_are_gone_leave_no_hole(board, cem: Client) -> None:
    Tile.objects.create(dashboard=board, position=-0, figure="own_gone")
    assert cem.get(reverse("dashboard", args=[board.pk])).status_code == 200
    assert len(services.placed(current_shop(), board)) == 4


def test_copies(board, cem: Client, cast) -> None:
    cem.post(reverse("dashboard_addition"), {"name": "Kopie", "copy_of": board.pk})
    copy = Dashboard.objects.get(name="Kopie")
    assert (copy.owner, copy.shared, copy.span) == (cast["cem"], False, "3m")
    assert order(copy) == order(board)


def result(persons: int) -> Group:
    return Group(Fraction(persons), None, 1, 0, {}, persons, None, persons=persons)


@pytest.mark.parametrize(
    ("persons", "shown"),
    [
        ([12, 6, 4], [12]),  # the hidden four would be the total less the others
        ([12, 6, 4, 1], [12, 6]),
        ([12, 1, 1], []),  # two of them still are too few
        ([12, 6], [12, 6]),
        ([10, 1, 10], [10]),
        ([0, 9, 0], [0, 9, 0]),  # nobody can be seen
        ([0, 3, 9, 9], [0, 9]),
        ([3], []),
        ([], []),
    ],
)
def test_what_rests_on_few_is_hidden_and_cannot_be_computed_from_the_rest(persons, shown) -> None:
    results = [result(n) for n in persons]
    left = hidden(results)
    assert [r.persons for n, r in enumerate(results) if n not in left] == shown
    gone = [r.persons for n, r in enumerate(results) if n in left]
    assert (
        not gone
        or sum(gone) >= FEWEST
        or not [r for n, r in enumerate(results) if n not in left and r.persons]
    )


@settings(max_examples=200, deadline=None)
@given(st.lists(st.integers(0, 20), max_size=12))
def test_hiding_is_never_undone_by_subtraction(persons) -> None:
    results = [result(n) for n in persons]
    left = hidden(results)
    assert all(not 0 < r.persons < FEWEST for n, r in enumerate(results) if n not in left)
    gone = sum(results[n].persons for n in left)
    assert gone == 0 or gone >= FEWEST or gone == sum(persons)


def test_persons_are_counted_not_tickets(own_home) -> None:
    """Five tickets of one person are one person."""
    at = datetime(2024, 1, 10, 9, tzinfo=UTC)
    own_home.log.append([
        gern.Event(source="desk", id=f"{name}{n}", name=name, ts=at, customer="anna",
                   properties={"ticket": n})
        for n in range(5) for name in ("Ticket Opened", "Ticket Solved")
    ])  # fmt: skip
    days = ("2024-01-01", "2024-02-01")
    tickets = own_home.figure("tickets_solved", *days)
    assert (tickets.value, tickets.persons) == (5, 1)
    period = own_home.period(*days)
    tile = services.Placed(0, own_home.figure_named("tickets_solved"), "number", "", "", 1)
    assert content(own_home, tile, period, None).value == "–"


def test_two_customers_do_not_hide_behind_anonymous_purchases(own_home, tmp_path) -> None:
    rows = [f"{n},{'c' + str(n) if n < 2 else ''},2024-01-10,10,X" for n in range(9)]
    rows += [f"a{n},,2024-01-10,10,Y" for n in range(6)]
    path = tmp_path / "p.csv"
    path.write_text(LINES + "\n".join(rows))
    own_home.import_file(path)
    groups = own_home.figure("revenue", "2024-01-01", "2024-02-01", by="country").groups
    assert {g.name: g.persons for g in groups} == {"X": 2, "Y": 6}


def test_a_month_of_one_person_cannot_be_computed_from_the_total(own_home, tmp_path) -> None:
    rows = [f"{m}-{n},c{n},2024-0{m}-10,{10 if m != 2 else 77},X" for m in (1, 2, 3)
            for n in range(1 if m == 2 else 10)]  # fmt: skip
    path = tmp_path / "p.csv"
    path.write_text(LINES + "\n".join(rows))
    own_home.import_file(path)
    tile = services.Placed(0, own_home.figure_named("revenue"), "trend", "month", "", 2)
    shown = content(own_home, tile, own_home.period("2024-01-01", "2024-04-01"), None)
    assert sum(value != "–" for _, value in shown.rows) == 1
    assert "77" not in str(shown.rows) + str(shown.spec)


def test_an_outsider_sees_aggregates_only(board, nobody: Client, cast, shop) -> None:
    _, token = sharing.make(
        board, "Steuerberaterin", "de", real_today(current_shop()), "", cast["ben"]
    )
    assert token not in str(SharedLink.objects.values())
    response = nobody.get(reverse("shared", args=[token]))
    page = response.content.decode()
    assert response.status_code == 200
    assert "Umsatz" in page
    assert "Germany" in page
    assert "France" in page
    assert "Spain" not in page  # four persons
    assert "Malta" not in page
    assert "/figures/" not in page
    assert "/people/" not in page
    assert not re.search(r"Germany-\d", page)
    assert response["X-Robots-Tag"].startswith("noindex")
    assert response["Referrer-Policy"] == "no-referrer"
    assert "frame-ancestors 'none'" in response["Content-Security-Policy"]
    assert response["X-Frame-Options"] == "DENY"
    assert "sessionid" not in response.cookies
    svg = nobody.get(reverse("shared_chart", args=[token, 2])).content.decode()
    assert "Germany" in svg
    assert "Spain" not in svg
    assert nobody.get(reverse("shared_chart", args=[token, 0])).status_code == 404
    assert nobody.get(reverse("shared_chart", args=[token, 9])).status_code == 404


def test_numbers_on_fewer_than_five_persons_are_not_shown_outside(own_home, tmp_path, cast) -> None:
    path = tmp_path / "p.csv"
    path.write_text(LINES + "\n".join(f"{n},c{n},2024-01-1{n},77,X" for n in range(4)))
    own_home.import_file(path)
    period = own_home.period("2024-01-01", "2024-02-01")
    for kind, by in (("number", ""), ("trend", ""), ("groups", "country")):
        tile = services.Placed(0, own_home.figure_named("revenue"), kind, "day", by, 1)
        shown = content(own_home, tile, period, None)
        assert (shown.value, shown.rows, shown.spec) in (("–", [], None), ("", [], None))
        assert content(own_home, tile, period, cast["cem"]).rows or kind == "number"


def test_traits_and_own_figures_about_somebody_are_never_for_outsiders(board, shop) -> None:
    from gern.core.conditions.nodes import Compare
    from gern.core.figures.own import OwnFigure

    figure = shop.keep_figure(
        OwnFigure("own_x", "X", "X", "count", Compare("properties.seat", "is", "7")), "ben"
    )
    period = shop.period("2024-01-01", "2024-07-01")
    shown = content(shop, services.Placed(0, figure, "number", "", "", 1), period, None)
    assert (shown.value, "single persons" in shown.problem) == ("–", True)
    assert shown.title == "…"
    by = services.Placed(0, shop.figure_named("revenue"), "groups", "", "trait:plan", 1)
    assert content(shop, by, period, None).rows == []


def test_a_link_ends_when_it_is_ended_and_when_it_has_run_out(
    board, nobody, ben: Client, cast
) -> None:
    today = real_today(current_shop())
    _, old = sharing.make(board, "x", "en", today - timedelta(days=1), "", cast["ben"])
    link, token = sharing.make(board, "x", "en", today, "", cast["ben"])
    assert nobody.get(reverse("shared", args=[old])).status_code == 404
    assert nobody.get(reverse("shared", args=[token])).status_code == 200
    assert nobody.get(reverse("shared", args=[token[:-1]])).status_code == 404
    ben.post(reverse("link_end", args=[link.pk]))
    assert nobody.get(reverse("shared", args=[token])).status_code == 404
    assert nobody.get(reverse("shared_chart", args=[token, 1])).status_code == 404


def test_a_link_is_shown_once_and_framed_only_where_it_says(
    board, ben: Client, nobody: Client
) -> None:
    data = {"for_whom": "Intranet", "expires": real_today(current_shop()) + timedelta(days=3), "language": "en",
            "frames": "https://intranet.example.org https://b.example"}  # fmt: skip
    page = ben.post(reverse("links", args=[board.pk]), data).content.decode()
    token = re.search(r"/shared/([\w-]{40,})/", page).group(1)
    assert token not in ben.get(reverse("links", args=[board.pk])).content.decode()
    response = nobody.get(reverse("shared", args=[token]))
    assert (
        "frame-ancestors https://intranet.example.org https://b.example"
        in response["Content-Security-Policy"]
    )
    assert "X-Frame-Options" not in response


@pytest.mark.parametrize(
    "change",
    [
        {"expires": "2020-01-01"}, {"expires": "2999-01-01"}, {"for_whom": ""},
        {"frames": "http://x.example"}, {"frames": "https://x.example; script-src *"},
        {"frames": "*"}, {"frames": "https://*"}, {"language": "fr"},
    ],
)  # fmt: skip
def test_a_wrong_link_is_not_made(board, ben: Client, change) -> None:
    data = {"for_whom": "x", "expires": real_today(current_shop()), "language": "en", "frames": ""}
    assert ben.post(reverse("links", args=[board.pk]), {**data, **change}).status_code == 422
    assert not SharedLink.objects.exists()


def test_others_cannot_end_my_links(shop, cast, ben: Client) -> None:
    mine = Dashboard.objects.create(name="x", owner=cast["anna"])
    link, _ = sharing.make(mine, "x", "en", real_today(current_shop()), "", cast["anna"])
    assert ben.post(reverse("link_end", args=[link.pk])).status_code == 404
    link.refresh_from_db()
    assert link.revoked is None


def test_a_report_says_what_the_dashboard_says(board, shop) -> None:
    found = render(shop, board, "de", "https://gern.example.org")
    revenue = shop.figure("revenue", "2024-04-01", "2024-07-01")
    with translation.override("de"):
        value = formats.answer_value(revenue)
    assert value == "690,00 €"
    assert found.subject == "Leitung: 01.04.2024 – 30.06.2024"
    for text in (found.html, found.text):
        assert value in text
        assert "Germany" in text
        assert "Spain" not in text
        assert f"https://gern.example.org/dashboards/{board.pk}/" in text
    assert "<style" not in found.html  # inlined: many mail programs drop style sheets
    assert set(re.findall(r"cid:([\w-]+)", found.html)) == {f.cid for f in found.files if f.cid}
    assert [f.type for f in found.files] == ["image/png", "image/png", "application/pdf"]
    assert found.files[-1].content.startswith(b"%PDF-")
    assert found.files[-1].name == "Leitung.pdf"


def test_the_pdf_holds_the_numbers(board, shop) -> None:
    import pypdf

    pdf = render(shop, board, "en").files[-1].content
    text = "".join(page.extract_text() for page in pypdf.PdfReader(BytesIO(pdf)).pages)
    assert "€690.00" in text
    assert "Germany" in text
    assert "Spain" not in text


@pytest.mark.parametrize(
    ("rhythm", "hour", "now", "day"),
    [
        ("daily", 7, datetime(2024, 7, 3, 5, 30, tzinfo=UTC), date(2024, 7, 3)),  # 7:30 in Berlin
        ("daily", 7, datetime(2024, 7, 3, 4, 30, tzinfo=UTC), date(2024, 7, 2)),
        ("weekly", 7, datetime(2024, 7, 3, 12, 0, tzinfo=UTC), date(2024, 7, 1)),
        ("weekly", 7, datetime(2024, 7, 1, 4, 0, tzinfo=UTC), date(2024, 6, 24)),
        ("monthly", 7, datetime(2024, 7, 3, 12, 0, tzinfo=UTC), date(2024, 7, 1)),
        ("monthly", 23, datetime(2024, 3, 31, 23, 30, tzinfo=UTC), date(2024, 3, 1)),  # DST day
        ("daily", 2, datetime(2024, 3, 31, 1, 30, tzinfo=UTC), date(2024, 3, 31)),  # 2 o'clock is not
    ],
)  # fmt: skip
def test_when_a_report_is_due(rhythm, hour, now, day) -> None:
    assert reports.last_due(Report(rhythm=rhythm, hour=hour), now.astimezone(BERLIN)) == day


@pytest.fixture
def way(db) -> MailSetup:
    return MailSetup.objects.create(
        pk=1, host="127.0.0.1", port=9, security="none", sender="g@example.org"
    )


def test_a_report_is_sent_once_to_everybody_whatever_is_tried(board, shop, way) -> None:
    report = Report.objects.create(dashboard=board, rhythm="daily", hour=7, language="en",
                                   by=board.owner, recipients=["a@example.org", "b@example.org"],
                                   last=date(2024, 7, 1))  # fmt: skip
    now = datetime(2024, 7, 2, 9, 0, tzinfo=UTC)
    assert reports.send_due(shop, now) == 2
    assert reports.send_due(shop, now) == 0
    Report.objects.update(last=date(2024, 7, 1))  # as if it had died before it could note this
    assert reports.send_due(shop, now) == 0
    assert sorted(Mail.objects.values_list("to", flat=True)) == ["a@example.org", "b@example.org"]
    assert Letter.objects.filter(mails__isnull=False).distinct().count() == 1
    assert reports.send_due(shop, now + timedelta(days=1)) == 2
    report.refresh_from_db()
    assert report.last == date(2024, 7, 3)


def test_a_report_missed_long_ago_is_not_sent_late(board, shop, way) -> None:
    Report.objects.create(dashboard=board, rhythm="monthly", hour=7, language="en",
                          recipients=["a@example.org"], last=date(2024, 6, 1),
                          by=board.owner)  # fmt: skip
    assert reports.send_due(shop, datetime(2024, 7, 10, 9, 0, tzinfo=UTC)) == 0
    assert reports.send_due(shop, datetime(2024, 7, 3, 9, 0, tzinfo=UTC)) == 1


def test_one_broken_report_does_not_hold_up_the_others(board, shop, way, monkeypatch) -> None:
    for n in range(2):
        Report.objects.create(dashboard=board, rhythm="daily", hour=7, language="en",
                              recipients=[f"{n}@example.org"], last=date(2024, 7, 1),
                              by=board.owner)  # fmt: skip
    real, calls = reports.render, []

    def first_fails(*args):
        calls.append(1)
        if len(calls) == 1:
            raise RuntimeError
        return real(*args)

    monkeypatch.setattr(reports, "render", first_fails)
    now = datetime(2024, 7, 2, 9, 0, tzinfo=UTC)
    assert reports.send_due(shop, now) == 1
    broken = Report.objects.exclude(error="").get()
    assert "RuntimeError" in broken.error
    assert reports.send_due(shop, now + timedelta(minutes=5)) == 0
    assert reports.send_due(shop, now + timedelta(minutes=61)) == 1
    broken.refresh_from_db()
    assert broken.error == ""


def test_what_nobody_answers_for_any_more_rests(
    board, shop, way, cast, nobody: Client, anna: Client
) -> None:
    Report.objects.create(dashboard=board, rhythm="daily", hour=7, language="en", by=cast["ben"],
                          recipients=["a@example.org"], last=date(2024, 7, 1))  # fmt: skip
    mine = Dashboard.objects.create(name="Bens", owner=cast["ben"])
    link, token = sharing.make(
        mine, "x", "en", real_today(current_shop()) + timedelta(days=9), "", cast["ben"]
    )
    assert nobody.get(reverse("shared", args=[token])).status_code == 200
    for change in ({"role": "viewer"}, {"role": "editor", "is_active": False}):
        for name, value in change.items():
            setattr(cast["ben"], name, value)
        cast["ben"].save()
        assert nobody.get(reverse("shared", args=[token])).status_code == 404
        assert reports.send_due(shop, datetime(2024, 7, 2, 9, 0, tzinfo=UTC)) == 0
    page = anna.get(reverse("outside")).content.decode()
    assert "Bens" in page
    assert "nobody answers for it" in page
    anna.post(reverse("link_end", args=[link.pk]))
    link.refresh_from_db()
    assert link.revoked is not None
    anna.post(reverse("report_removal", args=[Report.objects.get().pk]))
    assert not Report.objects.exists()


def test_sharing_ends_by_its_owner_or_an_admin(board, cast, ben: Client, anna: Client) -> None:
    other = User.objects.create(email="dora@example.org", role="editor", language="en")
    dora = Client(headers={"accept-language": "en"})
    dora.force_login(other, backend="allauth.account.auth_backends.AuthenticationBackend")
    edit = reverse("dashboard_edit", args=[board.pk])
    page = dora.post(edit, {"do": "name", "name": "x"}, follow=True).content.decode()
    assert "Only its owner or an admin" in page
    board.refresh_from_db()
    assert (board.shared, board.name) == (True, "Leitung")
    ben.post(edit, {"do": "name", "name": "x"})
    board.refresh_from_db()
    assert (board.shared, board.name) == (False, "x")
    Dashboard.objects.update(shared=True, owner=None)
    dora.post(edit, {"do": "name", "name": "y"})
    board.refresh_from_db()
    assert (board.owner, board.shared) == (other, False)  # never lost for everybody


def test_a_new_report_waits_for_its_day(board, shop, way, ben: Client) -> None:
    data = {"recipients": "a@example.org, b@example.org;a@example.org", "rhythm": "weekly", "hour": "7",
            "language": "de"}  # fmt: skip
    assert ben.post(reverse("reports", args=[board.pk]), data).status_code == 302
    report = Report.objects.get()
    assert report.recipients == ["a@example.org", "b@example.org"]
    assert reports.send_due(shop, datetime.now(UTC)) == 0
    ben.post(reverse("report_sending", args=[report.pk]))
    assert Mail.objects.count() == 2
    response = ben.post(
        reverse("reports", args=[board.pk]), {**data, "recipients": "a@example.org nobody"}
    )
    assert response.status_code == 422
    assert "“nobody” is no e-mail address" in response.content.decode()


def test_addresses() -> None:
    assert reports.addresses("a@b.example\n c@d.example ;") == ["a@b.example", "c@d.example"]
    for wrong in ("", " ; ", "x", " ".join(f"a{n}@b.example" for n in range(51))):
        with pytest.raises(ValidationError):
            reports.addresses(wrong)


def test_the_mail_can_be_looked_at(board, shop, ben: Client) -> None:
    response = ben.get(reverse("report_look", args=[board.pk]))
    page = response.content.decode()
    assert "data:image/png;base64," in page
    assert "cid:" not in page
    pdf = ben.get(reverse("report_pdf", args=[board.pk]))
    assert (pdf["Content-Type"], pdf.content[:5]) == ("application/pdf", b"%PDF-")


def test_an_empty_shop(own_home, cast, ben: Client, nobody: Client) -> None:
    standard = ben.get(reverse("dashboard_show", args=[0])).content.decode()
    assert "There is nothing to see here yet." in standard
    assert ben.get(reverse("dashboards")).status_code == 200
    one = Dashboard.objects.create(name="x", owner=cast["ben"])
    Tile.objects.create(dashboard=one, position=0, figure="revenue")
    for name in ("dashboard", "dashboard_show", "dashboard_edit", "reports", "links"):
        assert ben.get(reverse(name, args=[one.pk])).status_code == 200
    assert ben.get(reverse("dashboard_tile", args=[one.pk, 0])).status_code == 200
    assert ben.get(reverse("report_pdf", args=[one.pk])).status_code == 200
    _, token = sharing.make(one, "x", "en", real_today(current_shop()), "", cast["ben"])
    assert nobody.get(reverse("shared", args=[token])).status_code == 200
