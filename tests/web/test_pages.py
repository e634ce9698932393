"""Pages: what they say, in both languages, with the same numbers everywhere."""

from __future__ import annotations

import csv
import io
import re
import traceback
from datetime import timedelta

import openpyxl
import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from structlog.testing import capture_logs

from gern.core.figures.catalogue import FIGURES
from gern.kit import formats
from gern.kit.shop import current_shop


def text(response) -> str:
    return re.sub(r"[ \n\t]+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


WHOLE_PAGES: dict[str, str] = {}


@pytest.mark.parametrize(
    ("id", "language"), [(id, ("de", "en")[n % 2]) for n, id in enumerate(FIGURES)]
)
def test_tile_detail_people_and_export_show_the_same_number(ben, cast, id, language) -> None:
    cast["ben"].language = language
    cast["ben"].save()
    from django.utils import translation

    shop = current_shop()
    period = shop.usual_period()
    answer = shop.figure(id, period.start, period.end)
    with translation.override(language):
        shown = formats.answer_value(answer)
    if language not in WHOLE_PAGES:  # the same for all of them
        WHOLE_PAGES[language] = text(ben.get(reverse("figures") + "?whole=1"))
    tiles = WHOLE_PAGES[language]
    detail = text(ben.get(reverse("figure", args=[id])))
    waits = shop.waits_for(FIGURES[id])
    name = FIGURES[id].name.in_language(language)
    assert (shown in tiles) or waits
    assert shown in detail
    if waits:  # it says so, and where it would stand
        assert waits[0].in_language(language).split(" (")[0] in detail
        assert name in tiles
    assert FIGURES[id].name.in_language(language) in detail
    exported = ben.get(reverse("figure_export", args=[id, "csv"])).content.decode("utf-8-sig")
    row = list(csv.reader(io.StringIO(exported)))[1]
    assert (float(row[4]) if row[4] else None) == answer.value
    for part in FIGURES[id].parts:
        people = ben.get(reverse("people", args=[id]) + f"?part={part.id}")
        found = shop.people(id, period.start, period.end, part=part.id, limit=1)
        with translation.override(language):
            assert formats.number(found.total) in text(people)


def test_the_briefing_says_sentences_with_numbers(ben: Client, cem: Client) -> None:
    shop = current_shop()
    period = shop.usual_period()
    strict = formats.answer_value(shop.figure("retention_rate_strict", period.start, period.end))
    page = text(ben.get("/"))
    assert f"{strict} of your customers stayed." in page
    assert "about to leave" in page
    assert "See the" in page
    assert "See the 5" not in text(cem.get("/"))  # no people for a viewer


def test_an_empty_shop_says_what_to_do(own_home, ben: Client, cem: Client) -> None:
    for page in ("/", reverse("figures")):
        assert "Bring in your purchases" in text(ben.get(page))
        assert reverse("imports") in ben.get(page).content.decode()
        assert reverse("imports") not in cem.get(page).content.decode()
    for id in FIGURES:
        assert ben.get(reverse("figure", args=[id]) + "?by=country").status_code == 200
        assert "Nobody here" in text(ben.get(reverse("people", args=[id])))
    assert ben.get(reverse("leaving")).status_code == 200


@pytest.mark.parametrize(
    "query",
    ["from=yesterday", "to=2011-02-30", "from=2030-01-01&to=2020-01-01", "from=9999-12-31&to=9999-12-31",
     "page=-1", "page=99999999", "by=weather&part=nobody", "sort=;DROP", "from=0001-01-01", "page=²",
     "from=1900-06-01&to=1900-07-01", "from=2199-11-01&to=2199-12-01"],
)  # fmt: skip
def test_odd_addresses_never_break_a_page(ben: Client, query: str) -> None:
    for name, args in (("figures", []), ("figure", ["churn_rate"]), ("people", ["churn_rate"]),
                       ("figure_export", ["churn_rate", "xlsx"]), ("leaving", [])):  # fmt: skip
        assert ben.get(f"{reverse(name, args=args)}?{query}").status_code == 200
    page = text(ben.get(f"{reverse('figures')}?from=yesterday"))
    assert "no day" in page
    assert "usual period" in page


def test_an_unknown_origin_of_a_customer_is_no_error(ben: Client) -> None:
    assert ben.get(reverse("customer") + "?customer=17850&figure=nope").status_code == 200


def test_the_address_holds_the_state(ben: Client) -> None:
    page = ben.get(reverse("figures") + "?from=2026-06-01&to=2026-06-30").content.decode()
    assert 'value="2026-06-01"' in page
    # on a slow machine the tile comes later, from an address of the same state
    assert re.search(r"/figures/revenue/(tile/)?\?from=2026-06-01&amp;to=2026-06-30", page)
    detail = ben.get("/figures/revenue/?from=2026-06-01&to=2026-06-30&by=country").content.decode()
    assert "part=sold" in detail
    assert "from=2026-06-01" in detail


def test_what_is_not_there_is_404(ben: Client) -> None:
    for page in ("/figures/npx/", "/figures/initiative_roi/", "/figures/npx/people/", "/figures/revenue/export.exe",
                 "/figures/revenue/chart.gif", "/customers/one/?customer=nobody", "/nothing/"):  # fmt: skip
        response = ben.get(page)
        assert response.status_code == 404
        assert "nothing here" in text(response)


def test_lists_take_the_same_number_of_queries_however_long(ben: Client) -> None:
    counts = set()
    for query in ("?search=1", "?search=1785", "?search=nobody-at-all"):
        with CaptureQueriesContext(connection) as captured:
            ben.get(reverse("people", args=["orders"]) + query)
        counts.add(len(captured))
    assert len(counts) == 1
    assert counts.pop() <= 3


def test_search_sort_and_pages(ben: Client) -> None:
    everybody = text(ben.get(reverse("people", args=["orders"]) + "?sort=customer"))
    assert "Page 1 of" in everybody
    rows = ben.get(
        reverse("people", args=["orders"]) + "?from=2020-01-01&search=1785",
        headers={"HX-Request": "true"},
    )
    assert b"<html" not in rows.content
    assert b"17850" in rows.content


def test_a_customer_down_to_the_lines_and_back(ben: Client) -> None:
    page = ben.get(
        reverse("customer") + "?customer=17850&figure=retention_rate&part=lost&order=536365"
    )
    said = text(page)
    assert "WHITE HANGING HEART T-LIGHT HOLDER" in said
    assert "part=lost" in page.content.decode()


def test_charts_as_files(cem: Client) -> None:
    svg = cem.get(reverse("figure_chart", args=["retention_rate", "svg"]))
    assert svg.content.startswith(b"<svg")
    png = cem.get(reverse("figure_chart", args=["revenue", "png"]) + "?by=country")
    assert png.content.startswith(b"\x89PNG")


def test_exports_guard_against_formulas_and_keep_numbers(own_home, ben: Client, tmp_path) -> None:
    path = tmp_path / "p.csv"
    path.write_text('order,customer,date,amount,country\n1,"=cmd|\'/c calc\'!A0",2024-01-05,-5.5,@SUM(1)\n'
                    '2,+49 170,2024-01-05,9.5,Österreich\n')  # fmt: skip
    own_home.import_file(path)
    query = "?from=2024-01-01&to=2024-12-31&part=amount&sort=customer"
    address = reverse("people_export", args=["revenue_per_customer", "xlsx"]) + query.replace(
        "part=amount", "part=amount"
    )
    sheet = openpyxl.load_workbook(io.BytesIO(ben.get(address).content)).active
    cells = [[c.value for c in row] for row in sheet.iter_rows()]
    assert cells[1][0] == "'+49 170"
    assert cells[2][0].startswith("'=cmd")
    assert (cells[1][3], cells[1][6]) == (9.5, "Österreich")
    assert cells[2][6] == "'@SUM(1)"
    text_ = ben.get(address.replace("xlsx", "csv")).content.decode("utf-8-sig")
    assert "'=cmd" in text_
    assert "'@SUM(1)" in text_


def test_headers_that_protect(ben: Client, nobody: Client) -> None:
    response = ben.get("/")
    policy = response["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "script-src 'self'" in policy
    assert "unsafe" not in policy
    assert response["X-Frame-Options"] == "DENY"
    assert response["X-Content-Type-Options"] == "nosniff"
    assert "Cookie" in response["Vary"]
    for page in ("/", reverse("figures"), reverse("imports"), reverse("settings")):
        html = ben.get(page).content.decode()
        assert not re.search(r"<script(?![^>]*src=)|<style|\sstyle=|\son\w+=", html)


def test_language_and_theme_keep_the_page_and_its_filter(ben: Client, cast) -> None:
    target = "/figures/revenue/?by=country&from=2026-06-01"
    response = ben.post(reverse("preferences"), {"language": "de", "next": target})
    assert response["Location"] == target
    cast["ben"].refresh_from_db()
    assert cast["ben"].language == "de"
    assert "Umsatz" in text(ben.get(target))
    ben.post(reverse("preferences"), {"theme": "dark", "next": "/"})
    assert 'data-theme="dark"' in ben.get("/").content.decode()
    outside = ben.post(reverse("preferences"), {"theme": "dark", "next": "https://example.org/"})
    assert outside["Location"] == "/"


def test_settings_are_dated_and_say_who(own_home, anna: Client) -> None:
    new = {
        "zone": "Europe/Vienna",
        "currency": "EUR",
        "language": "de",
        "window_days": "90",
        "fees": "A, B",
    }
    assert anna.post(reverse("settings"), new).status_code == 302
    assert (own_home.zone, own_home.window_days, own_home.fees) == ("Europe/Vienna", 90, ["A", "B"])
    assert "anna@example.org" in text(anna.get(reverse("settings")))
    assert own_home.setting("profit").value in (None, {})  # both were left empty
    assert (
        anna.post(reverse("settings"), {**new, "margin": "35.5", "acquisition": "12"}).status_code
        == 302
    )
    assert own_home.setting("profit").value == {"margin": "35.5", "acquisition": "12"}
    page = text(anna.get(reverse("settings")))
    assert "12" in page
    assert anna.post(reverse("settings"), {**new, "margin": "101"}).status_code == 200
    assert own_home.setting("profit").value["margin"] == "35.5"
    wrong = anna.post(reverse("settings"), {**new, "zone": "Nowhere"})
    assert "no time zone" in text(wrong) or "keine Zeitzone" in text(wrong)
    assert own_home.zone == "Europe/Vienna"


def test_health(nobody: Client, own_home, monkeypatch) -> None:
    assert nobody.get("/healthz").json() == {"status": "ok"}
    assert nobody.get("/readyz").status_code == 200

    def broken(self: object) -> None:
        raise OSError

    monkeypatch.setattr("gern.core.log.manifest.Manifest.segments", broken)
    response = nobody.get("/readyz")
    assert (response.status_code, response.json()["problems"]) == (503, ["log"])


def test_the_request_log_names_routes_not_people(ben: Client) -> None:
    with capture_logs() as lines:
        ben.get(reverse("customer") + "?customer=17850")
    assert [line["route"] for line in lines] == ["customer"]
    assert "17850" not in str(lines)
    assert "ben@" not in str(lines)


def test_what_takes_longer_is_fetched_tile_by_tile(ben: Client, monkeypatch) -> None:
    from gern.rooms.insights import queries, views

    monkeypatch.setattr(views, "AT_ONCE", 0.0)
    queries._cache.clear()
    page = ben.get(reverse("figures")).content.decode()
    assert page.count('hx-trigger="revealed"') == len(queries.ready(current_shop()))
    assert 'class="tile card"' not in page
    tile = ben.get(reverse("figure_tile", args=["orders"])).content.decode()
    answer = current_shop().figure("orders", *_usual())
    assert f'<p class="tile-value">{formats.answer_value(answer)}</p>' in tile
    page = ben.get(reverse("figures")).content.decode()
    assert page.count('class="tile card"') == 1  # what is known stands there at once


def test_long_periods_are_shown_by_month_and_exported_so(ben: Client) -> None:
    today = current_shop().today()
    query = f"?from={today - timedelta(days=360)}&to={today - timedelta(days=1)}"
    address = reverse("figure", args=["orders"])
    page = ben.get(address + query).content.decode()
    assert re.search(r'aria-current="true">by month<', page)
    rows = (
        ben.get(reverse("figure_export", args=["orders", "csv"]) + query)
        .content.decode()
        .splitlines()
    )
    months = current_shop().series("orders", today - timedelta(days=360), today, "month")
    assert len(rows) == 1 + 1 + len(months)
    page = ben.get(address + query + "&every=periods").content.decode()
    assert re.search(r'aria-current="true">periods of this length<', page)
    page = ben.get(address).content.decode()  # three months: one query for each is cheap
    assert re.search(r'aria-current="true">periods of this length<', page)


def test_warming_up_works(monkeypatch) -> None:
    """It says nothing when it fails, so that a server starts; this must see it."""
    from gern.rooms.insights import queries
    from gern.shell import warm

    failed = []
    said = lambda _event: failed.append(traceback.format_exc())  # noqa: E731
    monkeypatch.setattr(warm.structlog, "get_logger", lambda *_: type("L", (), {"exception": said}))
    queries._cache.clear()
    warm._in_background()
    assert failed == []
    assert all(queries.is_known(current_shop(), queries._tile_key(f, current_shop().usual_period()))
               for f in queries.ready(current_shop()))  # fmt: skip


def _usual():
    period = current_shop().usual_period()
    return period.start, period.end
