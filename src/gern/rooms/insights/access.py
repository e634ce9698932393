"""Which figures a reader may see at all."""

from __future__ import annotations

from typing import Any

from gern.core.figures.asking import TRAIT
from gern.core.figures.definition import Figure
from gern.core.figures.own import may_name_somebody, own_figures
from gern.kit.access import hidden_from, may
from gern.kit.shop import current_shop
from gern.rooms.insights import queries


def sees_people(user: Any) -> bool:
    """Whether they may see by what was said of single people, and figures that can be about one:
    their names and addresses stand there, with what each of them spent."""
    return may(user, "editor", "insights") and not hidden_from(user) & {"contact", "revenue"}


def may_see(user: Any, figure: Figure) -> bool:
    """An own figure can be about one person; such are for those who may see people."""
    return sees_people(user) or is_aggregate(figure)


def is_aggregate(figure: Figure) -> bool:
    """Whether its definition can name nobody."""
    if figure.family != "own":
        return True
    return not may_name_somebody(own_figures(current_shop().manifest)[figure.id])


def dimensions(user: Any, figure: Figure) -> list[str]:
    """By what this reader may break down: what was said of people can name them, so that only who
    may see people sees it."""
    found = queries.dimensions(current_shop(), figure)
    if sees_people(user):
        return found
    return [id for id in found if not id.startswith(TRAIT)]
