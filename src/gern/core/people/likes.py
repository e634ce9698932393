"""What one customer likes, by what they bought, praised, wished for, looked at and said."""

from __future__ import annotations

import json
import re
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

MOST, MOST_GROUPS = 8, 4
GROUP_TIMES, GROUP_SHARE = 3, 0.3
"""A product group is liked when it was in so many purchases of a year, and this share of them."""
LOOKED, LOOKED_DAYS = 3, 90
"""A product is looked at when it was opened so often, within so many days, and not bought."""
GOOD_RATING, BEST_RATING = 4, 5
_BARE = re.compile(r"|true|false|yes|no|ja|nein|null|none|-?[\d.,\s]+", re.IGNORECASE)
"""What is no thing to like."""
_SAYS = re.compile(
    r"^(my)?(interests?|interessen?|hobb(y|ies|ys)|likes?|mag|vorlieben?|preferences?|favou?rites?"
    r"|(favou?rites?|preferred|liebling(s)?|bevorzugte?s?)(?!language|sprache|channel|kanal|contact|kontakt)\w+"
    r"|steckenpferde?)$"
)
"""How a trait is called that tells a liking (`contact.plain_key`)."""


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
    name: str | None
    names: set[str]
    ts: datetime
    day: date


def likes(
    door: Door, person: str, events: Events, traits: Sequence[Trait], today: date,
    local: Callable[[datetime], date], fees: Sequence[str],
) -> list[Like]:  # fmt: skip
    """The strongest first: bought, said, praised, wished for, looked at; no thing twice.
    ``local``: the shop's day of an instant."""
    bought = _bought(door, person, fees, local)
    found = [
        *_groups(bought, today),
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
    door: Door, person: str, fees: Sequence[str], local: Callable[[datetime], date]
) -> list[_Bought]:
    """Everything they ever bought, without fees; the newest first."""
    rows = door.ask(
        Question(
            "SELECT product, product_name, product_group, concat(source, ' ', order_id) AS bought_in,"
            " max(ts) AS ts FROM lines WHERE person = $person AND quantity > 0 AND amount > 0"
            " AND NOT coalesce(list_contains($fees, product), false)"
            " AND (source, order_id) IN (SELECT (source, order_id) FROM orders WHERE purchase AND"
            " person = $person) GROUP BY product, product_name, product_group, bought_in"
            f" ORDER BY ts DESC LIMIT {MOST_LINES}",
            {"person": person, "fees": list(fees) or [""]},
            "what a customer likes",
            person=person,
        )
    )
    return [
        _Bought(row["bought_in"], row["product_group"], row["product_name"] or row["product"],
                {str(n) for n in (row["product_name"], row["product"]) if n is not None},
                row["ts"], local(row["ts"]))
        for row in rows
    ]  # fmt: skip


def _groups(bought: list[_Bought], today: date) -> list[Like]:
    """Product groups, or products where no groups are known."""
    begin = add_months(today, -12)
    bought = [one for one in bought if one.day >= begin]
    purchases = len({one.order for one in bought})
    grouped = any(one.group for one in bought)
    orders: dict[str, set[str]] = defaultdict(set)
    last: dict[str, date] = {}
    for one in bought:
        if name := one.group if grouped else one.name:
            orders[name].add(one.order)
            last[name] = max(one.day, last.get(name, one.day))
    return [
        Like(name, Text(f"in {len(among)} von {purchases} Käufen der letzten zwölf Monate",
                        f"in {len(among)} of {purchases} purchases of the last twelve months"), last[name])
        for name, among in sorted(orders.items(), key=lambda one: (-len(one[1]), one[0]))
        if len(among) >= max(GROUP_TIMES, GROUP_SHARE * purchases)
    ][:MOST_GROUPS]  # fmt: skip


def _told(traits: Sequence[Trait], local: Callable[[datetime], date]) -> list[Like]:
    return [
        Like(value, Text(f"Angabe „{trait.key}“", f"said: {trait.key}"), local(trait.now.ts))
        for trait in traits
        if trait.field is None and _SAYS.match(plain_key(trait.key))
        for value in _listed(trait.now.value)
    ]


def _listed(text: str) -> list[str]:
    """The values of a trait: a list sent as JSON or with commas; no numbers, no yes or no."""
    try:
        said = json.loads(text)
    except ValueError:
        said = text.split(",")
    values = said if isinstance(said, list) else [said]
    return [one.strip()[:120] for one in values if isinstance(one, str) and not _BARE.fullmatch(one.strip())]  # fmt: skip


def _praised(events: Events, local: Callable[[datetime], date]) -> list[Like]:
    """By the last word on each product, on a scale of five."""
    found: list[Like] = []
    judged: set[str] = set()
    for event in events:  # newest first
        names = _names(properties(event))
        if event["name"] not in ("Product Reviewed", "Review Posted") or event["traffic"]:
            continue
        if not names or judged & set(names):
            continue
        judged |= set(names)
        rating = _number(properties(event).get("rating"))
        good = (event["sign"] or 0) > 0 if rating is None else GOOD_RATING <= rating <= BEST_RATING
        if good:
            said = "" if rating is None else f" ({rating:g})"
            why = Text(f"gut bewertet{said}", f"rated well{said}")
            found.append(Like(names[0], why, local(event["ts"])))
    return found


def _wished(events: Events, bought: list[_Bought], local: Callable[[datetime], date]) -> list[Like]:
    """What is on the wish list and was not taken off or bought since."""
    gone: set[str] = set()
    found = []
    for event in events:  # newest first
        names = _names(properties(event))
        if event["traffic"] or not names:
            continue
        if event["name"] == "Product Removed from Wishlist":
            gone |= set(names)
        elif event["name"] == "Product Added to Wishlist" and not gone & set(names):
            gone |= set(names)
            if not any(one.names & set(names) and one.ts >= event["ts"] for one in bought):
                why = Text("auf der Wunschliste", "on the wish list")
                found.append(Like(names[0], why, local(event["ts"])))
    return found


def _looked_at(
    events: Events, bought: list[_Bought], today: date, local: Callable[[datetime], date]
) -> list[Like]:
    begin = today - timedelta(days=LOOKED_DAYS)
    has = {name for one in bought for name in one.names}
    seen: dict[str, list[date]] = defaultdict(list)
    for event in events:
        if (day := local(event["ts"])) < begin:
            break
        names = _names(properties(event))
        if event["name"] == "Product Viewed" and not event["traffic"] and names and not has & set(names):  # fmt: skip
            seen[names[0]].append(day)
    return [
        Like(name, Text(f"in {LOOKED_DAYS} Tagen {len(days)}-mal angesehen, nicht gekauft",
                        f"looked at {len(days)} times in {LOOKED_DAYS} days, not bought"), max(days))
        for name, days in sorted(seen.items(), key=lambda one: (-len(one[1]), one[0]))
        if len(days) >= LOOKED
    ]  # fmt: skip


def _names(sent: dict[str, Any]) -> list[str]:
    """What the product of an event is called: its name first, then its ids."""
    values = (
        sent.get(key) for key in ("name", "product_name", "title", "product_id", "product", "sku")
    )
    return [text for v in values if isinstance(v, str | int) and (text := str(v).strip()[:120])]


def _number(value: Any) -> float | None:
    try:
        return float(value)
    except (TypeError, ValueError):
        return None
