"""What customers can be to each other."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

KINDS: dict[str, tuple[str, str | Promise]] = {
    "partner": ("partner", _("partner")),
    "family": ("family", _("family")),
    "household": ("household", _("same household")),
    "colleague": ("colleague", _("colleague")),
    "friend": ("friend", _("friend")),
    "firm": ("contact", _("the firm they work for")),
    "contact": ("firm", _("works there, contact person")),
    "parent": ("branch", _("parent firm")),
    "branch": ("parent", _("branch or subsidiary")),
    "referred_by": ("referred", _("recommended us to them")),
    "referred": ("referred_by", _("came by their recommendation")),
}
"""Id → (what it is from the other side, what it is called): what the other is to the customer."""
