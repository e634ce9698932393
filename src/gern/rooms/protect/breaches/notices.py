"""Breaches the authority does not know of yet."""

from __future__ import annotations

from django.urls import reverse
from django.utils import timezone
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from gern.kit.alerts import Alert


def alerts() -> list[Alert]:
    """One sentence, with the hours that are left to the nearest."""
    from gern.rooms.protect.breaches.services import clocks

    waiting = [one.hours for one in clocks(timezone.now()) if one.due]
    if not waiting:
        return []
    text = _("A data breach must be reported: {n} hours are left.")
    if min(waiting) < 0:
        text = _("A data breach should have been reported already.")
    return [Alert(format_lazy(text, n=min(waiting)), reverse("breaches"), "admin")]
