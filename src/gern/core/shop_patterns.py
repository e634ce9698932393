"""The part of a shop that answers what people do one after the other: see `core.patterns`."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import get_args

from gern.core.conditions.nodes import Any, Compare, Condition
from gern.core.conditions.sql import event_sql
from gern.core.engines.question import Question
from gern.core.errors import BadInput
from gern.core.figures.asking import GRANULARITIES, Granularity
from gern.core.figures.periods import Period
from gern.core.figures.roles import role_condition
from gern.core.patterns import cohorts as _cohorts
from gern.core.patterns import funnel as _funnel
from gern.core.patterns.affinity import LEAST, How, Of, Pair, affinity, next_products
from gern.core.patterns.cohorts import Cohorts, CohortsAnswer, Mode, Start
from gern.core.patterns.falling import Falling, falling
from gern.core.patterns.funnel import Funnel, FunnelAnswer
from gern.core.patterns.lifetimes import Survival, survival
from gern.core.patterns.rhythm import Rhythm, rhythms
from gern.core.patterns.seen import Seen, seen, values_seen
from gern.core.patterns.steps import LONGEST, Step, step, window_of
from gern.core.shop_terms import Day, ShopTerms, utc_now
from gern.core.zones import local_day, midnight_utc, zone_named

What = str | Condition | Step
"""A step: the name of an event, or a condition."""


class ShopPatterns(ShopTerms):
    """What `Shop` answers."""

    def funnel(
        self, steps: Sequence[What], start: Day, end: Day, *, window: str | timedelta = "30d",
        strict: bool = False, without: What | None = None, by: str | None = None,
        every: Granularity | None = None, now: datetime | None = None,
    ) -> FunnelAnswer:  # fmt: skip
        """How many of those who take the first step in ``[start, end)`` take the next ones, each
        strictly later, the last at most ``window`` after the first. ``strict``: with nothing in
        between; ``without``: without such an event in between. ``by``: a trait of people.

        >>> shop.funnel(["Product Viewed", "Order Completed"], "2024-01-01", "2024-02-01",
        ...             window="7d").steps[1].n  # doctest: +SKIP
        118
        """
        asked = self.funnel_of(steps, window=window, strict=strict, without=without)
        if every is not None:
            among(every, GRANULARITIES, "every")
        period = self.period(start, end)
        return _funnel.funnel(self.door, asked, period, now or self._seen(), by=by, every=every)

    def fell_out(
        self, steps: Sequence[What], start: Day, end: Day, after: int, *,
        window: str | timedelta = "30d", strict: bool = False, without: What | None = None,
        customers: bool = False,
    ) -> list[str]:  # fmt: skip
        """Who took step ``after`` (from 1) of the funnel and not the next; of the last: who took it."""
        asked = self.funnel_of(steps, window=window, strict=strict, without=without)
        period = self.period(start, end)
        return _funnel.fell_out(self.door, asked, period, after, customers=customers)

    def falling(
        self, steps: Sequence[What], start: Day, end: Day, after: int, *,
        window: str | timedelta = "30d", strict: bool = False, without: What | None = None,
    ) -> Falling:  # fmt: skip
        """What those did next who took step ``after`` (from 1) and not the one after it, and which
        obstacles (role ``obstacle``) they met that others did not.

        >>> shop.falling(["Checkout Started", "Order Completed"], "2024-01-01", "2024-02-01", 1
        ...              ).obstacles[0].name  # doctest: +SKIP
        'Payment Failed'
        """
        roles = self.setting("roles").value or {}
        return falling(
            self.door, self.funnel_of(steps, window=window, strict=strict, without=without),
            self.period(start, end), after, signals=event_sql(role_condition("automatic", roles)),
            obstacle=event_sql(role_condition("obstacle", roles)),
        )  # fmt: skip

    def funnel_of(
        self, steps: Sequence[What], *, window: str | timedelta = "30d", strict: bool = False,
        without: What | None = None,
    ) -> Funnel:  # fmt: skip
        """The funnel that is meant; ``BadInput`` says what is wrong with it."""
        length = window_of(window) if isinstance(window, str) else window
        if not timedelta(0) < length <= LONGEST:
            raise BadInput(
                f"A window lasts up to {LONGEST.days} days.", param="window",
                german=f"Ein Fenster dauert höchstens {LONGEST.days} Tage.",
            )  # fmt: skip
        stop = step(without) if without is not None else None
        return Funnel(tuple(map(step, steps)), length, strict, stop)

    def cohorts(
        self, begin: What, back: What, start: Day, end: Day, every: Granularity = "month", *,
        mode: Mode = "in", first: Start = "first-ever", revenue: bool = False,
        trait: tuple[str, str] | None = None, today: date | None = None,
    ) -> CohortsAnswer:  # fmt: skip
        """Of those whose first event ``begin`` lies in ``[start, end)``, by day, week, month …: who
        did ``back`` in which bucket after it.

        >>> shop.cohorts("Order Completed", "Order Completed", "2009-12-01", "2011-12-10"
        ...              ).cohorts[0].size  # doctest: +SKIP
        955
        """
        asked = self.cohorts_of(begin, back, every, mode=mode, first=first)
        period, day = self.period(start, end), today or self.today()
        return _cohorts.cohorts(self.door, asked, period, day, revenue=revenue, trait=trait)

    def cohort_people(
        self, begin: What, back: What, start: Day, end: Day, every: Granularity = "month", *,
        cohort: date, k: int | None, came_back: bool = True, mode: Mode = "in",
        first: Start = "first-ever", today: date | None = None, customers: bool = False,
        trait: tuple[str, str] | None = None,
    ) -> list[str]:  # fmt: skip
        """Who is behind the cell ``k`` of the cohort that began on this first day of a bucket
        (``k=None``: behind its size); ``came_back=False``: who of the cohort is not in the cell."""
        asked = self.cohorts_of(begin, back, every, mode=mode, first=first)
        day = today or self.today()
        return _cohorts.people_of(
            self.door, asked, self.period(start, end), day, cohort, k, back=came_back,
            customers=customers, trait=trait,
        )  # fmt: skip

    def cohorts_of(
        self, begin: What, back: What, every: Granularity, *, mode: Mode, first: Start
    ) -> Cohorts:
        """The cohorts that are meant."""
        among(every, GRANULARITIES, "every")
        among(mode, get_args(Mode), "mode")
        among(first, get_args(Start), "first")
        return Cohorts(step(begin), step(back), every, mode, first)

    def survival(
        self, start: Day, end: Day, *, by: str | None = None, inactive_after: int | None = None,
        today: date | None = None,
    ) -> Survival:  # fmt: skip
        """How long customers who began in ``[start, end)`` stay; ``by``: ``country`` or a trait."""
        terms = self.terms(inactive_after)
        return survival(
            self.door, self.period(start, end), today or self.today(),
            window_days=terms.window_days, contracts=terms.contracts, by=by,
        )  # fmt: skip

    def affinity(
        self, start: Day, end: Day, *, how: How = "together", of: Of = "product", least: int = LEAST
    ) -> list[Pair]:
        """What is bought ``together`` in ``[start, end)``, or ``after`` one another; products or
        groups of them. Fees and postage are no products.

        >>> shop.affinity("2011-01-01", "2012-01-01")[0].lift  # doctest: +SKIP
        23.4
        """
        among(how, get_args(How), "how")
        among(of, get_args(Of), "by")
        return affinity(
            self.door, self.period(start, end), how=how, of=of, fees=self.fees, least=least
        )

    def next_products(
        self, person: str, start: Day, end: Day, *, how: How = "together", least: int = LEAST
    ) -> list[Pair]:
        """Products this customer has not bought that go with what they have, each with because of
        what; the best first."""
        among(how, get_args(How), "how")
        return next_products(
            self.door, self.period(start, end), self.products_of(person), how=how, fees=self.fees,
            least=least,
        )  # fmt: skip

    def rhythms(self, start: Day, end: Day, *, least: int = LEAST) -> list[Rhythm]:
        """Products bought again and again in ``[start, end)``, and after how many days.

        >>> shop.rhythms("2011-01-01", "2012-01-01")[0].median_days  # doctest: +SKIP
        28.0
        """
        return rhythms(self.door, self.period(start, end), fees=self.fees, least=least)

    def products_of(self, person: str) -> list[str]:
        """Numbers of the products a customer has ever bought."""
        sql = (
            "SELECT DISTINCT product FROM lines WHERE person = $person AND quantity > 0"
            " AND product IS NOT NULL AND NOT coalesce(cancelled, false) ORDER BY product"
        )
        question = Question(sql, {"person": person}, "products of a customer", person=person)
        return [row["product"] for row in self.door.ask(question)]

    def done_sql(self) -> str:
        """SQL, which events people do themselves: neither engaged time nor scrolling, nor that they
        were drawn for a campaign or told a notice, and nothing said of them."""
        roles = self.setting("roles").value or {}
        not_theirs = Any((
            role_condition("automatic", roles), role_condition("targeted", roles),
            Compare("name", "is", "Notice Given"),
        ))  # fmt: skip
        return f"kind IN ('track', 'page', 'screen') AND NOT ({event_sql(not_theirs)})"

    def seen(self, what: What, start: Day, end: Day, *, across_days: bool = True) -> Seen:
        """How many people had such events in ``[start, end)``; ``across_days``: without visitors who
        can be followed for a day only.

        >>> shop.seen("Product Viewed", "2024-01-01", "2024-02-01").people  # doctest: +SKIP
        512
        """
        return seen(self.door, step(what), self.period(start, end), across_days=across_days)

    def values_seen(self, what: What, field: str, start: Day, end: Day) -> list[str]:
        """What such events in ``[start, end)`` say in a field, the most frequent first."""
        return values_seen(self.door, step(what), field, self.period(start, end))

    def whole_period(self) -> Period:
        """All days with data, up to today; the last twelve months when there are none."""
        days, today = self.span(), self.today()
        begin = days[0] if days else today - timedelta(days=365)
        return self.period(min(begin, today - timedelta(days=1)), today)

    def _seen(self) -> datetime:
        """Until when something can have been heard: this minute, or when old data ended."""
        now, zone, today = (
            utc_now().replace(second=0, microsecond=0),
            zone_named(self.zone),
            self.today(),
        )
        return now if today == local_day(now, zone) else midnight_utc(today, zone)


def among(value: str, allowed: Sequence[str], param: str) -> None:
    """``BadInput`` unless it is one of those."""
    if value not in allowed:
        raise BadInput(
            f"{value!r} is not allowed here. Allowed: {', '.join(allowed)}.", param=param,
            german=f"„{value}“ geht hier nicht. Möglich: {', '.join(allowed)}.",
        )  # fmt: skip
