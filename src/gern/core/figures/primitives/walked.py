"""Figures of visits by one pass over the spine, equal to the SQL of `primitives.visits`.

Events of a person on web or app lie one after the other; a visit begins where the person or, by
more than the gap, the time changes. Everything else is sums between such places, by person and
bucket; equal rows then stand together with how many `times` there are.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import Any, Literal, TypeVar

import numpy as np

from gern.core.engines import compiled
from gern.core.engines.beside import Arrays, Part
from gern.core.engines.names import Array

T = TypeVar("T")
_EPOCH = datetime(1970, 1, 1)
_DAY = 86_400_000_000
COUNTED = ("visits", "pages", "bounces", "goals", "is_new")
"""Columns of a row after person and bucket. *New* is whose first event ever on web or app lies in the
bucket."""


@dataclass(frozen=True)
class Span:
    """What is looked at: begin and end (naive UTC), the first day and begin of each bucket of a
    time series (none: one total), and the gap that ends a visit."""

    since: datetime
    until: datetime
    buckets: tuple[tuple[date, datetime], ...]
    gap_minutes: int


@dataclass(frozen=True)
class Roles:
    """By name of an event: on web or app and no automatic signal; a page; a goal."""

    browsed: Array
    page: Array
    goal: Array
    asked: frozenset[str] = frozenset(COUNTED)
    """What of `COUNTED` is needed: without compiled code the rest is left at 0 where it costs."""


@dataclass(frozen=True)
class Walked:
    """How a primitive's rows come out of a walk ``of`` visits, of what was booked by customer and
    bucket (`purchased.booked_by`), or of customers (`purchased.customers`): ``sql`` over ``walked``,
    with ``times`` (for how many people a row stands), person (NULL: nobody known), bucket (``{day}``)
    and measures. ``beside``: SQL of goals that are not in the spine: (person, day, goals) over the
    relations of the door and ``coded`` (person, code)."""

    sql: str
    of: Literal["visits", "booked", "customers"] = "visits"
    beside: str | None = None


def micros(moment: datetime) -> int:
    """µs since 1970."""
    return (moment - _EPOCH) // timedelta(microseconds=1)


def walk(arrays: Arrays, span: Span, roles: Roles) -> dict[str, Array]:
    """``walked``: day (first of the bucket), `COUNTED`, cookieless, times."""
    kernels = compiled.loaded()
    if kernels is None:
        rows = visit_rows(arrays, span, roles)
        return _columns(span, rows, _daily(arrays, rows), np.ones(len(rows), dtype=np.int64))

    def of_piece(piece: Part) -> tuple[Array, Array]:
        rows = _compiled_rows(piece, span, roles)
        rows[:, 0] = _daily(arrays, rows)
        found: tuple[Array, Array] = kernels.kinds(rows)
        return found

    rows, times = joined(arrays.parts, of_piece)
    return _columns(span, rows, rows[:, 0].astype(bool), times)


def walk_with(
    arrays: Arrays, span: Span, roles: Roles, of_files: dict[str, Array]
) -> dict[str, Array]:
    """The same with goals of files; who has no number (-1) has no visit."""
    rows = visit_rows(arrays, span, roles)
    people = np.array(of_files["person"], dtype=np.int64)
    people[people < 0] = -1 - np.arange(np.sum(people < 0))  # each somebody else
    at = np.searchsorted(days(span), of_files["day"]) if span.buckets else 0
    goals = np.repeat(_places(people, at), of_files["goals"])
    rows = _with_goals(rows, *np.unique(goals, return_counts=True))
    return _columns(span, rows, _daily(arrays, rows), np.ones(len(rows), dtype=np.int64))


def visit_rows(arrays: Arrays, span: Span, roles: Roles) -> Array:
    """One row a person and bucket: who, bucket, `COUNTED`."""
    if compiled.loaded() is None:
        return np.concatenate(
            by_pieces(arrays.parts, lambda piece: _plain_rows(piece, span, roles))
        )
    return np.concatenate(
        by_pieces(arrays.parts, lambda piece: _compiled_rows(piece, span, roles).copy())
    )


def _compiled_rows(piece: Part, span: Span, roles: Roles) -> Array:
    kernels: Any = compiled.loaded()
    out = np.empty((len(piece.who), 2 + len(COUNTED)), np.int32)  # memory is taken when written
    rows = kernels.visit_rows(
        *(fixed(column) for column in piece[:3]), piece.skipped, roles.browsed, roles.page, roles.goal,
        micros(span.since), micros(span.until), micros(span.until) + _DAY,
        span.gap_minutes * 60_000_000, bounds(span), by_day(span), out,
    )  # fmt: skip
    return out[:rows]


def _plain_rows(piece: Part, span: Span, roles: Roles) -> Array:
    """Without compiled code."""
    who, ts, name = piece[:3]
    if piece.skipped.any():
        here = ~piece.skipped[who]
        who, ts, name = who[here], ts[here], name[here]
    since, until, gap = micros(span.since), micros(span.until), span.gap_minutes * 60_000_000
    browsed = roles.browsed[name]
    goals = np.zeros(0, dtype=np.int64)
    if "goals" in roles.asked:
        reached = roles.goal[name] & (ts >= since) & (ts < until)
        goals = _places(who[reached], _bucket(span, ts[reached]))
    if "is_new" in roles.asked:
        new = _first_buckets(who[browsed], ts[browsed], span, len(piece.skipped))
    near = browsed & (ts >= since - gap) & (ts < until + _DAY)
    who, ts, is_page = who[near], ts[near], roles.page[name[near]]
    begins = np.ones(len(who), dtype=bool)
    begins[1:] = (who[1:] != who[:-1]) | (ts[1:] - ts[:-1] > gap)
    at = np.flatnonzero(begins)
    pages = np.add.reduceat(is_page, at, dtype=np.int32)
    bounced = (_lengths(at, len(who)) == 1) & is_page[at]
    who, ts = who[at], ts[at]
    inside = (ts >= since) & (ts < until)
    who, pages, bounced = who[inside], pages[inside], bounced[inside]
    bucket = _bucket(span, ts[inside])
    at = _starts(who, bucket)
    rows = np.zeros((2 + len(COUNTED), len(at)), np.int32).T  # columns lie together
    rows[:, 0], rows[:, 1], rows[:, 2] = who[at], bucket[at], _lengths(at, len(who))
    rows[:, 3] = np.add.reduceat(pages, at)
    rows[:, 4] = np.add.reduceat(bounced, at, dtype=np.int32)
    if "is_new" in roles.asked and len(at):
        rows[:, 6] = new[who[at]] == bucket[at]
    return _with_goals(rows, *np.unique(goals, return_counts=True))


def _first_buckets(who: Array, ts: Array, span: Span, people: int) -> Array:
    """By person, in which bucket the first of these events lies; -1: in none."""
    at = _starts(who, who)
    at = at[(ts[at] >= micros(span.since)) & (ts[at] < micros(span.until))]
    found = np.full(people, -1, dtype=np.int32)
    found[who[at]] = _bucket(span, ts[at])
    return found


_BITS = 20
"""Two to the power of it is more than days can be asked for."""


def _places(who: Array, bucket: Array | int) -> Array:
    """A number for each pair of person and bucket."""
    return (who.astype(np.int64) << _BITS) + bucket


def _with_goals(rows: Array, places: Array, counts: Array) -> Array:
    """The rows with goals more; who has no row yet gets one."""
    if not len(places):
        return rows
    known = _places(rows[:, 0], rows[:, 1])
    order = np.argsort(known, kind="stable")  # of what is in order it takes no time
    at = np.searchsorted(known, places, sorter=order)
    at = order[np.minimum(at, max(len(known) - 1, 0))] if len(known) else at
    both = known[at] == places if len(known) else np.zeros(len(places), dtype=bool)
    more = np.zeros((rows.shape[1], int(np.sum(~both))), rows.dtype).T
    more[:, 0] = places[~both] >> _BITS
    more[:, 1] = places[~both] & ((1 << _BITS) - 1)
    more[:, 5] = counts[~both]
    rows[at[both], 5] += counts[both].astype(rows.dtype)
    return np.concatenate([rows, more])


def _daily(arrays: Arrays, rows: Array) -> Array:
    """Who of them is a cookieless visitor; below 0: nobody is."""
    daily = np.zeros(len(rows), dtype=bool)
    known = rows[:, 0] >= 0
    daily[known] = arrays.cookieless[rows[known, 0]]
    return daily


def _columns(span: Span, rows: Array, cookieless: Array, times: Array) -> dict[str, Array]:
    counted = {name: np.ascontiguousarray(rows[:, 2 + i]) for i, name in enumerate(COUNTED)}
    return {"day": days(span)[rows[:, 1]], **counted, "cookieless": cookieless, "times": times}


_PIECE = 1 << 18
"""Events at a time: what is in between stays in the processor's cache."""
_WORKERS = min(4, os.cpu_count() or 1)


