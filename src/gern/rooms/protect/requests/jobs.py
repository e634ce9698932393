"""Making packages, reminding of deadlines, forgetting what is over."""

from __future__ import annotations

from datetime import date

from django.contrib.auth import get_user_model
from django.db import transaction
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from gern.kit.jobs import every, job
from gern.kit.mail import services as mail
from gern.kit.shop import current_shop, real_today


@job(gettext_lazy("Data package for a request"), queue="long")
def make_package(pk: int, language: str) -> None:
    """Make it."""
    from gern.rooms.protect.models import Package
    from gern.rooms.protect.requests.delivery import build

    found = Package.objects.select_related("request").filter(pk=pk, file="").first()
    if found:
        build(current_shop(), found, language)


@job(gettext_lazy("Deadlines of requests about data"), attempts=3)
def look() -> None:
    """Remind of what is due soon; forget what is over."""
    from gern.rooms.protect.requests.delivery import forget_over
    from gern.rooms.protect.requests.services import forget_old

    shop = current_shop()
    remind_on(real_today(shop))
    forget_over(shop)
    forget_old(real_today(shop))


def remind_on(today: date) -> int:
    """One mail a day to every admin while something is due within a week; how many. It names
    numbers, no people."""
    from gern.rooms.protect.requests.services import open_requests

    way, due = mail.setup(), [one for one in open_requests(today) if one.soon]
    if way is None or not due:
        return 0
    put = 0
    for user in get_user_model().objects.filter(is_active=True, role="admin"):
        with translation.override(user.language or current_shop().language), transaction.atomic():
            n = len(due)
            subject = ngettext("%(n)s request about data is due", "%(n)s requests about data are due", n) % {"n": n}  # fmt: skip
            lines = "\n".join(f"- {one.request.number}: {one.day.isoformat()}" for one in due)
            if mail.is_put(f"requests:{today}:{user.pk}"):
                continue
            where = f"\n\n{way.address.rstrip('/')}{reverse('requests')}" if way.address else ""
            put += mail.put(f"requests:{today}:{user.pk}", user.email, mail.write(
                subject, f"{lines}{where}\n\n{_('You get this mail because you are an admin.')}"
            ))  # fmt: skip
    return put


every("protect_requests", look, seconds=3600)
