"""When a report is due, and handing it to the mails: each once, whatever happens."""

from __future__ import annotations

import hashlib
from datetime import date, datetime, timedelta

import structlog
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.utils.translation import gettext as _

from gern.core.shop import Shop
from gern.kit.mail import services as mail
from gern.kit.shop import local
from gern.rooms.insights.dashboards.services import answers_for
from gern.rooms.insights.models import Report
from gern.rooms.insights.reports.rendering import render

MOST_RECIPIENTS = 50
LONGEST_ADDRESS = 254
AGAIN_AFTER = timedelta(hours=1)
"""A report that could not be made is tried again after this."""
LATE_DAYS = 3
"""A report missed because the machine was off is sent up to so many days later."""
log = structlog.get_logger("gern.reports")


def addresses(text: str) -> list[str]:
    """Addresses in a text, each once. ``ValidationError`` names the first that is none."""
    found = list(dict.fromkeys(a.strip() for a in text.replace(",", " ").replace(";", " ").split()))
    for address in found:
        try:
            validate_email(address)
            if len(address) > LONGEST_ADDRESS:
                raise ValidationError("")
        except ValidationError:
            raise ValidationError(
                _("“%(address)s” is no e-mail address.") % {"address": address[:100]}
            ) from None
    if not found or len(found) > MOST_RECIPIENTS:
        raise ValidationError(_("Name 1 to %(n)s addresses.") % {"n": MOST_RECIPIENTS})
    return found


def last_due(report: Report, now: datetime) -> date:
    """The latest day on which it was to be sent. ``now``: as the shop's clocks show it."""
    day = now.date() if now.hour >= report.hour else now.date() - timedelta(days=1)
    if report.rhythm == Report.Rhythm.WEEKLY:
        return day - timedelta(days=day.weekday())
    return day.replace(day=1) if report.rhythm == Report.Rhythm.MONTHLY else day


def send_due(shop: Shop, now: datetime) -> int:
    """Hand every report that is due to the mails; how many mails."""
    if shop.span() is None or mail.setup() is None:
        return 0
    put = 0
    for report in Report.objects.select_related("dashboard", "by"):
        day = last_due(report, local(shop, now))
        today = local(shop, now).date()
        if (report.last and report.last >= day) or (today - day).days > LATE_DAYS:
            continue
        if not answers_for(report.by) or (report.tried and now - report.tried < AGAIN_AFTER):
            continue
        try:
            put += send(shop, report, day)
            Report.objects.filter(pk=report.pk).update(error="", tried=None)
        except Exception as error:  # one that cannot be drawn must not hold up the others
            log.exception("report_failed", report=report.pk)
            Report.objects.filter(pk=report.pk).update(error=repr(error)[:300], tried=now)
    return put


def send(shop: Shop, report: Report, day: date, again: str = "") -> int:
    """Put it to all recipients into the outbox; how many new mails. ``again``: sent by hand."""
    way = mail.setup()
    rendered = render(shop, report.dashboard, report.language, way.address if way else "")
    put = 0
    with transaction.atomic():
        letter = mail.write(rendered.subject, rendered.text, rendered.html, rendered.files)
        for address in report.recipients:
            whom = hashlib.sha256(address.casefold().encode()).hexdigest()[:16]
            put += mail.put(f"report:{report.pk}:{day}:{whom}{again}", address, letter)
        if not again:
            report.last = day
            report.save(update_fields=["last"])
    return put
