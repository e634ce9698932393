"""The arrays of the spine, and what came since it was made beside them: later events, merged months,
people joined. Whoever is touched stands in a part of their own."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np

from gern.core.engines.duckdb import Connection, literal, one_row
from gern.core.engines.names import ONE_EACH, Array, Name, names_sql
from gern.core.log.schema import DAILY, VISITOR

MOST_NAMES = 65_000
NAME = ("kind", "name", "channel")
TYPES = {"who": np.int32, "ts": np.int64, "name": np.uint16}
EVENTS = f"{ONE_EACH} AND traffic IS NULL"


class Part(NamedTuple):
    """One entry an event, people one after the other, each in the order of time.

    ``who``: number of the person; ``ts``: µs since 1970, UTC; ``name``: number of the kind of event.
    ``skipped``: by person, whose events stand in another part.
    """

    who: Array
    ts: Array
    name: Array
    skipped: Array


@dataclass(frozen=True)
class Arrays:
    """The events of people, everybody's in one of the ``parts``: that of the file, and one of those
    of whom something came later. ``names``: the kinds of events by number; ``cookieless``: by person.
    ``more``: people the file does not know (person, code), numbered after its own."""

    parts: tuple[Part, ...]
    names: list[Name]
    cookieless: Array
    file: Path
    more: dict[str, Array]

    def people_sql(self) -> str:
        """SQL: (person, code) of those the file knows."""
        return (
            f"SELECT person, code FROM read_parquet({literal(str(self.file / 'people.parquet'))})"
        )


def put_beside(
    con: Connection, base: Arrays, rows: str, gone: set[str], moves: dict[str, str]
) -> Arrays | None:
    """The arrays without the months ``gone``, with the events of ``rows`` and the moves; None:
    there are too many names, or events of nobody, which only SQL can tell from somebody's."""
    columns = ", ".join(NAME)
    con.execute(
        f"CREATE TEMP TABLE fresh AS SELECT r.person, p.code, epoch_us(r.ts) AS ts, {columns} FROM"
        f" (SELECT * FROM {rows} WHERE {EVENTS}) AS r LEFT JOIN ({base.people_sql()}) AS p ON p.person = r.person"
    )  # fmt: skip
    if one_row(con, "SELECT count(*) FROM fresh WHERE person IS NULL")[0]:
        return None
    said = con.execute(f"SELECT DISTINCT {columns} FROM fresh ORDER BY ALL").fetchall()
    known = set(base.names)
    names = [*base.names, *(name for one in said if (name := (*one, None, "")) not in known)]
    if len(names) > MOST_NAMES:
        return None
    people = len(base.cookieless)
    strangers = con.execute(
        "SELECT DISTINCT person FROM fresh WHERE code IS NULL ORDER BY ALL"
    ).fetchall()
    more = {person: people + i for i, (person,) in enumerate(strangers)}
    codes = _codes_of(con, base, sorted({*moves, *moves.values()}))
    moved = {
        codes[old]: codes[new] if new in codes else more.setdefault(new, people + len(more))
        for old, new in moves.items() if old in codes
    }  # fmt: skip
    new = _numbered(con, names, more)
    con.execute("DROP TABLE fresh")
    daily = np.array([person.startswith(f"{VISITOR}{DAILY}") for person in more], dtype=bool)
    cookieless = np.concatenate([base.cookieless, daily])
    (part,) = base.parts
    if gone:
        parts: tuple[Part, ...] = (
            _sorted_anew(part, new, _in_months(part.ts, gone), moved, len(cookieless)),
        )
    elif len(new.who) or moved:
        parts = _set_apart(part, new, moved, len(cookieless))
    else:
        parts = base.parts
    return Arrays(parts, names, cookieless, base.file, people_of(more))


def _codes_of(con: Connection, base: Arrays, people: list[str]) -> dict[str, int]:
    """The numbers of those the file knows."""
    if not people:
        return {}
    con.register("asked", {"person": np.array(people, dtype=object)})
    found = con.execute(
        f"SELECT person, code FROM ({base.people_sql()}) SEMI JOIN asked USING (person)"
    ).fetchall()
    con.unregister("asked")
    return dict(found)


