"""What did it do? A figure after a dated change, against what would have been without it.

What would have been is forecast from the steps before the change. The same forecast is made for every
day of that time on which nothing happened (*placebos*), so it is known by how much it usually misses:
that is the measure of the effect. Of three forecasts the one that missed least there is taken:

* *level*: the mean of the last steps (of the same weekdays, by day)
* *trend*: a line through the last steps
* *year*: the same steps a year before, times what has changed to the year before since

With a comparison (a country the change did not reach) the figure is looked at less the comparison,
scaled to it: difference-in-differences. Source: Bernal, Cummins, Gasparrini (2017), Interrupted time
series regression, Int. J. Epidemiol. 46, 348–355; placebos after Abadie, Diamond, Hainmueller (2010).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import sqrt

import numpy as np

from gern.core.engines.names import Array
from gern.core.errors import BadInput
from gern.core.figures.asking import Granularity

YEAR: dict[Granularity, int] = {"day": 364, "week": 52, "month": 12}
USUAL_AFTER: dict[Granularity, int] = {"day": 28, "week": 8, "month": 3}
LEAST_BEFORE = 8
LEAST_PLACEBOS = 4
"""So many lengths of the time after the change, one after the other, at least before it."""
LEVEL = 0.95


@dataclass(frozen=True)
class Effect:
    """Means over the steps after the change: what ``happened``, what was ``expected`` without it, their
    difference ``effect`` with its 95 % interval. ``p``: how many placebos missed by as much;
    ``placebos``: all misses, the oldest first, of ``apart`` of them that do not overlap. ``by``: the
    forecast taken. ``forecast``: what was expected at each step."""

    happened: float
    expected: float
    effect: float
    low: float
    high: float
    p: float
    by: str
    placebos: tuple[float, ...]
    apart: int
    forecast: tuple[float, ...]

    @property
    def sure(self) -> bool:
        """Whether it is more than the forecast usually misses."""
        return self.low > 0 or self.high < 0

    @property
    def relative(self) -> float | None:
        """effect / expected."""
        return self.effect / self.expected if self.expected else None


def effect(
    before: Sequence[float], after: Sequence[float], step: Granularity = "week",
    compare: tuple[Sequence[float], Sequence[float]] | None = None,
) -> Effect:  # fmt: skip
    """``before`` and ``after``: the figure at each whole step, oldest first; ``compare``: the same of
    those the change did not reach. ``BadInput``: there are too few steps.

    >>> round(effect([10, 12] * 20, [21, 23, 21, 23]).effect, 1)
    11.0
    """
    from scipy.special import stdtrit

    past, now = np.asarray(before, dtype=float), np.asarray(after, dtype=float)
    h = len(now)
    needed = LEAST_BEFORE + LEAST_PLACEBOS * h
    if h < 1 or len(past) < needed:
        raise BadInput(
            f"To tell the effect over {max(h, 1)} steps after the change it needs at least {needed} whole"
            f" steps before it. You have {len(past)}.", param="after",
            german=f"Um die Wirkung über {max(h, 1)} Schritte nach der Änderung zu sagen, braucht es"
            f" mindestens {needed} ganze Schritte davor. Es gibt {len(past)}.",
        )  # fmt: skip
    scaled = np.zeros(h)
    if compare is not None:
        other_past, other_now = (np.asarray(each, dtype=float) for each in compare)
        if len(other_past) != len(past) or len(other_now) != h or other_past.mean() == 0:
            raise BadInput("The comparison needs the same steps, and something in them.", param="against",
                           german="Der Vergleich braucht dieselben Schritte, und etwas darin.")  # fmt: skip
        scale = past.mean() / other_past.mean()
        past, now, scaled = past - scale * other_past, now - scale * other_now, scale * other_now
    starts = range(LEAST_BEFORE, len(past) - h + 1)
    misses: dict[str, Array] = {}
    for name, forecast in FORECASTS.items():
        found = [
            (start, said)
            for start in starts
            if (said := forecast(past[:start], h, step)) is not None
        ]
        if len(found) >= LEAST_PLACEBOS * h or name == "level":
            misses[name] = np.array([past[s : s + h].mean() - said.mean() for s, said in found])
    by = min(misses, key=lambda name: _size(misses[name]))
    said = FORECASTS[by](past, h, step)
    assert said is not None
    found_effect = float(now.mean() - said.mean())
    apart = (len(misses[by]) + h - 1) // h
    half = float(stdtrit(max(apart - 1, 1), 0.5 + LEVEL / 2)) * _size(misses[by])
    as_far = int((np.abs(misses[by]) >= abs(found_effect) - 1e-12).sum())
    expected = said + scaled
    return Effect(
        float((now + scaled).mean()), float(expected.mean()), found_effect, found_effect - half,
        found_effect + half, (1 + as_far) / (1 + len(misses[by])), by, tuple(misses[by].tolist()), apart,
        tuple(expected.tolist()),
    )  # fmt: skip


def _size(misses: Array) -> float:
    return sqrt(float((misses**2).mean()))


def _window(h: int, step: Granularity) -> int:
    """How many of the last steps say how it is."""
    return max(2 * h, LEAST_BEFORE if step != "day" else 28)


def _level(past: Array, h: int, step: Granularity) -> Array | None:
    last = past[-_window(h, step) :]
    if step != "day" or len(last) < 14:
        return np.full(h, last.mean())
    days = [last[len(last) - 7 * (len(last) // 7) + k :: 7].mean() for k in range(7)]
    return np.array([days[i % 7] for i in range(h)])


def _trend(past: Array, h: int, step: Granularity) -> Array | None:
    last = past[-2 * _window(h, step) :]
    at = np.arange(len(last))
    slope, base = np.polyfit(at, last, 1)
    said = np.asarray(base + slope * np.arange(len(last), len(last) + h))
    if step == "day" and len(last) >= 14:
        off = last - (base + slope * at)
        said = said + np.array([off[(len(last) + i) % 7 :: 7].mean() for i in range(h)])
    return said


def _year(past: Array, h: int, step: Granularity) -> Array | None:
    year, window = YEAR.get(step, 0), _window(h, step)
    if not year or len(past) < year + window:
        return None
    then = past[len(past) - year : len(past) - year + h]
    if len(then) < h:
        return None
    was = past[len(past) - year - window : len(past) - year].mean()
    return np.asarray(then * (past[-window:].mean() / was)) if was else None


FORECASTS: dict[str, Callable[[Array, int, Granularity], Array | None]] = {
    "level": _level, "trend": _trend, "year": _year,
}  # fmt: skip
