"""The figures once more, in Polars and plain Python, written from the catalogue's definitions.

Shares no code with the library: works on a frame of lines with columns order, customer, time
(local), product, quantity, amount (Decimal), country, cancelled.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

Line = dict[str, Any]


def orders_of(lines: list[Line]) -> dict[str, dict[str, Any]]:
    """Order id → customer, time of its earliest line, purchase?, value when placed."""
    orders: dict[str, dict[str, Any]] = {}
    for line in lines:
        order = orders.setdefault(
            line["order"],
            {"customer": None, "time": line["time"], "positive": False, "cancelled": False,
             "value": Decimal(0), "products": set()},
        )  # fmt: skip
        order["customer"] = order["customer"] or line["customer"]
        order["time"] = min(order["time"], line["time"])
        order["cancelled"] |= line["cancelled"]
        if line["quantity"] > 0:
            order["positive"] = True
            order["value"] += line["amount"]
            order["products"].add(line["product"])
    for order in orders.values():
        order["purchase"] = order["positive"] and not order["cancelled"]
    return orders


def midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day)


class Recomputed:
    """All figures of issue 2 over ``[start, end)`` with window W, from local times."""

    def __init__(self, lines: list[Line], start: date, end: date, window_days: int):
        self.lines, self.start, self.end = lines, midnight(start), midnight(end)
        self.window = timedelta(days=window_days)
        self.orders = orders_of(lines)
        self.purchases: dict[str, list[datetime]] = defaultdict(list)
        for order in self.orders.values():
            if order["purchase"] and order["customer"]:
                self.purchases[order["customer"]].append(order["time"])

    def _inside(self, time: datetime) -> bool:
        return self.start <= time < self.end

    def _placed(self) -> list[dict[str, Any]]:
        return [o for o in self.orders.values() if o["purchase"] and self._inside(o["time"])]

    def _customers_at(self, day: datetime) -> set[str]:
        return {
            c
            for c, times in self.purchases.items()
            if any(day - self.window <= t < day for t in times)
        }

    def revenue(self) -> Fraction:
        return sum(
            (Fraction(x["amount"]) for x in self.lines if self._inside(x["time"])), Fraction(0)
        )

    def number_of_orders(self) -> int:
        return len(self._placed())

    def average_order_value(self) -> Fraction | None:
        placed = self._placed()
        return share(sum(Fraction(o["value"]) for o in placed), len(placed))

    def _known(self) -> list[dict[str, Any]]:
        return [o for o in self._placed() if o["customer"]]

    def purchase_frequency(self) -> Fraction | None:
        known = self._known()
        return share(len(known), len({o["customer"] for o in known}))

    def revenue_per_customer(self) -> Fraction | None:
        identified = sum(
            (
                Fraction(x["amount"])
                for x in self.lines
                if x["customer"] and self._inside(x["time"])
            ),
            Fraction(0),
        )
        return share(identified, len({o["customer"] for o in self._known()}))

    def repeat_purchase_rate(self) -> Fraction | None:
        count: dict[str, int] = defaultdict(int)
        for order in self._known():
            count[order["customer"]] += 1
        return percent(sum(1 for n in count.values() if n >= 2), len(count))

    def upsell_ratio(self) -> Fraction | None:
        kinds: dict[str, set[str]] = defaultdict(set)
        for order in self._known():
            kinds[order["customer"]] |= order["products"]
        return percent(sum(1 for k in kinds.values() if len(k - {None}) >= 2), len(kinds))

    def parts(self) -> dict[str, int]:
        start, end = self._customers_at(self.start), self._customers_at(self.end)
        first = {c: min(times) for c, times in self.purchases.items()}
        new = {c for c, t in first.items() if self._inside(t)}
        return {
            "S": len(start),
            "E": len(end),
            "N": len(new & end),
            "stayed": len(start & end),
            "lost": len(start - end),
            "won_back": len(end - start - new),
            "came_and_went": len(new - end),
        }

    def retention_rate(self) -> Fraction | None:
        p = self.parts()
        return percent(p["E"] - p["N"], p["S"])

    def retention_rate_strict(self) -> Fraction | None:
        p = self.parts()
        return percent(p["stayed"], p["S"])

    def churn_rate(self) -> Fraction | None:
        p = self.parts()
        return percent(p["lost"], Fraction(p["S"] + p["E"], 2))

    def regulars_rate(self) -> Fraction | None:
        end = self._customers_at(self.end)
        since = self.end - 2 * self.window
        regulars = [
            c for c in end if sum(1 for t in self.purchases[c] if since <= t < self.end) >= 3
        ]
        return percent(len(regulars), len(end))

    def all(self) -> dict[str, Fraction | None]:
        """Figure id → exact value."""
        return {
            "revenue": self.revenue(),
            "orders": Fraction(self.number_of_orders()),
            "average_order_value": self.average_order_value(),
            "purchase_frequency": self.purchase_frequency(),
            "revenue_per_customer": self.revenue_per_customer(),
            "repeat_purchase_rate": self.repeat_purchase_rate(),
            "upsell_ratio": self.upsell_ratio(),
            "retention_rate": self.retention_rate(),
            "retention_rate_strict": self.retention_rate_strict(),
            "churn_rate": self.churn_rate(),
            "regulars_rate": self.regulars_rate(),
        }


def share(part: Fraction | int, whole: Fraction | int) -> Fraction | None:
    return None if whole == 0 else Fraction(part) / Fraction(whole)


def percent(part: Fraction | int, whole: Fraction | int) -> Fraction | None:
    found = share(part, whole)
    return None if found is None else 100 * found
