"""The notice in force, and how many people read which version."""

from __future__ import annotations

from collections import Counter
from typing import Any

from django.db import transaction
from django.db.models import Max
from django.urls import reverse

from gern.rooms.protect.models import Notice, Signup


def current() -> Notice | None:
    """The newest; None: none was published here."""
    return Notice.objects.order_by("-version").first()


def publish(german: str, english: str, by: Any) -> Notice:
    """A new version, in force from now on."""
    with transaction.atomic():
        last = Notice.objects.aggregate(last=Max("version"))["last"] or 0
        return Notice.objects.create(version=last + 1, german=german, english=english, by=by)


def read_by() -> Counter[int]:
    """Version → how many read it when they signed up and confirmed."""
    shown = Signup.objects.exclude(confirmed=None).values_list("shown", flat=True)
    return Counter(int(one["own_notice"]) for one in shown if one.get("own_notice"))


def as_shown(notice: Notice) -> dict[str, object]:
    """What a sign-up keeps of it."""
    address = reverse("notice_version", args=[notice.version])
    return {"notice": address, "notice_version": str(notice.version), "own_notice": notice.version}
