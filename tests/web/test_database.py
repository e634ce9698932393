"""The web tests run on the database they were started for."""

from __future__ import annotations

import os

from django.db import connection


def test_the_database_is_the_one_asked_for(db) -> None:
    asked = os.environ.get("GERN_DATABASE_URL", "sqlite").split(":")[0]
    assert connection.vendor == {"postgres": "postgresql", "sqlite": "sqlite"}[asked]
