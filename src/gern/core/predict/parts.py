"""How good is it for whom? What was said and what happened, by group."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from gern.core.engines.names import Array

FEWEST, MOST = 30, 8
"""Customers of a group, and groups of a kind, that are told."""


@dataclass(frozen=True)
class Part:
    """The customers whose ``by`` (country, channel, purchases) is ``group``: means of what was ``said`` and of
    what ``happened``, and of |said − happened|."""

    by: str
    group: str
    customers: int
    said: float
    happened: float
    error: float


def parts_of(by: str, groups: Array, said: Array, happened: Array) -> tuple[Part, ...]:
    """Of every group with `FEWEST` customers, the largest first; one alone says no more than all do."""
    found = []
    names, place, counts = np.unique(groups.astype(str), return_inverse=True, return_counts=True)
    for i in np.argsort(-counts, kind="stable")[:MOST]:
        if counts[i] >= FEWEST:
            mine = place == i
            error = float(np.abs(said[mine] - happened[mine]).mean())
            found.append(Part(by, str(names[i]), int(counts[i]), float(said[mine].mean()), float(happened[mine].mean()), error))  # fmt: skip
    return tuple(found) if len(found) > 1 else ()
