"""What the pages need from the library, computed once for each state of the log."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable, Collection, Hashable
from dataclasses import dataclass
from datetime import UTC, datetime
from threading import Lock
from typing import Any, TypeVar

from gern.core.conditions.tree import NAMING
from gern.core.engines.question import Question
from gern.core.figures.answer import Answer
from gern.core.figures.asking import TRAIT, Granularity
from gern.core.figures.catalogue import FIGURES
from gern.core.figures.compute import Point
from gern.core.figures.definition import FAMILIES, Figure, Waiting
from gern.core.figures.leaving import Leaving
from gern.core.figures.periods import Period, in_range
from gern.core.figures.primitives.base import EVENT_DIMENSIONS, LINE_DIMENSIONS, dimension_sql
from gern.core.figures.waiting import WAITING
from gern.core.people.contact import field_of
from gern.core.shop import Shop
from gern.core.text import Text
from gern.kit import conditions as editor

T = TypeVar("T")
_KEPT = 600
MOST_TRAITS = 12
OF_SCORES = frozenset(figure.id for figure in FIGURES.values() if figure.of_scores)
"""These change when somebody contests what is predicted of them."""
LONG_DAYS = 100
Development = list[Answer | Point | None]
_cache: OrderedDict[Hashable, Any] = OrderedDict()
_lock = Lock()


@dataclass(frozen=True)
class Tile:
    """A figure over a period, compared. ``line``: how it came there, see `line`."""

    figure: Figure
    answer: Answer
    previous: Answer | None
    year_before: Answer | None
    line: Development

    @property
    def values(self) -> list[float | None]:
        """The line as numbers."""
        return [None if one is None else one.value for one in self.line]


@dataclass(frozen=True)
class Facts:
    """What the briefing speaks of. ``None``: not known from these data."""

    period: Period
    retention: Tile
    strict: Tile
    revenue: Tile
    repeat: Tile
    regulars: Tile
    spent_each: Tile
    leaving: Leaving
    unknown_share: float | None
    strict_interval: tuple[float, float] | None


@dataclass(frozen=True)
class Slot:
    """A place on the figures page. ``tile`` None: not computed yet, the page fetches it."""

    figure: Figure
    tile: Tile | None


@dataclass(frozen=True)
class Family:
    """Figures that belong together."""

    title: Text
    slots: list[Slot]


@dataclass(frozen=True)
class Missing:
    """A figure that can say nothing yet, and what it waits for."""

    figure: Figure | Waiting
    waits_for: list[Text]


def families(
    shop: Shop, period: Period, figures: Collection[Figure], seconds: float
) -> list[Family]:
    """These figures by family: what is known already, and what can be computed in so many seconds."""
    until = time.monotonic() + seconds

    def slot(figure: Figure) -> Slot:
        if time.monotonic() < until or is_known(shop, _tile_key(figure, period)):
            return Slot(figure, tile(shop, figure, period))
        return Slot(figure, None)

    found = [
        Family(title, [slot(figure) for figure in figures if figure.family == family])
        for family, title in FAMILIES.items()
    ]
    return [family for family in found if family.slots]


def ready(shop: Shop) -> list[Figure]:
    """The figures that have their data."""
    return once(shop, "ready", lambda: [f for f in shop.figures() if not shop.waits_for(f)])


def missing(shop: Shop) -> list[Missing]:
    """The figures without their data, and those that come with a later room."""
    return once(shop, "missing", lambda: _missing(shop))


def _missing(shop: Shop) -> list[Missing]:
    waiting = [(f, shop.waits_for(f)) for f in shop.figures()]
    return [
        *(Missing(f, lacks) for f, lacks in waiting if lacks),
        *(Missing(w, [w.waits_for]) for w in WAITING.values()),
    ]


def tile(shop: Shop, figure: Figure, period: Period) -> Tile:
    """One figure over the period, compared, with its trend."""
    return once(shop, _tile_key(figure, period), lambda: _tile(shop, figure, period))


def _tile_key(figure: Figure, period: Period) -> Hashable:
    return ("tile", figure.id, period)


def _tile(shop: Shop, figure: Figure, period: Period) -> Tile:
    return Tile(
        figure,
        shop.figure(figure.id, period.start, period.end, zone=period.zone, with_interval=False),
        _if_covered(shop, figure, in_range(period.before)),
        _if_covered(shop, figure, in_range(period.year_before)),
        line(shop, figure, period),
    )


def line(shop: Shop, figure: Figure, period: Period) -> Development:
    """For the little line: long periods by month; others beside periods of the same length, each a
    month later, up to this one."""
    step = usual_step(figure, period)
    return [*points(shop, figure, period, step)] if step else trend(shop, figure, period)


def usual_step(figure: Figure, period: Period) -> Granularity | None:
    """``month`` where twelve long periods would cost twelve long queries, and one gives all."""
    return "month" if figure.primitive.in_buckets and period.days > LONG_DAYS else None


def trend(shop: Shop, figure: Figure, period: Period) -> Development:
    """Periods of the same length, a month apart, up to this one; None before the data begin."""
    key = ("trend", figure.id, period)
    return once(shop, key, lambda: [*shop.trend(figure.id, period.start, period.end)])


def points(shop: Shop, figure: Figure, period: Period, every: Granularity) -> list[Point]:
    """The figure by day, week, month …, as far as the data reach back: what lies before them is not
    0 but unknown."""
    return once(
        shop, ("points", figure.id, period, every), lambda: _points(shop, figure, period, every)
    )


def _points(shop: Shop, figure: Figure, period: Period, every: Granularity) -> list[Point]:
    found = shop.series(figure.id, period.start, period.end, every, zone=period.zone)
    known_from = shop.known_from(figure)
    return [p for p in found if known_from and (p.period.start >= known_from or (
        not figure.needs_window and p.period.end > known_from))]  # fmt: skip


def answer(shop: Shop, figure: Figure, period: Period, by: str | None) -> Answer:
    """The figure with its interval, broken down or not."""
    return once(
        shop,
        ("answer", figure.id, period, by),
        lambda: shop.figure(figure.id, period.start, period.end, by=by),
    )


def briefing(shop: Shop) -> Facts:
    """The facts of the usual period."""
    period = shop.usual_period()
    return once(shop, ("briefing", period), lambda: _facts(shop, period))


def _facts(shop: Shop, period: Period) -> Facts:
    def of(id: str) -> Tile:
        return tile(shop, FIGURES[id], period)

    revenue = of("revenue").answer
    unknown = float(revenue.parts["without_customer"]) / revenue.value if revenue.value else None
    strict = of("retention_rate_strict")
    return Facts(
        period,
        retention=of("retention_rate"),
        strict=strict,
        revenue=of("revenue"),
        repeat=of("repeat_purchase_rate"),
        regulars=of("regulars_rate"),
        spent_each=of("revenue_per_customer"),
        leaving=shop.leaving(period.end),
        unknown_share=unknown,
        strict_interval=answer(shop, strict.figure, period, None).interval,
    )


def dimensions(shop: Shop, figure: Figure) -> list[str]:
    """What the figure can be broken down by and the data hold at all; traits last."""
    lines, events, traits = once(shop, "dimensions", lambda: _filled(shop))
    filled = lines if set(figure.dimensions) <= set(LINE_DIMENSIONS) else events
    return [*(id for id in figure.dimensions if id in filled), *(TRAIT + key for key in traits)]


def _filled(shop: Shop) -> tuple[set[str], set[str], list[str]]:
    """Dimensions with data on order lines and on events, and the traits said of people."""
    found = []
    for names, relation in (
        (LINE_DIMENSIONS, "lines"),
        ((*EVENT_DIMENSIONS, "about", "account"), "events"),
    ):
        counts = ", ".join(f"count({dimension_sql(name)}) AS {name}" for name in names)
        row = shop.door.ask(Question(f"SELECT {counts} FROM {relation}", {}, "dimensions"))[0]
        found.append({name for name in names if row[name]})
    return found[0], found[1], groupable_traits(shop)


def groupable_traits(shop: Shop) -> list[str]:
    """What was said of people and can group them: not their names and addresses."""
    return [key for key in editor.traits(shop) if field_of(key) not in NAMING][:MOST_TRAITS]


def _if_covered(shop: Shop, figure: Figure, period: Period | None) -> Answer | None:
    """None where the data do not reach back far enough for a fair comparison."""
    days = shop.span()
    if period is None or days is None or period.start < days[0]:
        return None
    found = shop.figure(figure.id, period.start, period.end, with_interval=False)
    return None if any(n.code == "history_short" for n in found.notes) else found


def once(shop: Shop, key: Hashable, compute: Callable[[], T]) -> T:
    """The result for this version of the log (settings count too), computed at most once a day:
    windows run out with time (carts, promises), so that tomorrow's number may be another."""
    full = _full(shop, key)
    with _lock:
        if full in _cache:
            _cache.move_to_end(full)
            found: T = _cache[full]
            return found
    value = compute()
    with _lock:
        _cache[full] = value
        while len(_cache) > _KEPT:
            _cache.popitem(last=False)
    return value


def is_known(shop: Shop, key: Hashable) -> bool:
    """Whether `once` would answer at once."""
    with _lock:
        return _full(shop, key) in _cache


def _full(shop: Shop, key: Hashable) -> Hashable:
    if isinstance(key, tuple) and len(key) > 1 and key[1] in OF_SCORES:
        key = (key, frozenset(shop.left_out_of_scores()))
    return (str(shop.home.path), shop.manifest.version(), datetime.now(UTC).date(), key)
