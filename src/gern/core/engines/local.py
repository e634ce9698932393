"""Local calendar days and clocks in SQL."""

from __future__ import annotations

from datetime import date
from functools import lru_cache

from gern.core.engines.duckdb import interval
from gern.core.zones import changes, zone_named


@lru_cache(maxsize=200)
def local_day_sql(column: str, zone: str, first_year: int, last_year: int) -> str:
    """SQL: the local calendar day of a UTC column, exact for the years given."""
    return f"CAST({local_clock_sql(column, zone, first_year, last_year)} AS DATE)"


@lru_cache(maxsize=200)
def local_clock_sql(column: str, zone: str, first_year: int, last_year: int) -> str:
    """SQL: what the clock on the wall shows at a UTC column; in the hour of a change it may be out
    by an hour, on the right day."""
    offset, found = changes(zone_named(zone), date(first_year, 1, 1), date(last_year, 12, 31))
    branches = "".join(
        f" WHEN {column} < TIMESTAMP '{max(c.boundary - c.offset_before, c.start - c.offset_before)}'"
        f" THEN {column} + {interval(c.offset_before)}"
        for c in found
    )
    final = found[-1].offset_after if found else offset
    rest = f"{column} + {interval(final)}"
    return f"CASE{branches} ELSE {rest} END" if found else rest
