"""The next purchase of each customer: when, and which products; learned, checked, kept for the day."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np

from gern.core.engines.door import Door
from gern.core.engines.names import Array
from gern.core.errors import BadInput
from gern.core.home import Home
from gern.core.predict import dayfiles
from gern.core.predict.baskets import EPOCH, Baskets, baskets_until, products_of
from gern.core.predict.buyers import found_in
from gern.core.predict.holdout import Error, against
from gern.core.predict.next_day import (
    Pauses,
    Stand,
    Visits,
    learn_pauses,
    visits_until,
)
from gern.core.predict.next_product import (
    SHOWN,
    ProductCheck,
    Ranked,
    check_products,
    days_to_learn,
    learn_weights,
    lesson,
    ranked,
    window_of,
)
from gern.core.text import Text

NAME = "next"
SOON = 30
FEWEST = 100
_LEAST_LOSS = 1e-3


@dataclass(frozen=True)
class DayCheck:
    """``customers`` as they stood ``days`` ago: the mean error in days, capped at ``days``, of the day
    told (``error``) and ``against`` the own rhythm alone. Within that time ``expected`` of them would
    buy, ``bought`` did; ``auc``: how often who bought had the higher chance; ``loss`` and ``loss_same``:
    mean log-loss, and with the same chance for all."""

    since: date
    days: int
    customers: int
    error: float
    against: Error
    expected: float
    bought: int
    auc: float
    loss: float
    loss_same: float


@dataclass(frozen=True)
class Coming:
    """One entry a customer who bought within W before the day ``day``, who is expected soonest first.
    ``ahead``: within how many days they buy as likely as not (1: today), ``low`` and ``high``: nine
    times, once of ten later (inf: not within a year); ``soon``: the chance within `SOON` days.
    ``products``: numbers, best first ("": none), ``because`` and ``from_`` as in `Ranked`."""

    day: date
    person: Array
    ahead: Array
    low: Array
    high: Array
    soon: Array
    products: Array
    because: Array
    from_: Array

    def __len__(self) -> int:
        return len(self.person)


@dataclass(frozen=True)
class Foreseen:
    """``weights`` None: ``unranked`` says why products are not told. ``day_check`` None: too few to
    check."""

    days: int
    pauses: Pauses
    ended: int
    weights: dict[str, float] | None
    day_check: DayCheck | None
    product_check: ProductCheck | None
    unranked: Text | None
    coming: Coming


def foresee(
    door: Door, zone: str, window_days: int, today: date, fees: Sequence[str] = ()
) -> Foreseen:
    """Learn from what was before ``today`` and tell of those who bought within W. ``BadInput``: there is
    too little to learn from."""
    visits = visits_until(door, zone, today)
    ended = len(visits.day) - len(visits.people)
    if ended < FEWEST:
        raise BadInput(
            f"When customers come back is learned from at least {FEWEST} pauses between two purchases of"
            f" one customer. You have {ended}.", param="until",
            german=f"Wann Kunden wiederkommen, wird aus mindestens {FEWEST} Pausen zwischen zwei Käufen"
            f" eines Kunden gelernt. Es gibt {ended}.",
        )  # fmt: skip
    pauses = learn_pauses(visits)
    days = window_of(float(np.exp(pauses.mean_log)))
    stand = pauses.stand(visits)
    stand = stand.only(stand.silent < window_days)
    weights, checked, why, shown = None, None, None, None
    try:
        weights, checked, shown = _products(door, zone, today, days, fees, stand)
    except BadInput as error:
        why = error.text
    return Foreseen(
        days, pauses, ended, weights, _day_check(door, zone, visits, days, window_days), checked, why,
        _coming(today, pauses, stand, shown),
    )  # fmt: skip


def write(home: Home, coming: Coming) -> Path | None:
    """Keep it for the day. None: another process is at it."""
    columns: dict[str, Array] = {
        "person": coming.person, "ahead": coming.ahead, "low": coming.low, "high": coming.high,
        "soon": coming.soon,
    }  # fmt: skip
    for i in range(SHOWN):
        columns |= {f"product{i}": coming.products[:, i], f"because{i}": coming.because[:, i], f"from{i}": coming.from_[:, i]}  # fmt: skip
    listed = ", ".join(
        "[" + ", ".join(f"{kind}{i}" for i in range(SHOWN)) + f"] AS {kind}s"
        for kind in ("product", "because", "from")
    )
    select = f"person, DATE '{coming.day}' AS day, ahead, low, high, soon, {listed}"
    return dayfiles.write(home, NAME, coming.day, columns, select)


_ROW = """SELECT person, day, CASE WHEN isfinite(ahead) THEN CAST(ahead AS INTEGER) END AS ahead,
  CASE WHEN isfinite(low) THEN CAST(low AS INTEGER) END AS low,
  CASE WHEN isfinite(high) THEN CAST(high AS INTEGER) END AS high, soon, products, becauses, froms FROM {scores} AS s"""


def of_person(door: Door, names: Collection[str]) -> dict[str, Any] | None:
    """What is expected of a customer with these ids: a row of the file; None: nothing is."""
    rows = dayfiles.rows_of(door, NAME, _ROW + " WHERE person IN (SELECT unnest($names)) LIMIT 1", {"names": list(names)})  # fmt: skip
    return rows[0] if rows else None


def soonest(
    door: Door, without: Collection[str], *, within: int, limit: int, offset: int = 0
) -> tuple[int, list[dict[str, Any]]]:
    """(how many are expected within so many days, some of them): the soonest first, of the same day the
    likelier. ``without``: who is in no list."""
    values = {"without": list(without) or [""], "within": within}
    where = "WHERE ahead <= $within AND person NOT IN (SELECT unnest($without))"
    found = dayfiles.rows_of(door, NAME, f"SELECT count(*) AS n FROM {{scores}} {where}", values)
    if not found:
        return 0, []
    rows = dayfiles.rows_of(
        door, NAME, _ROW + f" {where} ORDER BY s.ahead, soon DESC, person LIMIT {int(limit)} OFFSET {int(offset)}", values,
    )  # fmt: skip
    return int(found[0]["n"]), rows or []


def wanted(door: Door, without: Collection[str], most: int = 10) -> list[dict[str, Any]]:
    """``product`` and for how many customers who are expected within `SOON` days it is among those
    told, the most first."""
    return dayfiles.rows_of(door, NAME, f"""
