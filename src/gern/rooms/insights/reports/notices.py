"""Reports that could not be made."""

from __future__ import annotations

from django.urls import reverse
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from gern.kit.alerts import Alert


def alerts() -> list[Alert]:
    """One sentence for each, three at most."""
    from gern.rooms.insights.models import Report

    broken = (
        Report.objects.exclude(error="").filter(dashboard__shared=True).select_related("dashboard")
    )
    return [
        Alert(
            format_lazy(_("The report “{name}” could not be made."), name=r.dashboard.name),
            reverse("reports", args=[r.dashboard_id]),
        )
        for r in broken[:3]
    ]
