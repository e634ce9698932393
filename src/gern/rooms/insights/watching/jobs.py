"""Looking every morning; the alarms by mail to who wants them, one mail a day."""

from __future__ import annotations

from datetime import UTC, datetime

from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from gern.core.shop import Shop
from gern.kit.jobs import every, job
from gern.kit.mail import services as mail
from gern.kit.shop import current_shop


@job(gettext_lazy("Looking at the watched figures"), queue="long", attempts=3)
def look_at_figures() -> None:
    """Once a day, in the morning."""
    from gern.rooms.insights.watching.services import is_due, look

    shop = current_shop()
    now = datetime.now(UTC)
    if is_due(shop, now):
        look(shop, now)
    tell(shop)


def tell(shop: Shop) -> int:
    """Put the mails of the last look into the outbox; how many. Nobody gets two for a day. Mails
    never hold an own figure that could be about one person."""
    from django.urls import reverse

    from gern.rooms.insights.access import is_aggregate
    from gern.rooms.insights.models import AlarmReader, Look
    from gern.rooms.insights.watching.sentences import all_said, one_message

    last = Look.objects.first()
    way = mail.setup()
    if last is None or way is None or (datetime.now(UTC) - last.at).days > 1:
        return 0
    put = 0
    for reader in AlarmReader.objects.select_related("user").filter(user__is_active=True):
        key = f"alarms:{last.day}:{reader.user_id}"
        if mail.is_put(key):
            continue
        with translation.override(reader.user.language or shop.language), transaction.atomic():
            found = all_said(shop, last.alarms.filter(seen=None), is_aggregate)
            if not found:
                continue
            where = f"\n\n{way.address.rstrip('/')}{reverse('alarms')}" if way.address else ""
            text = (
                "\n\n".join(one.text for one in found)
                + where
                + "\n\n"
                + _("You get this mail because you asked for it on the page of alerts.")
            )
            letter = mail.write(one_message(found), text)
            put += mail.put(key, reader.user.email, letter)
    return put


every("insights_watch", look_at_figures, seconds=1800)
