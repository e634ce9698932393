"""A link that lets somebody set a password: for the invited and for who forgot theirs."""

from __future__ import annotations

import uuid
from typing import Any

from allauth.core import ratelimit
from django import forms
from django.contrib.auth import get_user_model
from django.contrib.auth import views as auth
from django.contrib.auth.tokens import default_token_generator
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse, reverse_lazy
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_encode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, override
from django.views.decorators.http import require_http_methods

from gern.kit.access import allow
from gern.kit.mail import services as mail
from gern.kit.shop import current_shop


def link_for(user: Any, request: HttpRequest) -> str:
    """Holds for three days, and until a password has been set with it."""
    name = urlsafe_base64_encode(force_bytes(user.pk))
    address = reverse("password_new", args=[name, default_token_generator.make_token(user)])
    return request.build_absolute_uri(address)


def send_link(user: Any, request: HttpRequest, invited: bool) -> bool:
    """By mail, in the user's language; False without a mail server."""
    if mail.setup() is None:
        return False
    with override(user.language or current_shop().language):
        if invited:
            subject = _("Your access to Gern")
            text = _("You have been invited to Gern. With this link you choose your password; it holds for three days:")  # fmt: skip
        else:
            subject = _("A new password for Gern")
            text = _("Somebody, probably you, asked for a new password. With this link you choose it; it holds for three days. If it was not you, do nothing.")  # fmt: skip
        with transaction.atomic():
            letter = mail.write(subject, f"{text}\n\n{link_for(user, request)}\n")
            mail.put(f"password {uuid.uuid4()}", user.email, letter)
    return True


class AddressForm(forms.Form):
    """Whose password."""

    email = forms.EmailField(
        label=gettext_lazy("E-mail"), widget=forms.EmailInput(attrs={"autocomplete": "username"})
    )


@allow("public")
@require_http_methods(["GET", "HEAD", "POST"])
def forgotten(request: HttpRequest) -> HttpResponse:
    """A link by mail. What is said is the same whether there is such a user or not."""
    form = AddressForm(request.POST or None)
    asked = request.method == "POST" and form.is_valid()
    if asked and ratelimit.consume(request, action="reset_password", key=form.cleaned_data["email"].lower()):  # fmt: skip
        users = get_user_model().objects
        user = users.filter(email__iexact=form.cleaned_data["email"], is_active=True).first()
        if user:
            send_link(user, request, invited=False)
    context = {"form": form, "asked": asked, "by_mail": mail.setup() is not None}
    return render(request, "accounts/forgotten.html", context)


class NewPassword(auth.PasswordResetConfirmView):
    """The page of the link."""

    template_name = "accounts/new_password.html"
    success_url = reverse_lazy("login")

    def get_user(self, uidb64: str) -> Any:
        """Nobody who may not log in."""
        user = super().get_user(uidb64)
        return user if user and user.is_active else None


new_password = allow("public")(NewPassword.as_view())
