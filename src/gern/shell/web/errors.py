"""Error pages: what happened, that nothing was lost, what to do now."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from gern.core.errors import TryLater
from gern.kit.access import NotAllowed


def _page(request: HttpRequest, status: int, title: str, text: str) -> HttpResponse:
    return render(request, "shell/error.html", {"title": title, "text": text}, status=status)


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """400"""
    return _page(request, 400, _("That could not be understood"),
                 _("The address or the form holds something that is not allowed."
                   " Nothing was changed."))  # fmt: skip


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """403"""
    return _page(request, 403, _("Not for your role"),
                 (str(exception) if isinstance(exception, NotAllowed) else _("Your role does not include this page."))
                 + " " + _("An admin of this Gern can change that. Nothing was changed."))  # fmt: skip


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """404"""
    return _page(request, 404, _("There is nothing here"),
                 _("The address is wrong, or what stood here is gone."))  # fmt: skip


def later(request: HttpRequest, error: TryLater) -> HttpResponse:
    """503: nothing is taken in just now; the answer says when to try again."""
    german = (get_language() or "").startswith("de")
    response = _page(request, 503, _("Not just now"), error.german if german else str(error))
    response["Retry-After"] = str(error.retry_after)
    return response


def failed(request: HttpRequest) -> HttpResponse:
    """500"""
    return _page(request, 500, _("Something went wrong on our side"),
                 _("It was written to the log. Your data are as they were."
                   " Please try again; if it stays, ask whoever runs this Gern."))  # fmt: skip
