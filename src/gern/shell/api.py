"""``/api/v1/``: the JSON API, its description (OpenAPI) and a page to try it."""

from __future__ import annotations

from typing import Any

from django.core.cache import caches
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, Throttled, ValidationError
from ninja.openapi.docs import Swagger
from ninja.throttling import AuthRateThrottle

import gern
from gern.core.errors import BadInput, GernError, TryLater
from gern.kit.access import allow
from gern.kit.api.keys import Bearer, Forbidden
from gern.kit.api.routers import routers
from gern.kit.errors import said
from gern.rooms.insights.api import described

RATE = "240/m"
"""Requests a minute with one key and process."""


class Throttle(AuthRateThrottle):
    """Counted by each process: a question should not write into the database."""

    cache = caches["memory"]


api = NinjaAPI(
    title="Gern", version=gern.__version__, urls_namespace="api", auth=Bearer(),
    throttle=Throttle(RATE), docs=Swagger(settings={"persistAuthorization": False}),
    description="Figures, their people, targets and alerts. Authorization: Bearer KEY; an admin"
    " makes keys under Settings → API keys, or with `gern key add`. Periods are half-open:"
    " `to` is the first day that no longer counts. Errors are `{\"code\", \"message\", \"param\"}`.\n\n"
    + described(),
)  # fmt: skip
for _prefix, _router in routers():
    api.add_router(_prefix, _router)


def _problem(
    request: HttpRequest, code: str, message: str, status: int, param: str | None = None
) -> HttpResponse:
    return api.create_response(
        request, {"code": code, "message": message, "param": param}, status=status
    )


@api.exception_handler(BadInput)
def _bad_input(request: HttpRequest, error: BadInput) -> HttpResponse:
    unknown = error.param in ("figure", "id")
    return _problem(request, error.code, said(error), 404 if unknown else 400, error.param)


@api.exception_handler(GernError)
def _failure(request: HttpRequest, error: GernError) -> HttpResponse:
    response = _problem(
        request, error.code, said(error), 503 if isinstance(error, TryLater) else 500
    )
    if isinstance(error, TryLater):
        response["Retry-After"] = str(error.retry_after)
    return response


@api.exception_handler(Forbidden)
def _forbidden(request: HttpRequest, error: Forbidden) -> HttpResponse:
    return _problem(request, "forbidden", str(error), 403)


@api.exception_handler(AuthenticationError)
def _no_key(request: HttpRequest, error: AuthenticationError) -> HttpResponse:
    response = _problem(
        request, "wrong_key", "This needs a key that holds: Authorization: Bearer KEY", 401
    )
    response["WWW-Authenticate"] = "Bearer"
    return response


@api.exception_handler(Throttled)
def _too_many(request: HttpRequest, error: Throttled) -> HttpResponse:
    response = _problem(
        request,
        "too_many",
        f"More than {RATE.partition('/')[0]} requests a minute with this key.",
        429,
    )
    if error.wait:
        response["Retry-After"] = str(error.wait)
    return response


@api.exception_handler(ValidationError)
def _invalid(request: HttpRequest, error: ValidationError) -> HttpResponse:
    first: dict[str, Any] = error.errors[0]
    place = [str(p) for p in first.get("loc", ()) if p not in ("query", "path", "body")]
    name = {"from_": "from"}.get(place[-1], place[-1]) if place else None
    return _problem(request, "bad_input", f"{name}: {first.get('msg')}", 400, name)


def urls() -> list[URLPattern]:
    """The routes, each open to everybody: the key decides, see `kit.api.keys`."""
    patterns: list[URLPattern] = api.urls[0]
    for pattern in patterns:
        allow("public")(pattern.callback)
    return patterns
