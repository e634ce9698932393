"""Figures of visits by one pass over the spine, equal to the SQL of `primitives.visits`.

Events of a person on web or app lie one after the other; a visit begins where the person or, by
more than the gap, the time changes. Everything else is sums between such places.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import TypeVar

import numpy as np

from gern.core.engines import compiled
from gern.core.engines.names import Array
from gern.core.engines.spine import Arrays

T = TypeVar("T")
_EPOCH = datetime(1970, 1, 1)
_DAY = 86_400_000_000


@dataclass(frozen=True)
class Span:
    """What is looked at: begin and end (naive UTC), the first day and begin of each bucket of a
    time series (none: one total), and the gap that ends a visit."""

    since: datetime
    until: datetime
    buckets: tuple[tuple[date, datetime], ...]
    gap_minutes: int


@dataclass(frozen=True)
class Visits:
    """One entry a visit, people one after the other: who, when it began, pages, bounced or not.
    With the compiled code none: it counts them as it goes (`rows_of`)."""

    browsed: Array
    """By name: on web or app, and no automatic signal."""
    page: Array
    """By name: a page."""
    each: tuple[Array, Array, Array, Array] | None = None


def micros(moment: datetime) -> int:
    """µs since 1970."""
    return (moment - _EPOCH) // timedelta(microseconds=1)


def visits(arrays: Arrays, span: Span, browsed: Array, page: Array) -> Visits:
    """Visits that began in the span. ``browsed``/``page``: which names are on web or app and no
    automatic signal, and which are pages. Events of a day after the span still belong to them."""

    if compiled.loaded() is not None:
        return Visits(browsed, page)

    def of_piece(piece: slice) -> tuple[Array, ...]:
        return _visits_of(
            arrays.who[piece], arrays.ts[piece], arrays.name[piece], span, browsed, page
        )

    who, began, pages, bounced = joined(arrays.who, of_piece)
    return Visits(browsed, page, (who, began, pages, bounced))


_PIECE = 1 << 19
"""Events at a time: what is in between stays in the processor's cache."""
_WORKERS = min(4, os.cpu_count() or 1)


def by_pieces(who: Array, work: Callable[[slice], T]) -> list[T]:
    """What ``work`` makes of the people of each piece; several at a time (numpy, and compiled code,
    let other threads work meanwhile)."""
    with ThreadPoolExecutor(_WORKERS) as pool:
        return [*pool.map(work, _pieces(who))]


def joined(who: Array, work: Callable[[slice], tuple[Array, ...]]) -> list[Array]:
    """The same, put together column by column."""
    return [np.concatenate(column) for column in zip(*by_pieces(who, work), strict=True)]


def _pieces(who: Array) -> list[slice]:
    """The whole in pieces that part nobody; one at least."""
    bounds = [0]
    while bounds[-1] < len(who):
        at = bounds[-1] + _PIECE
        while (
            at < len(who)
            and not (others := np.flatnonzero(who[at : at + _PIECE] != who[at - 1])).size
        ):
            at += _PIECE
        bounds.append(at + int(others[0]) if at < len(who) else len(who))
    return [slice(a, b) for a, b in pairwise(bounds)] or [slice(0, 0)]


def _visits_of(
    who: Array, ts: Array, name: Array, span: Span, browsed: Array, page: Array
) -> tuple[Array, Array, Array, Array]:
    """(who, began, pages, bounced) of the visits of some people."""
    gap = span.gap_minutes * 60_000_000
    near = (ts >= micros(span.since) - gap) & (ts < micros(span.until) + _DAY) & browsed[name]
    who, ts, is_page = who[near], ts[near], page[name[near]]
    begins = np.ones(len(who), dtype=bool)
    begins[1:] = (who[1:] != who[:-1]) | (ts[1:] - ts[:-1] > gap)
    at = np.flatnonzero(begins)
    events = _lengths(at, len(who))
    pages = np.add.reduceat(is_page, at, dtype=np.int32)
    began = ts[at]
    inside = (began >= micros(span.since)) & (began < micros(span.until))
    bounced = (events == 1) & is_page[at]
    return who[at][inside], began[inside], pages[inside], bounced[inside]


Columns = Callable[[Arrays, Visits, Span, Array, dict[str, Array]], dict[str, Array]]
"""Makes the relation ``walked`` of the visits found. Given besides: which names are goals, and the
rows of `Walked.beside` (empty where there are none)."""


@dataclass(frozen=True)
class Walked:
    """How a primitive's rows come out of a walk: ``sql`` over ``walked`` (``{day}`` is its
    bucket), ``columns`` that make it, and ``beside``, SQL of what else these need: rows over the
    relations of the door and ``coded`` (person, code)."""

    sql: str
    columns: Columns
    beside: str | None = None


def rows_of(arrays: Arrays, found: Visits, span: Span) -> list[Array]:
    """(who, bucket, visits, pages, bounces), one row a person and bucket with visits, in the order of
    people."""
    if found.each is None:
        nothing = np.zeros(len(found.browsed), dtype=bool)
        return compiled_rows(arrays, found, span, nothing)[:5]
    who, began, pages, bounced = found.each

    def of_piece(piece: slice) -> tuple[Array, ...]:
        bucket, whose = _bucket(span, began[piece]), who[piece]
        at = _starts(whose, bucket)
        return (
            whose[at], bucket[at], _lengths(at, len(bucket)), np.add.reduceat(pages[piece], at),
            np.add.reduceat(bounced[piece], at, dtype=np.int32),
        )  # fmt: skip

    return joined(who, of_piece)


