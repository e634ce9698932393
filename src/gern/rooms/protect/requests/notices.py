"""Requests that should be looked at now."""

from __future__ import annotations

from django.urls import reverse
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from gern.kit.alerts import Alert
from gern.kit.shop import current_shop, real_today


def alerts() -> list[Alert]:
    """One sentence for those that are over, one for those that soon will be."""
    from gern.rooms.protect.requests.services import open_requests

    found = [one for one in open_requests(real_today(current_shop())) if one.soon]
    over = sum(one.days < 0 for one in found)
    url = reverse("requests")
    texts = []
    if over:
        texts.append(format_lazy(_("Requests about data whose deadline is over: {n}."), n=over))
    if len(found) > over:
        texts.append(format_lazy(_("Requests about data due within a week: {n}."), n=len(found) - over))  # fmt: skip
    return [Alert(text, url, "editor") for text in texts]
