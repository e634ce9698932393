"""Sending, and forgetting what was sent."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from gern.kit.jobs import every, job


@job(_("Sending of mails"), attempts=3)
def send_mails() -> None:
    """Send what waits."""
    from gern.kit.mail.services import send_due

    send_due()


@job(_("Tidying: mails sent long ago"))
def forget_mails() -> None:
    """Forget them."""
    from gern.kit.mail.services import forget_old

    forget_old()


every("mail_send", send_mails, seconds=60)
every("mail_tidy", forget_mails, seconds=86_400)
