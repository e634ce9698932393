"""Every address, by room."""

from django.urls import include, path

from gern.shell import api
from gern.shell.web import assets, errors, finder, gallery, health, jobs, keys, mail, metrics, setup

urlpatterns = [
    path("", include("gern.rooms.insights.urls")),
    path("", include("gern.rooms.collect.urls")),
    path("", include("gern.rooms.customers.urls")),
    path("", include("gern.rooms.protect.urls")),
    path("api/v1/", include((api.urls(), "ninja"), namespace=api.api.urls_namespace)),
    path("search/", finder.finder, name="finder"),
    path("jobs/", jobs.jobs, name="jobs"),
    path("jobs/<uuid:id>/restart/", jobs.job_restart, name="job_restart"),
    path("jobs/<uuid:id>/removal/", jobs.job_removal, name="job_removal"),
    path("metrics", metrics.metrics, name="metrics"),
    path("settings/", setup.settings_page, name="settings"),
    path("settings/mail/", mail.mail, name="mail"),
    path("settings/mail/test/", mail.mail_test, name="mail_test"),
    path("settings/mail/check/", mail.mail_check, name="mail_check"),
    path("settings/mail/<uuid:id>/again/", mail.mail_again, name="mail_again"),
    path("settings/mail/<uuid:id>/removal/", mail.mail_removal, name="mail_removal"),
    path("settings/keys/", keys.api_keys, name="api_keys"),
    path("settings/keys/<int:pk>/end/", keys.api_key_end, name="api_key_end"),
    path("", include("gern.shell.accounts.urls")),
    path("assets/<str:name>", assets.bundle, name="chart_bundle"),
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("gallery/", gallery.gallery, name="gallery"),
]
handler400 = errors.bad_request
handler403 = errors.forbidden
handler404 = errors.not_found
handler500 = errors.failed
