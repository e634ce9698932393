"""What customers are worth in the next twelve months, kept as a file of the day: on the margin and with
the interest that go without saying (settings)."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from gern.core.engines.names import Array
from gern.core.home import Home
from gern.core.predict import dayfiles
from gern.core.predict.value import Worth

NAME = "value"
HORIZON = "12m"


def write(home: Home, day: date, person: Array, worth: Worth) -> Path | None:
    """Keep the values of a day. None: another process is at it."""
    columns = {"person": person, "value": worth.value, "purchases": worth.purchases, "alive": worth.alive}  # fmt: skip
    return dayfiles.write(home, NAME, day, columns)
