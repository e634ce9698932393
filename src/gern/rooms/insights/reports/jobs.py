"""Reports on schedule."""

from __future__ import annotations

from datetime import UTC, datetime

from django.utils.translation import gettext_lazy as _

from gern.kit.jobs import every, job
from gern.kit.shop import current_shop


@job(_("Reports by mail"), queue="long", attempts=3)
def send_reports() -> None:
    """Hand what is due to the mails."""
    from gern.rooms.insights.reports.services import send_due

    send_due(current_shop(), datetime.now(UTC))


every("insights_reports", send_reports, seconds=300)
