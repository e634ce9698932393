"""What happens around every request."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable
from http import HTTPStatus

import structlog
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import translation
from django.utils.translation import gettext as _

from gern.core.errors import TryLater
from gern.kit.access import NotAllowed, access_of, refusal
from gern.kit.shop import current_shop
from gern.shell.accounts.second_factor import is_due
from gern.shell.web.errors import later

OWN_ACCOUNT = ("allauth.", "gern.shell.accounts.views")
"""Where a second factor is set up, so open without one."""
Next = Callable[[HttpRequest], HttpResponse]
log = structlog.get_logger("gern.request")


class RequestLog:
    """One line a request: route, method, status, milliseconds. No path, no address, no user."""

    def __init__(self, get_response: Next):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        started = time.perf_counter()
        request_id = uuid.uuid4().hex[:12]
        response = self.get_response(request)
        match = request.resolver_match
        log.info(
            "request",
            id=request_id,
            route=match.view_name if match else None,
            method=request.method,
            status=response.status_code,
            ms=round((time.perf_counter() - started) * 1000, 1),
        )
        response["X-Request-ID"] = request_id
        return response


class Language:
    """The user's language, else the chosen cookie, else what the browser asks for, else the
    shop's."""

    def __init__(self, get_response: Next):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        code = getattr(request.user, "language", "") if request.user.is_authenticated else ""
        code = code or request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME, "")
        if code not in ("de", "en"):
            asked = request.headers.get("Accept-Language", "")
            code = translation.get_language_from_request(request) if asked else ""
            code = code[:2] if code[:2] in ("de", "en") else current_shop().language
        with translation.override(code):
            request.LANGUAGE_CODE = code  # type: ignore[attr-defined]
            response = self.get_response(request)
        response.headers.setdefault("Content-Language", code)
        return response


class Later:
    """A log that takes nothing in just now (disk full, somebody else is writing) is no failure:
    503, and when to try again."""

    def __init__(self, get_response: Next):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """The page that says so, or nothing for all other errors."""
        return later(request, error) if isinstance(error, TryLater) else None


class Access:
    """Every view says who may use it (`kit.access.allow`); one that does not, nobody may."""

    def __init__(self, get_response: Next):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Callable[..., HttpResponse], args: object, kwargs: object
    ) -> HttpResponse | None:
        """Let through, send to the login, or refuse."""
        if access_of(view) == "public":
            return None
        if not request.user.is_authenticated:
            if request.headers.get("HX-Request"):
                response = HttpResponse(status=HTTPStatus.UNAUTHORIZED)
                response["HX-Refresh"] = "true"
                return response
            return redirect_to_login(request.get_full_path())
        if why := refusal(request.user, view):
            raise NotAllowed(why)
        if not view.__module__.startswith(OWN_ACCOUNT) and is_due(request.user):
            messages.warning(
                request, _("Please set up a second factor first: this shop asks for one.")
            )
            return redirect("mfa_index")
        return None
