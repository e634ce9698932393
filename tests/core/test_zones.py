"""Local time against Python's own zone arithmetic, around every clock change."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gern.core.errors import BadInput
from gern.core.figures.periods import Period, add_months
from gern.core.figures.window import local_day_sql
from gern.core.imports.times import to_utc
from gern.core.zones import midnight_utc, zone_named

ZONES = ["Europe/Berlin", "Europe/London", "America/New_York", "Australia/Lord_Howe", "UTC",
         "Asia/Kolkata", "America/Sao_Paulo"]  # fmt: skip


def expected_utc(local: datetime, zone: ZoneInfo) -> datetime:
    """The first of two (fold 0); times in a gap move forward (fold 0 has the old offset)."""
    return local.replace(tzinfo=zone, fold=0).astimezone(UTC).replace(tzinfo=None)


@pytest.mark.parametrize("name", ZONES)
def test_every_half_hour_of_a_year(name: str) -> None:
    zone = zone_named(name)
    start = datetime(2011, 1, 1)
    locals_ = [start + timedelta(minutes=30 * n) for n in range(365 * 48)]
    sql = to_utc(zone, locals_[0], locals_[-1], "local")
    con = duckdb.connect()
    con.execute("CREATE TABLE t (local TIMESTAMP)")
    con.execute(
        "INSERT INTO t SELECT * FROM range(TIMESTAMP '2011-01-01', TIMESTAMP '2012-01-01', INTERVAL 30 MINUTE)"
    )
    rows = con.execute(
        f"SELECT local, {sql.instant}, {sql.skipped}, {sql.doubled} FROM t ORDER BY local"
    ).fetchall()
    for local, instant, skipped, doubled in rows:
        assert instant == expected_utc(local, zone)
        back = instant.replace(tzinfo=UTC).astimezone(zone).replace(tzinfo=None)
        assert skipped == (back != local)
        second = local.replace(tzinfo=zone, fold=1).astimezone(UTC).replace(tzinfo=None)
        assert doubled == (second > instant and not skipped)


@given(st.dates(date(1990, 1, 1), date(2035, 1, 1)), st.sampled_from(ZONES))
def test_the_local_day_of_midnight_is_the_day(day: date, name: str) -> None:
    instant = midnight_utc(day, zone_named(name))
    expression = local_day_sql(f"TIMESTAMP '{instant}'", name, instant.year, instant.year + 1)
    assert duckdb.sql(f"SELECT {expression}").fetchall() == [(day,)]


def test_a_day_of_a_clock_change_has_23_or_25_hours() -> None:
    for day, hours in ((date(2024, 3, 31), 23), (date(2024, 10, 27), 25), (date(2024, 2, 29), 24)):
        period = Period(day, day + timedelta(days=1), "Europe/Berlin")
        assert period.until - period.since == timedelta(hours=hours)


def test_months_and_leap_years() -> None:
    assert add_months(date(2024, 2, 29), -12) == date(2023, 2, 28)
    assert add_months(date(2024, 1, 31), 1) == date(2024, 2, 29)
    assert add_months(date(2024, 3, 31), -1) == date(2024, 2, 29)
    march = Period(date(2024, 3, 1), date(2024, 4, 1), "Europe/Berlin")
    assert march.before() == Period(date(2024, 2, 1), date(2024, 3, 1), "Europe/Berlin")
    ten = Period(date(2024, 3, 11), date(2024, 3, 21), "Europe/Berlin")
    assert ten.before() == Period(date(2024, 3, 1), date(2024, 3, 11), "Europe/Berlin")


@pytest.mark.parametrize(
    "name", ["", "Berlin", "../etc/passwd", "/etc/localtime", "Europe/Nowhere"]
)
def test_what_is_no_zone_is_refused(name: str) -> None:
    with pytest.raises(BadInput, match="Europe/Berlin"):
        zone_named(name)
