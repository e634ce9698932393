"""What one customer likes, by what they bought, praised, wished for, looked at and said."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from gern.core.engines.door import Door
from gern.core.engines.question import Question
from gern.core.figures.periods import add_months
from gern.core.people.contact import plain_key
from gern.core.people.events import MOST_LINES, Events, properties
from gern.core.people.traits import Trait
from gern.core.text import Text

MOST = 8
GROUP_TIMES, GROUP_SHARE = 3, 0.3
"""A product group is liked when it was in so many purchases of a year, and this share of them."""
LOOKED, LOOKED_DAYS = 3, 90
"""A product is looked at when it was opened so often, within so many days, and not bought."""
GOOD_RATING = 4
_SAYS = ("interest", "hobb", "like", "prefer", "favo", "vorliebe", "liebling", "steckenpferd")
"""What the name of a trait that tells a liking has in it."""


@dataclass(frozen=True)
class Like:
    """``what`` as it was sent; ``why`` it counts; ``day``: when it was last so."""

    what: str
    why: Text
    day: date


@dataclass(frozen=True)
class _Bought:
    order: str
    group: str | None
    names: set[str | None]
    ts: datetime
    day: date


def likes(
    door: Door, person: str, events: Events, traits: Sequence[Trait], today: date,
    local: Callable[[datetime], date],
) -> list[Like]:  # fmt: skip
    """The strongest first: bought, said, praised, wished for, looked at; no thing twice.
    ``local``: the shop's day of an instant."""
    bought = _bought(door, person, today, local)
    found = [
        *_groups(bought),
        *_told(traits, local),
        *_praised(events, local),
        *_wished(events, bought, local),
        *_looked_at(events, bought, today, local),
    ]
    first: dict[str, Like] = {}
    for like in found:
        first.setdefault(like.what.casefold(), like)
    return list(first.values())[:MOST]


def _bought(
    door: Door, person: str, today: date, local: Callable[[datetime], date]
) -> list[_Bought]:
    """Of the last twelve months."""
    rows = door.ask(
        Question(
            "SELECT product, product_name, product_group, concat(source, ' ', order_id) AS bought_in,"
            " max(ts) AS ts FROM lines WHERE person = $person AND quantity > 0 AND amount > 0"
            " AND (source, order_id) IN (SELECT (source, order_id) FROM orders WHERE purchase AND"
            " person = $person) GROUP BY product, product_name, product_group, bought_in"
            f" ORDER BY ts DESC LIMIT {MOST_LINES}",
            {"person": person},
            "what a customer likes",
            person=person,
        )
    )
    begin = add_months(today, -12)
    found = [
        _Bought(row["bought_in"], row["product_group"], {row["product"], row["product_name"]},
                row["ts"], local(row["ts"]))
        for row in rows
    ]  # fmt: skip
    return [one for one in found if one.day >= begin]


def _groups(bought: list[_Bought]) -> list[Like]:
    purchases = len({one.order for one in bought})
    orders: dict[str, set[str]] = defaultdict(set)
    last: dict[str, date] = {}
    for one in bought:
        if one.group:
            orders[one.group].add(one.order)
            last[one.group] = max(one.day, last.get(one.group, one.day))
    return [
        Like(name, Text(f"in {len(among)} von {purchases} Käufen der letzten zwölf Monate",
                        f"in {len(among)} of {purchases} purchases of the last twelve months"), last[name])
        for name, among in sorted(orders.items(), key=lambda one: (-len(one[1]), one[0]))
        if len(among) >= max(GROUP_TIMES, GROUP_SHARE * purchases)
    ]  # fmt: skip


def _told(traits: Sequence[Trait], local: Callable[[datetime], date]) -> list[Like]:
    return [
        Like(trait.now.value, Text(f"Angabe „{trait.key}“", f"said: {trait.key}"), local(trait.now.ts))
        for trait in traits
        if trait.field is None and any(part in plain_key(trait.key) for part in _SAYS)
    ]  # fmt: skip


def _praised(events: Events, local: Callable[[datetime], date]) -> list[Like]:
    found = []
    for event in events:
        sent = properties(event)
        if event["name"] not in ("Product Reviewed", "Review Posted") or event["traffic"]:
            continue
        rating, name = _number(sent.get("rating")), _product(sent)
        good = (event["sign"] or 0) > 0 if rating is None else rating >= GOOD_RATING
        if good and name:
            said = "" if rating is None else f" ({rating:g})"
            why = Text(f"gut bewertet{said}", f"rated well{said}")
            found.append(Like(name, why, local(event["ts"])))
    return found


def _wished(events: Events, bought: list[_Bought], local: Callable[[datetime], date]) -> list[Like]:
    """What is on the wish list and was not taken off or bought since."""
    gone: set[str] = set()
    found = []
    for event in events:  # newest first
        name = _product(properties(event))
        if event["name"] == "Product Removed from Wishlist":
            gone.add(name)
        elif event["name"] == "Product Added to Wishlist" and name and name not in gone:
            gone.add(name)
            if not any(name in one.names and one.ts >= event["ts"] for one in bought):
                why = Text("auf der Wunschliste", "on the wish list")
                found.append(Like(name, why, local(event["ts"])))
    return found


def _looked_at(
    events: Events, bought: list[_Bought], today: date, local: Callable[[datetime], date]
) -> list[Like]:
    begin = today - timedelta(days=LOOKED_DAYS)
    has = {name for one in bought if one.day >= begin for name in one.names}
    seen: dict[str, list[date]] = defaultdict(list)
    for event in events:
        if (day := local(event["ts"])) < begin:
            break
        if event["name"] == "Product Viewed" and not event["traffic"]:
            sent = properties(event)
            if not has & set(_names(sent)):
                seen[_product(sent)].append(day)
    return [
        Like(name, Text(f"in {LOOKED_DAYS} Tagen {len(days)}-mal angesehen, nicht gekauft",
                        f"looked at {len(days)} times in {LOOKED_DAYS} days, not bought"), max(days))
        for name, days in sorted(seen.items(), key=lambda one: (-len(one[1]), one[0]))
        if name and len(days) >= LOOKED
    ]  # fmt: skip


def _names(sent: dict[str, Any]) -> list[str]:
    """What the product of an event is called: its name first, then its ids."""
    values = (
        sent.get(key) for key in ("name", "product_name", "title", "product_id", "product", "sku")
    )
    return [text for v in values if isinstance(v, str | int) and (text := str(v).strip()[:120])]


def _product(sent: dict[str, Any]) -> str:
    return next(iter(_names(sent)), "")


def _number(value: Any) -> float | None:
    try:
        return float(value)
    except (TypeError, ValueError):
        return None
