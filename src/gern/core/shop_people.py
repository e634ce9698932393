"""What a shop says of single customers: lists, time line, what was said of them, counter card."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import date
from typing import Any

from gern.core.engines.question import Question
from gern.core.figures.people import lines_of, orders_of
from gern.core.people import listing
from gern.core.people import traits as said
from gern.core.people.card import counter_card
from gern.core.people.card.line import CardLine
from gern.core.people.events import bought_by, events_of
from gern.core.people.likes import Like, likes
from gern.core.people.listing import Filter, Found
from gern.core.people.portfolio import Portfolio, period_of, portfolio
from gern.core.people.timeline import Timeline, timeline
from gern.core.people.traits import ConsentSaid, Trait
from gern.core.shop_terms import ShopTerms
from gern.core.zones import local_day, zone_named

_AHEAD = ThreadPoolExecutor(4, "ahead")


class ShopPeople(ShopTerms):
    """The part of `Shop` that knows people."""

    def customers(
        self, wanted: Filter | None = None, *, today: date | None = None, **options: Any
    ) -> Found:
        """Customers that fit, a page at a time; see `people.listing.find`.

        >>> shop.customers(Filter(search="mueller"), sort="last").total  # doctest: +SKIP
        3
        """
        return listing.find(self.door, wanted or Filter(), today or self.today(), **options)

    def countries_of_customers(self) -> list[str]:
        """Where customers are, the most frequent first."""
        return listing.countries(self.door)

    def customer(self, person: str) -> dict[str, Any] | None:
        """Their row of the roster (all columns of `people.listing.COLUMNS`); None: nobody is
        called so."""
        rows = self.door.ask(
            Question(
                "SELECT * EXCLUDE (names, words, numbers) FROM customers WHERE person = $person",
                {"person": person},
                "a customer",
            )
        )
        return rows[0] if rows else None

    def ask_ahead(self, person: str) -> None:
        """Ask at the same time what the page of a customer asks one after the other; the door keeps
        the answers. Saves a fifth of the time on two cores."""
        here = zone_named(self.zone)
        fees = self.terms(inactive_after=1).fees
        asked = (
            lambda: self.customer(person), lambda: events_of(self.door, person),
            lambda: bought_by(self.door, person, fees, here), lambda: self.orders_of(person),
        )  # fmt: skip
        list(_AHEAD.map(lambda ask: ask(), asked))

    def traits(self, person: str) -> list[Trait]:
        """What was said of them, with origin and history."""
        return said.traits(events_of(self.door, person))

    def consents(self, person: str) -> list[ConsentSaid]:
        """What they agreed to and what they took back."""
        return said.consents(events_of(self.door, person))

    def timeline(self, person: str, **options: Any) -> Timeline:
        """Everything they did and everything done to them, newest first."""
        return timeline(self.door, person, **options)

    def counter_card(self, person: str, today: date | None = None) -> list[CardLine]:
        """The few lines the owner of a corner shop would know of them.

        >>> [line.text.en for line in shop.counter_card("12347")]  # doctest: +SKIP
        ['comes about every 54 days; expected on 3 Dec 2026']
        """
        terms = self.terms(inactive_after=1)
        return counter_card(
            self.door, person, today or self.today(), self.zone, roles=terms.roles, fees=terms.fees
        )

    def likes(self, person: str, today: date | None = None) -> list[Like]:
        """What they like, each with why and since when it was last so.

        >>> [like.what for like in shop.likes("12347")]  # doctest: +SKIP
        ['Tea']
        """
        events, here = events_of(self.door, person), zone_named(self.zone)
        return likes(
            self.door, person, events, said.traits(events), today or self.today(),
            lambda ts: local_day(ts, here), self.terms(inactive_after=1).fees,
        )  # fmt: skip

    def portfolio(self, day: date | None = None) -> Portfolio:
        """ABC and RFM over the twelve months before ``day`` (usually today)."""
        return portfolio(self.door, period_of(day or self.today(), self.zone))

    def orders_of(self, person: str) -> list[dict[str, Any]]:
        """The orders of one customer, newest first."""
        return orders_of(self.door, person)

    def lines_of(self, person: str, source: str, order_id: str) -> list[dict[str, Any]]:
        """The lines of one order of a customer."""
        return lines_of(self.door, person, source, order_id)
