from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class InsightsConfig(AppConfig):
    name = "gern.rooms.insights"
    label = "insights"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from gern.kit.alerts import add_alerts
        from gern.kit.api.routers import add_router
        from gern.kit.finders import add_finder, add_place
        from gern.kit.navigation import Entry, add_entry
        from gern.kit.subsets import add_found
        from gern.rooms.insights import api, finders, jobs, stores  # noqa: F401
        from gern.rooms.insights.patterns import api as patterns_api
        from gern.rooms.insights.patterns.found import found as behind_pattern
        from gern.rooms.insights.predict.hooks import hook
        from gern.rooms.insights.reports import jobs as reports  # noqa: F401
        from gern.rooms.insights.reports import notices as broken
        from gern.rooms.insights.watching import jobs as watching  # noqa: F401
        from gern.rooms.insights.watching import notices

        add_entry(Entry("briefing", _("Briefing"), "newspaper", "viewer", 10))
        add_entry(Entry("dashboards", _("Dashboards"), "layout-dashboard", "viewer", 15))
        add_entry(Entry("figures", _("Figures"), "chart-line", "viewer", 20))
        add_entry(Entry("engagement", _("Engagement"), "heart-handshake", "viewer", 22))
        add_entry(Entry("patterns", _("Patterns"), "waypoints", "viewer", 23))
        add_entry(Entry("targets", _("Targets"), "target", "viewer", 25))
        add_entry(Entry("alarms", _("Alerts"), "bell", "viewer", 26))
        add_finder(20, _("Figures"), finders.figures)
        add_place("own_figure_new", _("Define a figure"), "plus", "editor")
        add_place("target_new", _("Set a target"), "plus", "editor")
        add_place("patterns", _("Cohorts: who comes back"), "grid-3x3", "viewer")
        add_place("funnel", _("Funnel: where they fall out"), "funnel", "viewer")
        add_place("staying", _("How long customers stay"), "hourglass", "viewer")
        add_place("ways", _("Paths: which way they go"), "route", "viewer")
        add_place("affinity", _("What goes together"), "shopping-basket", "viewer")
        add_place("moments", _("Moments that matter: what touchpoints do"), "sparkles", "viewer")
        add_place("touchpoints", _("Touchpoints and phases"), "milestone", "viewer")
        add_place("leaving", _("About to leave"), "log-out", "editor")
        hook()
        add_alerts(notices.alerts)
        add_alerts(broken.alerts)
        add_router("", api.router)
        add_router("/patterns", patterns_api.router)
        add_found(behind_pattern)
