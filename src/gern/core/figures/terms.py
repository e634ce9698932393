"""What a shop has agreed on and a figure depends on: zone, currency, window, hours, names."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from gern.core.errors import BadInput

Hours = Mapping[int, tuple[int, int]]
"""Weekday (0 = Monday) → opening and closing in minutes of the local day."""

OFFICE: Hours = dict.fromkeys(range(5), (9 * 60, 17 * 60))


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
    contracts: bool = False
    """Customers are those with a running contract, not those who bought within W."""


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
