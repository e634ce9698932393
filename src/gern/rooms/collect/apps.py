from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CollectConfig(AppConfig):
    name = "gern.rooms.collect"
    label = "collect"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from gern.kit.alerts import add_alerts
        from gern.kit.finders import add_place
        from gern.kit.meanings import add_meanings
        from gern.kit.navigation import Entry, add_entry
        from gern.rooms.collect import jobs, notices, stores  # noqa: F401
        from gern.rooms.collect.schema import queries

        add_entry(Entry("imports", _("Import"), "file-up", "editor", 30))
        add_entry(Entry("sources", _("Sources"), "plug", "editor", 32))
        add_place("imports", _("Bring in a file"), "upload", "editor")
        add_place("quarantine", _("Quarantine"), "shield-alert", "editor")
        add_alerts(notices.alerts)
        add_meanings(queries.meanings)
