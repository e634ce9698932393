"""Periods: half-open ``[start, end)`` in local calendar days of the business time zone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from gern.core.errors import BadInput
from gern.core.zones import midnight_utc, zone_named

EARLIEST, LATEST = date(1900, 1, 1), date(2200, 1, 1)


@dataclass(frozen=True)
class Period:
    """``Period(date(2011, 1, 1), date(2012, 1, 1), "Europe/London")`` is the year 2011."""

    start: date
    end: date
    zone: str

    def __post_init__(self) -> None:
        if self.end <= self.start:
            raise BadInput(
                f"The period ends ({self.end}) before or when it begins ({self.start})."
                " It is half-open: --to is the first day that no longer counts.",
                param="to",
                german="Das Ende des Zeitraums liegt nicht nach seinem Anfang.",
            )
        if not (self.start >= EARLIEST and self.end <= LATEST):
            raise BadInput(
                f"The period must lie between {EARLIEST} and {LATEST}.",
                param="from",
                german=f"Der Zeitraum muss zwischen {EARLIEST} und {LATEST} liegen.",
            )
        zone_named(self.zone)

    @property
    def days(self) -> int:
        """Length in local calendar days."""
        return (self.end - self.start).days

    @property
    def last_day(self) -> date:
        """The last day that counts, as people say it."""
        return self.end - timedelta(days=1)

    def instant(self, day: date) -> datetime:
        """Local midnight at the beginning of ``day`` as naive UTC."""
        return midnight_utc(day, zone_named(self.zone))

    @property
    def since(self) -> datetime:
        """The instant at which the period begins, naive UTC."""
        return self.instant(self.start)

    @property
    def until(self) -> datetime:
        """The first instant after the period, naive UTC."""
        return self.instant(self.end)

    def before(self) -> Period:
        """The period of the same length that ends where this one begins; for whole calendar
        months, the same number of whole months."""
        months = whole_months(self.start, self.end)
        if months:
            return Period(add_months(self.start, -months), self.start, self.zone)
        return Period(self.start - timedelta(days=self.days), self.start, self.zone)

    def year_before(self) -> Period:
        """The same days a year earlier (29 February becomes the 28th)."""
        return Period(add_months(self.start, -12), add_months(self.end, -12), self.zone)

    def moved(self, months: int) -> Period:
        """The period moved by calendar months: both ends, so that neighbours fit together."""
        return Period(add_months(self.start, months), add_months(self.end, months), self.zone)


def in_range(make: Callable[[], Period]) -> Period | None:
    """The period, or None when it would lie outside of the years that can be asked for."""
    try:
        return make()
    except (BadInput, ValueError, OverflowError):
        return None


def add_months(day: date, months: int) -> date:
    """The same day of another month, or its last day: 31 January + 1 → 28 February."""
    index = day.year * 12 + day.month - 1 + months
    year, month = divmod(index, 12)
    for last in (day.day, 30, 29, 28):
        try:
            return date(year, month + 1, min(day.day, last))
        except ValueError:
            continue
    raise AssertionError


def whole_months(start: date, end: date) -> int:
    """How many whole calendar months ``[start, end)`` is; 0 when it is not made of such."""
    if start.day != 1 or end.day != 1:
        return 0
    return (end.year - start.year) * 12 + end.month - start.month


def parse_day(text: str, param: str) -> date:
    """``2011-06-01`` as a date; ``BadInput`` says what is allowed."""
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise BadInput(
            f"{text!r} is no day. Allowed: a date such as 2011-06-01.",
            param=param,
            german=f"„{text}“ ist kein Tag. Erlaubt ist ein Datum wie 2011-06-01.",
        ) from error
