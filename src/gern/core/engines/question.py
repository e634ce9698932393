"""A question to the log: SQL over its relations, with what it needs to be answered quickly."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Literal

from gern.core.engines.names import Array

ALL_HISTORY = None
"""Look-back of figures that must know everything before the period ("first ever")."""


@dataclass(frozen=True)
class Walk:
    """Another way to the same answer: one pass over arrays, ``of`` the spine (`engines.spine`) or of
    what was booked (`engines.booked`; then there are no roles).

    ``walk`` gets the arrays and, for each of ``roles`` (SQL over kind, name and channel of an
    event), a truth value for each name of the arrays. What it finds is kept for a minute under
    ``key``, for questions that need the same. ``columns`` makes of it (None where there is no
    ``walk``: then it does it all), and of the rows of ``beside`` (SQL that may name ``coded``:
    person, code), the relation ``walked`` of ``sql``.
    """

    sql: str
    roles: tuple[str, ...]
    columns: Callable[[Any, Any, list[Array], dict[str, Array]], dict[str, Array]]
    beside: str | None = None
    walk: Callable[[Any, list[Array]], Any] | None = None
    key: Hashable = None
    of: Literal["events", "booked"] = "events"
    short: bool = False
    """SQL has it soon: arrays of what was booked are not made for it, only used if they are there."""


@dataclass(frozen=True)
class Question:
    """SQL over the relations (`engines.relations`) with ``$named`` values.

    ``since``/``until``: instants (naive UTC) outside of which no row can matter; None: all.
    ``person``: the only one whose rows matter. ``purpose`` names who asks, for the log of slow
    queries.
    """

    sql: str
    values: dict[str, Any]
    purpose: str
    since: datetime | None = ALL_HISTORY
    until: datetime | None = None
    person: str | None = None
    relations: frozenset[str] | None = None
    """The relations it names, when somebody has parsed it; else they are looked for."""
    seconds: float | None = None
    """It is broken off after this."""
    most_rows: int | None = None
    """``BadInput`` when the answer has more."""
    walk: Walk | None = None
    """Taken in place of ``sql`` where there is a spine."""
    among: tuple[str, ...] | None = None
    """The only people whose rows are looked at."""

    def with_values(self, **values: Any) -> Question:
        """The same, with more values."""
        return replace(self, values={**self.values, **values})
