"""What the columns of the list are called."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

LABELS: dict[str, str | Promise] = {
    "name": _("Full name"), "company": _("Company"), "email": _("E-mail"), "phone": _("Phone"),
    "street": _("Street"), "postcode": _("Postcode"), "city": _("City"), "country": _("Country"),
    "birthday": _("Birthday"), "card": _("Customer card"), "language": _("Language"),
    "revenue": _("Revenue"), "purchases": _("Purchases"),
    "first_purchase": _("First purchase"), "last_purchase": _("Last purchase"),
    "rhythm_days": _("Days between purchases"), "due": _("Next purchase due"),
    "first_seen": _("First event"), "last_seen": _("Last event"),
}  # fmt: skip
SORT_OF = {"name": "name", "revenue": "revenue", "purchases": "purchases", "first_purchase": "first",
           "last_purchase": "last", "due": "due", "last_seen": "seen"}  # fmt: skip
"""Columns the list can be ordered by, and the name of that order."""
