from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ProtectConfig(AppConfig):
    name = "gern.rooms.protect"
    label = "protect"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from gern.kit.alerts import add_alerts
        from gern.kit.api.routers import add_router
        from gern.kit.finders import add_place
        from gern.kit.handing_out import add_keeper
        from gern.kit.locked import add_locked
        from gern.kit.navigation import Entry, add_entry
        from gern.kit.people import PersonPart, add_part, add_watcher
        from gern.kit.registry import add_holding, before_erasing
        from gern.kit.shop import current_shop
        from gern.rooms.protect import api, stores  # noqa: F401
        from gern.rooms.protect.breaches import notices as of_breaches
        from gern.rooms.protect.erasure import jobs as erasure_jobs  # noqa: F401
        from gern.rooms.protect.erasure.holds import why_held, why_kept_by_night
        from gern.rooms.protect.erasure.sealed import seal_before_erasing
        from gern.rooms.protect.gate import parts
        from gern.rooms.protect.gate.services import locked_ids
        from gern.rooms.protect.looks.services import watch
        from gern.rooms.protect.requests import jobs as request_jobs  # noqa: F401
        from gern.rooms.protect.requests import notices
        from gern.rooms.protect.requests.services import forget_unlinked
        from gern.rooms.protect.retention import jobs as retention_jobs  # noqa: F401
        from gern.rooms.protect.signup import jobs as signup_jobs  # noqa: F401
        from gern.rooms.protect.signup.services import forget_unconfirmed
        from gern.rooms.protect.suppression.services import suppress_objectors
        from gern.rooms.protect.transfers.services import keep

        add_entry(Entry("protect", _("Privacy"), "shield-check", "editor", 40))
        add_place("gate", _("Who may be contacted?"), "shield-check", "editor")
        add_place("requests", _("Requests about data"), "inbox", "editor")
        add_place("signup_forms", _("Sign-up forms"), "mail-plus", "editor")
        add_place("consent_ages", _("Age of consents"), "calendar-clock", "editor")
        add_place("retention", _("Retention schedule"), "hourglass", "editor")
        add_place("record", _("Record of processing"), "clipboard-list", "editor")
        add_place("breaches", _("Data breaches"), "shield-alert", "admin")
        add_place("notices", _("Privacy notices"), "scroll-text", "admin")
        add_place("transfers", _("Who got data"), "send", "editor")
        add_place("looks", _("Who looked at whom"), "eye", "admin")
        add_place("erasures", _("Erasures"), "eraser", "editor")
        add_locked(locked_ids)
        add_part(
            PersonPart(
                "contact",
                "protect/part_contact.html",
                parts.contact,
                9,
                late=True,
                shows=("contact",),
            )
        )
        add_router("", api.router)
        before_erasing(lambda people: seal_before_erasing(current_shop(), people))
        before_erasing(lambda people: suppress_objectors(current_shop(), people))
        before_erasing(lambda people: forget_unconfirmed(current_shop(), people))
        before_erasing(lambda people: forget_unlinked(current_shop(), people))
        add_watcher(watch)
        add_keeper(keep)
        add_holding(why_held)
        add_holding(why_kept_by_night, only_unattended=True)
        add_alerts(notices.alerts)
        add_alerts(of_breaches.alerts)
