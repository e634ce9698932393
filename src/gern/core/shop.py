"""A shop: one home, opened. What the command line, the web and a notebook all use."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

from gern.core.engines.door import Door, Question
from gern.core.figures import leaving as _leaving
from gern.core.figures.answer import Answer
from gern.core.figures.catalogue import FIGURES, figure_named
from gern.core.figures.compute import compute, span, unit_question
from gern.core.figures.definition import Figure
from gern.core.figures.people import People, lines_of, measure_of, orders_of, people_behind
from gern.core.figures.periods import Period, add_months, in_range, parse_day
from gern.core.figures.window import computed_window, parse_window
from gern.core.home import Home
from gern.core.imports.events import EventsReport, import_events
from gern.core.imports.guessing import guess_kind
from gern.core.imports.remembered import remembered
from gern.core.imports.run import (
    ImportReport,
    Order,
    Progress,
    check_currency,
    import_file,
    no_progress,
    opened,
)  # fmt: skip
from gern.core.imports.undo import Undone, undo_import
from gern.core.log.changes import drop_source
from gern.core.log.files import sweep
from gern.core.log.log import EventLog
from gern.core.log.manifest import Manifest, Setting
from gern.core.settings import DEFAULTS, check_language, checked
from gern.core.zones import local_day, zone_named

Day = date | str
DEMO_SOURCE = "demo"
MOST_QUERY_ROWS = 200_000
"""Longer answers of `Shop.query` are refused: they are held in memory."""
STALE_AFTER_DAYS = 45
"""Data that end longer ago than this are looked at as of their own end."""


class Shop:
    """One home. Made by `open_shop`; safe to use from several threads.

    >>> shop = open_shop("gern-home")                                    # doctest: +SKIP
    >>> shop.figure("retention_rate", "2011-06-01", "2011-12-01").value  # doctest: +SKIP
    62.31
    """

    def __init__(self, home: Home):
        home.check()
        self.home = home
        self.manifest = Manifest(home.manifest)
        self.log = EventLog(home, self.manifest)
        self.door = Door(home, self.manifest)

    # -- settings

    def setting(self, name: str) -> Setting:
        """A dated setting: ``zone``, ``currency``, ``language``, ``fees``, ``window_days``."""
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
    def language(self) -> str:
        """Language of pages for people who have not chosen one."""
        return str(self.setting("language").value)

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

    def change_setting(self, name: str, value: Any, by: str) -> None:
        """Set a value from now on; who did it is kept. ``BadInput`` says what is allowed."""
        self.manifest.set(name, checked(name, value), by)

    # -- data in

    def import_file(
        self,
        path: str | Path,
        mapping: dict[str, str] | None = None,
        *,
        source: str = "shop",
        zone: str | None = None,
        currency: str | None = None,
        replace: bool = False,
        sheet: str | None = None,
        name: str | None = None,
        now: datetime | None = None,
        progress: Progress = no_progress,
    ) -> ImportReport:
        """Bring a file of purchases in; importing it again changes nothing.

        ``mapping``: field → column; guessed when not given. The first import also fixes the
        reporting currency, unless it was chosen before, and computes the window W.
        """
        own = source != DEMO_SOURCE
        order = Order(
            path=Path(path),
            zone=zone or str(self._own_setting("zone").value),
            currency=currency or str(self._own_setting("currency").value),
            mapping=mapping,
            source=source,
            replace=replace,
            sheet=sheet,
            name=name,
        )
        report = import_file(
            self.home, self.manifest, order, now=now or _utc_now(), progress=progress
        )
        sweep(self.home, self.manifest)
        if not report.lines:
            return report
        if own and self.demo:
            self.drop_demo()
        if own and self.setting("currency").set_by == "default":
            self.manifest.set("currency", report.currency, "first import")
        if self.manifest.setting("window_days") is None:
            window = computed_window(self.door, self.zone)
            if window.gaps:
                self.manifest.set("window_days", window.days, "computed")
        return report

    def import_events(
        self, path: str | Path, kind: str, mapping: dict[str, str] | None = None, *,
        source: str = "shop", zone: str | None = None, event: str | None = None,
        at: datetime | None = None, sheet: str | None = None, name: str | None = None,
        now: datetime | None = None, progress: Progress = no_progress,
    ) -> EventsReport:  # fmt: skip
        """Bring a file of ``events``, ``customers``, ``consents`` or ``answers`` in, once.

        >>> shop.import_events("answers.csv", "answers").rows_new  # doctest: +SKIP
        120
        """
        own_zone, currency = self.own_defaults()
        order = Order(path=Path(path), zone=zone or own_zone, currency=currency, mapping=mapping,
                      source=source, sheet=sheet, name=name)  # fmt: skip
        report = import_events(
            self.home, self.manifest, order, kind, event=event, at=at, now=now or _utc_now(),
            progress=progress,
        )  # fmt: skip
        sweep(self.home, self.manifest)
        if report.rows and source != DEMO_SOURCE and self.demo:
            self.drop_demo()
        return report

    def kind_of(self, path: str | Path, *, sheet: str | None = None) -> str:
        """What a file seems to hold: as one with the same columns last time, else by its columns."""
        zone, currency = self.own_defaults()
        order = Order(path=Path(path), zone=zone, currency=currency, sheet=sheet)
        with opened(self.home, order) as (con, table):
            known = remembered(self.manifest, table.columns)
            return known.kind if known else guess_kind(con, table, order.file)

    def undo_import(self, import_id: int) -> Undone:
        """Take back everything an import brought in. See `imports.undo`."""
        done = undo_import(self.home, self.manifest, import_id, now=_utc_now())
        sweep(self.home, self.manifest)
        return done

    @property
    def demo(self) -> dict[str, Any] | None:
        """How the demo shop was made (``moved_days``, ``last_day``), or None: own data."""
        found = self.manifest.setting("demo")
        return found.value if found else None

    def drop_demo(self) -> None:
        """Take the demo shop's rows and settings out; the first import of one's own does it."""
        drop_source(self.home, self.manifest, DEMO_SOURCE)
        sweep(self.home, self.manifest)
        for name in ("zone", "currency", "fees", "window_days", "demo"):
            found = self.manifest.setting(name)
            if found and found.set_by in (DEMO_SOURCE, "computed"):
                self.manifest.set(name, None, "demo left")

    def own_defaults(self) -> tuple[str, str]:
        """(zone, currency) for a file of one's own: the shop's, not the demo shop's."""
        return str(self._own_setting("zone").value), str(self._own_setting("currency").value)

    def _own_setting(self, name: str) -> Setting:
        """The setting as it will be once the demo shop has left."""
        found = self.setting(name)
        if found.set_by == DEMO_SOURCE:
            return Setting(DEFAULTS[name], found.since, "default")
        return found

    # -- figures out

    def figures(self) -> list[Figure]:
        """Every figure there is."""
        return list(FIGURES.values())

    def figure(
        self,
        id: str,
        start: Day,
        end: Day,
        *,
        by: str | None = None,
        inactive_after: int | None = None,
        zone: str | None = None,
        with_interval: bool = True,
    ) -> Answer:
        """A figure over ``[start, end)``, local days. ``by`` breaks it down (``"country"``).

        ``inactive_after``: another window W than the shop's, in days.

        >>> shop.figure("revenue", "2011-01-01", "2012-01-01", by="country")  # doctest: +SKIP
        """
        return compute(
            self.door,
            figure_named(id),
            self.period(start, end, zone),
            by=by,
            window_days=self._window(inactive_after),
            fees=self.fees,
            currency=self.currency,
            with_interval=with_interval,
        )

    def trend(
        self, id: str, start: Day, end: Day, *, steps: int = 12, **options: Any
    ) -> list[Answer | None]:
        """The figure over periods as long as ``[start, end)`` that end a month apart, oldest
        first; the last one is the period itself.

        None where the data do not reach back far enough for the number to be right.
        """
        last = self.period(start, end, options.get("zone"))
        first_day = self.span()
        points: list[Answer | None] = []
        for back in range(steps - 1, -1, -1):
            period = in_range(partial(last.moved, -back))
            if period is None or first_day is None or period.start < first_day[0]:
                points.append(None)
                continue
            answer = self.figure(id, period.start, period.end, with_interval=False, **options)
            short = any(note.code == "history_short" for note in answer.notes)
            points.append(None if short else answer)
        return points

    def people(
        self,
        id: str,
        start: Day,
        end: Day,
        *,
        part: str | None = None,
        by: str | None = None,
        group: str | None = None,
        inactive_after: int | None = None,
        zone: str | None = None,
        search: str = "",
        sort: str = "value",
        limit: int | None = None,
        offset: int = 0,
    ) -> People:
        """The customers behind a figure or one of its parts (``part="lost"``)."""
        figure = figure_named(id)
        question = unit_question(
            figure,
            self.period(start, end, zone),
            by=by,
            window_days=self._window(inactive_after),
            fees=self.fees,
        )
        return people_behind(
            self.door,
            question,
            measure_of(figure, part),
            group=group,
            search=search,
            sort=sort,
            limit=limit,
            offset=offset,
        )

    def leaving(self, day: Day) -> _leaving.Leaving:
        """How many customers are about to leave, seen from ``day``."""
        return _leaving.leaving(self.door, self.zone, _day(day, "day"), self.window_days)

    def people_leaving(self, day: Day, **options: Any) -> People:
        """The customers about to leave, most valuable first."""
        return _leaving.people_leaving(
            self.door, self.zone, _day(day, "day"), self.window_days, **options
        )

    def orders_of(self, person: str) -> list[dict[str, Any]]:
        """The orders of one customer, newest first."""
        return orders_of(self.door, person)

    def lines_of(self, person: str, source: str, order_id: str) -> list[dict[str, Any]]:
        """The lines of one order of a customer."""
        return lines_of(self.door, person, source, order_id)

    def query(
        self, sql: str, values: dict[str, Any] | None = None, *, seconds: float = 60
    ) -> list[dict[str, Any]]:
        """Rows of a SELECT over the relations of the log (see `engines.door`), read only.

        ``values`` fill ``$names`` in the SQL. ``BadInput`` when it is no query that may be asked.

        >>> shop.query("SELECT count(*) AS n FROM events WHERE name = $n", {"n": "Page Viewed"})  # doctest: +SKIP
        [{'n': 1204}]
        """
        from gern.core.engines.sql import allowed

        query = allowed(sql)
        return self.door.ask(
            Question(
                query.sql, values or {}, "query", relations=query.relations, seconds=seconds,
                most_rows=MOST_QUERY_ROWS,
            )
        )  # fmt: skip

    def _window(self, inactive_after: int | None) -> int:
        return self.window_days if inactive_after is None else parse_window(str(inactive_after))

    # -- time

    def period(self, start: Day, end: Day, zone: str | None = None) -> Period:
        """``[start, end)`` in the business zone."""
        return Period(_day(start, "from"), _day(end, "to"), zone or self.zone)

    def span(self) -> tuple[date, date] | None:
        """First and last local day with data; None when the log is empty."""
        first, last = span(self.door)
        if first is None or last is None:
            return None
        zone = zone_named(self.zone)
        return local_day(first, zone), local_day(last, zone)

    def today(self, now: datetime | None = None) -> date:
        """The day from which the shop is looked at: today, or the day after the last data when
        they ended long ago."""
        day = local_day(now or _utc_now(), zone_named(self.zone))
        days = self.span()
        if days and day - days[1] > timedelta(days=STALE_AFTER_DAYS):
            return days[1] + timedelta(days=1)
        return day

    def usual_period(self, now: datetime | None = None) -> Period:
        """What is shown when nothing else is asked: the last three months up to today."""
        today = self.today(now)
        return self.period(add_months(today, -3), today)


def open_shop(path: str | Path = "gern-home") -> Shop:
    """Open the shop in this home directory. ``BadInput`` when there is none."""
    return Shop(Home(Path(path).expanduser().resolve()))


def create_shop(
    path: str | Path,
    *,
    zone: str | None = None,
    currency: str | None = None,
    language: str | None = None,
    by: str = "init",
) -> Shop:
    """Make a home (or open the one there is) and set what is given."""
    if zone:
        zone_named(zone)
    if currency:
        check_currency(currency)
    if language:
        check_language(language)
    home = Home(Path(path).expanduser().resolve())
    home.create()
    shop = Shop(home)
    for name, value in (("zone", zone), ("currency", currency), ("language", language)):
        if value:
            shop.change_setting(name, value, by)
    return shop


def _day(day: Day, param: str) -> date:
    return parse_day(day, param) if isinstance(day, str) else day


def _utc_now() -> datetime:
    return datetime.now(UTC).replace(tzinfo=None)
