"""One pass over events sorted by person and time. Compiled when imported: see `compiled`.

``who``, ``ts`` (µs), ``name``: one entry an event, read-only; ``mask[name]``: its steps as bits;
``skipped[who]``: who is not looked at.
"""

from __future__ import annotations

from typing import Any

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
    while k >= 0 and out[k, 0] == who:
        if out[k, 1] == bucket:
            return k
        k -= 1
    out[rows, :] = 0
    out[rows, 0], out[rows, 1] = who, bucket
    return rows


_DAY = 86_400_000_000


@njit(cache=True, nogil=True)
def _bucket_of(bounds: Array, by_day: Array, since: int, ts: int) -> Any:
    """In which bucket a time lies; ``by_day``: in which one each 24 hours since ``since`` begin."""
    at = by_day[(ts - since) // _DAY]
    while at + 1 < len(bounds) and ts >= bounds[at + 1]:
        at += 1
    return at


@njit(
    f"i8({_EVENTS},b1[::1],b1[::1],b1[::1],b1[::1],i8,i8,i8,i8,i8[::1],i4[::1],i4[:,::1])",
    cache=True,
    nogil=True,
)
def visit_rows(
    who: Array,
    ts: Array,
    name: Array,
    skipped: Array,
    browsed: Array,
    page: Array,
    goal: Array,
    since: int,
    until: int,
    ahead: int,
    gap: int,
    bounds: Array,
    by_day: Array,
    out: Array,
) -> int:
    """Visits and goals by person and bucket. A visit is events that are ``browsed``, no more than
    ``gap`` apart; one that begins in ``[since, until)`` counts, with all its events before ``ahead``,
    in the bucket (``bounds``: their begins) of its begin. ``out``: rows of who, bucket, visits, pages,
    bounces, goals, whether the first event ever that is browsed lies in the bucket; people one after
    the other. How many rows there are is returned."""
    rows, last, before, began = 0, -1, 0, 0
    events, pages, first_page, seen, first_at, new_at = 0, 0, False, -1, -1, -1
    for i in range(len(who) + 1):
        over = i == len(who)
        steps = False
        if not over:
            if skipped[who[i]]:
                continue
            steps = browsed[name[i]]
            if steps and who[i] != seen:
                seen, first_at = who[i], -1
                if since <= ts[i] < until:
                    first_at = _bucket_of(bounds, by_day, since, ts[i])
            steps = steps and since - gap <= ts[i] < ahead
            if not steps and not (goal[name[i]] and since <= ts[i] < until):
                continue
        if over or who[i] != last or (steps and ts[i] - before > gap):
            if events and since <= began < until:
                at = _bucket_of(bounds, by_day, since, began)
                k = _row(out, rows, last, at)
                rows = max(rows, k + 1)
                out[k, 2] += 1
                out[k, 3] += pages
                out[k, 4] += events == 1 and first_page
                out[k, 6] = new_at == at
            if over:
                break
            last, events, pages = who[i], 0, 0
        if steps:
            if events == 0:
                began, first_page, new_at = ts[i], page[name[i]], first_at
            before = ts[i]
            events += 1
            pages += page[name[i]]
        if goal[name[i]] and since <= ts[i] < until:
            at = _bucket_of(bounds, by_day, since, ts[i])
            k = _row(out, rows, last, at)
            rows = max(rows, k + 1)
            out[k, 5] += 1
    return rows


_NONE = np.int64(-1)


@njit(cache=True, nogil=True)
def _slot(keys: Array, key: Any) -> Any:
    """Where a key stands among the keys, or is to be put."""
    mixed = np.uint64(key) * np.uint64(0x9E3779B97F4A7C15)
    at = np.int64((mixed >> np.uint64(32)) & np.uint64(len(keys) - 1))
    while keys[at] != key and keys[at] != _NONE:
        at = (at + 1) & (len(keys) - 1)
    return at


@njit(cache=True, nogil=True)
def _shifts(rows: Array) -> Array:
    """Where the bits of each column begin when a row is written as one number; where they end."""
    shift = np.zeros(rows.shape[1] + 1, np.int64)
    for j in range(rows.shape[1]):
        most, bits = 0, 0
        for i in range(len(rows)):
            most = max(most, rows[i, j])
        while most >> bits:
            bits += 1
        shift[j + 1] = shift[j] + bits
    return shift


@njit("Tuple((i4[:,::1],i8[::1]))(i4[:,::1])", cache=True, nogil=True)
def kinds(rows: Array) -> tuple[Array, Array]:
    """The different ones among rows of numbers from 0 on, and how many times each is there; all as
    they are where a row is no number of 63 bits."""
    width, count, shift = rows.shape[1], 0, _shifts(rows)
    if shift[width] > 63:
        return rows.copy(), np.ones(len(rows), np.int64)
    keys, times = np.full(4096, _NONE), np.zeros(4096, np.int64)
    for i in range(len(rows)):
        key = np.int64(0)
        for j in range(width):
            key |= np.int64(rows[i, j]) << shift[j]
        at = _slot(keys, key)
        if keys[at] == _NONE:
            keys[at] = key
            count += 1
            if 2 * count > len(keys):
                before, counted = keys, times
                keys, times = np.full(2 * len(before), _NONE), np.zeros(2 * len(before), np.int64)
                for k in range(len(before)):
                    if before[k] != _NONE:
                        to = _slot(keys, before[k])
                        keys[to], times[to] = before[k], counted[k]
                at = _slot(keys, key)
        times[at] += 1
    used = np.flatnonzero(times)
    found = np.empty((len(used), width), np.int32)
    for i in range(len(used)):
        for j in range(width):
            bits = np.int64(1) << (shift[j + 1] - shift[j])
            found[i, j] = keys[used[i]] >> shift[j] & (bits - 1)
    return found, times[used]


_PURCHASE, _CANCELLED, _LINE, _SOLD, _TAKEN_BACK, _NOBODY = 1, 2, 4, 8, 16, 32
"""As in `booked`: its own names would have to be compiled anew whenever that file changes."""
_BOOKED = (
    "Array(i4,1,'C',readonly=True),Array(i8,1,'C',readonly=True),Array(i8,1,'C',readonly=True),"
    "Array(u1,1,'C',readonly=True)"
)
"""``who``, ``ts``, ``amount``, ``what`` of `booked.Booked`."""


@njit(f"Tuple((i4[:,::1],i8[:,::1]))({_BOOKED},i8,i8,i8[::1],i4[::1])", cache=True, nogil=True)
def booked_rows(
    who: Array, ts: Array, amount: Array, what: Array, since: int, until: int, bounds: Array, by_day: Array
) -> tuple[Array, Array]:  # fmt: skip
    """Orders and lines in ``[since, until)`` by person and bucket (``bounds``: their begins), a column
    each. Rows of the first: who, bucket, purchases, cancelled orders, whether nobody is known; of the
    second: value of the purchases, amount of all lines, of those sold, of those taken back."""
    columns, last, last_at = 0, np.int32(-1), -1
    for i in range(len(who)):
        if since <= ts[i] < until:
            at = _bucket_of(bounds, by_day, since, ts[i])
            columns += who[i] != last or at != last_at
            last, last_at = who[i], at
    counts, money = np.zeros((5, columns), np.int32), np.zeros((4, columns), np.int64)
    k, last = -1, np.int32(-1)
    for i in range(len(who)):
        if not since <= ts[i] < until:
            continue
        at, bits = _bucket_of(bounds, by_day, since, ts[i]), what[i]
        if who[i] != last or at != last_at:
            k += 1
            last, last_at = who[i], at
            counts[0, k], counts[1, k], counts[4, k] = last, at, bits & _NOBODY != 0
        if bits & _LINE:
            money[1, k] += amount[i]
            if bits & _SOLD:
                money[2, k] += amount[i]
            if bits & _TAKEN_BACK:
                money[3, k] += amount[i]
        else:
            counts[3, k] += bits & _CANCELLED != 0
            if bits & _PURCHASE:
                counts[2, k] += 1
                money[0, k] += amount[i]
    return counts, money


@njit(f"Tuple((i8[::1],i4[:,::1]))({_BOOKED},i8,i8[::1])", cache=True, nogil=True)
def customer_rows(
    who: Array, ts: Array, amount: Array, what: Array, until: int, marks: Array
) -> tuple[Array, Array]:  # fmt: skip
    """Customers with a purchase before ``until``, a column each: when they first bought, and how often
    since each of the marks (a row a mark)."""
    columns, last = 0, np.int32(-1)
    for i in range(len(who)):
        if what[i] & (_PURCHASE | _NOBODY) == _PURCHASE and ts[i] < until:
            columns += who[i] != last
            last = who[i]
    first, counts = np.empty(columns, np.int64), np.zeros((len(marks), columns), np.int32)
    k, last = -1, np.int32(-1)
    for i in range(len(who)):
        if what[i] & (_PURCHASE | _NOBODY) != _PURCHASE or ts[i] >= until:
            continue
        if who[i] != last:
            k += 1
            last = who[i]
            first[k] = ts[i]
        for j in range(len(marks)):
            counts[j, k] += ts[i] >= marks[j]
    return first, counts


@njit(f"void({_BOOKED},i8[::1],i8[::1],i8[:,:,::1],i8[::1])", cache=True, nogil=True)
def stretches(
    who: Array, ts: Array, amount: Array, what: Array, ends: Array, begins: Array, joined: Array, alone: Array
) -> None:  # fmt: skip
    """At which ends people are customers: those before which (from the begin of the same number on)
    they bought. ``joined[first, after, is_new]``: how many stretches of ends without a gap, from the
    first up to one before the last; *new* is who had never bought before. ``alone[step]``: of whom
    the first purchase ever counts at no end, by the end it lies before."""
    last, first, after, came, told = -1, -1, -1, -1, True
    for i in range(len(who) + 1):
        over = i == len(who)
        if not over and (what[i] & (_PURCHASE | _NOBODY) != _PURCHASE or ts[i] >= ends[-1]):
            continue
        if over or who[i] != last:
            if first >= 0:
                joined[first, after, int(first == came)] += 1
                told = told or first == came
            if not told:
                alone[came] += 1
            if over:
                break
            last, first, told = who[i], -1, False
            came = np.searchsorted(ends, ts[i], side="right")
        begin = np.searchsorted(ends, ts[i], side="right")
        end = np.searchsorted(begins, ts[i], side="right")
        if begin >= end:
            continue
        if first >= 0 and begin <= after:
            after = max(after, end)
            continue
        if first >= 0:
            joined[first, after, int(first == came)] += 1
            told = told or first == came
        first, after = begin, end