def by_pieces(parts: Sequence[Part], work: Callable[[Part], T]) -> list[T]:
    """What ``work`` makes of the people of each piece; several at a time (numpy, and compiled code,
    let other threads work meanwhile)."""
    pieces = [
        Part(part.who[piece], part.ts[piece], part.name[piece], part.skipped)
        for part in parts for piece in _pieces(part.who)
    ]  # fmt: skip
    with ThreadPoolExecutor(_WORKERS) as pool:
        return [*pool.map(work, pieces)]


def joined(parts: Sequence[Part], work: Callable[[Part], tuple[Array, ...]]) -> list[Array]:
    """The same, put together column by column."""
    return [np.concatenate(column) for column in zip(*by_pieces(parts, work), strict=True)]


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


def _bucket(span: Span, moments: Array) -> Array:
    if not span.buckets:
        return np.zeros(len(moments), dtype=np.int64)
    return np.searchsorted(bounds(span), moments, side="right") - 1


def bounds(span: Span) -> Array:
    """When each bucket begins; without any: one without end."""
    begins = [micros(begin) for _, begin in span.buckets]
    return np.array(begins or [np.iinfo(np.int64).min])


def by_day(span: Span) -> Array:
    """In which bucket each 24 hours of the span begin."""
    begins = np.arange(micros(span.since), micros(span.until), _DAY)
    return (np.searchsorted(bounds(span), begins, side="right") - 1).astype(np.int32)


def days(span: Span) -> Array:
    """The first day of each bucket."""
    first = [day for day, _ in span.buckets] or [_EPOCH.date()]
    return np.array(first, dtype="datetime64[D]").astype("datetime64[us]")


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
