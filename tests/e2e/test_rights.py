"""People's rights in a real browser: a request from the form to the fetched package; a sign-up; what
erasing would do."""

from __future__ import annotations

import io
import zipfile

from playwright.sync_api import Browser, expect

from tests.e2e.test_browser import _page


def test_from_the_form_to_the_fetched_package(browser: Browser, demo: str) -> None:
    person = browser.new_context(locale="en").new_page()
    person.goto(f"{demo}/data-request/")
    person.get_by_label("What do you ask for?").select_option("access")
    person.get_by_label("Your name").fill("Rosa Ladenreich")
    person.get_by_label("Where shall the answer go?").fill("k14646@example.org")
    person.get_by_role("button", name="Send").click()
    said = person.get_by_role("status").inner_text()
    number = next(word for word in said.split() if word.startswith("R-")).rstrip(".")
    office = _page(browser, demo)
    office.goto(f"{demo}/protect/requests/")
    office.get_by_role("link", name=number, exact=True).click()
    expect(office.get_by_text("writes from the address we have")).to_be_visible()
    office.get_by_label("How it is known that it is them").fill("the known address")
    office.get_by_role("button", name="Save").first.click()
    office.get_by_role("button", name="Make the data package").click()
    for _ in range(60):
        if office.get_by_role("button", name="Make link and code").count():
            break
        office.wait_for_timeout(500)
        office.reload()
    office.get_by_role("button", name="Make link and code").click()
    link, code = office.locator("code.wrap").inner_text(), office.locator("b.code").inner_text()
    office.context.close()
    person.goto(link)
    person.get_by_label("The code you were given").fill("WRONGONE")
    person.get_by_role("button", name="Fetch my data").click()
    expect(person.get_by_role("alert")).to_contain_text("not the code")
    person.get_by_label("The code you were given").fill(code)
    with person.expect_download() as fetched:
        person.get_by_role("button", name="Fetch my data").click()
    content = fetched.value.path().read_bytes()
    names = zipfile.ZipFile(io.BytesIO(content)).namelist()
    assert {"readable.html", "data.json", "csv/home-log.csv"} <= set(names)
    person.context.close()


def test_somebody_signs_up_with_an_empty_box_at_first(browser: Browser, demo: str) -> None:
    page = browser.new_context(locale="en").new_page()  # the form speaks its own language
    page.goto(f"{demo}/signup/tee-post/")
    assert not page.get_by_role("checkbox").is_checked()
    page.get_by_label("E-Mail", exact=True).fill("neu@example.org")
    page.get_by_role("button", name="Anmelden").click()
    assert page.get_by_role("status").count() == 0  # the browser asks for the box
    page.get_by_role("checkbox").check()
    page.get_by_role("button", name="Anmelden").click()
    expect(page.get_by_role("status")).to_contain_text("Postfach")
    page.context.close()


def test_what_erasing_would_do_is_seen_before(browser: Browser, demo: str) -> None:
    page = _page(browser, demo)
    page.goto(f"{demo}/customers/one/?customer=14646")
    page.get_by_role("link", name="What would erasing do?").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("What erasing")
    expect(page.get_by_role("table").first).to_contain_text("Purchases")
    page.get_by_label("Type the id once more").fill("12347")
    page.get_by_role("button", name="Erase", exact=True).click()
    expect(page.get_by_role("alert")).to_contain_text("not the id")
    page.context.close()
