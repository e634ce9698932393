"""All pairs of customers who may be one, out of the roster.

Only customers who share something are compared: an e-mail address, a phone number, how their name
sounds together with a place or a birthday. What a great many share tells nothing and is left out.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any

import numpy as np

from gern.core.engines.door import Door
from gern.core.engines.question import Question
from gern.core.people.duplicates.phonetics import cologne
from gern.core.people.duplicates.record import Record, record_of
from gern.core.people.duplicates.score import LIKELY, Reason, points, reasons

MOST_SHARING = 40
"""What more customers than these have in common is no sign."""
RARE = 3
_COLUMNS = ("person", "name", "full_name", "first_name", "last_name", "company", "email", "phone",
            "street", "postcode", "city", "birthday", "card")  # fmt: skip


@dataclass(frozen=True)
class Pair:
    """Two customers, the smaller id first. ``score``: sum of the points of ``reasons``."""

    one: str
    other: str
    score: int
    reasons: tuple[Reason, ...]


def find_pairs(door: Door) -> list[Pair]:
    """Pairs with enough points to be shown, the surest first."""
    return pairs_among(records(door))


def records(door: Door) -> list[Record]:
    """Everybody of whom contact data is known."""
    known = " OR ".join(f"{c} IS NOT NULL" for c in _COLUMNS[1:])
    rows = door.ask(
        Question(
            f"SELECT {', '.join(_COLUMNS)} FROM customers WHERE {known} ORDER BY person",
            {},
            "duplicates",
        )
    )
    return [record_of(row) for row in rows]


def pairs_among(found: Sequence[Record]) -> list[Pair]:
    """The same of records at hand."""
    called = Counter(_called(record) for record in found)
    pairs = []
    for i, j in _candidates(found):
        a, b = found[i], found[j]
        rare = called[_called(a)] <= RARE and called[_called(b)] <= RARE
        pair = _pair(a.person, b.person, reasons(a, b, rare=rare))
        if pair.score >= LIKELY:
            pairs.append(pair)
    return sorted(pairs, key=lambda pair: (-pair.score, pair.one, pair.other))


def compared(door: Door, one: str, other: str) -> Pair:
    """These two, whatever the sum of their points."""
    rows = {row["person"]: record_of(row) for row in door.ask(Question(
        f"SELECT {', '.join(_COLUMNS)} FROM customers WHERE person IN ($one, $other)",
        {"one": one, "other": other}, "duplicates",
    ))}  # fmt: skip
    why = reasons(rows[one], rows[other]) if len(rows) == 2 else []
    return _pair(one, other, why)


def _pair(one: str, other: str, why: Sequence[Reason]) -> Pair:
    return Pair(min(one, other), max(one, other), points(why), tuple(why))


def _called(record: Record) -> tuple[str, ...]:
    return tuple(sorted(map(cologne, record.words)))


def _keys(r: Record) -> Iterator[tuple[Any, ...]]:
    """What somebody may share with whoever is the same; the first is the kind of key. A key of which
    a part is missing is none."""
    whole = cologne("".join(r.family))
    keys: list[tuple[Any, ...]] = [
        ("mail", r.email),
        ("local", r.email.partition("@")[0] if r.email.find("@") >= 6 else ""),
        ("phone", r.phone),
        ("phone end", r.phone[-6:], whole),
        ("card", r.card),
        ("birthday and place", r.birthday, r.postcode),
        ("address", r.street, r.house, r.postcode),
        ("firm", cologne("".join(r.firm))),
        ("firm and place", cologne(r.firm[0]) if r.firm else "", r.postcode or r.city),
    ]
    sounds = sorted({cologne(w) for w in r.words if len(w) > 1})
    initial = r.given[0][:1] if r.given else "-"
    for sound in sounds:
        keys += [
            ("place", sound, r.postcode),
            ("birthday", sound, r.birthday),
            ("house", sound, r.house, r.street[:4]),
            ("city", sound, cologne(r.city), initial),
        ]
    if len(sounds) >= 2:
        keys.append(("name", *sounds))
    yield from (key for key in keys if all(key))


def _candidates(found: Sequence[Record]) -> list[tuple[int, int]]:
    """Index pairs of those who share a key that only few have."""
    hashes: list[int] = []
    owners: list[int] = []
    for i, record in enumerate(found):
        for key in _keys(record):
            text = "\x1f".join(map(str, key)).encode()
            hashes.append(int.from_bytes(blake2b(text, digest_size=8).digest(), "big"))
            owners.append(i)
    if not hashes:
        return []
    marks, who = np.array(hashes, dtype=np.uint64), np.array(owners, dtype=np.int64)
    order = np.lexsort((who, marks))
    marks, who = marks[order], who[order]
    starts = np.flatnonzero(np.concatenate(([True], marks[1:] != marks[:-1])))
    ends = np.concatenate((starts[1:], [len(marks)]))
    n, coded = len(found), []
    for size in range(2, MOST_SHARING + 1):
        groups = starts[ends - starts == size]
        if not len(groups):
            continue
        members = who[groups[:, None] + np.arange(size)]
        for a in range(size):
            for b in range(a + 1, size):
                coded.append(members[:, a] * n + members[:, b])
    if not coded:
        return []
    pairs = np.unique(np.concatenate(coded))
    one, other = pairs // n, pairs % n
    return [(int(i), int(j)) for i, j in zip(one, other, strict=True) if i != j]
