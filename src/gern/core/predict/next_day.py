"""When does somebody buy next?

Pauses between two days with a purchase are measured in the customer's own *rhythm* as it was when the
pause began: ρ = exp((Σ log g + κ μ) / (k + κ)) of their k pauses g so far; μ is the mean log of all
pauses, κ = variance within customers / between them, so that few pauses count for little. How long
pauses are in rhythms is a Kaplan-Meier curve S of customers as they stood on days of the last year, who
had about as many pauses before (0, 1–2, 3–5 … 25 and more); it begins with how long they had been
silent then, and a pause that has not ended counts as what it is. Beyond its reliable part it goes on
as S(b) (u / b)^−θ (Hill's estimator, with half a return more than was seen). Who was silent for s days buys within t more with the chance
1 − S((s + t) / ρ) / S(s / ρ).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np

from gern.core.engines.door import Door
from gern.core.engines.names import Array
from gern.core.engines.question import Question
from gern.core.errors import BadInput
from gern.core.predict.baskets import EPOCH
from gern.core.predict.orders_then import ORDERS_THEN, day_sql, instant_of

KINDS = (1, 3, 6, 12, 25)
"""From how many pauses so far the second, third … curve is."""
FARTHEST = 365
"""Days ahead that are told at most."""
LOOKS = 12
"""Days gone by on which customers are looked at."""
_RELIABLE = 50
_POINTS = 400


@dataclass(frozen=True)
class Visits:
    """One entry a customer's day with a purchase before the day ``until``, by customer and day.
    ``person``: entry of ``people``; ``day``: days since 1970."""

    until: date
    people: Array
    person: Array
    day: Array


@dataclass(frozen=True)
class Stand:
    """One entry a customer: ``pauses`` so far, ``rhythm`` in days, ``silent`` whole days since the last with a
    purchase."""

    people: Array
    pauses: Array
    rhythm: Array
    silent: Array

    def only(self, entries: Array) -> Stand:
        """Some of them."""
        return Stand(self.people[entries], self.pauses[entries], self.rhythm[entries], self.silent[entries])  # fmt: skip


@dataclass(frozen=True)
class Curve:
    """S at ``u``, ascending; beyond ``u[-1]`` it falls with the power ``tail``."""

    u: Array
    s: Array
    tail: float

    def at(self, u: Array) -> Array:
        """S(u)."""
        # a step is not missed by rounding
        place = np.searchsorted(self.u, u * (1 + 1e-9), side="right") - 1
        found = np.where(place >= 0, self.s[np.maximum(place, 0)], 1.0)
        beyond = u > self.u[-1]
        found[beyond] = self.s[-1] * (u[beyond] / self.u[-1]) ** -self.tail
        return np.asarray(found)

    def reached(self, s: Array) -> Array:
        """The first u with S(u) ≤ s."""
        place = np.searchsorted(-self.s, -s, side="left")
        found = self.u[np.minimum(place, len(self.u) - 1)].astype(float)
        beyond = place == len(self.u)
        with np.errstate(over="ignore", divide="ignore"):
            found[beyond] = self.u[-1] * (self.s[-1] / s[beyond]) ** (1 / self.tail)
        return np.asarray(found)


@dataclass(frozen=True)
class Pauses:
    """What was learned: μ, κ and a curve for each kind of customers."""

    mean_log: float
    kappa: float
    curves: tuple[Curve, ...]

    def stand(self, visits: Visits) -> Stand:
        """Where each customer stands when the day ``visits.until`` begins."""
        begins, counts = _runs(visits.person)
        gaps, inside = _gaps(visits)
        logs = np.add.reduceat(np.where(inside, np.log(np.maximum(gaps, 1)), 0.0), begins)
        last = visits.day[begins + counts - 1]
        pauses = counts - 1
        rhythm = np.exp((logs + self.kappa * self.mean_log) / (pauses + self.kappa))
        today = (visits.until - EPOCH).days
        return Stand(visits.people[visits.person[begins]], pauses, rhythm, today - 1 - last)

    def chance(self, stand: Stand, days: float) -> Array:
        """That they buy on one of the next ``days`` days."""
        found = np.empty(len(stand.pauses))
        for curve, mine in self._kinds(stand):
            now = curve.at(stand.silent[mine] / stand.rhythm[mine])
            then = curve.at((stand.silent[mine] + days) / stand.rhythm[mine])
            found[mine] = 1 - np.divide(then, now, out=np.ones(len(now)), where=now > 0)
        return found

    def ahead(self, stand: Stand, share: float) -> Array:
        """Within how many days from now on they buy with this chance, 1: today; inf: not within
        `FARTHEST` days."""
        found = np.empty(len(stand.pauses))
        for curve, mine in self._kinds(stand):
            now = curve.at(stand.silent[mine] / stand.rhythm[mine])
            until = curve.reached((1 - share) * now) * stand.rhythm[mine]
            found[mine] = np.maximum(np.ceil(until - 1e-9) - stand.silent[mine], 1)
        return np.where(found <= FARTHEST, found, np.inf)

    def _kinds(self, stand: Stand) -> list[tuple[Curve, Array]]:
        kind = np.searchsorted(KINDS, stand.pauses, side="right")
        return [(curve, np.flatnonzero(kind == i)) for i, curve in enumerate(self.curves)]


def visits_until(door: Door, zone: str, until: date) -> Visits:
    """The days on which identified customers bought before the local day ``until``, as was known then."""
    local = day_sql(door, zone, until)
    at = instant_of(until, zone)
    found = door.columns(Question(
        f"WITH orders_then AS ({ORDERS_THEN}) SELECT person, {local} AS day FROM orders_then"
        " WHERE purchase AND person IS NOT NULL GROUP BY ALL ORDER BY person, day",
        {"until": at}, "days with a purchase", None, at,
    ))  # fmt: skip
    person = found["person"]
    new = np.ones(len(person), dtype=bool)
    new[1:] = person[1:] != person[:-1]
    day = found["day"].astype("datetime64[D]").astype(np.int64)
    return Visits(until, person[new], np.cumsum(new) - 1, day)


def learn_pauses(visits: Visits) -> Pauses:
    """From every pause there was. ``BadInput``: too few came back within the last year.

    >>> learn_pauses(visits).mean_log  # doctest: +SKIP
    3.42
    """
    gaps, inside = _gaps(visits)
    logs = np.where(inside, np.log(np.maximum(gaps, 1)), 0.0)
    begins, counts = _runs(visits.person)
    mean = float(logs[inside].mean())
    kappa = _kappa(logs, inside, begins, counts - 1)
    before = np.arange(len(gaps)) - np.repeat(begins, counts)
    so_far = np.cumsum(logs) - logs
    so_far -= np.repeat(so_far[begins], counts)
    rhythm = np.exp((so_far + kappa * mean) / (before + kappa))
    looks = _looks(visits, gaps, inside, rhythm)
    if (came := int(looks.ended.sum())) < _RELIABLE:
        raise BadInput(
            f"When customers come back is learned from at least {_RELIABLE} who came back within the last year."
            f" You have {came}.", param="until",
            german=f"Wann Kunden wiederkommen, wird aus mindestens {_RELIABLE} gelernt, die im letzten Jahr"
            f" wiederkamen. Es gibt {came}.",
        )  # fmt: skip
    kind = np.searchsorted(KINDS, before[looks.pause], side="right")
    curves: list[Curve] = []
    for i in range(len(KINDS) + 1):
        mine = kind == i
        few = looks.ended[mine].sum() < 2 * _RELIABLE
        curves.append(_curve(looks if few else looks.only(mine)))
    return Pauses(mean, kappa, tuple(curves))


@dataclass(frozen=True)
class _Looks:
    """One entry a customer on a day gone by: in the pause ``pause`` they had been silent ``since``
    rhythms, and bought (``ended``), or were silent still, ``until`` rhythms after it began."""

    pause: Array
    since: Array
    until: Array
    ended: Array

    def only(self, some: Array) -> _Looks:
        return _Looks(self.pause[some], self.since[some], self.until[some], self.ended[some])


def _looks(visits: Visits, gaps: Array, inside: Array, rhythm: Array) -> _Looks:
    """At up to `LOOKS` days of the last year: as customers are looked at today. Each pause once would
    tell too much of those who come often."""
    today = (visits.until - EPOCH).days
    first = int(visits.day.min())
    apart = int(np.clip((today - first) // (LOOKS + 1), 1, FARTHEST // LOOKS))
    length = np.where(inside, gaps, today - 1 - visits.day)
    parts = [np.zeros(0, dtype=np.int64)]
    days = [today]
    for then in range(today - apart, max(first, today - FARTHEST - 1), -apart):
        silent = then - 1 - visits.day
        parts.append(np.flatnonzero((silent >= 0) & (silent < length)))
        days.append(then)
    pause = np.concatenate(parts)
    day = np.repeat(days, [len(p) for p in parts])
    return _Looks(
        pause,
        (day - 1 - visits.day[pause]) / rhythm[pause],
        length[pause] / rhythm[pause],
        inside[pause],
    )


def _runs(person: Array) -> tuple[Array, Array]:
    """(where each customer's entries begin, how many there are)."""
    begins = np.flatnonzero(np.r_[True, person[1:] != person[:-1]]) if len(person) else np.zeros(0, dtype=int)  # fmt: skip
    return begins, np.diff(np.append(begins, len(person)))


def _gaps(visits: Visits) -> tuple[Array, Array]:
    """Days until the customer's next one, and whether there is one."""
    gaps = np.append(np.diff(visits.day), 0)
    inside = np.append(visits.person[1:] == visits.person[:-1], False)
    return np.where(inside, gaps, 0), inside


def _kappa(logs: Array, inside: Array, begins: Array, pauses: Array) -> float:
    """Variance within customers / between them, by analysis of variance."""
    sums, squares = np.add.reduceat(logs, begins), np.add.reduceat(logs * logs, begins)
    some = pauses > 0
    n, total = pauses[some], float(pauses.sum())
    within_sum = float((squares[some] - sums[some] ** 2 / n).sum())
    groups = int(some.sum())
    if total <= groups or groups < 2:
        return 1.0
    within = within_sum / (total - groups)
    mean = logs[inside].mean()
    between_sum = float((n * (sums[some] / n - mean) ** 2).sum())
    usual = (total - float((n * n).sum()) / total) / (groups - 1)
    between = (between_sum / (groups - 1) - within) / usual
    return float(np.clip(within / max(between, 1e-9), 0.2, 10.0))


def _curve(looks: _Looks) -> Curve:
    """Kaplan-Meier with late entry, at most `_POINTS` points of its reliable part, and Hill's tail."""
    ended, until = looks.ended, looks.until
    times, left = np.unique(until[ended], return_counts=True)
    entered = np.searchsorted(np.sort(looks.since), times, side="left")
    at_risk = entered - np.searchsorted(np.sort(until), times, side="left")
    some = at_risk >= min(_RELIABLE, len(until))
    if not some.any():
        some[:] = True
    # where nobody but those who come was looked at, the curve would end in nothing
    survival = np.cumprod(np.where(some, 1 - left / np.maximum(at_risk, left + 1), 1.0))
    times, survival = times[some], survival[some]
    begin = max(float(np.quantile(until[ended], 0.95)), 1e-9)
    late = until >= begin
    waited = float(np.log(until[late] / np.maximum(looks.since[late], begin)).sum())
    # half a return more than was seen: never is long
    tail = (float(ended[late].sum()) + 0.5) / (waited + 1)
    if len(times) > _POINTS:
        shown = np.searchsorted(-survival, -np.linspace(survival[0], survival[-1], _POINTS))
        shown = np.unique(np.r_[np.minimum(shown, len(times) - 1), len(times) - 1])
        times, survival = times[shown], survival[shown]
    return Curve(times, survival, tail)
