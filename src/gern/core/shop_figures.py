"""The half of a shop that answers: figures, their people and their development."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, timedelta
from functools import partial
from typing import Any, TypeVar

from gern.core.collect.defaults import DEFAULTS as DEFAULTS_OF_EVENTS
from gern.core.errors import BadInput, GernError
from gern.core.figures import leaving as _leaving
from gern.core.figures.answer import Answer
from gern.core.figures.asking import GRANULARITIES, Granularity, buckets, in_steps, unit_question
from gern.core.figures.catalogue import FIGURES, figure_named
from gern.core.figures.compute import Point, compute, series
from gern.core.figures.definition import Figure
from gern.core.figures.holidays import public_holidays
from gern.core.figures.nine_kinds import Kind, NineKinds, nine_kinds
from gern.core.figures.own import OwnFigure, figure_of, keep, own_figures, take_away
from gern.core.figures.people import People, measure_of, people_behind
from gern.core.figures.periods import Period, in_range
from gern.core.figures.seen import waits_for
from gern.core.figures.terms import Terms
from gern.core.figures.watching import Watched, watch
from gern.core.shop_terms import Day, ShopTerms, as_day
from gern.core.text import Text

T = TypeVar("T")
MOST_POINTS = 1000
"""Points of a time series at most."""
MOST_QUERIES = 120
"""The same where every point is a query of its own."""


class ShopFigures(ShopTerms):
    """What `Shop` answers."""

    def figures(self) -> list[Figure]:
        """Every figure there is, the shop's own last."""
        own = own_figures(self.manifest)
        return [*FIGURES.values(), *(figure_of(one) for one in own.values())]

    def figure_named(self, id: str) -> Figure:
        """One of them; ``BadInput`` lists the ids there are."""
        if id.startswith("own_"):
            own = own_figures(self.manifest)
            if id in own:
                return figure_of(own[id])
        return figure_named(id)

    def keep_figure(self, own: OwnFigure, by: str) -> Figure:
        """Define a figure of the shop's own, or a new version of one."""
        keep(self.manifest, own, by)
        return figure_of(own)

    def take_figure_away(self, id: str, by: str) -> None:
        """An own figure is no more; its versions stay readable."""
        self.figure_named(id)
        take_away(self.manifest, id, by)

    def unit(self, id: str) -> str:
        """The unit of a figure: see `figures.definition.Unit`, or the currency."""
        unit = self.figure_named(id).unit
        return self.currency if unit == "money" else unit

    def waits_for(self, figure: Figure) -> list[Text]:
        """What the log lacks so that the figure could say something; empty: nothing."""
        return waits_for(self.door, figure, self.terms(inactive_after=1))

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
        now: datetime | None = None,
        among: Sequence[str] | None = None,
    ) -> Answer:
        """A figure over ``[start, end)``, local days. ``by`` breaks it down (``"country"``, or by
        what was said of people: ``"trait:plan"``). ``among``: as if there were these people only.

        ``inactive_after``: another window W than the shop's, in days. ``now`` (naive UTC): until
        when windows can have run out.

        >>> shop.figure("revenue", "2011-01-01", "2012-01-01", by="country")  # doctest: +SKIP
        """
        definition, period = self.figure_named(id), self.period(start, end, zone)
        return _again_without_file(definition, lambda: compute(
            self.door, definition, period, self.terms(inactive_after, now), by=by,
            with_interval=with_interval, among=among,
        ))  # fmt: skip

    def series(
        self, id: str, start: Day, end: Day, granularity: Granularity = "month", *,
        inactive_after: int | None = None, zone: str | None = None, now: datetime | None = None,
    ) -> list[Point]:  # fmt: skip
        """The figure for every ``day``, ``week``, ``month``, ``quarter`` or ``year`` of the period;
        the first and the last are cut to it (``whole`` is then False).

        >>> shop.series("revenue", "2011-01-01", "2012-01-01", "month")[0].value  # doctest: +SKIP
        560000.26
        """
        figure, period = self.figure_named(id), self.period(start, end, zone)
        terms = self.terms(inactive_after, now)
        check_granularity(figure, period, granularity, terms)
        return _again_without_file(figure, lambda: series(
            self.door, figure, period, self.terms(inactive_after, now), granularity
        ))  # fmt: skip

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
        now: datetime | None = None,
        search: str = "",
        sort: str = "revenue",
        limit: int | None = None,
        offset: int = 0,
    ) -> People:
        """The customers behind a figure or one of its parts (``part="lost"``)."""
        figure = self.figure_named(id)
        period = self.period(start, end, zone)
        return _again_without_file(figure, lambda: people_behind(
            self.door,
            unit_question(self.door, figure, period, self.terms(inactive_after, now), by=by),
            measure_of(figure, part), group=group, search=search, sort=sort, limit=limit,
            offset=offset,
        ))  # fmt: skip

    def watch(self, id: str, *, now: datetime | None = None) -> Watched:
        """The figure's last whole day, week or month against what was to be expected.

        >>> shop.watch("revenue").verdict.kind  # doctest: +SKIP
        'usual'
        """
        figure, day, days = self.figure_named(id), self.today(now), self.span()
        if days and days[1] < day - timedelta(days=1):
            day = days[1]  # what has not come yet is not nothing, and the last day may be half
        first = self.known_from(figure) or day

        def ask(start: date, end: date, step: Granularity) -> list[Point]:
            return series(self.door, figure, self.period(start, end), self.terms(now=now), step)

        region = str(self.setting("region").value or "")
        return watch(figure, ask, first, day, partial(public_holidays, region))

    def nine_kinds(
        self, start: Day, end: Day, kinds: Mapping[str, Kind] | None = None, *,
        person: str | None = None,
    ) -> NineKinds:  # fmt: skip
        """The acts of a period by form and initiator, of everybody or of one person; ``kinds``:
        what holds for an event's name, else the usual (`core.collect.defaults`)."""
        usual = {name: (m.form, m.initiator) for name, m in DEFAULTS_OF_EVENTS.items()}
        return nine_kinds(
            self.door,
            self.period(start, end),
            self.terms(inactive_after=1),
            {**usual, **(kinds or {})},
            person=person,
        )

    def leaving(self, day: Day) -> _leaving.Leaving:
        """How many customers are about to leave, seen from ``day``."""
        return _leaving.leaving(self.door, self.zone, as_day(day, "day"), self.window_days)

    def people_leaving(self, day: Day, **options: Any) -> People:
        """The customers about to leave, most valuable first."""
        return _leaving.people_leaving(
            self.door, self.zone, as_day(day, "day"), self.window_days, **options
        )


def check_granularity(figure: Figure, period: Period, granularity: str, terms: Terms) -> None:
    """``BadInput`` when there is no such step, or too many of it."""
    if granularity not in GRANULARITIES:
        raise BadInput(
            f"{granularity!r} is no step of time. Allowed: {', '.join(GRANULARITIES)}.",
            param="granularity",
        )
    at_once = figure.primitive.in_buckets or in_steps(figure, terms)
    most = MOST_POINTS if at_once else MOST_QUERIES
    found = len(buckets(period, granularity))
    if found > most:
        raise BadInput(
            f"{found:,} points are too many for {figure.id}. Allowed: {most:,}; take longer steps"
            " or a shorter period.",
            param="granularity",
            german=f"{found} Punkte sind für „{figure.name.de}“ zu viele. Möglich sind {most}:"
            " längere Schritte oder einen kürzeren Zeitraum wählen.",
        )


def _again_without_file(figure: Figure, work: Callable[[], T]) -> T:
    """Figures of scores rest on files that an erasure can take away in the middle of a question."""
    try:
        return work()
    except BadInput:
        raise
    except GernError:
        if not figure.of_scores:
            raise
        return work()
