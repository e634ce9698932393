"""Every page without an axe finding, and no wider than the screen."""

from __future__ import annotations

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser

from tests.e2e.screenshots import PAGES, confirm, log_in, settle

OF_SOMETHING = ("customer", "customer-card", "source", "event", "dashboard", "dashboard-show", "dashboard-edit",
                "reports", "report-look", "links", "shared", "target", "department", "audience", "audience-edit", "persona",
                "persona-edit", "request", "letter", "erasure", "erasure-plan", "signup-form", "signup", "data-request", "notice", "own-role", "user")  # fmt: skip
"""Pages of things an empty shop does not have."""
OF_OTHERS = ("api", "report-look")
"""Swagger's page, and a mail as mail programs want it: not for axe to judge."""
LOOKS = [
    # each page in both widths, themes and languages; the two halves differ in how these meet
    ("demo", 1280, "light", "de", 0),
    ("demo", 390, "dark", "en", 0),
    ("demo", 1280, "dark", "en", 1),
    ("demo", 390, "light", "de", 1),
    ("empty", 1280, "light", "de", 0),
    ("empty", 390, "dark", "en", 1),
]


@pytest.mark.parametrize(("kind", "width", "theme", "language", "half"), LOOKS)
def test_axe_finds_nothing(
    request, browser: Browser, kind: str, width: int, theme: str, language: str, half: int
) -> None:
    base = request.getfixturevalue(kind)
    context = browser.new_context(
        viewport={"width": width, "height": 900}, color_scheme=theme, locale=language
    )
    page = context.new_page()
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on(
        "console",
        lambda message: (
            complaints.append(message.text)
            if "Content Security" in message.text or "Refused" in message.text
            else None
        ),
    )
    axe = Axe()
    page.goto(f"{base}/login/")
    found = axe.run(page).response["violations"]
    log_in(page, base)
    for name, address in list(PAGES.items())[half::2]:
        if name == "login":
            continue
        if kind == "empty" and name in OF_SOMETHING:
            continue
        if name in OF_OTHERS and (width, theme) != (1280, "light"):
            continue
        answer = page.goto(base + address)
        assert answer is not None
        assert answer.status < 400 or name == "missing", f"{name} is no page: {answer.status}"
        confirm(page)
        settle(page)
        if name in OF_OTHERS:
            continue
        found += axe.run(page).response["violations"]
        wide = page.evaluate("document.documentElement.scrollWidth - innerWidth")
        assert wide <= 0, f"{name} is {wide} px too wide"
    assert [(v["id"], [n["html"][:150] for n in v["nodes"]][:3]) for v in found] == []
    assert complaints == []
    context.close()
