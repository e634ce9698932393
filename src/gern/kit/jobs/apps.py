from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class JobsConfig(AppConfig):
    name = "gern.kit.jobs"
    label = "jobs"

    def ready(self) -> None:
        from gern.kit.jobs import stores  # noqa: F401
        from gern.kit.navigation import Entry, add_entry

        add_entry(Entry("jobs", _("Jobs"), "list-checks", "admin", 85))
