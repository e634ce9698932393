"""One pass over events sorted by person and time. Compiled when imported: see `compiled`.

``who``, ``ts`` (µs), ``name``: one entry an event, read-only; ``mask[name]``: its steps as bits;
``skipped[who]``: who is not looked at.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from gern.core.engines.names import Array

_EVENTS = (
    "Array(i4,1,'C',readonly=True),Array(i8,1,'C',readonly=True),Array(u2,1,'C',readonly=True)"
)


@njit(f"i8({_EVENTS},i8[::1],b1[::1],i8,i8,i8)", cache=True, nogil=True)
def entrants(
    who: Array,
    ts: Array,
    name: Array,
    mask: Array,
    skipped: Array,
    bit: int,
    since: int,
    until: int,
) -> int:
    """How many people have an event of the bit in ``[since, until)``."""
    found, last = 0, -1
    for i in range(len(who)):
        if skipped[who[i]] or who[i] == last:
            continue
        if mask[name[i]] & bit and since <= ts[i] < until:
            found += 1
            last = who[i]
    return found


@njit(cache=True, nogil=True)
def _comes_next(at: Array, is_a: Array, count: int, following: Array) -> None:
    """``following[i, s]``: which of a person's events is the next of step ``s``, strictly later
    than ``i``; -1: none."""
    kinds = following.shape[1]
    current = np.full(kinds, -1)
    j = count - 1
    while j >= 0:
        first = j
        while first >= 0 and at[first] == at[j]:
            following[first, :] = current
            first -= 1
        for k in range(first + 1, j + 1):
            for s in range(kinds):
                if is_a[k] >> s & 1:
                    current[s] = k
        j = first


@njit(cache=True, nogil=True)
def _way(at: Array, following: Array, entry: int, window: int, way: Array) -> int:
    """Follow the steps from an entry; how many were taken, and when (``way``). Below 0: it was
    stopped there."""
    steps = following.shape[1] - 1
    way[0] = at[entry]
    here, depth = entry, 1
    while depth < steps:
        to, stop = following[here, depth], following[here, steps]
        if stop >= 0 and (to < 0 or at[stop] < at[to]):
            return -depth
        if to < 0 or at[to] - at[entry] > window:
            break
        way[depth] = at[to]
        here = to
        depth += 1
    return depth


@njit(cache=True, nogil=True)
def _longer(array: Array) -> Array:
    more = np.empty(2 * len(array), np.int64)
    more[: len(array)] = array
    return more


@njit(f"i8({_EVENTS},i8[::1],b1[::1],i8,i8,i8,i8,i8,i4[::1],i8[:,::1])", cache=True, nogil=True)
def chains(
    who: Array, ts: Array, name: Array, mask: Array, skipped: Array, steps: int, since: int, entry_until: int,
    until: int, window: int, out_who: Array, out_ts: Array,
) -> int:  # fmt: skip
    """The furthest way of each person through the steps (bits 0 …), the first of those as far:
    (who, time of each step; -1: not reached), one row each who entered in ``[since,
    entry_until)``. Bit ``steps`` stops: no such event lies between two steps. In the last column
    the latest entry from which the end was neither reached nor stopped (-1: none). How many rows.

    Backwards over the events of a person it is known of each which one of every step comes next,
    strictly later; from each entry the way then is a few hops.
    """
    at, is_a = np.empty(256, np.int64), np.empty(256, np.int64)
    following = np.empty((256, steps + 1), np.int64)
    way = np.empty(steps, np.int64)
    rows, i, n = 0, 0, len(who)
    while i < n:
        person, count, enters = who[i], 0, False
        while i < n and who[i] == person:
            t, bits = ts[i], mask[name[i]]
            if bits and since <= t < until and not skipped[person]:
                if count == len(at):
                    at, is_a = _longer(at), _longer(is_a)
                at[count], is_a[count] = t, bits
                count += 1
                enters = enters or (bits & 1 and t < entry_until)
            i += 1
        if not enters:
            continue
        if len(following) < count:
            following = np.empty((len(at), steps + 1), np.int64)
        _comes_next(at, is_a, count, following)
        best, may_go_on = 0, np.int64(-1)
        for entry in range(count):
            if best < steps and is_a[entry] & 1 and at[entry] < entry_until:
                found = _way(at, following, entry, window, way)
                depth = abs(found)
                if 0 < found < steps:
                    may_go_on = at[entry]
                if depth > best:
                    best = depth
                    out_who[rows] = person
                    out_ts[rows, :] = -1
                    out_ts[rows, :depth] = way[:depth]
        out_ts[rows, steps] = may_go_on
        rows += 1
    return rows


@njit(cache=True, nogil=True)
def _count(row: Array, cohort: int, bucket: int, counted: int, or_after: bool) -> None:
    """Somebody of the cohort is in the bucket; ``counted``: the last one they were counted in."""
    begin = bucket
    if or_after:
        begin = cohort if counted < 0 else counted + 1
    for b in range(begin, bucket + 1):
        row[1 + b - cohort] += 1


@njit(f"void({_EVENTS},i8[::1],b1[::1],i8[::1],i8,i8,b1,b1,i8[:,::1])", cache=True, nogil=True)
def cohorts(
    who: Array, ts: Array, name: Array, mask: Array, skipped: Array, bounds: Array, since: int, start_until: int,
    in_range: bool, or_after: bool, out: Array,
) -> None:  # fmt: skip
    """``out[c, 0]``: people whose first event of bit 0 lies in bucket ``c``; ``out[c, 1 + k]``: those
    of them with one of bit 1, not before it, in bucket ``c + k`` (``or_after``: or a later one).
    ``bounds``: where the buckets begin, and where the last one ends. ``in_range``: the first since
    ``since``, else the first ever."""
    earliest = since if in_range else np.iinfo(np.int64).min
    never = np.iinfo(np.int64).min
    last, begun, cohort, bucket, counted, back = -1, False, -1, 0, -1, never
    for i in range(len(who)):
        t, bits = ts[i], mask[name[i]]
        if who[i] != last:
            last, begun, cohort, bucket, counted, back = who[i], False, -1, 0, -1, never
        if not bits or t >= start_until or t < earliest or skipped[last]:
            continue
        if not begun and bits & 2:
            back = t
        if not begun and bits & 1:
            begun = True
            if t >= since:
                while t >= bounds[bucket + 1]:
                    bucket += 1
                cohort = bucket
                out[cohort, 0] += 1
        if cohort >= 0 and (bits & 2 or (counted < 0 and back == t)):  # at once, in any order
            while t >= bounds[bucket + 1]:
                bucket += 1
            if bucket != counted:
                _count(out[cohort], cohort, bucket, counted, or_after)
                counted = bucket


@njit(f"void({_EVENTS},i8[::1],b1[::1],i8,i8,i8[::1])", cache=True, nogil=True)
def counted(
    who: Array,
    ts: Array,
    name: Array,
    label: Array,
    skipped: Array,
    since: int,
    until: int,
    out: Array,
) -> None:
    """``out[label[name]]``: events in ``[since, until)``; a label below 0 is left out."""
    for i in range(len(who)):
        here = label[name[i]]
        if here >= 0 and since <= ts[i] < until and not skipped[who[i]]:
            out[here] += 1


@njit(cache=True, nogil=True)
def _packed(codes: Array, begin: int, count: int) -> np.int64:
    """The codes as one number, six bits each, the first lowest; 0 where there is none."""
    found = np.int64(0)
    for i in range(count):
        found |= np.int64(codes[(begin + i) % len(codes)] + 1) << np.int64(6 * i)
    return found


@njit(
    f"Tuple((i8,i8))({_EVENTS},i8[::1],i8[::1],b1[::1],i8,i8,i8,i8,i8,i8,i8[::1])",
    cache=True, nogil=True,
)  # fmt: skip
def trails(  # noqa: PLR0912, PLR0915 - one pass
    who: Array, ts: Array, name: Array, label: Array, code: Array, skipped: Array, since: int, until: int,
    gap: int, mode: int, asked: int, steps: int, out: Array,
) -> tuple[int, int]:  # fmt: skip
    """The ways of all trails, packed, into ``out``; how many, and of how many people.

    ``label[name]``: rank of an event's name among all (below 0: left out); events of one moment come
    in this order. ``code[label]``: what it is told as. ``gap`` below 0: nothing ends a trail.
    ``mode`` 0: from the beginning, 1: from the first ``asked`` code on, 2: up to it.
    """
    rows, people = 0, 0
    way = np.empty(steps, np.int64)
    at_once = np.empty(64, np.int64)
    i, n = 0, len(who)
    while i < n:
        person = who[i]
        if skipped[person]:
            while i < n and who[i] == person:
                i += 1
            continue
        before, last, count, done, rows_before = np.int64(-1), np.int64(-1), 0, False, rows
        begun = False
        while i < n and who[i] == person:
            moment, many = ts[i], 0
            while i < n and who[i] == person and ts[i] == moment:
                here = label[name[i]]
                if here >= 0 and since <= moment < until:
                    if many == len(at_once):
                        at_once = _longer(at_once)
                    at_once[many] = here
                    many += 1
                i += 1
            if not many:
                continue
            at_once[:many].sort()
            if begun and gap >= 0 and moment - before > gap:
                if mode < 2 and count:
                    out[rows] = _packed(way, 0, min(count, steps))
                    rows += 1
                count, done, last = 0, False, np.int64(-1)
            begun, before = True, moment
            for k in range(many):
                this = code[at_once[k]]
                if this == last:
                    continue
                last = this
                if done or (mode == 1 and not count and this != asked):
                    continue
                if mode == 2:
                    way[count % steps] = this
                    count += 1
                    if this == asked:
                        long = min(count, steps)
                        out[rows] = _packed(way, count - long, long)
                        rows += 1
                        done = True
                elif count < steps:
                    way[count] = this
                    count += 1
        if mode < 2 and count:
            out[rows] = _packed(way, 0, count)
            rows += 1
        people += rows > rows_before
    return rows, people


@njit(cache=True, nogil=True)
def _row(out: Array, rows: int, who: int, bucket: int) -> int:
    """The place of a person and bucket among the rows, the last of which are the person's; below
    ``rows`` it was there, else it is new."""
    k = rows - 1
    while k >= 0 and out[0, k] == who:
        if out[1, k] == bucket:
            return k
        k -= 1
    out[0, rows], out[1, rows] = who, bucket
    out[2:, rows] = 0
    return rows


@njit(cache=True, nogil=True)
def _bucket_of(bounds: Array, ts: int, near: int) -> int:
    """In which bucket a time lies; most often in that of the one before."""
    if bounds[near] <= ts and (near + 1 == len(bounds) or ts < bounds[near + 1]):
        return near
    return np.searchsorted(bounds, ts, side="right") - 1  # type: ignore[return-value]


@njit(
    f"i8({_EVENTS},b1[::1],b1[::1],b1[::1],i8,i8,i8,i8,i8[::1],i4[:,::1])", cache=True, nogil=True
)
def visit_rows(
    who: Array,
    ts: Array,
    name: Array,
    browsed: Array,
    page: Array,
    goal: Array,
    since: int,
    until: int,
    ahead: int,
    gap: int,
    bounds: Array,
    out: Array,
) -> int:
    """Visits and goals by person and bucket. A visit is events that are ``browsed``, no more than
    ``gap`` apart; one that begins in ``[since, until)`` counts, with all its events before ``ahead``,
    in the bucket (``bounds``: their begins) of its begin. ``out``: rows of who, bucket, visits, pages,
    bounces, goals, people one after the other; how many there are is returned."""
    rows, at = 0, 0
    last, before, began = -1, 0, 0
    events, pages, first_page = 0, 0, False
    for i in range(len(who) + 1):
        over = i == len(who)
        if not over and not (since - gap <= ts[i] < ahead and browsed[name[i]]):
            if not goal[name[i]] or not since <= ts[i] < until:
                continue
            steps = False
        else:
            steps = True
        if over or who[i] != last or (steps and ts[i] - before > gap):
            if events and since <= began < until:
                at = _bucket_of(bounds, began, at)
                k = _row(out, rows, last, at)
                rows = max(rows, k + 1)
                out[2, k] += 1
                out[3, k] += pages
                out[4, k] += events == 1 and first_page
            if over:
                break
            last, events, pages = who[i], 0, 0
        if steps:
            if events == 0:
                began, first_page = ts[i], page[name[i]]
            before = ts[i]
            events += 1
            pages += page[name[i]]
        if goal[name[i]] and since <= ts[i] < until:
            at = _bucket_of(bounds, ts[i], at)
            k = _row(out, rows, last, at)
            rows = max(rows, k + 1)
            out[5, k] += 1
    return rows
