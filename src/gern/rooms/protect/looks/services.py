"""Who looked at whose page, if the firm wants to know: off until it says so."""

from __future__ import annotations

from datetime import timedelta

from django.http import HttpRequest
from django.utils import timezone

from gern.rooms.protect.models import CustomerLook, Firm

AGAIN = timedelta(minutes=10)
"""Looked at again within this time, it is one look."""
KEPT_DAYS = 365


def watch(request: HttpRequest, person: str) -> None:
    """For `kit.people.add_watcher`."""
    if not Firm.objects.filter(pk=1, logs_looks=True).exists():
        return
    lately = CustomerLook.objects.filter(
        person=person, user=request.user, at__gt=timezone.now() - AGAIN
    )
    if not lately.exists():
        CustomerLook.objects.create(person=person, user=request.user)


def forget_old() -> int:
    """Delete looks of more than a year ago; how many."""
    return int(
        CustomerLook.objects.filter(at__lt=timezone.now() - timedelta(days=KEPT_DAYS)).delete()[0]
    )
