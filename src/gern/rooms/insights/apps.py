from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class InsightsConfig(AppConfig):
    name = "gern.rooms.insights"
    label = "insights"

    def ready(self) -> None:
        from gern.kit.navigation import Entry, add_entry

        add_entry(Entry("briefing", _("Briefing"), "newspaper", "viewer", 10))
        add_entry(Entry("figures", _("Figures"), "chart-line", "viewer", 20))
        add_entry(Entry("engagement", _("Engagement"), "heart-handshake", "viewer", 22))
