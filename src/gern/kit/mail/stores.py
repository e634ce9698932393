"""Erasure registry: mails and who set up how they leave."""

from __future__ import annotations

from typing import Any

from gern.kit.mail.models import Letter, Mail, MailSetup
from gern.kit.registry import Store, register


def _mails(email: str) -> list[dict[str, Any]]:
    return list(
        Mail.objects.filter(to__iexact=email).values("to", "letter__subject", "state", "created")
    )


def _erase(email: str) -> int:
    gone = Mail.objects.filter(to__iexact=email).delete()[0]
    Letter.objects.filter(mails=None).delete()
    return int(gone)


def _setups(email: str) -> list[dict[str, Any]]:
    return list(MailSetup.objects.filter(by__email__iexact=email).values("sender", "changed"))


def _forget(email: str) -> int:
    return int(MailSetup.objects.filter(by__email__iexact=email).update(by=None))


register(Store(
    "mail.Mail", True, "mails on their way and what became of them",
    "30 days after they were sent, 90 days if they were not",
    subject="user", exporter=_mails, eraser=_erase,
))  # fmt: skip
register(Store(
    "mail.MailSetup", True, "who set up how mail leaves", "as long as it is set up", subject="user",
    exporter=_setups, eraser=_forget,
))  # fmt: skip
register(
    Store(
        "mail.Letter",
        False,
        "what mails say: figures; a mail that asks to confirm a sign-up goes with the sign-up",
        "",
    )
)
register(Store("mail.Enclosure", False, "charts and PDFs of letters", ""))
