"""What models of buying need to know of each customer: how often, when last, looked at how long."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from gern.core.engines.names import Array
from gern.core.errors import BadInput


@dataclass(frozen=True)
class Histories:
    """One entry a customer. ``x``: purchases after the first, those of a day count once; ``t_x``:
    time from the first to the last of them; ``T``: time from the first until the customers were
    looked at; both in one unit. ``weight``: so many customers are alike.

    >>> Histories.of([2, 0], [30.43, 0], [38.86, 38.86]).n
    2.0
    """

    x: Array
    t_x: Array
    T: Array
    weight: Array

    @classmethod
    def of(cls, x: Array, t_x: Array, T: Array, weight: Array | None = None) -> Histories:
        """``BadInput`` where such histories cannot be."""
        x, t_x, T = (np.asarray(each, dtype=float) for each in (x, t_x, T))
        weight = np.ones(len(x)) if weight is None else np.asarray(weight, dtype=float)
        if not len(x) == len(t_x) == len(T) == len(weight):
            raise BadInput("x, t_x and T have one entry a customer each.", param="x",
                           german="x, t_x und T haben je Kunde einen Eintrag.")  # fmt: skip
        whole = all(np.isfinite(each).all() for each in (x, t_x, T, weight))
        fits = whole and (x >= 0).all() and (t_x >= 0).all() and (t_x <= T).all()
        if not fits or ((x == 0) & (t_x > 0)).any():
            raise BadInput(
                "A history has 0 or more repeat purchases, the last of them between the first"
                " purchase and the end (0 ≤ t_x ≤ T), and t_x = 0 where there was none.", param="t_x",
                german="Ein Verlauf hat 0 oder mehr Wiederkäufe, den letzten zwischen erstem Kauf und"
                " Ende (0 ≤ t_x ≤ T); ohne Wiederkauf ist t_x = 0.",
            )  # fmt: skip
        return cls(x, t_x, T, weight)

    @property
    def n(self) -> float:
        """How many customers."""
        return float(self.weight.sum())

    @cached_property
    def by_x(self) -> tuple[Array, Array]:
        """(the ``x`` there are, how many customers have each)."""
        kinds, kind = np.unique(self.x, return_inverse=True)
        return kinds, np.bincount(kind, weights=self.weight)

    @property
    def usual_T(self) -> float:
        """Mean of ``T``, never 0: where a search may begin."""
        return max(float((self.weight * self.T).sum() / self.n), 1e-9) if self.n else 1.0

    @cached_property
    def grouped(self) -> Histories:
        """The same customers, those alike in one entry."""
        order = np.argsort(_mixed(self.x, self.t_x, self.T), kind="stable")
        x, t_x, T = self.x[order], self.t_x[order], self.T[order]
        new = np.ones(len(x), dtype=bool)
        new[1:] = (x[1:] != x[:-1]) | (t_x[1:] != t_x[:-1]) | (T[1:] != T[:-1])
        first = np.flatnonzero(new)
        weight = np.add.reduceat(self.weight[order], first) if len(first) else self.weight
        return Histories(x[first], t_x[first], T[first], weight)


def _mixed(*columns: Array) -> Array:
    """A number that is the same for equal rows (and nearly never for others)."""
    found = np.zeros(len(columns[0]), dtype=np.uint64)
    for column in columns:
        found = found * np.uint64(0x9E3779B97F4A7C15) + (column + 0.0).view(np.uint64)
        found ^= found >> np.uint64(29)
    return found
