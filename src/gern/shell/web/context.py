"""What every page knows."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.urls import reverse

import gern
from gern.kit.access import hidden_from, may, may_open, own_only, room_of
from gern.kit.alerts import Alert, alerts
from gern.kit.bundle import bundle_name
from gern.kit.navigation import entries
from gern.kit.shop import current_shop


def _for(user: Any, alert: Alert) -> bool:
    """What is for editors may name a customer and what they spent."""
    narrowed = hidden_from(user) or own_only(user)
    return may_open(user, alert.url, alert.access) and not (narrowed and alert.access != "viewer")


def frame(request: HttpRequest) -> dict[str, Any]:
    """Navigation, theme, demo notice, version."""
    user = getattr(request, "user", None)
    told = getattr(request, "told_here", ())  # what the page itself speaks of
    known = user is not None and user.is_authenticated
    match = request.resolver_match
    room = room_of(match.func) if match else "settings"
    theme = getattr(user, "theme", "") if known else request.COOKIES.get("theme", "")
    return {
        "navigation": [
            e for e in entries() if known and may_open(user, reverse(e.route), e.access)
        ],
        "theme": theme if theme in ("light", "dark") else "auto",
        "shop": current_shop() if known else None,
        "version": gern.__version__,
        "chart_bundle": bundle_name(),
        "may_see_people": known and may(user, "editor", room),
        "perms_admin": known and may(user, "admin", room),
        "alerts": [a for a in alerts() if a.url not in told and _for(user, a)] if known else [],
    }
