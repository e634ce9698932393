"""Route × role, from the route table, with data that could leak."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from gern.kit.access import access_of
from gern.kit.shop import current_shop
from gern.rooms.collect.models import ImportRun, Source

ARGUMENTS = {
    "figure": ["retention_rate"],
    "figure_tile": ["retention_rate"],
    "figure_export": ["retention_rate", "csv"],
    "figure_chart": ["retention_rate", "svg"],
    "people": ["retention_rate"],
    "customers_export": ["csv"],
    "portfolio_chart": ["svg"],
    **{
        name: ["csv"]
        for name in (
            "cohorts_export",
            "funnel_export",
            "staying_export",
            "ways_export",
            "affinity_export",
            "rhythm_export",
            "moments_export",
            "phases_export",
            "value_people_export",
            "risk_export",
            "coming_export",
        )
    },
    "value_chart": ["svg"],
    "effect_chart": ["svg"],
    "forecast_chart": ["svg"],
    "forecast_export": ["csv"],
    "effect_export": ["csv"],
    "score_decision": [1],
    "pattern_chart": ["cohorts", "svg"],
    "pattern_removal": [1],
    **{name: ["purchase"] for name in ("touchpoint", "touchpoint_place", "touchpoint_removal")},
    "customer_part": ["likes"],
    "purpose_edit": ["news"],
    "purpose_removal": ["news"],
    "erasure": ["6f1c2d9e-0000-4000-8000-000000000000"],
    "certificate": ["6f1c2d9e-0000-4000-8000-000000000000", "json"],
    **{
        n: [1]
        for n in (
            "hold_end",
            "sealed_open",
            "request",
            "request_step",
            "package_order",
            "package_do",
            "request_letter",
            "letter_print",
        )
    },
    "data_package": ["x"],
    "signup_form_edit": ["tea"],
    "signup": ["tea"],
    "signup_confirm": ["x"],
    "own_data": ["x"],
    "retention_edit": ["visitors"],
    "record_export": ["csv"],
    "breaches_export": ["csv"],
    "transfers_export": ["csv"],
    "transfer_recipient": [1],
    "notice_version": [1],
    "breach": [1],
    "restriction_end": [1],
    "choices": ["x"],
    "unsubscribe": ["x", "news"],
    "persona_file": [1, "png"],
    **{
        n: [1]
        for n in (
            "tag_change_undo",
            "card_change_undo",
            "list_removal",
            "customer_note_removal",
            "customer_tag_removal",
            "task_done",
            "customer_file_content",
            "customer_file_removal",
            "customer_relation_removal",
            "persona",
            "persona_edit",
            "persona_measure",
            "persona_picture",
            "persona_removal",
            "persona_statement",
            "persona_statement_removal",
            "audience",
            "audience_edit",
            "audience_removal",
            "audience_overlap",
            "duplicate_apart",
            "duplicate_undo",
        )
    },
    "people_export": ["retention_rate", "csv"],
    "leaving_export": ["csv"],
    "chart_bundle": ["vega-1.js"],
    "own_figure": ["own_x"],
    "own_figure_removal": ["own_x"],
    **{n: ["retention_rate"] for n in ("watch", "band", "note_addition")},
    **{n: [0] for n in ("dashboard_show",)},
    **{
        n: [1]
        for n in (
            "note_removal",
            "target",
            "target_removal",
            "department",
            "department_removal",
            "dashboard",
            "dashboard_edit",
            "dashboard_removal",
            "reports",
            "report_pdf",
            "report_look",
            "report_sending",
            "report_removal",
            "links",
            "link_end",
            "api_key_end",
            "user",
            "user_link",
            "user_sessions",
            "user_factor",
            "own_role",
            "mfa_remove_webauthn",
            "mfa_edit_webauthn",
        )
    },
    "password_new": ["MQ", "set-password"],
    "dashboard_tile": [0, 1],
    "shared": ["a-token"],
    "shared_chart": ["a-token", 0],
    "mail_again": ["6f1c2d9e-0000-4000-8000-000000000000"],
    "mail_removal": ["6f1c2d9e-0000-4000-8000-000000000000"],
    "rule_removal": [1],
    "feed_check": [1],
    "feed_removal": [1],
    "job_restart": ["6f1c2d9e-0000-4000-8000-000000000000"],
    "job_removal": ["6f1c2d9e-0000-4000-8000-000000000000"],
    **{n: ["web"] for n in ("source", "source_arriving", "source_rotation", "source_change")},
}
OF_AN_IMPORT = {"import_run", "import_mapping", "import_start", "import_progress",
                "import_replacement", "import_removal", "import_rejects", "import_undo"}  # fmt: skip
MAY = {
    "public": {"nobody", "cem", "ben", "anna"},
    "user": {"cem", "ben", "anna"},
    "viewer": {"cem", "ben", "anna"},
    "editor": {"ben", "anna"},
    "admin": {"anna"},
    "owner": {"anna"},
}
EXPECTED = {
    "briefing": "viewer", "briefing_changes": "viewer", "figures": "viewer", "figure": "viewer", "figure_export": "viewer", "figure_tile": "viewer",
    "figure_chart": "viewer", "people": "editor", "people_export": "editor", "leaving": "editor",
    "leaving_export": "editor",
    "customers": "editor", "customers_export": "editor", "customers_tagging": "editor", "customers_tag": "editor",
    "finder": "user", "audiences": "editor", "audience": "editor", "audience_new": "editor", "audience_edit": "editor",
    "audience_removal": "editor", "audience_overlap": "editor", "audience_of_list": "editor",
    "duplicates": "editor", "duplicates_look": "editor", "merge_sure": "editor", "duplicate_apart": "editor",
    "duplicate_undo": "editor", "merging": "editor", "merge": "editor",
    "portfolio": "editor", "portfolio_chart": "editor", "tag_change_undo": "editor", "card_change_undo": "editor", "list_save": "editor", "list_removal": "editor", "customer": "editor",
    "customer_card": "editor", "customer_note": "editor", "customer_note_removal": "editor", "customer_tag": "editor",
    "customer_trait": "editor", "customer_file": "editor", "customer_file_content": "editor",
    "customer_file_removal": "editor", "customer_relation": "editor", "customer_relation_removal": "editor",
    "customer_alike": "editor", "customer_part": "editor", "personas": "viewer", "persona": "viewer", "persona_file": "viewer",
    "persona_picture": "viewer", "persona_new": "editor", "persona_edit": "editor",
    "persona_portrait": "editor", "persona_measure": "editor", "persona_statement": "editor",
    "persona_statement_removal": "editor", "persona_removal": "editor",
    "customer_tag_removal": "editor", "tasks": "editor", "task_addition": "editor", "task_done": "editor",
    "protect": "editor", "gate": "editor", "suppression": "editor", "purpose_new": "admin",
    "purpose_edit": "admin", "purpose_removal": "admin", "consent_said": "editor", "restriction": "editor",
    "restriction_end": "editor", "choices_link": "editor", "choices": "public", "unsubscribe": "public",
    "protect_firm": "admin", "erasures": "editor", "erasure_plan": "editor", "erasure_begin": "admin",
    "erasure": "editor", "certificate": "editor", "hold_begin": "editor", "hold_end": "editor", "sealed_open": "admin",
    "requests": "editor", "request_new": "editor", "request": "editor", "request_step": "editor",
    "package_order": "editor", "request_letter": "editor", "letter_print": "editor", "package_do": "editor",
    "data_request": "public", "data_package": "public", "consent_ages": "editor", "proof": "editor",
    "signup_forms": "editor", "signup_form_new": "admin", "signup_form_edit": "admin", "signup": "public",
    "signup_confirm": "public", "own_data": "public", "looks": "admin", "transfers": "editor", "notices": "admin", "notices_given": "admin", "notice_given": "editor", "notice": "public", "notice_version": "public", "transfers_export": "editor", "transfer_recipient": "editor", "retention": "editor", "retention_edit": "admin",
    "record": "editor", "record_export": "editor", "breaches": "admin", "breaches_export": "admin",
    "breach_new": "admin", "breach": "admin",
    "imports": "editor", "import_run": "editor",
    "import_mapping": "editor", "import_start": "editor", "import_progress": "editor",
    "import_replacement": "editor", "import_undo": "editor", "import_removal": "editor", "import_rejects": "editor",
    "settings": "admin", "account": "user", "login": "public", "logout": "public",
    "account_login": "public", "account_logout": "public", "account_reauthenticate": "user",
    "account_inactive": "public", "password_forgotten": "public", "password_new": "public",
    "mfa_index": "user", "mfa_authenticate": "public", "mfa_reauthenticate": "user",
    "mfa_activate_totp": "user", "mfa_deactivate_totp": "user", "mfa_view_recovery_codes": "user",
    "mfa_generate_recovery_codes": "user", "mfa_download_recovery_codes": "user",
    "mfa_list_webauthn": "user", "mfa_add_webauthn": "user", "mfa_reauthenticate_webauthn": "user",
    "mfa_remove_webauthn": "user", "mfa_edit_webauthn": "user", "mfa_login_webauthn": "public",
    "usersessions_list": "user", "users": "owner", "user": "owner", "user_link": "owner",
    "user_sessions": "owner", "user_factor": "owner", "own_role_new": "owner", "own_role": "owner",
    "customer_owner": "editor",
    "preferences": "public", "chart_bundle": "public", "healthz": "public", "readyz": "public",
    "gallery": "admin", "metrics": "public", "jobs": "admin", "job_restart": "admin",
    "job_removal": "admin", "sources": "editor", "source": "editor", "source_arriving": "editor",
    "live": "editor", "quarantine": "editor", "quarantine_replay": "editor",
    "quarantine_removal": "editor", "schema": "editor", "schema_event": "editor",
    "identities": "editor", "identity_decision": "editor", "identity_separation": "editor",
    "traffic": "editor", "source_addition": "admin", "source_rotation": "admin",
    "source_change": "admin", "schema_description": "admin", "schema_treatment": "admin",
    "rule_addition": "admin", "rule_removal": "admin", "feed_addition": "admin",
    "feed_check": "admin", "feed_removal": "admin", "own_figures": "editor",
    "engagement": "viewer", "patterns": "viewer", "cohorts_export": "viewer", "funnel": "viewer", "funnel_export": "viewer", "staying": "viewer", "staying_export": "viewer", "pattern_chart": "viewer",
    "value": "viewer", "value_chart": "viewer", "value_people": "editor", "value_people_export": "editor",
    "risk": "editor", "risk_export": "editor", "models": "viewer", "coming": "editor", "forecast": "viewer", "forecast_chart": "viewer", "forecast_export": "viewer", "coming_export": "editor", "models_learning": "editor", "effect": "viewer", "effect_chart": "viewer", "effect_export": "viewer",
    "score_contesting": "editor", "score_decision": "editor",
    "customer_contact": "editor", "rhythm_export": "viewer", "pattern_count": "viewer", "pattern_saving": "viewer", "pattern_removal": "viewer", "ways": "viewer", "ways_export": "viewer", "affinity": "viewer", "affinity_export": "viewer", "moments": "viewer", "moments_export": "viewer", "touchpoints": "viewer", "phases_export": "viewer", "phases_edit": "editor", "touchpoint_new": "editor", "touchpoint": "editor", "touchpoint_place": "editor", "touchpoint_removal": "editor", "touchpoints_usual": "editor", "own_figure_new": "editor", "own_figure": "editor", "own_figure_removal": "editor",
    "watch": "editor", "band": "editor", "note_addition": "editor", "note_removal": "editor",
    "alarms": "viewer", "look_now": "editor", "alarm_seen": "editor", "alarm_mail": "viewer",
    "targets": "viewer", "target_new": "editor", "target": "editor", "target_removal": "editor",
    "department": "viewer", "department_addition": "editor", "department_removal": "editor",
    "dashboards": "viewer", "dashboard": "viewer", "dashboard_show": "viewer",
    "dashboard_tile": "viewer", "dashboard_addition": "viewer", "dashboard_edit": "viewer",
    "dashboard_removal": "viewer", "reports": "editor", "report_pdf": "editor",
    "report_look": "editor", "report_sending": "editor", "report_removal": "editor",
    "links": "editor", "link_end": "editor", "outside": "admin", "shared": "public", "shared_chart": "public",
    "mail": "admin", "mail_test": "admin", "mail_check": "admin", "mail_again": "admin",
    "mail_removal": "admin", "api_keys": "owner", "api_key_end": "owner",
}  # fmt: skip


def routes(patterns=None) -> Iterator[URLPattern]:
    for pattern in patterns if patterns is not None else get_resolver().url_patterns:
        if isinstance(pattern, URLResolver) and pattern.namespace == "api":
            continue  # keys decide there: see test_api.py
        if isinstance(pattern, URLResolver):
            yield from routes(pattern.url_patterns)
        else:
            yield pattern


def address(name: str, run: ImportRun | None = None) -> str:
    if name in OF_AN_IMPORT:
        return reverse(name, args=[run.pk if run else 1])
    return reverse(name, args=ARGUMENTS.get(name, []))


def test_every_route_has_a_rule_and_it_is_the_one_written_here() -> None:
    found = {pattern.name: access_of(pattern.callback) for pattern in routes()}
    assert found == EXPECTED


@pytest.mark.parametrize("name", list(EXPECTED))
def test_who_may_what(request, db, own_home, name: str) -> None:
    """Every role, reading and writing: who may least comes first."""
    run = ImportRun.objects.create(name="x", state="failed", zone="UTC", currency="EUR", error={})
    Source.objects.create(name="web")
    for who in ("nobody", "cem", "ben", "anna"):
        for method in ("get", "post"):
            client: Client = request.getfixturevalue(who)
            response = getattr(client, method)(address(name, run))
            if who in MAY[EXPECTED[name]]:
                assert response.status_code != 403, (who, method)
                assert not response.headers.get("Location", "").startswith("/login/?next=")
                continue
            if who == "nobody":
                assert response.status_code == 302, method
                assert response["Location"].startswith("/login/?next=")
            else:
                assert response.status_code == 403, (who, method)
            assert ImportRun.objects.filter(pk=run.pk).exists()


@pytest.mark.parametrize("name", list(EXPECTED))
def test_a_viewer_never_sees_a_customer(cem: Client, ben: Client, name: str) -> None:
    """The demo shop is full of customer numbers that could leak: an editor does see them."""
    query = "?from=2020-01-01&part=S&by=country&group=France&sort=revenue"
    query += "&customer=12583" if name in ("customer", "customer_card", "portfolio") else ""
    found = current_shop().people("purchase_frequency", "2020-01-01", "2030-01-01").rows
    numbers = {p.person.encode() for p in found}
    assert len(numbers) == 4339
    response = cem.get(address(name) + query)
    body = b"".join(response.streaming_content) if response.streaming else response.content
    if (
        name == "metrics"
    ):  # amounts, bytes and seconds can be any number; labels could name somebody
        body = re.sub(rb" [-+.\deEInfNa]+$", b"", body, flags=re.MULTILINE)
    if EXPECTED[name] in ("editor", "admin", "owner"):
        assert response.status_code == 403
    else:
        words = set(re.findall(rb"(?<![\d.,])1\d{4}(?![\d.,])", body))
        if name in ("affinity_export", "rhythm_export"):  # products have numbers too
            words = {w for row in body.splitlines() for w in row.split(b",")[4:]} & words
        assert not words & numbers
        assert b"/people/" not in body
        assert b"/customers/one/" not in body
    if name in (
        "people",
        "people_export",
        "leaving",
        "leaving_export",
        "customers",
        "customers_export",
        "customer",
        "customer_card",
    ):
        seen = ben.get(address(name) + query.replace("part=S", "part=E")).content
        assert set(re.findall(rb"1\d{4}", seen)) & numbers


@pytest.mark.parametrize("name", list(EXPECTED))
def test_no_get_changes_anything(anna: Client, name: str) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    with CaptureQueriesContext(connection) as captured:
        anna.get(address(name))
    writes = [
        q["sql"] for q in captured.captured_queries
        if q["sql"].startswith(("INSERT", "UPDATE", "DELETE"))
        and not q["sql"].startswith('INSERT INTO "protect_transfer"')  # the log of downloads
    ]  # fmt: skip
    assert writes == []


def test_htmx_without_a_session_reloads_the_page(nobody: Client) -> None:
    response = nobody.get(reverse("leaving"), headers={"HX-Request": "true"})
    assert (response.status_code, response["HX-Refresh"]) == (401, "true")