SELECT product, count(*) AS n FROM (
  SELECT unnest(products) AS product FROM {{scores}} WHERE ahead <= {SOON} AND person NOT IN (SELECT unnest($without))
) WHERE product <> '' GROUP BY product ORDER BY n DESC, product LIMIT {int(most)}""", {"without": list(without) or [""]}) or []  # fmt: skip


def _products(
    door: Door, zone: str, today: date, days: int, fees: Sequence[str], stand: Stand
) -> tuple[dict[str, float], ProductCheck | None, tuple[Baskets, Array, Ranked]]:
    now = baskets_until(door, zone, today, fees)
    before = [baskets_until(door, zone, day, fees) for day in days_to_learn(today, days)]
    # what came after each day is what was known when the next one began
    latest, *earlier = [lesson(then, later, days) for then, later in zip(before, [now, *before[:-1]], strict=True)]  # fmt: skip
    checked = None
    if len(latest.users) >= FEWEST:
        with suppress(BadInput):  # enough today, too few then
            checked = check_products(latest, learn_weights(earlier), days)
    weights = learn_weights([latest, earlier[0]])
    entry, there = found_in(stand.people, now.people)
    return weights, checked, (now, there, ranked(now, products_of(now), entry[there], weights))


def _coming(
    day: date, pauses: Pauses, stand: Stand, shown: tuple[Baskets, Array, Ranked] | None
) -> Coming:
    shape = (len(stand.people), SHOWN)
    products, because, from_ = (np.full(shape, "", dtype=object) for _ in range(3))
    if shown is not None:
        baskets, there, found = shown
        names = np.append(baskets.products, "")  # -1: none
        products[there], because[there], from_[there] = names[found.product], found.because, names[found.from_]  # fmt: skip
    ahead, soon = pauses.ahead(stand, 0.5), pauses.chance(stand, SOON)
    order = np.lexsort((stand.people, -soon, ahead))
    return Coming(
        day, stand.people[order], ahead[order], pauses.ahead(stand, 0.1)[order],
        pauses.ahead(stand, 0.9)[order], soon[order], products[order], because[order], from_[order],
    )  # fmt: skip


def _day_check(door: Door, zone: str, now: Visits, days: int, window_days: int) -> DayCheck | None:
    """Learned from what was known ``days`` ago, held against what came."""
    from sklearn.metrics import roc_auc_score

    since = now.until - timedelta(days=days)
    then = visits_until(door, zone, since)
    if len(then.day) - len(then.people) < FEWEST:
        return None
    try:
        pauses = learn_pauses(then)
    except BadInput:  # enough today, too few then
        return None
    stand = pauses.stand(then)
    stand = stand.only(stand.silent < window_days)
    begin = (since - EPOCH).days
    first = np.full(len(now.people), np.inf)
    ahead = now.day >= begin
    np.minimum.at(first, now.person[ahead], now.day[ahead] - begin + 1)
    place, there = found_in(stand.people, now.people)
    stand, came = stand.only(there), first[place[there]]
    bought = came <= days
    if len(came) < FEWEST or not 0 < bought.sum() < len(bought):
        return None

    def wrong(said: Array) -> Array:
        return np.asarray(np.abs(np.minimum(said, days + 1) - np.minimum(came, days + 1)))

    chance = np.clip(pauses.chance(stand, days), _LEAST_LOSS, 1 - _LEAST_LOSS)
    ours = wrong(pauses.ahead(stand, 0.5))
    theirs = wrong(np.maximum(stand.rhythm - stand.silent, 1))
    same = float(bought.mean())
    return DayCheck(
        since, days, len(came), float(ours.mean()),
        against("rhythm", ours, theirs),
        float(chance.sum()), int(bought.sum()), float(roc_auc_score(bought, chance)),
        _loss(chance, bought), _loss(np.full(len(bought), same), bought),
    )  # fmt: skip


def _loss(chance: Array, bought: Array) -> float:
    return float(-np.where(bought, np.log(chance), np.log(1 - chance)).mean())
