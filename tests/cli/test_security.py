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


def test_nobody_is_made_an_admin_by_a_slip(home) -> None:
    with pytest.raises(AssertionError, match="There is no user"):
        run("user", "recover", "ana@example.org", home=home)
    assert "ana@example.org" not in run("user", "list", home=home)


def test_keys_are_renewed_and_the_old_one_still_reads(home) -> None:
    keys = home / "keys"
    before = (keys / "django").read_text()
    assert json.loads(run("key", "renew", "--json", home=home)) == {"hidden_anew": 0}
    assert (keys / "django").read_text() != before
    assert [old.read_text() for old in keys.glob("django.old-*")] == [before]
    run("key", "renew", home=home)
    assert before in [old.read_text() for old in keys.glob("django.old-*")]  # sessions of before
    assert len(list(keys.glob("box.old-*"))) == 1
    run("key", "renew", "--at-once", home=home)
    assert list(keys.glob("*.old-*")) == []


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
