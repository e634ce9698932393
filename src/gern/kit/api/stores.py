"""Erasure registry: who made which key."""

from __future__ import annotations

from typing import Any

from gern.kit.api.models import ApiKey
from gern.kit.registry import Store, register


def _keys(email: str) -> list[dict[str, Any]]:
    return list(ApiKey.objects.filter(by__email__iexact=email).values("name", "created"))


def _forget(email: str) -> int:
    return int(ApiKey.objects.filter(by__email__iexact=email).update(by=None))


register(Store(
    "api.ApiKey", True, "who made which key of the API", "as long as the key", subject="user",
    exporter=_keys, eraser=_forget,
))  # fmt: skip
