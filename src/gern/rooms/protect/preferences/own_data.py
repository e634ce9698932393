"""What is stored about a customer, shown to themselves: by a link that is mailed to the address we
have, and ends within a day. The link to one's own choices, which never ends, only asks for it.
"""

from __future__ import annotations

import secrets
from datetime import timedelta

from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from gern.core.collect.keys import digest
from gern.core.shop import Shop
from gern.kit.mail import services as mail
from gern.rooms.protect.models import DataLink

HOURS = 24
AGAIN = timedelta(hours=1)
"""To one person not more than one mail in this time."""


def can_ask(shop: Shop, person: str) -> bool:
    """Whether a link could be mailed to them."""
    way = mail.setup()
    return bool(way and way.address and (shop.customer(person) or {}).get("email"))


def ask(shop: Shop, person: str) -> None:
    """Mail the link, if there is an address and none was mailed just now."""
    way, email = mail.setup(), (shop.customer(person) or {}).get("email")
    now = timezone.now()
    if not (way and way.address and email):
        return
    if DataLink.objects.filter(person=person, created__gt=now - AGAIN).exists():
        return
    token = secrets.token_urlsafe(32)
    with transaction.atomic():
        made = DataLink.objects.create(digest=digest(token), person=person)
        link = f"{way.address.rstrip('/')}{reverse('own_data', args=[token])}"
        text = _("You asked to see what is stored about you. This page shows it until tomorrow:\n%(link)s\n\nIf it was not you, do nothing.") % {"link": link}  # fmt: skip
        mail.put(key_of(made), email, mail.write(_("Your data"), text))


def whose(token: str) -> str | None:
    """The customer of a link, while it holds."""
    held = timezone.now() - timedelta(hours=HOURS)
    return DataLink.objects.filter(digest=digest(token), created__gt=held).values_list("person", flat=True).first()  # fmt: skip


def forget_over() -> None:
    """Take away links that have ended, with their mails."""
    for one in DataLink.objects.filter(created__lt=timezone.now() - timedelta(hours=HOURS)):
        remove(one)


def remove(one: DataLink) -> None:
    """Take it away with its mail."""
    mail.take_back(key_of(one))
    one.delete()


def key_of(one: DataLink) -> str:
    """What its mail is called in the outbox."""
    return f"own-data:{one.pk}"
