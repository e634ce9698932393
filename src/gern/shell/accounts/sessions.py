"""Where somebody is logged in, and the end of it."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.http import HttpRequest, HttpResponse

SEEN_SECONDS = 300
"""It is written no more often than this that somebody was there."""


class Seen:
    """Keeps the list of sessions: where from, and when somebody last did something. Looking at a
    page writes nothing."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]):
        self.get_response = get_response
        self._seen: dict[str, float] = {}

    def __call__(self, request: HttpRequest) -> HttpResponse:
        key = request.session.session_key
        if request.method == "POST" and key and request.user.is_authenticated:
            now = time.monotonic()
            if now - self._seen.get(key, float("-inf")) > SEEN_SECONDS:
                if len(self._seen) > 10_000:
                    self._seen.clear()
                self._seen[key] = now
                UserSession.objects.create_from_request(request)
        return self.get_response(request)


def sessions_of(user: Any) -> list[Session]:
    """All that hold, also those the list of the user does not know."""
    return [
        s for s in Session.objects.all() if s.get_decoded().get("_auth_user_id") == str(user.pk)
    ]


def end_all(user: Any) -> int:
    """Logged out everywhere; how many sessions that were."""
    found = sessions_of(user)
    for session in found:
        session.delete()
    UserSession.objects.filter(user=user).delete()
    return len(found)
