"""What the relationship with customers has brought: profit by year of the relationship, and which
part of their demand and spending stays with us.

A year of the relationship begins with the first purchase and its anniversaries (local days). Its
profit, as far as it is known (setting ``profit``):

    margin × revenue of product groups bought in the first year   (base)
  + margin × revenue of other groups                              (cross-selling)
  + acquisition cost × referrals they made                        (customers nobody had to win)
  − acquisition cost, in the first year

Revenue is after returns. Without a margin only revenue can be told. Saved service cost and a price
premium are known to no log; they are left out. Source of the form: F. Reichheld, W. Sasser, Zero
Defections, Harvard Business Review 5/1990.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from gern.core.conditions.nodes import Condition
from gern.core.conditions.plain import holds_for_event
from gern.core.conditions.sql import event_sql
from gern.core.engines.local import local_day_sql
from gern.core.engines.question import Question
from gern.core.figures.periods import add_months
from gern.core.figures.roles import role_condition
from gern.core.people.events import Events, events_of, properties
from gern.core.people.portfolio import period_of
from gern.core.zones import local_day, zone_named

if TYPE_CHECKING:
    from gern.core.shop import Shop

MOST_YEARS = 20

_YEARS = """
WITH firsts AS (
  SELECT person, min({local}) AS first FROM orders WHERE purchase AND person IS NOT NULL
  GROUP BY person
), bought AS (
  SELECT l.person, date_sub('year', f.first, {line_day}) + 1 AS year,
    coalesce(l.product_group, '') AS product_group, sum(l.amount) AS revenue
  FROM lines AS l JOIN firsts AS f ON f.person = l.person
  WHERE {line_day} >= f.first AND {line_day} <= $today GROUP BY ALL
), known AS (
  SELECT DISTINCT person, product_group FROM bought WHERE year = 1
), sums AS (
  SELECT b.person, b.year, sum(b.revenue) FILTER (k.person IS NOT NULL) AS base,
    sum(b.revenue) FILTER (k.person IS NULL) AS cross_sell
  FROM bought AS b LEFT JOIN known AS k ON k.person = b.person AND k.product_group = b.product_group
  GROUP BY b.person, b.year
), made AS (
  SELECT e.person, date_sub('year', f.first, {event_day}) + 1 AS year, count(*) AS referrals
  FROM events AS e JOIN firsts AS f ON f.person = e.person
  WHERE e.traffic IS NULL AND {referral} AND {event_day} >= f.first AND {event_day} <= $today
  GROUP BY ALL
), years AS (
  SELECT f.person, n.year, coalesce(s.base, 0) AS base, coalesce(s.cross_sell, 0) AS cross_sell,
    coalesce(m.referrals, 0) AS referrals
  FROM firsts AS f JOIN (SELECT unnest($numbers) AS year) AS n
    ON n.year <= date_sub('year', f.first, $today)
  LEFT JOIN sums AS s ON s.person = f.person AND s.year = n.year
  LEFT JOIN made AS m ON m.person = f.person AND m.year = n.year
)
"""


@dataclass(frozen=True)
class Profit:
    """The setting: contribution margin as a share (0 to 1), cost of winning a customer; None: not
    said."""

    margin: Decimal | None
    acquisition: Decimal | None


@dataclass(frozen=True)
class Year:
    """A year of the relationship, summed over ``customers``. ``base``, ``cross_sell``: revenue after
    returns; ``whole``: it is over for all of them."""

    number: int
    customers: int
    whole: bool
    base: Decimal
    cross_sell: Decimal
    referrals: int

    @property
    def revenue(self) -> Decimal:
        """Of both."""
        return self.base + self.cross_sell

    def acquisition(self, terms: Profit) -> Decimal:
        """What winning them cost, in the first year (negative)."""
        first = self.number == 1 and terms.acquisition
        return -terms.acquisition * self.customers if first and terms.acquisition else Decimal(0)

    def referred(self, terms: Profit) -> Decimal:
        """What their referrals saved."""
        return (terms.acquisition or Decimal(0)) * self.referrals

    def profit(self, terms: Profit) -> Decimal | None:
        """As far as it is known; None without a margin."""
        if terms.margin is None:
            return None
        return terms.margin * self.revenue + self.acquisition(terms) + self.referred(terms)


@dataclass(frozen=True)
class Share:
    """Of one customer, percent of what they said they need or spend; None: they said nothing."""

    of_wallet: float | None
    of_demand: float | None


def profit_terms(shop: Shop) -> Profit:
    """The setting ``profit``."""
    said = shop.setting("profit").value or {}
    margin, acquisition = said.get("margin"), said.get("acquisition")
    return Profit(
        None if margin is None else Decimal(str(margin)) / 100,
        None if acquisition is None else Decimal(str(acquisition)),
    )


def years_of(shop: Shop, person: str, today: date) -> list[Year]:
    """The years of one customer, the running one last; none before their first purchase."""
    here = zone_named(shop.zone)
    days = [local_day(order["ts"], here) for order in shop.orders_of(person) if order["purchase"]]
    first = min((day for day in days if day <= today), default=None)
    if first is None:
        return []
    base, cross_sell = defaultdict[int, Decimal](Decimal), defaultdict[int, Decimal](Decimal)
    sums = [s for s in _sums(shop, person) if first <= s.day <= today]
    known = {s.group for s in sums if _year(first, s.day) == 1}
    for one in sums:
        (base if one.group in known else cross_sell)[_year(first, one.day)] += one.revenue
    role = role_condition("referral_made", shop.terms(inactive_after=1).roles)
    referrals = Counter(
        _year(first, day)
        for event in events_of(shop.door, person)
        if event["traffic"] is None and holds_for_event(role, event)
        and first <= (day := local_day(event["ts"], here)) <= today
    )  # fmt: skip
    last = _year(first, today)
    return [
        Year(n, 1, n < last, base[n], cross_sell[n], referrals[n])
        for n in range(1, min(last, MOST_YEARS) + 1)
    ]


def share_of(shop: Shop, person: str, today: date) -> Share:
    """Share of wallet and penetration of one customer over the twelve months before the day, as the
    figures count them."""
    period = period_of(today, shop.zone)
    roles = shop.terms(inactive_after=1).roles
    events = [e for e in events_of(shop.door, person) if e["traffic"] is None and e["ts"] < period.until]  # fmt: skip
    stated = [
        _stated(events, role_condition(role, roles), field)
        for role, field in (("spend", "amount"), ("demand", "quantity"))
    ]
    if not any(stated):
        return Share(None, None)
    sums = [s for s in _sums(shop, person) if period.start <= s.day < period.end]

    def share(said: dict[str, Decimal], own: Callable[[_Sum], Decimal]) -> float | None:
        total = sum((own(s) for group in said for s in sums if group in ("", s.group)), Decimal(0))
        return float(100 * total * 365 / (sum(said.values()) * period.days)) if said else None

    return Share(share(stated[0], lambda s: s.revenue), share(stated[1], lambda s: s.quantity))


def _stated(events: Events, role: Condition, field: str) -> dict[str, Decimal]:
    """The last said by product group (empty: of all)."""
    found: dict[str, Decimal] = {}
    for event in events:  # newest first
        sent = properties(event)
        try:
            amount = Decimal(str(sent.get(field)))
            told = amount.is_finite() and amount > 0
        except ArithmeticError:  # no number
            continue
        if told and holds_for_event(role, event):
            found.setdefault(str(sent.get("product_group") or ""), amount)
    return found


@dataclass(frozen=True)
class _Sum:
    day: date
    group: str
    revenue: Decimal
    quantity: Decimal


def _sums(shop: Shop, person: str) -> list[_Sum]:
    """What they bought and took back, by day and product group."""
    rows = shop.door.ask(Question(
        f"SELECT {_day(shop, 'ts')} AS day, coalesce(product_group, '') AS product_group,"
        " sum(amount) AS revenue, sum(quantity) AS quantity FROM lines WHERE person = $person GROUP BY ALL",
        {"person": person}, "what a customer brought", person=person,
    ))  # fmt: skip
    return [_Sum(*row.values()) for row in rows]


def _year(first: date, day: date) -> int:
    """Which year of the relationship a day lies in; on 29 February it turns on the 28th."""
    years = day.year - first.year
    return years + 1 if add_months(first, 12 * years) <= day else years


def _day(shop: Shop, column: str) -> str:
    first, last = shop.door.span()
    return local_day_sql(column, shop.zone, first.year if first else 2000, last.year if last else 2000)  # fmt: skip


def years(shop: Shop, today: date) -> list[Year]:
    """Of all customers whose year is over: how many came so far, and what it brought."""
    referral = event_sql(role_condition("referral_made", shop.terms(inactive_after=1).roles))
    sql = _YEARS.format(
        local=_day(shop, "ts"), line_day=_day(shop, "l.ts"), event_day=_day(shop, "e.ts"),
        referral=referral,
    )  # fmt: skip
    rows: list[dict[str, Any]] = shop.door.ask(Question(
        f"{sql} SELECT year AS number, count(*) AS customers, sum(base) AS base, sum(cross_sell) AS"
        " cross_sell, CAST(sum(referrals) AS BIGINT) AS referrals FROM years GROUP BY year ORDER BY year",
        {"today": today, "numbers": list(range(1, MOST_YEARS + 1))}, "profit over the relationship",
    ))  # fmt: skip
    return [Year(whole=True, **row) for row in rows]
