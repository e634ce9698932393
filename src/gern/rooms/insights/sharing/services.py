"""Links for outsiders: a secret address, kept only as its fingerprint."""

from __future__ import annotations

import secrets
from datetime import date, timedelta
from typing import Any

from gern.core.collect.keys import digest
from gern.rooms.insights.dashboards.services import answers_for
from gern.rooms.insights.models import Dashboard, SharedLink

LONGEST_DAYS = 366


def make(
    dashboard: Dashboard, for_whom: str, language: str, expires: date, frames: str, by: Any
) -> tuple[SharedLink, str]:
    """(the link, its token); the token is known only now."""
    token = secrets.token_urlsafe(32)
    link = SharedLink.objects.create(
        dashboard=dashboard, for_whom=for_whom, language=language, expires=expires, frames=frames,
        by=by, token_hash=digest(token),
    )  # fmt: skip
    return link, token


def find(token: str, today: date) -> SharedLink | None:
    """The link of a token, while it holds and somebody answers for it."""
    found = SharedLink.objects.select_related("dashboard", "by").filter(
        token_hash=digest(token), revoked=None, expires__gte=today
    )
    link = found.first()
    return link if link and answers_for(link.by) else None


def last_day(today: date) -> date:
    """The latest day a link may hold until."""
    return today + timedelta(days=LONGEST_DAYS)
