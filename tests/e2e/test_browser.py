"""In a real browser: the ways people go, by mouse and by keyboard."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import Browser, Page, expect

from tests.e2e.screenshots import log_in, settle
from tests.servers import serving

CSV = "Beleg;Kunde;Datum;Artikel;Menge;Preis\n" + "".join(
    f"{n};K{n % 40};{n % 28 + 1}.{n % 12 + 1}.2025 {n % 24:02}:15;A{n % 9};{n % 3 + 1};{n % 50},90\n"
    for n in range(1, 400)
)


def test_from_a_dropped_file_to_ones_own_figures(browser: Browser, tmp_path: Path) -> None:
    file = tmp_path / "kasse.csv"
    file.write_text(CSV)
    with serving("demo") as base:
        page = _page(browser, base)
        expect(page.get_by_text("Demo shop.")).to_be_visible()
        page.goto(f"{base}/import/")
        with page.expect_navigation():
            _drop(page, file)
        expect(page.get_by_role("heading", name="Is this how your file is meant?")).to_be_visible()
        select = page.get_by_label("Artikel")
        select.select_option("name")  # the preview follows at once
        expect(page.get_by_text("chosen by you")).to_be_visible()
        select.select_option("product")
        expect(page.get_by_text("chosen by you")).not_to_be_visible()
        page.get_by_role("button", name="Import now").click()
        expect(page.get_by_role("heading", name="399 new lines are in")).to_be_visible(
            timeout=20_000
        )
        expect(page.get_by_text("Demo shop.")).not_to_be_visible()
        page.get_by_role("link", name="See your figures").click()
        expect(page.get_by_role("heading", name="Figures")).to_be_visible()
        page.get_by_role("link", name="12 months").click()
        page.get_by_role("link", name="Retention rate", exact=False).first.click()
        assert "from=" in page.url
        page.context.close()


def test_down_to_the_people_and_back(browser: Browser, demo: str) -> None:
    page = _page(browser, demo)
    page.get_by_role("link", name="who left").first.click()
    count = page.get_by_role("heading", level=1).inner_text()
    page.wait_for_load_state()  # typed before htmx listens, nothing would be searched
    page.get_by_role("searchbox").fill("15")
    page.wait_for_url("**search=15**")
    page.get_by_role("row").nth(1).get_by_role("link").click()
    expect(page.get_by_role("heading", name="Time line")).to_be_visible()
    page.get_by_role("link", name="Purchase", exact=True).first.click()
    expect(page.get_by_role("heading", level=2, name="Order")).to_be_visible()
    page.get_by_role("navigation", name="Path").get_by_role("link", name="Customers").click()
    assert "search=15" in page.url
    page.get_by_role("searchbox").fill("")
    expect(page.get_by_role("heading", level=1)).to_have_text(count)
    page.context.close()


def test_by_keyboard_alone(browser: Browser, demo: str) -> None:
    page = _page(browser, demo)
    page.keyboard.press("Tab")
    expect(page.get_by_text("Skip to content")).to_be_focused()
    page.keyboard.press("Enter")
    for _ in range(3):
        page.keyboard.press("Tab")
    outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
    assert outline == "solid"
    page.context.close()


def test_without_javascript_pages_and_forms_work(browser: Browser, demo: str) -> None:
    context = browser.new_context(java_script_enabled=False, locale="en")
    page = context.new_page()
    log_in(page, demo)
    page.goto(f"{demo}/figures/retention_rate/")
    picture = page.locator("noscript img")
    assert picture.count() == 1
    page.get_by_role("button", name="Deutsch").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Kundenbindungsrate")
    context.close()


def _page(browser: Browser, base: str) -> Page:
    page = browser.new_context(locale="en", viewport={"width": 1280, "height": 900}).new_page()
    log_in(page, base)
    page.goto(base)
    if page.get_by_role("button", name="English").count():
        page.get_by_role("button", name="English").click()
    return page


def _drop(page: Page, file: Path) -> None:
    """Drop a file on the form, as from the desktop."""
    transfer = page.evaluate_handle(
        "([name, text]) => { const t = new DataTransfer();"
        " t.items.add(new File([text], name, {type: 'text/csv'})); return t; }",
        [file.name, file.read_text()],
    )
    page.dispatch_event("[data-drop]", "drop", {"dataTransfer": transfer})


def test_a_dashboard_is_arranged_by_drag_and_by_keyboard(browser: Browser, demo: str) -> None:
    page = _page(browser, demo)
    page.goto(f"{demo}/dashboards/")
    expect(page.locator(".dash-card")).to_have_count(12)
    page.get_by_role("button", name="Copy and arrange").click()
    titles = page.locator("[data-tile] h2")
    expect(titles).to_have_count(12)
    first, second, third = titles.all_inner_texts()[:3]
    with page.expect_response(lambda r: r.request.method == "POST"):
        page.locator("[data-handle]").first.press("ArrowRight")
    expect(titles.nth(0)).to_have_text(second)
    expect(titles.nth(1)).to_have_text(first)
    expect(page.locator("#arranged-said")).to_have_text("Place 2")
    with page.expect_response(lambda r: r.request.method == "POST"):
        page.locator("[data-tile]").nth(2).drag_to(page.locator("[data-tile]").nth(0))
    page.reload()
    assert set(titles.all_inner_texts()[:3]) == {first, second, third}
    assert titles.all_inner_texts()[0] == third
    page.get_by_role("button", name="wider").first.click()
    page.get_by_role("link", name="Done").click()
    expect(page.locator(".dash-card")).to_have_count(12)
    assert page.locator(".dash-card h2").first.inner_text() == third
    page.get_by_role("link", name="Present").click()
    expect(page.locator(".dash-card")).to_have_count(12)
    expect(page.get_by_role("navigation")).to_have_count(0)
    page.keyboard.press("Escape")
    expect(page.get_by_role("link", name="Present")).to_be_visible()
    page.context.close()


def test_a_tile_opens_the_figure_with_the_same_number(browser: Browser, demo: str) -> None:
    page = _page(browser, demo)
    page.goto(f"{demo}/dashboards/")
    tile = page.locator(".dash-card").filter(has_text="Orders")
    shown = tile.locator(".tile-value").inner_text()
    tile.get_by_role("link", name="Orders").click()
    expect(page.locator(".hero-value")).to_have_text(shown)
    page.context.close()


def test_a_link_for_an_outsider_works_without_an_account(browser: Browser, demo: str) -> None:
    page = _page(browser, demo)
    page.goto(f"{demo}/dashboards/1/links/")
    page.get_by_label("For whom").fill("Steuerberaterin")
    page.get_by_role("button", name="Make a link").click()
    address = page.locator("#address").inner_text()
    page.context.close()
    outsider = browser.new_context().new_page()
    outsider.goto(address)
    expect(outsider.locator(".dash-card")).to_have_count(13)
    settle(outsider)
    assert outsider.locator("a").count() == 0
    outsider.context.close()


def test_a_customer_is_found_from_anywhere_by_keyboard(browser: Browser, demo: str) -> None:
    page = _page(browser, demo)
    page.goto(f"{demo}/figures/")
    page.keyboard.press("Control+k")
    page.keyboard.type("14646")
    page.wait_for_selector("#finder-found a")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.wait_for_url("**/customers/one/?customer=14646")
    page.keyboard.press("Control+k")
    expect(page.locator("#finder")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("#finder")).not_to_be_visible()
    page.context.close()


def test_from_a_cohort_to_an_audience_of_its_people(browser: Browser, demo: str) -> None:
    page = _page(browser, demo)
    page.get_by_role("link", name="Patterns", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Who comes back")
    page.get_by_label("in steps of").select_option("quarter")
    page.wait_for_url("**every=quarter**")
    expect(page.get_by_role("button", name="Undo")).to_be_visible()
    row = page.get_by_role("table").get_by_role("row").nth(1)
    came_back = row.locator("td").nth(2).locator(".quiet").first.inner_text().strip()
    row.get_by_role("link").nth(2).click()
    expect(page.get_by_text("came back in step 1")).to_be_visible()
    expect(page.get_by_text(f"{came_back} customers").first).to_be_visible()
    page.get_by_label("Name of the audience").fill("Came back")
    page.get_by_role("button", name="Keep these as a fixed list").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Came back")
    page.context.close()


def test_a_funnel_is_built_step_by_step(browser: Browser, demo: str) -> None:
    page = _page(browser, demo)
    page.goto(f"{demo}/patterns/funnel/")
    for number, name in ((1, "Order Completed"), (2, "Order Completed"), (3, "")):
        page.get_by_label(f"Step {number}", exact=True).fill(name)
    page.get_by_label("All within").select_option("90d")
    page.get_by_role("button", name="Show").click()
    expect(page.get_by_role("heading", level=2, name="Funnel")).to_be_visible()
    expect(page.get_by_role("link", name="who came through")).to_be_visible()
    page.context.close()


def test_a_funnel_answers_at_once_and_every_change_can_be_undone(
    browser: Browser, demo: str
) -> None:
    page = _page(browser, demo)
    page.goto(f"{demo}/patterns/funnel/?step1=Order+Completed&step2=Order+Completed&window=90d")
    table = page.get_by_role("region", name="Table: Funnel")
    everybody = table.get_by_role("row").nth(1).inner_text()
    first = page.locator("li", has=page.get_by_label("Step 1", exact=True))
    expect(first.locator(".pick-about")).to_contain_text("people,")
    first.get_by_text("only if …").click()
    first.get_by_label("Step 1: Field 1").fill("country")
    first.get_by_label("Step 1: Field 1").press("Tab")
    expect(page.get_by_role("button", name="Undo")).to_be_visible()
    page.wait_for_url("**field1=country**")
    first.get_by_label("Step 1: Value 1").fill("France")
    first.get_by_label("Step 1: Value 1").press("Tab")
    page.wait_for_url("**value1=France**")
    expect(table.get_by_role("row").nth(1)).not_to_have_text(everybody)
    expect(first.get_by_label("Step 1: Field 2")).to_be_visible()
    assert "without" not in page.url  # what is empty is not in the address
    expect(table.get_by_text("country is ‘France’")).to_be_visible()
    page.get_by_role("button", name="Undo").click()
    page.wait_for_url(lambda url: "field1" in url and "value1" not in url)
    page.get_by_role("button", name="Undo").click()
    page.wait_for_url("**window=90d")
    assert table.get_by_role("row").nth(1).inner_text() == everybody
    expect(page.get_by_role("button", name="Undo")).to_be_hidden()
    page.go_back()
    page.wait_for_url("**field1=country**")
    assert page.evaluate("Object.keys({...localStorage}).length") == 0
    page.context.close()


def test_a_touchpoint_is_named_and_a_contact_noted_at_it(browser: Browser, demo: str) -> None:
    page = _page(browser, demo)
    page.goto(f"{demo}/patterns/touchpoints/")
    page.get_by_role("link", name="Change touchpoints and phases").click()
    page.get_by_role("link", name="New touchpoint").click()
    page.get_by_label("Name in German").fill("Messestand")
    page.get_by_label("Name in English").fill("Fair")
    page.get_by_label("Only contacts that name it").check()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("link", name="Fair")).to_be_visible()
    page.get_by_role("button", name="Look at Fair earlier").click()
    expect(page.get_by_role("link", name="Fair")).to_be_visible()
    page.goto(f"{demo}/customers/one/?customer=14646")
    page.get_by_label("Touchpoint").select_option("messestand")
    page.get_by_role("button", name="Write it down").click()
    expect(page.get_by_text("The contact is noted.")).to_be_visible()
    expect(page.get_by_text("Contact Noted").first).to_be_visible()
    page.goto(f"{demo}/patterns/touchpoints/phases/")
    page.get_by_role("button", name="Back to the proposal").click()
    expect(page.get_by_role("link", name="Fair")).not_to_be_visible()
    page.context.close()


def test_a_question_is_kept_and_put_on_a_dashboard(browser: Browser, demo: str) -> None:
    page = _page(browser, demo)
    page.goto(f"{demo}/patterns/moments/?which=repeat")
    page.get_by_text("Save this question").click()
    page.get_by_label("Name", exact=True).fill("What brings them back")
    page.get_by_role("button", name="Save", exact=True).click()
    page.get_by_role("link", name="What brings them back").click()
    assert "which=repeat" in page.url
    page.goto(f"{demo}/dashboards/")
    page.get_by_role("button", name="New dashboard").click()
    page.locator("#add-pattern").get_by_role("button", name="Add").click()
    page.get_by_role("link", name="Done").click()
    tile = page.get_by_role("link", name="What brings them back")
    expect(tile).to_be_visible()
    tile.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Moments that matter")
    page.get_by_role("button", name="Remove “What brings them back”").click()
    page.context.close()
