"""How far ahead: ``12m``, ``26w``, ``90d``, ``2y``."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np

from gern.core.engines.names import Array
from gern.core.errors import BadInput

DAYS = {"d": 1.0, "w": 7.0, "m": 365.25 / 12, "y": 365.25}
LONGEST_DAYS = 3653


@dataclass(frozen=True)
class Horizon:
    """``text`` as it was said."""

    text: str
    days: float

    def months(self) -> tuple[Array, Array]:
        """(ends in days, months from now): months one after the other, the last may be shorter."""
        whole = self.days / DAYS["m"]
        count = max(1, int(np.ceil(whole - 1e-9)))
        months = np.minimum(np.arange(1, count + 1, dtype=float), whole)
        return months * DAYS["m"], months


def horizon_of(text: str) -> Horizon:
    """``BadInput`` says what is allowed.

    >>> round(horizon_of("12m").days, 2)
    365.25
    """
    found = re.fullmatch(r"([1-9]\d{0,3})([dwmy])", text.strip())
    days = int(found[1]) * DAYS[found[2]] if found else 0
    if not found or days > LONGEST_DAYS:
        raise BadInput(
            f"{text!r} is no horizon. Allowed: 90d, 26w, 12m, 2y, up to ten years.", param="horizon",
            german=f"„{text}“ ist kein Zeitraum. Erlaubt: 90d, 26w, 12m, 2y, höchstens zehn Jahre.",
        )  # fmt: skip
    return Horizon(text.strip(), days)
