"""Every figure there is, by id."""

from __future__ import annotations

from gern.core.errors import BadInput
from gern.core.figures import purchases, retention
from gern.core.figures.definition import Figure

FIGURES: dict[str, Figure] = {
    figure.id: figure for figure in (*purchases.FIGURES, *retention.FIGURES)
}


def figure_named(id: str) -> Figure:
    """The figure with this id; ``BadInput`` lists the ids there are."""
    try:
        return FIGURES[id]
    except KeyError:
        raise BadInput(
            f"There is no figure {id!r}. There are: {', '.join(FIGURES)}.",
            param="figure",
            german=f"Die Kennzahl „{id}“ gibt es nicht. Es gibt: {', '.join(FIGURES)}.",
        ) from None
