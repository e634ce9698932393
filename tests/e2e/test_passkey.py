"""A passkey, in a real browser with an authenticator of its own: set up, then in without a password."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect, sync_playwright

from tests.e2e.screenshots import confirm, launch, log_in
from tests.servers import serving


@pytest.fixture(scope="module")
def base():
    with serving("empty") as base:
        yield base


@pytest.fixture
def page(base: str):
    with sync_playwright() as playwright:
        browser = launch(playwright)
        page = browser.new_context(locale="en").new_page()
        session = page.context.new_cdp_session(page)
        session.send("WebAuthn.enable")
        session.send("WebAuthn.addVirtualAuthenticator", {"options": {
            "protocol": "ctap2", "transport": "internal", "hasResidentKey": True,
            "hasUserVerification": True, "isUserVerified": True,
        }})  # fmt: skip
        yield page
        browser.close()


def test_set_up_then_in_without_a_password(page: Page, base: str) -> None:
    complaints: list[str] = []
    page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
    log_in(page, base)
    page.goto(f"{base}/account/second-factor/webauthn/add/")
    confirm(page)
    page.fill("#id_name", "My phone")
    page.check("#id_passwordless")
    page.click("#mfa_webauthn_add")
    page.wait_for_url("**/recovery-codes/**")
    assert len(page.input_value("#recovery_codes").split()) == 10
    page.goto(f"{base}/account/second-factor/")
    expect(page.locator("main")).to_contain_text("1 key is set up")
    page.goto(f"{base}/account/")
    page.click("text=Log out")
    page.wait_for_url("**/login/**")
    page.click("#passkey_login")
    page.wait_for_url(f"{base}/")
    expect(page.locator(".me")).to_contain_text("@")
    assert complaints == []
