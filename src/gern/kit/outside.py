"""Pages for people without an account: who may frame them, and that they are private."""

from __future__ import annotations

import re
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

_SITE = re.compile(r"https://[a-z0-9.-]+(:\d{1,5})?", re.IGNORECASE)


def sites(text: str) -> str:
    """Sites that may embed a link. ``ValidationError`` names the first that is none."""
    found = text.split()
    for site in found:
        if not _SITE.fullmatch(site):
            raise ValidationError(
                _("“%(site)s” is no site. Allowed: https://www.example.org") % {"site": site[:80]}
            )
    return " ".join(found)


def framed_by(response: Any, named: str) -> None:
    """Let these sites, and no others, show the page."""
    if named:
        response._csp_replace = {"frame-ancestors": named.split()}
        response.xframe_options_exempt = True


def private(response: Any) -> Any:
    """Neither stored on the way nor found by search engines. (Other sites are told no address, see
    the settings; none at all would have browsers post without an origin, which is refused.)"""
    response["Cache-Control"] = "no-store"
    response["X-Robots-Tag"] = "noindex"
    return response
