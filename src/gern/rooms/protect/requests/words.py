"""What steps of a request are called."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

STEPS: dict[str, str | Promise] = {
    "received": _("It came in"),
    "identified": _("It is known who it is"),
    "extended": _("The deadline was extended"),
    "answered": _("Answered"),
    "refused": _("Refused"),
    "note": _("Remark"),
    "package": _("The data package was made"),
    "looked": _("The data package was looked through"),
    "link": _("Link and code were made"),
    "fetched": _("The data package was fetched"),
    "letter": _("A letter was written"),
}
