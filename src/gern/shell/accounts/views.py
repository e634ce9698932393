"""The account page, language and theme."""

from __future__ import annotations

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.contrib.auth.forms import PasswordChangeForm
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from gern.kit.access import allow

YEAR = 365 * 24 * 3600


@allow("user")
@require_http_methods(["GET", "HEAD", "POST"])
def account(request: HttpRequest) -> HttpResponse:
    """Who I am; a new password."""
    form = PasswordChangeForm(request.user, request.POST or None)
    if request.method == "POST" and form.is_valid():
        update_session_auth_hash(request, form.save())
        messages.success(request, _("Your password has been changed."))
        return redirect("account")
    return render(request, "accounts/account.html", {"form": form})


@allow("public")
@require_POST
def preferences(request: HttpRequest) -> HttpResponse:
    """Set language or theme and go back to the same page with the same filters."""
    target = request.POST.get("next", "/")
    if not url_has_allowed_host_and_scheme(target, {request.get_host()}, request.is_secure()):
        target = "/"
    response = HttpResponseRedirect(target)
    for name, cookie, allowed in (
        ("language", settings.LANGUAGE_COOKIE_NAME, ("de", "en")),
        ("theme", "theme", ("light", "dark", "auto")),
    ):
        value = request.POST.get(name)
        if value not in allowed:
            continue
        response.set_cookie(
            cookie, value, max_age=YEAR, httponly=True, samesite="Lax",
            secure=settings.SESSION_COOKIE_SECURE,
        )  # fmt: skip
        if request.user.is_authenticated:
            setattr(request.user, name, value)
            request.user.save(update_fields=[name])
    return response
