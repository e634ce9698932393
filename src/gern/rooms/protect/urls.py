from django.urls import path

from gern.rooms.protect.breaches import views as breaches
from gern.rooms.protect.erasure import views as erasure
from gern.rooms.protect.gate import views as gate
from gern.rooms.protect.looks import views as looks
from gern.rooms.protect.notices import views as notices
from gern.rooms.protect.preferences import views as preferences
from gern.rooms.protect.proof import views as proof
from gern.rooms.protect.purposes import views as purposes
from gern.rooms.protect.record import views as record
from gern.rooms.protect.requests import views as requests
from gern.rooms.protect.retention import views as retention
from gern.rooms.protect.signup import views as signup
from gern.rooms.protect.suppression import views as suppression
from gern.rooms.protect.transfers import views as transfers

urlpatterns = [
    path("protect/", purposes.protect, name="protect"),
    path("protect/purposes/new/", purposes.purpose_new, name="purpose_new"),
    path("protect/purposes/<slug:pk>/", purposes.purpose_edit, name="purpose_edit"),
    path("protect/purposes/<slug:pk>/removal/", purposes.purpose_removal, name="purpose_removal"),
    path("protect/gate/", gate.gate, name="gate"),
    path("protect/suppression/", suppression.suppression, name="suppression"),
    path("protect/firm/", erasure.firm, name="protect_firm"),
    path("protect/erasures/", erasure.erasures, name="erasures"),
    path("protect/erasures/plan/", erasure.erasure_plan, name="erasure_plan"),
    path("protect/erasures/begin/", erasure.erasure_begin, name="erasure_begin"),
    path("protect/erasures/<uuid:pk>/", erasure.erasure, name="erasure"),
    path(
        "protect/erasures/<uuid:pk>/certificate.<str:kind>", erasure.certificate, name="certificate"
    ),
    path("protect/holds/begin/", erasure.hold_begin, name="hold_begin"),
    path("protect/holds/<int:pk>/end/", erasure.hold_end, name="hold_end"),
    path("protect/sealed/<int:pk>/", erasure.sealed_open, name="sealed_open"),
    path("protect/requests/", requests.requests, name="requests"),
    path("protect/requests/new/", requests.request_new, name="request_new"),
    path("protect/requests/<int:pk>/", requests.request_page, name="request"),
    path("protect/requests/<int:pk>/step/", requests.request_step, name="request_step"),
    path("protect/requests/<int:pk>/package/", requests.package_order, name="package_order"),
    path("protect/requests/<int:pk>/letter/", requests.request_letter, name="request_letter"),
    path("protect/requests/<int:pk>/letter/print/", requests.letter_print, name="letter_print"),
    path("protect/packages/<int:pk>/", requests.package_do, name="package_do"),
    path("protect/retention/", retention.retention, name="retention"),
    path("protect/retention/<slug:whom>/", retention.retention_edit, name="retention_edit"),
    path("protect/record/", record.record, name="record"),
    path("protect/record.<str:kind>", record.record_export, name="record_export"),
    path("protect/breaches/", breaches.breaches, name="breaches"),
    path("protect/breaches.<str:kind>", breaches.breaches_export, name="breaches_export"),
    path("protect/breaches/new/", breaches.breach_new, name="breach_new"),
    path("protect/breaches/<int:pk>/", breaches.breach_edit, name="breach"),
    path("protect/transfers/", transfers.transfers, name="transfers"),
    path("protect/transfers.<str:kind>", transfers.transfers_export, name="transfers_export"),
    path("protect/transfers/<int:pk>/", transfers.transfer_recipient, name="transfer_recipient"),
    path("protect/notices/", notices.notices, name="notices"),
    path("protect/notices/given/", notices.notices_given, name="notices_given"),
    path("protect/notice-given/", notices.notice_given, name="notice_given"),
    path("privacy-notice/", notices.notice, name="notice"),
    path("privacy-notice/<int:version>/", notices.notice, name="notice_version"),
    path("protect/looks/", looks.looks, name="looks"),
    path("protect/consents/", proof.consent_ages, name="consent_ages"),
    path("protect/signups/", signup.signup_forms, name="signup_forms"),
    path("protect/signups/new/", signup.signup_form_new, name="signup_form_new"),
    path("protect/signups/<slug:pk>/", signup.signup_form_edit, name="signup_form_edit"),
    path("customers/one/proof.pdf", proof.proof, name="proof"),
    path("signup/confirm/<str:token>/", signup.signup_confirm, name="signup_confirm"),
    path("signup/<slug:pk>/", signup.signup, name="signup"),
    path("my-data/<str:token>/", preferences.own_data, name="own_data"),
    path("data-request/", requests.data_request, name="data_request"),
    path("data-package/<str:token>/", requests.data_package, name="data_package"),
    path("customers/one/consents/", gate.consent_said, name="consent_said"),
    path("customers/one/restriction/", gate.restriction, name="restriction"),
    path("customers/one/restriction/<int:pk>/end/", gate.restriction_end, name="restriction_end"),
    path("customers/one/choices/", preferences.choices_link, name="choices_link"),
    path("choices/<str:token>/", preferences.choices, name="choices"),
    path("unsubscribe/<str:token>/<slug:purpose>/", preferences.unsubscribe, name="unsubscribe"),
]
