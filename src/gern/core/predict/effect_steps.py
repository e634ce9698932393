"""The whole days, weeks or months before and after a change, and a figure at each of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

from gern.core.errors import BadInput
from gern.core.figures.asking import Granularity, first_day, next_day
from gern.core.predict.effect import LEAST_BEFORE, LEAST_PLACEBOS, USUAL_AFTER, Effect

if TYPE_CHECKING:
    from gern.core.shop_figures import ShopFigures

MOST_BEFORE: dict[Granularity, int] = {"day": 420, "week": 156, "month": 60}
MOST_AFTER: dict[Granularity, int] = {"day": 90, "week": 26, "month": 12}
MOST_ASKED = 160
"""Steps of a breakdown: each is a query of its own."""


@dataclass(frozen=True)
class EffectShown:
    """``days``: first days of the steps; ``values``: the figure at each; the first ``before`` of them lie
    before the change, `Effect.forecast` stands beside the others."""

    effect: Effect
    days: tuple[date, ...]
    values: tuple[float, ...]
    before: int


def steps_before(end: date, every: Granularity, first: date) -> list[date]:
    """First days of the whole steps before ``end``, the first day of one, oldest first; what lies before the
    day ``first`` is not known."""
    found: list[date] = []
    step = end
    while len(found) < MOST_BEFORE[every]:
        step = first_day(step - timedelta(days=1), every)
        if step < first:  # the data begin within this step
            break
        found.append(step)
    return found[::-1]


@dataclass(frozen=True)
class Steps:
    """``days``: first days of the steps, ``before`` of them before the change, and where the last ends."""

    days: tuple[date, ...]
    before: int
    end: date
    every: Granularity

    @classmethod
    def around(cls, shop: ShopFigures, day: date, every: Granularity, after: int | None) -> Steps:
        """Whole steps only: the one the change lies within is left out, unless it begins with it."""
        most = MOST_AFTER[every]
        if after is not None and not 1 <= after <= most:
            raise BadInput(f"after is a number from 1 to {most}.", param="after",
                           german=f"after ist eine Zahl von 1 bis {most}.")  # fmt: skip
        span, today = shop.span(), shop.today()
        if span is None or not span[0] < day < today:
            raise BadInput(
                "The day of the change lies within your data.", param="day",
                german="Der Tag der Änderung liegt innerhalb Ihrer Daten.",
            )  # fmt: skip
        begin = first_day(day, every)
        past = steps_before(begin, every, span[0])
        step = begin if begin == day else next_day(begin, every)
        end_of_data = min(today, span[1] + timedelta(days=1))
        now: list[date] = []
        told = max(1, (len(past) - LEAST_BEFORE) // LEAST_PLACEBOS)  # so many the time before bears
        while (
            len(now) < (after or min(USUAL_AFTER[every], told))
            and next_day(step, every) <= end_of_data
        ):
            now.append(step)
            step = next_day(step, every)
        if not now or (after is not None and len(now) < after):
            raise BadInput(
                f"There are {len(now)} whole steps after the change so far.", param="after",
                german=f"Bisher gibt es {len(now)} ganze Schritte nach der Änderung.",
            )  # fmt: skip
        return cls((*past, *now), len(past), step, every)

    def values(
        self, shop: ShopFigures, id: str, by: str | None, group: str | None
    ) -> list[float | None]:
        """The figure at each step, of all or of one group; None: it has no value there."""
        if by is None:
            return self._of_all(shop, id)
        if len(self.days) > MOST_ASKED:
            raise BadInput(
                f"A breakdown can be asked at {MOST_ASKED} steps at most: choose weeks or months.",
                param="every", german=f"Eine Aufteilung geht über höchstens {MOST_ASKED} Schritte:"
                " Wählen Sie Wochen oder Monate.",
            )  # fmt: skip
        found: list[float | None] = []
        names: set[str] = set()
        for day in self.days:
            answer = shop.figure(id, day, next_day(day, self.every), by=by, with_interval=False)
            names |= {one.name for one in answer.groups}
            mine = next((one.value for one in answer.groups if one.name == group), None)
            found.append(0.0 if mine is None and _is_sum(shop, id) else number(mine))
        if group not in names:
            listed = ", ".join(sorted(names)[:30]) or "–"
            raise BadInput(f"By {by} there is no group {group!r}. There are: {listed}.", param="group",
                           german=f"Nach {by} gibt es keine Gruppe „{group}“. Es gibt: {listed}.")  # fmt: skip
        return found

    def first_counted(self, shop: ShopFigures, id: str, values: Sequence[float | None]) -> int:
        """Of a count or a sum of money: from which step before the change on there was something at all."""
        before = values[: self.before]
        return next((i for i, value in enumerate(before) if value), 0) if _is_sum(shop, id) else 0

    def _of_all(self, shop: ShopFigures, id: str) -> list[float | None]:
        gap = self._gap()
        if gap is None:
            points = shop.series(id, self.days[0], self.end, self.every)
            return [number(point.value) for point in points]
        first = shop.series(id, self.days[0], gap, self.every) if self.before else []
        rest = shop.series(id, self.days[self.before], self.end, self.every)
        return [number(point.value) for point in [*first, *rest]]

    def _gap(self) -> date | None:
        """Where the steps before end, if the change lies within a step."""
        if not self.before:
            return None
        end = next_day(self.days[self.before - 1], self.every)
        return end if end != self.days[self.before] else None


def _is_sum(shop: ShopFigures, id: str) -> bool:
    return shop.figure_named(id).unit in ("count", "money")


def number(value: float | int | None) -> float | None:
    """A value of a figure as a float."""
    return None if value is None else float(value)


def first_whole(series: Sequence[Sequence[float | None]], before: int) -> int:
    """From which step on all have values. ``BadInput``: one after the change has none."""
    if any(value is None for values in series for value in values[before:]):
        raise BadInput(
            "The figure has no value at some steps after the change: choose longer ones, or another"
            " figure.", param="every",
            german="Die Kennzahl hat nach der Änderung bei manchen Schritten keinen Wert: Wählen Sie längere"
            " Schritte oder eine andere.",
        )  # fmt: skip
    missing = [i for values in series for i, value in enumerate(values) if value is None]
    return max(missing, default=-1) + 1
