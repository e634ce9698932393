"""The log of transfers. Of each file it keeps keyed hashes of whom it was about, so that a customer
can be told who got their data (Art. 15(1)(c)), without a second list of customers."""

from __future__ import annotations

import hmac
from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any

from django.http import HttpRequest
from django.utils import timezone

from gern.core.home import Home
from gern.kit.shop import current_shop
from gern.rooms.protect.models import Transfer

SECRET = "transfers"  # noqa: S105 - the name of the key, not the key
WIDTH = 10
"""Bytes kept of a hash: among a million customers, two share one with a chance of 4 in 10^13."""
KEPT_DAYS = 3 * 366
_API_DAYS: set[tuple[int, date]] = set()


def keep(request: HttpRequest, what: str, people: tuple[str, ...]) -> None:
    """For `handing_out.add_keeper`: somebody of the firm downloads a file, or a program asks."""
    key = getattr(request, "auth", None)
    if key is not None and hasattr(key, "scopes"):
        _asked_by_program(key)
        return
    digests = digests_of(current_shop().home, people)
    Transfer.objects.create(by=request.user, what=what[:100], count=len(people), digests=digests)


def _asked_by_program(key: Any) -> None:
    """Once a day is enough to know that it may have got anything."""
    today = timezone.now().date()
    if (key.pk, today) not in _API_DAYS:
        if len(_API_DAYS) > 1000:
            _API_DAYS.clear()
        Transfer.objects.bulk_create(
            [Transfer(what="API", recipient=key.name, day=today)], ignore_conflicts=True
        )
        _API_DAYS.add((key.pk, today))


def of_person(names: Iterable[str]) -> list[Transfer]:
    """Those whose files were about somebody of these ids, and programs that could ask."""
    home = current_shop().home
    wanted = [digests_of(home, (name,)) for name in names]
    rows = Transfer.objects.values_list("pk", "count", "digests").iterator(chunk_size=1)
    found = [pk for pk, count, digests in rows if count is None or _holds(bytes(digests), wanted)]
    return list(Transfer.objects.filter(pk__in=found).select_related("by").defer("digests"))


def forget_old() -> int:
    """Delete what is older than three years; how many."""
    before = timezone.now().date() - timedelta(days=KEPT_DAYS)
    return int(Transfer.objects.filter(day__lt=before).delete()[0])


def digests_of(home: Home, people: Iterable[str]) -> bytes:
    """Keyed hashes, sorted, one after another."""
    key = home.secret(SECRET).encode()
    return b"".join(sorted(hmac.digest(key, one.encode(), "sha256")[:WIDTH] for one in people))


def _holds(digests: bytes, wanted: list[bytes]) -> bool:
    def at(place: int) -> bytes:
        return digests[place * WIDTH : (place + 1) * WIDTH]

    for one in wanted:
        low, high = 0, len(digests) // WIDTH
        while low < high:
            middle = (low + high) // 2
            low, high = (middle + 1, high) if at(middle) < one else (low, middle)
        if at(low) == one:
            return True
    return False
