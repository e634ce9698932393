"""A shop: one home, opened. What the command line, the web and a notebook all use."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

from gern.core.engines.door import Door
from gern.core.engines.question import Question
from gern.core.figures.window import computed_window
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
from gern.core.shop_journeys import ShopJourneys
from gern.core.shop_measured import ShopMeasured
from gern.core.shop_past import ShopPast
from gern.core.shop_people import ShopPeople
from gern.core.shop_terms import utc_now
from gern.core.zones import zone_named

DEMO_SOURCE = "demo"
DEMO_SOURCES = (DEMO_SOURCE, "made-up")
MOST_QUERY_ROWS = 200_000
"""Longer answers of `Shop.query` are refused: they are held in memory."""


class Shop(ShopJourneys, ShopPeople, ShopPast, ShopMeasured):
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

    @property
    def language(self) -> str:
        """Language of pages for people who have not chosen one."""
        return str(self.setting("language").value)

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
            self.home, self.manifest, order, now=now or utc_now(), progress=progress
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
            self.home, self.manifest, order, kind, event=event, at=at, now=now or utc_now(),
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
        done = undo_import(self.home, self.manifest, import_id, now=utc_now())
        sweep(self.home, self.manifest)
        return done

    @property
    def demo(self) -> dict[str, Any] | None:
        """How the demo shop was made (``moved_days``, ``last_day``), or None: own data."""
        found = self.manifest.setting("demo")
        return found.value if found else None

    def drop_demo(self) -> None:
        """Take the demo shop's rows and settings out; the first import of one's own does it."""
        for source in DEMO_SOURCES:
            drop_source(self.home, self.manifest, source)
        sweep(self.home, self.manifest)
        self.forget_models("demo left")
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

    # -- questions

    def query(
        self, sql: str, values: dict[str, Any] | None = None, *, seconds: float = 60
    ) -> list[dict[str, Any]]:
        """Rows of a SELECT over the relations of the log (see `engines.relations`), read only.

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
