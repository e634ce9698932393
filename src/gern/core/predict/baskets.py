"""Who bought which product on which day, as was known on a day; and what that says of each product."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

import numpy as np

from gern.core.engines.door import Door
from gern.core.engines.names import Array
from gern.core.engines.question import Question
from gern.core.predict.orders_then import ORDERS_THEN, day_sql, instant_of

EPOCH = date(1970, 1, 1)
LATELY, TREND = 90, 21
"""Days that count as lately, and those that tell whether a product is on the rise."""
HALF_LIFE = 90
WITH = 3000
"""Of so many products, those bought by most, it is told what goes with them."""
NEIGHBOURS = 20
SAMPLE = 200_000
"""Customers from whom it is learned what goes together."""


@dataclass(frozen=True)
class Baskets:
    """One entry a day on which a customer bought a product, before the day ``until``; by customer,
    product and day. ``person`` and ``product``: entries of ``people`` and ``products``; ``day``:
    days since 1970."""

    until: date
    people: Array
    products: Array
    person: Array
    product: Array
    day: Array

    @cached_property
    def today(self) -> int:
        """``until`` in days since 1970."""
        return (self.until - EPOCH).days

    @cached_property
    def owned(self) -> Owned:
        """The same by customer and product."""
        return _owned(self)

    @cached_property
    def last(self) -> Array:
        """The last day on which each customer bought anything."""
        found = np.zeros(len(self.people), dtype=np.int64)
        np.maximum.at(found, self.person, self.day)
        return found

    @cached_property
    def begins(self) -> Array:
        """Where the products of each customer begin in ``owned``, and where the last ends."""
        return np.searchsorted(self.owned.person, np.arange(len(self.people) + 1))

    @cached_property
    def in_last(self) -> Array:
        """Of each entry of ``owned``: whether it was in the last purchase of the customer."""
        return np.asarray(self.owned.last == self.last[self.owned.person])

    def owned_by(self, users: Array) -> tuple[Array, Array]:
        """(which of these customers, entries of ``owned``) of all they have, one after the other."""
        sizes = self.begins[users + 1] - self.begins[users]
        row = np.repeat(np.arange(len(users)), sizes)
        first = np.repeat(self.begins[users] - np.cumsum(sizes) + sizes, sizes)
        return row, first + np.arange(len(row))

    @cached_property
    def days(self) -> Array:
        """On how many days each customer bought anything."""
        keys = np.unique(self.person * 1_000_000 + self.day)
        return np.bincount(keys // 1_000_000, minlength=len(self.people))

    def buyers(self, days: int) -> Array:
        """How many customers bought each product in the last ``days`` days."""
        some = self.day >= self.today - days
        keys = np.unique(self.person[some] * len(self.products) + self.product[some])
        return np.bincount(keys % max(len(self.products), 1), minlength=len(self.products))


@dataclass(frozen=True)
class Owned:
    """One entry a product a customer bought: ``times`` days with it, the ``last`` of them, the mean
    ``pause`` between two (NaN: once), ``fresh``: Σ 2^(−age / `HALF_LIFE`) of those days."""

    person: Array
    product: Array
    times: Array
    last: Array
    pause: Array
    fresh: Array

    def key(self, products: int) -> Array:
        """Customer and product as one number, ascending."""
        return self.person * products + self.product


@dataclass(frozen=True)
class Products:
    """One entry a product: customers who ``buyers`` bought it ever and ``again``, ``lately`` in the last
    90 days, ``rising``: how many of those in the last 21; ``pause``: the median of the pauses (NaN:
    nobody again). ``with_``: how often the product of a row goes with that of a column (cosine), a
    sparse matrix; ``from_`` the same by column."""

    buyers: Array
    again: Array
    lately: Array
    rising: Array
    pause: Array
    with_: Any

    @cached_property
    def from_(self) -> Any:
        """``with_`` turned round."""
        return self.with_.T.tocsr()


def baskets_until(door: Door, zone: str, until: date, fees: Sequence[str] = ()) -> Baskets:
    """What identified customers bought before the local day ``until``; ``fees``: numbers of products that
    are none."""
    local = day_sql(door, zone, until)
    at = instant_of(until, zone)
    values = {"until": at, "fees": [*fees] or [""]}
    bought = f"""
