"""Pictures of every page: 1280 and 390 px, light and dark, German and English, to look at.

.venv/bin/python tests/e2e/screenshots.py [FOLDER] [PAGE …]
"""

from __future__ import annotations

import sys
from datetime import date, timedelta
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

sys.path.insert(0, str(Path(__file__).parents[2]))
from tests.servers import EMAIL, PASSWORD, serving

PAGES = {
    "login": "/login/",
    "briefing": "/",
    "figures": "/figures/",
    "figure": "/figures/retention_rate/",
    "figure-by": "/figures/revenue/?by=country",
    "figure-every": "/figures/revenue/?every=week",
    "engagement": "/engagement/",
    "cohorts": "/patterns/?revenue=1",
    "funnel": "/patterns/funnel/?step1=Order+Completed&step2=Order+Completed&step3=Order+Completed&window=90d",
    "funnel-parts": "/patterns/funnel/?step1=Order+Completed&step1.field1=country&step1.op1=is&step1.value1=Germany&step2=Order+Completed&window=90d&every=month&by=trait:plan",
    "ways": "/patterns/ways/?gap=never",
    "ways-touchpoints": "/patterns/ways/?gap=never&by=touchpoint",
    "moments-events": "/patterns/moments/?which=repeat&look_back=90d&by=event",
    "figure-clv": "/figures/clv/?by=country",
    "figure-risk": "/figures/churn_risk/",
    "affinity": "/patterns/affinity/",
    "moments": "/patterns/moments/?which=repeat&look_back=90d",
    "value": "/predict/",
    "value_people": "/predict/value/people/",
    "risk": "/predict/risk/",
    "coming": "/predict/next/",
    "forecast": "/predict/forecast/?figure=revenue&every=week&ahead=4",
    "models": "/predict/models/",
    "effect": f"/predict/effect/?figure=revenue&day={date.today() - timedelta(days=90)}&every=week",
    "touchpoints": "/patterns/touchpoints/",
    "touchpoints_edit": "/patterns/touchpoints/phases/",
    "touchpoint_new": "/patterns/touchpoints/new/",
    "staying": "/patterns/staying/?by=country",
    "dashboards": "/dashboards/",
    "dashboard": "/dashboards/1/",
    "dashboard-show": "/dashboards/1/show/",
    "dashboard-edit": "/dashboards/1/edit/",
    "reports": "/dashboards/1/reports/",
    "report-look": "/dashboards/1/mail/",
    "links": "/dashboards/1/links/",
    "shared": "/shared/for-pictures/",
    "targets": "/targets/",
    "target": "/targets/1/",
    "target-new": "/targets/new/?figure=revenue",
    "department": "/departments/1/",
    "alarms": "/alerts/",
    "figure-watched": "/figures/revenue/?every=week",
    "mail": "/settings/mail/",
    "keys": "/settings/keys/",
    "api": "/api/v1/docs",
    "own-list": "/figures/own/",
    "own-new": "/figures/own/new/",
    "people": "/figures/retention_rate/people/?part=lost",
    "leaving": "/leaving/",
    "customers": "/customers/?overdue=1&columns=name&columns=city&columns=revenue&columns=due",
    "customer": "/customers/one/?customer=14646",
    "customer-card": "/customers/one/card/?customer=14646",
    "customers-tagging": "/customers/tagging/?country=Germany",
    "portfolio": "/customers/portfolio/",
    "personas": "/customers/personas/",
    "persona": "/customers/personas/1/",
    "persona-new": "/customers/personas/new/?audience=1",
    "persona-edit": "/customers/personas/1/definition/",
    "audiences": "/customers/audiences/",
    "audience": "/customers/audiences/1/?customer=14646",
    "audience-new": "/customers/audiences/new/?figure=repeat_purchase_rate&days=90",
    "audience-edit": "/customers/audiences/1/definition/",
    "audience-list": "/customers/audiences/new/?kind=list",
    "duplicates": "/customers/duplicates/",
    "merging": "/customers/merging/?kept=14646&gone=12347",
    "finder": "/search/?q=emi",
    "tasks": "/customers/tasks/?of=all",
    "protect": "/protect/",
    "gate": "/protect/gate/?purpose=news&channel=email&code=no_consent",
    "suppression": "/protect/suppression/",
    "purpose-new": "/protect/purposes/new/",
    "protect-firm": "/protect/firm/",
    "requests": "/protect/requests/",
    "request": "/protect/requests/1/",
    "request-new": "/protect/requests/new/?customer=14646",
    "letter": "/protect/requests/1/letter/?letter=identity&language=de",
    "erasures": "/protect/erasures/",
    "erasure": "/protect/erasures/6f1c2d9e-0000-4000-8000-000000000001/",
    "erasure-plan": "/protect/erasures/plan/?customer=14646",
    "retention": "/protect/retention/",
    "retention-edit": "/protect/retention/customers/",
    "record": "/protect/record/",
    "looks": "/protect/looks/",
    "transfers": "/protect/transfers/",
    "notices": "/protect/notices/",
    "notice": "/privacy-notice/",
    "breaches": "/protect/breaches/",
    "breach": "/protect/breaches/new/",
    "consent-ages": "/protect/consents/",
    "signup-forms": "/protect/signups/",
    "signup-form": "/protect/signups/tee-post/",
    "signup": "/signup/tee-post/",
    "data-request": "/data-request/",
    "imports": "/import/",
    "sources": "/sources/",
    "source": "/sources/of/web/",
    "live": "/sources/live/",
    "quarantine": "/sources/quarantine/?source=backend&code=bad_time",
    "schema": "/sources/schema/",
    "event": "/sources/schema/event/?event=Product+Viewed",
    "who": "/sources/who/",
    "traffic": "/sources/traffic/",
    "jobs": "/jobs/",
    "settings": "/settings/",
    "account": "/account/",
    "forgotten": "/login/forgotten/",
    "second-factor": "/account/second-factor/",
    "second-factor-app": "/account/second-factor/totp/activate/",
    "passkey-new": "/account/second-factor/webauthn/add/",
    "sessions": "/account/sessions/",
    "users": "/settings/users/",
    "user": "/settings/users/2/",
    "own-role": "/settings/roles/1/",
    "gallery": "/gallery/",
    "missing": "/gallery/?page=missing",
}
CHROMIUM = "/usr/bin/chromium"
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
         "--disable-background-networking", "--disable-component-update", "--disable-sync"]  # fmt: skip


