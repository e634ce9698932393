"""Making keys, knowing them again, and what each scope allows."""

from __future__ import annotations

import secrets
from datetime import date
from typing import Any

from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from ninja.security import HttpBearer

from gern.core.collect.keys import digest
from gern.core.errors import BadInput
from gern.kit.api.models import ApiKey
from gern.kit.handing_out import handed_out

SCOPES = {
    "figures": _("figures: numbers and their groups, no customer numbers"),
    "people": _("people: the customers behind figures, too"),
}


class Forbidden(Exception):
    """The key is right, but not for this."""

    def __init__(self, scope: str):
        super().__init__(
            f"This key has not the scope {scope!r}. An admin can make one that has it:"
            " Settings → API keys, or gern key add NAME --scope " + scope
        )


class Bearer(HttpBearer):
    """``Authorization: Bearer KEY``."""

    def authenticate(self, request: HttpRequest, token: str) -> ApiKey | None:
        """The key, while it holds."""
        key = ApiKey.objects.filter(digest=digest(token)).first()
        return key if key and key.holds(timezone.now().date()) else None


def make(name: str, scopes: list[str], expires: date | None, by: Any = None) -> tuple[ApiKey, str]:
    """(the key's row, the key); the key itself is known only now."""
    wrong = set(scopes) - SCOPES.keys()
    if wrong or not scopes:
        raise BadInput(f"Scopes are {', '.join(SCOPES)}; name at least one.", param="scope")
    if not name.strip():
        raise BadInput("Say what the key is for.", param="name")
    key = "ga_" + secrets.token_urlsafe(32)
    row = ApiKey.objects.create(
        name=name.strip()[:100], digest=digest(key), shown=key[:8] + "…",
        scopes=sorted(set(scopes)), expires=expires, by=by,
    )  # fmt: skip
    return row, key


def end(pk: int) -> bool:
    """From now on it opens nothing; whether it did until now."""
    return bool(ApiKey.objects.filter(pk=pk, ended=None).update(ended=timezone.now()))


def may(request: HttpRequest, scope: str) -> bool:
    """Whether the key of this request has the scope."""
    key: ApiKey = request.auth  # type: ignore[attr-defined]
    return scope in key.scopes


def need(request: HttpRequest, scope: str) -> None:
    """``Forbidden`` without it."""
    if not may(request, scope):
        raise Forbidden(scope)
    if scope == "people":
        handed_out(request, "API", ())