def compiled_rows(arrays: Arrays, found: Visits, span: Span, goal: Array) -> list[Array]:
    """The same by compiled code, with the goals of each person and bucket, whether they have a visit
    in it or not."""
    kernels = compiled.loaded()

    def of_piece(piece: slice) -> tuple[Array, ...]:
        who, ts, name = arrays.who[piece], arrays.ts[piece], arrays.name[piece]
        out = np.empty((6, len(who)), np.int32)  # memory is taken when written
        rows = kernels.visit_rows(  # type: ignore[union-attr]
            fixed(who), fixed(ts), fixed(name), found.browsed, found.page, goal,
            micros(span.since), micros(span.until), micros(span.until) + _DAY,
            span.gap_minutes * 60_000_000, _bounds(span), out,
        )  # fmt: skip
        return tuple(out[:, :rows].copy())

    return joined(arrays.who, of_piece)


def by_person(
    arrays: Arrays, found: Visits, span: Span, goal: Array, beside: dict[str, Array]
) -> dict[str, Array]:
    """Columns person, day (first of the bucket), visits, pages, bounces, cookieless; one row a
    person and bucket."""
    who, bucket, visits, pages, bounces = rows_of(arrays, found, span)
    return {"person": who, "day": _days(span)[bucket], "visits": visits, "pages": pages,
            "bounces": bounces, "cookieless": arrays.cookieless[who]}  # fmt: skip


def with_first(
    arrays: Arrays, found: Visits, span: Span, goal: Array, beside: dict[str, Array]
) -> dict[str, Array]:
    """The same, with the time of a person's first event ever on web or app (``first``)."""
    columns = by_person(arrays, found, span, goal, beside)
    known = np.flatnonzero(found.browsed[arrays.name])
    who = arrays.who[known]
    at = _starts(who, who)
    first = np.zeros(len(arrays.cookieless), dtype=np.int64)
    first[who[at]] = arrays.ts[known[at]]
    return {**columns, "first": first[columns["person"]].astype("datetime64[us]")}


def with_goals(
    arrays: Arrays, found: Visits, span: Span, goal: Array, of_files: dict[str, Array]
) -> dict[str, Array]:
    """Columns person, day, visits, goals, cookieless. ``goal``: by name; ``of_files``: what else
    counts (person, day, goals); who has no number (-1) has no visit."""

    def reached(piece: slice) -> tuple[Array]:
        who, ts, named = arrays.who[piece], arrays.ts[piece], goal[arrays.name[piece]]
        reached = named & (ts >= micros(span.since)) & (ts < micros(span.until))
        return (_places(who[reached], _bucket(span, ts[reached])),)

    if found.each is None and not len(of_files["person"]):
        who, bucket, visits, _pages, _bounces, n = compiled_rows(arrays, found, span, goal)
        return {"person": who, "day": _days(span)[bucket], "visits": visits, "goals": n,
                "cookieless": arrays.cookieless[who]}  # fmt: skip
    who, bucket, visits, *_others = rows_of(arrays, found, span)
    visit_at = _places(who, bucket)
    goals = joined(arrays.who, reached)
    if len(of_files["person"]):
        people = np.array(of_files["person"], dtype=np.int64)
        people[people < 0] = -1 - np.arange(np.sum(people < 0))  # each somebody else
        days = np.searchsorted(_days(span), of_files["day"]) if span.buckets else 0
        goals.append(np.repeat(_places(people, days), of_files["goals"]))
    if np.any(visit_at[1:] < visit_at[:-1]):  # people joined since come last in the arrays
        order = np.argsort(visit_at, kind="stable")
        visit_at, visits = visit_at[order], visits[order]
    goal_at, counts = np.unique(np.concatenate(goals), return_counts=True)
    place = np.minimum(np.searchsorted(visit_at, goal_at), max(len(visit_at) - 1, 0))
    both = visit_at[place] == goal_at if len(visit_at) else np.zeros(len(goal_at), dtype=bool)
    beside = np.zeros(len(visit_at), dtype=np.int64)
    beside[place[both]] = counts[both]
    keys = np.concatenate([visit_at, goal_at[~both]])
    who = keys >> _BITS
    cookieless = np.zeros(len(keys), dtype=bool)
    cookieless[who >= 0] = arrays.cookieless[who[who >= 0]]
    return {
        "person": who,
        "day": _days(span)[keys & ((1 << _BITS) - 1)],
        "visits": np.concatenate([visits, np.zeros(len(keys) - len(visits), dtype=np.int64)]),
        "goals": np.concatenate([beside, counts[~both]]),
        "cookieless": cookieless,
    }


_BITS = 20
"""Two to the power of it is more than days can be asked for."""


def _places(who: Array, bucket: Array | int) -> Array:
    """A number for each pair of person and bucket."""
    return (who.astype(np.int64) << _BITS) + bucket


def _bucket(span: Span, moments: Array) -> Array:
    if not span.buckets:
        return np.zeros(len(moments), dtype=np.int64)
    return np.searchsorted(_bounds(span), moments, side="right") - 1


def _bounds(span: Span) -> Array:
    """When each bucket begins; without any: one without end."""
    begins = [micros(begin) for _, begin in span.buckets]
    return np.array(begins or [np.iinfo(np.int64).min])


def _days(span: Span) -> Array:
    days = [day for day, _ in span.buckets] or [_EPOCH.date()]
    return np.array(days, dtype="datetime64[D]").astype("datetime64[us]")


def _starts(first: Array, second: Array) -> Array:
    """Where a new pair begins."""
    new = np.ones(len(first), dtype=bool)
    new[1:] = (first[1:] != first[:-1]) | (second[1:] != second[:-1])
    return np.flatnonzero(new)


def fixed(array: Array) -> Array:
    """As compiled code takes it: one piece of memory that is not written to."""
    found = np.ascontiguousarray(array).view()
    found.flags.writeable = False
    return found


def _lengths(starts: Array, total: int) -> Array:
    return np.diff(starts, append=total)
