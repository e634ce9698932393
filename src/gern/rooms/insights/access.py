"""Which figures a reader may see at all."""

from __future__ import annotations

from typing import Any

from gern.core.figures.asking import TRAIT
from gern.core.figures.definition import Figure
from gern.core.figures.own import may_name_somebody, own_figures
from gern.kit.access import may
from gern.kit.shop import current_shop
from gern.rooms.insights import queries


def may_see(user: Any, figure: Figure) -> bool:
    """An own figure can be about one person; such are for those who may see people."""
    return may(user, "editor", "insights") or is_aggregate(figure)


def is_aggregate(figure: Figure) -> bool:
    """Whether its definition can name nobody."""
    if figure.family != "own":
        return True
    return not may_name_somebody(own_figures(current_shop().manifest)[figure.id])


def dimensions(user: Any, figure: Figure) -> list[str]:
    """By what this reader may break down: what was said of people can name them, so that only who
    may see people sees it."""
    found = queries.dimensions(current_shop(), figure)
    if may(user, "editor", "insights"):
        return found
    return [id for id in found if not id.startswith(TRAIT)]
