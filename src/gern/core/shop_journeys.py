"""The part of a shop that answers where customers meet it, and what that does: touchpoints, phases,
attribution."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import get_args

from gern.core.errors import BadInput
from gern.core.log.profile import profile
from gern.core.patterns.attribution import Attribution, attribution, people_of
from gern.core.patterns.journeys import Asked, Which
from gern.core.patterns.phases import Phases, phases
from gern.core.patterns.steps import step, window_of
from gern.core.shop_patterns import ShopPatterns, What, among
from gern.core.shop_terms import Day
from gern.core.touchpoints.journey import Journey, journey_of
from gern.core.touchpoints.usual import usual_journey


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
        which: Which = "all", half_life: str | timedelta = "7d", now: datetime | None = None,
    ) -> Attribution:  # fmt: skip
        """What each touchpoint did for the conversions in ``[start, end)``: all, each person's
        ``first``, or ``repeat`` ones. Contacts count up to ``look_back`` before one.

        >>> shop.attribution("2024-01-01", "2024-04-01").moments[0].credits["markov"].value  # doctest: +SKIP
        41.7
        """
        asked = self._asked(goal, look_back, which)
        return attribution(
            self.door, asked, self.period(start, end), now or self._seen(),
            _length(half_life, "half_life"),
        )  # fmt: skip

    def attribution_people(
        self, key: str, start: Day, end: Day, *, goal: What = "Order Completed",
        look_back: str | timedelta = "30d", which: Which = "all", reached: bool = True,
        customers: bool = False, now: datetime | None = None,
    ) -> list[str]:  # fmt: skip
        """Who had a contact at this touchpoint on the way to a conversion; ``reached=False``: in a
        journey that led to none."""
        asked = self._asked(goal, look_back, which)
        if asked.journey.named(key) is None:
            keys = ", ".join(point.key for point in asked.journey.points)
            raise BadInput(
                f"There is no touchpoint {key!r}. There are: {keys}.", param="touchpoint",
                german=f"Den Touchpoint „{key}“ gibt es nicht. Es gibt: {keys}.",
            )  # fmt: skip
        return people_of(
            self.door, asked, self.period(start, end), now or self._seen(), key, reached=reached,
            customers=customers,
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

    def _asked(self, goal: What, look_back: str | timedelta, which: Which) -> Asked:
        among(which, get_args(Which), "which")
        length = _length(look_back, "look_back")
        return Asked(step(goal), self.journey(), length, which, self._naming())

    def _naming(self) -> tuple[str, ...]:
        """Names of events that say their touchpoint."""
        return tuple(sorted(
            kind.name for kind in profile(self.manifest)
            if any(one.name == "touchpoint" for one in kind.properties)
        ))  # fmt: skip


def _length(given: str | timedelta, param: str) -> timedelta:
    return window_of(given, param) if isinstance(given, str) else given
