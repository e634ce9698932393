"""What a tile shows: the same on the page, in presentation, in a mail and behind a shared link."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from gern.core.errors import BadInput
from gern.core.figures.answer import Answer, Group
from gern.core.figures.asking import TRAIT
from gern.core.figures.compute import Point
from gern.core.figures.definition import Figure
from gern.core.figures.periods import Period
from gern.core.shop import Shop
from gern.kit import formats
from gern.kit.charts import Spec
from gern.kit.errors import said
from gern.rooms.insights import pictures, queries
from gern.rooms.insights.access import dimensions, is_aggregate, may_see
from gern.rooms.insights.dashboards.services import Placed
from gern.rooms.insights.models import Tile
from gern.rooms.insights.tables import dimension_name

FEWEST = 5
"""Outsiders see no group and no number that rests on fewer persons."""
GROUPS = 8


@dataclass(frozen=True)
class Content:
    """One tile, computed. ``rows``: the picture as a table; ``problem``: why it shows nothing."""

    placed: Placed
    title: str
    subtitle: str
    value: str
    tile: queries.Tile | None
    spec: Spec | None
    head: tuple[str, str]
    rows: list[tuple[str, str]]
    problem: str

    @property
    def figure(self) -> Figure:
        """What it is about."""
        return self.placed.figure


def content(shop: Shop, placed: Placed, period: Period, user: Any) -> Content:
    """For a reader with an account; ``user`` None: for an outsider, aggregates only and no group
    under `FEWEST`."""
    figure, outside = placed.figure, user is None
    if not (is_aggregate(figure) if outside else may_see(user, figure)):
        return _nothing(placed, _("This figure can be about single persons; it is not shown here."))
    if placed.kind == Tile.Kind.GROUPS:
        allowed = queries.dimensions(shop, figure) if outside else dimensions(user, figure)
        if placed.by not in allowed or (outside and placed.by.startswith(TRAIT)):
            return _nothing(placed, _("There are no data for this breakdown, or none for you."))
        return _groups(shop, placed, period, outside)
    tile = queries.tile(shop, figure, period)
    if outside:
        if _hidden(tile.answer.n):
            return _nothing(placed, _few())
        tile = _for_outsiders(tile)
    if placed.kind == Tile.Kind.TREND:
        return _trend(shop, placed, period, tile, outside)
    return _made(placed, tile, formats.answer_value(tile.answer), None, [], "")


def shown_groups(groups: list[Group], outside: bool) -> list[Group]:
    """For outsiders without those under `FEWEST` persons; were only one left out, its number would
    be the rest of the sum: the next smallest goes with it."""
    if not outside:
        return groups
    hidden = {id(g) for g in groups if _hidden(g.n)}
    left = sorted((g for g in groups if id(g) not in hidden), key=lambda g: g.n)
    if len(hidden) == 1 and left:
        hidden.add(id(left[0]))
    return [g for g in groups if id(g) not in hidden]


def _groups(shop: Shop, placed: Placed, period: Period, outside: bool) -> Content:
    answer = queries.answer(shop, placed.figure, period, placed.by)
    groups = shown_groups(answer.groups, outside)
    rows = [
        (pictures.group_name(g), formats.value_of(g.value, answer.unit)) for g in groups[:GROUPS]
    ]
    if not rows:
        return _nothing(placed, _few() if answer.groups else _("No data in this period."))
    spec = pictures.bars_of(groups[:GROUPS], answer)
    by = _("by %(dimension)s") % {"dimension": dimension_name(placed.by)}
    note = "" if len(groups) == len(answer.groups) else _few()
    value = "" if outside and _hidden(answer.n) else formats.answer_value(answer)
    return _made(
        placed, None, value, spec, rows, by, (dimension_name(placed.by), _name(answer)), note
    )


def _trend(
    shop: Shop, placed: Placed, period: Period, tile: queries.Tile, outside: bool
) -> Content:
    try:
        points = queries.points(shop, placed.figure, period, placed.step or "month")  # type: ignore[arg-type]
    except BadInput as error:
        return _nothing(placed, said(error))
    shown = [p for p in points if not (outside and _hidden(p.n) and p.n)]
    spec = pictures.series(shown, tile.answer) if len(shown) > 1 else None
    rows = [
        (row["period"], row["shown"]) for row in pictures.series_points(shown, tile.answer.unit)
    ]
    note = "" if len(shown) == len(points) else _few()
    return _made(
        placed, tile, formats.answer_value(tile.answer), spec, rows, _step_name(points, placed.step),
        (_("Period"), _name(tile.answer)), note,
    )  # fmt: skip


def _for_outsiders(tile: queries.Tile) -> queries.Tile:
    """Earlier numbers that rest on too few are left out of it too."""

    def kept(answer: Answer | None) -> Answer | None:
        return None if answer is None or _hidden(answer.n) else answer

    return replace(
        tile, previous=kept(tile.previous), year_before=kept(tile.year_before),
        trend=[kept(answer) for answer in tile.trend],
    )  # fmt: skip


def _step_name(points: list[Point], step: str) -> str:
    return {
        "day": _("by day"), "week": _("by week"), "month": _("by month"),
        "quarter": _("by quarter"), "year": _("by year"),
    }.get(step, "")  # fmt: skip


def _made(
    placed: Placed, tile: queries.Tile | None, value: str, spec: Spec | None,
    rows: list[tuple[str, str]], subtitle: str, head: tuple[str, str] = ("", ""), problem: str = "",
) -> Content:  # fmt: skip
    return Content(placed, _title(placed), subtitle, value, tile, spec, head, rows, problem)


def _nothing(placed: Placed, problem: str) -> Content:
    return Content(placed, _title(placed), "", formats.NONE, None, None, ("", ""), [], problem)


def _title(placed: Placed) -> str:
    return placed.figure.name.in_language(get_language() or "en")


def _name(answer: Answer) -> str:
    return answer.figure.name.in_language(get_language() or "en")


def _hidden(n: int) -> bool:
    return n < FEWEST


def _few() -> str:
    return _("Not shown: what rests on fewer than %(n)s persons.") % {"n": FEWEST}
