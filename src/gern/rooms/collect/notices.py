"""What of the sources people must notice: silence, many errors, a known event in another shape."""

from __future__ import annotations

from datetime import UTC, datetime

from django.urls import reverse
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from gern.kit.alerts import Alert
from gern.kit.shop import current_shop

MOST = 3


def alerts() -> list[Alert]:
    """At most three, the gravest first: one sentence each, not forty."""
    from gern.rooms.collect.schema.queries import kinds
    from gern.rooms.collect.sources.health import all_health

    shop, now = current_shop(), datetime.now(UTC)
    found = []
    for health in all_health(shop, now):
        name = health.source.name
        if health.state == "silent":
            text = format_lazy(_("The source “{name}” has fallen silent."), name=name)
            found.append(Alert(text, reverse("source", args=[name])))
        elif health.state == "errors":
            text = format_lazy(_("Much of what “{name}” sends cannot be used."), name=name)
            found.append(Alert(text, reverse("source", args=[name])))
    changed = sorted({change.event for kind in kinds(shop, now) for change in kind.changes})
    if changed:
        text = format_lazy(
            _("Known events have changed shape: {names}."), names=", ".join(changed[:3])
        )
        found.append(Alert(text, reverse("schema")))
    return found[:MOST]
