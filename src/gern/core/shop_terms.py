"""The half of a shop that says what its figures rest on: settings, periods, days with data."""

from __future__ import annotations

from collections.abc import Collection
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import partial

from gern.core.engines.door import Door
from gern.core.figures.definition import Figure
from gern.core.figures.periods import Period, add_months, parse_day
from gern.core.figures.terms import Terms, checked_binding
from gern.core.figures.window import computed_window, parse_window
from gern.core.home import Home
from gern.core.log.manifest import Manifest, Setting
from gern.core.predict.past import files as score_files
from gern.core.settings import DEFAULTS
from gern.core.zones import local_day, zone_named

Day = date | str
STALE_AFTER_DAYS = 45
"""Data that end longer ago than this are looked at as of their own end."""


class ShopTerms:
    """It needs the shop's ``home``, ``door`` and ``manifest``."""

    home: Home
    door: Door
    manifest: Manifest

    def left_out_of_scores(self) -> Collection[str]:
        """Customers whom nothing told by a score may have, by every id; a server knows them
        (`kit.shop`), the command line does not."""
        return ()

    def setting(self, name: str) -> Setting:
        """A dated setting (see `core.settings`), or its default."""
        found = self.manifest.setting(name)
        return found or Setting(DEFAULTS.get(name), datetime.now(UTC), "default")

    @property
    def zone(self) -> str:
        """Business time zone: where the days of all periods begin."""
        return str(self.setting("zone").value)

    @property
    def currency(self) -> str:
        """Reporting currency; lines in others are counted but in no figure."""
        return str(self.setting("currency").value)

    @property
    def fees(self) -> list[str]:
        """Product numbers that are fees or postage: revenue, but not products."""
        return [str(f) for f in self.setting("fees").value or []]

    @property
    def window_days(self) -> int:
        """The inactivity window W. Computed after the first import, then changed only by a
        person; before that, what it would be now."""
        found = self.manifest.setting("window_days")
        return int(found.value) if found else computed_window(self.door, self.zone).days

    def terms(self, inactive_after: int | None = None, now: datetime | None = None) -> Terms:
        """What the shop has agreed on and figures depend on."""
        window = self.window_days if inactive_after is None else parse_window(str(inactive_after))
        hours = self.setting("business_hours").value
        return Terms(
            window_days=window,
            currency=self.currency,
            now=now or utc_now().replace(second=0, microsecond=0),
            fees=self.fees,
            visit_gap_minutes=int(self.setting("visit_gap_minutes").value),
            cart_hours=int(self.setting("cart_hours").value),
            roles=self.setting("roles").value or {},
            questions=self.setting("questions").value or {},
            business_hours={int(day): (begin, end) for day, (begin, end) in hours.items()},
            point_value=Decimal(str(self.setting("point_value").value)),
            binding=checked_binding(self.setting("binding").value or {}),
            contracts=self.setting("business").value == "contracts",
            scores=partial(score_files, self.home, self.manifest),
            unscored=self.left_out_of_scores,
        )

    def period(self, start: Day, end: Day, zone: str | None = None) -> Period:
        """``[start, end)`` in the business zone."""
        return Period(as_day(start, "from"), as_day(end, "to"), zone or self.zone)

    def span(self) -> tuple[date, date] | None:
        """First and last local day with data; None when the log is empty."""
        first, last = self.door.span()
        if first is None or last is None:
            return None
        zone = zone_named(self.zone)
        return local_day(first, zone), local_day(last, zone)

    def known_from(self, figure: Figure) -> date | None:
        """The first day for which the data reach back far enough; None when there are none."""
        days = self.span()
        if days is None:
            return None
        window = figure.needs_window and not self.terms().contracts
        return days[0] + timedelta(days=self.window_days if window else 0)

    def today(self, now: datetime | None = None) -> date:
        """The day from which the shop is looked at: today, or the day after the last data when
        they ended long ago."""
        day = local_day(now or utc_now(), zone_named(self.zone))
        days = self.span()
        if days and day - days[1] > timedelta(days=STALE_AFTER_DAYS):
            return days[1] + timedelta(days=1)
        return day

    def usual_period(self, now: datetime | None = None) -> Period:
        """What is shown when nothing else is asked: the last three months up to today."""
        today = self.today(now)
        return self.period(add_months(today, -3), today)


def as_day(day: Day, param: str) -> date:
    """A day, or the text of one."""
    return parse_day(day, param) if isinstance(day, str) else day


def utc_now() -> datetime:
    """Now, as the log has it."""
    return datetime.now(UTC).replace(tzinfo=None)
