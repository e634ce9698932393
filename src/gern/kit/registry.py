"""The erasure registry: every place that stores personal data says how to find and erase it.

A model, or a folder of the home, that is not registered fails the build. One without personal
data registers with ``personal=False`` and the reason.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

Exporter = Callable[[str], list[dict[str, Any]]]
"""Customer id → what is stored of them here."""
Eraser = Callable[[str], int]
"""Customer id → how many records were erased here."""


@dataclass(frozen=True)
class Store:
    """One place. ``name``: model label (``collect.ImportRun``) or ``home/FOLDER``.

    ``retention``: how long and why. ``subject``: whose data, ``customer`` or ``user``.
    ``anonymised``: erasing leaves the record and takes out who it was about.
    """

    name: str
    personal: bool
    why: str
    retention: str
    subject: str = "customer"
    exporter: Exporter | None = None
    eraser: Eraser | None = None
    anonymised: bool = False

    def __post_init__(self) -> None:
        if self.personal and not (self.exporter and self.eraser and self.retention):
            raise ValueError(
                f"{self.name} holds personal data: it needs an exporter, an eraser and a"
                " retention class."
            )


_stores: dict[str, Store] = {}
_first: list[Callable[[Sequence[str]], None]] = []
_holding: list[tuple[Callable[[Sequence[str]], dict[str, str]], bool]] = []


def register(store: Store) -> None:
    """Add a store; a second one with the same name must be the same."""
    known = _stores.setdefault(store.name, store)
    if known is not store and known != store:
        raise ValueError(f"{store.name} is registered twice.")


def register_rows(
    model: Any, fields: Sequence[str], why: str, retention: str = "as long as the customer"
) -> None:
    """Add a model whose rows are each about one customer (``person``): told by these fields, erased
    as rows."""

    def exporter(person: str) -> list[dict[str, Any]]:
        return [
            {field: str(value) for field in fields if (value := getattr(row, field)) is not None}
            for row in model.objects.filter(person=person)
        ]

    def eraser(person: str) -> int:
        return int(model.objects.filter(person=person).delete()[0])

    register(Store(model._meta.label, True, why, retention, exporter=exporter, eraser=eraser))


def stores() -> dict[str, Store]:
    """All registered stores by name."""
    return dict(_stores)


def before_erasing(work: Callable[[Sequence[str]], None]) -> None:
    """Called from a room's ``AppConfig.ready``: what is done with the customers to be erased while
    they can still be read."""
    _first.append(work)


def prepare_erasing(people: Sequence[str]) -> None:
    """Do it."""
    for work in _first:
        work(people)


def add_holding(
    check: Callable[[Sequence[str]], dict[str, str]], *, only_unattended: bool = False
) -> None:
    """Called from a room's ``AppConfig.ready``: which of these customers must not be erased now, and
    why. ``only_unattended``: somebody who looks at it may erase them all the same."""
    _holding.append((check, only_unattended))


def held(people: Sequence[str], *, unattended: bool = False) -> dict[str, str]:
    """Customer → why they must not be erased now (Art. 17(3)); the others are not in it.
    ``unattended``: by night, when nobody looks at each."""
    found: dict[str, str] = {}
    for check, only_unattended in _holding:
        if unattended or not only_unattended:
            found |= check(people)
    return found
