"""What customers are worth in the next twelve months, kept as a file of the day: on the margin and with
the interest that go without saying (settings)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path

from gern.core.engines.names import Array
from gern.core.home import Home
from gern.core.predict import dayfiles

NAME = "value"
HORIZON = "12m"


def write(home: Home, day: date, columns: Mapping[str, Array]) -> Path | None:
    """Keep the values of a day (``person``, ``value``, ``brought``). None: another process is at it."""
    return dayfiles.write(home, NAME, day, columns)
