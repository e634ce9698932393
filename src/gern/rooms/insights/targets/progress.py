"""How far a target is: the figure now, against the way from its baseline to its value."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from gern.core.errors import BadInput
from gern.core.figures.answer import Answer
from gern.core.figures.definition import Figure
from gern.core.figures.periods import Period, add_months
from gern.core.shop import Shop
from gern.rooms.insights import queries
from gern.rooms.insights.models import Target

MONTHS = {"month": 1, "quarter": 3, "year": 12}
Light = Literal["reached", "on_way", "unsure", "behind", "missed", "unknown"]
LIGHTS: dict[Light, tuple[str | Promise, str, str]] = {
    "reached": (_("reached"), "good", "circle-check"),
    "on_way": (_("on its way"), "good", "trending-up"),
    "unsure": (_("not clear yet"), "warn", "circle-help"),
    "behind": (_("behind"), "bad", "trending-down"),
    "missed": (_("missed"), "bad", "circle-x"),
    "unknown": (_("not measured yet"), "warn", "hourglass"),
}
"""(words, tone, icon)."""


@dataclass(frozen=True)
class Progress:
    """``due_now``: where the straight way from the baseline to the target is today. ``share``: how
    much of the way is done, 0 to 1 (None without a baseline)."""

    target: Target
    figure: Figure
    answer: Answer
    unit: str
    due_now: float | None
    share: float | None
    light: Light

    @property
    def words(self) -> str | Promise:
        """The light in words."""
        return LIGHTS[self.light][0]

    @property
    def tone(self) -> str:
        """good, warn or bad."""
        return LIGHTS[self.light][1]

    @property
    def icon(self) -> str:
        """A lucide icon: never by colour alone."""
        return LIGHTS[self.light][2]


def measured_over(shop: Shop, span: str, day: date) -> Period:
    """The period a target is measured over, seen from ``day``."""
    return shop.period(add_months(day, -MONTHS[span]), day)


def baseline(shop: Shop, figure: Figure, span: str, day: date) -> float | None:
    """What the figure is today; None where the data do not say."""
    return _usable(queries.answer(shop, figure, measured_over(shop, span, day), None))


def progress(shop: Shop, target: Target, today: date) -> Progress | None:
    """None when the figure is gone (an own one that was taken away)."""
    try:
        figure = shop.figure_named(target.figure)
    except BadInput:
        return None
    day = min(today, target.due)
    answer = queries.answer(shop, figure, measured_over(shop, target.span, day), None)
    value, goal = _usable(answer), float(target.value)
    due_now = _due_now(target, goal, day)
    light = _light(target, answer, value, due_now, today)
    share = 1.0 if light == "reached" else _share(target.start_value, goal, value)
    return Progress(target, figure, answer, shop.unit(figure.id), due_now, share, light)


def all_progress(shop: Shop, sees: Callable[[Figure], bool], **chosen: Any) -> list[Progress]:
    """Of every target, or those ``chosen``, whose figure is there and may be seen."""
    today = shop.today()
    targets = Target.objects.filter(**chosen).select_related("owner", "department")
    found = [progress(shop, one, today) for one in targets]
    return [one for one in found if one is not None and sees(one.figure)]


def _usable(answer: Answer) -> float | None:
    short = any(note.code in ("history_short", "before_data") for note in answer.notes)
    return None if short else answer.value


def _due_now(target: Target, goal: float, day: date) -> float | None:
    if target.start_value is None:
        return None
    whole = (target.due - target.start).days
    done = min(1.0, max(0.0, (day - target.start).days / whole)) if whole > 0 else 1.0
    return target.start_value + done * (goal - target.start_value)


def _share(start: float | None, goal: float, value: float | None) -> float | None:
    if start is None or value is None or start == goal:
        return None
    return min(1.0, max(0.0, (value - start) / (goal - start)))


def _light(
    target: Target, answer: Answer, value: float | None, due_now: float | None, today: date
) -> Light:
    """Judged by the target, never by mood: behind only where chance alone does not explain it."""
    if value is None:
        return "unknown"
    sign = 1 if target.sense == Target.Sense.AT_LEAST else -1
    goal = float(target.value)
    if sign * (value - goal) >= 0:
        return "reached"
    if today >= target.due:
        return "missed"
    if due_now is None:
        return "unsure"
    if sign * (value - due_now) >= 0:
        return "on_way"
    best = None
    if answer.interval:
        best = answer.interval[1] if sign > 0 else answer.interval[0]
    return "unsure" if best is not None and sign * (best - due_now) >= 0 else "behind"
