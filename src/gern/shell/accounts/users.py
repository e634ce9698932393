"""Settings → Users: who works here, what they may, how they get in."""

from __future__ import annotations

from typing import Any

from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django import forms
from django.contrib import messages
from django.db import transaction
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from gern.kit.access import allow
from gern.kit.shop import current_shop
from gern.shell.accounts import passwords, second_factor
from gern.shell.accounts.models import OwnRole, User
from gern.shell.accounts.sessions import end_all

ASKED = [
    ("nobody", gettext_lazy("of nobody")),
    ("admins", gettext_lazy("of admins")),
    ("people", gettext_lazy("of everybody who sees customers")),
    ("everybody", gettext_lazy("of everybody")),
]


class NewUserForm(forms.ModelForm):  # type: ignore[type-arg]
    """Somebody to invite."""

    class Meta:
        model = User
        fields = ["email", "role", "own_role"]
        labels = {
            "role": gettext_lazy("Role"),
            "own_role": gettext_lazy("Narrowed by the own role"),
        }

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.fields["own_role"].empty_label = _("not narrowed")  # type: ignore[attr-defined]
        if not OwnRole.objects.exists():
            del self.fields["own_role"]

    def clean_email(self) -> str:
        """One user an address, whatever the case."""
        email = str(self.cleaned_data["email"])
        if User.objects.filter(email__iexact=email).exclude(pk=self.instance.pk).exists():
            raise forms.ValidationError(_("There is a user with this address already."))
        return email


class UserForm(NewUserForm):
    """Somebody who is here."""

    class Meta(NewUserForm.Meta):
        fields = ["email", "role", "own_role", "is_active"]
        labels = {**NewUserForm.Meta.labels, "is_active": gettext_lazy("May log in")}


class AskedForm(forms.Form):
    """Of whom a second factor is asked."""

    second_factor = forms.ChoiceField(
        label=gettext_lazy("A second factor at login is asked"), choices=ASKED
    )


@allow("owner")
@require_http_methods(["GET", "HEAD", "POST"])
def users(request: HttpRequest) -> HttpResponse:
    """All of them; somebody new; of whom a second factor is asked."""
    shop = current_shop()
    asked = AskedForm(
        request.POST if "second_factor" in request.POST else None,
        initial={"second_factor": shop.setting("second_factor").value},
    )
    form = NewUserForm(request.POST if "email" in request.POST else None)
    if asked.is_valid():
        shop.change_setting("second_factor", asked.cleaned_data["second_factor"], str(request.user))
        messages.success(request, _("Saved."))
        return redirect("users")
    if form.is_valid():
        new = form.save(commit=False)
        new.set_unusable_password()
        new.save()
        return _show_link(request, new, invited=True)
    factor = Q(type__in=[Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN])
    with_factor = set(Authenticator.objects.filter(factor).values_list("user_id", flat=True))
    context = {
        "form": form, "asked": asked, "section": "settings", "roles": OwnRole.objects.all(),
        "users": [
            (user, user.pk in with_factor)
            for user in User.objects.select_related("own_role").order_by("email")
        ],
    }  # fmt: skip
    return render(request, "accounts/users.html", context, status=422 if form.errors else 200)


@allow("owner")
@require_http_methods(["GET", "HEAD", "POST"])
def one(request: HttpRequest, pk: int) -> HttpResponse:
    """What somebody may, where they are logged in."""
    user = get_object_or_404(User, pk=pk)
    form = UserForm(request.POST or None, instance=user)
    if request.method == "POST" and form.is_valid():
        with transaction.atomic():
            owners = User.objects.filter(role="admin", is_active=True, own_role=None)
            locked = [one.pk for one in owners.select_for_update().order_by("pk")]
            if locked == [pk] and not user.is_full_admin:
                form.add_error(None, _("Somebody has to remain admin. Nothing was changed."))
            else:
                user.save(update_fields=list(form.fields))
                if not user.is_active:
                    end_all(user)
                messages.success(request, _("Saved."))
                return redirect("users")
        user.refresh_from_db()
    context = {
        "one": user, "form": form, "section": "settings", "factor": second_factor.has_one(user),
        "sessions": UserSession.objects.purge_and_list(user),
    }  # fmt: skip
    return render(request, "accounts/user.html", context, status=422 if form.errors else 200)


@allow("owner")
@require_POST
def link(request: HttpRequest, pk: int) -> HttpResponse:
    """A new link to set a password with."""
    return _show_link(request, get_object_or_404(User, pk=pk, is_active=True), invited=False)


@allow("owner")
@require_POST
def end_sessions(request: HttpRequest, pk: int) -> HttpResponse:
    """Log somebody out everywhere."""
    end_all(get_object_or_404(User, pk=pk))
    messages.success(request, _("Logged out everywhere."))
    return redirect("user", pk)


@allow("owner")
@require_POST
def remove_factor(request: HttpRequest, pk: int) -> HttpResponse:
    """For somebody who has lost their phone."""
    user = get_object_or_404(User, pk=pk)
    second_factor.remove(user)
    end_all(user)
    messages.success(request, _("The second factor is gone: the password alone lets in."))
    return redirect("user", pk)


def _show_link(request: HttpRequest, user: User, *, invited: bool) -> HttpResponse:
    context = {
        "one": user, "link": passwords.link_for(user, request), "section": "settings",
        "mailed": passwords.send_link(user, request, invited=invited),
    }  # fmt: skip
    return render(request, "accounts/link.html", context)
