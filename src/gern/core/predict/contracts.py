"""Contract business: what customers with a running contract will still pay.

How long somebody stays who has stayed for a days is the Kaplan-Meier curve S of all customers with a
contract: S(a + t) / S(a). Remaining value = margin × what they paid a month × Σ over the months m of the
horizon of S(a + m) / S(a) × (length of the month) / (1 + yearly discount)^(m / 12): a month counts that
is paid to its end. Beyond the age at which `FEWEST_AT_RISK` customers were seen they go on leaving at the
rate of the later half of that time.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import numpy as np

from gern.core.engines.door import Door
from gern.core.engines.names import Array
from gern.core.engines.question import Question
from gern.core.errors import BadInput
from gern.core.patterns.lifetimes import BY_CONTRACT
from gern.core.patterns.survival import Curve, kaplan_meier
from gern.core.predict.buyers import found_in
from gern.core.predict.holdout import LONGEST_DAYS, Error, against
from gern.core.predict.horizon import DAYS, Horizon
from gern.core.predict.orders_then import ORDERS_THEN, day_sql, instant_of

FEWEST, FEWEST_LEFT, FEWEST_AT_RISK = 50, 20, 20
"""Customers with a contract, those of them who left, and those seen at an age, at least."""
PAID_DAYS = 365


@dataclass(frozen=True)
class Contracts:
    """One entry a customer who ever had a contract before the day ``until``, by id. ``days`` since the first
    began, until the last ended (``gone``) or ``until``; ``monthly``: what they paid a month in the last
    year, or since they began, after returns."""

    until: date
    person: Array
    days: Array
    gone: Array
    monthly: Array

    def __len__(self) -> int:
        return len(self.person)

    def curve(self) -> Curve:
        """How long they stay. ``BadInput``: too little to learn from."""
        left = int(self.gone.sum())
        if len(self) < FEWEST or left < FEWEST_LEFT:
            raise BadInput(
                f"How long customers stay is learned from at least {FEWEST} with a contract, {FEWEST_LEFT} of"
                f" whom left. You have {len(self)}, {left} left.", param="until",
                german=f"Wie lange Kunden bleiben, wird aus mindestens {FEWEST} mit Vertrag gelernt, von denen"
                f" {FEWEST_LEFT} gingen. Es gibt {len(self)}, {left} gingen.",
            )  # fmt: skip
        return kaplan_meier(self.days, self.gone)

    def staying(self, curve: Curve) -> Staying:
        """How many stay how long, as far as it goes."""
        points = [point for point in curve.points if point.at_risk >= FEWEST_AT_RISK]
        alone = len(self) - FEWEST_AT_RISK
        seen = float(np.partition(self.days, alone)[alone]) if alone >= 0 else 0.0
        late = self.days > seen / 2
        left = float((self.gone & late & (self.days <= seen)).sum())
        waited = float((np.minimum(self.days[late], seen) - seen / 2).sum())
        return Staying(
            np.array([0.0, *(point.time for point in points)]),
            np.array([1.0, *(point.survival for point in points)]), seen, left / waited if waited > 0 else 0.0,
        )  # fmt: skip


@dataclass(frozen=True)
class Staying:
    """S at ``times``, ascending; beyond ``seen`` days it falls by the ``rate`` a day."""

    times: Array
    values: Array
    seen: float
    rate: float

    def at(self, t: Array) -> Array:
        """S(t)."""
        found = self.values[np.searchsorted(self.times, np.minimum(t, self.seen), side="right") - 1]
        return np.asarray(found * np.exp(-self.rate * np.maximum(t - self.seen, 0)))

    def still(self, age: Array, later: Array) -> Array:
        """S(later) / S(age): who was there at the one age and is at the other."""
        now = self.at(age)
        return np.asarray(
            np.divide(
                self.at(later), now, out=np.zeros(np.broadcast(now, later).shape), where=now > 0
            )
        )


@dataclass(frozen=True)
class ContractCheck:
    """``days`` from ``since`` on were hidden: of ``customers`` then under contract ``expected`` were to stay,
    ``stayed`` did. ``error``: mean (chance − stayed)²; ``against``: the same share leaving at every age."""

    since: date
    days: int
    customers: int
    expected: float
    stayed: int
    error: float
    against: Error


@dataclass(frozen=True)
class ContractValue:
    """One entry a customer under contract, the most valuable first. ``stays``: chance to be there at the end
    of the horizon, ``months`` expected until then, ``value``. ``beyond``: the horizon reaches beyond what
    was seen of some."""

    person: Array
    days: Array
    monthly: Array
    stays: Array
    months: Array
    value: Array
    curve: Curve
    beyond: bool


def contracts_until(door: Door, zone: str, until: date) -> Contracts:
    """Identified customers with a contract before the local day ``until``, as was known then."""
    at = instant_of(until, zone)
    local = day_sql(door, zone, until)
    sql = BY_CONTRACT
    for column in ("begun_at", "ended"):
        sql = sql.replace(f"{{day:{column}}}", day_sql(door, zone, until, column))
    sql += f""", orders_then AS ({ORDERS_THEN}), paid AS (
  SELECT person, sum(balance) AS paid FROM (SELECT person, balance, {local} AS day FROM orders_then)
  WHERE day >= $since GROUP BY person
)
SELECT l.person, CAST(l.days AS DOUBLE) AS days, l.gone, CAST(coalesce(p.paid, 0) AS DOUBLE) AS paid
FROM lifetimes AS l LEFT JOIN paid AS p ON p.person = l.person WHERE l.days >= 0 ORDER BY l.person"""
    values: dict[str, Any] = {
        "until": at,
        "today": until,
        "since": until - timedelta(days=PAID_DAYS),
    }
    found = door.columns(Question(sql, values, "contracts", None, at))
    days = found["days"]
    months = np.clip(days, 1, PAID_DAYS) / DAYS["m"]
    return Contracts(until, found["person"], days, found["gone"].astype(bool), found["paid"] / np.maximum(months, 1))  # fmt: skip


def contract_value(
    contracts: Contracts, horizon: Horizon, *, margin: float = 1.0, discount: float = 0.0
) -> ContractValue:
    """What those still under contract will pay within the horizon."""
    curve = contracts.curve()
    staying = contracts.staying(curve)
    here = np.flatnonzero(~contracts.gone)
    ends, months = horizon.months()
    age = contracts.days[here]
    still = staying.still(age[:, None], age[:, None] + ends[None, :])
    length = np.diff(months, prepend=0)
    weights = length * (1 + discount) ** (-months / 12)
    value = margin * contracts.monthly[here] * (still @ weights)
    order = np.lexsort((contracts.person[here], -value))
    return ContractValue(
        contracts.person[here][order], age[order], contracts.monthly[here][order], still[order, -1],
        (still @ length)[order], value[order], curve, bool(len(here)) and float(age.max() + ends[-1]) > staying.seen,
    )  # fmt: skip


def contract_check(now: Contracts, then: Contracts) -> ContractCheck:
    """``then``: as was known on an earlier day; what its curve says of those under contract, against who
    stayed. ``BadInput``: too little was known then."""
    days = (now.until - then.until).days
    staying = then.staying(then.curve())
    here = np.flatnonzero(~then.gone)
    place, there = found_in(then.person[here], now.person)
    here, place = here[there], place[there]
    if len(here) < FEWEST_AT_RISK:
        raise BadInput(
            f"To check it, at least {FEWEST_AT_RISK} customers must have been under contract then. There were"
            f" {len(here)}.", param="until",
            german=f"Zur Prüfung müssen damals mindestens {FEWEST_AT_RISK} Kunden unter Vertrag gewesen sein. Es"
            f" waren {len(here)}.",
        )  # fmt: skip
    age = then.days[here]
    chance = staying.still(age, age + days)
    stayed = ~now.gone[place] | (now.days[place] >= age + days)
    same = float(np.exp(-then.gone.sum() / max(then.days.sum(), 1) * days))
    ours, theirs = (chance - stayed) ** 2, (same - stayed) ** 2
    return ContractCheck(
        then.until, days, len(here), float(chance.sum()), int(stayed.sum()), float(ours.mean()),
        against("same share", ours, theirs),
    )  # fmt: skip


def hidden_days(contracts: Contracts) -> int:
    """The last third of the time, half a year at most."""
    return min(LONGEST_DAYS, int(contracts.days.max(initial=0)) // 3)
