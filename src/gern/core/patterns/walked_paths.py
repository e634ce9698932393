"""Paths by one pass over the spine: the same as the SQL of `paths`, ten times as fast."""

from __future__ import annotations

from datetime import timedelta

import numpy as np

from gern.core.engines import compiled
from gern.core.engines.beside import Arrays
from gern.core.engines.names import Array
from gern.core.engines.question import Walk
from gern.core.figures.periods import Period
from gern.core.figures.primitives.walked import micros
from gern.core.patterns.steps import step
from gern.core.patterns.walking import Events, of_files_sql, with_files

MOST_STEPS, MOST_KINDS = 10, 60
"""A way of so many steps, of so many kinds of events, fits into one number."""
OF_FILES = (step("Order Completed"), step("Order Refunded"))


def walk(
    period: Period, *, start: str | None, end: str | None, steps: int, gap: timedelta | None,
    kinds: int, across: bool, done: str, other: str, most: int,
) -> Walk | None:  # fmt: skip
    """None where the pass cannot tell. ``done``: SQL, which events count; ``across``: cookieless
    visitors are left out."""
    kernels = compiled.loaded()
    if kernels is None or steps > MOST_STEPS or kinds > MOST_KINDS:
        return None

    def columns(
        arrays: Arrays, _found: None, roles: list[Array], beside: dict[str, Array]
    ) -> dict[str, Array]:
        texts = [str(name[1] if name[1] is not None else name[0]) for name in arrays.names]
        ranked = sorted({*texts, *(one.name for one in OF_FILES)})
        rank = {name: i for i, name in enumerate(ranked)}
        label = np.array([rank[t] if yes else -1 for t, yes in zip(texts, roles[0], strict=True)],
                         dtype=np.int64)  # fmt: skip
        events = _events(arrays, label, rank, beside)
        skipped = events.cookieless if across else np.zeros(len(events.cookieless), dtype=bool)
        since, until = micros(period.since), micros(period.until)

        def count(args: tuple[Array, ...]) -> Array:
            found = np.zeros(len(ranked), np.int64)
            kernels.counted(*args, since, until, found)
            return found

        counts = np.sum(events.by_pieces(count, skip=skipped), axis=0)
        asked = start or end
        order = sorted((i for i in range(len(ranked)) if counts[i]), key=lambda i: (-counts[i], i))
        shown = {*order[:kinds], *([rank[asked]] if asked in rank else [])}
        told = [*sorted(shown)]
        code = np.full(len(ranked), len(told), dtype=np.int64)
        code[told] = np.arange(len(told))
        wanted = code[rank[asked]] if asked in rank else -2
        mode = 1 if start else 2 if end else 0
        pause = -1 if gap is None else gap // timedelta(microseconds=1)

        def ways(args: tuple[Array, ...]) -> tuple[Array, int]:
            out = np.empty(len(args[0]), np.int64)
            rows, people = kernels.trails(
                *args[:4], code, args[4], since, until, pause, mode, wanted, steps, out
            )
            return out[:rows], people

        pieces = events.by_pieces(ways, skip=skipped)
        packed = np.concatenate([piece for piece, _ in pieces])
        codes, n = np.unique(packed, return_counts=True)
        if len(codes) > most:
            kept = n >= np.partition(n, -most)[-most]
            codes, n = codes[kept], n[kept]
        names = np.array([None, *(ranked[i] for i in told), other], dtype=object)
        found = {f"s{i}": names[codes >> 6 * i & 63] for i in range(steps)}
        trails, people = len(packed), sum(people for _, people in pieces)
        return {
            **found,
            "n": n,
            "people": np.full(len(n), people),
            "trails": np.full(len(n), trails),
        }

    listed = ", ".join(f"s{i}" for i in range(steps))
    return Walk(
        "SELECT list_filter([" + listed + "], lambda x: x IS NOT NULL) AS steps, n, people, trails"
        f" FROM walked ORDER BY n DESC, steps LIMIT {most}",
        (done,),
        columns,
        beside=of_files_sql(OF_FILES, "ts >= $since", "ts < $until"),
    )


def _events(arrays: Arrays, label: Array, rank: dict[str, int], beside: dict[str, Array]) -> Events:
    """The events that count, with the orders of files among them; ``mask`` is the label."""
    if not len(beside["person"]):
        return Events(arrays.parts, label, arrays.cookieless)
    of_files = np.array([rank[one.name] for one in OF_FILES])
    refunded = np.asarray(beside["bits"], dtype=np.int64) >> 1
    return with_files(arrays, label, label >= 0, beside, of_files[refunded])
