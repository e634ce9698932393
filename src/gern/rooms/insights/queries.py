"""What the pages need from the library, computed once for each state of the log."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from threading import Lock
from typing import Any, TypeVar

from gern.core.engines.door import Question
from gern.core.figures.answer import Answer
from gern.core.figures.definition import Figure
from gern.core.figures.leaving import Leaving
from gern.core.figures.periods import Period, in_range
from gern.core.figures.primitives.base import LINE_DIMENSIONS
from gern.core.shop import Shop

T = TypeVar("T")
_KEPT = 300
_cache: OrderedDict[Hashable, Any] = OrderedDict()
_lock = Lock()


@dataclass(frozen=True)
class Tile:
    """A figure on the figures page. ``trend``: the same length of period, a month apart."""

    figure: Figure
    answer: Answer
    previous: Answer | None
    year_before: Answer | None
    trend: list[Answer | None]

    @property
    def values(self) -> list[float | None]:
        """The trend as numbers."""
        return [None if a is None else a.value for a in self.trend]


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


def tiles(shop: Shop, period: Period) -> list[Tile]:
    """Every figure over the period, compared, with its trend."""
    return _once(shop, ("tiles", period), lambda: [tile(shop, f, period) for f in shop.figures()])


def tile(shop: Shop, figure: Figure, period: Period) -> Tile:
    """One figure over the period, compared, with its trend."""
    return _once(shop, ("tile", figure.id, period), lambda: _tile(shop, figure, period))


def _tile(shop: Shop, figure: Figure, period: Period) -> Tile:
    return Tile(
        figure,
        shop.figure(figure.id, period.start, period.end, zone=period.zone, with_interval=False),
        _if_covered(shop, figure, in_range(period.before)),
        _if_covered(shop, figure, in_range(period.year_before)),
        shop.trend(figure.id, period.start, period.end),
    )


def answer(shop: Shop, figure: Figure, period: Period, by: str | None) -> Answer:
    """The figure with its interval, broken down or not."""
    return _once(
        shop,
        ("answer", figure.id, period, by),
        lambda: shop.figure(figure.id, period.start, period.end, by=by),
    )


def briefing(shop: Shop) -> Facts:
    """The facts of the usual period."""
    period = shop.usual_period()
    return _once(shop, ("briefing", period), lambda: _facts(shop, period))


def _facts(shop: Shop, period: Period) -> Facts:
    by_id = {t.figure.id: t for t in tiles(shop, period)}
    revenue = by_id["revenue"].answer
    unknown = float(revenue.parts["without_customer"]) / revenue.value if revenue.value else None
    strict = by_id["retention_rate_strict"]
    return Facts(
        period,
        retention=by_id["retention_rate"],
        strict=strict,
        revenue=by_id["revenue"],
        repeat=by_id["repeat_purchase_rate"],
        regulars=by_id["regulars_rate"],
        spent_each=by_id["revenue_per_customer"],
        leaving=shop.leaving(period.end),
        unknown_share=unknown,
        strict_interval=answer(shop, strict.figure, period, None).interval,
    )


def dimensions(shop: Shop, figure: Figure) -> list[str]:
    """What the figure can be broken down by and the data hold at all."""
    filled = _once(shop, "dimensions", lambda: _filled(shop))
    return [id for id in figure.dimensions if id in filled]


def _filled(shop: Shop) -> set[str]:
    counts = ", ".join(f"count({name}) AS {name}" for name in LINE_DIMENSIONS)
    row = shop.door.ask(Question(f"SELECT {counts} FROM lines", {}, "dimensions with data"))[0]
    return {name for name in LINE_DIMENSIONS if row[name]}


def _if_covered(shop: Shop, figure: Figure, period: Period | None) -> Answer | None:
    """None where the data do not reach back far enough for a fair comparison."""
    days = shop.span()
    if period is None or days is None or period.start < days[0]:
        return None
    found = shop.figure(figure.id, period.start, period.end, with_interval=False)
    return None if any(n.code == "history_short" for n in found.notes) else found


def _once(shop: Shop, key: Hashable, compute: Callable[[], T]) -> T:
    """The result for this version of the log (settings count too), computed at most once."""
    full = (str(shop.home.path), shop.manifest.version(), key)
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
