"""``gern user recover``, ``gern user list``, ``gern key renew``, ``gern doctor --security``."""

from __future__ import annotations

import json

import pytest

from tests.homes import new_home
from tests.servers import run


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    home = tmp_path_factory.mktemp("security") / "home"
    new_home(home, "--zone", "Europe/Berlin")
    run("user", "add", "anna@example.org", "--role", "admin", home=home)
    return home


def test_an_admin_who_lost_everything_gets_in_again(home) -> None:
    run("user", "add", "anna@example.org", "--role", "viewer", home=home)
    login = json.loads(run("user", "recover", "anna@example.org", "--json", home=home))
    assert len(login["password"]) > 20
    found = json.loads(run("user", "list", "--json", home=home))["users"]
    anna = next(user for user in found if user["email"] == "anna@example.org")
    assert (anna["role"], anna["may_log_in"], anna["second_factor"]) == ("admin", True, False)
    assert "anna@example.org" in run("user", "list", home=home)


def test_keys_are_renewed_and_what_was_hidden_can_be_read(home) -> None:
    before = {name: (home / "keys" / name).read_text() for name in ("django",)}
    said = json.loads(run("key", "renew", "--json", home=home))
    assert said == {"hidden_anew": 0}
    assert (home / "keys" / "django").read_text() != before["django"]
    assert (home / "keys" / "django.old").read_text() == before["django"]
    assert not (home / "keys" / "box.old").exists()


def test_the_doctor_looks_who_could_get_in(home) -> None:
    home.chmod(0o755)
    found = json.loads(run("doctor", "--security", "--json", home=home))
    states = {(check["name"], check["state"]) for check in found["checks"]}
    assert {
        ("factor", "warn"),
        ("files", "warn"),
        ("tls", "ok"),
        ("lockouts", "ok"),
        ("secrets", "ok"),
    } <= states
    home.chmod(0o700)
    found = json.loads(run("doctor", "--security", "--json", home=home))
    assert ("files", "ok") in {(check["name"], check["state"]) for check in found["checks"]}
