"""How value is spread over customers: how much the best bring, and which groups."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from gern.core.engines.names import Array
from gern.core.predict import bgnbd, pareto
from gern.core.predict.buyers import Buyers
from gern.core.predict.horizon import Horizon
from gern.core.predict.value import Model, Worth, expected_purchases

TOP = (0.01, 0.05, 0.1, 0.2, 0.5)
MOST_GROUPS = 12


@dataclass(frozen=True)
class Best:
    """The ``share`` of customers worth most: ``customers`` of them bring ``of_value`` of all value; the
    last of them is worth ``least``."""

    share: float
    customers: int
    of_value: float
    least: float


@dataclass(frozen=True)
class GroupWorth:
    """``alive``: customers still there, expected; ``value`` of the horizon; ``so_far``: what they brought
    until now, on the same margin and after returns (undiscounted). ``name`` None: all the others."""

    name: str | None
    customers: int
    alive: float
    value: float
    so_far: float


def best_of(worth: Worth, shares: Sequence[float] = TOP) -> list[Best]:
    """Of each share of the customers (at least one), how much of the value they bring."""
    ordered = np.sort(worth.value)[::-1]
    total = float(ordered.sum())
    found = []
    for share in shares if len(ordered) and total > 0 else ():
        n = max(1, round(share * len(ordered)))
        found.append(Best(share, n, float(ordered[:n].sum()) / total, float(ordered[n - 1])))
    return found


def deciles(worth: Worth) -> list[float]:
    """Mean value of each tenth of the customers, the most valuable first; fewer than ten: of each."""
    ordered = np.sort(worth.value)[::-1]
    return [float(part.mean()) for part in np.array_split(ordered, 10) if len(part)]


def by_group(
    names: Array, buyers: Buyers, worth: Worth, margin: float, *, fewest: int = 1, in_order: bool = False,
) -> list[GroupWorth]:  # fmt: skip
    """By what each customer is called in ``names``, the most valuable first (``in_order``: by name),
    twelve at most; the rest, and groups of fewer than ``fewest``, are one, called None. So that it cannot
    be told by subtraction it is not of fewer either."""
    known, which = np.unique(names.astype(str), return_inverse=True)
    counts = np.bincount(which, minlength=len(known))
    sums = {what: np.bincount(which, weights=column, minlength=len(known)) for what, column in (
        ("alive", worth.alive), ("value", worth.value), ("balance", buyers.balance))}  # fmt: skip
    order = np.lexsort((known, -sums["value"]))
    shown = [i for i in order if counts[i] >= fewest][:MOST_GROUPS]
    rest = [i for i in order if i not in set(shown)]
    while rest and shown and counts[rest].sum() < fewest:
        rest.append(shown.pop())
    if in_order:
        shown.sort()
    found = [(str(known[i]), [i]) for i in shown] + ([(None, rest)] if rest else [])
    return [
        GroupWorth(name, int(counts[some].sum()), float(sums["alive"][some].sum()),
                   float(sums["value"][some].sum()), margin * float(sums["balance"][some].sum()))
        for name, some in found
    ]  # fmt: skip


def begun_in(buyers: Buyers) -> Array:
    """The quarter of the first purchase of each: ``2011-Q1``; years where they are many."""
    years = buyers.first.astype("datetime64[Y]").astype(int) + 1970
    if len(np.unique(years)) > 3:
        return years.astype(str)
    quarters = buyers.first.astype("datetime64[M]").astype(int) % 12 // 3 + 1
    return np.char.add(np.char.add(years.astype(str), "-Q"), quarters.astype(str))


def if_fewer_left(
    model: Model, buyers: Buyers, worth: Worth, horizon: Horizon, *, fewer: float, margin: float, discount: float,
) -> float:  # fmt: skip
    """Value of all, were the chance to leave from now on smaller by the share ``fewer``; who is there now
    is not changed by it. The same where nobody is seen to leave."""
    fit = model.buying
    if fit.model == bgnbd.MODEL:
        less = fewer * fit["a"]
        changed = {**fit.params, "a": fit["a"] - less, "b": fit["b"] + less}
    elif fit.model == pareto.MODEL:
        changed = {**fit.params, "s": fit["s"] * (1 - fewer)}
    else:
        return float(worth.value.sum())
    ends, months = horizon.months()
    expected = expected_purchases(replace(fit, params=changed), buyers, ends)
    steps = np.diff(expected, axis=1, prepend=0) @ (1 + discount) ** (-months / 12)
    return float((margin * worth.spend * worth.alive * steps).sum())
