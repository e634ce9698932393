"""The question of a figure to a walk: over the spine, or over what was booked."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from gern.core.engines import compiled
from gern.core.engines.beside import Arrays
from gern.core.engines.names import Array
from gern.core.engines.question import Walk
from gern.core.figures.periods import Period
from gern.core.figures.primitives.purchased import booked_by, customers, stretches
from gern.core.figures.primitives.visits import OF_WEB_OR_SERVER, ON_WEB
from gern.core.figures.primitives.walked import COUNTED, Roles, Span, Walked, walk, walk_with

Filled = Callable[[str], str]
"""SQL with its slots filled in."""
Columns = dict[str, Array]
LONG = timedelta(days=100)
_MARKS = ("start_window", "since", "end_window", "regular_since")
"""Values of a question: moments since which the purchases of customers are counted."""


def walk_of(walked: Walked, span: Span, values: dict[str, Any], filled: Filled) -> Walk:
    """The walk that gives the rows of a primitive. ``values``: those of its question."""
    if walked.of == "visits":
        return _of_visits(walked, span, filled)
    if walked.of == "booked":
        found = _of_booked(
            filled(walked.sql), ("booked", span), lambda arrays: booked_by(arrays, span)
        )
        return replace(found, short=span.until - span.since < LONG)
    marks = {name: values[name] for name in _MARKS}
    return _of_booked(
        filled(walked.sql),
        ("customers", span.until, *marks.values()),
        lambda arrays: customers(arrays, span.until, marks),
    )


def walk_in_steps(sql: str, period: Period, ends: Sequence[date], window_days: int) -> Walk:
    """The walk that gives a whole time series of customers; see `primitives.stepped.step_values`."""
    window = timedelta(days=window_days)
    at = [period.instant(end) for end in ends]
    since = [period.instant(end - window) for end in ends]
    return _of_booked(sql, ("stretches", *at, *since), lambda arrays: stretches(arrays, at, since))


def _of_booked(sql: str, key: tuple[Any, ...], find: Callable[[Any], Columns]) -> Walk:
    return Walk(
        sql, (), lambda arrays, found, roles, beside: found, None,
        lambda arrays, roles: find(arrays), key, "booked",
    )  # fmt: skip


def _of_visits(walked: Walked, span: Span, filled: Filled) -> Walk:
    roles = (
        filled(f"{ON_WEB} AND NOT {{role:automatic}}"),
        filled("{role:page}"),
        filled(f"{{role:goal}} AND {OF_WEB_OR_SERVER}"),
    )

    asked = frozenset(COUNTED)
    if compiled.loaded() is None:
        asked = frozenset(name for name in COUNTED if name in walked.sql)

    def of(named: list[Array]) -> Roles:
        browsed, page, goal = named
        return Roles(browsed, page, goal, asked)

    def find(arrays: Arrays, named: list[Array]) -> Columns:
        return walk(arrays, span, of(named))

    def columns(arrays: Arrays, found: Columns, named: list[Array], beside: Columns) -> Columns:
        if not beside or not len(beside["person"]):
            return found
        return walk_with(arrays, span, of(named), beside)

    beside = walked.beside and filled(walked.beside)
    return Walk(filled(walked.sql), roles, columns, beside, find, (span, roles, asked))
