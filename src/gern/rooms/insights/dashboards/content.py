"""What a tile shows: the same on the page, in presentation, in a mail and behind a shared link."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from gern.core.errors import BadInput
from gern.core.figures.answer import Answer, Result
from gern.core.figures.asking import TRAIT
from gern.core.figures.definition import Figure
from gern.core.figures.periods import Period
from gern.core.shop import Shop
from gern.kit import formats
from gern.kit.access import hidden_from
from gern.kit.charts import Spec
from gern.kit.errors import said
from gern.rooms.insights import pictures, queries
from gern.rooms.insights.access import dimensions, is_aggregate, may_see
from gern.rooms.insights.dashboards.services import Placed
from gern.rooms.insights.models import Tile
from gern.rooms.insights.patterns.chart import spec_of, twin
from gern.rooms.insights.patterns.saved import address_of, may_see_pattern
from gern.rooms.insights.state import STEPS
from gern.rooms.insights.tables import dimension_name

FEWEST = 5
"""Outsiders see no group and no number that rests on fewer persons."""
GROUPS = 8
UNNAMED = "…"
"""In place of the name of a figure the reader may not see."""


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

    link: str = ""
    """The page of a pattern."""

    @property
    def figure(self) -> Figure | None:
        """What it is about; None: a pattern."""
        return self.placed.figure


def content(shop: Shop, placed: Placed, period: Period, user: Any) -> Content:
    """For a reader with an account; ``user`` None: for an outsider, aggregates only and no group
    under `FEWEST`."""
    figure, outside = placed.figure, user is None
    if figure is None:
        return _pattern(shop, placed, period, user)
    if not (is_aggregate(figure) if outside else may_see(user, figure)):
        problem = _("This figure can be about single persons; it is not shown here.")
        return replace(_nothing(placed, problem), title=UNNAMED)
    if placed.kind == Tile.Kind.GROUPS:
        allowed = queries.dimensions(shop, figure) if outside else dimensions(user, figure)
        if placed.by not in allowed or (outside and placed.by.startswith(TRAIT)):
            return _nothing(placed, _("There are no data for this breakdown, or none for you."))
        return _groups(shop, placed, period, outside, outside or "revenue" in hidden_from(user))
    tile = queries.tile(shop, figure, period)
    if outside:
        if _few(tile.answer):
            return _nothing(placed, too_few())
        tile = _for_outsiders(tile)
    if placed.kind == Tile.Kind.TREND:
        return _trend(shop, placed, period, tile, outside)
    return _made(placed, tile, formats.answer_value(tile.answer), None, [], "")


def hidden(results: Sequence[Result]) -> set[int]:
    """Places of those an outsider must not see: on fewer than `FEWEST` persons; and, because what is
    hidden is the total less the rest, the next smallest until all hidden ones together rest on
    enough. What rests on nobody can be seen."""
    places = {n for n, one in enumerate(results) if _few(one)}
    others = sorted(
        (one.persons, n) for n, one in enumerate(results) if n not in places and one.persons
    )
    while places and sum(results[n].persons for n in places) < FEWEST and others:
        places.add(others.pop(0)[1])
    return places


def _groups(shop: Shop, placed: Placed, period: Period, outside: bool, large: bool) -> Content:
    """``large``: no group of a few."""
    answer = queries.answer(shop, _figure(placed), period, placed.by)
    left = hidden(answer.groups) if large else set()
    groups = [g for n, g in enumerate(answer.groups) if n not in left]
    rows = [
        (pictures.group_name(g), formats.value_of(g.value, answer.unit)) for g in groups[:GROUPS]
    ]
    if not rows:
        return _nothing(placed, too_few() if answer.groups else _("No data in this period."))
    spec = pictures.bars_of(groups[:GROUPS], answer)
    by = _("by %(dimension)s") % {"dimension": _in_a_phrase(dimension_name(placed.by))}
    value = "" if outside and _few(answer) else formats.answer_value(answer)
    head = (dimension_name(placed.by), _title(placed))
    notes = [too_few()] if left else []
    if len(groups) > GROUPS:
        notes.append(_("The %(n)s largest of %(all)s.") % {"n": GROUPS, "all": len(groups)})
    return _made(placed, None, value, spec, rows, by, head, " ".join(notes))


def _trend(
    shop: Shop, placed: Placed, period: Period, tile: queries.Tile, outside: bool
) -> Content:
    try:
        points = queries.points(shop, _figure(placed), period, placed.step or "month")  # type: ignore[arg-type]
    except BadInput as error:
        return _nothing(placed, said(error))
    left = hidden(points) if outside else set()
    spec = None
    drawn = pictures.series_points(points, tile.answer.unit, without=left)
    if len(points) - len(left) > 1:
        spec = pictures.series(points, tile.answer, without=left)
    return _made(
        placed, tile, formats.answer_value(tile.answer), spec,
        [(row["period"], row["shown"]) for row in drawn], str(STEPS[placed.step or "month"]),
        (_("Period"), _title(placed)), too_few() if left else "",
    )  # fmt: skip


def _for_outsiders(tile: queries.Tile) -> queries.Tile:
    """Earlier numbers that rest on too few are left out of it too."""

    def kept(answer: Answer | None) -> Answer | None:
        return None if answer is None or _few(answer) else answer

    left = hidden([one for one in tile.line if one is not None])
    known = iter(range(len(tile.line)))
    line = [None if one is None or next(known) in left else one for one in tile.line]
    return replace(
        tile, previous=kept(tile.previous), year_before=kept(tile.year_before),
        line=line,
    )  # fmt: skip


def _in_a_phrase(name: str) -> str:
    """Small in English; in German nouns stay as they are."""
    return name if (get_language() or "").startswith("de") else name[:1].lower() + name[1:]


def _made(
    placed: Placed, tile: queries.Tile | None, value: str, spec: Spec | None,
    rows: list[tuple[str, str]], subtitle: str, head: tuple[str, str] = ("", ""), problem: str = "",
) -> Content:  # fmt: skip
    return Content(placed, _title(placed), subtitle, value, tile, spec, head, rows, problem)


def _nothing(placed: Placed, problem: str) -> Content:
    return Content(placed, _title(placed), "", formats.NONE, None, None, ("", ""), [], problem)


def _pattern(shop: Shop, placed: Placed, period: Period, user: Any) -> Content:
    """The picture of a saved pattern. Outsiders do not see it: it can rest on a few."""
    found = replace(_nothing(placed, _("Patterns are not shown to outsiders.")), title=UNNAMED)
    if user is None or placed.pattern is None:
        return found
    if not may_see_pattern(user, placed.pattern):
        return replace(
            found, problem=_("This question can be about single persons; it is not shown here.")
        )
    found = replace(found, title=_title(placed))
    spec = spec_of(placed.pattern, shop, period)
    rows = twin(spec) if spec else []
    problem = "" if spec else _("No data in this period.")
    return replace(found, value="", spec=spec, rows=rows, problem=problem,
                   subtitle=placed.pattern.get_page_display(), head=(_("Pattern"), _("Value")),
                   link=address_of(placed.pattern, period))  # fmt: skip


def _figure(placed: Placed) -> Figure:
    if placed.figure is None:
        raise TypeError("a pattern is no figure")
    return placed.figure


def _title(placed: Placed) -> str:
    return formats.text(placed.figure.name) if placed.figure else str(placed.pattern)


def _few(result: Result) -> bool:
    return 0 < result.persons < FEWEST


def too_few() -> str:
    return _("Not shown: what rests on fewer than %(n)s persons.") % {"n": FEWEST}
