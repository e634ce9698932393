"""What a shop has agreed on and a figure depends on: zone, currency, window, hours, names."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from gern.core.errors import BadInput

Hours = Mapping[int, tuple[int, int]]
"""Weekday (0 = Monday) → opening and closing in minutes of the local day."""

OFFICE: Hours = dict.fromkeys(range(5), (9 * 60, 17 * 60))


BINDING: Mapping[str, Any] = {
    "weights": {"satisfaction": 1, "recommendation": 1, "commitment": 1, "unasked": 1,
                "community": 1, "free_purchases": 1},
    "marks": {"technical": 70, "situational": 60},
    "bundles": [],
}  # fmt: skip
"""How attachment and lock-in are weighed: weight of each part, marks from 0 to 100 for owning a
system and for the only supplier in reach, product groups that are such systems."""


def checked_binding(value: Any) -> dict[str, Any]:
    """The setting ``binding``, filled up with what is usual. ``BadInput`` says what is allowed."""
    try:
        weights = {**BINDING["weights"], **{k: float(v) for k, v in dict(value.get("weights", {})).items()}}  # fmt: skip
        marks = {**BINDING["marks"], **{k: float(v) for k, v in dict(value.get("marks", {})).items()}}  # fmt: skip
        bundles = [str(group) for group in list(value.get("bundles", []))]
        known = set(value) <= set(BINDING) and set(weights) == set(BINDING["weights"])
        fits = known and set(marks) == set(BINDING["marks"])
    except (TypeError, ValueError, AttributeError):
        fits = False
    if not fits or not all(0 <= v <= 100 for v in (*weights.values(), *marks.values())):
        raise BadInput(
            "binding has weights (of " + ", ".join(BINDING["weights"]) + "), marks (technical,"
            " situational), all from 0 to 100, and bundles, a list of product groups.",
            param="binding",
        )
    return {"weights": weights, "marks": marks, "bundles": bundles}


@dataclass(frozen=True)
class Terms:
    """``window_days``: W; ``fees``: products that are none; ``roles`` and ``questions``: see
    `figures.roles`; ``now``: naive UTC, until when windows can have run out."""

    window_days: int
    currency: str
    now: datetime
    fees: Sequence[str] = ()
    visit_gap_minutes: int = 30
    cart_hours: int = 24
    roles: Mapping[str, Sequence[str]] = field(default_factory=dict)
    questions: Mapping[str, str] = field(default_factory=dict)
    business_hours: Hours = field(default_factory=lambda: OFFICE)
    point_value: Decimal = Decimal("0.01")
    binding: Mapping[str, Any] = field(default_factory=lambda: BINDING)
    contracts: bool = False
    """Customers are those with a running contract, not those who bought within W."""
    scores: Callable[[], Mapping[str, Sequence[tuple[date, str]]]] = dict
    """By score (``risk``, ``value``): the days it was told of, ascending, and the file of each; only
    asked for by figures of scores."""
    unscored: Callable[[], Collection[str]] = tuple
    """Who is in nothing that is told by scores; only asked for then."""


def checked_hours(value: Any) -> dict[str, list[int]]:
    """The setting ``business_hours``: weekday 0–6 → [opening, closing] in minutes of the day.
    ``BadInput`` says what is allowed."""
    try:
        hours = {int(day): (int(begin), int(end)) for day, (begin, end) in dict(value).items()}
    except (TypeError, ValueError):
        hours = {-1: (0, 0)}
    if not hours or not all(
        0 <= day <= 6 and 0 <= begin < end <= 1440 for day, (begin, end) in hours.items()
    ):
        raise BadInput(
            "business_hours says for weekdays (0 = Monday) when one opens and closes, in minutes of"
            ' the day, such as {"0": [540, 1020]}.',
            param="business_hours",
        )
    return {str(day): list(span) for day, span in sorted(hours.items())}
