"""Login: works, is throttled, and says the same for unknown people."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

GOOD = {"login": "Anna@Example.org", "password": "correct-horse-battery"}
WRONG = {"login": "anna@example.org", "password": "wrong"}


def test_in_with_any_case_of_the_address_and_out_again(nobody: Client, cast) -> None:
    response = nobody.post(reverse("login") + "?next=/figures/", {**GOOD, "next": "/figures/"})
    assert response["Location"] == "/figures/"
    assert nobody.get("/figures/").status_code == 200
    nobody.post(reverse("logout"))
    assert nobody.get("/figures/").status_code == 302


@pytest.mark.parametrize("username", ["anna@example.org", "nobody@example.org"])
def test_wrong_passwords_are_refused_then_locked(nobody: Client, cast, username: str) -> None:
    for _ in range(7):
        page = nobody.post(reverse("login"), {**WRONG, "login": username})
        assert page.status_code == 200
        assert b"do not match" in page.content
    locked = nobody.post(reverse("login"), {**WRONG, "login": username})
    assert locked.status_code == 429
    assert b"15 minutes" in locked.content
    assert nobody.post(reverse("login"), {**GOOD, "login": username}).status_code == 429


def test_a_stranger_cannot_be_sent_elsewhere(nobody: Client, cast) -> None:
    response = nobody.post(reverse("login"), {**GOOD, "next": "https://example.org/"})
    assert response["Location"] == "/"


def test_a_new_password(anna: Client, cast) -> None:
    new = "another-long-password"
    page = anna.post(reverse("account"), {
        "old_password": "correct-horse-battery", "new_password1": "short", "new_password2": "short",
    })  # fmt: skip
    assert b"too short" in page.content
    anna.post(reverse("account"), {
        "old_password": "correct-horse-battery", "new_password1": new, "new_password2": new,
    })  # fmt: skip
    cast["anna"].refresh_from_db()
    assert cast["anna"].check_password(new)
    assert anna.get("/").status_code == 200


def test_forms_need_their_token(cast) -> None:
    client = Client(enforce_csrf_checks=True)
    assert client.post(reverse("login"), GOOD).status_code == 403
