"""Text to instants: many date formats, one of them decided per column, zones and DST exact."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime
from zoneinfo import ZoneInfo

from gern.core.engines.duckdb import Connection, interval, literal, quoted
from gern.core.imports.reading import text_of
from gern.core.zones import changes

# two-digit years first: %Y would read "10" as the year 10, %y leaves "2010" alone
_ZONED = "'\\d{1,2}:\\d{2}(:\\d{2}(\\.\\d+)?)?\\s*(Z|UTC|GMT|[+-]\\d{2}(:?\\d{2})?)$'"
_ISO = "'\\d{4}-\\d{1,2}-\\d{1,2}([ T]\\d{1,2}:\\d{2}(:\\d{2}(\\.\\d+)?)?)?'"
_CLOCKS = ("", " %H:%M", " %H:%M:%S", " %H:%M:%S.%f", ", %H:%M", ", %H:%M:%S", " %I:%M %p",
           " %I:%M:%S %p")  # fmt: skip
_DAYS_FIRST = ("%d.%m.%y", "%d.%m.%Y", "%d-%m-%Y", "%d/%m/%y", "%d/%m/%Y")
_MONTH_FIRST = ("%d.%m.%y", "%d.%m.%Y", "%d-%m-%Y", "%m/%d/%y", "%m/%d/%Y")
_YEAR_FIRST = ("%Y-%m-%d", "%Y/%m/%d", "%Y.%m.%d", "%d %b %Y", "%d %B %Y", "%b %d, %Y")


@dataclass(frozen=True)
class TimeReading:
    """SQL expressions over ``picked`` for a column of times.

    ``given``: is a value there; ``local``: wall-clock time (NULL when the value carries its own
    zone or is no time); ``exact``: UTC of values with a zone of their own; ``day_only``: the
    value is a date without a time of day. ``first``/``last``: range of ``local``.
    """

    given: str
    local: str
    exact: str
    day_only: str
    first: datetime | None
    last: datetime | None
    note: str | None = None

    @property
    def zoned(self) -> bool:
        """Whether values can carry a zone of their own."""
        return self.exact != NEVER


NEVER = "CAST(NULL AS TIMESTAMP)"


def read_time(con: Connection, column: str, type_: str) -> TimeReading:
    """How to read this column. A date without a time means a day; so does a column of timestamps
    (Parquet) in which every single one is midnight."""
    name = quoted(column)
    given = f"{name} IS NOT NULL"
    if type_ == "DATE":
        return _ranged(
            con, TimeReading(given, f"CAST({name} AS TIMESTAMP)", NEVER, "true", None, None)
        )
    if type_ == "TIMESTAMP WITH TIME ZONE":
        exact = f"timezone('UTC', {name})"
        return TimeReading(given, NEVER, exact, "false", None, None)
    if type_.startswith("TIMESTAMP"):
        reading = TimeReading(given, f"CAST({name} AS TIMESTAMP)", NEVER, "false", None, None)
        return _ranged(con, reading, days=True)
    return _read_text(con, column, type_)


def _read_text(con: Connection, column: str, type_: str) -> TimeReading:
    x = text_of(column, type_)
    first_part = "TRY_CAST(regexp_extract(x, '^(\\d{1,2})[/](\\d{1,2})[/]', 1) AS INTEGER)"
    second_part = "TRY_CAST(regexp_extract(x, '^(\\d{1,2})[/](\\d{1,2})[/]', 2) AS INTEGER)"
    row = con.execute(
        f"SELECT count(x) FILTER ({first_part} > 12), count(x) FILTER ({second_part} > 12),"
        f" count(x) FILTER (regexp_matches(x, '^\\d{{1,2}}/\\d{{1,2}}/')),"
        " count(x) FILTER (regexp_matches(x, '^\\d{4}-\\d\\d?-\\d\\d?')), count(x),"
        " count(x) FILTER (regexp_full_match(x, '[2-7]\\d{4}([.,]\\d+)?')),"
        " count(x) FILTER (regexp_full_match(x, '\\d{8}')),"
        " count(x) FILTER (regexp_full_match(x, '1?\\d{9}')),"
        " count(x) FILTER (regexp_full_match(x, '1?\\d{12}')),"
        f" count(x) FILTER (regexp_full_match(x, {_ISO}))"
        f" FROM (SELECT {x} AS x FROM picked)"
    ).fetchone()
    assert row is not None
    day_over, month_over, slashes, iso, filled, serial, compact, seconds, millis, plain = row
    month_first = month_over > day_over
    note = "day_month_open" if slashes and not day_over and not month_over else None
    steps: list[str] = []
    if iso:
        steps.append(
            f"CASE WHEN regexp_full_match({x}, {_ISO}) THEN TRY_CAST({x} AS TIMESTAMP) END"
        )
    if filled - plain > 0:
        dates = (*(_MONTH_FIRST if month_first else _DAYS_FIRST), *_YEAR_FIRST)
        formats = ", ".join(literal(d + c) for d in dates for c in _CLOCKS)
        steps.append(f"try_strptime({x}, [{formats}])")
    if serial > filled / 2:
        days = f"TRY_CAST(replace({x}, ',', '.') AS DOUBLE)"
        steps.append(
            "TIMESTAMP '1899-12-30' + to_milliseconds(1000 * CAST(round("
            f"CASE WHEN {days} BETWEEN 20000 AND 80000 THEN {days} END * 86400) AS BIGINT))"
        )
    if compact > filled / 2:
        steps.append(f"try_strptime({x}, '%Y%m%d')")
    steps.append("CAST(NULL AS TIMESTAMP)")
    offset = (
        f"regexp_replace(regexp_replace({x}, '\\s*(Z|UTC|GMT)$', '+00:00'),"
        " '\\s*([+-]\\d{2}):?(\\d{2})?$', '\\1:\\2')"
    )
    zoned = f"timezone('UTC', TRY_CAST(regexp_replace({offset}, ':$', '') AS TIMESTAMPTZ))"
    exact = f"CASE WHEN regexp_matches({x}, {_ZONED}) THEN {zoned} END"
    if seconds > filled / 2:
        exact = f"make_timestamp(TRY_CAST({x} AS BIGINT) * 1000000)"
    elif millis > filled / 2:
        exact = f"make_timestamp(TRY_CAST({x} AS BIGINT) * 1000)"
    local = f"CASE WHEN NOT regexp_matches({x}, {_ZONED}) THEN coalesce({', '.join(steps)}) END"
    reading = TimeReading(
        f"({x}) IS NOT NULL",
        local,
        exact,
        "false"
        if max(serial, seconds, millis) > filled / 2
        else f"NOT regexp_matches({x}, '\\d:\\d')",
        None,
        None,
        note,
    )
    return _ranged(con, reading)


def _ranged(con: Connection, reading: TimeReading, *, days: bool = False) -> TimeReading:
    """With the range of the times. ``days``: a column in which all are midnight holds days."""
    row = con.execute(
        "SELECT min(t), max(t), bool_and(date_trunc('day', t) = t)"
        f" FROM (SELECT {reading.local} AS t FROM picked)"
    ).fetchone()
    first, last, midnights = row or (None, None, None)
    return replace(
        reading, first=first, last=last, day_only="true" if days and midnights else reading.day_only
    )


@dataclass(frozen=True)
class ToUtc:
    """SQL over ``local`` and ``day_only``: the UTC instant, and whether the time was odd."""

    instant: str
    skipped: str
    doubled: str


def to_utc(zone: ZoneInfo, first: datetime | None, last: datetime | None, local: str) -> ToUtc:
    """Local wall-clock times to UTC. Dates without a time must already stand at noon."""
    start = (first or datetime(2000, 1, 1)).date()
    end = (last or datetime(2000, 1, 1)).date()
    start = max(start, date(1900, 1, 1))
    end = min(max(end, start), date(2100, 1, 1))
    offset, found = changes(zone, start, end)
    branches = "".join(
        f" WHEN {local} < TIMESTAMP '{c.boundary}' THEN {local} - {interval(c.offset_before)}"
        for c in found
    )
    final = found[-1].offset_after if found else offset
    rest = f"{local} - {interval(final)}"
    instant = f"CASE{branches} ELSE {rest} END" if found else rest

    def within(gap: bool) -> str:
        stretches = [
            f"{local} >= TIMESTAMP '{c.start}' AND {local} < TIMESTAMP '{c.boundary}'"
            for c in found
            if c.gap is gap
        ]
        return " OR ".join(stretches) or "false"

    return ToUtc(instant, within(True), within(False))
