"""A small fixed cast: Anna owns the shop, Ben edits, Cem may only see figures."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.test import Client
from django.utils import translation

import gern
from gern.core.home import Home
from gern.shell.accounts.models import User


@pytest.fixture(autouse=True)
def _english(settings) -> Iterator[None]:
    queues = ["default", "steady", "long"]
    settings.TASKS = {
        "default": {
            "BACKEND": "django_tasks.backends.immediate.ImmediateBackend",
            "QUEUES": queues,
        },
        "database": {"BACKEND": "django_tasks_db.DatabaseBackend", "QUEUES": queues},
    }
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    with translation.override("en"):
        yield


@pytest.fixture
def cast(db) -> dict[str, User]:
    people = {}
    for name, role in (("anna", "admin"), ("ben", "editor"), ("cem", "viewer")):
        user = User(email=f"{name}@example.org", role=role, language="en")
        user.set_password("correct-horse-battery")
        user.save()
        people[name] = user
    return people


def _client(user: User | None) -> Client:
    client = Client(headers={"accept-language": "en"})
    if user:
        client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


@pytest.fixture
def anna(cast) -> Client:
    return _client(cast["anna"])


@pytest.fixture
def ben(cast) -> Client:
    return _client(cast["ben"])


@pytest.fixture
def cem(cast) -> Client:
    return _client(cast["cem"])


@pytest.fixture
def nobody(db) -> Client:
    return _client(None)


@pytest.fixture
def own_home(settings, tmp_path: Path) -> gern.Shop:
    """An empty home for tests that bring data in."""
    shop = gern.create_shop(tmp_path / "own", zone="Europe/Berlin")
    settings.HOME = Home(shop.home.path)
    return shop
