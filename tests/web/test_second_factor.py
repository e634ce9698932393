"""Second factor, sessions, invitations, forgotten passwords: in and not in."""

from __future__ import annotations

import re
import time

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, generate_totp_secret, hotp_value
from allauth.usersessions.models import UserSession
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from gern.kit.mail.models import Mail, MailSetup
from gern.kit.shop import current_shop
from gern.shell.accounts.models import OwnRole, User
from gern.shell.accounts.second_factor import is_due
from gern.shell.accounts.sessions import sessions_of

PASSWORD = "correct-horse-battery"
LOGIN = {"login": "ben@example.org", "password": PASSWORD}


@pytest.fixture(autouse=True)
def _no_attempts(db):
    cache.clear()


def code_of(secret: str) -> str:
    return format_hotp_value(hotp_value(secret, int(time.time()) // 30))


def with_app(user: User) -> str:
    secret = generate_totp_secret()
    TOTP.activate(user, secret)
    return secret


def test_an_app_is_asked_for_its_code(nobody: Client, cast) -> None:
    secret = with_app(cast["ben"])
    assert secret not in str(list(Authenticator.objects.values_list("data")))  # encrypted at rest
    step = nobody.post(reverse("login"), LOGIN)
    assert step["Location"] == reverse("mfa_authenticate")
    assert nobody.get("/figures/").status_code == 302  # the password alone opens nothing
    wrong = nobody.post(step["Location"], {"code": "000000"})
    assert wrong.status_code == 200
    assert nobody.get("/figures/").status_code == 302
    assert nobody.post(step["Location"], {"code": code_of(secret)})["Location"] == "/"
    assert nobody.get("/figures/").status_code == 200


def test_codes_cannot_be_tried_out(nobody: Client, cast) -> None:
    secret = with_app(cast["ben"])
    nobody.post(reverse("login"), LOGIN)
    for _ in range(10):
        nobody.post(reverse("mfa_authenticate"), {"code": "000000"})
    nobody.post(reverse("mfa_authenticate"), {"code": code_of(secret)})
    assert nobody.get("/figures/").status_code == 302


def test_a_code_of_paper_opens_once(cast) -> None:
    with_app(cast["ben"])
    code = RecoveryCodes.activate(cast["ben"]).get_unused_codes()[0]
    for opens in (True, False):
        client = Client()
        client.post(reverse("login"), LOGIN)
        client.post(reverse("mfa_authenticate"), {"code": code})
        assert (client.get("/figures/").status_code == 200) is opens


def test_who_must_have_one_is_led_there(ben: Client, cem: Client, cast) -> None:
    current_shop().change_setting("second_factor", "people", "test")
    try:
        assert ben.get(reverse("customers"))["Location"] == reverse("mfa_index")
        assert ben.get(reverse("finder") + "?q=a")["Location"] == reverse("mfa_index")
        assert ben.get(reverse("mfa_index")).status_code == 200
        assert ben.get(reverse("account")).status_code == 200
        assert cem.get("/figures/").status_code == 200  # sees no customers
        with_app(cast["ben"])
        assert ben.get(reverse("customers")).status_code == 200
        assert not is_due(cast["ben"])
    finally:
        current_shop().change_setting("second_factor", "nobody", "test")


def test_sessions_are_listed_and_ended(cast) -> None:
    here, there = Client(), Client(headers={"user-agent": "Mozilla/5.0 of a stranger"})
    for client in (here, there):
        client.post(reverse("login"), LOGIN)
    page = here.get(reverse("usersessions_list"))
    assert b"of a stranger" in page.content
    here.post(reverse("usersessions_list"))
    assert there.get("/figures/").status_code == 302
    assert here.get("/figures/").status_code == 200


def test_an_admin_logs_somebody_out_and_takes_the_factor_away(
    anna: Client, ben: Client, cast
) -> None:
    with_app(cast["ben"])
    page = anna.get(reverse("user", args=[cast["ben"].pk]))
    assert b"Remove the second factor" in page.content
    anna.post(reverse("user_factor", args=[cast["ben"].pk]))
    assert not Authenticator.objects.filter(user=cast["ben"]).exists()
    assert ben.get("/figures/").status_code == 302
    assert sessions_of(cast["ben"]) == []


def test_somebody_is_invited_chooses_a_password_and_gets_in(anna: Client, cast) -> None:
    page = anna.post(reverse("users"), {"email": "Nora@example.org", "role": "editor"})
    link = re.search(r"http://testserver(/login/new/[^<]+)", page.content.decode())[1]
    nora = Client()
    assert nora.get("/customers/").status_code == 302
    form = nora.get(link)
    new = {"new_password1": "a-long-new-password", "new_password2": "a-long-new-password"}
    assert nora.post(form["Location"], new)["Location"] == reverse("login")
    nora.post(reverse("login"), {"login": "nora@example.org", "password": new["new_password1"]})
    assert nora.get("/customers/").status_code == 200
    assert b"does not hold any more" in Client(headers={"accept-language": "en"}).get(link).content
    again = anna.post(reverse("users"), {"email": "nora@EXAMPLE.org", "role": "editor"})
    assert again.status_code == 422
    assert User.objects.filter(email__iexact="nora@example.org").count() == 1


def test_a_forgotten_password_says_the_same_to_everybody(nobody: Client, cast) -> None:
    MailSetup.objects.create(pk=1, provider="smtp", host="localhost", sender="gern@example.org")
    for email, mails in (("nobody@example.org", 0), ("BEN@example.org", 1)):
        page = nobody.post(reverse("password_forgotten"), {"email": email})
        assert b"If there is a user" in page.content
        assert Mail.objects.count() == mails
    for _ in range(5):
        nobody.post(reverse("password_forgotten"), {"email": "ben@example.org"})
    assert Mail.objects.count() == 3  # an hour


def test_who_may_not_log_in_does_not(nobody: Client, ben: Client, anna: Client, cast) -> None:
    anna.post(
        reverse("user", args=[cast["ben"].pk]), {"email": "ben@example.org", "role": "editor"}
    )
    cast["ben"].refresh_from_db()
    assert not cast["ben"].is_active
    assert ben.get("/figures/").status_code == 302
    nobody.post(reverse("login"), LOGIN)
    assert nobody.get("/figures/").status_code == 302


def test_the_last_admin_stays_one(anna: Client, cast) -> None:
    change = {"email": "anna@example.org", "role": "viewer", "is_active": "on"}
    address = reverse("user", args=[cast["anna"].pk])
    assert anna.post(address, change).status_code == 422
    narrow = OwnRole.objects.create(name="narrow")
    assert anna.post(address, {**change, "role": "admin", "own_role": narrow.pk}).status_code == 422
    cast["anna"].refresh_from_db()
    assert cast["anna"].is_full_admin
    User.objects.create(email="otto@example.org", role="admin")
    assert anna.post(address, change).status_code == 302


def test_a_role_is_made_used_and_not_removed_while_in_use(anna: Client, cast) -> None:
    rooms = {f"room_{room}": "editor" for room in ("insights", "customers", "collect", "protect")}
    anna.post(
        reverse("own_role_new"),
        {"name": "Service", **rooms, "room_settings": "none", "hidden": ["revenue"]},
    )
    role = OwnRole.objects.get()
    assert (role.rooms["customers"], role.hidden, role.own_only) == ("editor", ["revenue"], False)
    cast["ben"].own_role = role
    cast["ben"].save()
    anna.post(reverse("own_role", args=[role.pk]), {"remove": "1"})
    assert OwnRole.objects.exists()
    cast["ben"].own_role = None
    cast["ben"].save()
    anna.post(reverse("own_role", args=[role.pk]), {"remove": "1"})
    assert not OwnRole.objects.exists()


def test_looking_at_pages_writes_no_session(ben: Client, cast) -> None:
    ben.get("/figures/")
    assert UserSession.objects.count() == 0


def test_wrong_passwords_from_elsewhere_keep_nobody_out_and_recovery_ends_a_lock(cast) -> None:
    from gern.shell.start import recover_user

    for n in range(12):
        Client(REMOTE_ADDR=f"10.0.0.{n}").post(reverse("login"), {**LOGIN, "password": "wrong"})
    elsewhere = Client(REMOTE_ADDR="10.0.1.1")
    elsewhere.post(reverse("login"), LOGIN)
    assert elsewhere.get("/figures/").status_code == 200
    here = Client(REMOTE_ADDR="10.0.2.1")
    for _ in range(9):
        locked = here.post(reverse("login"), {**LOGIN, "password": "wrong"})
    assert locked.status_code == 429
    login = recover_user("BEN@example.org")
    here.post(reverse("login"), {"login": "ben@example.org", "password": login["password"]})
    assert here.get("/figures/").status_code == 200
    assert User.objects.get(email="ben@example.org").is_full_admin


def test_the_link_of_somebody_who_may_not_log_in_opens_nothing(anna: Client, cast) -> None:
    page = anna.post(reverse("user_link", args=[cast["ben"].pk])).content.decode()
    link = re.search(r"http://testserver(/login/new/[^<]+)", page)[1]
    User.objects.filter(pk=cast["ben"].pk).update(is_active=False)
    assert (
        b"does not hold any more"
        in Client(headers={"accept-language": "en"}).get(link, follow=True).content
    )


def test_keys_are_renewed_and_codes_still_fit(cast, settings, tmp_path) -> None:
    from gern.core.home import Home
    from gern.kit import secrets

    secret = with_app(cast["ben"])
    codes = RecoveryCodes.activate(cast["ben"]).get_unused_codes()
    before = list(Authenticator.objects.values_list("data", flat=True))
    for _ in range(2):
        assert secrets.renew_all() == 2
    assert list(Authenticator.objects.values_list("data", flat=True)) != before
    client = Client()
    client.post(reverse("login"), LOGIN)
    client.post(reverse("mfa_authenticate"), {"code": code_of(secret)})
    assert client.get("/figures/").status_code == 200
    factor = Authenticator.objects.get(user=cast["ben"], type="recovery_codes")
    assert RecoveryCodes(factor).get_unused_codes() == codes
    assert len(list(Home(settings.HOME.path).keys.glob("box.old-*"))) == 1
