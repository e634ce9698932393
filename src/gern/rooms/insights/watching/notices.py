"""The open alarms as one sentence on every page."""

from __future__ import annotations

from django.urls import reverse
from django.utils.functional import lazy

from gern.kit.alerts import Alert
from gern.kit.shop import current_shop


def alerts() -> list[Alert]:
    """One for everybody; one more, for who may see people, about own figures that can be of one."""
    from gern.rooms.insights.access import is_aggregate
    from gern.rooms.insights.watching.sentences import all_said, one_message
    from gern.rooms.insights.watching.services import open_alarms

    shop = current_shop()
    alarms = list(open_alarms()[:40])

    def message(aggregates: bool) -> str:
        found = all_said(shop, alarms, lambda figure: is_aggregate(figure) is aggregates)
        return one_message([one for one in found if one.figure or aggregates])

    text = lazy(message, str)
    return [
        Alert(text(aggregates), reverse("alarms"), access)
        for aggregates, access in ((True, "viewer"), (False, "editor"))
        if message(aggregates)
    ]
