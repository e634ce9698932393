"""The part of a shop that answers where customers meet it, and what that does: touchpoints, phases,
attribution."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Literal, get_args

from gern.core.errors import BadInput
from gern.core.figures.periods import Period
from gern.core.log.profile import profile
from gern.core.patterns.attribution import Attribution, attribution, people_of
from gern.core.patterns.journeys import Asked, Which
from gern.core.patterns.paths import KINDS, Paths, paths
from gern.core.patterns.phases import Phases, phases
from gern.core.patterns.steps import step, window_of
from gern.core.shop_patterns import ShopPatterns, What, among
from gern.core.shop_terms import Day
from gern.core.touchpoints.events import events_journey
from gern.core.touchpoints.journey import Journey, journey_of
from gern.core.touchpoints.usual import usual_journey

By = Literal["touchpoint", "event"]
"""What counts as a contact."""


class ShopJourneys(ShopPatterns):
    """What `Shop` answers."""

    def journey(self) -> Journey:
        """The phases and touchpoints (setting ``touchpoints``); until somebody names them, those of
        usual events that came in."""
        said = self.setting("touchpoints").value
        return (
            journey_of(said)
            if said
            else usual_journey(self.door, self.setting("roles").value or {})
        )

    def attribution(
        self, start: Day, end: Day, *, goal: What = "Order Completed", look_back: str | timedelta = "30d",
        which: Which = "all", half_life: str | timedelta = "7d", by: By = "touchpoint",
        now: datetime | None = None,
    ) -> Attribution:  # fmt: skip
        """What each touchpoint did for the conversions in ``[start, end)``: all, each person's
        ``first``, or ``repeat`` ones. Contacts count up to ``look_back`` before one. ``by``
        ``event``: the events most people did, each as a touchpoint of its own.

        >>> shop.attribution("2024-01-01", "2024-04-01").moments[0].credits["markov"].value  # doctest: +SKIP
        41.7
        """
        period = self.period(start, end)
        asked = self._asked(goal, look_back, which, by, period)
        return attribution(
            self.door, asked, period, now or self._seen(),
            _length(half_life, "half_life"),
        )  # fmt: skip

    def attribution_people(
        self, key: str, start: Day, end: Day, *, goal: What = "Order Completed",
        look_back: str | timedelta = "30d", which: Which = "all", reached: bool = True,
        customers: bool = False, by: By = "touchpoint", now: datetime | None = None,
    ) -> list[str]:  # fmt: skip
        """Who had a contact at this touchpoint on the way to a conversion; ``reached=False``: in a
        journey that led to none."""
        period = self.period(start, end)
        asked = self._asked(goal, look_back, which, by, period)
        _check_point(asked.journey, key)
        return people_of(
            self.door, asked, period, now or self._seen(), key, reached=reached,
            customers=customers,
        )  # fmt: skip

    def paths(
        self, start: Day, end: Day, *, from_event: str | None = None, to_event: str | None = None,
        steps: int = 5, gap: str | None = "", kinds: int = KINDS, by: By = "event",
    ) -> Paths:  # fmt: skip
        """What people do one after the other in ``[start, end)``: from an event on, up to one, or
        from the beginning. ``gap``: a longer break ends a path ("": that of visits; None: nothing
        does). ``by`` ``touchpoint``: from touchpoint to touchpoint, all by their keys.

        >>> shop.paths("2024-01-01", "2024-02-01", from_event="Product Viewed").trails  # doctest: +SKIP
        512
        """
        among(by, get_args(By), "by")
        if gap == "":
            length: timedelta | None = timedelta(
                minutes=self.terms(inactive_after=1).visit_gap_minutes
            )
        else:
            length = window_of(gap, "gap") if gap else None
        journey = self.journey() if by == "touchpoint" else None
        for key in filter(None, (from_event, to_event)):
            if journey:
                _check_point(journey, key)
        return paths(
            self.door, self.period(start, end), start=from_event, end=to_event, steps=steps,
            gap=length, kinds=kinds, done=self.done_sql(),
            called=journey.key_sql(self._naming()) if journey else None,
        )  # fmt: skip

    def phases(
        self, start: Day, end: Day, *, window: str | timedelta = "30d", now: datetime | None = None
    ) -> Phases:
        """How many come to each phase in ``[start, end)``, how many go on within ``window``, and how
        fast.

        >>> shop.phases("2024-01-01", "2024-04-01").phases[0].passed  # doctest: +SKIP
        318
        """
        return phases(
            self.door, self.journey(), self.period(start, end), now or self._seen(),
            _length(window, "window"), self._naming(),
        )  # fmt: skip

    def _asked(
        self, goal: What, look_back: str | timedelta, which: Which, by: By, period: Period
    ) -> Asked:
        among(which, get_args(Which), "which")
        among(by, get_args(By), "by")
        length, reached = _length(look_back, "look_back"), step(goal)
        if by == "touchpoint":
            return Asked(reached, self.journey(), length, which, self._naming())
        looked = Period(period.start - length, period.end, period.zone)
        journey = events_journey(self.door, looked, self.done_sql(), reached.condition)
        return Asked(reached, journey, length, which)

    def _naming(self) -> tuple[str, ...]:
        """Names of events that say their touchpoint."""
        return tuple(sorted(
            kind.name for kind in profile(self.manifest)
            if any(one.name == "touchpoint" for one in kind.properties)
        ))  # fmt: skip


def _length(given: str | timedelta, param: str) -> timedelta:
    return window_of(given, param) if isinstance(given, str) else given


def _check_point(journey: Journey, key: str) -> None:
    """``BadInput`` when there is no such touchpoint."""
    if journey.named(key) is None:
        keys = ", ".join(point.key for point in journey.points)
        raise BadInput(
            f"There is no touchpoint {key!r}. There are: {keys}.", param="touchpoint",
            german=f"Den Touchpoint „{key}“ gibt es nicht. Es gibt: {keys}.",
        )  # fmt: skip
