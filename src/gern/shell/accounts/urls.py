"""Addresses of sign-in, second factor, sessions and the own account."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from allauth.account import views as allauth_account
from allauth.mfa import urls as allauth_mfa
from allauth.usersessions import urls as allauth_sessions
from django.urls import URLPattern, include, path
from django.views.decorators.http import require_POST

from gern.kit.access import allow
from gern.shell.accounts import passwords, roles, users, views

PUBLIC = ("mfa_authenticate", "mfa_login_webauthn")
"""Steps of a login, so before anybody is logged in."""


def _patterns(found: list[Any]) -> Iterator[URLPattern]:
    for pattern in found:
        if isinstance(pattern, URLPattern):
            yield pattern
        else:
            yield from _patterns(pattern.url_patterns)


for _pattern in _patterns([*allauth_mfa.urlpatterns, *allauth_sessions.urlpatterns]):
    allow("public" if _pattern.name in PUBLIC else "user")(_pattern.callback)

login = allow("public")(allauth_account.login)
logout = allow("public")(require_POST(allauth_account.logout))
again = allow("user")(allauth_account.reauthenticate)
inactive = allow("public")(allauth_account.account_inactive)

urlpatterns = [
    path("login/", login, name="login"),
    path("login/", login, name="account_login"),  # what the library calls it
    path("logout/", logout, name="logout"),
    path("logout/", logout, name="account_logout"),
    path("login/again/", again, name="account_reauthenticate"),
    path("login/inactive/", inactive, name="account_inactive"),
    path("login/forgotten/", passwords.forgotten, name="password_forgotten"),
    path("login/new/<uidb64>/<token>/", passwords.new_password, name="password_new"),
    path("account/", views.account, name="account"),
    path("account/second-factor/", include(allauth_mfa)),
    path("account/sessions/", include(allauth_sessions)),
    path("preferences/", views.preferences, name="preferences"),
    path("settings/users/", users.users, name="users"),
    path("settings/roles/new/", roles.own_role, name="own_role_new"),
    path("settings/roles/<int:pk>/", roles.own_role, name="own_role"),
    path("settings/users/<int:pk>/", users.one, name="user"),
    path("settings/users/<int:pk>/link/", users.link, name="user_link"),
    path("settings/users/<int:pk>/sessions/", users.end_sessions, name="user_sessions"),
    path("settings/users/<int:pk>/second-factor/", users.remove_factor, name="user_factor"),
]
