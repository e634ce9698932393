"""Until when a request must be answered (Art. 12(3))."""

from __future__ import annotations

from datetime import date

from gern.core.figures.periods import add_months

SOON_DAYS = 7


def due(received: date, *, extended: bool = False) -> date:
    """One month after it came in, three when that was announced within the first; the last day of a
    shorter month. (Rules that move a deadline past a weekend are not used: earlier is safe.)

    >>> due(date(2026, 1, 31)), due(date(2026, 1, 31), extended=True)
    (datetime.date(2026, 2, 28), datetime.date(2026, 4, 30))
    """
    return add_months(received, 3 if extended else 1)
