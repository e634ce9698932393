"""What predictions give to other rooms and to every page."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from gern.kit.alerts import add_alerts
from gern.kit.api.routers import add_router
from gern.kit.computed import add_computed
from gern.kit.finders import add_place
from gern.kit.navigation import Entry, add_entry
from gern.kit.people import PersonPart, add_part
from gern.kit.scored import add_left_out
from gern.rooms.insights.predict import api, jobs, notices, part  # noqa: F401
from gern.rooms.insights.predict.contested import left_out


def hook() -> None:
    """Called from ``AppConfig.ready``."""
    add_entry(Entry("value", _("Predictions"), "telescope", "viewer", 24))
    add_place("value", _("What customers will be worth"), "telescope", "viewer")
    add_place("risk", _("Who is about to leave, and why"), "door-open", "editor")
    add_place("coming", _("Next purchases"), "calendar-check", "editor")
    add_place("forecast", _("What is to be expected of a figure"), "trending-up", "viewer")
    add_place("effect", _("What a change did to a figure"), "calendar-check", "viewer")
    add_place("models", _("Model cards: how good predictions are"), "badge-check", "viewer")
    add_left_out(left_out)
    add_computed(part.told_of_them)
    add_part(PersonPart(
        "expected", "insights/part_expected.html", part.expected, 10, late=True, shows=("revenue",)
    ))  # fmt: skip
    add_alerts(notices.alerts)
    add_router("/predict", api.router)
