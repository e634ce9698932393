"""Erasure registry of the room: uploaded files and what is known of them."""

from __future__ import annotations

from typing import Any

from gern.kit.registry import Store, register
from gern.kit.shop import current_shop


def _files_with(person: str) -> list[dict[str, Any]]:
    """Uploads are of any format; every one that waits may hold the person. Their names may be about
    others."""
    waiting = len(list(current_shop().home.uploads.iterdir()))
    return [{"files that may name them, waiting to be imported": waiting}] if waiting else []


def _erase_files(person: str) -> int:
    """Files not imported yet are handed in again after the erasure, without the person."""
    from gern.rooms.collect.services import discard_waiting

    return discard_waiting()


def _runs_of(email: str) -> list[dict[str, Any]]:
    from gern.rooms.collect.models import ImportRun

    return list(ImportRun.objects.filter(by__email__iexact=email).values("name", "created"))


def _forget_who(email: str) -> int:
    from gern.rooms.collect.models import ImportRun

    return int(ImportRun.objects.filter(by__email__iexact=email).update(by=None))


register(Store(
    "home/uploads", True, "files handed in, as they came", "until imported, 7 days at most",
    exporter=_files_with, eraser=_erase_files,
))  # fmt: skip
register(Store(
    "collect.ImportRun", True, "who handed in which file", "as long as its rows are in the log",
    subject="user", exporter=_runs_of, eraser=_forget_who,
))  # fmt: skip


def _forget_source_author(email: str) -> int:
    from gern.rooms.collect.models import PropertyRule, Source, TrafficRule

    return sum(
        int(model.objects.filter(by__email__iexact=email).update(by=None))
        for model in (Source, TrafficRule, PropertyRule)
    )


def _feeds_of(email: str) -> list[dict[str, Any]]:
    from gern.rooms.collect.models import Feed

    return list(Feed.objects.filter(by__email__iexact=email).values("place", "created"))


def _forget_feeds(email: str) -> int:
    from gern.rooms.collect.models import Feed

    return int(Feed.objects.filter(by__email__iexact=email).update(by=None))


def _made_by(email: str) -> list[dict[str, Any]]:
    from gern.rooms.collect.models import Source

    return list(Source.objects.filter(by__email__iexact=email).values("name", "created"))


def _rules_of(person: str) -> list[dict[str, Any]]:
    from gern.rooms.collect.models import TrafficRule

    return list(TrafficRule.objects.filter(kind="customer", value=person).values("kind", "value"))


def _erase_rules(person: str) -> int:
    from gern.rooms.collect.models import TrafficRule

    return int(TrafficRule.objects.filter(kind="customer", value=person).delete()[0])


register(Store(
    "collect.Source", True, "who added which source", "as long as the source", subject="user",
    exporter=_made_by, eraser=_forget_source_author,
))  # fmt: skip
register(Store(
    "collect.Feed", True, "who watches which folder or address", "as long as it is watched",
    subject="user", exporter=_feeds_of, eraser=_forget_feeds,
))  # fmt: skip
register(Store("collect.Key", False, "fingerprints of write keys", ""))
register(Store(
    "collect.TrafficRule", True, "customers whose traffic is internal", "until the rule is removed",
    exporter=_rules_of, eraser=_erase_rules,
))  # fmt: skip
register(Store("collect.EventKind", False, "what kinds of events mean", ""))
register(Store("collect.PropertyRule", False, "which properties are blocked or hashed", ""))
