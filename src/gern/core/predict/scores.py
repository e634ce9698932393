"""Scores of all customers at risk, kept as a file of the day."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np

from gern.core.engines.door import Door
from gern.core.engines.names import Array
from gern.core.errors import GernError
from gern.core.home import Home
from gern.core.predict import dayfiles
from gern.core.predict.reasons import RESPECTS
from gern.core.predict.snapshots import FEATURES, Snapshot

NAME = "risk"
_lock = threading.Lock()
_read: dict[Path, Scores] = {}


@dataclass(frozen=True)
class Reason:
    """In which respect of `reasons.RESPECTS`; ``weight`` above 0 raises the risk."""

    respect: str
    weight: float


@dataclass(frozen=True)
class Scores:
    """One entry a customer who bought within W before ``day``, those most at risk first. ``risk``: the
    chance that they do not buy within ``patience`` days; ``spent_year``: what they bought in the year
    before; ``features`` and ``weights``: a row each, columns of `FEATURES` and `RESPECTS`."""

    day: date
    person: Array
    risk: Array
    patience: Array
    spent_year: Array
    features: Array
    weights: Array

    @property
    def columns(self) -> dict[str, Array]:
        """What figures need of it."""
        return {"person": self.person, "risk": self.risk, "spent_year": self.spent_year}

    def place(self, person: str) -> int | None:
        """The entry of a customer; None: they are not among them."""
        found = np.flatnonzero(self.person == person)
        return int(found[0]) if len(found) else None

    @property
    def stake(self) -> Array:
        """Risk × what they bought in the year before (0 where more went back)."""
        return np.asarray(self.risk * self.spent_year.clip(min=0))

    def at_stake(self, without: Iterable[str], first: int) -> tuple[int, float, float]:
        """(how many have a risk above the mean, what is at stake with them, with the first of them)."""
        here = ~np.isin(self.person, list(without))
        risk = self.risk[here]
        stake = np.sort(self.stake[here][risk > risk.mean()])[::-1] if len(risk) else risk
        return len(stake), float(stake.sum()), float(stake[:first].sum())

    def without(self, people: Iterable[str]) -> Scores:
        """The same, but for these."""
        return self._only(~np.isin(self.person, list(people)))

    def by_stake(self) -> Scores:
        """Only those whose risk is above the mean; first those with whom most is at stake."""
        order = np.argsort(-self.stake, kind="stable")
        return self._only(order[self.risk[order] > self.risk.mean()])

    def _only(self, entries: Array) -> Scores:
        return Scores(self.day, self.person[entries], self.risk[entries], self.patience[entries],
                      self.spent_year[entries], self.features[entries], self.weights[entries])  # fmt: skip

    def facts(self, entry: int) -> dict[str, float]:
        """All of `FEATURES` of one customer."""
        return dict(zip(FEATURES, self.features[entry].tolist(), strict=True))

    def reasons(self, entry: int, most: int = 3) -> list[Reason]:
        """What raises the risk of one customer most, the strongest first."""
        weights = self.weights[entry]
        order = np.argsort(-weights, kind="stable")[:most]
        names = list(RESPECTS)
        return [Reason(names[i], float(weights[i])) for i in order if weights[i] > 0.05]


def scored(now: Snapshot, risk: Array, weights: Array) -> Scores:
    """Those most at risk first; of the same risk, who bought more."""
    found = Scores(now.day, now.person, risk, now.patience, now.spent_year, now.features, weights)
    return found._only(np.lexsort((now.person, -now.spent_year, -risk)))


def write(home: Home, scores: Scores) -> Path | None:
    """Keep the scores of a day; older ones go. None: another process is at it."""
    columns = {"person": scores.person, "risk": scores.risk, "patience": scores.patience,
               "spent_year": scores.spent_year}  # fmt: skip
    columns |= {f"f{i}": scores.features[:, i] for i in range(len(FEATURES))}
    columns |= {f"w{i}": scores.weights[:, i] for i in range(len(RESPECTS))}
    return dayfiles.write(home, NAME, scores.day, columns)


def newest(door: Door) -> Scores | None:
    """The scores there are; None: none were made, or they were deleted since."""
    with _lock:
        for _ in range(3):
            path = dayfiles.newest(door.home, NAME)
            for gone in [known for known in _read if not known.exists()]:
                del _read[gone]
            if path is None:
                return None
            if path not in _read:
                try:
                    _read[path] = _load(door, path)
                except GernError:  # swept away while it was read
                    continue
            return _read[path]
        return None


def _load(door: Door, path: Path) -> Scores:
    found = dayfiles.columns_of(door, path)
    return Scores(
        dayfiles.day_of(path, NAME), found["person"], found["risk"], found["patience"], found["spent_year"],
        np.column_stack([found[f"f{i}"] for i in range(len(FEATURES))]),
        np.column_stack([found[f"w{i}"] for i in range(len(RESPECTS))]),
    )  # fmt: skip
