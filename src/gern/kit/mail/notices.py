"""Mails that need a person."""

from __future__ import annotations

from django.urls import reverse
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from gern.kit.alerts import Alert


def alerts() -> list[Alert]:
    """One sentence when mails were not sent or may not have been."""
    from gern.kit.mail.models import Mail

    stuck = Mail.objects.filter(state__in=(Mail.State.FAILED, Mail.State.UNSURE)).count()
    if not stuck:
        return []
    text = format_lazy(_("Mails that did not leave, or perhaps did not: {n}."), n=stuck)
    return [Alert(text, reverse("mail"), "admin")]