WITH orders_then AS ({ORDERS_THEN}), bought AS (
  SELECT l.person, l.product, l.ts FROM lines AS l
  SEMI JOIN (SELECT source, order_id FROM orders_then WHERE purchase) AS o
    ON o.source = l.source AND o.order_id = l.order_id
  WHERE l.person IS NOT NULL AND l.product IS NOT NULL AND l.quantity > 0 AND l.ts < $until
    AND l.product NOT IN (SELECT unnest($fees))
)"""
    found = door.columns(Question(
        f"{bought} SELECT dense_rank() OVER (ORDER BY person) - 1 AS who, dense_rank() OVER (ORDER BY product) - 1"
        f" AS what, day FROM (SELECT DISTINCT person, product, {local} AS day FROM bought) ORDER BY who, what, day",
        values, "baskets", None, at,
    ))  # fmt: skip
    people = door.columns(Question(f"{bought} SELECT DISTINCT person FROM bought ORDER BY person", values, "who bought", None, at))  # fmt: skip
    products = door.columns(Question(
        f"{bought} SELECT DISTINCT product FROM bought ORDER BY product", values, "what was bought", None, at,
    ))  # fmt: skip
    return Baskets(
        until, people["person"], products["product"],
        found["who"].astype(np.int64), found["what"].astype(np.int64),
        found["day"].astype("datetime64[D]").astype(np.int64),
    )  # fmt: skip


def products_of(baskets: Baskets) -> Products:
    """What the baskets say of each product."""
    owned, count = baskets.owned, len(baskets.products)
    twice = owned.times > 1
    return Products(
        np.bincount(owned.product, minlength=count),
        np.bincount(owned.product[twice], minlength=count),
        baskets.buyers(LATELY), baskets.buyers(TREND),
        _medians(owned.product[twice], owned.pause[twice], count), _together(baskets),
    )  # fmt: skip


def _owned(baskets: Baskets) -> Owned:
    key = baskets.person * len(baskets.products) + baskets.product
    begins = np.flatnonzero(np.r_[True, key[1:] != key[:-1]]) if len(key) else np.zeros(0, dtype=int)  # fmt: skip
    times = np.diff(np.append(begins, len(key)))
    first, last = baskets.day[begins], baskets.day[begins + times - 1]
    age = 0.5 ** ((baskets.today - baskets.day) / HALF_LIFE)
    pause = np.where(times > 1, (last - first) / np.maximum(times - 1, 1), np.nan)
    fresh = np.add.reduceat(age, begins) if len(begins) else age
    return Owned(baskets.person[begins], baskets.product[begins], times, last, pause, fresh)


def _medians(kind: Array, value: Array, count: int) -> Array:
    order = np.lexsort((value, kind))
    kind, value = kind[order], value[order]
    found = np.full(count, np.nan)
    if len(kind):
        begins = np.flatnonzero(np.r_[True, kind[1:] != kind[:-1]])
        sizes = np.diff(np.append(begins, len(kind)))
        found[kind[begins]] = value[begins + sizes // 2]
    return found


def _together(baskets: Baskets) -> Any:
    """Cosine of the sets of customers who bought each of two products; of each the `NEIGHBOURS` nearest."""
    from scipy.sparse import csr_matrix, diags

    owned, count = baskets.owned, len(baskets.products)
    buyers = np.bincount(owned.product, minlength=count)
    usual = np.zeros(count, dtype=bool)
    usual[np.argsort(-buyers, kind="stable")[:WITH]] = True
    step = max(1, -(-len(baskets.people) // SAMPLE))
    some = usual[owned.product] & (owned.person % step == 0)
    who, what = owned.person[some], owned.product[some]
    bought = csr_matrix((np.ones(len(who), dtype=np.float32), (who, what)), shape=(len(baskets.people), count))  # fmt: skip
    size = np.maximum(np.asarray(bought.sum(axis=0)).ravel(), 1)
    near = ((bought.T @ bought) @ diags(1 / np.sqrt(size))).tocsr()
    near = (diags(1 / np.sqrt(size)) @ near).tocsr()
    near.setdiag(0)
    near.eliminate_zeros()
    return nearest(near, NEIGHBOURS)


def nearest(rows: Any, most: int) -> Any:
    """A sparse matrix with only the ``most`` largest of each row."""
    from scipy.sparse import csr_matrix

    kept, sizes = [], np.minimum(np.diff(rows.indptr), most)
    for begin, end in zip(rows.indptr[:-1].tolist(), rows.indptr[1:].tolist(), strict=True):
        if end - begin <= most:
            kept.append(np.arange(begin, end))
        else:
            kept.append(begin + np.argpartition(-rows.data[begin:end], most)[:most])
    some = np.concatenate(kept) if kept else np.zeros(0, dtype=int)
    found = csr_matrix(
        (rows.data[some], rows.indices[some], np.r_[0, np.cumsum(sizes)]), shape=rows.shape
    )
    found.sort_indices()
    return found


def product_names(door: Door, numbers: Sequence[str]) -> dict[str, str]:
    """What products are called, by number; those without a name are left out."""
    if not numbers:
        return {}
    rows = door.ask(Question(
        "SELECT product, mode(product_name) AS name FROM lines WHERE list_contains($numbers, product)"
        " GROUP BY product", {"numbers": sorted(set(numbers))}, "names of products",
    ))  # fmt: skip
    return {row["product"]: row["name"] for row in rows if row["name"]}
