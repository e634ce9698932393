"""The customers of a shop as models of buying see them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

import numpy as np

from gern.core.engines.door import Door
from gern.core.engines.names import Array
from gern.core.engines.question import Question
from gern.core.errors import BadInput
from gern.core.predict.histories import Histories
from gern.core.predict.orders_then import ORDERS_THEN, day_sql, instant_of

UNITS = {"day": 1.0, "week": 7.0, "month": 365.25 / 12}
"""Units of time, in days."""
FEWEST, FEWEST_BACK, FEWEST_DAYS = 50, 20, 56
"""Buyers, those of them who bought on a second day, and days with purchases, at least."""


@dataclass(frozen=True)
class Buyers:
    """One entry a customer who bought before the day ``until``, by id. ``first``: day of the first
    purchase; ``x``, ``t_x``, ``T``: see `Histories`, in days, the last day looked at is the one
    before ``until``; ``mean``: what they paid on a day with a repeat purchase, on average (0: there
    was none, or nothing was paid); ``spent``: in all, ``balance``: after what went back; ``group``: country of the first purchase, or
    its channel. ``kept``: share of the money of all purchases that did not go back."""

    until: date
    person: Array
    first: Array
    x: Array
    t_x: Array
    T: Array
    mean: Array
    spent: Array
    balance: Array
    country: Array
    channel: Array
    kept: float

    def __len__(self) -> int:
        return len(self.person)

    def histories(self, unit_days: float = 1.0) -> Histories:
        """What models are fitted to, time in units of so many days."""
        return Histories.of(self.x, self.t_x / unit_days, self.T / unit_days)

    @property
    def came_back(self) -> int:
        """How many bought on a second day."""
        return int((self.x > 0).sum())

    @property
    def days(self) -> int:
        """From the first purchase of all until the end."""
        return int(self.T.max()) + 1 if len(self) else 0

    def only(self, entries: Array) -> Buyers:
        """Some of them, by number."""
        columns = (
            "person",
            "first",
            "x",
            "t_x",
            "T",
            "mean",
            "spent",
            "balance",
            "country",
            "channel",
        )
        return replace(self, **{name: getattr(self, name)[entries] for name in columns})

    def check(self) -> None:
        """``BadInput`` where there is too little to learn from: what is needed, what there is."""
        if len(self) >= FEWEST and self.came_back >= FEWEST_BACK and self.days >= FEWEST_DAYS:
            return
        raise BadInput(
            f"A prediction needs at least {FEWEST} customers with a purchase, {FEWEST_BACK} of them on"
            f" two days or more, and purchases of {FEWEST_DAYS} days. You have {len(self)} customers,"
            f" {self.came_back} on two days or more, and {self.days} days.", param="until",
            german=f"Eine Vorhersage braucht mindestens {FEWEST} Kunden mit einem Kauf, {FEWEST_BACK}"
            f" davon an zwei oder mehr Tagen, und Käufe aus {FEWEST_DAYS} Tagen. Es gibt {len(self)}"
            f" Kunden, {self.came_back} an zwei oder mehr Tagen, und {self.days} Tage.",
        )  # fmt: skip


def buyers_of(door: Door, zone: str, until: date, person: str | None = None) -> Buyers:
    """Identified customers with a purchase before the local day ``until``; purchases of a day count
    once. ``person``: only this one (``kept`` is then theirs).

    >>> len(buyers_of(shop.door, shop.zone, date(1997, 10, 1)))  # doctest: +SKIP
    2357
    """
    day = day_sql(door, zone, until)
    only = " AND person = $person" if person is not None else ""
    sql = f"""
WITH orders_then AS ({ORDERS_THEN}), sold AS (
  SELECT *, {day} AS day FROM orders_then WHERE person IS NOT NULL{only}
), balances AS (
  SELECT person, sum(balance) AS balance FROM sold GROUP BY person
), bought AS (
  SELECT person, day, sum(value) AS value, min(country) AS country, min(channel) AS channel
  FROM sold WHERE purchase GROUP BY person, day
), begun AS (
  SELECT *, min(day) OVER (PARTITION BY person) AS first FROM bought
)
SELECT b.person, any_value(first) AS first, CAST(count(*) - 1 AS DOUBLE) AS x,
  CAST(max(day) - any_value(first) AS DOUBLE) AS t_x,
  CAST($last - any_value(first) AS DOUBLE) AS T,
  CAST(coalesce(avg(value) FILTER (day > first), 0) AS DOUBLE) AS mean,
  CAST(sum(value) AS DOUBLE) AS spent, CAST(any_value(m.balance) AS DOUBLE) AS balance,
  coalesce(any_value(country) FILTER (day = first), '') AS country,
  coalesce(any_value(channel) FILTER (day = first), '') AS channel
FROM begun AS b JOIN balances AS m ON m.person = b.person GROUP BY b.person ORDER BY b.person
"""
    instant = instant_of(until, zone)
    values: dict[str, Any] = {"until": instant, "last": until - timedelta(days=1)}
    if person is not None:
        values["person"] = person
    found = door.columns(Question(sql, values, "histories of buyers", None, instant, person=person))
    bought, balance = float(found["spent"].sum()), float(found["balance"].sum())
    kept = balance / bought if bought > 0 else 1.0
    columns = {**found, "first": found["first"].astype("datetime64[D]")}
    return Buyers(until=until, kept=float(np.clip(kept, 0, 1)), **columns)


def found_in(people: Array, among: Array) -> tuple[Array, Array]:
    """Of each of the ``people``: the entry in the sorted ids ``among``, and whether they are there."""
    if not len(among):
        return np.zeros(len(people), dtype=int), np.zeros(len(people), dtype=bool)
    place = np.minimum(np.searchsorted(among, people), len(among) - 1)
    return place, np.asarray(among[place] == people, dtype=bool)