def launch(playwright) -> Browser:  # type: ignore[no-untyped-def]
    return playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)


def log_in(page: Page, base: str) -> None:
    page.goto(f"{base}/login/")
    page.fill("#id_login", EMAIL)
    page.fill("#id_password", PASSWORD)
    page.click("button.primary")


def confirm(page: Page) -> None:
    """Say the password again where a page asks for it."""
    if "/login/again/" in page.url:
        page.fill("#id_password", PASSWORD)
        page.click("main button.primary")


def settle(page: Page) -> None:
    """Wait until the charts are drawn."""
    for _ in range(600):  # tiles below are fetched when they come into view
        page.evaluate("document.querySelector('[aria-busy=true]')?.scrollIntoView()")
        if page.locator("[aria-busy=true]").count() == 0:
            break
        page.wait_for_timeout(100)
    undrawn = "document.querySelectorAll('[data-chart]:not([data-drawn])').length"
    for step in range(100):  # they are drawn when they come into view
        page.evaluate(f"window.scrollTo(0, {step} * 500 % (document.body.scrollHeight + 500))")
        if page.evaluate(undrawn) == 0:
            break
        page.wait_for_timeout(100)
    else:
        raise AssertionError("a chart was not drawn")
    page.evaluate("window.scrollTo(0, 0)")


def main(folder: Path, names: list[str]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for kind in ("demo", "empty"):
        with serving(kind) as base, sync_playwright() as playwright:
            browser = launch(playwright)
            for width in (1280, 390):
                for theme in ("light", "dark"):
                    for language in ("de", "en"):
                        context = browser.new_context(
                            viewport={"width": width, "height": 900},
                            color_scheme=theme,
                            locale=language,
                        )
                        page = context.new_page()
                        if "login" in names:
                            page.goto(f"{base}/login/")
                            page.screenshot(
                                path=folder / f"{kind}-login-{width}-{theme}-{language}.png"
                            )
                        log_in(page, base)
                        for name in names:
                            if name == "login":
                                continue
                            page.goto(base + PAGES[name])
                            confirm(page)
                            settle(page)
                            page.screenshot(
                                path=folder / f"{kind}-{name}-{width}-{theme}-{language}.png",
                                full_page=True,
                            )
                        context.close()
            browser.close()


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "screenshots"), sys.argv[2:] or list(PAGES))