def _numbered(con: Connection, names: list[Name], more: dict[str, int]) -> Part:
    """The fresh events, in no order."""
    con.register("strangers", people_of(more))
    same = " AND ".join(f"n.{c} IS NOT DISTINCT FROM f.{c}" for c in NAME)
    found = con.execute(
        "SELECT coalesce(f.code, s.code) AS who, f.ts, n.number AS name FROM fresh AS f"
        f" JOIN ({names_sql(names)}) AS n ON {same} LEFT JOIN strangers AS s ON s.person = f.person"
    ).fetchnumpy()
    con.unregister("strangers")
    columns = (np.ascontiguousarray(found[key], dtype=type_) for key, type_ in TYPES.items())
    return _part(columns, np.zeros(0, dtype=bool))


def _in_months(ts: Array, months: set[str]) -> Array:
    """Which times lie in the months."""
    found = np.zeros(len(ts), dtype=bool)
    for month in months:
        start = np.datetime64(month, "us").astype(np.int64)
        end = (np.datetime64(month, "M") + 1).astype("datetime64[us]").astype(np.int64)
        found |= (ts >= start) & (ts < end)
    return found


def _touched(new: Part, moved: dict[int, int], people: int) -> Array:
    """By person, whether something came from them or they were joined."""
    found = np.zeros(people, dtype=bool)
    found[new.who] = True
    found[[*moved, *moved.values()]] = True
    return found


def _set_apart(base: Part, new: Part, moved: dict[int, int], people: int) -> tuple[Part, ...]:
    """Two parts: the file without those who are touched, and all events of these. Nothing large is
    copied: a day's events touch few people."""
    skipped = _touched(new, moved, people)
    touched = np.flatnonzero(skipped).astype(np.int32)
    low, high = (np.searchsorted(base.who, touched, side=side) for side in ("left", "right"))
    lengths = high - low
    at = np.arange(lengths.sum()) + np.repeat(low - (np.cumsum(lengths) - lengths), lengths)
    own = Part(base.who[at], base.ts[at], base.name[at], np.zeros(people, dtype=bool))
    return Part(base.who, base.ts, base.name, skipped), _sorted(own, new, moved)


def _sorted_anew(base: Part, new: Part, gone: Array, moved: dict[int, int], people: int) -> Part:
    """One part without what is ``gone``; everybody who is touched at the end, in their order."""
    apart = _touched(new, moved, people)[base.who]
    rest, apart = ~apart & ~gone, apart & ~gone
    nobody = np.zeros(people, dtype=bool)
    own = _sorted(Part(base.who[apart], base.ts[apart], base.name[apart], nobody), new, moved)
    whole = ((column[rest], of_own) for column, of_own in zip(base[:3], own[:3], strict=True))
    return _part((np.concatenate(both) for both in whole), nobody)


def _sorted(own: Part, new: Part, moved: dict[int, int]) -> Part:
    """Sorted events with new ones, and those of the moved, put where they belong: behind those of the
    same person up to their time."""
    columns, fresh = own[:3], new[:3]
    if moved:
        follow = np.arange(len(own.skipped), dtype=np.int32)
        follow[list(moved)] = list(moved.values())
        moving = follow[own.who] != own.who
        coming = (follow[own.who[moving]], own.ts[moving], own.name[moving])
        fresh = tuple(np.concatenate(both) for both in zip(fresh, coming, strict=True))  # type: ignore[assignment]
        columns = tuple(column[~moving] for column in columns)
    order = np.lexsort((fresh[1], fresh[0]))
    who, ts, name = (column[order] for column in fresh)
    low, high = (np.searchsorted(columns[0], who, side=side) for side in ("left", "right"))
    while (open_ := low < high).any():
        middle = (low + high) // 2
        later = open_ & (columns[1][np.minimum(middle, len(columns[1]) - 1)] <= ts)
        low, high = np.where(later, middle + 1, low), np.where(open_ & ~later, middle, high)
    put = (
        np.insert(column, low, more) for column, more in zip(columns, (who, ts, name), strict=True)
    )
    return _part(put, own.skipped)


def _part(columns: Iterable[Array], skipped: Array) -> Part:
    who, ts, name = columns
    return Part(who, ts, name, skipped)


def people_of(codes: dict[str, int]) -> dict[str, Array]:
    """People and their numbers as two columns."""
    people = np.array(list(codes), dtype=object)
    return {"person": people, "code": np.array(list(codes.values()), dtype=np.int32)}
