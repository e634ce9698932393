"""Removed notes are forgotten in the end."""

from __future__ import annotations

from django.utils.translation import gettext_lazy

from gern.kit.jobs import every, job
from gern.rooms.customers.history.services import forget_notes


@job(gettext_lazy("Removed notes are forgotten"))
def forget() -> None:
    """Those of more than 30 days ago."""
    forget_notes()


every("customers_removed_notes", forget, seconds=24 * 3600)
